"""Copies sent ahead: who sees a mail before we do cannot have it taken for a duplicate of nothing (INT-8)."""

from __future__ import annotations

import pytest

from maild.policy.events import AgentAsked
from maild.policy.ticket import Question, State
from tests.desk.house import House
from tests.policy.helpdesk import ALICE
from tests.policy.letters import SERVICE, raw


@pytest.mark.rule("INT-8", "LOOP-1")
@pytest.mark.parametrize(
    ("marks", "mail_from"),
    [
        ({"Auto_Submitted": "auto-replied"}, ALICE),
        ({"X_Loop": "helpdesk@helpdesk.example"}, ALICE),
        ({"X_Autoreply": "yes"}, ""),
    ],
)
def test_a_copy_sent_ahead_as_automatic_does_not_suppress_the_mail(house: House, marks: dict[str, str], mail_from: str) -> None:
    """The forged copy is ignored; the person's own mail makes its ticket and is acknowledged; a third copy is a duplicate."""
    found = [house.mail(raw(**marks), mail_from=mail_from), house.mail(raw()), house.mail(raw())]
    assert ["ignored", "opened", "duplicate"] == [each.disposition for each in found]
    assert ["ack"] == house.templates()


@pytest.mark.rule("INT-8")
def test_a_copy_sent_ahead_as_automatic_does_not_suppress_an_unprompted_mail(house: House) -> None:
    """The same at the service address: the mail needs a look all the same."""
    house.mail(raw(to=SERVICE, Auto_Submitted="auto-replied"), to=(SERVICE,))
    house.mail(raw(to=SERVICE), to=(SERVICE,))
    house.mail(raw(to=SERVICE), to=(SERVICE,))
    assert ["unprompted"] == house.looks()


@pytest.mark.rule("INT-8")
def test_an_automatic_mail_that_comes_twice_is_a_duplicate(house: House) -> None:
    """The second copy of what is ignored is counted as what it is."""
    found = [house.mail(raw(Auto_Submitted="auto-replied")) for _ in range(2)]
    assert ["ignored", "duplicate"] == [each.disposition for each in found]


@pytest.mark.rule("INT-8")
def test_an_automatic_copy_behind_the_mail_is_a_duplicate(house: House) -> None:
    """What comes later says nothing about what was done."""
    found = [house.mail(raw()), house.mail(raw(Auto_Submitted="auto-replied"))]
    assert ["opened", "duplicate"] == [each.disposition for each in found]


@pytest.mark.rule("INT-8", "RFI-2", "RFI-3")
def test_a_copy_of_an_answer_sent_ahead_as_automatic_does_not_keep_the_clock_running(house: House) -> None:
    """Somebody in copy sends Alice's answer ahead as an out-of-office: hers stops the clock."""
    house.mail(raw())
    house.act(AgentAsked(cause="agent:sam", agent="sam", questions=(Question(key="", text="Which room?"),)))
    rfi = house.sent()[-1].message["Message-ID"]
    answer = {"to": SERVICE, "subject": "Re: Which room?", "body": "Room 7.", "message_id": "<3@trust.example>", "In_Reply_To": rfi}
    ahead = house.mail(raw(**answer, Auto_Submitted="auto-replied"), to=(SERVICE,))
    before = house.tickets()[0].state
    house.mail(raw(**answer), to=(SERVICE,))
    assert ("filed", State.AWAITING_USER_INFO, State.IN_PROGRESS) == (ahead.disposition, before, house.tickets()[0].state)
