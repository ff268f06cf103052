"""Which ticket a mail belongs to, with what proof, and what may be done with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from maild.policy.assess import Assessment, Found, Kind, assess, wanted
from maild.policy.classify import MailClass
from maild.policy.reader import read
from maild.policy.recipients import RecipientClass
from maild.policy.routing import Team, TeamRules
from maild.policy.rules import Rules, SenderRules, Unprompted
from maild.policy.ticket import State, Ticket
from maild.tokens import Key, Keyring, Purpose
from tests.policy.helpdesk import ALICE, RULES, ticket
from tests.policy.letters import HELPDESK, SERVICE, envelope, letter, raw

KEYRING = Keyring(keys=(Key(id="k2", secret=b"2" * 32), Key(id="k1", secret=b"1" * 32)))
FORGER = Keyring(keys=(Key(id="k2", secret=b"x" * 32),))
MALLORY = "mallory@elsewhere.example"
SECOND = "b" * 32


def signed_id(number: int = 1, binding: str = "a" * 32, keyring: Keyring = KEYRING) -> str:
    """Return the Message-ID of a mail of ours on a ticket."""
    return f"<{keyring.sign(Purpose.MESSAGE, number=number, nonce='abc123', binding=binding)}@helpdesk.example>"


def plus(number: int = 1, binding: str = "a" * 32, prefix: str = "r-", purpose: Purpose = Purpose.ADDRESS) -> str:
    """Return the plus-address of a ticket."""
    return f"service+{prefix}{KEYRING.sign(purpose, number=number, nonce='0', binding=binding)}@helpdesk.example"


def weighed(*known: Ticket, rules: Rules = RULES, mails: dict[str, int] | None = None, **fields: Any) -> Assessment:
    """Return what a mail is, when ``known`` are the tickets there are."""
    reading, sent = letter(rules=rules, **fields)
    looked = wanted(reading.message, sent, rules)
    numbers = {*looked.numbers, *(token.number for *_, token in looked.tokens), *(mails or {}).values()}
    found = Found(tickets={each.number: each for each in known if each.number in numbers}, mails=mails or {})
    return assess(reading, sent, found, rules, KEYRING)


def test_mail_without_evidence_is_a_new_request() -> None:
    """At the helpdesk address it makes a ticket."""
    assert Kind.NEW is weighed().kind


@pytest.mark.rule("REF-2")
def test_a_reply_with_a_changed_subject_is_signed_evidence() -> None:
    """In-Reply-To names a mail of ours, whose Message-ID cannot be forged."""
    result = weighed(ticket(), subject="Something else", In_Reply_To=signed_id())
    assert (Kind.UPDATE, [True]) == (result.kind, [piece.signed for piece in result.evidence])


@pytest.mark.rule("REF-2")
def test_a_forged_message_id_is_no_evidence() -> None:
    """A token made with another key, or for another ticket, says nothing."""
    for forged in (signed_id(keyring=FORGER), signed_id(binding=SECOND), signed_id(number=2)):
        assert Kind.NEW is weighed(ticket(), sender=MALLORY, In_Reply_To=forged).kind


@pytest.mark.rule("REF-2")
def test_a_token_with_one_changed_character_is_no_evidence() -> None:
    """Every character counts."""
    token = signed_id()
    changed = token.replace(token[-25], "a" if token[-25] != "a" else "b")
    assert () == weighed(ticket(), In_Reply_To=changed).evidence


@pytest.mark.rule("REF-2")
def test_a_mail_signed_with_a_retired_but_valid_key_still_threads() -> None:
    """Keys rotate while old mails are answered."""
    old = Keyring(keys=(KEYRING.keys[1],))
    assert Kind.UPDATE is weighed(ticket(), In_Reply_To=signed_id(keyring=old), subject="x").kind


@pytest.mark.rule("REF-2")
def test_the_plus_address_alone_is_signed_evidence() -> None:
    """A client that writes no In-Reply-To still answers to the Reply-To."""
    result = weighed(ticket(), to=plus(), subject="x")
    assert (Kind.UPDATE, "recipient") == (result.kind, result.evidence[0].source)


@pytest.mark.rule("REF-3")
def test_signed_evidence_beats_the_subject() -> None:
    """Somebody replies to a mail of one ticket and writes another's number."""
    other = ticket(number=2, reference="INC0000002", id=SECOND)
    result = weighed(ticket(), other, subject="Re: INC0000002", In_Reply_To=signed_id())
    assert result.ticket is not None
    assert 1 == result.ticket.number


