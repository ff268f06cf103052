"""Published attacks by people who say that they are somebody else, each with what the attacker gets here: nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maild.mail.addresses import key as address_key
from maild.policy.events import AgentAsked, AgentResolved
from maild.policy.routing import Team, TeamRules
from maild.policy.rules import SenderRules
from maild.policy.ticket import Question, State, Ticket
from tests.desk.house import House, Sent
from tests.policy.helpdesk import ALICE
from tests.policy.letters import HELPDESK, SERVICE, raw

MALLORY = "mallory@elsewhere.example"
RELAY = "mx.helpdesk.example"
TEAM = TeamRules(teams=(Team(key="helpdesk", name="Helpdesk", address="desk@resolvers.example", members=("sam@resolvers.example",)),))
ALIGNED = SenderRules(authserv_ids=(RELAY,), demand_for_updates="aligned", demand_for_answers="aligned")
SECRET = "Patient Smith, bed 9"


def results(mail: bytes, verdict: str, *, relay: str = RELAY) -> bytes:
    """Return the mail as it comes from our relay, with its results on top."""
    return f"Authentication-Results: {relay}; {verdict}\r\nReceived: from x by {relay}; Tue, 3 Mar 2026 14:02:00 +0000\r\n".encode() + mail


def alices(house: House) -> Ticket:
    """Return Alice's ticket, which an agent has asked a question on: the clock may run."""
    house.mail(results(raw(subject="Printer down", body=SECRET), "dmarc=pass header.from=trust.example"))
    event = AgentAsked(cause="agent:sam", agent="sam", questions=(Question(key="", text="Which room?"),))
    return house.act(event)


def to_mallory(house: House) -> list[Sent]:
    """Return what the attacker was sent."""
    return [each for each in house.sent() if MALLORY in each.to]


def said_to(sent: list[Sent]) -> str:
    """Return all that stands in some mails, as they went out and as they are read."""
    return "\n".join(each.message.as_string() + each.text for each in sent)


def unchanged(house: House, before: Ticket) -> bool:
    """Return whether the ticket stands as it stood: no state, no participant, no clock, no word of it is other."""
    now = next(each for each in house.tickets() if each.number == before.number)
    return replace(before, version=0, updated_at=now.updated_at, flags=now.flags) == replace(now, version=0)


@pytest.mark.rule("REF-4", "REF-7", "PRV-1")
@pytest.mark.parametrize("to", [HELPDESK, SERVICE])
def test_zendesk_2024_a_forged_cc_with_a_guessed_reference_adds_nobody(house: House, to: str) -> None:
    """From the requester by name only, the attacker in Cc: he is no participant, and his own mail afterwards finds no ticket of hers."""
    before = alices(house)
    subject = f"Re: [{before.reference}]"
    house.mail(raw(to=to, subject=subject, body="+1", message_id="<f1@trust.example>", Cc=MALLORY), to=(to,), mail_from=MALLORY)
    house.mail(raw(sender=MALLORY, to=to, subject=subject, body="any news?", message_id="<f2@e.example>"), to=(to,), mail_from=MALLORY)
    hers = house.tickets()[0]
    assert ((), ALICE) == (hers.participants, hers.requester)
    assert SECRET not in said_to(to_mallory(house))
    assert before.reference not in said_to(to_mallory(house))
    assert {"ack"} >= {each.template for each in to_mallory(house)}


@pytest.mark.rule("REF-4", "REF-8")
@pytest.mark.parametrize("verdict", ["dmarc=fail header.from=trust.example", "spf=pass smtp.mailfrom=elsewhere.example", ""])
def test_zendesk_2024_with_proof_demanded_the_forged_mail_changes_nothing_at_all(house: House, verdict: str) -> None:
    """Not even the clock that an answer would have stopped."""
    house.configure(senders=ALIGNED)
    before = alices(house)
    forged = raw(to=SERVICE, subject=f"Re: [{before.reference}]", body="Room 7.", message_id="<f1@trust.example>", Cc=MALLORY)
    house.mail(results(forged, verdict) if verdict else forged, to=(SERVICE,), mail_from=MALLORY)
    assert (True, State.AWAITING_USER_INFO) == (unchanged(house, before), house.tickets()[0].state)


@pytest.mark.rule("REF-2")
def test_freescout_cve_2026_47123_a_message_id_without_a_valid_hmac_threads_nowhere(house: House) -> None:
    """Number, nonce and form are right, and the key is not ours; or the code is that of another ticket, or of another purpose."""
    before = alices(house)
    house.mail(raw(sender=MALLORY, message_id="<own@e.example>", body="my own ticket"), mail_from=MALLORY)
    own = str(to_mallory(house)[0].message["Message-ID"]).strip("<>")
    reply_to = str(to_mallory(house)[0].message["Reply-To"])
    code = own.partition("@")[0].split(".")
    forged = [
        f"<1.{code[1]}.k1.{'a' * len(code[3])}@helpdesk.example>",
        f"<1.{code[1]}.{code[2]}.{code[3]}@helpdesk.example>",
        f"<{own.replace('@', '.@')}>",
        f"<{reply_to.partition('+r-')[2]}>",
        f"<thread-{before.number}-1@helpdesk.example>",
    ]
    for number, name in enumerate(forged):
        mail = raw(sender=ALICE, subject="x", body=f"{number}", message_id=f"<h{number}@e.example>", In_Reply_To=name, References=name)
        assert "updated" != house.mail(mail, to=(SERVICE,), mail_from=MALLORY).disposition, name
    assert unchanged(house, before)


