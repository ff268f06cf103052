"""Rules for what mail servers and calendars report: bounces, complaints, read receipts, answers to invitations (LOOP-1, BNC-1)."""

from __future__ import annotations

from maild.policy.classification import phrases
from maild.policy.classification.facts import Facts
from maild.policy.classification.rule import AutoKind, Rule, Source, Weight

_DAEMONS = ("mailer-daemon", "mailerdaemon", "mail-daemon", "maildaemon", "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e")
_NDR_HEADERS = ("x-ms-exchange-message-is-ndr", "x-failed-recipients", "x-proofpoint-ndr", "x-mimecast-ndr", "x-bounce-reason")
_ANSWERS = frozenset({"reply", "cancel", "counter", "refresh", "declinecounter"})
_INVITATIONS = frozenset({"request", "publish", "add"})
_UNDELIVERED = frozenset({"failed", "delayed"})


_AFTER = ("", ":", "/", "|")  # two languages may stand side by side


def begins(text: str, openings: tuple[str, ...]) -> bool:
    """Return whether ``text`` is one of ``openings``, or goes on after it with a colon."""
    if not text.startswith(openings):
        return False
    return any(text.startswith(opening) and text[len(opening) :].lstrip()[:1] in _AFTER for opening in openings)


def starts_with_word(text: str, openings: tuple[str, ...]) -> bool:
    """Return whether ``text`` starts with one of ``openings`` and not with a longer word."""
    if not text.startswith(openings):
        return False
    return any(text.startswith(opening) and not text[len(opening) :][:1].isalnum() for opening in openings)


def contains(text: str, wanted: tuple[str, ...]) -> bool:
    """Return whether one of the phrases stands in ``text``."""
    return any(phrase in text for phrase in wanted)


def _report_type(facts: Facts) -> str:
    """Return the report-type of a mail which is a report as a whole (RFC 6522); a report that a person forwards is a part only."""
    if facts.message.content_type != "multipart/report":
        return ""
    return dict(facts.message.content_params).get("report-type", "").lower() or "unnamed"


def _reports(facts: Facts, kind: str) -> bool:
    return facts.message.report is not None and facts.message.report.kind == kind


def is_daemon(facts: Facts) -> bool:
    """Return whether the sender is a mail server's own address, or says so by name without an envelope sender."""
    if facts.local.startswith(_DAEMONS):
        return True
    return (facts.local == "postmaster" or not facts.address or facts.null_sender) and starts_with_word(
        facts.display or facts.local, phrases.DAEMON_NAMES
    )


def _machine(facts: Facts) -> bool:
    """Return whether no person can have sent the mail directly: a daemon, or nobody in the envelope."""
    return facts.null_sender or (is_daemon(facts) and facts.local != "postmaster")


def _bounce_subject(facts: Facts) -> bool:
    return starts_with_word(facts.opening, phrases.BOUNCE_SUBJECTS)


def _bounce_text(facts: Facts) -> bool:
    return contains(facts.text, phrases.BOUNCE_TEXTS)


def _dsn(facts: Facts) -> bool:
    return _delivery_report(facts) and not _success(facts)


def _delivery_report(facts: Facts) -> bool:
    # RFC 3464 §2: the whole mail is multipart/report. Some servers send the parts as multipart/mixed; so do people who forward them.
    return _report_type(facts) == "delivery-status" or (_reports(facts, "dsn") and _machine(facts))


def _success(facts: Facts) -> bool:
    """A report that the mail arrived or was passed on is no bounce (BNC-1)."""
    report = facts.message.report
    actions = {recipient.action for recipient in report.recipients} if report is not None else set()
    return _delivery_report(facts) and bool(actions) and not actions & _UNDELIVERED


def _delay(facts: Facts) -> bool:
    """A report that the mail is late and still being tried: by its actions, or in so many words where it names none (BNC-1)."""
    report = facts.message.report
    if report is not None and report.kind == "dsn" and report.recipients:
        late = not any(recipient.permanent for recipient in report.recipients)
        return late and not _success(facts) and (_delivery_report(facts) or _free_form_bounce(facts))
    return (_dsn(facts) or _free_form_bounce(facts)) and contains(facts.text, phrases.DELAY_TEXTS)


def _free_form_bounce(facts: Facts) -> bool:
    if _machine(facts):
        return (_bounce_subject(facts) and not facts.asks) or (is_daemon(facts) and _bounce_text(facts))
    by_machine = facts.local == "postmaster" and starts_with_word(facts.display or facts.local, phrases.DAEMON_NAMES)
    # With an envelope sender it may be the postmaster in person.
    return by_machine and _bounce_subject(facts) and _bounce_text(facts) and not facts.asks and not facts.greets


def _ndr_header(facts: Facts) -> bool:
    return any(name in facts.headers for name in _NDR_HEADERS)


