"""Delivery reports, read receipts and abuse reports: what a machine says became of a mail of ours (BNC-1).

RFC 3464 is read here; free-form bounces by flufl.bounce, and only for a mail that looks like one. A recipient failed for good only where
the report says so: ``Action: delayed``, ``relayed``, ``delivered`` and ``expanded`` are no bounce.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from maild.mail import addresses, headers
from maild.mail.message import FailedRecipient, Report
from maild.mail.mime import Mail, Part
from maild.mail.survey import nth_line, survey

_MOST_RECIPIENTS = 100
_DIAGNOSTIC = 200
_STATUS_BYTES = 256 * 1024
_RETURNED_BYTES = 64 * 1024
_FREE_FORM_BYTES, _FREE_FORM_LINES, _FREE_FORM_HEADERS, _FREE_FORM_PARTS, _FREE_FORM_DEPTH = 64 * 1024, 1_000, 16 * 1024, 50, 8
_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers"})
_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_DAEMON = re.compile(r"(?:mailer-?daemon|mail-daemon|mmdf)[@+]")
_POSTMASTER = re.compile(r"(?:postmaster|bounces?)[@+-]")
_SUBJECT = re.compile(
    r"undeliver|delivery (?:status notification|failure|has failed|report|notification)|returned mail|failure notice|"
    r"mail delivery (?:failed|failure|system)|message (?:could not|cannot) be delivered|delivery incomplete|returned to sender|"
    r"mail system error|non remis|unzustellbar|not delivered|nicht zugestellt|mislukt",
    re.IGNORECASE,
)
_STATUS = re.compile(r"([245])\.\d{1,3}\.\d{1,3}")
_HEADERS_BELOW = re.compile(rb"(?im)^[ \t>]*Message-ID:[ \t]*(<[^<>\s]{1,300}>)")


def read_report(mail: Mail) -> Report | None:
    """Return what ``mail`` reports, or None where it is no report."""
    leaves = list(mail.root.leaves())
    declared = mail.root.parameters.get("report-type", "").lower() if mail.root.content_type == "multipart/report" else ""
    for leaf in leaves:
        if leaf.content_type in _STATUS_TYPES and (declared or leaf is not mail.root):
            return _delivery(mail, leaf, leaves)
        if leaf.content_type == "message/disposition-notification":
            return _receipt(mail, leaf)
        if leaf.content_type == "message/feedback-report":
            return _abuse(mail, leaves)
    if declared == "disposition-notification":
        return Report(kind="mdn", recipients=(), original_ids=())
    return _free_form(mail, leaves) if _looks_like_a_bounce(mail) else None


def _groups(data: bytes) -> Iterator[headers.Block]:
    """Yield the groups of fields of a status part: one for the message, then one for each recipient (RFC 3464 §2.1)."""
    at = 0
    while at < len(data):
        while data.startswith(b"\n", at):
            at += 1
        block = headers.read_block(data, at, len(data))
        if block.fields:
            yield block
        if block.body <= at:
            return
        at = block.body


def _delivery(mail: Mail, status: Part, leaves: list[Part]) -> Report:
    recipients: dict[str, FailedRecipient] = {}
    for block in _groups(mail.content(status, _STATUS_BYTES)[0]):
        recipient = _recipient(block)
        if recipient is not None and len(recipients) < _MOST_RECIPIENTS:
            recipients.setdefault(recipient.address, recipient)
    ids, originals = _returned(mail, leaves)
    return Report(kind="dsn", recipients=tuple(recipients.values()), original_ids=ids, original_recipients=originals)


def _recipient(block: headers.Block) -> FailedRecipient | None:
    """Return the recipient of one group; the original address before the final one, as ours is what we wrote to."""
    address = _typed_address(block.first("original-recipient")) or _typed_address(block.first("final-recipient"))
    if not address:
        return None
    action = headers.clean(block.first("action")).partition(" ")[0].lower()
    found = _STATUS.search(block.first("status")[:100])
    status = found.group() if found else ""
    final = action == "failed" and not status.startswith(("2", "4"))
    return FailedRecipient(address=address, action=action, status=status, permanent=final, diagnostic=_diagnostic(block))


def _diagnostic(block: headers.Block) -> str:
    """Return the server's words of ``Diagnostic-Code: smtp; 550 5.1.1 no such user``, on one line."""
    kind, _, words = headers.clean(block.first("diagnostic-code")[:1_000]).partition(";")
    return (words or kind).strip()[:_DIAGNOSTIC]


def _typed_address(value: str) -> str:
    """Return the address of ``rfc822; ann@trust.example``, or ""."""
    found = addresses.read(value.rpartition(";")[2].strip()[:1_000]).found
    return found[0].address if found else ""