@pytest.mark.rule("REF-3")
def test_two_signed_tickets_are_settled_by_the_subject() -> None:
    """The one that the subject names is meant."""
    other = ticket(number=2, reference="INC0000002", id=SECOND)
    result = weighed(ticket(), other, subject="Re: INC0000001", In_Reply_To=signed_id(2, SECOND), References=signed_id())
    assert result.ticket is not None
    assert (1, "") == (result.ticket.number, result.flagged)


@pytest.mark.rule("REF-3")
def test_two_signed_tickets_that_nothing_settles_are_flagged_on_the_newest() -> None:
    """A human looks at what the evidence leaves open."""
    other = ticket(number=2, reference="INC0000002", id=SECOND)
    result = weighed(ticket(), other, subject="x", In_Reply_To=signed_id(), References=signed_id(2, SECOND))
    assert result.ticket is not None
    assert (2, True) == (result.ticket.number, bool(result.flagged))


@pytest.mark.rule("REF-3")
def test_an_answer_to_a_mail_that_we_accepted_joins_its_ticket() -> None:
    """A user's answer to his own mail, and a reply-all, are weak evidence."""
    result = weighed(ticket(), subject="x", In_Reply_To="<1@trust.example>", mails={"<1@trust.example>": 1})
    assert (Kind.UPDATE, "mail", False) == (result.kind, result.evidence[0].source, result.evidence[0].signed)


@pytest.mark.rule("REF-4")
@pytest.mark.parametrize(
    ("sender", "evidence", "to", "kind"),
    [
        (ALICE, "signed", HELPDESK, Kind.UPDATE),
        (ALICE, "subject", SERVICE, Kind.UPDATE),
        (MALLORY, "signed", SERVICE, Kind.OUTSIDER),
        (MALLORY, "subject", HELPDESK, Kind.NEW),
        (MALLORY, "subject", SERVICE, Kind.NOTE),
    ],
)
def test_who_may_do_what(sender: str, evidence: str, to: str, kind: Kind) -> None:
    """The four cells: participant or somebody else, signed evidence or a reference only."""
    fields: dict[str, Any] = {"In_Reply_To": signed_id(), "subject": "x"} if evidence == "signed" else {"subject": "Re: INC0000001"}
    result = weighed(ticket(), sender=sender, to=to, **fields)
    assert kind is result.kind


@pytest.mark.rule("REF-4")
def test_a_strangers_new_ticket_names_the_reference_to_agents() -> None:
    """He learns nothing of the ticket whose number he wrote; who works on his does."""
    result = weighed(ticket(), sender=MALLORY, subject="Re: INC0000001")
    assert (None, ("INC0000001",)) == (result.ticket, result.linked)


@pytest.mark.rule("REF-4")
def test_a_stranger_with_a_reference_may_be_configured_to_be_a_note() -> None:
    """What SPEC has as the default is a setting."""
    rules = replace(RULES, senders=SenderRules(outsider_with_reference="note"))
    assert Kind.NOTE is weighed(ticket(), rules=rules, sender=MALLORY, subject="Re: INC0000001").kind


@pytest.mark.rule("REF-5")
def test_a_reference_that_does_not_exist_is_a_new_ticket() -> None:
    """At the helpdesk address; at the service address it is unprompted mail."""
    assert Kind.NEW is weighed(subject="Re: INC0009999").kind
    assert Kind.UNPROMPTED is weighed(subject="Re: INC0009999", to=SERVICE).kind


@pytest.mark.rule("REF-5")
def test_an_autocompleted_plus_address_on_a_closed_ticket_is_unprompted() -> None:
    """Without References it is a new matter to an old address."""
    closed = ticket(State.CLOSED)
    assert Kind.UNPROMPTED is weighed(closed, to=plus(), subject="x").kind
    assert Kind.UPDATE is weighed(closed, to=plus(), subject="x", In_Reply_To=signed_id()).kind


@pytest.mark.rule("RES-6")
def test_mail_to_a_closed_ticket_at_the_helpdesk_is_a_new_ticket_linked_to_it() -> None:
    """At the service address it is filed with the old one."""
    result = weighed(ticket(State.CLOSED), subject="Re: INC0000001")
    assert (Kind.NEW, ("INC0000001",)) == (result.kind, result.linked)
    assert Kind.UPDATE is weighed(ticket(State.CLOSED), subject="Re: INC0000001", to=SERVICE).kind


@pytest.mark.rule("SVC-2")
def test_unprompted_mail_makes_no_ticket_unless_configured() -> None:
    """The service address is for answers; a configuration may say otherwise."""
    assert Kind.UNPROMPTED is weighed(to=SERVICE).kind
    assert Kind.NEW is weighed(to=SERVICE, rules=replace(RULES, unprompted=Unprompted.TICKET)).kind


