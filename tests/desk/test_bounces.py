"""A mail of ours that does not arrive: what that does to its ticket and its address, by signed evidence only; on both engines."""

from __future__ import annotations

import pytest

from maild.desk import deliveries
from maild.desk.mails import Received
from maild.policy.events import AgentAsked, AgentReplied, AgentResolved
from maild.policy.routing import Team, TeamRules
from maild.policy.ticket import Question, State, Ticket
from maild.store import correspondents, timers
from maild.store.database import Engine, run_once
from tests.desk.house import House, Sent
from tests.policy.helpdesk import ALICE, NOW
from tests.policy.letters import SERVICE, raw
from tests.support.reports import dsn, free_form, warning

TEAM = TeamRules(teams=(Team(key="helpdesk", name="Helpdesk", address="desk@resolvers.example"),))


@pytest.fixture
def house(engine: Engine) -> House:
    """Return a helpdesk with one open ticket of Alice's."""
    made = House(engine)
    made.mail(raw())
    return made


def ask(house: House) -> Sent:
    """Return the RFI that an agent sends, taken by the relay: the clock runs."""
    house.act(AgentAsked(cause="agent:sam", agent="sam", questions=(Question(key="", text="Which room?"),)))
    deliver(house)
    assert running(house)
    return house.sent()[-1]


def deliver(house: House) -> list[bool]:
    """Have the relay take all that waits; return of each mail whether it was left unsent because its address is dead."""
    now, dead = house.clock.now(), []
    while ready := run_once(house.engine, lambda tx: deliveries.claim(tx, owner="t", count=99, lease=60, now=now))[0]:
        for each in ready:
            dead.append(each.dead)
            state, outcome = ("failed", "permanent") if each.dead else ("delivered", "delivered")
            settlement = deliveries.Settlement(state=state, outcome=outcome, reply="said the test", at=now)
            run_once(house.engine, deliveries.settle, house.desk, each, settlement, "t")
    return dead


def running(house: House) -> list[str]:
    """Return the kinds of the ticket's running timers."""
    return [timer.kind.value for timer in run_once(house.engine, timers.of_ticket, house.tickets()[0].id)]


def report(house: House, raw_report: bytes, *, to: str) -> Received:
    """Return what becomes of a report to ``to``."""
    return house.mail(raw_report, to=(to,), mail_from="")


def bytes_of(sent: Sent) -> bytes:
    """Return a mail as it went out."""
    return sent.message.as_bytes().replace(b"\n", b"\r\n")


def ticket(house: House) -> Ticket:
    """Return the one ticket."""
    (found,) = house.tickets()
    return found


@pytest.mark.rule("BNC-1", "RFI-4")
@pytest.mark.parametrize(
    ("way", "verp"),
    [("status alone", True), ("returned headers", True), ("free form", True), ("returned headers", False), ("free form", False)],
)
def test_a_bounced_rfi_stops_the_clock_and_goes_to_the_helpdesk(house: House, way: str, verp: bool) -> None:
    """By the envelope's address, whatever form the report has; and at the service address by our Message-ID in the returned headers."""
    rfi = ask(house)
    original, address = bytes_of(rfi), rfi.envelope_from if verp else SERVICE
    form = (
        free_form(original, ALICE, to=address) if way == "free form" else dsn(original, ALICE, to=address, returned=way != "status alone")
    )
    received = report(house, form, to=address)
    assert ("filed", "bounce") == (received.disposition, received.reason)
    assert (State.IN_PROGRESS, ("undeliverable",), []) == (ticket(house).state, ticket(house).flags, running(house))


@pytest.mark.rule("BNC-1")
@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.7"), ("relayed", "2.0.0"), ("delivered", "2.1.5"), ("expanded", "2.1.5")])
def test_what_is_only_late_or_even_good_news_changes_nothing(house: House, action: str, status: str) -> None:
    """The report is kept in the journal; the clock runs on."""
    rfi = ask(house)
    before = ticket(house)
    report(house, dsn(bytes_of(rfi), ALICE, to=rfi.envelope_from, action=action, status=status), to=rfi.envelope_from)
    after = ticket(house)
    assert (before.state, before.flags, before.rfi, ["reminder"]) == (after.state, after.flags, after.rfi, running(house))


@pytest.mark.rule("BNC-1")
def test_a_warning_in_words_alone_that_the_mail_is_late_changes_nothing(house: House) -> None:
    """Without any action to read, the words say that it is still being tried: the clock runs on."""
    rfi = ask(house)
    before = ticket(house)
    received = report(house, warning(bytes_of(rfi), ALICE, to=rfi.envelope_from), to=rfi.envelope_from)
    after = ticket(house)
    assert (received.reason, before.state, before.flags, ["reminder"]) == ("delayed", after.state, after.flags, running(house))


@pytest.mark.rule("BNC-1", "REF-2")
def test_a_forged_bounce_changes_nothing(house: House) -> None:
    """Whoever guesses the reference, and writes a token of his own, stops no clock."""
    rfi = ask(house)
    before = ticket(house)
    token = rfi.envelope_from.partition("+b-")[2].partition("@")[0]
    forged = rfi.envelope_from.replace(token[-6:], "aaaaaa")
    header = (
        f"Message-ID: <1.abc123.k1.{'a' * 21}@helpdesk.example>\r\nSubject: [{before.reference}] Some questions\r\nTo: {ALICE}".encode()
    )
    for to in (forged, SERVICE):
        received = report(house, dsn(header, ALICE, to=to), to=to)
        assert "ignored" == received.disposition
    assert (before, ["reminder"]) == (ticket(house), running(house))


