"""The tables. Hot columns hold only int, float, text and bytes: no type processor runs on them.

Instants (``…_at``) are microseconds since 1970 in UTC. What is searched for has a column and an index; what is only read with
its row stands in a JSON text. Work per mail, timer and outgoing mail does not depend on how much is stored (STO-1, SCL-3):
``tests/store/test_plans.py`` holds every hot statement to an index.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text, literal_column, null
from sqlalchemy.sql.elements import ColumnElement

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Seq = BigInteger().with_variant(Integer, "sqlite")

# One row per accepted mail; its raw bytes stand in ``raw`` until retention removes them (INT-3, INT-10).
inbox = Table(
    "inbox",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("mail_id", String(32), nullable=False, unique=True),
    Column("mail_from", Text),  # "" is the null sender, NULL is not known
    Column("rcpt_to", Text, nullable=False),  # JSON list
    Column("source", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("day", Integer, nullable=False),  # day of acceptance, UTC, days since 1970 (INT-11)
    Column("size", BigInteger, nullable=False),
    Column("sender_key", Text, nullable=False),  # From as a quick scan saw it: the order of processing hangs on it (INT-12)
    Column("message_id", Text, nullable=False),
    Column("answers", Text, nullable=False),  # JSON list: In-Reply-To and References
    Column("state", String(12), nullable=False),  # pending | done | quarantined
    Column("attempts", Integer, nullable=False),
    Column("owner", Text),  # which daemon has claimed it
    Column("lease_until", Float),  # the database's seconds (OPS-12)
    Column("disposition", Text),  # opened | updated | answered | filed | ignored | duplicate | quarantined
    Column("reason", Text),
    Column("ticket_id", Text),
    Column("sender", Text),
    Column("done_at", BigInteger),
    sqlite_autoincrement=True,
)
PENDING: ColumnElement[str] = literal_column("'pending'")
Index(
    "ix_inbox_unfinished", inbox.c.sender_key, inbox.c.seq, sqlite_where=inbox.c.state == PENDING, postgresql_where=inbox.c.state == PENDING
)
Index("ix_inbox_pending", inbox.c.seq, sqlite_where=inbox.c.state == PENDING, postgresql_where=inbox.c.state == PENDING)
Index("ix_inbox_day", inbox.c.day, inbox.c.disposition)
Index("ix_inbox_message_id", inbox.c.message_id)
QUARANTINED: ColumnElement[str] = literal_column("'quarantined'")
Index("ix_inbox_quarantined", inbox.c.seq, sqlite_where=inbox.c.state == QUARANTINED, postgresql_where=inbox.c.state == QUARANTINED)
Index("ix_inbox_holding", inbox.c.ticket_id, sqlite_where=inbox.c.state == QUARANTINED, postgresql_where=inbox.c.state == QUARANTINED)

raw = Table(
    "raw",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

# What the listeners said 250 to, counted by themselves (INT-11).
ledger = Table(
    "ledger",
    metadata,
    Column("day", Integer, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("accepted", BigInteger, nullable=False),
)

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("fingerprint", LargeBinary(16), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("mail_id", Text, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("ticketless", Integer, nullable=False),  # 1: decided as service-address mail without a ticket (INT-8)
    sqlite_with_rowid=False,
)

tickets = Table(
    "tickets",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String(32), nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("data", Text, nullable=False),  # the whole ticket as JSON
    Index("ix_tickets_state", "state", "number"),
    Index("ix_tickets_requester", "requester", "number"),
    postgresql_with={"fillfactor": 80},  # an update then stays on its page, and touches no index
)

journal = Table(
    "journal",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("ticket_id", String(32), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("cause", Text, nullable=False),  # mail:M… | timer:kind | link:purpose | agent:name | relay:M…
    Column("data", Text, nullable=False),
    Index("ix_journal_ticket", "ticket_id", "id"),
)

# Every Message-ID that is known to belong to a ticket: mails we accepted (weak evidence, REF-3) and mails we sent.
message_ids = Table(
    "message_ids",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("ticket_id", String(32), primary_key=True),
    Column("mail_id", Text, nullable=False),
    Column("direction", String(3), nullable=False),  # in | out
    Column("at", BigInteger, nullable=False),
    Index("ix_message_ids_ticket", "ticket_id"),
    sqlite_with_rowid=False,
)

timers = Table(
    "timers",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("ticket_id", String(32), nullable=False),
    Column("kind", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
    Index("ix_timers_due", "due_at", "id"),
    Index("ix_timers_ticket", "ticket_id", "kind"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("mail_id", String(32), nullable=False, unique=True),
    Column("ticket_id", String(32)),
    Column("reference", Text),
    Column("template", Text, nullable=False),
    Column("envelope_from", Text, nullable=False),
    Column("rcpt_to", Text, nullable=False),
    Column("lane", Text, nullable=False),  # ticket and recipient: leaves in order (OUT-3)
    Column("priority", Integer, nullable=False),  # 0 people and teams, 1 answers, 2 reminders
    Column("message_id", Text, nullable=False),
    Column("nonce", String(32), nullable=False),  # in its Message-ID and VERP sender
    Column("smtputf8", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("state", String(12), nullable=False),  # queued | sending | delivered | failed | uncertain | held | dropped
    Column("attempts", Integer, nullable=False),
    Column("unsettled", Integer, nullable=False),  # attempts whose outcome was never recorded (OUT-2)
    Column("created_at", BigInteger, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("owner", Text),
    Column("lease_until", Float),
    Column("settled_at", BigInteger),
    Column("reply", Text),
    Column("role", Text),  # what its delivery means to the ticket: rfi:2, reminder:1, resolution:1, or NULL
    Column("cause", Text),  # as in the journal: mail:M…, timer:kind, agent:name
    Column("queue_id", Text),  # the relay's own id of it, by its last reply (OPS-10)
    sqlite_autoincrement=True,
)
_WAITING = outbox.c.state.in_([literal_column("'queued'"), literal_column("'sending'")])
Index("ix_outbox_waiting", outbox.c.priority, outbox.c.next_at, outbox.c.id, sqlite_where=_WAITING, postgresql_where=_WAITING)
_IN_ORDER = outbox.c.state.in_([literal_column("'queued'"), literal_column("'sending'"), literal_column("'held'")])
Index("ix_outbox_lane", outbox.c.lane, outbox.c.id, sqlite_where=_IN_ORDER, postgresql_where=_IN_ORDER)
_KNOWN = outbox.c.queue_id.is_not(null())
Index("ix_outbox_queue_id", outbox.c.queue_id, sqlite_where=_KNOWN, postgresql_where=_KNOWN)
UNCERTAIN: ColumnElement[str] = literal_column("'uncertain'")
Index("ix_outbox_uncertain", outbox.c.id, sqlite_where=outbox.c.state == UNCERTAIN, postgresql_where=outbox.c.state == UNCERTAIN)
Index("ix_outbox_ticket", outbox.c.ticket_id, outbox.c.id)
Index("ix_outbox_message_id", outbox.c.message_id)

# Automatic answers given, per address and kind, for the caps of LOOP-2 and the once-a-day notices.
answers = Table(
    "answers",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("address", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("ticket_id", String(32)),
    Column("at", BigInteger, nullable=False),
    Index("ix_answers_address", "address", "at"),
    Index("ix_answers_at", "at"),
    Index("ix_answers_ticket", "ticket_id", "at"),
)

# Senders whose mail is filed and never answered, beside those of the configuration: addresses and domains (OPS-10).
blocks = Table(
    "blocks",
    metadata,
    Column("pattern", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by_whom", Text, nullable=False),
)

# How many mails to an address have bounced since a person last wrote from it (BNC-1).
bounces = Table(
    "bounces",
    metadata,
    Column("address", Text, primary_key=True),
    Column("bounced", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
)

looks = Table(
    "looks",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("mail_id", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("rcpt_to", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reference", Text),
    Column("received_at", BigInteger, nullable=False),
)

# One attempt at delivering a mail, with the relay's words, for `maild trace`.
attempts = Table(
    "attempts",
    metadata,
    Column("id", Seq, primary_key=True, autoincrement=True),
    Column("outbox_id", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Index("ix_attempts_outbox", "outbox_id"),
)

# Single values of the whole installation: the next ticket number, pauses, alerts, the clock last seen.
settings = Table("settings", metadata, Column("name", String(64), primary_key=True), Column("value", Text, nullable=False))