@pytest.mark.rule("SVC-3")
def test_mail_to_both_addresses_counts_as_mail_to_the_helpdesk() -> None:
    """Whichever copy comes first, by the envelope or by what the header shows."""
    result = weighed(to=SERVICE, Cc=HELPDESK)
    assert (RecipientClass.HELPDESK, Kind.NEW) == (result.to, result.kind)


@pytest.mark.rule("INT-2")
def test_mail_to_postmaster_goes_to_a_person() -> None:
    """It makes no ticket."""
    assert Kind.PERSON is weighed(to="Postmaster@helpdesk.example").kind


@pytest.mark.rule("REF-7")
def test_people_in_copy_take_part_when_the_requester_adds_them() -> None:
    """Our own addresses never do, nor anybody whom a stranger names."""
    fields: dict[str, Any] = {"Cc": "carol@trust.example, service@helpdesk.example", "In_Reply_To": signed_id()}
    assert ("carol@trust.example",) == weighed(ticket(), **fields).participants
    assert () == weighed(ticket(participants=("bob@trust.example",)), sender="bob@trust.example", **fields).participants


@pytest.mark.rule("REF-7", "REF-4")
def test_a_reference_alone_adds_nobody_unless_the_sender_is_proven() -> None:
    """Anybody can write the requester's address and a number that he guessed."""
    fields: dict[str, Any] = {"Cc": MALLORY, "subject": "Re: INC0000001"}
    rules = replace(RULES, senders=SenderRules(authserv_ids=("mx.helpdesk.example",)))
    forged = weighed(ticket(), **fields)
    assert (Kind.UPDATE, ()) == (forged.kind, forged.participants)
    assert (MALLORY,) == with_results("dmarc=pass header.from=trust.example", rules, **fields).participants


def with_results(results: str, rules: Rules, **fields: Any) -> Assessment:
    """Return what a mail on Alice's ticket is with our relay's results on top, "" for none."""
    sent = envelope()
    top = f"Authentication-Results: mx.helpdesk.example; {results}\r\n".encode() if results else b""
    return assess(read(top + raw(**fields), sent, rules), sent, Found(tickets={1: ticket()}), rules, KEYRING)


@pytest.mark.rule("AGT-4")
@pytest.mark.parametrize(("hops", "result"), [(1, Kind.NOTE), (3, Kind.UPDATE)])
def test_the_results_of_a_service_with_inner_hops_count_where_its_hops_are_named(hops: int, result: Kind) -> None:
    """It writes no name of its own, and passes the mail on twice within its walls."""
    senders = SenderRules(authserv_profile="unnamed", relay_hops=hops, demand_for_updates="aligned")
    line = "Received: from a by b.service.example with ESMTPS id 1; Tue, 3 Mar 2026 14:01:00 +0000\r\n"
    top = f"{line * 3}Authentication-Results: spf=pass smtp.mailfrom=trust.example; dmarc=pass header.from=trust.example\r\n".encode()
    sent, rules = envelope(), replace(RULES, senders=senders)
    reading = read(top + raw(subject="Re: INC0000001", to=SERVICE), sent, rules)
    assert result is assess(reading, replace(sent, rcpt_to=(SERVICE,)), Found(tickets={1: ticket()}), rules, KEYRING).kind


@pytest.mark.rule("REF-8", "AGT-4")
@pytest.mark.parametrize("demand", ["updates", "agents", "answers"])
def test_each_demand_for_proof_is_its_own(demand: str) -> None:
    """``aligned`` wants our relay's word on the sender; ``off`` wants none."""
    teams = TeamRules(teams=(Team(key="net", name="Network", members=(ALICE,) if demand == "agents" else ()),))
    off = SenderRules(authserv_ids=("mx.helpdesk.example",), demand_for_agents="off")
    aligned = replace(off, **{f"demand_for_{demand}": "aligned"})  # type: ignore[arg-type]  # a field of its own
    found = []
    for senders, results in ((off, ""), (aligned, ""), (aligned, "dkim=pass header.d=trust.example")):
        result = with_results(results, replace(RULES, senders=senders, teams=teams), subject="Re: INC0000001")
        found.append({"updates": result.verified, "agents": result.agent, "answers": result.answerable}[demand])
    assert [True, False, True] == found


@pytest.mark.rule("AGT-4")
def test_an_agents_address_without_proof_is_filed_as_unverified() -> None:
    """A look-alike of a mail that says #resolve changes nothing."""
    rules = replace(RULES, teams=TeamRules(teams=(Team(key="net", name="Network", members=(MALLORY,)),)))
    result = weighed(ticket(), sender=MALLORY, rules=rules, In_Reply_To=signed_id())
    assert (Kind.NOTE, False, "unverified: a team's address without proof") == (result.kind, result.agent, result.reason)


