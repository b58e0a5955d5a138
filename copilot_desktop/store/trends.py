"""A few figures of each ended call, and their weeks. They come from elsewhere and are summed here."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from statistics import fmean, median
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, Select, and_, func, insert, or_, select, true, update

from copilot_desktop.calls.events import CallId, Outcome
from copilot_desktop.calls.trends import WEEK, CallFigures, CallFilter, Figure, TrendCall, Week, monday
from copilot_desktop.store import tables
from copilot_desktop.store.database import translated

RECIPE = 1
"""How figures are worked out. Raise it when that changes: then they are worked out anew."""
_CANNOT_READ = "The figures of the calls cannot be read"
_CANNOT_WRITE = "The figures of a call could not be written"
_LEFT_BY_ITS_DESK = timedelta(days=1)
"""After this, figures that are still missing are worked out by any desk."""
_calls, _figures = tables.calls.c, tables.figures.c
_both = tables.calls.outerjoin(tables.figures, _calls.call_id == _figures.call_id)
_Row = Row[Any]


class Trends:
    """Every method blocks and raises StoreError. `zone` is the clock on the wall; None: this computer's."""

    def __init__(self, engine: Engine, zone: tzinfo | None = None) -> None:
        self._engine, self.zone = engine, zone

    def weeks(self, since: date, until: date, which: CallFilter) -> list[Week]:
        """Return every week whose Monday lies from `since` on and before `until`, those without calls too."""
        first = monday(since + timedelta(days=6))
        mondays = [first + WEEK * number for number in range(math.ceil((until - first) / WEEK))]
        if not mondays:
            return []
        wanted = select(_calls.started_at, _calls.outcome, *(_figures[name] for name in _OF_WEEK))
        query = self._between(wanted.select_from(_both), mondays[0], mondays[-1] + WEEK, which)
        begins = [self._midnight(first_day) for first_day in mondays]
        by_week: list[list[_Row]] = [[] for _ in mondays]
        with translated(_CANNOT_READ), self._engine.begin() as connection:
            for row in connection.execute(query):
                by_week[bisect_right(begins, row.started_at) - 1].append(row)
        return [_week(first_day, rows) for first_day, rows in zip(mondays, by_week, strict=True)]

    def calls_behind(
        self, figure: Figure | None, week: date, which: CallFilter, limit: int
    ) -> list[TrendCall]:
        """Return the calls behind a point of the week that begins on `week`, newest first; None: all."""
        behind = {
            None: true(),
            Figure.SCORE: _figures.score.is_not(None),
            Figure.RESPONSE: _figures.response_median_ms.is_not(None),
            Figure.TAKE_OVERS: _figures.take_overs > 0,
            Figure.MISSED: _calls.outcome == str(Outcome.MISSED),
        }[figure]
        shown = (*(_calls[name] for name in _OF_CALL), *(_figures[name] for name in _OF_FIGURES))
        query = self._between(select(*shown).select_from(_both), week, week + WEEK, which)
        query = query.where(behind).order_by(_calls.started_at.desc()).limit(limit)
        with translated(_CANNOT_READ), self._engine.begin() as connection:
            return [_call(row) for row in connection.execute(query)]

    def unmeasured(
        self, limit: int, desk_id: str = "", among: Collection[CallId] | None = None
    ) -> list[CallId]:
        """Return ended calls that need figures, newest first: they have none, or have been judged since.

        `among`: only these. Else those of other desks only when these had their time for it.
        """
        judged, objected = tables.judgements, tables.objections
        said = [
            select(func.count())
            .select_from(kept)
            .where(kept.c.call_id == _calls.call_id)
            .correlate(tables.calls)
            .scalar_subquery()
            for kept in (judged, objected)
        ]
        is_old = _figures.call_id.is_(None) | (_figures.recipe < RECIPE)
        is_due = or_(is_old, _figures.judgements != said[0] + said[1])
        is_left = _calls.started_at < datetime.now(UTC) - _LEFT_BY_ITS_DESK
        if among is None:
            is_meant = or_(_calls.desk_id == desk_id, is_left) if desk_id else true()
        else:
            is_meant = _calls.call_id.in_([str(call) for call in among])
        query = select(_calls.call_id).select_from(_both).where(_calls.outcome.is_not(None), is_due, is_meant)
        with translated(_CANNOT_READ), self._engine.begin() as connection:
            found = connection.execute(query.order_by(_calls.started_at.desc()).limit(limit)).scalars()
            return [CallId(call) for call in found]

    def _between(self, query: Select[Any], first_day: date, end: date, which: CallFilter) -> Select[Any]:
        began = and_(_calls.started_at >= self._midnight(first_day), _calls.started_at < self._midnight(end))
        query = query.where(began, _calls.outcome.is_not(None))
        return query if which.with_practice else query.where(_calls.is_practice.is_(False))

    def _midnight(self, day: date) -> datetime:
        """Return when `day` begins: a week in which the clocks change is an hour longer or shorter."""
        naive = datetime.combine(day, time.min)
        return naive.astimezone() if self.zone is None else naive.replace(tzinfo=self.zone)


