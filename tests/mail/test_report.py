"""What machines report: bounces, delays, read receipts, abuse."""

from __future__ import annotations

import pytest

from maild.mail.message import FailedRecipient, Report
from maild.mail.parse import parse

HEAD = b"From: Mail Delivery System <MAILER-DAEMON@mx.trust.example>\nTo: service@desk.example\n"
DSN = HEAD + b"Subject: Undelivered\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nIt failed.\n--b\n"
RETURNED = b"\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <1.abc@desk.example>\nTo: Ann <ann@trust.example>\n--b--\n"
STATUS = b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.trust.example\n\n"


def report(raw: bytes) -> Report | None:
    """Return what a mail reports."""
    return parse(raw).report


def failed(address: str, status: str = "", *, action: str = "failed", permanent: bool = True) -> FailedRecipient:
    """Return one recipient of a report."""
    return FailedRecipient(address=address, action=action, status=status, permanent=permanent)


@pytest.mark.rule("BNC-1")
def test_delivery_report_names_recipients_and_our_mail() -> None:
    """A report by RFC 3464 gives each failed recipient, and the id and recipients of what was returned."""
    status = STATUS + b"Final-Recipient: rfc822; Ann@trust.example\nAction: failed\nStatus: 5.1.1 (unknown)\n\n"
    status += b"Original-Recipient: rfc822;bob@trust.example\nFinal-Recipient: rfc822;robert@inner.example\nAction: Failed\nStatus: 5.2.2\n"
    assert report(DSN + status + RETURNED) == Report(
        kind="dsn",
        recipients=(failed("ann@trust.example", "5.1.1"), failed("bob@trust.example", "5.2.2")),
        original_ids=("<1.abc@desk.example>",),
        original_recipients=("ann@trust.example",),
    )


@pytest.mark.rule("BNC-1")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (b"Action: delayed\nStatus: 4.4.7", failed("ann@trust.example", "4.4.7", action="delayed", permanent=False)),
        (b"Action: relayed\nStatus: 2.0.0", failed("ann@trust.example", "2.0.0", action="relayed", permanent=False)),
        (b"Action: delivered\nStatus: 2.0.0", failed("ann@trust.example", "2.0.0", action="delivered", permanent=False)),
        (b"Action: expanded\nStatus: 2.0.0", failed("ann@trust.example", "2.0.0", action="expanded", permanent=False)),
        (b"Action: failed\nStatus: 4.4.7", failed("ann@trust.example", "4.4.7", permanent=False)),
        (b"Action: failed (by filter)", failed("ann@trust.example")),
        (b"Status: 5.0.0", failed("ann@trust.example", "5.0.0", action="", permanent=False)),
    ],
)
def test_only_failed_is_final(fields: bytes, expected: FailedRecipient) -> None:
    """A recipient whose mail is delayed, relayed or delivered has not bounced."""
    found = report(DSN + STATUS + b"Final-Recipient: rfc822; ann@trust.example\n" + fields + RETURNED)
    assert found is not None
    assert found.recipients == (expected,)


@pytest.mark.rule("BNC-1")
@pytest.mark.parametrize(
    ("raw", "recipients"),
    [
        (DSN + STATUS + b"\n\n\nFinal-Recipient: rfc822; ann@trust.example\nAction: failed\n--b--", ("ann@trust.example",)),
        (DSN + STATUS + b"Final-Recipient: rfc822; nonsense\nAction: failed\n--b--", ()),
        (DSN + STATUS + b"\n--b--", ()),
        (DSN + STATUS + b"no fields at all\n\nFinal-Recipient: rfc822; ann@trust.example\n--b--", ()),
        (
            DSN.replace(b"report;", b"mixed;") + STATUS + b"Final-Recipient: rfc822; ann@trust.example\nAction: failed\n--b--",
            ("ann@trust.example",),
        ),
    ],
)
def test_broken_reports_are_read_as_far_as_they_go(raw: bytes, recipients: tuple[str, ...]) -> None:
    """A report with blank lines, without addresses or with a wrong type is still a report."""
    found = report(raw)
    assert found is not None
    assert tuple(recipient.address for recipient in found.recipients) == recipients


def test_report_of_thousands_names_a_hundred() -> None:
    """Of thousands of recipients a hundred are kept."""
    many = b"".join(b"Final-Recipient: rfc822; a%d@trust.example\nAction: failed\n\n" % number for number in range(500))
    found = report(DSN + STATUS + many + RETURNED)
    assert found is not None
    assert len(found.recipients) == 100


@pytest.mark.rule("LOOP-1")
def test_read_receipt_is_no_bounce() -> None:
    """A read receipt names what was read and by whom, and no failure."""
    body = b"--b\n\nRead.\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;ann@trust.example\n"
    body += b"Original-Message-ID: <1.abc@desk.example>\nDisposition: manual-action/MDN-sent-manually; displayed\n--b--\n"
    raw = b"From: ann@trust.example\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n" + body
    assert report(raw) == Report(
        kind="mdn", recipients=(), original_ids=("<1.abc@desk.example>",), original_recipients=("ann@trust.example",)
    )


