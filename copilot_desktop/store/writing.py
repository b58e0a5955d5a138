"""Puts a batch of facts into the tables, in one transaction. Belongs to the journal's thread."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallRinging,
    ChecklistChanged,
    EngineUsed,
    NotesChanged,
    Party,
    SpeechMeasured,
    UtteranceFinished,
    WrapUpChanged,
)
from copilot_desktop.privacy.telling import is_anything_hidden
from copilot_desktop.store import desks, encoding, tables, usage, words
from copilot_desktop.store.database import empty_log, translated
from copilot_desktop.store.hiding import Hiding

log = logging.getLogger("copilot.store")


_NEWEST_ONLY = (ChecklistChanged, NotesChanged, WrapUpChanged)
"""Each of them says all of it anew."""


@dataclass(slots=True)
class _Call:
    """What the writer remembers of a call that still grows."""

    next_seq: int
    handled_by: list[str]
    duration_ms: int = 0
    outcome: str | None = None
    newest: dict[str, int] = field(default_factory=dict)
    """Where that lies of which only the newest is kept, by the kind's name."""


class BatchWriter:
    """`write(events)` keeps all of them or none; what `hiding` hides is not among their words then."""

    def __init__(self, engine: Engine, hiding: Hiding | None = None, desk_id: str = "") -> None:
        self._engine, self._hiding = engine, hiding
        self._calls: dict[str, _Call] = {}
        self.desk_id = desk_id or self._own_desk(engine)

    def _own_desk(self, engine: Engine) -> str:
        with translated("The call history cannot be read"), engine.begin() as connection:
            found = connection.execute(select(tables.about.c.value).where(tables.about.c.name == "desk_id"))
            return str(found.scalar() or "")

    def write(self, events: Sequence[CallEvent], batch: str = "") -> None:
        """Append `events` in their order. Blocks until they are on the disk.

        A `batch` with a name that came twice in succession from this desk is kept once.

        Raises:
            StoreError: nothing was written; the same batch may be tried again.
        """
        if self._hiding is not None:
            events = self._hiding.batch(events)
        try:
            with translated("The call history could not be written"), self._engine.begin() as connection:
                if not batch or desks.is_news(connection, self.desk_id, batch):
                    self._keep(connection, events)
        except BaseException:
            # Neither the numbers given in the failed transaction nor its connection are worth anything now.
            self._calls.clear()
            self._engine.dispose()
            raise
        if any(map(_takes_something_out, events)):
            empty_log(self._engine)
        for event in events:
            if isinstance(event, CallEnded):
                self._calls.pop(str(event.call_id), None)
        if self._hiding is not None:
            self._hiding.written()

    def _keep(self, connection: Connection, events: Sequence[CallEvent]) -> None:
        rows: list[dict[str, object]] = []
        spoken: list[words.Spoken] = []
        touched: dict[str, _Call] = {}
        corrections: list[UtteranceFinished] = []
        used: list[EngineUsed] = []
        newest = {(type(event), event.call_id): event for event in events}
        for event in events:
            if isinstance(event, _NEWEST_ONLY) and event is not newest[type(event), event.call_id]:
                continue
            try:
                row = encoding.encode(event)
            except ValueError:
                log.error("a %s cannot be written and is left out", type(event).__name__)
                continue
            call = self._call(connection, event)
            touched[row.call_id] = call
            if isinstance(event, UtteranceFinished) and event.is_correction:
                corrections.append(event)
                continue
            if isinstance(event, EngineUsed):
                used.append(event)
            if isinstance(event, _NEWEST_ONLY):
                _replace_older(connection, row, call)
            rows.append({**row._asdict(), "seq": call.next_seq})
            if isinstance(event, UtteranceFinished) and event.text:
                spoken.append(words.Spoken(row.call_id, call.next_seq, event.text))
            call.next_seq += 1
            _note(call, event)
        if rows:
            connection.execute(insert(tables.events), rows)
        words.add(connection, spoken)
        usage.add(connection, used)
        for correction in corrections:
            _correct(connection, correction)
        if corrections:
            words.forget_what_was_replaced(connection)
        for call_id, call in touched.items():
            _update(connection, call_id, call)

    def _call(self, connection: Connection, event: CallEvent) -> _Call:
        call_id = str(event.call_id)
        known = self._calls.get(call_id)
        if known is None:
            known = self._find(connection, call_id) or self._begin(connection, event)
            self._calls[call_id] = known
        return known

    def _find(self, connection: Connection, call_id: str) -> _Call | None:
        row = connection.execute(select(tables.calls).where(tables.calls.c.call_id == call_id)).first()
        if row is None:
            return None
        last = select(func.max(tables.events.c.seq)).where(tables.events.c.call_id == call_id)
        found = connection.execute(last).scalar()
        next_seq = 0 if found is None else found + 1
        handled_by = [who for who in row.handled_by.split(",") if who]
        columns = tables.events.c
        names = [encoding.name_of(kind) for kind in _NEWEST_ONLY]
        older = select(columns.kind, columns.seq).where(columns.call_id == call_id, columns.kind.in_(names))
        newest = {kind: seq for kind, seq in connection.execute(older).all()}
        return _Call(next_seq, handled_by, row.duration_ms, row.outcome, newest)

    def _begin(self, connection: Connection, event: CallEvent) -> _Call:
        """Make the row of a call. One whose ringing was lost is still better listed than hidden."""
        ringing = event if isinstance(event, CallRinging) else None
        rang_at = datetime.now(UTC) - timedelta(milliseconds=event.at_ms)
        connection.execute(
            insert(tables.calls).values(
                call_id=str(event.call_id),
                started_at=ringing.started_at if ringing else rang_at,
                # PostgreSQL keeps no zeros in a text.
                caller=ringing.caller.replace("\0", "") if ringing else "",
                line=ringing.line.replace("\0", "") if ringing else "",
                is_practice=ringing.is_practice if ringing else False,
                outcome=None,
                duration_ms=0,
                handled_by="",
                desk_id=self.desk_id,
                agent_id="",
            )
        )
        return _Call(0, [])


