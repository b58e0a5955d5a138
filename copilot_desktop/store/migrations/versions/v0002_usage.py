"""What engines were used for, summed by call, so that a month's cost is a small question."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_KEY = ("part", "host", "model", "is_estimate")
_SUMS = (
    "seconds",
    "characters",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
)


def upgrade() -> None:
    """Make the table, and fill it from what happened so far."""
    usage = op.create_table(
        "usage",
        sa.Column("call_id", sa.String(64), primary_key=True),
        sa.Column("part", sa.String(32), primary_key=True),
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("is_estimate", sa.Boolean, primary_key=True),
        sa.Column("seconds", sa.Float, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _SUMS[1:]),
    )
    sums: defaultdict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0.0, *[0] * len(_SUMS[1:])])
    kept = sa.text("SELECT call_id, body FROM events WHERE kind = 'engine_used'")
    for call_id, text in op.get_bind().execute(kept):
        body = json.loads(text)
        row = sums[call_id, body["part"], body["host"], body["model"], bool(body.get("is_estimate"))]
        for place, name in enumerate(_SUMS):
            row[place] += body.get(name, 0)
    rows = [
        {"call_id": key[0], **dict(zip(_KEY, key[1:], strict=True)), **dict(zip(_SUMS, row, strict=True))}
        for key, row in sums.items()
    ]
    if rows:
        op.bulk_insert(usage, rows)
