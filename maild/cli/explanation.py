"""The explanation of one mail, as contract 1 has it, and as people read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from maild.cli.common import Office, plain
from maild.cli.marked import lines_shown, safe, values_shown
from maild.config.keys import read_keys
from maild.desk.foresee import Foresight, foresee
from maild.desk.mails import find
from maild.intake.pipe import delivery
from maild.mail.envelope import Envelope
from maild.policy.assess import wanted
from maild.policy.mds.standing import missing
from maild.policy.reader import read
from maild.policy.reading import Reading
from maild.policy.rules import Rules
from maild.tokens import Key, Keyring

_SHOWN_APART = frozenset({"file", "text", "new_text", "mds", "mds_sources", "invalid", "missing"})
_NOBODY = Keyring(keys=(Key(id="none", secret=b"\0" * 32),))


class Explainer:
    """Explains mails by one configuration, in this process; with a store it looks tickets up there."""

    def __init__(self, rules: Rules, *, now: datetime, mail_from: str | None, rcpt_to: tuple[str, ...], office: Office | None) -> None:
        self._rules = rules
        self._now = now
        self._mail_from = mail_from
        self._rcpt_to = rcpt_to
        self._office = office
        self._keyring = read_keys(office.loaded.settings.keys_file).ring if office is not None else _NOBODY

    def explain(self, name: str, raw: bytes) -> tuple[dict[str, Any], Reading]:
        """Return the explanation of the mail ``raw`` and its reading; never raises on bad mail."""
        told = delivery(raw[: 64 * 1024])
        envelope = Envelope(
            mail_from=told.mail_from if told.mail_from is not None else self._mail_from,
            rcpt_to=told.rcpt_to or self._rcpt_to,
            source="explain",
            received_at=self._now,
        )
        reading = read(raw, envelope, self._rules)
        found = self._office.read(find, wanted(reading.message, envelope, self._rules)) if self._office is not None else None
        foresight = foresee(reading, envelope, self._rules, self._keyring, found, self._now)
        return {"file": name, **_record(reading, foresight), **_mds(reading, foresight, self._rules)}, reading


def failure(name: str, why: str) -> dict[str, Any]:
    """Return what stands in the place of an explanation when there is no mail to explain."""
    return {"file": name, "error": why}


def _record(reading: Reading, foresight: Foresight) -> dict[str, Any]:
    message, report = reading.message, reading.message.report
    return {
        "class": reading.verdict.kind.value,
        "rules": list(reading.verdict.rules),
        "kind": foresight.kind,
        "reference": foresight.reference,
        "evidence": [{"source": piece.source, "value": piece.value} for piece in foresight.assessment.evidence],
        "subject": message.subject,
        "from": message.sender.address if message.sender is not None else "",
        "to": [address.address for address in message.to],
        "message_id": message.message_id,
        "text": message.text,
        "new_text": reading.reply.new_text,
        "attachments": [
            {
                "filename": attachment.filename,
                "content_type": attachment.content_type,
                "size": attachment.size,
                "sha256": attachment.sha256,
                "inline": attachment.inline,
            }
            for attachment in message.attachments
        ],
        "failed_recipients": [
            {"address": recipient.address, "permanent": recipient.permanent} for recipient in (report.recipients if report else ())
        ],
        "defects": list(message.defects),
        "would_send": [{"template": mail.template, "to": mail.to} for mail in foresight.mails],
    }


def _mds(reading: Reading, foresight: Foresight, rules: Rules) -> dict[str, Any]:
    """Return what this mail gives of the Minimum Data Set, and where it would be routed."""
    extraction = reading.extraction
    files = tuple(attachment.filename for attachment in reading.message.attachments)
    absent = missing(extraction.values, rules.mds, extraction.category, files, optional=True) if reading.verdict.kind == "human" else ()
    routed = foresight.routed
    return {
        "mds": {value.key: value.plain() for value in extraction.values},
        "mds_sources": {value.key: {"from": value.source.value, "line": value.line} for value in extraction.values},
        "invalid": {reason.key: reason.text for reason in extraction.invalid},
        "missing": list(absent),
        "category": extraction.category,
        "team": routed.team if routed is not None else "",
        "route_rule": routed.rule if routed is not None else "",
    }


def print_for_people(answer: dict[str, Any], reading: Reading | None, rules: Rules) -> None:
    """Print an explanation as a person reads it: what was decided, what was read and where, and the mail's lines, marked."""
    click.secho(safe(answer["file"]), bold=True)
    for key, value in answer.items():
        if key not in _SHOWN_APART and value not in ("", [], {}, None):
            click.echo(f"  {key.replace('_', ' ')}: {safe(plain(value))}")
    if reading is None:
        return
    if reading.verdict.kind == "human":
        click.echo("  what was read:")
        for line in values_shown(reading, rules.mds, answer["missing"]):
            click.echo("    " + line)
    click.echo("  the mail:")
    for line in lines_shown(reading):
        click.echo(line)
