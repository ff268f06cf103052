"""Labelled answers: labels as people write them, tables, lists, and values on the lines below (MDS-2)."""

from __future__ import annotations

import pytest

from maild.policy.mds.labels import index_of
from maild.policy.mds.procedure import PROCEDURE_FIELDS
from tests.policy.mds.readings import MEG, values

INDEX = index_of(PROCEDURE_FIELDS)
LABELS = {
    "Requester contact no.": ("contact_number",),
    "CONTACT NUMBER": ("contact_number",),
    "Your telephone number": ("contact_number",),
    "Requestor conatct number": ("contact_number",),
    "Affected users' e-mail addresses": ("affected_users_emails",),
    "Number of users affected (approx)": ("affected_users_count",),
    "Please provide any error messages": ("evidence",),
    "Any other information you may think": ("other_information",),
    "Error messages, screenshots": ("evidence",),
    "Messages or emails": ("evidence",),
    "Other information relevant": ("other_information",),
    "Details": ("issue_description",),
    "Email information": None,
    "Isue Description": ("issue_description",),
    "Users affected": ("affected_users_count", "affected_users_emails"),
    "Ward": (),
    "Job title": (),
    "Weather": None,
    "": None,
}


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("label", LABELS)
def test_labels(label: str) -> None:
    """A label is known exactly, by synonym, shortened or nearly right; another form's label gives nothing."""
    assert INDEX.keys_of(label) == LABELS[label]


@pytest.mark.rule("MDS-2")
def test_rows_of_a_table_whose_cells_run_together() -> None:
    """A shortened label with its answer behind a blank; a sentence that begins like a label is none."""
    rows = (
        "Requestor contact number 0113 496 0001\nNumber of affected users 4\n"
        "Error messages, screenshots Spooler stopped\nAny other information N/A"
    )
    expected = {"affected_users_count": 4, "evidence": {"text": "Spooler stopped", "attachments": []}, "other_information": "N/A"}
    told = values(rows)
    assert expected == {key: told.get(key) for key in expected}
    assert "other_information" not in values("Any other information would be of no use here")


PAIR = {"contact_number": "0113 496 0001", "affected_users_count": 4}
FORMS = [
    "Contact number: 0113 496 0001\nUsers affected: 4",
    "• Contact number: 0113 496 0001\n• Users affected: 4",
    "1. Contact number: 0113 496 0001\n2. Users affected: 4",
    "(a) Contact number - 0113 496 0001\n(b) Users affected - 4",
    "**Contact number:** 0113 496 0001\n**Users affected:** 4",
    "Contact number = 0113 496 0001\nUsers affected = 4",
    "Contact number\t0113 496 0001\nUsers affected\t4",
    "| Contact number | 0113 496 0001 |\n|---|---|\n| Users affected | 4 |",
    "Contact number      0113 496 0001\nUsers affected      4",
    "Contact number:\n0113 496 0001\nUsers affected:\n4",
    "Contact number\n\n0113 496 0001\n\nUsers affected\n\n4",
    "Q1. Contact number?\nA: 0113 496 0001\nQ2. How many users are affected?\nA: 4",
    "Contact number: 0113 496 0001, users affected: 4",
    "Name\tContact number\tUsers affected\nMeg Hill\t0113 496 0001\t4",
    "MDS\tResponse\nContact number\t0113 496 0001\nUsers affected\t4",
    "Requestor contact number 0113 496 0001\nNumber of affected users 4",
    "Name: Meg\nContact number: 0113 496 0001\nWard: 7\nUsers affected: 4\nDate: today",
]


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("form", FORMS)
def test_forms(form: str) -> None:
    """The same answers are read from lines, bullets, numbers, tables, and values below their labels."""
    assert values(form) == PAIR


