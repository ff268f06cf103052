"""Who wrote a mail (LOOP-0 to LOOP-3, BNC-1, RES-5): a corpus of labelled mails, and what each kind of sign may and may not do."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maild.mail.envelope import Envelope
from maild.mail.message import Message
from maild.mail.parse import parse
from maild.policy.classification.rule import THRESHOLD, Weight, score
from maild.policy.classify import RULES, AutoKind, MailClass, Verdict, bare_thanks, classify
from maild.policy.rules import AddressRules, Rules

RULE_SET = Rules(addresses=AddressRules(helpdesk=("helpdesk@nhsdesk.example",), service="service@servicedesk.example"))
CORPUS = Path(__file__).parents[1] / "corpus" / "auto"
LABELS: list[dict[str, str]] = json.loads((CORPUS / "labels.json").read_text(encoding="utf-8"))


def envelope(mail_from: str | None) -> Envelope:
    """Return the envelope of a mail to the helpdesk."""
    return Envelope(
        mail_from=mail_from, rcpt_to=("helpdesk@nhsdesk.example",), source="smtp", received_at=datetime(2026, 3, 2, 10, tzinfo=UTC)
    )


def of_corpus(name: str) -> tuple[Message, Verdict]:
    """Return a mail of the corpus and what it is taken for; its Return-Path is the envelope sender."""
    message = parse((CORPUS / name).read_bytes())
    return message, classify(message, envelope(message.header("return-path").strip("<> ")), RULE_SET)


def verdict(
    *headers: str, subject: str = "Printer on ward 2", text: str = "It is offline.", mail_from: str | None = "ann@trust.example"
) -> Verdict:
    """Return what a mail from Ann with these further headers is taken for."""
    sender = [] if any(header.lower().startswith("from:") for header in headers) else ["From: Ann Fry <ann@trust.example>"]
    head = [*sender, "To: helpdesk@nhsdesk.example", f"Subject: {subject}", *headers, "Content-Type: text/plain; charset=utf-8"]
    return classify(parse("\r\n".join([*head, "", text, ""]).encode()), envelope(mail_from), RULE_SET)


@pytest.mark.rule("LOOP-1", "LOOP-3", "BNC-1")
@pytest.mark.parametrize("label", LABELS, ids=lambda label: label["file"].removesuffix(".eml"))
def test_mail_of_the_corpus_is_taken_for_what_it_is(label: dict[str, str]) -> None:
    """Every mail of the corpus gets its class, and no automatic mail is answered."""
    _, found = of_corpus(label["file"])
    assert (found.kind, found.rules) == (label["label"], found.rules)
    assert found.kind is MailClass.HUMAN or not found.answerable
    assert (found.reason is None) == (found.kind is MailClass.HUMAN)


def test_corpus_has_enough_of_each_class() -> None:
    """The corpus holds at least 40 mails of people, 80 automatic ones and 15 bounces."""
    counted = Counter(label["label"] for label in LABELS)
    assert counted["human"] >= 40
    assert counted["auto"] >= 80
    assert counted["bounce"] >= 15


@pytest.mark.rule("LOOP-3")
def test_every_rule_is_hit_by_a_mail_of_the_corpus() -> None:
    """No rule stands in the list that no mail of the corpus shows."""
    hit = {name for label in LABELS for name in of_corpus(label["file"])[1].rules}
    assert {rule.name for rule in RULES} - hit == set()


@pytest.mark.rule("LOOP-3")
def test_one_sign_that_is_no_proof_is_never_enough() -> None:
    """No rule but a proof reaches the threshold alone, nor do all the rules of one source together."""
    weak = [rule for rule in RULES if rule.weight is not Weight.PROOF]
    assert all(score([rule]) < THRESHOLD for rule in weak)
    for source in {rule.source for rule in weak}:
        assert score(rule for rule in weak if rule.source is source) < THRESHOLD


@pytest.mark.rule("LOOP-3")
def test_names_of_rules_are_unique() -> None:
    """Each rule has a name of its own."""
    assert [name for name, count in Counter(rule.name for rule in RULES).items() if count > 1] == []


@pytest.mark.rule("LOOP-0")
@pytest.mark.parametrize("value", ["All", "DR, OOF, AutoReply", "OOF"])
def test_auto_response_suppress_is_no_proof(value: str) -> None:
    """A person's mail with X-Auto-Response-Suppress is a person's, and is answered."""
    assert verdict(f"X-Auto-Response-Suppress: {value}") == Verdict(kind=MailClass.HUMAN)


@pytest.mark.rule("LOOP-0")
def test_blank_return_path_on_fetched_mail_is_no_sign() -> None:
    """Where the transport tells no envelope sender, an empty Return-Path says nothing."""
    assert verdict("Return-Path: <>", mail_from=None) == Verdict(kind=MailClass.HUMAN)


@pytest.mark.rule("LOOP-1")
def test_empty_envelope_sender_is_never_answered() -> None:
    """A person's mail with an empty envelope sender makes a ticket and gets no answer; with any other sign it is automatic."""
    assert verdict(mail_from="") == Verdict(kind=MailClass.HUMAN, rules=("null_sender",), answerable=False)
    assert verdict("Precedence: bulk", mail_from="").kind is MailClass.AUTO