@pytest.mark.rule("LOOP-2", "ACK-5", "ACK-2", "PRV-1")
def test_relay_spam_2025_an_acknowledgement_is_no_mail_bomb_and_carries_no_word_of_the_attacker(house: House) -> None:
    """A thousand mails in the victim's name: ten answers, of fixed text, whatever stands in subject, name, body and file name."""
    lure = "FREE PRIZE https://evil.example/click"
    victim = "victim@bystander.example"
    for number in range(60):
        mail = raw(
            sender=f'"{lure}" <{victim}>', subject=f"{lure} {number}", body=f"{lure} {number}", message_id=f"<{number}@bystander.example>"
        )
        house.mail(mail.replace(b"\r\n\r\n", f"\r\nReply-To: {lure} <other@bystander.example>\r\n\r\n".encode(), 1), mail_from=MALLORY)
    assert (60, 10, {victim}) == (len(house.tickets()), len(house.sent()), {each.to for each in house.sent()})
    said = said_to(house.sent())
    assert not [word for word in ("PRIZE", "evil.example", "other@bystander") if word in said]
    assert {f"<{victim}>", victim} >= {str(each.message["To"]) for each in house.sent()}


@pytest.mark.rule("ACK-3", "LOOP-2")
def test_relay_spam_2025_with_proof_demanded_a_forged_victim_gets_nothing(house: House) -> None:
    """The ticket is made all the same, and says why nobody was answered."""
    house.configure(senders=ALIGNED)
    received = house.mail(raw(sender="victim@bystander.example", message_id="<1@evil.example>"), mail_from=MALLORY)
    assert ("opened", []) == (received.disposition, house.sent())
    assert "no automatic answer may go to this sender" == house.journal()[0]["not_answered"]


@pytest.mark.rule("PRV-1", "ACK-5", "REF-4")
def test_ticket_trick_2017_a_registration_mail_to_our_address_is_shown_to_nobody_outside(house: House) -> None:
    """The attacker opens a ticket, and registers somewhere with its reply address; the code that comes is not passed on to him."""
    house.configure(teams=TEAM)
    house.mail(raw(sender=MALLORY, message_id="<1@e.example>", body="hello"), mail_from=MALLORY)
    reply_to = str(next(each for each in to_mallory(house)).message["Reply-To"])
    before = len(to_mallory(house))
    code = "Your verification code is 445566: https://saas.example/verify?t=445566"
    for number, (sender, to, extra) in enumerate(
        [
            ("no-reply@saas.example", reply_to, {}),
            ("feedback@saas.example", reply_to, {}),
            ("no-reply@saas.example", HELPDESK, {"Auto_Submitted": "auto-generated"}),
            ("feedback@saas.example", SERVICE, {}),
        ]
    ):
        mail = raw(sender=sender, to=to, subject="Confirm your address", body=code, message_id=f"<{number}@saas.example>", **extra)
        house.mail(mail, to=(to,), mail_from="bounce@saas.example")
    house.mail(raw(sender=MALLORY, to=reply_to, body="and now?", message_id="<2@e.example>"), to=(reply_to,), mail_from=MALLORY)
    assert "445566" not in said_to([each for each in house.sent() if each.to != "desk@resolvers.example"])
    assert before == len(to_mallory(house))


@pytest.mark.rule("REF-4", "REF-7", "REF-2")
def test_a_reply_all_that_hands_a_token_to_a_forger_gives_him_no_answer_and_no_place(house: House) -> None:
    """Alice replies to all, a stranger among them: he holds our Message-ID and reply address, and is told nothing."""
    before = alices(house)
    rfi = house.sent()[-1].message
    token, reply_to = str(rfi["Message-ID"]), str(rfi["Reply-To"])
    theirs = raw(sender=MALLORY, to=reply_to, subject=str(rfi["Subject"]), body="Room 7", message_id="<m@e.example>", In_Reply_To=token)
    house.mail(theirs, to=(reply_to,), mail_from=MALLORY)
    hers = house.tickets()[0]
    assert (State.AWAITING_USER_INFO, "outsider", (), ["outsider"]) == (hers.state, hers.held, hers.participants, [*hers.flags])
    assert ([], [before.reference]) == (to_mallory(house), [each.reference for each in house.tickets()])


