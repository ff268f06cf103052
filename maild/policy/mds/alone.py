"""Whether a sentence says that its writer alone has the fault: of themselves, of one thing of theirs, or of all others (MDS-2).

Just me.     Only my calendar.     Nobody else here has it.     Everyone else is fine.     It works for the rest of the team.
"""

from __future__ import annotations

import re

from maild.policy.mds.quick import quick

_OTHERS = (
    r"(?:every(?:one|body) else|(?:all |the |all the |my |our |all my |all our )?(?:others?|other (?:users?|staff|people|colleagues|"
    r"members|"
    r"computers|pcs|machines|accounts|nurses|doctors|gps|secretaries))|(?:the )?rest(?: of (?:the|my|our|us|them)\b(?: \w+)?)?|"
    r"(?:all |the |all the |all of )?(?:my|our) (?:\w+ )?(?:colleagues?|team ?mates?|co-?workers))"
    r"(?: (?:here|in|on|at) (?:the |our |my |this )?[\w]{1,20}| here)?"
)
_WELL = (
    r"(?:(?:is|are|was|were|seems?|appears?|looks?|remains?)(?: all| both| now| still| absolutely| perfectly| to be)* (?:fine|ok|okay|good|"
    r"alright|all right|well|unaffected|not affected|working(?: fine| normally)?|able to\b.{0,60})|(?:'s|'re) (?:fine|ok|okay)|"
    r"works?\b(?: fine| ok)?|(?:has|have|had|sees?|reports?) no (?:such )?(?:problems?|issues?|trouble|errors?)|"
    r"(?:can|could)(?: all| still)? (?!not\b)\w+(?: (?:it|them|theirs|this|that|in|on|fine|ok|okay|normally|as normal|perfectly|too|well|"
    r"without (?:any )?(?:problems?|trouble|issues?))){0,4}|(?:gets?|sees?|has|have|had|receives?|opens?|do|does)"
    r"(?: (?:it|them|theirs|mine|this|that))? (?:fine|ok|okay|normally|correctly|without (?:any )?(?:problems?|trouble|issues?)|as normal))"
)
_ELSE = quick(
    rf"(?:^|[,;.:(–—-]\s?|\b(?:and|but|as|while|whereas|because|so|that|think|know) ){_OTHERS} {_WELL}\W*$|"
    r"\b(?:works?|working|is|are|opens?|loads?|looks?|prints?|seems?|it'?s)(?: (?:fine|ok|okay|well|perfectly|normally|all right))?"
    r" (?:for|with|on|at) "
    rf"{_OTHERS}\W*$",
    re.IGNORECASE,
)
_NOBODY_ELSE = quick(
    r"\b(?:(?:no[ -]?one|nobody|none) else|no other (?:users?|staff|person|people|colleagues?|members?|accounts?|mailbox(?:es)?|teams?)|"
    r"none of (?:the others|my colleagues|the (?:other|rest)\b(?: \w+)?|the rest of (?:us|the \w+)))"
    r"(?: (?:that|as far as) (?:i|we) (?:know|am aware|can (?:see|tell))(?: of)?| here| so far| yet)?"
    r"(?: (?:here|in|on|at|from|of) (?:the |our |my |this )?\w{1,20}(?: \w{1,20})?)?"
    r"(?:\W*$|,?(?: (?:is|are|was|were|has|have|had|seems?|appears?|gets?|got|sees?|reports?|sounds?)\b(?: been| to be| to have)?)?"
    r" (?:(?:it|this|that|these|them)\b|(?:it|this|that|these|them) (?:here|too)|(?:the |this |that |a |an |any )?(?:same )?(?:\w+ )?"
    r"(?:problems?|issues?|errors?|fault|trouble|difficult(?:y|ies))|affected|impacted|complain\w*|report\w*|mention\w*|notic\w*|"
    r"experienc\w*|(?:similar|same)\b)(?: (?:it|this|that|any|the|(?:a|an)))*(?: (?:problems?|issues?|errors?|fault|yet|here|so far|"
    r"at the moment|in (?:the|our|my) \w+|with (?:it|this)))*\W*$)",
    re.IGNORECASE,
)
_MINE_ONLY = quick(
    r"(?:^|[,;:.(–—-]\s?|\b(?:it'?s|it is|is|are|this is|and|but|affects|affecting|on|with|in|to|hits?|for|as far as (?:i|we) (?:know|"
    r"can (?:see|"
    r"tell))) )(?:it'?s )?(?:just|only) (?:on |in |with |for |to )?my (?:own |work |new |main |one |nhs )?[\w-]{2,20}(?: [\w-]{2,20})?\W*$|"
    r"\bonly (?:affects|affecting|impacts|hits|concerns|happens (?:on|to|with|in)|(?:on|with|in)|seems to affect|involves) "
    r"(?:me|mine|my [\w-]{2,20})(?: [\w-]{2,20})?\W*$|"
    r"\bmy (?:own )?[\w-]{2,20} (?:only|alone)\W*$|"
    r"\b(?:the )?(?:only|sole|single) (?:affected )?(?:one|user|person|account|mailbox)(?: affected| involved| concerned)? (?:is|being) "
    r"(?:me|myself|mine)\b|\b(?:1|one|a single) (?:user|person|member of staff)\W{0,3}(?:only |just )?(?:me|myself|mine)\b|"
    r"\b(?:affects?|affecting|hits) (?:me|myself) (?:only|alone)\b",
    re.IGNORECASE,
)
_OF_ONE = ("only", "just", "alone", "sole", "single", "1 user", "1 person", "one user", "one person")


def others_are_well(text: str) -> bool:
    """Return whether ``text`` says that nobody else has the fault, or that all others are well."""
    return bool(_NOBODY_ELSE.search(text) or _ELSE.search(text))


def only_mine(text: str) -> bool:
    """Return whether ``text`` says that only something of its writer's has the fault."""
    lowered = text.lower()
    return any(word in lowered for word in _OF_ONE) and bool(_MINE_ONLY.search(text))
