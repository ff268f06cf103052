"""What one mail gives of the Minimum Data Set, what is missing, and how mails merge (MDS-2 to MDS-5)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail.message import Address
from maild.mail.parse import parse
from maild.mail.replies import NewLine, Reply, author_of, split
from maild.policy.mds.extract import extract
from maild.policy.mds.fields import CategoryRule, Condition, Evidence, Extraction, FieldRule, FieldType, MdsRules, Reason, Source, Value
from maild.policy.mds.procedure import PROCEDURE
from maild.policy.mds.standing import merge, missing
from tests.accuracy import comparable, f1, measure
from tests.mail.growth import growth
from tests.policy.mds.readings import DESK, MEG, answering, file, mail, read, values

CORPUS = Path(__file__).parents[2] / "corpus"
EXAMPLES = sorted((CORPUS / "examples").glob("*.eml"))


@pytest.mark.rule("MDS-2", "MDS-3")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    """In every example mail the values, and what is missing, are what a careful reader found."""
    message = parse(path.read_bytes())
    found = extract(message, split(message.text, message.html, author=author_of(message.sender)), PROCEDURE)
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert {value.key: comparable(value.key, value.plain()) for value in found.values} == {
        key: comparable(key, value) for key, value in expected["mds"].items()
    }
    assert missing(found.values, PROCEDURE, optional=True) == tuple(expected["missing"])


@pytest.mark.rule("MDS-2", "MDS-3")
def test_corpus() -> None:
    """Over mails of many clients and styles: F1 at least 0.97, at most 1 % wrong or invented, new text exact in 85 %."""
    tally = measure([CORPUS / "examples", CORPUS / "replies", CORPUS / "fresh"])
    total = sum(tally.fields.values(), start=type(tally.whole)())
    given_values = total["right"] + total["wrong"] + total["invented"]
    assert (f1(total) >= 0.97, (total["wrong"] + total["invented"]) / given_values <= 0.01) == (True, True)
    assert (tally.whole["text"] / tally.whole["mails"] >= 0.85, tally.whole["mds"] / tally.whole["mails"] >= 0.9) == (True, True)


@pytest.mark.rule("MDS-3")
def test_sources() -> None:
    """Each value names where it came from: the form's line, the text's, the signature's, the header or an attachment."""
    found = read(
        mail("Number of affected users: 2\n\nOutlook keeps crashing.\n\nMeg Pryce\nTel: 0113 496 0001", attachments=(file("a.png"),))
    )
    assert {value.key: (value.source, value.line) for value in found.values} == {
        "requestor_email": (Source.HEADER, 0),
        "contact_number": (Source.SIGNATURE, 6),
        "affected_users_count": (Source.FORM, 1),
        "issue_description": (Source.TEXT, 3),
        "evidence": (Source.ATTACHMENT, 0),
    }


@pytest.mark.rule("MDS-2")
def test_a_template_is_no_answer() -> None:
    """The quoted form without answers gives nothing, and neither do the labels without values."""
    assert values(answering("Will do.", "contact_number", "affected_users_count", "issue_description")) == {}
    assert values("Requestor contact number:\nNumber of affected users:\nIssue Description:\n") == {}


@pytest.mark.rule("MDS-2")
def test_placeholders() -> None:
    """A placeholder is no value and not invalid; "n/a" answers an optional field, and no required one."""
    text = "Requestor contact number: tbc\nNumber of affected users: -\nIssue Description: xxx\nError messages: n/a\nOther: none"
    found = read(text)
    assert {value.key: value.plain() for value in found.values if value.key != "requestor_email"} == {
        "evidence": {"text": "n/a", "attachments": []},
        "other_information": "none",
    }
    assert found.invalid == ()
    assert values("Number of affected users: n/a") == {}


@pytest.mark.rule("MDS-3")
def test_invalid_answers() -> None:
    """An answer that fails its validation is missing, with a reason for the user."""
    found = read("Requestor contact number: 0113\nNumber of affected users: lots\nAffected users emails: meg@ward")
    assert (found.get("contact_number"), found.get("affected_users_count"), found.get("affected_users_emails")) == (None, None, None)
    assert found.reason("contact_number") == "“0113” is not a phone number"
    assert found.reason("affected_users_count") == "“lots” does not say how many: please give a number"
    assert found.reason("affected_users_emails") == "“meg@ward” is not an email address"
    assert found.reason("issue_description") == ""


@pytest.mark.rule("MDS-2")
def test_just_me() -> None:
    """The writer alone is 1 and the writer's address, in the form and in free text."""
    own = {"affected_users_count": 1, "affected_users_emails": [MEG.address]}
    assert values("Number of affected users: just me") == own
    assert values(answering("Only my account is affected.", "affected_users_count")) == own
    assert values("Number of affected users: 1") == {"affected_users_count": 1}