def _note(call: _Call, event: CallEvent) -> None:
    """Let the row of the list follow one fact."""
    if isinstance(event, CallEnded):
        call.outcome, call.duration_ms = str(event.outcome), event.duration_ms
    elif call.outcome is None:
        call.duration_ms = max(call.duration_ms, event.at_ms)
    has_spoken = isinstance(event, UtteranceFinished | SpeechMeasured) and event.party is not Party.CALLER
    if has_spoken and str(event.party) not in call.handled_by:  # type: ignore[attr-defined]
        call.handled_by.append(str(event.party))  # type: ignore[attr-defined]


def _takes_something_out(event: CallEvent) -> bool:
    """Whether words that lie on the disk must not stay there: a part of something hidden was in them."""
    if isinstance(event, NotesChanged):
        return is_anything_hidden(event.text)
    if isinstance(event, WrapUpChanged):
        return is_anything_hidden(f"{event.summary} {event.follow_up} {event.notes}")
    return isinstance(event, UtteranceFinished) and event.is_correction


def _replace_older(connection: Connection, row: encoding.Row, call: _Call) -> None:
    """Make room for what comes next: of its kind only the newest is kept."""
    columns = tables.events.c
    if (seq := call.newest.get(row.kind)) is not None:
        here = (columns.call_id == row.call_id) & (columns.seq == seq)
        connection.execute(delete(tables.events).where(here))
    call.newest[row.kind] = call.next_seq


def _correct(connection: Connection, event: UtteranceFinished) -> None:
    """Put `event` where the words stood that it takes the place of; they are not kept beside it."""
    columns = tables.events.c
    row = encoding.encode(event)
    of_call = (columns.call_id == row.call_id) & (columns.kind == row.kind)
    kept = select(columns.seq, *(columns[name] for name in encoding.Row._fields)).where(of_call)
    for seq, *fields in connection.execute(kept).all():
        stood = encoding.decode(encoding.Row(*fields))
        if not isinstance(stood, UtteranceFinished) or stood.utterance_id != event.utterance_id:
            continue
        here = (columns.call_id == row.call_id) & (columns.seq == seq)
        connection.execute(update(tables.events).where(here).values(body=row.body))
        words.replace(connection, words.Spoken(row.call_id, seq, event.text))


def _update(connection: Connection, call_id: str, call: _Call) -> None:
    connection.execute(
        update(tables.calls)
        .where(tables.calls.c.call_id == call_id)
        .values(outcome=call.outcome, duration_ms=call.duration_ms, handled_by=",".join(call.handled_by))
    )