def _returned(mail: Mail, leaves: list[Part]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the message ids and the recipients that stand in the returned headers."""
    ids: list[str] = []
    originals: list[str] = []
    for leaf in leaves:
        if leaf.content_type in _RETURNED:
            data = mail.content(leaf, _RETURNED_BYTES)[0].lstrip(b"\n")
            block = headers.read_block(data, 0, len(data))
            ids.append(headers.message_id(block.first("message-id")))
            originals += [address.address for address in addresses.read(block.first("to")).found]
    return tuple(dict.fromkeys(filter(None, ids))), tuple(dict.fromkeys(originals))[:_MOST_RECIPIENTS]


def _receipt(mail: Mail, leaf: Part) -> Report:
    """Return a read receipt (RFC 8098): who read, and the id of what was read."""
    data = mail.content(leaf, _STATUS_BYTES)[0].lstrip(b"\n")
    block = headers.read_block(data, 0, len(data))
    address = _typed_address(block.first("original-recipient")) or _typed_address(block.first("final-recipient"))
    found = headers.message_id(block.first("original-message-id"))
    return Report(kind="mdn", recipients=(), original_ids=(found,) if found else (), original_recipients=(address,) if address else ())


def _abuse(mail: Mail, leaves: list[Part]) -> Report:
    ids, originals = _returned(mail, leaves)
    return Report(kind="arf", recipients=(), original_ids=ids, original_recipients=originals)


def _looks_like_a_bounce(mail: Mail) -> bool:
    """Return whether a mail without a status part may be a free-form bounce."""
    block = mail.root.block
    if block.first("x-failed-recipients"):
        return True
    sender = addresses.key(block.first("from"))
    perhaps = _DAEMON.match(sender) or _POSTMASTER.search(sender) or block.first("return-path").strip() == "<>"
    return bool(perhaps) and _SUBJECT.search(headers.decode(block.first("subject"))[:500]) is not None


def _is_daemon(block: headers.Block) -> bool:
    """Return whether the mail is from a name that only mail servers write under."""
    return _DAEMON.match(addresses.key(block.first("from"))) is not None


def _free_form(mail: Mail, leaves: list[Part]) -> Report | None:
    permanent, temporary = _by_flufl(mail)
    named = addresses.read(mail.root.block.first("x-failed-recipients")).found
    permanent |= {address.address for address in named}
    final = [FailedRecipient(address=address, action="failed", status="", permanent=True) for address in sorted(permanent)]
    delayed = [FailedRecipient(address=address, action="delayed", status="", permanent=False) for address in sorted(temporary - permanent)]
    ids, originals = _returned(mail, leaves)
    if not ids:
        ids = _ids_below(mail)
    if not (final or delayed or ids or _is_daemon(mail.root.block)):
        return None  # people write from postmaster@ as well, and forwarders blank the Return-Path
    return Report(kind="dsn", recipients=tuple((final + delayed)[:_MOST_RECIPIENTS]), original_ids=ids, original_recipients=originals)


def _ids_below(mail: Mail) -> tuple[str, ...]:
    """Return message ids in headers that a free-form bounce quotes in its text."""
    data = mail.data[mail.root.start : mail.root.start + _FREE_FORM_BYTES]
    return tuple(dict.fromkeys(match.decode("utf-8", "replace") for match in _HEADERS_BELOW.findall(data)))[:10]


def _by_flufl(mail: Mail) -> tuple[set[str], set[str]]:
    """Return the addresses that failed for good and those still tried, as flufl.bounce reads a bounded copy of the mail."""
    import email
    from email import policy

    from flufl.bounce import all_failures

    data = mail.data[: nth_line(mail.data, _FREE_FORM_LINES)][:_FREE_FORM_BYTES]
    counts = survey(data)
    if (
        not addresses.key(mail.root.block.first("from"))
        or counts.parts > _FREE_FORM_PARTS
        or counts.depth > _FREE_FORM_DEPTH
        or counts.header_bytes > _FREE_FORM_HEADERS
    ):
        return set(), set()  # no mail server writes such a bounce, and the library's parser would take its time over it
    try:  # as ASCII text: its detectors do not expect the Header objects that 8-bit fields become
        temporary, permanent = all_failures(email.message_from_string(data.decode("ascii", "replace"), policy=policy.compat32))
    except Exception:  # noqa: BLE001  its detectors raise whatever a strange mail makes them (UnicodeError, AttributeError, TypeError ...)
        return set(), set()
    return _lower(permanent), _lower(temporary)


def _lower(found: Iterable[bytes]) -> set[str]:
    texts = (address.decode("utf-8", "replace") for address in found)
    return {text.lower() for text in texts if addresses.read(text).found}
