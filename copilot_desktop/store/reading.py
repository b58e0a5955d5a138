"""Questions to the history, answered in a thread of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select

from copilot_desktop.calls.engine_status import Usage
from copilot_desktop.calls.events import CallEvent, CallId, WrapUpChanged
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.store import desks, encoding, judgements, tables, usage, words
from copilot_desktop.store.call_search import CANNOT, CallSearch, has, summary
from copilot_desktop.store.database import StoreAway, translated
from copilot_desktop.store.trends import Trends

_FORMS_COME_BACK = timedelta(days=7)
_calls = tables.calls.c
_ROW = tuple(tables.events.c[name] for name in encoding.Row._fields)


class Reader:
    """Every method blocks and raises StoreError. One thread at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.trends = Trends(engine)
        self.calls = CallSearch(engine)

    def recent(self, limit: int, *, include_practice: bool) -> list[CallSummary]:
        """Return the newest calls, newest first."""
        query = select(tables.calls).order_by(_calls.started_at.desc()).limit(limit)
        if not include_practice:
            query = query.where(_calls.is_practice.is_(False))
        with translated(CANNOT), self._engine.begin() as connection:
            names = desks.shown(connection)
            return [summary(row, names=names) for row in connection.execute(query)]

    def calls_from(self, number: str, limit: int) -> list[CallSummary]:
        """Return the newest calls from `number`, newest first; no practice."""
        query = select(tables.calls).where(_calls.caller == number, _calls.is_practice.is_(False))
        with translated(CANNOT), self._engine.begin() as connection:
            rows = connection.execute(query.order_by(_calls.started_at.desc()).limit(limit))
            names = desks.shown(connection)
            return [summary(row, names=names) for row in rows]

    def search(self, typed: str, limit: int) -> list[CallSummary]:
        """Return the newest calls in which each typed word begins a word that was said, or is in a number.

        Nothing typed finds everything.
        """
        wanted = words.split(typed)
        if typed.strip() and not wanted:
            return []
        query = select(tables.calls).where(*map(has, wanted)).order_by(_calls.started_at.desc()).limit(limit)
        with translated(CANNOT), self._engine.begin() as connection:
            rows = connection.execute(query).all()
            shown = words.snippets(connection, [row.call_id for row in rows], wanted)
            names = desks.shown(connection)
            return [summary(row, shown.get(row.call_id, ""), names) for row in rows]

    def read(self, call: CallId) -> list[CallEvent]:
        """Return the facts of `call` in order, without those that only a newer program understands."""
        of_call = tables.events.c.call_id == str(call)
        with translated(CANNOT), self._engine.begin() as connection:
            query = select(*_ROW).where(of_call).order_by(tables.events.c.seq)
            rows = [encoding.Row(*row) for row in connection.execute(query)]
        return [event for event in map(encoding.decode, rows) if event is not None]

    def usage(self, since: datetime, until: datetime) -> list[Usage]:
        """Return what the calls that began in this time were charged for, summed by part, host and model."""
        with translated(CANNOT), self._engine.begin() as connection:
            return usage.total(connection, since, until)

    def usage_of(self, call: CallId) -> list[Usage]:
        """Return what `call` was charged for, summed."""
        with translated(CANNOT), self._engine.begin() as connection:
            return usage.of_call(connection, call)

    def judgements(self, call: CallId) -> list[judgements.KeptJudgement]:
        """Return what judges and people said about `call`, oldest version first."""
        return judgements.of_call(self._engine, str(call))

    def desk_of(self, call: CallId) -> str:
        """Return the id of the desk that had `call`; empty if unknown."""
        with translated(CANNOT), self._engine.begin() as connection:
            query = select(_calls.desk_id).where(_calls.call_id == str(call))
            return str(connection.execute(query).scalar() or "")

    def open_wrap_ups(self, desk_id: str) -> list[WrapUpChanged]:
        """Return the forms of this desk's newest calls that were never saved, oldest call first."""
        since = datetime.now(UTC) - _FORMS_COME_BACK
        form = tables.events.c.kind == encoding.name_of(WrapUpChanged)
        query = (
            select(*_ROW)
            .join(tables.calls, _calls.call_id == tables.events.c.call_id)
            .where(_calls.started_at >= since, _calls.desk_id == desk_id, form)
            .order_by(_calls.started_at)
        )
        with translated(CANNOT), self._engine.begin() as connection:
            forms = [encoding.decode(encoding.Row(*row)) for row in connection.execute(query)]
        return [form for form in forms if isinstance(form, WrapUpChanged) and not form.is_saved]

    def unfinished_or_none(self, desk_id: str) -> list[tuple[CallId, int]]:
        """Return what `unfinished` does, or nothing while the server is away."""
        try:
            return self.unfinished(desk_id)
        except StoreAway:
            return []

    def unfinished(self, desk_id: str) -> list[tuple[CallId, int]]:
        """Return the desk's calls without an end, oldest first, with the time of their last fact."""
        is_open = _calls.outcome.is_(None) & (_calls.desk_id == desk_id)
        open_calls = select(_calls.call_id, _calls.duration_ms).where(is_open)
        with translated(CANNOT), self._engine.begin() as connection:
            return [
                (CallId(call_id), last_ms)
                for call_id, last_ms in connection.execute(open_calls.order_by(_calls.started_at))
            ]
