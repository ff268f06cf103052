"""A helpdesk on which mails are tried: each one goes the daemon's whole way, from the store to the mails it causes.

Accepted into a real store, read as the parser process reads, handed over as that process hands over, decided by the desk in one
transaction, and rendered; on each step it is looked at. What ends otherwise than it should is a ``Finding``.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import bindparam, select

from maild import log
from maild.desk import agents, mails, quarantine
from maild.desk.desk import BLOCK, new_mail_id
from maild.mail.envelope import Envelope
from maild.mail.survey import trace
from maild.policy import folding
from maild.policy.events import AgentResolved
from maild.policy.reader import read
from maild.policy.reading import Reading
from maild.policy.rules import Rules
from maild.policy.ticket import Ticket, replay
from maild.render import wire
from maild.store import inbox, migrate, tickets
from maild.store.database import EngineConnection, engine_of
from maild.store.group import Job, commit_group
from maild.store.schema import outbox
from maild.store.statement import Statement
from maild.tokens import Purpose
from maild.workers.frames import from_child, packed
from maild.workers.parser import DEADLINE
from tests.desk.house import KEYRING, House
from tests.fuzz import conduct_checks, outgoing_checks, reading_checks
from tests.fuzz.outgoing_checks import Outgoing, Plan
from tests.fuzz.rules import FUZZED, HELPDESK, SERVICE, TEAMS
from tests.fuzz.watch import CheckedLines, TooLong, deadline, where
from tests.policy.helpdesk import ALICE
from tests.policy.letters import raw as letter

T = TypeVar("T")
BATCH = 32
APART = folding.SPAN + timedelta(minutes=1)
_OURS = re.compile(rb"@@OUR-[A-Z-]{1,20}@@")
SURE = frozenset({"opened", "updated", "answered", "filed", "ignored", "duplicate"})  # INT-11, but for what our own faults cause
_EXPLAINED = 4  # of so many mails one is explained, too, which reads it once more
_BYTES_PER_DEADLINE = 8 * 1024 * 1024  # as the parser process allows a large mail more
_SENT = Statement(
    select(
        *(outbox.c[name] for name in ("id", "template", "envelope_from", "rcpt_to", "message_id", "smtputf8", "data", "cause", "ticket_id"))
    )
    .where(outbox.c.id > bindparam("after"))
    .order_by(outbox.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A mail to be tried: its bytes, the way it comes (``WAYS``), and what it was made from."""

    raw: bytes
    way: str = "helpdesk"
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that must not be: what kind of thing, in a sentence, and the mail."""

    kind: str
    text: str
    case: Case

    def __str__(self) -> str:
        """Return the finding as a line for people."""
        return f"{self.kind}: {self.text} ({self.case.name}, {len(self.case.raw)} bytes, to {self.case.way})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one mail, the processor seconds that reading it took, and whether a person's."""

    case: Case
    disposition: str
    seconds: float
    human: bool
    findings: tuple[Finding, ...] = ()
    templates: tuple[str, ...] = ()


@dataclass(slots=True)
class _Trial:
    """One mail on its way."""

    case: Case
    raw: bytes
    row: inbox.InboxRow
    reading: Reading | None = None
    seconds: float = 0.0
    disposition: str = ""
    reason: str = ""
    findings: list[Finding] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)

    def find(self, kind: str, text: str) -> None:
        self.findings.append(Finding(kind=kind, text=text, case=self.case))


