"""Room in each page of tickets, so that an update stays on its page and touches no index (PostgreSQL)"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Bring the schema forward."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE tickets SET (fillfactor = 80)")
