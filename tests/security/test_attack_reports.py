"""Forged delivery reports: what a reply-all hands to anybody counts against nobody, only the address that a mail came from does."""

from __future__ import annotations

from typing import Any

import pytest

from maild.policy.assess import Kind
from maild.policy.events import AgentAsked, AgentReplied
from maild.policy.ticket import Question, State
from maild.store import correspondents
from maild.store.database import run_once
from tests.desk.house import House, Sent
from tests.policy.helpdesk import ALICE, ticket
from tests.policy.letters import SERVICE, raw
from tests.policy.test_assess import signed_id, weighed
from tests.support.reports import dsn, free_form

MALLORY = "mallory@elsewhere.example"
FORMS = pytest.mark.parametrize("form", [dsn, free_form])


def bytes_of(sent: Sent) -> bytes:
    """Return a mail as it went out."""
    return sent.message.as_bytes().replace(b"\n", b"\r\n")


def charged(house: House, address: str) -> int:
    """Return how many bounces are counted against an address."""
    return run_once(house.engine, correspondents.bounces_of, address)


@pytest.mark.rule("BNC-1", "RFI-4")
@pytest.mark.parametrize("header", ["In_Reply_To", "References"])
def test_a_report_that_names_our_mail_by_itself_holds_no_clock(header: str) -> None:
    """Our Message-ID stands in every reply-all; it is no evidence, wherever a report bears it."""
    fields: dict[str, Any] = {"sender": "MAILER-DAEMON@mx.example", "subject": "Undelivered Mail Returned to Sender"}
    fields |= {"mail_from": "", "to": SERVICE, "body": "The mail could not be delivered.", header: signed_id()}
    forged = weighed(ticket(State.AWAITING_USER_INFO), **fields)
    assert Kind.IGNORED is forged.kind


@pytest.mark.rule("BNC-1", "RFI-4")
@FORMS
def test_returned_headers_with_our_message_id_count_against_nobody(house: House, form: Any) -> None:
    """Somebody in Cc has our Message-IDs and quotes them in reports: Alice is written to as before, and the ticket is flagged, once."""
    house.mail(raw())
    for number in range(4):
        house.act(AgentReplied(cause="agent:sam", agent="sam", text=f"reply {number}"))
        assert "filed" == house.mail(form(bytes_of(house.sent()[-1]), ALICE, to=SERVICE), to=(SERVICE,), mail_from="").disposition
    assert (0, ("undeliverable",)) == (charged(house, ALICE), house.tickets()[0].flags)


@pytest.mark.rule("BNC-1", "RFI-4")
def test_a_report_from_somebody_is_none(house: House) -> None:
    """A mail server reports from nobody (RFC 3464 §2): one with an envelope sender is kept, and changes nothing."""
    house.mail(raw())
    before = house.act(AgentAsked(cause="agent:sam", agent="sam", questions=(Question(key="", text="Which room?"),)))
    rfi = house.sent()[-1]
    received = house.mail(dsn(bytes_of(rfi), ALICE, to=rfi.envelope_from), to=(rfi.envelope_from,), mail_from=MALLORY)
    after = house.tickets()[0]
    assert ("filed", State.AWAITING_USER_INFO, before.rfi, 0) == (received.disposition, after.state, after.rfi, charged(house, ALICE))


@pytest.mark.rule("BNC-1", "REF-2")
def test_ones_own_return_address_is_no_evidence_about_another_s_mail(house: House) -> None:
    """Mallory holds the return address of the notice that he got, and quotes the notice that Alice got: hers has not bounced."""
    for sender in (ALICE, MALLORY):
        house.mail(raw(sender=sender, to=SERVICE, message_id=f"<1.{sender}>"), to=(SERVICE,), mail_from=sender)
    hers, his = house.sent()
    house.mail(dsn(bytes_of(hers), ALICE, to=his.envelope_from), to=(his.envelope_from,), mail_from="")
    assert (0, 0) == (charged(house, ALICE), charged(house, MALLORY))
