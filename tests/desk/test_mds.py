"""The Minimum Data Set from the first mail to the last answer: asked only for what is missing, and only once; on both engines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maild.desk import clock as clock_desk
from maild.desk import deliveries
from maild.policy.mds.fields import CategoryRule
from maild.policy.mds.procedure import PROCEDURE
from maild.policy.routing import Route, Team, TeamRules
from maild.policy.ticket import State
from maild.store import outbox, timers
from maild.store.database import Engine, run_once
from tests.desk.house import House
from tests.policy.helpdesk import RULES
from tests.policy.letters import raw

TEAMS = TeamRules(
    teams=(
        Team(key="helpdesk", name="Helpdesk", address="agents@helpdesk.example"),
        Team(key="print", name="Printing", address="printing@resolvers.example", auto_submitted=False),
    ),
    routes=(Route(name="printers", team="print", text="printer"),),
)
COMPLETE = """Requestor contact number: 0113 496 0000
Number of affected users: 2
Affected user(s) email address(es): alice@trust.example, bob@trust.example
Issue Description: The printer on ward 7 does not print since this morning
"""


@pytest.fixture
def house(engine: Engine) -> House:
    """Return a helpdesk with the procedure's Minimum Data Set and two teams."""
    return House(engine, rules=replace(RULES, mds=PROCEDURE, teams=TEAMS))


def answer(house: House, body: str, number: int, **headers: str) -> str:
    """Return what becomes of a reply of Alice's to the newest mail she got."""
    newest = [each for each in house.sent() if each.to == "alice@trust.example"][-1].message
    fields = {"subject": f"Re: {newest['Subject']}", "In_Reply_To": str(newest["Message-ID"]), **headers}
    return house.mail(raw(body=body, message_id=f"<{number}@trust.example>", **fields)).disposition


def fire(house: House) -> None:
    """Fire every timer that is due."""
    for timer in run_once(house.engine, timers.due, house.clock.now(), 100):
        run_once(house.engine, clock_desk.fire, house.desk, timer, run_once(house.engine, clock_desk.post))


def deliver(house: House) -> None:
    """Let the relay take what waits."""
    for _ in range(3):
        ready, _ = run_once(house.engine, lambda tx: outbox.claim(tx, owner="me", count=20, lease=60.0, now=house.clock.now()))
        taken = deliveries.Settlement(state="delivered", outcome="delivered", reply="250", at=house.clock.now())
        for claim in ready:
            run_once(house.engine, deliveries.settle, house.desk, claim, taken, "me")


@pytest.mark.rule("MDS-4", "AGT-1", "AGT-2")
def test_a_complete_request_goes_to_its_team_with_all_it_needs(house: House) -> None:
    """Nobody is asked; the team gets the table, and no sign of a machine where its own system would drop it."""
    house.mail(raw(body=COMPLETE))
    (ticket,) = house.tickets()
    ack, team = house.sent()
    assert (State.IN_PROGRESS, "print", ()) == (ticket.state, ticket.team, ticket.missing)
    assert ("ack", "printing@resolvers.example", None) == (ack.template, team.to, team.message["Auto-Submitted"])
    assert "0113 496 0000" in team.text
    assert "Auto-Submitted" in ack.message


@pytest.mark.rule("MDS-4", "RFI-1", "ACK-6")
def test_an_incomplete_request_is_asked_only_for_what_is_missing(house: House) -> None:
    """Labels of what is missing stand in the form; what was understood is named, without its value."""
    house.mail(raw(body="The printer on ward 7 is broken. Call me on 0113 496 0000."))
    rfi = house.sent()[-1]
    assert (["ack", "rfi"], State.AWAITING_USER_INFO) == (house.templates(), house.tickets()[0].state)
    assert "Number of affected users:" in rfi.text
    assert "Requestor contact number:" not in rfi.text
    assert "0113" not in rfi.message.as_string()


@pytest.mark.rule("MDS-5", "RFI-2")
def test_two_halves_of_an_answer_make_one_rfi(house: House) -> None:
    """Half the form, and the other half from a phone ten minutes later: complete, and asked once."""
    house.mail(raw(body="The printer on ward 7 is broken."))
    deliver(house)
    house.later(hours=1)
    answer(house, "Requestor contact number: 0113 496 0000\nNumber of affected users: 1\n", 11)
    house.later(minutes=10)
    fire(house)
    answer(house, "Affected user(s) email address(es): alice@trust.example", 12)
    house.later(hours=2)
    fire(house)
    (ticket,) = house.tickets()
    assert (State.IN_PROGRESS, "print", ()) == (ticket.state, ticket.team, ticket.missing)
    assert 1 == house.templates().count("rfi")


@pytest.mark.rule("MDS-5")
def test_what_stays_open_is_asked_once_more_and_then_goes_to_the_helpdesk(house: House) -> None:
    """A second round after the answers have settled; after the last one the ticket is marked incomplete."""
    house.mail(raw(body="The printer on ward 7 is broken."))
    for number in range(3):
        deliver(house)
        house.later(hours=1)
        answer(house, "I will look for it.", 20 + number)
        house.later(minutes=16)
        fire(house)
    (ticket,) = house.tickets()
    assert (State.IN_PROGRESS, True, 2) == (ticket.state, "incomplete" in ticket.flags, house.templates().count("rfi"))