def test_read_receipt_without_its_part_is_one_all_the_same() -> None:
    """A mail that calls itself a read receipt is one, also where the part that says of what is missing."""
    raw = b"From: a@x.example\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nRead\n--b--"
    assert report(raw) == Report(kind="mdn", recipients=(), original_ids=())


def test_abuse_report_names_what_was_complained_about() -> None:
    """An abuse report gives the id of the mail in question."""
    raw = HEAD + b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n\nx\n--b\n"
    raw += b"Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n" + RETURNED
    assert report(raw) == Report(
        kind="arf", recipients=(), original_ids=("<1.abc@desk.example>",), original_recipients=("ann@trust.example",)
    )


QMAIL = b"""Hi. This is the qmail-send program at mx.trust.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ann@trust.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <service@desk.example>
Message-ID: <1.abc@desk.example>
To: ann@trust.example

Dear Ann
"""


@pytest.mark.rule("BNC-1")
@pytest.mark.parametrize(
    ("raw", "recipients", "ids"),
    [
        (HEAD + b"Subject: failure notice\n\n" + QMAIL, (failed("ann@trust.example"),), ("<1.abc@desk.example>",)),
        (HEAD + b"Subject: Undeliverable: x\n\nIt did not work.\n", (), ()),
        (
            b"From: Exim <gone@x.example>\nX-Failed-Recipients: ann@trust.example, bob@trust.example\nSubject: x\n\nGone\n",
            (failed("ann@trust.example"), failed("bob@trust.example")),
            (),
        ),
        (
            b"Return-Path: <>\nFrom: x@trust.example\nSubject: Undeliverable: x\n\nMessage-ID: <1.abc@desk.example>\n",
            (),
            ("<1.abc@desk.example>",),
        ),
        (b"X-Failed-Recipients: ann@trust.example\n\nGone\n", (failed("ann@trust.example"),), ()),
        (HEAD.replace(b".example>", b".example> " + b"(" * 5_000) + b"Subject: Undeliverable\n\nFailed\n", (), ()),
        (HEAD + b"Subject: Undeliverable\n\n" + b"boundary=x\n--x\n" * 99, (), ()),
    ],
)
def test_free_form_bounces_are_recognised(raw: bytes, recipients: tuple[FailedRecipient, ...], ids: tuple[str, ...]) -> None:
    """What a mail server wrote for people is a report, too, with the recipients and ids that can be found."""
    assert report(raw) == Report(kind="dsn", recipients=recipients, original_ids=ids)


@pytest.mark.rule("BNC-1")
def test_free_form_bounce_with_the_mail_below_names_it() -> None:
    """A bounce for people that returns our mail as a part gives the id and the recipients of it."""
    raw = HEAD + b"Subject: Undeliverable\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSorry.\n" + RETURNED
    assert report(raw) == Report(
        kind="dsn", recipients=(), original_ids=("<1.abc@desk.example>",), original_recipients=("ann@trust.example",)
    )


def test_warning_of_a_delay_is_not_final() -> None:
    """A free-form warning that the server still tries names the recipient as delayed."""
    text = (
        b"This message was created automatically by mail delivery software.\n"
        b"A message that you sent has not yet been delivered to one or more of its\n"
        b"recipients after more than 24 hours on the queue on mx.trust.example.\n\n"
        b"The address to which the message has not yet been delivered is:\n\n  ann@trust.example\n\n"
        b"No action is required on your part. Delivery attempts will continue for\nsome time\n"
    )
    found = report(HEAD + b"Subject: Warning: message delayed 24 hours, not delivered yet\n\n" + text)
    assert found == Report(kind="dsn", recipients=(failed("ann@trust.example", action="delayed", permanent=False),), original_ids=())


@pytest.mark.parametrize(
    "raw",
    [
        b"From: ann@trust.example\nSubject: Undeliverable mail from your server\n\nCan you look?\n",
        b"From: Hamish <postmaster@trust.example>\nSubject: Your relay is rejecting us\n\nCan you call?\n",
        b"From: Hamish <postmaster@trust.example>\nSubject: Undeliverable mail from your relay\n\nCan you call?\n",
        b"Return-Path: <>\nFrom: ann@trust.example\nSubject: Undeliverable: x\n\nWhat is this?\n",
        b"From: ann@trust.example\nSubject: Delivery status notification settings\n\nCan they be switched off?\n",
        b"",
    ],
)
def test_people_who_write_about_bounces_are_no_bounce(raw: bytes) -> None:
    """A person who mentions a bounce, or a postmaster who writes himself, reports nothing."""
    assert report(raw) is None
