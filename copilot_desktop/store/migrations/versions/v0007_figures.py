"""A few figures of each ended call, so that months of them are summed without reading the facts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table; the program fills it."""
    op.create_table(
        "figures",
        sa.Column("call_id", sa.String(64), primary_key=True),
        sa.Column("recipe", sa.Integer, nullable=False),
        sa.Column("judgements", sa.Integer, nullable=False),
        sa.Column("score", sa.Float, nullable=True),
        sa.Column("is_failed", sa.Boolean, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("form_version", sa.Integer, nullable=False),
        sa.Column("response_median_ms", sa.Float, nullable=True),
        sa.Column("responses_ms", sa.Text, nullable=False),
        sa.Column("take_overs", sa.Integer, nullable=True),
    )
