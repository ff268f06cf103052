"""Phone numbers and counts, as people write them.

0113 496 0000 ext 4412      bleep 2231      +44 (0)7700 900 123
4 GPs      13 (list below)      three      just me      approx 30      twenty-five
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

from maild.mail.phrases import phrases
from maild.policy.mds.quick import quick

_TO_NINETEEN = phrases(
    "zero | one | two | three | four | five | six | seven | eight | nine | ten | eleven | twelve | thirteen | fourteen |"
    " fifteen | sixteen | "
    "seventeen | eighteen | nineteen"
)
_TENS_OF = phrases("twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety")
NUMBER_WORDS = {word: number for number, word in enumerate(_TO_NINETEEN)}
NUMBER_WORDS |= {word: 10 * number for number, word in enumerate(_TENS_OF, 2)} | {"dozen": 12, "un": 1, "dau": 2, "tri": 3}
ALONE = "is an extension or bleep without a number"
_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
WORD_NUMBER = (
    rf"(?:(?:{_TENS})(?:[- ](?:{_UNITS}))?|{_UNITS}|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|"
    rf"nineteen|(?:a )?dozen|un|dau|tri)"
)
PERSONS = (
    "users?|people|persons?|staff|colleagues?|members?|nurses?|gps?|doctors?|clinicians?|receptionists?|secretar(?:y|ies)|"
    "consultants?|therapists?|"
    "pharmacists?|midwi(?:fe|ves)|managers?|administrators?|admins?|clerks?|employees?|matrons?|sisters?|hcas?|physios?|"
    "paramedics?|registrars?|"
    "others|partners?|radiographers?|dentists?|carers?|volunteers?|students?|trainees?|practitioners?|workers?|officers?|leavers?|"
    "starters?|dietitians?|"
    "mailboxes|mailbox|accounts?|individuals?|folk|coordinators?|co-ordinators?|assistants?|technicians?|analysts?|"
    "directors?|librarians?|porters?|"
    "engineers?|operators?|supervisors?|surgeons?|hygienists?|teachers?|governors?|defnyddwyr|defnyddiwr"
)
_DIALLED = re.compile(r"(?<![\w@.+/-])\(?(?:\+\(?\d|0)(?:[\d \t().\-–\u2011]{5,22})\d(?![\w@/])")
# In the form of GB a national number of ten or eleven digits is possible whatever its digits, so long as nothing odd stands in it.
_PLAIN_GB = re.compile(r"\(?0[1-9]\d{0,4}\)?[ -]?\d{2,8}(?:[ -]\d{1,6}){0,3}", re.ASCII)
_NEXT_NUMBER = re.compile(r"[\s\-–.(]+(?=0\d|\+)")
_PHONE = re.compile(r"(?<![\w@.+/-])\(?\d(?:[\d \t().\-–\u2011]{5,22})\d(?![\w@/])")
_EXTENSION = re.compile(
    r"\s{0,3}[,;(/-]?\s{0,3}(?:\(|option\s)?(?:ext(?:ension|ns?|n)?|x|bleep|pager|#|option)\.?:?\s{0,3}#?\d{1,6}\)?", re.IGNORECASE
)
_SHORT = quick(r"\b(?:ext(?:ension|n)?|bleep|pager|blp|x)\.?:?\s{0,3}(?:is|no\.?|number|#)?\s{0,2}(\d{3,6})\b", re.IGNORECASE)
_SHORT_LABEL = re.compile(r"\b(?:ext(?:ension|n)?|bleep|pager|blp)\.?:?\s{0,3}$", re.IGNORECASE)
_SHORT_END = re.compile(r"\d{3,6}(?=\s{0,3}[(/,;|]|\s{1,3}[-–]\s)")  # a short number, with another behind it
_BARE_SHORT = re.compile(r"[1-9]\d{3,5}")
_JOIN = re.compile(
    r"[\s/,;|&()]*(?:(?:or|and|mob(?:ile)?|tel|home|work|office|desk|then|alternatively|also)\b[\s.:/,;|&()]*){0,2}", re.IGNORECASE
)
_SELF = re.compile(
    r"\W*(?:1|one)?\W*(?:it'?s |it is )?(?:(?:just|only) (?:the one|for )?\W*(?:me|myself|mine|my own(?: account)?|"
    r"my account)|me only|me|myself|mine|my own(?: account)?|"
    r"my account|only my own|dim ond fi|(?:just )?1 \W*(?:just )?me|(?:user|person) ?\W*\(?(?:just |only )?me)\W*(?:only|"
    r"affected|at the moment|so far|i think)?\W*"
)
_SELF_CHARS = 200  # of an answer that is looked at for "just me": the expression takes quadratic time
_RANGE = re.compile(r"(?<![\d/.])\d{1,6}\s?(?:-|–|to|or)\s?\d{1,6}(?![\d/]|\.\d)")
_DIGITS = re.compile(r"(?<![\w.@/+#-])\d{1,3}(?:,\d{3})+(?![\d,])|(?<![\w.@/+#-])\d{1,6}(?![\w@/:]|[.,]\d)")
_COUNTED = re.compile(
    rf"(?<![\w.@/+#-])(?P<n>\d{{1,6}}|{WORD_NUMBER})\+?\s+(?:(?:of|other|affected|different|our|the|my|members of|separate|"
    rf"named)\s+){{0,3}}(?P<mid>(?:[a-z\-]+\s+){{0,2}}?)(?:{PERSONS}|us|them)\b"
)
_GROUP_OF = re.compile(
    rf"\b(?:team|office|ward|department|practice|group|surgery|unit|clinic) of (?P<n>\d{{1,6}}|{WORD_NUMBER})"
    r"(?=\s?[.,;!)]|$|\s(?:are|is|has|have|can|cannot|all|who|affected|people|staff|users)\b)"
)
_MORE_THAN_ONE = re.compile(rf"(?:\d|\b{WORD_NUMBER})\s?(?:-|–|to|or|/)\s?$|\bbetween (?:\d{{1,6}}|{WORD_NUMBER}) and $")
_IN_NUMBER = re.compile(r"\d\s{1,2}$")  # the last digits of a telephone number
_SHARE = re.compile(rf"(?:^|\s)(?P<n>\d{{1,6}}|{WORD_NUMBER}) (?:out )?of (?:our |the |my |all |these |those )?$")
_PART = re.compile(r"\b(?:half|some|most|many|part|several|few|third|quarter|majority|%|percent) (?:of )?(?:our |the |my |these |those )?$")
_HAS = re.compile(r"\b(?:have|has|had|'ve|got|use|uses|using|my|our|with|between)(?: got)? $")
_AND_ME = re.compile(r"\s{1,2}(?:and|&|\+|plus) (?:me|myself|i)\b")
_ME_AND = re.compile(r"\b(?:me|myself|i)(?: and|,? plus| &| \+|,) (?:about |around |the )?$")
_NOT_PERSONS = frozenset(
    phrases(
        """
        from | to | for | in | on | by | with | and | or | that | who | whose | minute | minutes | hour | hours | day | days | week |
        weeks | month | months | year | years | time | times | email | emails | mail | mails | message | messages | attempt |
        attempts | laptop | laptops | pc | pcs | computer | computers | printer | printers | old | ago | per | is | are | was | were
        | not | between | but | device | devices | phone | phones | ticket | tickets | call | calls | file | files | site | sites |
        team | teams | department | departments | percent | am | pm | o'clock | january | february | march | april | may | june | july |
        august | september | october | november | december | jan | feb | mar | apr | jun | jul | aug | sep | sept | oct | nov | dec |
        account | accounts | mailbox | mailboxes | screen | screens | monitor | monitors | copies | pages | rooms | beds | patients
        """
    )
)
_NUMBERED = frozenset(
    phrases(
        """
        after | at | band | bay | bed | before | block | building | clinic | code | desk | error | event | floor | grade | item | level |
        line | m | microsoft | office | outlook | phase | pod | port | room | server | since | station | step | suite | theatre | till |
        unit | until | version | ward | windows | wing | year | zone
        """
    )
)
_WORD_COUNT = re.compile(rf"\b(?P<n>{WORD_NUMBER})\b")
_VAGUE = re.compile(r"\b(?:approx(?:imately)?|about|around|circa|roughly|at least|over|more than|nearly|almost|up to|c\.)|[~≈]|\d\+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFound:
    """A phone number in a text: as written, and where it begins and ends."""

    text: str
    start: int
    end: int
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFound:
    """A count, or why there is none; ``own`` is whether it is the writer alone."""

    number: int = 0
    reason: str = ""
    warning: str = ""
    own: bool = False


def phones_in(text: str, region: str, *, strict: bool = True) -> list[PhoneFound]:
    """Return the phone numbers in ``text`` that may be dialled from ``region``, with their extensions.

    With ``strict`` only what begins as a number to dial does (0 or +), so that reference and NHS numbers are none.
    """
    found: list[PhoneFound] = []
    at = 0
    pattern = _DIALLED if strict or _DIALLED.search(text) else _PHONE
    while (match := pattern.search(text, at)) is not None:
        short = _SHORT_END.match(text, match.start()) if _SHORT_LABEL.search(text[max(0, match.start() - 12) : match.start()]) else None
        if short is not None:
            at = short.end()
            continue
        phone = _phone_at(text, match, region)
        at = phone.end if phone else _next_start(match)
        if phone:
            found.append(phone)
    return found


def _phone_at(text: str, match: re.Match[str], region: str) -> PhoneFound | None:
    """Return the number that begins where ``match`` does; where two were written in a row, the first."""
    written = _balanced(match.group().rstrip(" .-–(\t"))
    if not _is_phone(written, region):
        cuts = [cut.start() for cut in _NEXT_NUMBER.finditer(match.group()) if cut.start() > 8]
        written = next((head for cut in cuts if _is_phone(head := match.group()[:cut].strip(), region)), "")
    if not written:
        return None
    start = text.index(written, match.start())
    end = start + len(written)
    extension = _EXTENSION.match(text, end)
    if extension is None:
        return PhoneFound(text=written.strip(), start=start, end=end)
    whole = _balanced(text[start : extension.end()])
    return PhoneFound(text=whole, start=start, end=extension.end(), warning="has an extension or bleep")


def _next_start(match: re.Match[str]) -> int:
    """Return where to look on after digits that are no number to call: at the next blank in them."""
    blank = match.group().find(" ")
    return match.start() + blank if blank > 0 else match.end()


def _balanced(text: str) -> str:
    text = text.strip()
    while text.count(")") > text.count("(") and text.endswith(")"):
        text = text[:-1].rstrip()
    if text.startswith("(") and text.count("(") > text.count(")"):
        text = text[1:]
    return text


def _is_phone(text: str, region: str) -> bool:
    digits = "".join(character for character in text if character.isdigit())
    if not 9 <= len(digits) <= 15:
        return False
    if region == "GB" and digits.startswith("0") and not digits.startswith("00") and (len(digits) not in (10, 11) or digits[1] in "046"):
        return False
    if region == "GB" and _PLAIN_GB.fullmatch(text):
        return True  # in a twentieth of the time that the library takes
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE


def short_number(text: str) -> str:
    """Return the extension or bleep that ``text`` names ("bleep 2231"), or ""."""
    match = _SHORT.search(text)
    return match.group().strip() if match else ""


def read_phone(text: str, region: str) -> PhoneFound | str:
    """Return the phone number that answers a form's question, or why there is none."""
    found = phones_in(text, region, strict=False)
    if found:
        first, last = found[0], found[0]
        for other in found[1:]:
            if not _JOIN.fullmatch(text[last.end : other.start]):
                break
            last = other
        first = with_short_before(text, first)
        if last is not first:
            end = max(first.end, last.end)
            return PhoneFound(text=text[first.start : end].strip(), start=first.start, end=end, warning="is more than one number")
        return first
    short = _SHORT.search(text)
    if short:
        return PhoneFound(text=short.group().strip(), start=short.start(), end=short.end(), warning=ALONE)
    bare = _BARE_SHORT.fullmatch(text.strip())
    if bare:
        return PhoneFound(text=bare.group(), start=0, end=len(text), warning=ALONE)
    shown, digits = text[:40].strip(), sum(character.isdigit() for character in text)
    if digits < 6:
        return f"“{shown}” is not a phone number"
    return (
        f"“{shown}” is not a phone number we can call"
        if digits in (10, 11)
        else f"“{shown}” is too {'long' if digits > 11 else 'short'} to be a phone number"
    )


