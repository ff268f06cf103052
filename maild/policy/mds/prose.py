"""Values in free text, where the type makes it safe: numbers to call, how many, whose addresses, error texts (MDS-2).

Its 01632 960 477. Just me affected.          Please phone our desk on 0113 496 0000.
Two of our Estates staff clicked …            We get "The specified mailbox is soft deleted".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from maild.policy.mds.addresses import addresses_in
from maild.policy.mds.counting import count_in
from maild.policy.mds.numbers import ALONE, PhoneFound, phones_in, short_number, with_short_before
from maild.policy.mds.phrasing import PROBLEM
from maild.policy.mds.quick import quick
from maild.policy.mds.sentences import Sentence, quoted_in

_PHONE_CUE = re.compile(
    r"\b(?:call|ring|phone|reach|contact|text|number|mobile|mob|tel|telephone|ext|extension|extn|bleep|direct|landline|line|"
    r"dial|cell|desk|speak to|get (?:me|hold)|get us|available|ffôn|ffonio|rhif|whatsapp|it'?s|this is|on|at)\b",
    re.IGNORECASE,
)
_STRONG_CUE = re.compile(
    r"\b(?:(?:call|ring|phone|reach|contact|text|bleep|get|dial)(?:ed|ing)? (?:me|us|our|the (?:ward|office|desk|team|"
    r"practice|surgery)|on)|(?:^|please |[,;] )(?:call|ring|phone|contact|text) \(?[+0]\d|"
    r"(?:my|our|contact|best|direct|mobile|phone|requestor|desk) (?:\w+ )?(?:number|no|mobile|mob|"
    r"line|extension|ext|tel|phone|telephone|bleep|is)|"
    r"(?:tel|telephone|mob|mobile|contact|phone|ext|direct)\b\s?[:.-]|speak to me)",
    re.IGNORECASE,
)
_NO_CALL = re.compile(
    r"switch ?board|\bfax\b|\bfacs\b|ffacs|help ?line|help ?desk (?:number|on|line)|supplier|patient|out[- ]of[- ]hours|"
    r"\bold (?:number|mobile|phone)\b|^ ?is (?:broken|dead|faulty|down|out of order)|no longer|not on\b|don'?t (?:call|ring|use)|"
    r"instead of|(?:previous|wrong) number|"
    r"main reception|"
    r"vendor|caller id|came from|called (?:me |us )?from|from the number|nhs (?:number|no)|his number|her number|their number|switsfwrdd",
    re.IGNORECASE,
)
# What makes the digits behind it a reference: "call log 01632960441", "ticket no. 0113…", "asset 01…".
_REFERENCE_NUMBER = re.compile(
    r"\b(?:logs?|ref(?:erence)?s?|tickets?|cases?|jobs?|incidents?|requests?|orders?|invoices?|assets?|tags?|serials?|"
    r"s/n|imei|patient|hospital|"
    r"record|licen[cs]e|account|staff|employee|badge|barcode|batch|part|model|voucher|id|po)"
    r"(?: (?:number|no|nr|num|id|tag|code|ref|is|was|called|of))*[ :.#=(-]{1,3}$",
    re.IGNORECASE,
)
_SIGNS_OFF = re.compile(r"\b(?:thanks?(?: you)?|cheers|ta|diolch|please|pls|plz|regards)\W*$", re.IGNORECASE)
_BLEEP = re.compile(r"\b(?:bleep|pager|blp)\b", re.IGNORECASE)  # which the number beside it is called for
_ELSEWHERE = re.compile(
    r"switch ?board|\bfax number|help ?line|supplier|vendor|main reception|out[- ]of[- ]hours (?:number|line)", re.IGNORECASE
)
_OTHER_PERSON = re.compile(
    r"\b(?:[Hh]e|[Ss]he|[Tt]hey)(?:'s| is|'re| are| can be)? (?:on|reached|available|contactable|contacted)\b|"
    r"\b(?:[Ss]peak|[Tt]alk) to (?!me\b|us\b|our\b)|\b(?:[Cc]all|[Rr]ing|[Cc]ontact|[Pp]hone|[Tt]ry|[Uu]se) (?:him|her|them|"
    r"my (?:colleague|manager|secretary|pa|boss)|(?!Me\b|Us\b|On\b|Our\b|My\b|No\b|Number|Tel|Ext|Mob|Phone|"
    r"Details)[A-Z][a-z]+\b)"
)
_PERSON_NEAR = re.compile(
    r"\b(?:users?|affect\w*|impact\w*|colleagues?|staff|account|mailbox of|leaver|starter|for|nurse|doctor|consultant|"
    r"secretary|sister|gp|namely|are|is|us|of us|it'?s|they|names?|people|person|me|belong\w*|whose|login|log in|"
    r"clinicians?|both)\b",
    re.IGNORECASE,
)
_NOT_AFFECTED = re.compile(
    r"\b(?:shared mailbox|generic mailbox|team mailbox|(?:mail|mails|emails?|messages?|sent|send|sending|write|writing|"
    r"replying|forward(?:ed|ing)?) (?:to|from|for)|from|reply to|cc|copy|sender|supplier|external|bounc\w*|"
    r"distribution list|called|manager|owners?|approvers?|delegates?|"
    r"contact (?:me|us|him|her|them)|email me|e-mail me|email us|deliver\w* to|behalf|line manager|approved by|"
    r"authorised by|group|list|alias)\b",
    re.IGNORECASE,
)
_WHOSE = re.compile(
    r"^\W{0,3}\s?(?:who(?:se)?|account|mailbox|login|can(?:no|')t|is (?:locked|unable|not)|are (?:locked|unable|not))\b", re.IGNORECASE
)
# For whom the writer writes: "I am emailing on behalf of our night nurse …", "Logging this for Tom Ives, …".
_FOR_ANOTHER = re.compile(
    r"(?:\bon behalf of|\b(?:writ(?:e|ing)|e?-?mail(?:ing)?|report(?:ing)?|logg?(?:ing)?|rais(?:e|ing)|ask(?:ing)?|contact(?:ing)?|"
    r"call(?:ing)?|ring(?:ing)?|enquir(?:e|ing)|request(?:ing)?|submit(?:ting)?|getting in touch|chas(?:e|ing)|(?:this|it) is|the user is|"
    r"query|issue|fault|request|problem)"
    r"(?: (?:this|it|you|in|a (?:ticket|call|fault|request|query)|the (?:fault|issue|problem)))?(?: (?:for|about|regarding|concerning))|"
    r"\b(?:manager|supervisor|secretary|assistant|pa|mentor|tutor|matron) (?:of|for|to)|\bfor(?= (?:our|my|the|dr|mr|mrs|ms|miss|"
    r"sister|a colleague|a new|one of our) ))[ :]"
    r"(?:(?!(?:to|from|by|via|at|in|with|about|and|group|list|mailbox|alias|mails?|e-?mails?|sent|sender|supplier|address|"
    r"the (?:group|list))\b)"
    r"[\w.'&/-]+[\s,:(<–]+){0,8}\(?<?$",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"\b(?:from|since|until|till|by|on|to|as of|as from|with effect from|effective(?: from)?|leaving|starting|left|(?:who )?starts?|"
    r"leaves?)"
    r"(?: on| from)? "
    r"(?:(?:this|next|last|the) )?(?:(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?|today|tomorrow|yesterday|now|(?:\d{1,2}(?:st|"
    r"nd|rd|th)?)"
    r"(?= |[./])|week|month|january|february|march|april|may|june|july|august|september|october|november|december|end of \w+)\b"
    r"(?:[ ./,]{1,2}(?:\d{1,4}(?:st|nd|rd|th)?|of|jan\w*|feb\w*|mar(?:ch)?|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|"
    r"dec\w*)\b){0,3}",
    re.IGNORECASE,
)
_ASK_FOR_ME = re.compile(r"\b(?:ask|asking) for me\b|\bspeak to me\b", re.IGNORECASE)
_BESIDE = 4  # characters between an address and the count that it explains: "tom@…, one user"
_ERROR_CUE = re.compile(
    r"\b(?:errors?(?: message| code| text)?|messages?|messag\w+|says?|saying|said|reads?|reading|states?|stating|gets?|"
    r"getting|got|gives?|given|giving|receiv\w+|shows?|see|seeing|sees|seen|displays?|displaying|pops? up|pop-?up|prompt\w*|"
    r"told|tells?|warning|with|"
    r"bounces?|bounced|reports?|returns?|neges|gwall|comes? up|came up|is|was|are|appears?|screen)\b[^\"“”'‘’]{0,40}$",
    re.IGNORECASE,
)
_NOT_ERROR_CUE = re.compile(
    r"\b(?:(?:shown|listed|displayed|called|named|titled|labelled|known|down|appears?|appearing|shows? up|spelt|spelled|"
    r"saved|stored|subject|entitled) (?:as|line|is)?|called|named|titled|entitled|folder|mailbox|button|link|click(?:ed|"
    r"ing)?(?: on)?|"
    r"subject(?: line)?(?: is| was)?|group|from|by|via|sender|option|menu|file|document|spreadsheet|list|label\w*|as|"
    r"system|app|team|channel|"
    r"calendar|tab|select\w*|press\w*|choose|type\w*|enter\w*)\s?[:,]?\s?$",
    re.IGNORECASE,
)
_ERROR_TELLS = re.compile(
    r"\b(?:error(?: message)?(?: (?:that )?(?:i|we|they) (?:get|see|receive|got))?|message(?: (?:that )?(?:i|we|"
    r"they) (?:get|see|receive|got))?|bounce(?: message)?|it|which|that|screen|page|site|website|app|window|box|system|"
    r"portal|browser|pop-?up|outlook|teams|(?:the )?(?:bounce|"
    r"ndr))(?: just| always| then| now| only| simply)? "
    r"(?:is|was|says?|said|saying|reads?|reading|states?|stating)(?: that)?\s?[:\-–]?\s+(?P<text>[^\"“].{4,400})$",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
# One of these is in every error text that is told without quotation marks.
_OF_ERROR = quick(r"error|message|bounce|ndr|says|reads|states|saying", re.IGNORECASE)
_SAYS = re.compile(r"\b(?:says?|reads?)\s*$", re.IGNORECASE)
_PRONOUN = re.compile(r"(?:it|they|he|she|we|you|i|there|that|this)\b", re.IGNORECASE)
_ERROR_CODE = quick(
    r"\b(?:(?:error|code|stop code|event|system error|bug check)(?: code| number| no\.?)? ?:? ?#?(?:0x[0-9A-Fa-f]{4,8}|"
    r"\d{2,5}(?:\.\d{1,3}){0,3}|[A-Z]{2,5}[-_]?\d{2,6})|0x[0-9A-Fa-f]{6,8}|5\d\d[ -]5\.\d\.\d{1,3}\b.{0,120})",
    re.IGNORECASE,
)
_NO_ERROR = quick(
    r"\b(?:no|not any|without(?: any)?|(?:isn'?t|aren'?t|not|don'?t (?:get|see)|doesn'?t (?:give|show)|didn'?t (?:get|"
    r"see)) (?:an?|any)) (?:error|message|errors|error messages?|error message|screenshots?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something read from a sentence: what, where in it, and on which line."""

    text: str
    number: int
    start: int = 0
    end: int = 0
    warning: str = ""