@pytest.mark.rule("LOOP-1", "ACK-3")
@pytest.mark.parametrize(
    ("headers", "rules"),
    [
        (["Precedence: bulk"], ("precedence_bulk",)),
        (["Precedence: junk", "X-Precedence: bulk"], ("precedence_bulk",)),
        (["Precedence: list"], ("list_header",)),
        (["List-Id: Wards <wards.trust.example>"], ("list_header",)),
        (["List-Unsubscribe: <mailto:u@trust.example>", "Precedence: list"], ("list_header",)),
        (["From: Theatre <no-reply@trust.example>"], ("no_reply_sender", "no_reply_address")),
        (["From: Trust Web <noreply@trust.example>", "Reply-To: ann@trust.example"], ("no_reply_address",)),
        (["From: mailer-daemon@trust.example"], ("daemon_sender", "machine_sender")),
    ],
)
def test_signs_for_care_keep_the_ticket_and_the_silence(headers: list[str], rules: tuple[str, ...]) -> None:
    """What some people's mail bears makes it no automatic mail; it only gets no automatic answer."""
    assert verdict(*headers) == Verdict(kind=MailClass.HUMAN, rules=rules, answerable=False)


@pytest.mark.rule("LOOP-1")
@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Auto-Submitted: auto-generated", MailClass.AUTO),
        ("Auto-Submitted: AUTO-REPLIED (vacation)", MailClass.AUTO),
        ("auto-submitted: auto-notified; owner-email=ann@trust.example", MailClass.AUTO),
        ("Auto-Submitted: no", MailClass.HUMAN),
        ("Auto-Submitted: No (a comment)", MailClass.HUMAN),
        ("Auto-Submitted:", MailClass.HUMAN),
        ("X-Autoreply: yes", MailClass.AUTO),
        ("X-Autoreply: no", MailClass.HUMAN),
        ("Precedence: auto_reply", MailClass.AUTO),
        ("X-Loop: service@servicedesk.example", MailClass.AUTO),
        ("X-Loop: HELPDESK@nhsdesk.example", MailClass.AUTO),
        ("X-Loop: ann@trust.example", MailClass.HUMAN),
        ("X-Maild-Id: 7", MailClass.AUTO),
        ("Message-ID: <9s.4f2k.k1.mfrggzdf@servicedesk.example>", MailClass.AUTO),
        ("Message-ID: <orig-3b7e9da2df5d@servicedesk.example>", MailClass.AUTO),
        ("Message-ID: <20260602081101.4F1A2B@servicedesk.example>", MailClass.HUMAN),
        ("Message-ID: <77@mail.servicedesk.example>", MailClass.HUMAN),
    ],
)
def test_headers_that_decide(header: str, kind: MailClass) -> None:
    """A header by which a machine says what it is decides, and so do our own marks coming back; their look-alikes do not."""
    assert verdict(header).kind is kind


