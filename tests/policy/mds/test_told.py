"""Free text whose sentences say more than one thing, or the same as another field (MDS-2, MDS-3)."""

from __future__ import annotations

import pytest

from tests.policy.mds.readings import MEG, file, mail, values

ISSUES = {
    'Letters to the clinic come back at once with "552 5.2.2 Quota exceeded". Only me.': "Letters to the clinic come back at once",
    "My mails to Leeds are rejected saying 550 5.7.1 Unable to relay.": "My mails to Leeds are rejected",
    "The folder is empty, error says 'Archive not found here'.": "The folder is empty",
    "Word crashes and shows error 0x8004010F.": "Word crashes and shows error 0x8004010F",
    "I cannot print labels, see the picture below.": "I cannot print labels",
    "The calendar is blank (see screenshot).": "The calendar is blank",
    "Rooms are shown as busy and cannot be booked, as shown in the attached screenshot.": "Rooms are shown as busy and cannot be booked",
    "Our rota is missing. There are nine of us with this problem.": "Our rota is missing",
    "There are nine of us with this problem. Our rota is missing.": "Our rota is missing",
    "I lost my drafts. I have not deleted anything.": "I lost my drafts",
    "Five people in Payroll received a scam mail. Nobody has opened it.": "Five people in Payroll received a scam mail",
    "No one in the clinic has received external mail since nine.": "No one in the clinic has received external mail since nine",
    "Nobody can open the archive.": "Nobody can open the archive",
    "Nature of the fault: the scanner is offline": "the scanner is offline",
}


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("text", ISSUES)
def test_issue_is_the_fault_alone(text: str) -> None:
    """The issue ends where error text, pictures and counts begin; what nobody did is none, what nobody can do is."""
    assert ISSUES[text] == values(text).get("issue_description")


COUNTS = {
    "Five people in Payroll received the attached mail.": 5,
    "Myself and two colleagues cannot log in.": 3,
    "Two colleagues and I cannot log in.": 3,
    "Three others and me have lost the rota.": 4,
    "One of our 30 users cannot log in.": 1,
    "The whole team of 9 has lost access.": 9,
    "I'm the sole user affected.": 1,
    "It affects between 5 and 10 people.": None,
    "It affects five or six users.": None,
    "Tel 0113 496 0770 users cannot log in.": None,
    "We are a team of nurses.": None,
}


@pytest.mark.rule("MDS-3")
@pytest.mark.parametrize("text", COUNTS)
def test_people_are_counted_with_the_writer_and_never_guessed(text: str) -> None:
    """Who writes counts beside colleagues; of ranges, and of the digits of a number to call, none is taken."""
    assert COUNTS[text] == values(text).get("affected_users_count")


@pytest.mark.rule("MDS-2")
def test_writer_is_named_beside_others() -> None:
    """The words "me and Tom (address)" name both addresses."""
    found = values("Outlook crashes. It affects me and Tom Ives (tom.ives@ward.example).")
    assert [MEG.address, "tom.ives@ward.example"] == found["affected_users_emails"]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize(
    "text", ["I am locked out. Thanks, 07700 900 777", "07700 900 777, and the folder has vanished", "Thank you 07700 900 777"]
)
def test_number_beside_thanks_or_first_is_taken(text: str) -> None:
    """A number to call stands also behind thanks, and before everything else."""
    assert "07700 900 777" == values(text).get("contact_number")


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("text", ["as before", "same as before", "see my first email", "as per original message", "as previously stated"])
def test_answer_that_points_elsewhere_is_none(text: str) -> None:
    """What only points to an earlier mail is no issue."""
    assert {} == values(f"Issue Description: {text}")


@pytest.mark.rule("MDS-2")
def test_sentence_that_hands_over_a_file_is_evidence() -> None:
    """The words "here is the bounce as .eml" are the evidence's text beside its file."""
    message = mail("Here is the rejected message as .eml. Only me.", attachments=(file("bounce.eml"),))
    assert {"text": "Here is the rejected message as .eml", "attachments": ["bounce.eml"]} == values(message)["evidence"]


@pytest.mark.rule("MDS-2")
def test_our_own_sentences_are_never_an_answer() -> None:
    """Where nothing tells that our mail is quoted, what stands below its empty form is no answer."""
    text = "Tel: 07700 900 123\n\nIssue Description:\nIf we do not hear from you within 24 hours a reminder will be sent."
    assert {"contact_number": "07700 900 123"} == values(text)