@pytest.mark.rule("RES-2", "REF-8")
def test_a_link_by_mail_needs_a_sound_from() -> None:
    """A From of two addresses updates no ticket, whatever it holds in its hand."""
    token = "o-" + KEYRING.sign(Purpose.REOPEN, number=1, nonce="1", binding="a" * 32)
    resolved = ticket(State.RESOLVED)
    assert Kind.LINK is weighed(resolved, subject=f"Re-open {token}", to=SERVICE, sender=MALLORY).kind
    sent = envelope(to=(SERVICE,))
    forged = raw(subject=f"Re-open {token}", to=SERVICE).replace(b"From: ", b"From: mallory@elsewhere.example\r\nFrom: ")
    assert Kind.UNPROMPTED is assess(read(forged, sent, RULES), sent, Found(tickets={1: resolved}), RULES, KEYRING).kind


@pytest.mark.rule("REF-7")
def test_no_more_people_take_part_than_the_limit() -> None:
    """A mail with a hundred addresses adds as many as are allowed."""
    crowd = ", ".join(f"p{number}@trust.example" for number in range(100))
    assert RULES.senders.participants_limit == len(weighed(Cc=crowd).participants)


@pytest.mark.rule("REF-8")
@pytest.mark.parametrize("sender", [f"{ALICE}, {MALLORY}", f"{ALICE} <{MALLORY}>", f"{ALICE}\r\nFrom: {MALLORY}"])
def test_a_sender_with_a_defect_updates_no_ticket(sender: str) -> None:
    """Its mail may open one, and gets no answer."""
    sent = envelope(to=(SERVICE,))
    forged = raw(subject="Re: INC0000001", to=SERVICE).replace(f"From: {ALICE}".encode(), f"From: {sender}".encode())
    result = assess(read(forged, sent, RULES), sent, Found(tickets={1: ticket()}), RULES, KEYRING)
    assert (Kind.NOTE, False, False) == (result.kind, result.verified, result.answerable)


@pytest.mark.rule("LOOP-1", "RFI-3")
def test_an_automatic_reply_is_filed_with_its_ticket_and_answers_nothing() -> None:
    """An out-of-office by header changes no state."""
    result = weighed(
        ticket(State.AWAITING_USER_INFO),
        subject="Automatic reply: INC0000001",
        In_Reply_To=signed_id(),
        to=SERVICE,
        Auto_Submitted="auto-replied",
        mail_from="",
    )
    assert (Kind.NOTE, False) == (result.kind, result.answerable)


@pytest.mark.rule("LOOP-1")
def test_an_automatic_mail_makes_no_ticket() -> None:
    """Nor is it answered."""
    result = weighed(Auto_Submitted="auto-generated", subject="Nightly report")
    assert (True, False) == (result.kind in (Kind.IGNORED, Kind.LOOK), result.answerable)


@pytest.mark.rule("LOOP-1")
def test_an_allowed_machine_makes_tickets_without_answers() -> None:
    """Monitoring mail of a listed sender is a request."""
    rules = replace(RULES, senders=SenderRules(machine_allow=("trust.example",)))
    result = weighed(rules=rules, Auto_Submitted="auto-generated", subject="Disk full on MX3")
    assert (Kind.NEW, False) == (result.kind, result.answerable)


@pytest.mark.rule("BNC-1")
def test_a_bounce_is_matched_by_its_verp_address() -> None:
    """The recipient of a delivery report names the mail that bounced, and cannot be forged."""
    fields: dict[str, Any] = {"sender": "MAILER-DAEMON@mx.example", "subject": "Undelivered Mail Returned to Sender", "mail_from": ""}
    bounced = weighed(ticket(), to=plus(prefix="b-", purpose=Purpose.BOUNCE), body="The mail could not be delivered.", **fields)
    assert Kind.BOUNCE is bounced.kind
    guessed = weighed(ticket(), to=plus(prefix="b-"), body="The mail could not be delivered.", **fields)
    assert Kind.IGNORED is guessed.kind


@pytest.mark.rule("RES-2")
def test_a_link_token_counts_in_the_subject_and_never_in_a_body() -> None:
    """A reply quotes the body, and would re-open by accident."""
    token = "o-" + KEYRING.sign(Purpose.REOPEN, number=1, nonce="1", binding="a" * 32)
    resolved = ticket(State.RESOLVED)
    assert Kind.LINK is weighed(resolved, to=SERVICE, subject=f"Re-open INC0000001 {token}").kind
    assert Kind.UPDATE is weighed(resolved, to=SERVICE, subject="Re: INC0000001", body=f"> {token}\n").kind


def test_the_letters_of_these_tests_are_a_persons() -> None:
    """A control: what is not said to be automatic is human."""
    assert MailClass.HUMAN is letter()[0].verdict.kind
