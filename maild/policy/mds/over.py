"""Whether a sentence says that the fault is over, or was never its writer's (MDS-2).

It is working again.     No longer an issue.     I did not raise this.     You have the wrong person.
"""

from __future__ import annotations

import re

# First the words of which each holds one: few sentences do, and the others need no closer look.
_WORDS = (
    "solv",
    "fixed",
    "sorted",
    "cured",
    "rectif",
    "righted",
    "working",
    "works ",
    "again",
    "longer",
    "normal",
    "gone",
    "went",
    "disappear",
    "stopped",
    "clear",
    "close",
    "now",
)
_OVER = re.compile(
    r"(?:\b(?:is|are|was|were|has been|have been|been|'s|now|all|got|seems?|appears?|already|everything)(?: to be| now| already| all|"
    r" been| since"
    r"| fully)* "
    r"(?:resolved|fixed|sorted(?: out)?|solved|cured|rectified|working(?: again| now| fine| ok| properly| normally)|"
    r"back (?:to normal|up|on|working)|(?:ok|okay|fine|good)(?: now| again)|no longer (?:an? )?(?:\w+ )?(?:issue|problem|fault|needed|"
    r"required|happening|broken|affected|occurring|relevant|down|stuck|locked|missing|blocked|slow|offline))|"
    r"\bno longer (?:an? )?(?:issue|problem|fault|needed|required|happening|occurring|relevant|broken)|"
    r"\b(?:problem|issue|fault|error|message|matter|it)s? (?:has |have |seems to have |just |now )*(?:gone|went|disappeared|stopped|"
    r"cleared|"
    r"resolved|fixed|sorted|righted|corrected)(?: away| itself| up)?(?: by itself| on its own| now)?\W*$|"
    r"\bworks? (?:again|now|fine now|ok now)\b|\bworking again\b|\b(?:managed|able) to (?:fix|sort|solve|resolve)|"
    r"^(?:now )?(?:all )?(?:resolved|fixed|sorted|solved)\b|\b(?:i|we|they|it|colleagues?)(?:'ve| have| has)? (?:now |just |since )?"
    r"(?:fixed|sorted|solved|resolved) (?:it|this|that|itself|the (?:issue|problem|fault))|"
    r"\b(?:can|please|you (?:can|may)) (?:now )?(?:please )?(?:be )?closed?(?:\W*$| (?:it|this|(?:the|my|this) (?:ticket|call|job|"
    r"incident|request|case|fault))\b))",
    re.IGNORECASE,
)
_DENIES = ("not", "n't", "never", "wrong", "longer", "mistake", "in error")
_NOT_OURS = re.compile(
    r"(?:\b(?:this|that|it)(?:'s| is| was| has)?(?:n't| not) (?:anything )?(?:for |from |by |to do with |about )?(?:me|us|mine|ours|"
    r"my (?:ticket|call|issue|request|team|area|problem|fault|mail|email|account|department))\b|"
    r"^(?:sorry,? )?wrong (?:person|recipient|team|e-?mail|address|department)\b|"
    r"\b(?:you(?:'ve| have|'re| are)?(?: got| reached| contacted| e?-?mailed)?|i'?m|i am|this is|it'?s) the wrong "
    r"(?:person|recipient|team|e-?mail|address|department|\w+)\W*$|"
    r"\b(?:i|we) (?:did not|didn't|did n't|have not|haven't|never) (?:raised?|report(?:ed)?|log(?:ged)?|request(?:ed)?|submit(?:ted)?|"
    r"ask(?:ed)? for|rais\w+|ma[dk]e) (?:this|that|it|any|a|an|the)\b|"
    r"\b(?:i|we) (?:do not|don't|no longer) work (?:in|for|at|there|here|with)\b|\b(?:sent|addressed|came) to (?:me|us|"
    r"you) (?:by mistake|in error)"
    r"|\bsent (?:by mistake|in error)\b|\bnot (?:for|from) me\b|\bnothing to do with (?:me|us)\b|\bnot mine\b)",
    re.IGNORECASE,
)
# What follows it is a fault all the same: "It was fixed on Monday but has stopped again"; or it is denied: "not fixed yet".
_STILL = re.compile(
    r"\b(?:but|however|although|though|until|till|yet|still|except|only|unless|once|before|when|if)\b|\?$|"
    r"(?:not|n't|never|nothing|none|nobody|hardly) (?:\w+ ){0,2}(?:resolved|fixed|sorted|solved|working|back|been)|"
    r"\bneeds?\b|\bto be (?:fixed|resolved|sorted)",
    re.IGNORECASE,
)


def is_over(text: str) -> bool:
    """Return whether ``text`` says that the fault is over, or none of its writer's."""
    lowered = text.lower()
    over = any(word in lowered for word in _WORDS) and _OVER.search(text) is not None
    if not over and not (any(word in lowered for word in _DENIES) and _NOT_OURS.search(text) is not None):
        return False
    return _STILL.search(text) is None