def names_other_number(sentence: Sentence, names: frozenset[str] = frozenset()) -> bool:
    """Return whether the sentence tells a number that is somebody else's: a switchboard's, a supplier's, a patient's."""
    return bool(_ELSEWHERE.search(sentence.text)) or (_names_other(sentence.text, names) and not _ASK_FOR_ME.search(sentence.text))


def _names_other(text: str, names: frozenset[str]) -> bool:
    """Return whether ``text`` names somebody to call who is not the sender, whose ``names`` are given."""
    other = _OTHER_PERSON.search(text)
    return other is not None and other.group().rpartition(" ")[2].lower() not in names


def holds_digit(sentence: Sentence) -> bool:
    """Return whether there is a digit in the sentence: without one it tells no number to call."""
    return _DIGIT.search(sentence.text) is not None


def phone_in(sentence: Sentence, region: str, names: frozenset[str] = frozenset()) -> Found | None:
    """Return the number to call that the sentence gives; numbers of switchboards, faxes and things are none."""
    text = sentence.text
    found = [
        phone
        for phone in phones_in(text, region)
        if not _NO_CALL.search(text[max(0, phone.start - 40) : phone.start] + text[phone.end : phone.end + 25])
        and not _REFERENCE_NUMBER.search(text[max(0, phone.start - 40) : phone.start])
    ]
    if not found or (_names_other(text[: found[0].start], names) and not _ASK_FOR_ME.search(text)):
        return _short(sentence) if not found else None
    phone = with_short_before(text, found[0]) if _BLEEP.search(text) else found[0]
    signs_off = not text[phone.end :].strip(" .!)") and _SIGNS_OFF.search(text[: phone.start]) is not None
    if PROBLEM.search(_without(text, phone)) and not signs_off and not _STRONG_CUE.search(text):
        return None
    words = len(_without(text, phone).split())
    if words <= 8 or signs_off or _STRONG_CUE.search(text) or _PHONE_CUE.search(text[max(0, phone.start - 40) : phone.start]):
        return Found(text=phone.text, number=sentence.number, start=phone.start, end=phone.end, warning=phone.warning)
    return None


