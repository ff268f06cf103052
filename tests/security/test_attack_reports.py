"""Forged delivery reports: what a reply-all hands to anybody is no evidence of a bounce."""

from __future__ import annotations

from typing import Any

import pytest

from maild.policy.assess import Kind
from maild.policy.ticket import State
from tests.policy.helpdesk import ticket
from tests.policy.letters import SERVICE
from tests.policy.test_assess import signed_id, weighed


@pytest.mark.rule("BNC-1", "RFI-4")
@pytest.mark.parametrize("header", ["In_Reply_To", "References"])
def test_a_report_that_names_our_mail_by_itself_holds_no_clock(header: str) -> None:
    """Our Message-ID stands in every reply-all; only the address that bounced mail returns to, and the returned headers, are evidence."""
    fields: dict[str, Any] = {"sender": "MAILER-DAEMON@mx.example", "subject": "Undelivered Mail Returned to Sender"}
    fields |= {"mail_from": "", "to": SERVICE, "body": "The mail could not be delivered.", header: signed_id()}
    forged = weighed(ticket(State.AWAITING_USER_INFO), **fields)
    assert Kind.IGNORED is forged.kind