def with_short_before(text: str, phone: PhoneFound) -> PhoneFound:
    """Return the number together with the bleep or extension that was written before it: ``bleep 1234 / 0113 496 0000``."""
    short = _SHORT.search(text[: phone.start])
    if short is None or not _JOIN.fullmatch(text[short.end() : phone.start]):
        return phone
    if re.sub(r"\D", "", phone.text).endswith(short.group(1)):  # the extension is the number's end
        return phone
    end = phone.end + (text[phone.end : phone.end + 1] == ")" and "(" in text[short.end() : phone.start])
    return PhoneFound(text=text[short.start() : end], start=short.start(), end=end, warning="has an extension or bleep")


def read_count(text: str, minimum: int, maximum: int) -> CountFound:
    """Return the number that answers "how many", or why it cannot be told."""
    lowered = text.lower().replace("’", "'").strip()
    if len(lowered) <= _SELF_CHARS and _SELF.fullmatch(lowered):
        return CountFound(number=1, own=True)
    if _RANGE.search(lowered):
        return CountFound(reason=f"“{text[:40].strip()}” is a range: please give one number, your best estimate")
    numbers = _numbers(lowered)
    if not numbers:
        return CountFound(reason=f"“{text[:40].strip()}” does not say how many: please give a number")
    number = numbers[0]
    if len(set(numbers)) > 1 and not _leads(lowered, number):
        return CountFound(reason=f"“{text[:40].strip()}” can be read as more than one number: please give one")
    if not minimum <= number <= maximum:
        return CountFound(reason=f"{number} is not between {minimum} and {maximum}")
    own = number == 1 and bool(
        re.search(
            r"\b(?:just|only) me\b|\(\s?(?:just |only )?(?:me|myself)\s?\)|[-–,]\s?(?:just |only )?(?:me|myself)\W*$|\bonly mine\b", lowered
        )
    )
    return CountFound(number=number, own=own, warning="is an estimate" if _VAGUE.search(lowered) else "")


