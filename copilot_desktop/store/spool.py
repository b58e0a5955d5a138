"""Facts that wait on this computer's disk until the server of the shared history can be reached again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from copilot_desktop.calls.events import (
    CallEvent,
    ChecklistChanged,
    NotesChanged,
    UtteranceFinished,
    WrapUpChanged,
)
from copilot_desktop.store import encoding, sqlite_dialect
from copilot_desktop.store.database import translated

_CANNOT = "What waits for the shared history could not be written on this computer"
_metadata = MetaData()
_waiting = Table(
    "waiting",
    _metadata,
    Column("place", Integer, primary_key=True),
    Column("batch", String(64), nullable=False),
    Column("call_id", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_autoincrement=True,
)
_about = Table("about", _metadata, Column("name", String(64), primary_key=True), Column("value", Text))
_UTTERANCE = encoding.name_of(UtteranceFinished)


class Spool:
    """A file of batches in their order. Every method blocks and raises StoreError. One thread at a time."""

    def __init__(self, path: Path) -> None:
        self._engine = sqlite_dialect.connect(path, is_writer=True)
        with translated(_CANNOT), self._engine.begin() as connection:
            _metadata.create_all(connection)

    def desk_id(self, known: str) -> str:
        """Return whose facts these are; `known`, or a new one, where nobody has asked before."""
        with translated(_CANNOT), self._engine.begin() as connection:
            kept = connection.execute(select(_about.c.value).where(_about.c.name == "desk_id")).scalar()
            if kept:
                return str(kept)
            made = known or uuid4().hex
            connection.execute(insert(_about).values(name="desk_id", value=made))
            return made

    def add(self, batch: str, events: Sequence[CallEvent]) -> None:
        """Keep a batch behind the others; on the disk when this returns."""
        rows = []
        with translated(_CANNOT), self._engine.begin() as connection:
            for event in events:
                try:
                    row = encoding.encode(event)
                except ValueError:
                    continue
                if isinstance(event, UtteranceFinished) and event.is_correction:
                    _correct(connection, event)
                if isinstance(event, ChecklistChanged | NotesChanged | WrapUpChanged):
                    _forget_older(connection, row)
                rows.append({**row._asdict(), "batch": batch})
            if rows:
                connection.execute(insert(_waiting), rows)
        if any(isinstance(event, NotesChanged | WrapUpChanged | UtteranceFinished) for event in events):
            sqlite_dialect.empty_log(self._engine)

    def first(self) -> tuple[str, list[CallEvent], int] | None:
        """Return the oldest batch, its facts and the place of the last of them; None: nothing waits."""
        oldest = select(_waiting.c.batch).order_by(_waiting.c.place).limit(1).scalar_subquery()
        query = select(_waiting).where(_waiting.c.batch == oldest).order_by(_waiting.c.place)
        with translated(_CANNOT), self._engine.begin() as connection:
            rows = connection.execute(query).all()
        if not rows:
            return None
        return rows[0].batch, [event for row in rows if (event := _fact(row)) is not None], rows[-1].place

    def done(self, place: int) -> None:
        """Forget all up to `place`: it has arrived."""
        with translated(_CANNOT), self._engine.begin() as connection:
            connection.execute(delete(_waiting).where(_waiting.c.place <= place))
        sqlite_dialect.empty_log(self._engine)

    def count(self) -> int:
        """Return how many facts wait."""
        with translated(_CANNOT), self._engine.begin() as connection:
            return int(connection.execute(select(func.count()).select_from(_waiting)).scalar_one())

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def _fact(row: Row[tuple[object, ...]]) -> CallEvent | None:
    return encoding.decode(encoding.Row(*(row._mapping[name] for name in encoding.Row._fields)))


def _correct(connection: Connection, event: UtteranceFinished) -> None:
    """Take what `event` replaces from the disk at once; the correction itself waits as well."""
    of_call = (_waiting.c.call_id == str(event.call_id)) & (_waiting.c.kind == _UTTERANCE)
    body = json.loads(encoding.encode(event).body)
    for place, text in connection.execute(select(_waiting.c.place, _waiting.c.body).where(of_call)).all():
        stood = json.loads(text)
        if stood.get("utterance_id") == str(event.utterance_id):
            words = {**body, "is_correction": bool(stood.get("is_correction", False))}
            connection.execute(
                update(_waiting).where(_waiting.c.place == place).values(body=json.dumps(words))
            )


def _forget_older(connection: Connection, row: encoding.Row) -> None:
    """Only the newest counts, and what was hidden in it must not lie in the older ones."""
    old = (_waiting.c.call_id == row.call_id) & (_waiting.c.kind == row.kind)
    connection.execute(delete(_waiting).where(old))
