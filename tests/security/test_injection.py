"""Published attacks by what stands in a mail: headers, names, file names, templates. What comes out is what was meant, and nothing more."""

from __future__ import annotations

import base64
import mailbox
import os
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from maild.policy.mds.procedure import PROCEDURE
from maild.policy.routing import Team, TeamRules
from maild.policy.rules import SenderRules
from maild.workers.maildir import MaildirRelay
from tests.desk.house import House, Sent
from tests.policy.helpdesk import ALICE
from tests.policy.letters import SERVICE, raw

DESK = "desk@resolvers.example"
TEAM = TeamRules(teams=(Team(key="helpdesk", name="Helpdesk", address=DESK),))
PASS = "Authentication-Results: mx.helpdesk.example; dmarc=pass header.from=trust.example"
EVIL = "Bcc: victim@bystander.example"
MEANT = ("from", "to", "subject", "date", "message-id", "in-reply-to", "references", "reply-to", "mime-version", "content-type")
MEANT_TOO = ("content-transfer-encoding", "auto-submitted", "x-auto-response-suppress", "x-loop")
HEADERS = frozenset((*MEANT, *MEANT_TOO))


def encoded(text: str) -> str:
    """Return a text as an RFC 2047 encoded word, line breaks and all."""
    return f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="


def out(house: House, mail: bytes, **how: object) -> list[Sent]:
    """Return what goes out because of one mail, to the requester and to the team."""
    house.configure(teams=TEAM)
    house.mail(mail, **how)  # type: ignore[arg-type]  # the house's own
    return house.sent()


def injected(sent: list[Sent]) -> list[str]:
    """Return the header lines that nobody meant to write."""
    found = []
    for each in sent:
        message = message_from_bytes(each.message.as_bytes(), policy=default)
        found += [name for name in message if name.lower() not in HEADERS]
        found += [name for name in ("From", "To", "Subject", "Message-ID") if len(message.get_all(name, [])) != 1]
    return found


@pytest.mark.rule("ACK-2", "ACK-5")
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00\r\n", "\u2028", "\x0b", "\x85", "\r\n\r\n"])
@pytest.mark.parametrize("field", ["Subject", "From", "Message-ID", "References", "Reply-To"])
def test_cve_2015_9097_no_header_comes_out_that_came_in_through_another(house: House, field: str, end: str) -> None:
    """Line ends of all kinds inside encoded words and plain headers make no Bcc."""
    hidden = f"x{end}{EVIL}{end}X-Evil: 1"
    value = (
        f'"{encoded(hidden)}" <{ALICE}>' if field in ("From", "Reply-To") else f"<{hidden}@e.example>" if "-" in field else encoded(hidden)
    )
    mail = raw(message_id="<1@trust.example>").replace(b"\r\n\r\n", f"\r\n{field}: {value}\r\n\r\n".encode(), 1)
    for twin in (b"Subject: Printer down", b"From: alice@trust.example", b"Message-ID: <1@trust.example>"):
        if twin.startswith(field.encode() + b":"):
            mail = mail.replace(twin + b"\r\n", b"", 1)
    sent = out(house, mail)
    assert ([], 1) == (injected(sent), len([each for each in sent if each.template == "team"]))
    assert not [each for each in sent if "bystander" in each.to]


@pytest.mark.rule("ACK-2", "AGT-2")
@pytest.mark.parametrize(
    "name",
    [
        "a\r\nBcc: victim@bystander.example\r\n.txt",
        '"; filename="evil.exe',
        "x" * 5_000 + ".txt",
        "../../../../etc/cron.d/evil",
        "..\\..\\windows\\evil.bat",
        "/etc/passwd",
        "C:\\autoexec.bat",
        ".htaccess",
        "\u200b.htaccess",
        "evil\u202etxt.exe",
        "con.txt\x00.exe",
        "~root/.ssh/authorized_keys",
        "$(touch pwned);`id`.txt",
        "{{ 7*7 }}.txt",
    ],
)
def test_freescout_zwsp_htaccess_and_kin_a_file_name_is_a_word_and_no_path(house: House, name: str, tmp_path: Path) -> None:
    """It comes out as one name without a path, adds no header, and no file of ours is ever named by it."""
    part = (
        "--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment; filename*=utf-8''{_percent(name)}\r\n\r\nZXZpbA==\r\n--b--\r\n"
    )
    head = raw(message_id="<1@trust.example>").partition(b"Content-Type")[0]
    mail = head + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nPlease see the file.\r\n" + part.encode()
    before = {path.name for path in tmp_path.rglob("*")}
    sent = out(house, mail)
    (told,) = [each for each in sent if each.template == "team"]
    names = [part.get_filename() for part in told.message.iter_attachments()]
    assert ([], 1) == (injected(sent), len(names))
    assert not set(names[0] or "") & set('/\\\r\n\0"\u200b\u202e')
    assert (names[0] or "").strip(". ")
    assert len(names[0] or "") < 300
    assert {path.name for path in tmp_path.rglob("*")} - before <= {"maild.db-wal", "maild.db-shm"}