def _without(text: str, phone: PhoneFound) -> str:
    return f"{text[: phone.start]} {text[phone.end :]}"


def _short(sentence: Sentence) -> Found | None:
    short = short_number(sentence.text)
    if short and not PROBLEM.search(sentence.text) and not _NO_CALL.search(sentence.text):
        at = sentence.text.find(short)
        return Found(text=short, number=sentence.number, start=at, end=at + len(short), warning=ALONE)
    return None


def affected_addresses(sentence: Sentence, own: frozenset[str], count: int | None) -> list[tuple[str, int, int]]:
    """Return the addresses in the sentence that are of affected people, with where they stand."""
    found = [entry for entry in addresses_in(sentence.text) if entry[0] not in own]
    if not found:
        return []
    before = sentence.text[: found[0][1]]
    if writes_for(sentence) and len(found) <= (count or 1):
        return found
    near = _DATED.sub("", before[-90:])[-45:]
    told = count_in(sentence)
    behind = [entry for entry in found if told is not None and entry[1] >= told[2]]
    if told is not None and told[0] == len(behind) and not _NOT_AFFECTED.search(sentence.text[told[2] : behind[0][1]][-45:]):
        return behind
    if told is not None and told[0] == len(found) and 0 <= told[1] - found[-1][2] <= _BESIDE:
        return found
    if count == len(found) and _WHOSE.search(sentence.text[found[-1][2] :]):
        return found
    if _NOT_AFFECTED.search(near):
        return []
    words = sum("@" not in word for word in sentence.text.replace(",", " ").split())
    if count == len(found) or _PERSON_NEAR.search(near) or words <= 2 * len(found):
        return found
    return []


