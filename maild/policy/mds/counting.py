"""How many people a sentence says are affected, and whether it is its writer alone (MDS-2).

It affects 12 of us.     Two of our Estates staff clicked …     Just my account.     Both of us cannot log in.
"""

from __future__ import annotations

import re
from functools import lru_cache

from maild.policy.mds.alone import only_mine, others_are_well
from maild.policy.mds.numbers import WORD_NUMBER, counted_in, number_of
from maild.policy.mds.phrasing import PROBLEM, UNTOUCHED
from maild.policy.mds.quick import quick
from maild.policy.mds.sentences import Sentence

# Who is affected in so many words: "12 are affected", "both of us", "my colleague and I cannot".
_SO_MANY = quick(
    rf"(?<![\w.@/+#-])(\d{{1,5}}|{WORD_NUMBER})(?: of (?:us|them|these|those|our \w+))? (?:are|is|were|have been|has been) "
    r"(?:actually |currently |now |all |being )?(?:affected|impacted)\b",
    re.IGNORECASE,
)
# "2 senders affected", "Two of the team affected so far": whoever they are, but no things.
_THINGS = (
    r"(?:pcs?|computers?|laptops?|machines?|printers?|scanners?|sites?|wards?|rooms?|clinics?|teams?|departments?|practices?|"
    r"surger(?:y|ies)|"
    r"days?|hours?|weeks?|months?|minutes?|times?|devices?|phones?|tablets?|screens?|servers?|systems?|files?|folders?|mails?|e-?mails?|"
    r"messages?|letters?|calendars?|areas?|services?|buildings?|floors?|lines?|areas?|bays?|beds?|patients?|apps?|applications?|drives?|"
    r"appointments?|meetings?|bookings?|reports?|referrals?|not|no)\b"
)
_AFFECTED_SO_MANY = quick(
    rf"(?<![\w.@/+#-])(\d{{1,5}}|{WORD_NUMBER})(?: of (?:us|them|the|our|my)\b)?(?: (?!{_THINGS})[a-z][\w'-]{{1,20}}){{0,3}}? "
    r"(?:affected|impacted|hit by (?:it|this))\b|"
    rf"\b(?:affected|impacted)(?: are| is|:| users?:?| staff:?| people:?) (\d{{1,5}}|{WORD_NUMBER})(?= (?:of us|users|people|staff)\b|"
    rf"\W{{0,2}}$|:)",
    re.IGNORECASE,
)
_MATE = r"(?:colleague|(?:practice )?manager|secretary|assistant|deputy|boss|partner|co-?worker|registrar)"
_PAIR = quick(
    rf"\b(?:both of us|(?:me|myself|i) and (?:my|a|another) {_MATE}|(?:my|a) {_MATE} and (?:i|me|myself))"
    r"(?: have| has| are| is)?(?: both| also| now| all| each)? (?:can|can(?:no|')t|can not|unable|not able|do not|don'?t|lost|locked|get|"
    r"keep|have|affected|been|getting|having|seeing|see|need)\b|"
    rf"\baffect(?:s|ing) (?:both of us|(?:me|myself) and (?:my|a|another) {_MATE})\b",
    re.IGNORECASE,
)
_SELF_ONLY = quick(
    r"\b(?:(?:it'?s |it is |its |this is )?(?:just|only|solely)(?: for| on| with| in| affect\w*| happen\w* (?:to|for))? (?:me\b|"
    r"my (?:own )?(?:account|mailbox|login|email|pc|laptop|outlook|machine|profile|computer|phone|user)|myself|mine|my own|"
    r"the one user,? me|one user,? me|"
    r"affects me|affecting me|affected me|happening to me|impacts me)|(?:affects|affecting|impacts?|impacting) (?:just|"
    r"only) (?:me|myself)|i'?m the (?:only|sole) (?:one|user|person)|i am the (?:only|sole) (?:one|user|person)|"
    r"(?:me|myself) (?:only|alone)|only (?:i|mine|"
    r"me) (?:am |is )?affected|only i (?:have|get|see|am)|"
    r"(?:only|just) my (?:own |work |user |nhs |e-?mail |address |book |name )?(?:entry|name|account|mailbox|inbox|login|profile|calendar|"
    r"e-?mail|address|pc|computer|laptop|machine|device|tablet|phone|record|details|photo|signature|password|session|screen|desktop)"
    r"(?: that)? (?:is|was|seems?|has) (?:been |to be )?affected|"
    r"(?:no[ -]?one|nobody) else (?:is |has |seems )?(?:to be )?(?:affected|the problem|having|this|impacted)|(?:no[ -]?one|"
    r"nobody) else(?: is)?\s?[.!]?$|1 user,? ?\(?me|"
    r"one (?:user|person)[,:]? ?[-–(]? ?(?:just )?me\b|dim ond fi|just the one of us|just myself|"
    r"only myself)\b",
    re.IGNORECASE,
)
_NOT_ONLY = re.compile(
    r"\b(?:not (?:just|only)|isn'?t (?:just|only)|just me and|only me and|me and (?!nobody|no one)|and (?:my )?colleagues?|"
    r"me or (?:is|are|does)|just (?:my|me)\b[^.]{0,20}\?|just me,? or)\b|is it (?:just|only) me",
    re.IGNORECASE,
)
_AFFECT = re.compile(
    r"\b(?:in total|altogether|same|report\w*|hits?|happens?|happening|have it|affect\w*|impact\w*|effect(?:s|ed|ing)|of us|users?)\b",
    re.IGNORECASE,
)
# Whom it happened to: "Four people in Audit received …", "We have three nurses who got …".
_HAPPENED_TO = re.compile(
    r"(?: (?!and\b|but\b|who\b|that\b)[\w&'-]+){0,6}?(?:,? who| that)?(?: have| has| had)?(?: all| each| both| also| now| already| just)? "
    r"(?:received|receives?|been (?:getting|receiving|sent|hit)|(?:are|is|were|was) (?:getting|receiving|seeing|sent)|gets?|got|"
    r"clicked|opened|"
    r"replied|lost|experienc\w+|encounter\w*|suffer\w*|seen|sees?|saw|noticed)\b",
    re.IGNORECASE,
)
_COUNT_LEAD = re.compile(
    r"^(?:(?:hi|hello|hey|dear)\b[^,.]{0,30}[,.]\s+)?(?:so |and |today |yesterday |this morning,? |this afternoon,? )?"
    r"(?:there (?:are|is|were|was) |we have |i have |we've |it is |it's )?(?:about |around |at least |over |approximately |approx\.? )?$",
    re.IGNORECASE,
)
_TIMES_OTHER = quick(
    r"\bdelivers? to\b|(?<!\d )(?<!one )(?<!two )(?<!three )(?<!four )(?<!five )(?<!six )\bout of\b|"
    r"\bmembers? of (?:the|our) (?:group|list)\b",
    re.IGNORECASE,
)
_USERS_NUMBER = re.compile(r"(?:number of )?(?:affected )?users?(?: affected)?\s?[:=-]?\s?(\d{1,4})\W{0,3}$", re.IGNORECASE)
_NUMBER_IS = quick(
    rf"\b(?:(?:number|no\.?|total) of )?(?:affected )?(?:users|people|staff)(?: affected| who are affected)? "
    rf"(?:is|are|=) (?:about |around )?(\d{{1,5}}|{WORD_NUMBER})\b",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"\b(?:nobody|no[ -]one|none|neither)\b", re.IGNORECASE)