@pytest.mark.rule("OUT-4")
@pytest.mark.parametrize("to", ["../../../tmp/evil@x.example", "a/b@x.example", "-oQ/tmp@x.example", "|id@x.example", "\u202ea@x.example"])
async def test_symfony_cve_2026_45068_a_recipient_names_no_file_and_no_option(tmp_path: Path, to: str) -> None:
    """A Maildir names its files itself; nothing is ever handed to a command line."""
    folder = tmp_path / "outgoing"
    await MaildirRelay(folder).send("service@helpdesk.example", to, b"Subject: x\r\n\r\nx\r\n", smtputf8=False, timeout=9)
    (entry,) = mailbox.Maildir(folder).keys()
    assert {"outgoing"} == set(os.listdir(tmp_path))
    assert entry.replace(".", "").replace("_", "").replace("-", "").isalnum()
    assert not entry.startswith("-")


@pytest.mark.rule("ACK-4", "AGT-2")
@pytest.mark.parametrize("field", ["subject", "body", "sender", "contact"])
def test_pysec_2019_217_template_text_in_a_ticket_stays_text(house: House, field: str) -> None:
    """What a user writes is a value; no template is ever made from it, in this mail or in a later one."""
    payload = "{{ 7*7 }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}${7*7}#{7*7}{{ config }}%(x)s{0.__class__}"
    fields = {
        "subject": {"subject": payload},
        "body": {"body": payload},
        "sender": {"sender": f'"{payload}" <{ALICE}>'},
        "contact": {"body": f"Contact number: {payload}\nNumber of affected users: {payload}\nIssue description: {payload}"},
    }[field]
    if field == "contact":
        house.configure(mds=PROCEDURE)
    sent = out(house, raw(message_id="<1@trust.example>", **fields))
    said = "\n".join(each.message.as_string() + each.text for each in sent)
    assert not [word for word in ("4949", "<class", "subclass 'type'") if word in said]
    assert (field in ("subject", "body", "sender")) == ("{{ 7*7 }}" in "".join(each.text for each in sent if each.to == DESK))
    assert "7*7" not in "".join(each.text for each in sent if each.to == ALICE)


@pytest.mark.rule("ACK-5", "MDS-3")
@pytest.mark.parametrize(
    "field", ["Contact number", "Number of affected users", "Affected user(s) email address(es)", "Requestor email address"]
)
def test_relay_spam_2025_an_rfi_says_what_does_not_count_without_repeating_it(house: House, field: str) -> None:
    """It goes to whoever From names: a lure in a form's field is not carried to him."""
    house.configure(mds=PROCEDURE)
    sent = out(
        house, raw(sender="victim@bystander.example", body=f"{field}: see https://evil.example/x ” now\n", message_id="<1@e.example>")
    )
    (rfi,) = [each for each in sent if each.template == "rfi"]
    assert "evil" not in rfi.message.as_string() + rfi.text
    assert field != "Contact number" or "it is not a phone number" in " ".join(rfi.text.split())


@pytest.mark.rule("AGT-2")
def test_rt_cve_2022_25802_markup_in_a_mail_is_shown_as_text(house: House) -> None:
    """In the team's HTML nothing of a user's is markup: no script, no picture to fetch, no form."""
    payload = "<script>alert(1)</script><img src=https://evil.example/x onerror=alert(1)><form action=https://evil.example>"
    sent = out(house, raw(subject=payload, body=payload, sender=f'"{payload}" <{ALICE}>', message_id="<1@trust.example>"))
    for each in sent:
        html = each.message.get_body(("html",))
        assert html is not None
        shown = str(html.get_content())
        assert not [tag for tag in ("<script", "<img", "<form", "<svg", "<iframe") if tag in shown.lower()]


@pytest.mark.rule("REF-8", "AGT-4", "LOOP-1")
@pytest.mark.parametrize(
    "head",
    [
        "X-RT-Original-Encoding: utf-8\r\nX-RT-Loop-Prevention: helpdesk\r\nRT-Squelch-Replies-To: x@y.example",
        "X-Zammad-Ticket-Priority: 3\r\nX-Zammad-Customer-Email: victim@bystander.example",
        "X-OTRS-CustomerNo: victim@bystander.example\r\nX-OTRS-Queue: raw",
        "X-Original-To: service@helpdesk.example\r\nDelivered-To: service+r-1.0.k1.aaaaaaaaaaaaaaaaaaaaa@helpdesk.example",
        "Resent-From: victim@bystander.example\r\nSender: victim@bystander.example\r\nReply-To: victim@bystander.example",
        "X-Auto-Response-Suppress: None\r\nDisposition-Notification-To: victim@bystander.example",
        "Return-Receipt-To: victim@bystander.example",
        "Errors-To: victim@bystander.example\r\nReturn-Path: <victim@bystander.example>",
    ],
)
def test_rt_cve_2023_41259_internal_headers_from_outside_mean_nothing(house: House, head: str) -> None:
    """The ticket is as it would be without them, and nobody is written to whom they name."""
    house.mail(raw(message_id="<1@trust.example>"))
    house.mail(raw(message_id="<2@trust.example>", body="Another matter.").replace(b"MIME-Version", head.encode() + b"\r\nMIME-Version", 1))
    plain, marked = house.tickets()
    assert (plain.requester, plain.state, plain.flags, plain.team, plain.participants, plain.category) == (
        marked.requester,
        marked.state,
        marked.flags,
        marked.team,
        marked.participants,
        marked.category,
    )
    assert {ALICE} == {each.to for each in house.sent()}


