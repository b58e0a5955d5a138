"""What is kept no longer than the owner wishes: finds it, deletes it, remembers how much that was."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Engine, delete, insert, select, true

from copilot_desktop.calls.events import CallId
from copilot_desktop.store import tables
from copilot_desktop.store.database import translated
from copilot_desktop.store.deletion import delete_calls
from copilot_desktop.store.recordings import WavRecordings

_NAME = "last_clearing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many days something is kept; 0: for ever."""

    recordings_days: int = 0
    calls_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """What one clean-up has deleted. `recordings`: those whose calls are still there."""

    at: datetime
    calls: int = 0
    recordings: int = 0


def clear(
    engine: Engine,
    recordings: WavRecordings,
    limits: Limits,
    *,
    now: datetime,
    spared: Collection[CallId] = (),
    desk_id: str = "",
) -> Cleared:
    """Delete what began longer ago than `limits` say. Running calls and `spared` stay. Blocks.

    `desk_id`: only this desk's calls, where others share the history.

    Raises StoreError; what was deleted by then is gone.
    """
    calls = _before(engine, now, limits.calls_days, spared, desk_id)
    count = delete_calls(engine, recordings, calls)
    old = _before(engine, now, limits.recordings_days, spared, desk_id)
    silent = [call for call in old if recordings.has(call)]
    cleared = Cleared(at=now, calls=count, recordings=sum(map(recordings.delete, silent)))
    _remember(engine, cleared, desk_id)
    return cleared


def clear_everything(
    engine: Engine,
    recordings: WavRecordings,
    *,
    now: datetime,
    spared: Collection[CallId] = (),
    desk_id: str = "",
) -> Cleared:
    """Delete every call that has ended but for `spared`; see `clear`. Blocks. Raises StoreError."""
    count = delete_calls(engine, recordings, _ended_before(engine, now + timedelta(days=1), spared, desk_id))
    cleared = Cleared(at=now, calls=count)
    _remember(engine, cleared, desk_id)
    return cleared


def last(engine: Engine, desk_id: str = "") -> Cleared | None:
    """Return the last clean-up of this desk; None: there was none yet."""
    query = select(tables.about.c.value).where(tables.about.c.name == _name(desk_id))
    with translated("The call history cannot be read"), engine.begin() as connection:
        found = connection.execute(query).scalar()
    return msgspec.json.decode(found, type=Cleared) if found else None


def _before(
    engine: Engine, now: datetime, days: int, spared: Collection[CallId], desk_id: str
) -> list[CallId]:
    return _ended_before(engine, now - timedelta(days=days), spared, desk_id) if days > 0 else []


def _ended_before(engine: Engine, moment: datetime, spared: Collection[CallId], desk_id: str) -> list[CallId]:
    columns = tables.calls.c
    is_ours = columns.desk_id == desk_id if desk_id else true()
    due = select(columns.call_id).where(columns.started_at < moment, columns.outcome.is_not(None), is_ours)
    with translated("The call history cannot be read"), engine.begin() as connection:
        found = [CallId(call) for call in connection.execute(due).scalars()]
    return [call for call in found if call not in spared]


def _name(desk_id: str) -> str:
    return f"{_NAME} {desk_id}".strip()


def _remember(engine: Engine, cleared: Cleared, desk_id: str) -> None:
    name, value = _name(desk_id), msgspec.json.encode(asdict(cleared)).decode()
    with translated("The clean-up could not be written down"), engine.begin() as connection:
        connection.execute(delete(tables.about).where(tables.about.c.name == name))
        connection.execute(insert(tables.about).values(name=name, value=value))