_IN_TOTAL = re.compile(r"\s(?:members )?(?:in total|altogether|in all)\b", re.IGNORECASE)
_SENT_TO = re.compile(
    r"\b(?:sen[dt]|sending|e?mail\w*|messages?|circulated|wrote|invit\w+)\b[^.]{0,40}\bto (?:about |over |all )?$", re.IGNORECASE
)
# Who comes to what the fault disturbs: "a lecture for 40 students".
_AUDIENCE = re.compile(
    r"\b(?:lecture|meeting|course|class|training|session|event|conference|workshop|seminar|webinar|exam|interview|tour|induction)s? "
    r"(?:today |tomorrow |later )?(?:for|of|with) (?:about |around |over |our |the )?$",
    re.IGNORECASE,
)
_ONLY_ONE = quick(
    r"\b(?:it'?s|it is|this is) (?:just|only) (?:dr|mr|mrs|ms|miss|prof|professor|sister|him|her)\b|"
    r"\bsingle user(?: is| was)?(?: affected| issue| problem|\s?[.,]|\s?$)|"
    r"\b(?:he|she|they|this user|that user|the user) (?:is|are|'s|seems to be) the only (?:one|user|person)\b|\b(?:he|"
    r"she)'s the only (?:one|user|person)\b|"
    r"\bonly (?:she|he|him|her|this|that|the one|one) ?(?:user|person|account|mailbox)?,? (?:is|was|has been|seems? to be|appears to be) "
    r"(?:the one )?(?:affected|impacted)\b",
    re.IGNORECASE,
)