@pytest.mark.rule("BNC-1", "RES-3")
def test_a_bounced_resolution_holds_its_window(house: House) -> None:
    """Nobody's ticket is closed who never heard that it was resolved."""
    house.act(AgentResolved(cause="agent:sam", agent="sam", text="New toner."))
    deliver(house)
    resolved = house.sent()[-1]
    report(house, dsn(bytes_of(resolved), ALICE, to=resolved.envelope_from), to=resolved.envelope_from)
    assert (State.RESOLVED, "resolution undeliverable", []) == (ticket(house).state, ticket(house).held, running(house))


@pytest.mark.rule("BNC-1")
def test_a_bounced_acknowledgement_flags_the_ticket(house: House) -> None:
    """Its state stays."""
    ack = house.sent()[0]
    report(house, dsn(bytes_of(ack), ALICE, to=ack.envelope_from), to=ack.envelope_from)
    assert (State.NEW, ("undeliverable",)) == (ticket(house).state, ticket(house).flags)


@pytest.mark.rule("BNC-1")
def test_a_mail_bounces_once_however_many_reports_come(house: House) -> None:
    """The team is told once, and the address is charged once."""
    house.configure(teams=TEAM)
    ack = house.sent()[0]
    for _ in range(5):
        report(house, dsn(bytes_of(ack), ALICE, to=ack.envelope_from), to=ack.envelope_from)
    assert ["ack", "team"] == house.templates()
    assert 1 == run_once(house.engine, correspondents.bounces_of, ALICE)


@pytest.mark.rule("BNC-1", "OPS-9", "LOOP-1")
def test_a_bounce_from_a_team_is_an_alert_and_never_another_mail_to_it(house: House) -> None:
    """Otherwise each would bounce and cause the next."""
    house.configure(teams=TEAM)
    house.mail(raw(message_id="<5@trust.example>", body="Another matter."))
    told = house.sent()[-1]
    assert "team" == told.template
    count = len(house.sent())
    for _ in range(3):
        report(house, dsn(bytes_of(told), told.to, to=told.envelope_from), to=told.envelope_from)
    assert (count, ["team undeliverable"]) == (len(house.sent()), house.looks())
    assert ["team"] == [word.alert for word in house.desk.alerts.take()]
    assert 0 == run_once(house.engine, correspondents.bounces_of, told.to)


@pytest.mark.rule("BNC-1", "RFI-4")
def test_an_address_that_bounced_three_times_is_not_written_to_until_a_person_writes_from_it(house: House) -> None:
    """What was to go there counts as refused: an agent who asks learns it, and no clock runs."""
    for number in range(3):
        house.act(AgentReplied(cause="agent:sam", agent="sam", text=f"reply {number}"))
        deliver(house)
        reply = house.sent()[-1]
        report(house, dsn(bytes_of(reply), ALICE, to=reply.envelope_from), to=reply.envelope_from)
    house.act(AgentAsked(cause="agent:sam", agent="sam", questions=(Question(key="", text="Which room?"),)))
    assert [True] == deliver(house)
    assert (State.IN_PROGRESS, ["undeliverable"], []) == (ticket(house).state, [*ticket(house).flags], running(house))

    house.mail(raw(message_id="<77@trust.example>", subject="I am back", body="My mailbox works again."))
    assert [False] == deliver(house)


@pytest.mark.rule("BNC-1")
def test_an_automatic_mail_from_a_dead_address_does_not_revive_it(house: House) -> None:
    """Nobody has read there what we wrote."""
    for _ in range(3):
        run_once(house.engine, lambda tx: correspondents.bounced(tx, ALICE, at=NOW))
    house.mail(raw(message_id="<8@trust.example>", subject="Automatic reply: x", Auto_Submitted="auto-replied"))
    assert 3 == run_once(house.engine, correspondents.bounces_of, ALICE)


@pytest.mark.rule("BNC-1")
def test_a_bounced_notice_is_charged_to_its_address_too(house: House) -> None:
    """It belongs to no ticket."""
    house.later(seconds=1)
    house.mail(raw(sender="bob@trust.example", to=SERVICE, message_id="<6@trust.example>"), to=(SERVICE,), mail_from="bob@trust.example")
    notice = house.sent()[-1]
    received = report(house, dsn(bytes_of(notice), notice.to, to=notice.envelope_from), to=notice.envelope_from)
    assert ("unprompted", "filed", 1) == (
        notice.template,
        received.disposition,
        run_once(house.engine, correspondents.bounces_of, "bob@trust.example"),
    )


@pytest.mark.rule("RFI-3", "BNC-1")
def test_an_automatic_reply_to_the_rfi_leaves_the_clock_running(house: House) -> None:
    """Out of office is filed and is no answer; so is a read receipt."""
    rfi = ask(house)
    before = ticket(house).rfi
    away = raw(
        subject="Automatic reply: x", Auto_Submitted="auto-replied", In_Reply_To=str(rfi.message["Message-ID"]), message_id="<o@t.example>"
    )
    house.later(minutes=5)
    assert "filed" == house.mail(away, to=(str(rfi.message["Reply-To"]),)).disposition
    assert (State.AWAITING_USER_INFO, before, ["reminder"]) == (ticket(house).state, ticket(house).rfi, running(house))
