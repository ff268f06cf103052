"""Each kind of answer: what is read from it, and why it is refused (MDS-3)."""

from __future__ import annotations

import pytest

from maild.policy.mds.fields import FieldRule, FieldType, Value
from maild.policy.mds.fields import Source as From
from maild.policy.mds.procedure import PROCEDURE
from maild.policy.mds.values import Parsed, is_empty, parse
from tests.policy.mds.readings import MEG, values


def told(kind: FieldType, text: str, **changes: object) -> Parsed:
    """Return what ``text`` says for a field of ``kind``."""
    rule = FieldRule(key="key", label="Label", type=kind, **changes)  # type: ignore[arg-type]  # fields by name
    return parse(text, rule, region="GB", requester=MEG.address)


PHONES = {
    "0141 496 0 275": "0141 496 0 275",
    "07700 900 123 (after 2 pm)": "07700 900 123",
    "01632 960 333 ext 204": "01632 960 333 ext 204",
    "0113 496 0001 bleep 223": "0113 496 0001 bleep 223",
    "0113 496 0001 (ext 12)": "0113 496 0001 (ext 12)",
    "(0113) 496 0001": "(0113) 496 0001",
    "+44 (0)113 496 0001": "+44 (0)113 496 0001",
    "+353 1 496 0001": "+353 1 496 0001",
    "0113 496 0001 / 07700 900 123": "0113 496 0001 / 07700 900 123",
    "0113 496 0001 07700 900123": "0113 496 0001 07700 900123",
    "please use 07700 900 123, thanks": "07700 900 123",
    "0113 496 0001, fax 0113 496 0002": "0113 496 0001",
    "ext 4471": "ext 4471",
    "4471": "4471",
    "A: 0113 496 0001": "0113 496 0001",
    "[Meg] 0113 496 0001": "0113 496 0001",
}


@pytest.mark.rule("MDS-3")
@pytest.mark.parametrize("written", PHONES)
def test_phones(written: str) -> None:
    """A number to call is kept as written, with its extension, without remarks; numbers of the drama ranges count."""
    assert told(FieldType.PHONE, written).value == PHONES[written]


@pytest.mark.rule("MDS-3")
@pytest.mark.parametrize("written", ["ext 4471", "4471", "0113 496 0001 x12", "0113 496 0001 or 07700 900 123"])
def test_phone_warnings(written: str) -> None:
    """Extensions, bleeps and second numbers are kept with a warning."""
    assert told(FieldType.PHONE, written).warning != ""


@pytest.mark.rule("MDS-3")
@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("0113 496", "“0113 496” is too short to be a phone number"),
        ("0113 496 00012345", "“0113 496 00012345” is too long to be a phone number"),
        ("0413 496 0001", "“0413 496 0001” is not a phone number we can call"),
        ("Tom has it", "“Tom has it” is not a phone number"),
        ("12/03/2026", "“12/03/2026” is too short to be a phone number"),
    ],
)
def test_refused_phones(written: str, reason: str) -> None:
    """What cannot be called is refused in plain words."""
    assert told(FieldType.PHONE, written) == Parsed(reason=reason)


COUNTS = {
    "4": 4, "4 GPs": 4, "13 (list below)": 13, "three": 3, "Twenty-five": 25, "a dozen": 12, "approx 30": 30, "30+": 30, "1,200": 1200,
    "just me": 1, "1 (me)": 1, "One user": 1, "both sites, 12 staff": 12, "2 (me and 1 colleague)": 2, "all 6 of us on ward 7": 6,
}  # fmt: skip


@pytest.mark.rule("MDS-3")
@pytest.mark.parametrize("written", COUNTS)
def test_counts(written: str) -> None:
    """A count is read from digits and words, with what explains it."""
    assert told(FieldType.COUNT, written).value == COUNTS[written]


@pytest.mark.rule("MDS-3")
@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("10-15", "“10-15” is a range: please give one number, your best estimate"),
        ("everyone", "“everyone” does not say how many: please give a number"),
        ("ward 3, ward 4", "“ward 3, ward 4” can be read as more than one number: please give one"),
        ("0", "0 is not between 1 and 1000000"),
    ],
)
def test_refused_counts(written: str, reason: str) -> None:
    """Ranges, everyone and none are refused in plain words."""
    assert told(FieldType.COUNT, written).reason == reason