@pytest.mark.rule("MDS-2")
@pytest.mark.parametrize("mark", ["{}. ", "{}) ", "({}) ", "Q{}. ", "{} - "])
def test_numbers_before_labels(mark: str) -> None:
    """The number before a label is no part of the answer above it."""
    labels = ("Contact number: 0141 496 0512", "Issue: the nightly mail is refused", "Error: 550 5.7.1 Message rejected")
    text = "\n".join(mark.format(number) + label for number, label in enumerate(labels, 1))
    assert values(text)["issue_description"] == "the nightly mail is refused"


@pytest.mark.rule("MDS-2")
def test_lists_below_a_label() -> None:
    """Addresses below their label belong to it, with names and bullets, until something else comes."""
    text = "Affected users:\n- Tom Hill, tom@ward.example\n- ann@ward.example\n\n- joe@ward.example\nThanks"
    assert values(text) == {"affected_users_emails": ["tom@ward.example", "ann@ward.example", "joe@ward.example"]}


@pytest.mark.rule("MDS-2")
def test_text_over_lines() -> None:
    """A text goes on over wrapped lines and, before the next label, over paragraphs; thanks end it."""
    text = "Issue Description: When I open the calendar of the clinic there is nothing in\nit at all.\n\nIt was there on Monday.\n\n"
    text += "Other: none\nThanks"
    assert values(text) == {
        "issue_description": "When I open the calendar of the clinic there is nothing in it at all.\nIt was there on Monday.",
        "other_information": "none",
    }


@pytest.mark.rule("MDS-2")
def test_a_table_undone() -> None:
    """Where a client made lines of a table's cells, labels of one word stand alone too."""
    cells = [
        "MDS",
        "Response",
        "Contact number",
        "0113 496 0001",
        "Number of affected users",
        "4",
        "Issue description",
        "It is stuck",
        "Other",
        "none",
    ]
    expected = {
        "contact_number": "0113 496 0001",
        "affected_users_count": 4,
        "issue_description": "It is stuck",
        "other_information": "none",
    }
    assert (values("\n".join(cells)), values("\n\n".join(cells))) == (expected, expected)


@pytest.mark.rule("MDS-2")
def test_a_label_of_two_fields() -> None:
    """A label that may mean two fields means the one whose kind of answer was given."""
    assert values("Users affected: tom@ward.example") == {"affected_users_emails": ["tom@ward.example"]}
    assert values("Affected users: 2 (tom@ward.example, ann@ward.example)") == {
        "affected_users_count": 2,
        "affected_users_emails": ["tom@ward.example", "ann@ward.example"],
    }


@pytest.mark.rule("MDS-2")
def test_email_behind_a_count() -> None:
    """The label "Email" asks whose it is: behind the number of users an address that is not the sender's is an affected user's."""
    assert values("Tel: 0113 496 0555\nUsers: 1\nEmail: tom@ward.example")["affected_users_emails"] == ["tom@ward.example"]
    assert values("Email: tom@ward.example\nTel: 0113 496 0555\nUsers: 1")["requestor_email"] == "tom@ward.example"


def test_addresses_beside_a_count() -> None:
    """Addresses beside a count are taken where they are as many as it says."""
    assert values("Number of affected users: 2 (me and tom@ward.example)") == {
        "affected_users_count": 2,
        "affected_users_emails": [MEG.address, "tom@ward.example"],
    }
    assert values("Number of affected users: 5 (tom@ward.example and others)") == {"affected_users_count": 5}


def test_prose_behind_a_number() -> None:
    """What runs on behind a labelled number is free text again."""
    assert values("Contact number 0113 496 0001, it affects 3 of us.") == {"contact_number": "0113 496 0001", "affected_users_count": 3}


def test_a_label_that_points_elsewhere() -> None:
    """Where a label only points below, the free text answers."""
    assert values("Issue: see below\n\nThe lift keeps getting stuck.") == {"issue_description": "The lift keeps getting stuck"}


def test_talk_is_no_label() -> None:
    """A sentence that begins like a label is none."""
    assert not {"affected_users_count", "affected_users_emails"} & set(values("Users affected by this are angry."))