@pytest.mark.rule("MDS-3", "MDS-4")
def test_a_wrong_phone_number_is_asked_again_with_the_reason(house: House) -> None:
    """The user is told what is wrong with it."""
    house.mail(raw(body=COMPLETE.replace("0113 496 0000", "0113 49")))
    rfi = house.sent()[-1]
    (question,) = house.tickets()[0].missing
    assert ("contact_number", True) == (question.key, bool(question.text))
    assert question.text.split()[-1].rstrip(".") in " ".join(rfi.text.split())


@pytest.mark.rule("MDS-2")
def test_not_applicable_answers_an_optional_question(house: House) -> None:
    """Who has nothing more to say is not asked again."""
    house.mail(raw(body=COMPLETE + "Any other information you may think will be relevant to assist us in resolving your incident: n/a\n"))
    assert "rfi" not in house.templates()


@pytest.mark.rule("RFI-2")
def test_a_bare_thank_you_does_not_stop_the_clock(house: House) -> None:
    """It answers nothing; any other human words do."""
    house.mail(raw(body="The printer on ward 7 is broken."))
    answer(house, "Thank you!", 31)
    assert State.AWAITING_USER_INFO is house.tickets()[0].state
    answer(house, "I have told your colleague all that on the phone.", 32)
    assert State.IN_PROGRESS is house.tickets()[0].state


@pytest.mark.rule("MDS-7", "ACK-6")
def test_an_empty_mail_is_never_missing_anything(house: House) -> None:
    """One plain sentence to the user, and the helpdesk looks."""
    house.mail(raw(subject="", body=""))
    (ticket,) = house.tickets()
    assert (["ack", "unreadable"], State.IN_PROGRESS) == ([each for each in house.templates() if each != "team"], ticket.state)
    assert any(flag.startswith("unreadable") for flag in ticket.flags)
    ack = " ".join(house.sent()[0].text.split())
    assert "we could not read your mail. A second mail, which follows this one, says what you can do." in ack
    assert not [words for words in ("more information from you", "do nothing") if words in ack]


@pytest.mark.rule("RFI-4")
def test_the_clock_starts_when_the_relay_takes_the_rfi(house: House) -> None:
    """Not when it was written; and 24 working hours later the first reminder is due."""
    house.mail(raw(body="The printer on ward 7 is broken."))
    ticket = house.tickets()[0]
    assert ["rfi_unsent"] == [timer.kind.value for timer in run_once(house.engine, timers.of_ticket, ticket.id)]
    house.later(hours=2)
    deliver(house)
    (timer,) = run_once(house.engine, timers.of_ticket, ticket.id)
    assert ("reminder", 24.0) == (timer.kind.value, (timer.due_at - house.clock.now()).total_seconds() / 3600)


@pytest.mark.rule("AGT-2")
def test_attachments_reach_the_team(house: House) -> None:
    """What the user attached is passed on; beyond the team's limit it is only listed."""
    from email.message import EmailMessage

    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "alice@trust.example", "helpdesk@helpdesk.example", "Printer"
    letter["Message-ID"] = "<77@trust.example>"
    letter.set_content(COMPLETE)
    letter.add_attachment(b"\x89PNG\r\n" * 10, maintype="image", subtype="png", filename="screen.png")
    house.mail(letter.as_bytes().replace(b"\n", b"\r\n"))
    team = next(each for each in house.sent() if each.template == "team")
    (attached,) = team.message.iter_attachments()
    assert ("screen.png", b"\x89PNG\r\n" * 10) == (attached.get_filename(), attached.get_content())


@pytest.mark.rule("MDS-3", "MDS-5")
def test_a_guess_from_talk_replaces_nothing_that_was_filled_in(house: House) -> None:
    """A later remark is an update, not a new description; a form filled in again is."""
    house.mail(raw(body=COMPLETE))
    answer(house, "Thanks, but it is still slow for Ida. Call 07700 900123.", 41)
    values = {value.key: value.value for value in house.tickets()[0].mds}
    assert "The printer on ward 7 does not print since this morning" == values["issue_description"]
    assert "0113 496 0000" == values["contact_number"]
    answer(house, "Requestor contact number: 07700 900123", 42)
    assert "07700 900123" == {value.key: value.value for value in house.tickets()[0].mds}["contact_number"]


@pytest.mark.rule("MDS-1", "ACK-1", "ACK-6")
def test_who_cannot_read_his_mailbox_is_told_that_we_call(house: House) -> None:
    """No mail is announced that he could not read; the team has the request at once."""
    called = CategoryRule(
        key="locked_out", label="Locked out", keywords=("locked out",), rfi_by_mail=False, auto_resolve=False, call_back=True
    )
    house.configure(mds=replace(PROCEDURE, categories=(called,)))
    house.mail(raw(subject="Help", body="I am locked out of my account."))
    ack, team = house.sent()
    assert ("ack", "team", "locked_out") == (ack.template, team.template, house.tickets()[0].category)
    assert "What comes next: we look at your request, and call you. You need do nothing now." in " ".join(ack.text.split())