@pytest.mark.rule("MDS-2", "MDS-3")
def test_addresses() -> None:
    """Addresses are read from lists, links and names; the writer's own where "me" stands beside them."""
    assert told(FieldType.EMAIL_LIST, "Tom <tom@ward.example>; x.y@ward.example<mailto:x.y@ward.example>").value == (
        "tom@ward.example",
        "x.y@ward.example",
    )
    assert told(FieldType.EMAIL_LIST, "me and tom@ward.example").value == (MEG.address, "tom@ward.example")
    assert told(FieldType.EMAIL_LIST, "not me, tom@ward.example").value == ("tom@ward.example",)
    assert told(FieldType.EMAIL_LIST, "as above").value == (MEG.address,)
    assert told(FieldType.EMAIL, "Same as above").value == MEG.address
    assert told(FieldType.EMAIL, "TOM@Ward.Example.").value == "tom@ward.example"


@pytest.mark.rule("MDS-3")
@pytest.mark.parametrize(
    "written", ["tom@ward", "tom at ward", f"tom@ward.example, {'x' * 70}@ward.example", "a@b@c.example", "..@ward.example"]
)
def test_refused_addresses(written: str) -> None:
    """One wrong address makes the answer invalid: half a list is a wrong list."""
    parsed = told(FieldType.EMAIL_LIST, written)
    assert (parsed.value, parsed.reason != "") == (None, True)


def test_refused_email() -> None:
    """A single address is refused in plain words."""
    assert told(FieldType.EMAIL, "none of your business").reason == "“none of your business” is not an email address"


@pytest.mark.rule("MDS-1")
@pytest.mark.parametrize(
    ("written", "value"), [("31/03/2026", "2026-03-31"), ("31st March 2026", "2026-03-31"), ("2026-03-31", "2026-03-31"), ("soon", None)]
)
def test_dates(written: str, value: str | None) -> None:
    """A date is read in the forms that people here write."""
    assert told(FieldType.DATE, written).value == value


@pytest.mark.rule("MDS-1")
def test_choices() -> None:
    """A choice is one of the answers there are, in any case, with words behind it."""
    choices = ("create", "delete")
    assert told(FieldType.CHOICE, "Delete.", choices=choices).value == "delete"
    assert told(FieldType.CHOICE, "delete them all", choices=choices).value == "delete"
    assert told(FieldType.CHOICE, "rename", choices=choices).reason == "“rename” is none of: create, delete"


@pytest.mark.rule("MDS-1")
def test_patterns() -> None:
    """A pattern must match the whole answer; the reason carries the administrator's hint."""
    assert told(FieldType.PATTERN, "ex-12345", pattern="[A-Z]{2}-[0-9]{5}").value == "ex-12345"
    assert (
        told(FieldType.PATTERN, "12", pattern="[0-9]{5}", hint="five digits").reason
        == "“12” does not have the form that is needed: five digits"
    )


@pytest.mark.rule("MDS-1")
def test_short_text() -> None:
    """A text under the fewest words is refused."""
    assert told(FieldType.TEXT, "help", min_words=2).reason == "“help” is too short: please write at least 2 words"
    assert told(FieldType.TEXT, "[the lift is stuck]", min_words=2).value == "the lift is stuck"


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("written", ["", "-", "tbc", "TBC.", "xxx", "?", "___", "to follow", "**"])
def test_placeholders(written: str) -> None:
    """A placeholder is no answer to any field."""
    assert [is_empty(written, rule) for rule in PROCEDURE.fields] == [True] * 7


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("written", ["n/a", "None", "nil", "not known"])
def test_nothing(written: str) -> None:
    """A word for nothing answers the optional fields only."""
    assert [rule.key for rule in PROCEDURE.fields if not is_empty(written, rule)] == ["evidence", "other_information"]


def test_configured_empty_words() -> None:
    """An administrator's own words count as empty too."""
    assert told(FieldType.TEXT, "As usual", empty=("as usual",)) == Parsed()


def test_plain_values() -> None:
    """A value shows itself as JSON has it."""
    assert Value(key="k", value=("a", "b"), source=From.FORM).plain() == ["a", "b"]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize(
    ("text", "affected"),
    [
        ("I am locked out. The account is meg.work@ward.example, nobody else is affected.", ["meg.work@ward.example"]),
        ("My work account is meg.work@ward.example and it is locked. It is just me.", ["meg.work@ward.example"]),
        ("The diary is empty. It is just me.", [MEG.address]),
        ("Tom's diary is empty, tom@ward.example. Only he is affected.", ["tom@ward.example"]),
    ],
)
def test_one_who_writes_of_one_account_means_that_one(text: str, affected: list[str]) -> None:
    """His own address, unless he says which account it is; one other is one other."""
    told = values(text)
    assert (1, affected) == (told["affected_users_count"], told["affected_users_emails"])