def gives_total(sentence: Sentence) -> bool:
    """Return whether the sentence counts all who are affected: "Two people in total"."""
    return any(_IN_TOTAL.match(sentence.text[end:]) for _, _, end in counted_in(sentence.text))


def is_own(sentence: Sentence) -> bool:
    """Return whether the sentence says that its writer alone is affected."""
    return _is_own(sentence.text)


@lru_cache(maxsize=128)
def _is_own(text: str) -> bool:
    return bool(_SELF_ONLY.search(text) or only_mine(text) or others_are_well(text)) and not _NOT_ONLY.search(text)


def count_in(sentence: Sentence) -> tuple[int, int, int] | None:
    """Return (number, start, end) of the people the sentence says are affected, None where it is not safe to tell."""
    text = sentence.text
    told = _SO_MANY.search(text)
    if told is None and _TIMES_OTHER.search(text):
        return None
    told = told or _NUMBER_IS.search(text) or _USERS_NUMBER.match(text)
    if told:
        return number_of(told.group(1)), told.start(), told.end()
    if (listed := _AFFECTED_SO_MANY.search(text)) is not None:
        return number_of(listed.group(1) or listed.group(2)), listed.start(), listed.end()
    for pattern, number in ((_ONLY_ONE, 1), (_PAIR, 2)):
        if (only := pattern.search(text)) is not None:
            return number, only.start(), only.end()
    found = [count for count in counted_in(text) if count[0] > 0 and _are_affected(text, count[1], count[2])]
    if not found:
        return None
    affected = [count for count in found if _IN_TOTAL.match(text[count[2] :])]
    affected = affected or [
        count for count in found if _AFFECT.search(text if len(found) == 1 else text[max(0, count[1] - 30) : count[2] + 25])
    ]
    numbers = {count[0] for count in (affected or found)}
    if len(numbers) != 1:
        return None
    chosen = (affected or found)[0]
    return chosen if affected or PROBLEM.search(text) or len(text.split()) <= 6 or _happened_to(text, chosen) else None


def _happened_to(text: str, count: tuple[int, int, int]) -> bool:
    """Return whether the people counted are the subject of the sentence, and something came to them."""
    return bool(_COUNT_LEAD.match(text[: count[1]]) and _HAPPENED_TO.match(text, count[2]))


def _are_affected(text: str, start: int, end: int) -> bool:
    """Return whether the people counted are not those who are well, or whom only a mail was sent to."""
    if _SENT_TO.search(text[:start]) or _AUDIENCE.search(text[:start]):
        return False
    return bool(_NOBODY.search(text[:start])) or not UNTOUCHED.search(text[end : end + 40])
