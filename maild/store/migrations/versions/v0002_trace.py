"""What caused a mail out, and the relay's own id of it; held mails hold those behind them, quarantined ones their ticket's clock"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_LANE = sa.text("state IN ('queued', 'sending', 'held')")
_QUARANTINED = sa.text("state = 'quarantined'")
_KNOWN = sa.text("queue_id IS NOT NULL")


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("outbox", sa.Column("cause", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("queue_id", sa.Text(), nullable=True))
    op.drop_index("ix_outbox_lane", table_name="outbox")
    op.create_index("ix_outbox_lane", "outbox", ["lane", "id"], sqlite_where=_LANE, postgresql_where=_LANE)
    op.create_index("ix_inbox_holding", "inbox", ["ticket_id"], sqlite_where=_QUARANTINED, postgresql_where=_QUARANTINED)
    op.create_index("ix_outbox_queue_id", "outbox", ["queue_id"], sqlite_where=_KNOWN, postgresql_where=_KNOWN)