@pytest.mark.rule("LOOP-1")
def test_rt_cve_2023_41259_a_header_that_could_be_ours_commands_nothing(house: House) -> None:
    """It is taken for a mail of ours that comes back: no ticket changes, and nobody is answered."""
    house.mail(raw(message_id="<1@trust.example>"))
    before = house.tickets()
    head = b"X-Maild-Ticket: INC0000001\r\nX-Maild-Agent: sam\r\nX-Maild-Command: resolve\r\n"
    house.mail(head + raw(message_id="<2@trust.example>", subject="Re: INC0000001", body="Another matter."))
    assert (before, ["ack"]) == (house.tickets(), house.templates())


@pytest.mark.rule("AGT-4")
@pytest.mark.parametrize(
    "head",
    [
        f"Received: from evil by evil.example; Tue, 3 Mar 2026 14:00:00 +0000\r\n{PASS}",
        f"Subject: x\r\n{PASS}",
        "Authentication-Results: mx.helpdesk.example.evil.example; dmarc=pass header.from=trust.example",
        "Authentication-Results: evil.example; (mx.helpdesk.example) dmarc=pass header.from=trust.example",
        "Authentication-Results: =?utf-8?q?mx=2Ehelpdesk=2Eexample?=; dmarc=pass header.from=trust.example",
    ],
)
def test_forged_authentication_results_prove_nobody(house: House, head: str) -> None:
    """What the mail brought along, or another server said, is not our relay's word."""
    house.configure(senders=SenderRules(authserv_ids=("mx.helpdesk.example",), demand_for_updates="aligned"))
    house.mail(raw(message_id="<1@trust.example>"))
    before = house.tickets()[0]
    ours = b"Received: from evil.example by mx.helpdesk.example; Tue, 3 Mar 2026 14:01:00 +0000\r\n"
    forged = raw(to=SERVICE, subject=f"Re: [{before.reference}]", body="Room 7.", message_id="<2@trust.example>")
    assert house.mail(ours + head.encode() + b"\r\n" + forged, to=(SERVICE,)).disposition in ("filed", "answered")
    after = house.tickets()[0]
    assert (before.participants, before.state, before.thread) == (after.participants, after.state, after.thread)


def _percent(text: str) -> str:
    return "".join(f"%{octet:02x}" for octet in text.encode())


@pytest.mark.rule("ACK-2", "AGT-2")
@pytest.mark.parametrize(
    "kind",
    [
        'application/x-evil; name="a\\r\\nBcc: victim@bystander.example"',
        "application/x\r\n\tBcc: victim@bystander.example",
        "multipart/mixed; boundary=inner",
        "message/rfc822",
        "message/external-body; access-type=URL; URL=https://evil.example/x",
        "text/html; charset==?utf-8?q?x=0D=0ABcc:_victim=40bystander.example?=",
        "text/x-=?utf-8?q?=0D=0ABcc:_v?=",
        "application/" + "x" * 5_000,
        "evil",
        "text/html\x00; charset=utf-8",
    ],
)
def test_cve_2015_9097_a_part_s_type_adds_no_header_and_nothing_that_runs_by_itself(house: House, kind: str) -> None:
    """What a user attached goes to the team as an attachment, whatever it says that it is."""
    part = f'--b\r\nContent-Type: {kind}\r\nContent-Disposition: attachment; filename="a.bin"\r\n\r\n<b>evil</b>\r\n--b--\r\n'
    head = raw(message_id="<1@trust.example>").partition(b"Content-Type")[0]
    mail = head + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nPlease see the file.\r\n" + part.encode()
    sent = out(house, mail)
    assert [] == injected(sent)
    (told,) = [each for each in sent if each.template == "team"]
    lines = told.message.as_bytes().lower().replace(b"\r\n", b"\n").split(b"\n")
    assert not [
        line for line in lines if line.startswith((b"bcc:", b"content-type: message/ext", b"content-type: multipart/mixed; boundary=inner"))
    ]
    assert ["attachment"] * len(list(told.message.iter_attachments())) == [
        each.get_content_disposition() for each in told.message.iter_attachments()
    ]