@pytest.mark.rule("LOOP-1")
@pytest.mark.parametrize("address", ["service@servicedesk.example", "Service+r-1.2.3.4@servicedesk.example", "helpdesk@nhsdesk.example"])
def test_our_own_addresses_are_never_answered(address: str) -> None:
    """Mail from the helpdesk or service address is our own coming back."""
    found = verdict(f"From: Desk <{address}>")
    assert (found.kind, found.reason, found.answerable) == (MailClass.AUTO, AutoKind.OWN, False)


@pytest.mark.rule("LOOP-1")
@pytest.mark.parametrize(
    "prefix",
    [
        "Automatic reply", "Ymateb awtomatig", "Automatische Antwort", "Abwesenheitsnotiz", "Réponse automatique ",
        "Respuesta automática",
        "Risposta automatica", "Automatisch antwoord", "Odpowiedź automatyczna", "Resposta automática", "Autosvar",
        "Automatiskt svar",
        "Automatisk svar", "Automaattinen vastaus", "Automatická odpověď", "Automatikus válasz", "Out of Office",
        "[EXTERNAL] Automatic reply",
        "REPONSE AUTOMATIQUE", "Ateb awtomatig / Automatic reply",
    ],
)  # fmt: skip
def test_out_of_office_by_subject(prefix: str) -> None:
    """The subject of an automatic reply to a mail of ours is known in the common languages, with no header at all."""
    found = verdict(subject=f"{prefix}: [INC0012345] We need some information from you", text="…")
    assert (found.kind, found.reason) == (MailClass.AUTO, AutoKind.OUT_OF_OFFICE)


@pytest.mark.rule("LOOP-3")
@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Out of office: cannot switch it off", "I am back from annual leave. Please switch it off."),
        ("Out of office", "I am on annual leave from Friday and my calendar must be shared with Owen."),
        ("Automatic reply: not sent outside", "Hello, mine goes to nobody outside the trust."),
        ("Re: Automatic reply: ward list", "The list is still missing."),
        ("Undeliverable: all my mail", "It says could not be delivered, 550 5.1.1 user unknown."),
        ("Read: only?", "The drive has been read only since noon."),
        ("Accepted: Iris Pell", "She starts on Monday."),
        ("Backup job failed", "We saw it this morning."),
        ("Voicemail from ward 4", "It never arrives."),
        ("", "access denied again"),
    ],
)
def test_people_who_write_about_machines_are_people(subject: str, text: str) -> None:
    """A mail about automatic mail, without a second sign, is a person's and is answered."""
    found = verdict(subject=subject, text=text)
    assert (found.kind, found.answerable) == (MailClass.HUMAN, True)


@pytest.mark.rule("LOOP-1")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("012.eml", AutoKind.OUT_OF_OFFICE),
        ("007.eml", AutoKind.LIST),
        ("025.eml", AutoKind.TICKET_SYSTEM),
        ("041.eml", AutoKind.NOTIFICATION),
        ("066.eml", AutoKind.MDN),
        ("079.eml", AutoKind.ABUSE_REPORT),
        ("100.eml", AutoKind.DSN),
        ("calendar-accepted.eml", AutoKind.CALENDAR),
        ("voicemail-exchange.eml", AutoKind.VOICEMAIL),
        ("scanner-xerox.eml", AutoKind.SCAN),
        ("own-loop-header.eml", AutoKind.OWN),
        ("autoreply-precedence.eml", AutoKind.AUTO_REPLY),
        ("dsn-relayed.eml", AutoKind.MDN),
    ],
)
def test_verdict_names_the_kind(name: str, reason: AutoKind) -> None:
    """The verdict says what kind of automatic mail it is."""
    assert of_corpus(name)[1].reason is reason


@pytest.mark.rule("STA-3", "LOOP-1")
def test_what_a_person_should_see() -> None:
    """Notices, other desks' acknowledgements, voicemail and scans want a look; replies, receipts, lists and our own mail do not."""
    wanted = {kind for kind in AutoKind if kind.wants_look}
    assert wanted == {AutoKind.TICKET_SYSTEM, AutoKind.VOICEMAIL, AutoKind.SCAN, AutoKind.NOTIFICATION}