def _bounce_by_look(facts: Facts) -> bool:
    """Subject and text of a bounce from a sender that is no person's: a gateway's no-reply address."""
    return (
        _bounce_subject(facts)
        and _bounce_text(facts)
        and facts.local_words & {"noreply", "gateway", "mailgateway", "bounce", "bounces"} != set()
    )


def _daemon_sender(facts: Facts) -> bool:
    return facts.local.startswith(_DAEMONS)


def _arf(facts: Facts) -> bool:
    return _report_type(facts) == "feedback-report" or (_reports(facts, "arf") and (facts.null_sender or "x-loop" in facts.headers))


def _mdn(facts: Facts) -> bool:
    if _report_type(facts) == "disposition-notification":
        return True
    return (_reports(facts, "mdn") and _receipt_subject(facts)) or (_receipt_subject(facts) and _receipt_text(facts))


def _receipt_subject(facts: Facts) -> bool:
    return begins(facts.opening, phrases.RECEIPT_SUBJECTS)


def _receipt_text(facts: Facts) -> bool:
    return contains(facts.head, phrases.RECEIPT_TEXTS)


def _calendar_part(facts: Facts) -> bool:
    parts = facts.message.attachments
    return facts.message.content_type == "text/calendar" or any(part.content_type in ("text/calendar", "application/ics") for part in parts)


def _calendar_answer(facts: Facts) -> bool:
    """An answer to an invitation, or its being taken back (RFC 5546 §1.4); an invitation is a person's wish."""
    declared = dict(facts.message.content_params).get("method", "").lower() if facts.message.content_type == "text/calendar" else ""
    return declared in _ANSWERS or (declared not in _INVITATIONS and _calendar_part(facts) and _calendar_subject(facts))


def _bare_invitation(facts: Facts) -> bool:
    """An invitation to a meeting without a word of its sender's beside it: what a program made, and not a file that somebody sends."""
    made = any(part.content_type == "text/calendar" and not part.filename for part in facts.message.attachments)
    return made and (not facts.head or facts.head.startswith(phrases.CONFERENCE))


def _calendar_subject(facts: Facts) -> bool:
    return begins(facts.opening, phrases.CALENDAR_SUBJECTS)


def _calendar_class(facts: Facts) -> bool:
    told = " ".join(facts.value(name) for name in ("content-class", "x-message-class", "x-ms-exchange-calendar-originator-id"))
    return ("calendarmessage" in told or "ipm.schedule.meeting.resp" in told) and _calendar_subject(facts)


def _empty_text(facts: Facts) -> bool:
    return (_calendar_subject(facts) or _receipt_subject(facts)) and not facts.head


REPORT_RULES = (
    Rule("abuse_report", Weight.PROOF, Source.SYSTEM, AutoKind.ABUSE_REPORT, _arf),
    Rule("delivery_success", Weight.PROOF, Source.SYSTEM, AutoKind.MDN, _success),
    Rule("delivery_delay", Weight.PROOF, Source.SYSTEM, AutoKind.DELAY, _delay),
    Rule("delivery_report", Weight.PROOF, Source.SYSTEM, AutoKind.DSN, _dsn),
    Rule("non_delivery_header", Weight.PROOF, Source.SYSTEM, AutoKind.DSN, _ndr_header),
    Rule("free_form_bounce", Weight.PROOF, Source.SUBJECT, AutoKind.DSN, _free_form_bounce),
    Rule("bounce_by_look", Weight.PROOF, Source.SUBJECT, AutoKind.DSN, _bounce_by_look),
    Rule("read_receipt", Weight.PROOF, Source.SYSTEM, AutoKind.MDN, _mdn),
    Rule("read_receipt_subject", Weight.FIRM, Source.SUBJECT, AutoKind.MDN, _receipt_subject),
    Rule("calendar_answer", Weight.PROOF, Source.SYSTEM, AutoKind.CALENDAR, _calendar_answer),
    Rule("calendar_class", Weight.PROOF, Source.SYSTEM, AutoKind.CALENDAR, _calendar_class),
    Rule("calendar_subject", Weight.FIRM, Source.SUBJECT, AutoKind.CALENDAR, _calendar_subject),
    Rule("bare_invitation", Weight.PROOF, Source.SYSTEM, AutoKind.NOTIFICATION, _bare_invitation),
    Rule("report_without_text", Weight.WEAK, Source.TEXT, AutoKind.NOTIFICATION, _empty_text),
    Rule("other_report", Weight.PROOF, Source.SYSTEM, AutoKind.NOTIFICATION, lambda facts: _report_type(facts) != ""),
    Rule(
        "postmaster_sender",
        Weight.WEAK,
        Source.SENDER,
        AutoKind.NOTIFICATION,
        lambda facts: facts.null_sender and facts.local == "postmaster",
    ),
    Rule("daemon_sender", Weight.FIRM, Source.SENDER, AutoKind.DSN, _daemon_sender, silent=True),
)