def keep(engine: Engine, figures: Iterable[CallFigures]) -> None:
    """Keep figures in the place of what was kept of these calls. Blocks. Raises StoreError."""
    with translated(_CANNOT_WRITE), engine.begin() as connection:
        for each in figures:
            _keep(connection, each)


def _keep(connection: Connection, figures: CallFigures) -> None:
    call_id = str(figures.call_id)
    # Held until they are written: who deletes the call then deletes these too.
    still_there = select(_calls.call_id).where(_calls.call_id == call_id).with_for_update()
    if connection.execute(still_there).first() is None:
        return
    values = {
        "recipe": RECIPE,
        "judgements": figures.judgements,
        "score": figures.score,
        "is_failed": figures.is_failed,
        "form": figures.form,
        "form_version": figures.form_version,
        "response_median_ms": figures.response_median_ms,
        "responses_ms": msgspec.json.encode(figures.responses_ms).decode(),
        "take_overs": figures.take_overs,
    }
    here = _figures.call_id == call_id
    if connection.execute(update(tables.figures).where(here).values(values)).rowcount == 0:
        connection.execute(insert(tables.figures).values(call_id=call_id, **values))


def _week(first_day: date, rows: Sequence[_Row]) -> Week:
    measured = [row for row in rows if row.call_id is not None]
    scores = [row.score for row in measured if row.score is not None]
    talks = [row.take_overs for row in measured if row.take_overs is not None]
    timed = [row for row in measured if row.response_median_ms is not None]
    times_ms = sorted(time_ms for row in timed for time_ms in _times_ms(row.responses_ms))
    return Week(
        first_day=first_day,
        calls=len(rows),
        missed=sum(row.outcome == Outcome.MISSED for row in rows),
        unmeasured=len(rows) - len(measured),
        scored=len(scores),
        failed=sum(bool(row.is_failed) for row in measured),
        score=fmean(scores) if scores else None,
        timed=len(timed),
        response_median_ms=median(times_ms) if times_ms else None,
        # Nearest rank, as in the report.
        response_p90_ms=times_ms[math.ceil(0.9 * len(times_ms)) - 1] if times_ms else None,
        talks=len(talks),
        take_overs=sum(talks) if talks else None,
        forms=frozenset((row.form, row.form_version) for row in measured if row.score is not None),
    )


_times_ms = msgspec.json.Decoder(list[int]).decode
_OF_CALL = ("call_id", "started_at", "caller", "is_practice", "duration_ms")
_OF_WEEK = (
    *("call_id", "score", "is_failed", "form", "form_version"),
    *("response_median_ms", "responses_ms", "take_overs"),
)
_OF_FIGURES = ("score", "is_failed", "response_median_ms", "take_overs")


def _call(row: _Row) -> TrendCall:
    return TrendCall(
        call_id=CallId(row.call_id),
        started_at=row.started_at,
        caller=row.caller,
        is_practice=row.is_practice,
        duration_ms=row.duration_ms,
        score=row.score,
        is_failed=bool(row.is_failed),
        response_median_ms=row.response_median_ms,
        take_overs=row.take_overs,
    )
