"""``maild trace``: one mail's whole way, from its acceptance to the relay's replies (OPS-10)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from maild.cli.common import Office, config_option, json_option, local, office, plain, show, times_in, when
from maild.cli.examples import examples
from maild.errors import Refused
from maild.policy.reference import parse_reference
from maild.store import ways
from maild.store.group import Transaction
from maild.store.ways import MailIn, MailOut, Way


@click.command("trace", epilog=examples("maild trace M4afd848c30cbae49", "maild trace INC0012345"))
@config_option
@json_option
@click.argument("what")
def trace(config_dir: Path, as_json: bool, what: str) -> None:
    """Show the way of the mails that WHAT names: an id (M…), a Message-ID, a reference, or the relay's queue id.

    A mail in shows when it was accepted, what became of it, and the mails it caused; a mail out every attempt with the relay's reply.
    """
    house = office(config_dir)
    way = house.read(_look, what, _number(house, what))
    if not (way.mails_in or way.mails_out):
        raise Refused(f"nothing is known of {what}")
    if as_json:
        show(_records(way), as_json=True)
        return
    for record in _records(way):
        _print(record, house.zone)
    click.echo(times_in(house.zone))


def _number(house: Office, what: str) -> int | None:
    return parse_reference(what, house.loaded.rules.reference)


def _look(tx: Transaction, what: str, number: int | None) -> Way:
    return ways.of_ticket(tx, number) if number is not None else ways.of_mail(tx, what)


def _records(way: Way) -> Iterator[dict[str, Any]]:
    """Yield one record a mail, in the order in which they came and left."""
    mails: list[tuple[int, dict[str, Any]]] = [(mail.received_at, _mail_in(mail)) for mail in way.mails_in]
    mails += [(mail.created_at, _mail_out(mail)) for mail in way.mails_out]
    yield from (record for _, record in sorted(mails, key=lambda each: each[0]))


def _mail_in(mail: MailIn) -> dict[str, Any]:
    return {
        "id": mail.mail_id,
        "direction": "in",
        "message_id": mail.message_id,
        "mail_from": mail.mail_from,
        "rcpt_to": list(mail.rcpt_to),
        "source": mail.source,
        "size": mail.size,
        "accepted_at": when(mail.received_at),
        "state": mail.state,
        "attempts": mail.attempts,
        "disposition": mail.disposition,
        "reason": mail.reason,
        "reference": mail.reference,
        "done_at": when(mail.done_at),
        "journal": [{"at": when(at), "kind": kind} for at, kind in mail.journal],
        "caused": list(mail.caused),
    }


def _mail_out(mail: MailOut) -> dict[str, Any]:
    return {
        "id": mail.mail_id,
        "direction": "out",
        "message_id": mail.message_id,
        "template": mail.template,
        "to": mail.rcpt_to,
        "reference": mail.reference,
        "cause": mail.cause,
        "created_at": when(mail.created_at),
        "state": mail.state,
        "attempts": [{"at": when(at), "outcome": outcome, "reply": reply} for at, outcome, reply in mail.attempts],
        "tries": mail.tries,
        "queue_id": mail.queue_id,
        "next_at": when(mail.next_at) if mail.state in ("queued", "sending") else None,
        "settled_at": when(mail.settled_at),
    }


def _print(record: dict[str, Any], zone: ZoneInfo) -> None:
    lines = _lines_in(record) if record["direction"] == "in" else _lines_out(record)
    for at, text in lines:
        click.echo(f"{local(at, zone, seconds=True):<21}{plain(text)}")
    click.echo()


def _lines_in(mail: dict[str, Any]) -> Iterator[tuple[str | None, str]]:
    sender = "nobody" if mail["mail_from"] is None else f"<{mail['mail_from']}>"
    yield mail["accepted_at"], f"{mail['id']} accepted by {mail['source']} from {sender} for {plain(mail['rcpt_to'])}, {mail['size']} bytes"
    yield None, f"Message-ID {mail['message_id'] or 'none'}"
    for entry in mail["journal"]:
        yield entry["at"], entry["kind"]
    became = f"{mail['disposition']}({mail['reason']})" if mail["reason"] else mail["disposition"]
    on = f" on {mail['reference']}" if mail["reference"] else ""
    yield mail["done_at"], f"{became or mail['state']}{on}, after {mail['attempts']} attempts" if mail["attempts"] != 1 else f"{became}{on}"
    if mail["caused"]:
        yield None, f"caused {plain(mail['caused'])}"


def _lines_out(mail: dict[str, Any]) -> Iterator[tuple[str | None, str]]:
    on = f" on {mail['reference']}" if mail["reference"] else ""
    yield mail["created_at"], f"{mail['id']} {mail['template']} to {mail['to']}{on}, caused by {mail['cause'] or 'nothing known'}"
    yield None, f"Message-ID {mail['message_id']}"
    for attempt in mail["attempts"]:
        yield attempt["at"], f"{attempt['outcome']}: {attempt['reply']}"
    yield mail["settled_at"], mail["state"] + (f", the relay's id is {mail['queue_id']}" if mail["queue_id"] else "")
    if mail["next_at"]:
        yield mail["next_at"], "is tried again"