def _leads(text: str, number: int) -> bool:
    """Return whether ``text`` begins with the number, so that others in it only explain."""
    head = re.match(rf"\W*(?:approx(?:imately)?\.?|about|around|circa|at least|over)?\s{{0,3}}(\d{{1,6}}|{WORD_NUMBER})\b", text)
    return head is not None and number_of(head.group(1)) == number


def _numbers(text: str) -> list[int]:
    """Return the counts in ``text``, those of people first."""
    people = [number_of(match.group("n")) for match in _COUNTED.finditer(text) if not _NOT_PERSONS.intersection(match.group("mid").split())]
    digits = [int(match.group().replace(",", "")) for match in _DIGITS.finditer(text)]
    if people:
        return list(dict.fromkeys(people if not digits or not _leads(text, digits[0]) else [digits[0], *people]))
    if digits:
        return digits
    return [number_of(match.group("n")) for match in _WORD_COUNT.finditer(text)]


def counted_in(text: str) -> list[tuple[int, int, int]]:
    """Return (number, start, end) of each count of people in free text: ``12 of us``, ``one user``, ``Two of our Estates staff``."""
    lowered = text.lower()
    found = []
    for match in _COUNTED.finditer(lowered):
        before = lowered[max(0, match.start() - 12) : match.start()].split()
        if _NOT_PERSONS.intersection(match.group("mid").split()) or (before and before[-1].strip("(") in _NUMBERED):
            continue
        number = _whole_count(lowered, match)
        if number:
            found.append((number, match.start(), match.end()))
    return found or [(number_of(match.group("n")), match.start(), match.end()) for match in _GROUP_OF.finditer(lowered)]


def _whole_count(text: str, match: re.Match[str]) -> int:
    """Return how many the count means: with the writer beside it one more, of "one of our 30 users" one; 0 where it is a range."""
    before = text[max(0, match.start() - 40) : match.start()]
    if _MORE_THAN_ONE.search(before) or (match.group("n").isdigit() and _IN_NUMBER.search(before)):
        return 0
    if _PART.search(before) or (match.group().endswith(("account", "accounts", "mailbox", "mailboxes")) and _HAS.search(before)):
        return 0
    share = _SHARE.search(before)
    if share:
        return number_of(share.group("n"))
    beside = not match.group().endswith((" us", " users", " user")) and (_ME_AND.search(before) or _AND_ME.match(text, match.end()))
    return number_of(match.group("n")) + bool(beside)


def number_of(text: str) -> int:
    """Return the number that digits or words name."""
    text = text.lower().strip()
    if text.isdigit():
        return int(text)
    return sum(NUMBER_WORDS.get(word, 0) for word in text.replace("-", " ").split())