class Bench:
    """A desk on a store of its own, empty at ``url``, with a ticket that awaits its user and one that is resolved.

    Every mail comes ``APART`` after the one before, so that none is folded into it; with ``hurried`` every third comes at once. The
    rules are those of ``rules.py``.
    """

    def __init__(self, url: str, *, hurried: bool = False, rules: Rules = FUZZED) -> None:
        self._hurried = hurried
        self.engine = engine_of(url)
        migrate.prepare(self.engine, url)
        self.house = House(self.engine, rules=rules)
        self._count = 0
        self.lines = CheckedLines()
        self.lines.listen()
        self._connection: EngineConnection = self.engine.connect()
        self._subjects: dict[str, str] = {}
        self._ours = self._prelude()
        self._ways = _ways(self._ours[b"@@OUR-REPLY-TO@@"].decode(), self._ours[b"@@OUR-VERP@@"].decode())
        self._seen = self._last_sent()

    def close(self) -> None:
        """Close the store."""
        self._connection.close()

    def judge(self, cases: Sequence[Case]) -> list[Outcome]:
        """Return what became of each mail."""
        outcomes: list[Outcome] = []
        for start in range(0, len(cases), BATCH):
            outcomes += self._batch(cases[start : start + BATCH])
        return outcomes

    def settle(self) -> list[str]:
        """Return what is wrong with the store as a whole: every mail accounted for, every ticket replayed from its journal."""
        found = []
        counts = self._do(lambda tx: inbox.counts(tx, 0))
        accepted = self._do(lambda tx: inbox.accepted(tx, 0))
        if sum(row[3] for row in counts) != sum(row[1] for row in accepted):
            found.append(f"{sum(row[1] for row in accepted)} mails accepted, {sum(row[3] for row in counts)} accounted for")
        if any(row[1] == "pending" for row in counts):
            found.append("mails are left pending")
        for ticket in self._do(tickets.every):
            journal = self._do(tickets.journal_of, ticket.id)
            if replay(tuple(data["set"] for *_, data in journal)) != ticket:
                found.append(f"the journal of {ticket.reference} does not replay to the ticket")
        return found

    def _batch(self, cases: Sequence[Case]) -> list[Outcome]:
        trials = self._accept(cases)
        for trial in trials:
            self._read(trial)
        self._decide(trials)
        self._look_at_mails_out(trials)
        for trial in trials:
            if trial.reading is not None:
                done = conduct_checks.Done(disposition=trial.disposition, reason=trial.reason, templates=tuple(trial.templates))
                for text in conduct_checks.problems(trial.reading, trial.row.envelope, done):
                    trial.find("conduct", text)
        return [
            Outcome(
                case=trial.case,
                disposition=trial.disposition,
                seconds=trial.seconds,
                human=trial.reading is not None and trial.reading.verdict.kind.value == "human",
                findings=tuple(trial.findings),
                templates=tuple(trial.templates),
            )
            for trial in trials
        ]

    def _accept(self, cases: Sequence[Case]) -> list[_Trial]:
        pairs = [(case, self._filled_in(case.raw)) for case in cases]
        arrivals = [self._arrival(case, raw) for case, raw in pairs]
        jobs = [Job(inbox.add, (arrival, lambda raw=raw: iter((raw,)))) for (_, raw), arrival in zip(pairs, arrivals, strict=True)]
        commit_group(self._connection, jobs)
        trials = []
        for (case, raw), arrival, job in zip(pairs, arrivals, jobs, strict=True):
            if job.error is not None:
                raise job.error
            row = inbox.InboxRow(
                seq=job.result,
                mail_id=arrival.mail_id,
                envelope=arrival.envelope,
                size=arrival.size,
                sender_key=arrival.sender_key,
                message_id=arrival.message_id,
                answers=arrival.answers,
                attempts=0,
            )
            trials.append(_Trial(case, raw, row))
            envelope = arrival.envelope
            log.mail_accepted(mail=row.mail_id, source="smtp", sender=envelope.mail_from, recipients=len(envelope.rcpt_to), size=row.size)
        return trials

    def _arrival(self, case: Case, raw: bytes) -> inbox.Arrival:
        mail_from, rcpt_to = self._ways[case.way]
        self._count += 1
        self.house.clock.at += timedelta(seconds=1) if self._hurried and self._count % 3 == 0 else APART
        seen, mail_id = trace(raw[:65536]), new_mail_id()
        return inbox.Arrival(
            mail_id=mail_id,
            envelope=Envelope(mail_from=mail_from, rcpt_to=rcpt_to, source="smtp", received_at=self.house.clock.now()),
            size=len(raw),
            sender_key=seen.sender_key or mail_id,
            message_id=seen.message_id,
            answers=tuple(each for each in seen.answers if each != seen.message_id)[:20],
        )

    def _read(self, trial: _Trial) -> None:
        """Read one mail as the parser process does, under its deadline, and hand the reading over as that does."""
        seconds = DEADLINE.total_seconds() * (1 + len(trial.raw) / _BYTES_PER_DEADLINE)
        began = time.process_time()
        try:
            with deadline(seconds):
                reading = read(trial.raw, trial.row.envelope, self.house.rules)
                trial.reading = from_child(packed(reading))
            trial.seconds = time.process_time() - began
            if trial.reading != reading:
                trial.find("reading", "the parser process would hand over another reading")
            for text in reading_checks.problems(trial.reading):
                trial.find("reading", text)
            if zlib.crc32(trial.raw) % _EXPLAINED == 0:
                for text in reading_checks.explained(trial.raw, self.house.rules, self.house.clock.now()):
                    trial.find("reading", text)
        except TooLong:
            trial.find("deadline", "reading took too long")
        except Exception as error:  # noqa: BLE001  # that is what is looked for
            trial.find("exception", where(error))

    def _decide(self, trials: list[_Trial]) -> None:
        if len(self.house.desk.numbers._free) < 2 * BATCH:
            self.house.desk.numbers.add(self._do(tickets.reserve_numbers, BLOCK))
        read_ones = [trial for trial in trials if trial.reading is not None]
        jobs = [Job(mails.receive, (self.house.desk, trial.row, trial.reading)) for trial in read_ones]
        commit_group(self._connection, jobs)
        for trial, job in zip(read_ones, jobs, strict=True):
            if job.error is None:
                trial.disposition, trial.reason = job.result.disposition, job.result.reason
                with log.about(mail=trial.row.mail_id, reference=job.result.reference):
                    log.mail_processed(disposition=trial.disposition, reason=job.result.reason)
            elif isinstance(job.error, Exception):
                trial.find("exception", where(job.error))
            else:
                raise job.error
        for trial in trials:
            self._account_for(trial)

    def _account_for(self, trial: _Trial) -> None:
        """See that the mail is there as it came, and in one of the places where it may be."""
        if not trial.disposition:
            self._do(quarantine.put_aside, self.house.desk, trial.row, "fuzzed")
            log.mail_quarantined(reason=trial.findings[-1].text, attempts=1)
            trial.disposition = "quarantined"
        elif trial.disposition not in SURE:
            trial.find("disposition", f"it became {trial.disposition}")
        if self._do(inbox.raw_of, trial.row.seq) != trial.raw:
            trial.find("raw", "the store's bytes are not those that came")
        if self.lines.problems:
            trial.find("log", self.lines.problems.pop())
            self.lines.problems.clear()

    def _look_at_mails_out(self, trials: list[_Trial]) -> None:
        by_cause = {f"mail:{trial.row.mail_id}": trial for trial in trials}
        concerned: dict[str, Ticket | None] = {}
        for row in self._do(lambda tx: tx.all(_SENT, after=self._seen)):
            self._seen = row[0]
            mail = Outgoing(
                template=row[1],
                envelope_from=row[2],
                rcpt_to=row[3],
                message_id=row[4],
                smtputf8=bool(row[5]),
                data=bytes(row[6]),
                cause=row[7] or "",
            )
            trial = by_cause.get(mail.cause)
            if trial is None:
                trials[-1].find("outgoing", f"a mail for no reason: {mail.cause!r}")
                continue
            if row[8] and row[8] not in concerned:
                concerned[row[8]] = self._do(tickets.by_id, row[8])
            self._look_at(trial, mail, concerned.get(row[8] or ""))

    def _look_at(self, trial: _Trial, mail: Outgoing, ticket: Ticket | None) -> None:
        trial.templates.append(mail.template)
        assert trial.reading is not None
        sender = trial.reading.message.sender
        people = {sender.address if sender is not None else "", ticket.requester if ticket is not None else ""}
        persons = set(self.house.rules.addresses.persons.values())
        answered = (trial.reading.message.message_id, *(ticket.thread if ticket is not None else ()))
        plan = Plan(
            addresses=self.house.rules.addresses,
            recipients=frozenset({wire.header_address(each) for each in people if each} | persons | {team.address for team in TEAMS.teams}),
            answers=frozenset(wire.message_ids(each for each in answered if each)),
            raw=trial.raw,
        )
        try:
            found = list(outgoing_checks.problems(mail, plan))
            if not found and mail.template not in ("forward", "team"):
                found += self._subject(mail)
        except Exception as error:  # noqa: BLE001  # a mail of ours that Python's parser cannot read
            found = [f"it cannot be read: {where(error)}"]
        for text in found:
            trial.find("outgoing", f"{mail.template}: {text}")

    def _subject(self, mail: Outgoing) -> Iterator[str]:
        """A subject is the reference and the template's own words, the same in each mail (ACK-5)."""
        fixed = outgoing_checks.fixed_subject(mail)
        if self._subjects.setdefault(mail.template, fixed) != fixed:
            yield f"its subject is {fixed!r}, and was {self._subjects[mail.template]!r}"

    def _do(self, use_case: Callable[..., T], *args: Any) -> T:
        """Return what a use case of its own transaction gives."""
        job = Job(use_case, args)
        commit_group(self._connection, [job])
        if job.error is not None:
            raise job.error
        result: T = job.result
        return result

    def _prelude(self) -> Mapping[bytes, bytes]:
        """Open two tickets, resolve the second, and return what an answer to our mails could name."""
        house = self.house
        house.mail(letter(to=HELPDESK, message_id="<prelude-1@trust.example>"), to=(HELPDESK,))
        ack = house.sent()[0]
        house.mail(letter(to=HELPDESK, message_id="<prelude-2@trust.example>", body="The scanner is broken too."), to=(HELPDESK,))
        second = house.tickets()[1]
        self._do(agents.act, house.desk, second.number, AgentResolved(cause="agent:ann", agent="ann", text="New toner."))
        token = KEYRING.sign(Purpose.REOPEN, number=second.number, nonce="1", binding=second.id)
        ours = {
            "ID": str(ack.message["Message-ID"]),
            "REFERENCE": second.reference,
            "SUBJECT": str(ack.message["Subject"]),
            "TOKEN": f"o-{token}",
            "REPLY-TO": str(ack.message["Reply-To"]),
            "VERP": ack.envelope_from,
        }
        return {f"@@OUR-{name}@@".encode(): value.encode() for name, value in ours.items()}

    def _filled_in(self, raw: bytes) -> bytes:
        """Return the mail with what only this store knows in the place of ``@@OUR-…@@``."""
        if b"@@OUR-" not in raw:
            return raw
        return _OURS.sub(lambda match: self._ours.get(match.group(), b""), raw)

    def _last_sent(self) -> int:
        rows = self._do(lambda tx: tx.all(_SENT, after=0))
        return max((row[0] for row in rows), default=0)


def _ways(reply_to: str, verp: str) -> Mapping[str, tuple[str | None, tuple[str, ...]]]:
    """Return envelope sender and recipients of each way that a mail can come."""
    return {
        "helpdesk": (ALICE, (HELPDESK,)),
        "service": (ALICE, (SERVICE,)),
        "both": (ALICE, (SERVICE, HELPDESK)),
        "null": ("", (HELPDESK,)),
        "unsaid": (None, (HELPDESK,)),
        "reply": (ALICE, (reply_to,)),
        "bounce": ("", (verp,)),
        "postmaster": (ALICE, ("postmaster@nhsdesk.example",)),
    }


WAYS = tuple(_ways("", ""))
