"""Blocked senders, addresses that bounce, answers by ticket, uncertain mails"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_UNCERTAIN = sa.text("state = 'uncertain'")


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "blocks",
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by_whom", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pattern", name=op.f("pk_blocks")),
    )
    op.create_table(
        "bounces",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("bounced", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_bounces")),
    )
    op.create_index("ix_answers_ticket", "answers", ["ticket_id", "at"])
    op.create_index("ix_outbox_uncertain", "outbox", ["id"], sqlite_where=_UNCERTAIN, postgresql_where=_UNCERTAIN)