@pytest.mark.rule("REF-4", "REF-8")
def test_with_proof_demanded_a_token_in_a_forgers_hand_is_no_name(house: House) -> None:
    """He writes Alice's address beside her token: it is filed, and answers nothing."""
    house.configure(senders=ALIGNED)
    before = alices(house)
    rfi = house.sent()[-1].message
    forged = raw(to=SERVICE, subject="x", body="Room 7", message_id="<m@e.example>", In_Reply_To=str(rfi["Message-ID"]), Cc=MALLORY)
    received = house.mail(results(forged, "dmarc=fail header.from=trust.example"), to=(SERVICE,), mail_from=MALLORY)
    assert ("filed", True) == (received.disposition, unchanged(house, before))


@pytest.mark.rule("RES-2", "PRV-1")
def test_a_re_open_link_quoted_to_a_forger_tells_him_nothing(house: House) -> None:
    """In a body it is no link; in a subject it does what it says, and only the requester hears of it."""
    alices(house)
    resolved = house.act(AgentResolved(cause="agent:sam", agent="sam", text="New toner."))
    quoted = house.sent()[-1].message.get_body(("plain",))
    assert quoted is not None
    text = str(quoted.get_content())
    house.mail(
        raw(sender=MALLORY, to=SERVICE, subject="Re: hello", body=text, message_id="<m1@e.example>"), to=(SERVICE,), mail_from=MALLORY
    )
    assert State.RESOLVED is next(each for each in house.tickets() if each.number == resolved.number).state
    assert {"unprompted"} >= {each.template for each in to_mallory(house)}


@pytest.mark.rule("AGT-4")
def test_an_agents_name_in_from_is_no_agent(house: House) -> None:
    """With the token of the mail to the team, and without our relay's word: filed as unverified, whatever it commands."""
    house.configure(teams=TEAM, senders=ALIGNED)
    before = alices(house)
    told = next(each for each in house.sent() if each.template == "team")
    command = raw(
        sender="sam@resolvers.example",
        to=SERVICE,
        subject="x",
        body="#resolve\ndone",
        message_id="<m@e.example>",
        In_Reply_To=str(told.message["Message-ID"]),
    )
    received = house.mail(command, to=(SERVICE,), mail_from=MALLORY)
    assert ("filed", "unverified: a team's address without proof") == (received.disposition, received.reason)
    assert unchanged(house, before)


@pytest.mark.rule("REF-8")
@pytest.mark.parametrize(
    "sender",
    [
        "alice@trust.example, mallory@elsewhere.example",
        "alice@trust.example <mallory@elsewhere.example>",
        "alice@trust.example)mallory@elsewhere.example",
        "Alice <alice@trust.example>@elsewhere.example",
        "=?utf-8?q?alice=40trust=2Eexample=3E=00?=mallory@elsewhere.example",
        '"alice@trust.example" <mallory@elsewhere.example>',
        "=?utf-8?q?=22Alice=22_=3Calice=40trust=2Eexample=3E?= <mallory@elsewhere.example>",
        "alice@trust.example\r\nFrom: mallory@elsewhere.example",
        "mallory@elsewhere.example\r\nFrom: alice@trust.example",
        "mallory@elsewhere.example\r\nfrom : alice@trust.example",
        "<@elsewhere.example:alice@trust.example>",
        "Alice (alice@trust.example) <mallory@elsewhere.example>",
        "undisclosed: alice@trust.example;",
        "alice@trust.example\x00@elsewhere.example",
    ],
)
def test_encoded_words_and_double_froms_never_make_mallory_alice(house: House, sender: str) -> None:
    """However two readers may differ on who wrote: no update of her ticket, no participant, and no answer to a second address."""
    before = alices(house)
    count = len(house.sent())
    forged = raw(to=SERVICE, subject=f"Re: [{before.reference}]", body="Room 7.", message_id="<m@e.example>")
    house.mail(forged.replace(f"From: {ALICE}".encode(), b"From: " + sender.encode()), to=(SERVICE,), mail_from=MALLORY)
    assert unchanged(house, before)
    assert all(each.to == MALLORY and each.template == "unprompted" for each in house.sent()[count:])


@pytest.mark.rule("REF-8")
@pytest.mark.parametrize(
    "address",
    [
        "\u0430lice@trust.example",  # Cyrillic а
        "alice@tru\u0455t.example",  # Cyrillic ѕ
        "alice@xn--trut-c1a.example",
        "\uff41lice@trust.example",  # full width
        "alice@trust\uff0eexample",
        "alice@trust.example\u200b",
        "al\u0131ce@trust.example",  # dotless i
        "alice@TRU\u017fT.example",  # long s, which casefolds to s
        "ali\u00adce@trust.example",
        "\u212aate@trust.example",
    ],
)
def test_a_homograph_is_not_the_person_it_looks_like(house: House, address: str) -> None:
    """It is nobody's participant, shows as its address, and answers nothing of hers."""
    before = alices(house)
    mail = f"From: Alice <{address}>\r\nTo: {SERVICE}\r\nSubject: Re: [{before.reference}]\r\nMessage-ID: <h@e.example>\r\n\r\nRoom 7.\r\n"
    house.mail(mail.encode(), to=(SERVICE,), mail_from=MALLORY)
    assert unchanged(house, before)
    assert ALICE != address_key(f"Alice <{address}>")