@pytest.mark.rule("MDS-2")
def test_same_as_above() -> None:
    """The words "same as above" stand for the requester's address."""
    assert values("Affected user(s) email address(es): same as above") == {"affected_users_emails": [MEG.address]}


def test_requestor_email_of_the_form() -> None:
    """The form's address goes before the From header's; a broken one leaves the header's."""
    assert values("Requestor email address: tom@ward.example") == {"requestor_email": "tom@ward.example"}
    assert values("Requestor email address: tom at ward") == {}
    assert values("My email address is tom@ward.example.") == {"requestor_email": "tom@ward.example"}
    assert read(mail("Number of affected users: 2", sender=None)).get("requestor_email") is None


def test_no_sender() -> None:
    """Without a usable sender nobody is "me"."""
    assert values(mail("Number of affected users: just me", sender=None)) == {"affected_users_count": 1}


@pytest.mark.rule("MDS-2")
def test_a_reply_is_asked() -> None:
    """In a reply, an issue is read from free text only where it was asked for."""
    text = "Outlook keeps crashing when I open it."
    assert values(answering(text, "contact_number")) == {}
    assert values(answering(text, "issue_description")) == {"issue_description": "Outlook keeps crashing when I open it"}
    assert values(mail(text, reply=True), asked=("contact_number",)) == {}


def test_later_answer_of_one_mail_wins() -> None:
    """Where a label stands twice in one mail, the later answer counts, and an empty one does not undo it."""
    assert values("Number of affected users: 2\nNumber of affected users: 3\nNumber of affected users:\n") == {"affected_users_count": 3}


@pytest.mark.rule("MDS-2")
def test_numbered_answers_without_labels() -> None:
    """A numbered list answers the form's questions in their order, where every item fits its question."""
    fields = ("contact_number", "affected_users_count", "issue_description")
    assert values(answering("1. 0113 496 0001\n2. 4\n3. The lift\nis stuck", *fields)) == {
        "contact_number": "0113 496 0001",
        "affected_users_count": 4,
        "issue_description": "The lift\nis stuck",
    }
    assert "affected_users_count" not in values(answering("1. 0113 496 0001\n2. the lift\n3. is stuck", *fields))


def test_numbered_answers_to_the_whole_form() -> None:
    """Seven items without a quoted form answer the procedure's seven questions."""
    text = "1. meg.pryce@ward.example\n2. 0113 496 0001\n3. 1\n4. as above\n5. The lift is stuck\n6. none\n7. tbc"
    assert values(text) == {
        "contact_number": "0113 496 0001",
        "affected_users_count": 1,
        "affected_users_emails": [MEG.address],
        "issue_description": "The lift is stuck",
        "evidence": {"text": "none", "attachments": []},
    }


@pytest.mark.rule("MDS-1")
def test_sources_are_configurable() -> None:
    """A value is taken only from where its field allows."""
    phone = FieldRule(key="contact_number", label="Contact", type=FieldType.PHONE, sources=(Source.FORM,))
    rules = MdsRules(fields=(phone,))
    assert values("Call me on 0113 496 0001.\n\nMeg Pryce\nTel: 0113 496 0002", rules) == {}
    assert values("Contact: 0113 496 0001", rules) == {"contact_number": "0113 496 0001"}
    assert values("Contact: 0113 496 0001", MdsRules(fields=(FieldRule(key="c", label="Contact", type=FieldType.PHONE, sources=()),))) == {}


CATEGORY = CategoryRule(
    key="bulk",
    label="Bulk change",
    keywords=("bulk change",),
    recipients=("bulk@desk.example",),
    fields=(
        FieldRule(key="change", label="What should be changed", type=FieldType.CHOICE, choices=("create", "delete")),
        FieldRule(key="approver", label="Approved by", type=FieldType.EMAIL, when=Condition(field="change", equals=("delete",))),
        FieldRule(key="day", label="Date of the change", type=FieldType.DATE, when=Condition(attachment=".csv")),
        FieldRule(key="issue_description", label="Issue Description", type=FieldType.TEXT, required=False),
    ),
    attachments=(".csv",),
)
RULES = MdsRules(fields=PROCEDURE.fields, categories=(CATEGORY,))


@pytest.mark.rule("MDS-1")
def test_categories() -> None:
    """A category is told by words or by the address written to, and asks for its own fields beside the default set."""
    assert read(mail("What should be changed: delete", subject="A BULK  change? no: Bulk change"), RULES).category == "bulk"
    assert read(mail("hello", to=(Address(name="", address="bulk@desk.example"),)), RULES).category == "bulk"
    assert read("a bulky change", RULES).category == ""
    assert values(mail("What should be changed: Delete.", subject="bulk change"), RULES) == {"change": "delete"}