def writes_for(sentence: Sentence) -> bool:
    """Return whether the sentence says that its author writes for whom its first address names."""
    at = sentence.text.find("@")
    if at < 0:
        return False
    start = sentence.text.rfind(" ", 0, at) + 1
    return _FOR_ANOTHER.search(sentence.text[max(0, start - 120) : start]) is not None


def error_in(sentence: Sentence) -> tuple[str, int] | None:
    """Return (error text, where it begins) that the sentence quotes or tells."""
    text = sentence.text
    quoted = quoted_in(text)
    for words, start in quoted:
        before = text[:start]
        if _ERROR_CUE.search(before) and not _NOT_ERROR_CUE.search(before):
            return words, start
        if not before.strip() and re.match(r"\W*(?:is the|was the|appears|comes up|error)", text[start + len(words) + 2 :]):
            return words, start
    told = _ERROR_TELLS.search(text) if _OF_ERROR.search(text) else None
    if told and _tells(told) and _OF_ERROR.search(told.group()) and not quoted:
        return told.group("text").strip(" .\"'"), told.start()
    code = _ERROR_CODE.search(text) if holds_digit(sentence) else None
    if code:
        return code.group().strip(" .,"), code.start()
    return None


def _tells(told: re.Match[str]) -> bool:
    """Return whether the words after "is" and "says" are the error's own: behind a colon, or beginning with a capital or a digit."""
    text = told.group("text").lstrip("'‘")
    lead = told.group()[: -len(told.group("text"))]
    if text[:1].isupper() or text[:1].isdigit() or ":" in lead:
        return True
    return bool(_SAYS.search(lead)) and len(text.split()) <= 6 and not _PRONOUN.match(text)


def says_no_error(sentence: Sentence) -> bool:
    """Return whether the sentence says that there is no error message."""
    return bool(_NO_ERROR.search(sentence.text)) and len(sentence.text.split()) <= 12
