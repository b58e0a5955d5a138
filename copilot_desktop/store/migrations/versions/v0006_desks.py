"""The desks that write into a history, and what of theirs has arrived."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "desks",
        sa.Column("desk_id", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("last_batch", sa.String(64), nullable=False),
    )
    op.create_index("ix_calls_desk_id", "calls", ["desk_id", "outcome"])