@pytest.mark.rule("REF-8")
def test_mail_without_a_sender_is_not_answered() -> None:
    """A mail whose From cannot be used is kept as a person's, and nobody is answered."""
    assert verdict("From: nobody at all") == Verdict(kind=MailClass.HUMAN, answerable=False)


@given(st.binary(max_size=600), st.sampled_from([None, "", "ann@trust.example", "@", "<>"]))
def test_no_mail_raises(raw: bytes, mail_from: str | None) -> None:
    """Whatever the bytes, there is a verdict."""
    assert classify(parse(raw), envelope(mail_from), RULE_SET).kind in MailClass


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["From", "Subject", "Auto-Submitted", "X-Loop", "List-Id", "Message-ID", "Precedence"]), st.text(max_size=40)
        )
    ),
    st.text(max_size=80),
)
def test_no_header_raises(headers: list[tuple[str, str]], text: str) -> None:
    """Whatever stands in the headers that rules look at, there is a verdict."""
    lines = [f"{name}: {' '.join(value.split())}" for name, value in headers]
    raw = "\r\n".join([*lines, "", text]).encode("utf-8", "replace")
    assert classify(parse(raw), envelope(None), RULE_SET).kind in MailClass


@pytest.mark.parametrize(
    "subject",
    [
        "a" * 60_000,
        "ticket " * 9_000,
        "[" * 60_000,
        "shared a " * 7_000,
        "backup " * 9_000,
        "your request 1" * 4_000,
        "INC0012345 " * 6_000,
        "(a-" * 20_000,
    ],
)
def test_hostile_mail_costs_little(subject: str) -> None:
    """A subject and a text made to keep rules busy take a few milliseconds."""
    message = parse(f"From: no-reply@trust.example\r\nSubject: {subject}\r\n\r\n{subject * 5}".encode())
    started = time.perf_counter()
    classify(message, envelope(""), RULE_SET)
    assert time.perf_counter() - started < 0.25


# ------------------------------------------------------------------------------------------------------------- thanks


@pytest.mark.rule("RES-5", "RFI-2")
@pytest.mark.parametrize(
    "text",
    [
        "Thank you!", "thanks", "THANKS!!", "ta", "Cheers", "Thx", "Many thanks for your help, Ann", "Thanks\nAnn Fry",
        "Thank you so much!", "Great, thanks!",
        "OK thanks", "Hi team,\n\nThank you very much for your quick response.\n\nKind regards\nAnn", "Much appreciated",
        "That's great, thank you",
        "Thanks 👍", "Thank you for getting back to me.", "Thanks John!", "Thanks for sorting this out so quickly",
        "I really appreciate it",
        "Diolch yn fawr", "Danke schön", "Vielen Dank für die schnelle Hilfe!", "Merci beaucoup", "Muchas gracias",
        "Grazie mille", "Dziękuję bardzo",
        "Hartelijk dank voor je hulp", "Muito obrigada", "Tack så mycket", "Mange tak", "Tusen takk", "Kiitos paljon",
        "Děkuji moc", "Köszönöm szépen",
    ],
)  # fmt: skip
def test_bare_thanks(text: str) -> None:
    """A thank-you and nothing else, in the common languages, with a greeting or a name, is bare."""
    assert bare_thanks(text)


@pytest.mark.rule("RES-5", "RFI-2")
@pytest.mark.parametrize(
    "text",
    [
        "", "Hello", "ok", "Thanks, but it is still broken", "Thank you. Still not working", "yes thanks", "No, thank you",
        "Thanks, 12",
        "Thanks - can you also look at the printer?", "Thanks. Windows", "Danke, aber es geht nicht", "Merci, mais non",
        "Thanks it is both", "Thanks\nNo",
        "THANKS BUT NO", "Thanks, phone 0113 496 0100", "my number is 1, thanks", "All fixed, thanks", "Thanks, I'll try",
        "Thanks?",
        "Thank you\nWindows 11", "thanks " * 60, "Thanks\n" * 10,
    ],
)  # fmt: skip
def test_thanks_that_say_something(text: str) -> None:
    """Thanks with a but, an answer, a figure, a question or anything else beside them are no bare thank-you."""
    assert not bare_thanks(text)