@pytest.mark.rule("MDS-1", "MDS-4")
def test_missing_by_category() -> None:
    """What is missing follows the category's conditions: on another field's value, and on what is attached."""
    known = (Value(key="change", value="create", source=Source.FORM),)
    default = ("requestor_email", "contact_number", "affected_users_count", "affected_users_emails")
    assert missing(known, RULES, "bulk") == (*default, "attachment")
    assert missing(known, RULES, "bulk", ("List.CSV",)) == (*default, "day")
    deleted = (Value(key="change", value="delete", source=Source.FORM),)
    assert missing(deleted, RULES, "bulk") == (*default, "approver", "attachment")
    assert missing((), RULES) == (*default, "issue_description")
    assert missing((), RULES, optional=True)[-2:] == ("evidence", "other_information")


def merged(*extractions: Extraction) -> dict[str, object]:
    """Return the values of mails merged in their order."""
    whole = Extraction()
    for extraction in extractions:
        whole = merge(whole, extraction)
    return {value.key: value.plain() for value in whole.values}


def one(key: str, value: str | Evidence, source: Source = Source.FORM) -> Extraction:
    """Return the extraction of one value."""
    return Extraction(values=(Value(key=key, value=value, source=source),))


@pytest.mark.rule("MDS-5")
def test_merge() -> None:
    """A later valid value replaces an earlier one; a From header or an invalid answer never does."""
    invalid = Extraction(invalid=(Reason(key="contact_number", text="no"), Reason(key="day", text="no day")), category="bulk")
    assert merged(one("contact_number", "1"), one("contact_number", "2")) == {"contact_number": "2"}
    assert merged(one("requestor_email", "a@b.example"), one("requestor_email", "c@d.example", Source.HEADER)) == {
        "requestor_email": "a@b.example"
    }
    both = merge(one("contact_number", "1"), invalid)
    assert (both.get("contact_number"), [reason.key for reason in both.invalid], both.category) == (both.values[0], ["day"], "bulk")


@pytest.mark.rule("MDS-5")
def test_merge_evidence() -> None:
    """Evidence keeps the files that came before, and its text until another comes."""
    first, second = Evidence(text="error 53", attachments=("a.png",)), Evidence(attachments=("b.png", "a.png"))
    assert merged(one("evidence", first), one("evidence", second)) == {"evidence": {"text": "error 53", "attachments": ["a.png", "b.png"]}}


GROWTH = 6  # four times the text; a quadratic pass would cost sixteen times as much
STALLS = [
    "\n",
    "On ",
    "1. a\n",
    "a@",
    "0113 496 ",
    ". ",
    '"',
    "12 of us ",
    ", call me ",
    "a@b.example, ",
    "Number of affected users: ",
    "- ",
    "( ",
    "x and now ",
    "1 aa-",
    "error says ",
]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("pattern", STALLS)
def test_linear(pattern: str) -> None:
    """Four times the text costs about four times as much, whatever it is made of."""
    text = pattern * (131072 // len(pattern))
    small, large = _unsplit(text[:32768]), _unsplit(text)
    assert any(growth(_extract, small, large) < GROWTH for _ in range(3))


def _unsplit(text: str) -> Reply:
    """Return ``text`` as new text, line by line."""
    return Reply(new_text=text, lines=tuple(_lines(text)))


def _extract(reply: Reply) -> Extraction:
    """Return what the new text gives, read as it is."""
    return extract(mail(reply.new_text), reply, PROCEDURE)


def _lines(text: str) -> Iterator[NewLine]:
    """Yield the lines of ``text`` as new."""
    for number, line in enumerate(text.split("\n"), 1):
        yield NewLine(number=number, text=line)


WORDS = [
    *(
        "Requestor contact number:",
        "0113 496 0001",
        "just me",
        "Number of affected users",
        "4",
        "\n",
        "\t",
        "|",
        "a@b.example",
        "me",
        "tbc",
    ),
    *('"', "error", "says", "cannot print", ".", ",", "1.", "-", "attached", "Issue:", "Meg", "me", "two of us"),
]


@given(st.lists(st.sampled_from(WORDS)))
def test_never_raises(words: list[str]) -> None:
    """Any arrangement of labels and values is read without an exception, and gives values of the field's kind."""
    count = read(" ".join(words)).get("affected_users_count")
    assert count is None or (isinstance(count.value, int) and count.value >= 1)


def test_helpdesk_addresses_are_nobody_affected() -> None:
    """Our own addresses in the text are not affected users."""
    assert "affected_users_emails" not in values(f"One user is affected, I wrote to {DESK.address} before.")
