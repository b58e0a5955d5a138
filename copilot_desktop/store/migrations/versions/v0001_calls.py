"""Calls, their events, and the words said in them."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    about = op.create_table(
        "about",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.bulk_insert(about, [{"name": "desk_id", "value": uuid4().hex}])
    op.create_table(
        "calls",
        sa.Column("call_id", sa.String(64), primary_key=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("is_practice", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("duration_ms", sa.BigInteger, nullable=False),
        sa.Column("handled_by", sa.String(64), nullable=False),
        sa.Column("desk_id", sa.String(64), nullable=False),
        sa.Column("agent_id", sa.String(64), nullable=False),
    )
    op.create_index("ix_calls_started_at", "calls", ["started_at"])
    op.create_table(
        "events",
        sa.Column("call_id", sa.String(64), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE utterance_words USING fts5("
            "text, call_id UNINDEXED, seq UNINDEXED, "
            "tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3')"
        )
    else:
        op.create_table(
            "utterance_words",
            sa.Column("call_id", sa.String(64), primary_key=True),
            sa.Column("seq", sa.Integer, primary_key=True),
            sa.Column("text", sa.Text, nullable=False),
            sa.Column("words", postgresql.TSVECTOR, nullable=False),
        )
        op.create_index("ix_utterance_words", "utterance_words", ["words"], postgresql_using="gin")
