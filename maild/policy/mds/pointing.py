"""Answers that only point elsewhere: to an earlier mail, to a call, to what was said, to what is above or below (MDS-3).

"see previous email", "already told you", "as per ticket INC0100070" are told by their words alone: nothing but words of pointing, of
having said, and of where it stands. "See attached screenshot" is none: the screenshot is evidence.
"""

from __future__ import annotations

import re

from maild.mail.phrases import phrases

_MOST_CHARS = 120
# One of these points.
_POINTS = frozenset(
    phrases(
        """
        above | already | as | before | below | beforehand | change | changed | details | discussed | earlier | email | emails | former |
        initial |
        first | given | gave | have | last | mail | mentioned | message | original | per | phone | previous | previously | prior |
        provided | refer | reply | request | said | same | see | sent | spoke | stated | submitted | supplied | thread | chain | ticket |
        told | trail | unchanged | wrote | described | explained | reported | advised | covered | noted | ditto | answered | listed |
        known | over | call | it's | shown | outlined | confirmed | referenced | aforementioned | overleaf | enclosed
        """
    )
)
# These may stand beside it.
_BESIDE = frozenset(
    phrases(
        """
        a | again | all | an | and | any | at | attached | ago | been | being | body | by | chat | colleague | colleagues | conversation |
        copied | correspondence | day | description | desk | did | emailed | has | had | helpdesk | her | here | him | history | i |
        i've | in | inc | information |
        info | is | issue | it | its | job | just | log | line | me | morning | my | no | now | of | on | one | or |
        our | please | pls | post |
        question | ref | reference | section | service | subject | team | that | the | them | there | these | they | this | those |
        time | title | to | today | twice | under | us | was | we | we've | week | were | what | which | with | written | yes |
        yesterday | you |
        you've | your | yours | you'll | find | look | back | from | once | times | message's | mail's | afternoon | telephone | verbally |
        person | weeks | days | note | notes | referred | records | record | file | response | replies | form | answer | answers |
        messages | mails | tickets | calls
        """
    )
)
# It begins with one of these: "mail sent twice" tells a fault.
_BEGINS = frozenset(
    phrases(
        """
        see | refer | as | per | same | already | previous | previously | in | on | over | by | you | you've | i | i've | we | we've |
        told |
        given | provided | sent | supplied | submitted | discussed | mentioned | described | explained | stated | said | above | below |
        before | earlier | please | pls | unchanged | have | covered | listed | reported | noted | advised | look | find | this | that |
        these | all | it | it's | they | was | were | is | under | with | first | original | initial | last | ditto | answered | known |
        outlined | confirmed | shown | prior | spoke | from | still | at | gave | again
        """
    )
)
_ALONE = frozenset(phrases("above | before | below | unchanged | same | ditto | discussed | previously | earlier | previous | overleaf"))
_FIRST = _BEGINS | _ALONE | {"no", "not", "e-mailed", "emailed"}
_UNCHANGED = (["no", "change"], ["no", "changes"], ["not", "changed"])
_WORD = re.compile(r"[^\s,;:/()\"“”]+")
_TICKET = re.compile(r"(?:inc|req|ritm|sr|cs|chg)?[-#]?\d{4,12}")


def points_elsewhere(text: str) -> bool:
    """Return whether an answer, in lower case, only says where else it stands."""
    if len(text) > _MOST_CHARS:
        return False
    if text.split(" ", 1)[0].strip(".,!?;:'*(-–—…\"") not in _FIRST:
        return False
    words = [bare for word in _WORD.findall(text.replace("e-mail", "email")) if (bare := word.strip(".!?'*-–—…"))]
    if words in _UNCHANGED:
        return True
    if not words or not all(word in _POINTS or word in _BESIDE or _TICKET.fullmatch(word) for word in words):
        return False
    if len(words) == 1:
        return words[0] in _ALONE
    return words[0] in _BEGINS and any(word in _POINTS for word in words)
