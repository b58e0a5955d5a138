"""The tables, as this version of the program uses them. `migrations/` makes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class UtcTime(TypeDecorator[datetime]):
    """A moment, always with its zone: SQLite keeps none, so UTC is taken off and put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return `value` in UTC; a time without a zone is taken for UTC."""
        if value is None:
            return None
        utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the stored moment with its zone."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData()

about = Table(
    "about",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Small facts about this history itself: `desk_id`, who wrote it."""

calls = Table(
    "calls",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("started_at", UtcTime, nullable=False, index=True),
    Column("caller", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("is_practice", Boolean, nullable=False),
    Column("outcome", String(32), nullable=True),
    Column("duration_ms", BigInteger, nullable=False),
    Column("handled_by", String(64), nullable=False),
    Column("desk_id", String(64), nullable=False),
    Column("agent_id", String(64), nullable=False),
)
"""One row a call, for lists. All but the ids of desk and agent can be made again from `events`."""

events = Table(
    "events",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
"""What happened, in order. The truth; everything else follows from it."""

usage = Table(
    "usage",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("part", String(32), primary_key=True),
    Column("host", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("is_estimate", Boolean, primary_key=True),
    Column("seconds", Float, nullable=False),
    Column("characters", BigInteger, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("cached_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("audio_input_tokens", BigInteger, nullable=False),
    Column("audio_output_tokens", BigInteger, nullable=False),
)
"""What each call was charged for, summed; can be made again from `events`."""

judgements = Table(
    "judgements",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("judged_at", UtcTime, nullable=False),
    Column("form_id", String(64), nullable=False),
    Column("form_version", Integer, nullable=False),
    Column("prompt_hash", String(64), nullable=False),
    Column("judge", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("raw", Text, nullable=False),
)
"""What a judge said about a call: as it came, and as it stands after the check. Never written over."""

objections = Table(
    "objections",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("criterion_id", String(64), nullable=False),
    Column("old_answer", String(64), nullable=False),
    Column("new_answer", String(64), nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("reason", Text, nullable=False),
)
"""Answers that a person changed; version 0 is of calls that no AI has judged."""

figures = Table(
    "figures",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("recipe", Integer, nullable=False),
    Column("judgements", Integer, nullable=False),
    Column("score", Float, nullable=True),
    Column("is_failed", Boolean, nullable=False),
    Column("form", Text, nullable=False),
    Column("form_version", Integer, nullable=False),
    Column("response_median_ms", Float, nullable=True),
    Column("responses_ms", Text, nullable=False),
    Column("take_overs", Integer, nullable=True),
)
"""What the trends are made of, a row for each ended call; can be made again from the rest.

`recipe` tells how it was worked out, `judgements` how many judgements and objections there were then.
"""

desks = Table(
    "desks",
    metadata,
    Column("desk_id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("last_batch", String(64), nullable=False),
)
"""Who writes into this history. `last_batch` is the newest of a desk's batches of facts that arrived here."""
