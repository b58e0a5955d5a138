"""Puts a batch of facts into the tables, in one transaction. Belongs to the journal's thread."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from copilot_desktop.calls import card_numbers
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallRinging,
    EngineUsed,
    NotesChanged,
    Party,
    SpeechMeasured,
    UtteranceFinished,
)
from copilot_desktop.store import encoding, tables, usage, words
from copilot_desktop.store.database import empty_log, translated

log = logging.getLogger("copilot.store")


@dataclass(slots=True)
class _Call:
    """What the writer remembers of a call that still grows."""

    next_seq: int
    handled_by: list[str]
    duration_ms: int = 0
    outcome: str | None = None
    notes_seq: int | None = None
    """Where the agent's notes lie."""


class BatchWriter:
    """`write(events)` keeps all of them or none."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._calls: dict[str, _Call] = {}
        with translated("The call history cannot be read"), engine.begin() as connection:
            found = connection.execute(select(tables.about.c.value).where(tables.about.c.name == "desk_id"))
            self._desk_id = str(found.scalar() or "")

    def write(self, events: Sequence[CallEvent]) -> None:
        """Append `events` in their order. Blocks until they are on the disk.

        Raises:
            StoreError: nothing was written; the same batch may be tried again.
        """
        try:
            with translated("The call history could not be written"), self._engine.begin() as connection:
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

    def _keep(self, connection: Connection, events: Sequence[CallEvent]) -> None:
        rows: list[dict[str, object]] = []
        spoken: list[words.Spoken] = []
        touched: dict[str, _Call] = {}
        corrections: list[UtteranceFinished] = []
        used: list[EngineUsed] = []
        notes = {event.call_id: event for event in events if isinstance(event, NotesChanged)}
        for event in events:
            if isinstance(event, NotesChanged) and event is not notes[event.call_id]:
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
            if isinstance(event, NotesChanged):
                _replace_notes(connection, row.call_id, call)
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
        notes = select(tables.events.c.seq).where(
            tables.events.c.call_id == call_id, tables.events.c.kind == encoding.name_of(NotesChanged)
        )
        notes_seq = connection.execute(notes).scalar()
        return _Call(next_seq, handled_by, row.duration_ms, row.outcome, notes_seq)

    def _begin(self, connection: Connection, event: CallEvent) -> _Call:
        """Make the row of a call. One whose ringing was lost is still better listed than hidden."""
        ringing = event if isinstance(event, CallRinging) else None
        rang_at = datetime.now(UTC) - timedelta(milliseconds=event.at_ms)
        connection.execute(
            insert(tables.calls).values(
                call_id=str(event.call_id),
                started_at=ringing.started_at if ringing else rang_at,
                caller=ringing.caller if ringing else "",
                line=ringing.line if ringing else "",
                is_practice=ringing.is_practice if ringing else False,
                outcome=None,
                duration_ms=0,
                handled_by="",
                desk_id=self._desk_id,
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
    """Whether words that lie on the disk must not stay there: a part of a card number was in them."""
    if isinstance(event, NotesChanged):
        return card_numbers.HIDDEN in event.text
    return isinstance(event, UtteranceFinished) and event.is_correction


def _replace_notes(connection: Connection, call_id: str, call: _Call) -> None:
    """Make room for newer notes, which come next: all of them lie in one row."""
    columns = tables.events.c
    if call.notes_seq is not None:
        here = (columns.call_id == call_id) & (columns.seq == call.notes_seq)
        connection.execute(delete(tables.events).where(here))
    call.notes_seq = call.next_seq


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
