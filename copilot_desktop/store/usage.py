"""What engines were used for, summed by call as it happens: a month of calls is asked for in milliseconds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.events import CallId, EngineUsed
from copilot_desktop.store import tables

KEY = ("call_id", "part", "host", "model", "is_estimate")
SUMS = (
    "seconds",
    "characters",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
)
_usage = tables.usage.c
_calls = tables.calls.c


def add(connection: Connection, used: Iterable[EngineUsed]) -> None:
    """Put `used` to what their calls have used so far."""
    sums: dict[tuple[object, ...], list[float]] = {}
    for event in used:
        key = (str(event.call_id), str(event.part), event.host, event.model, event.is_estimate)
        row = sums.setdefault(key, [0.0, *[0] * len(SUMS[1:])])
        for place, name in enumerate(SUMS):
            row[place] += getattr(event, name)
    for known, row in sums.items():
        _add(connection, dict(zip(KEY, known, strict=True)), dict(zip(SUMS, row, strict=True)))


def total(connection: Connection, since: datetime, until: datetime) -> list[Usage]:
    """Return the sums of all calls that began from `since` on and before `until`."""
    began = (_calls.started_at >= since) & (_calls.started_at < until)
    return _sums(connection, _usage.call_id.in_(select(_calls.call_id).where(began)))


def of_call(connection: Connection, call: CallId) -> list[Usage]:
    """Return the sums of one call; empty if it used nothing, or is not known."""
    return _sums(connection, _usage.call_id == str(call))


def _add(connection: Connection, key: dict[str, object], more: dict[str, float]) -> None:
    here = [_usage[name] == value for name, value in key.items()]
    grown = {name: _usage[name] + amount for name, amount in more.items()}
    if connection.execute(update(tables.usage).where(*here).values(grown)).rowcount == 0:
        connection.execute(insert(tables.usage).values({**key, **more}))


def _sums(connection: Connection, which: ColumnElement[bool]) -> list[Usage]:
    by = [_usage[name] for name in KEY[1:]]
    sums = [func.sum(_usage[name]).label(name) for name in SUMS]
    found = connection.execute(select(*by, *sums).where(which).group_by(*by).order_by(*by))
    return [
        Usage(
            part=EnginePart(row.part),
            model=row.model,
            host=row.host,
            is_estimate=row.is_estimate,
            seconds=float(row.seconds),
            **{name: int(row._mapping[name]) for name in SUMS[1:]},
        )
        for row in found
        if row.part in set(EnginePart)
    ]
