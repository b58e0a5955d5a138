"""Copies the calls of one history into another: a computer's own into a shared one, or back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import UtteranceFinished
from copilot_desktop.store import desks, encoding, postgres_dialect, tables, words
from copilot_desktop.store.database import connect, translated
from copilot_desktop.store.migrate import migrate
from copilot_desktop.store.opening import locked_database
from copilot_desktop.store.shared import server_url

_CANNOT = "The history could not be copied"
_OF_CALLS = tuple(
    table for table in tables.metadata.sorted_tables if "call_id" in table.c and table is not tables.calls
)
_READ_AT_ONCE = 500

OnProgress = Callable[[int, int], None]
"""Told how many calls are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What came of it: calls that were copied now, and calls that lie in both histories at the end."""

    new: int
    total: int


def copy_to_server(data_dir: Path, address: str, desk_name: str, on_progress: OnProgress) -> Copied:
    """Copy this computer's history to the server; what is there already stays. Blocks. Raises StoreError."""
    with _local(data_dir) as here, _server(address) as there:
        return _copy(here, there, desk_name, on_progress)


def copy_from_server(data_dir: Path, address: str, on_progress: OnProgress) -> Copied:
    """Copy the shared history to this computer; sound is not in it. Blocks. Raises StoreError."""
    with _local(data_dir) as here, _server(address) as there:
        return _copy(there, here, "", on_progress)


@contextmanager
def _local(data_dir: Path) -> Iterator[Engine]:
    with locked_database(data_dir) as path:
        engine = connect(path, is_writer=True)
        try:
            with translated(_CANNOT):
                migrate(engine)
            yield engine
        finally:
            engine.dispose()


@contextmanager
def _server(address: str) -> Iterator[Engine]:
    engine = postgres_dialect.connect(server_url(address), is_writer=True)
    try:
        with translated(_CANNOT):
            migrate(engine)
        yield engine
    finally:
        engine.dispose()


def _copy(source: Engine, target: Engine, desk_name: str, on_progress: OnProgress) -> Copied:
    """Copy call by call, each whole or not at all, so that a copy that was stopped goes on where it was."""
    new = 0
    with translated(_CANNOT):
        counted, there = _counts(source), _counts(target)
        _copy_desks(source, target, desk_name)
        for done, (call_id, count) in enumerate(counted.items()):
            if there.get(call_id, -1) < count:
                _copy_call(source, target, call_id)
                new += 1
            on_progress(done + 1, len(counted))
        arrived = _counts(target)
    missing = [call_id for call_id, count in counted.items() if arrived.get(call_id, -1) < count]
    if missing:
        raise StoreError(f"{len(missing)} of {len(counted)} calls did not arrive whole; copy again.")
    return Copied(new, len(counted))


def _counts(engine: Engine) -> dict[str, int]:
    """Return how many facts each ended call has, oldest first; a running one is still its desk's."""
    calls, events = tables.calls.c, tables.events.c
    query = (
        select(calls.call_id, func.count(events.seq))
        .select_from(tables.calls.outerjoin(tables.events, calls.call_id == events.call_id))
        .where(calls.outcome.is_not(None))
        .group_by(calls.call_id, calls.started_at)
        .order_by(calls.started_at)
    )
    with engine.begin() as connection:
        return {call_id: count for call_id, count in connection.execute(query)}


def _copy_desks(source: Engine, target: Engine, desk_name: str) -> None:
    with source.begin() as connection:
        known = desks.names(connection)
        own = connection.execute(
            select(tables.about.c.value).where(tables.about.c.name == "desk_id")
        ).scalar()
    if desk_name and own:
        known.setdefault(str(own), desk_name)
    with target.begin() as connection:
        there = desks.names(connection)
        for desk_id, name in known.items():
            if desk_id not in there:
                desks.register(connection, desk_id, name)


def _copy_call(source: Engine, target: Engine, call_id: str) -> None:
    with source.begin() as connection:
        found = {table: _rows(connection, table, call_id) for table in (tables.calls, *_OF_CALLS)}
    with target.begin() as connection:
        _forget(connection, call_id)
        for table, rows in found.items():
            for start in range(0, len(rows), _READ_AT_ONCE):
                connection.execute(insert(table), rows[start : start + _READ_AT_ONCE])
        words.add(connection, _spoken(found[tables.events]))


def _rows(connection: Connection, table: Table, call_id: str) -> list[dict[str, Any]]:
    found = connection.execute(select(table).where(table.c.call_id == call_id)).mappings()
    # PostgreSQL keeps no zeros in a text.
    return [
        {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in row.items()}
        for row in found
    ]


def _forget(connection: Connection, call_id: str) -> None:
    """Make room for a call of which only a part arrived before."""
    for seq in connection.execute(
        select(tables.events.c.seq).where(tables.events.c.call_id == call_id)
    ).scalars():
        words.replace(connection, words.Spoken(call_id, seq, ""))
    for table in (*_OF_CALLS, tables.calls):
        connection.execute(delete(table).where(table.c.call_id == call_id))


def _spoken(rows: list[dict[str, Any]]) -> list[words.Spoken]:
    spoken = []
    for row in rows:
        fact = encoding.decode(encoding.Row(*(row[name] for name in encoding.Row._fields)))
        if isinstance(fact, UtteranceFinished) and fact.text:
            spoken.append(words.Spoken(row["call_id"], row["seq"], fact.text))
    return spoken
