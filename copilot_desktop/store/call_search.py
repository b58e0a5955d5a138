"""Finds calls page by page, by every word said and by what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import ColumnElement, Engine, Row, Select, and_, func, or_, select

from copilot_desktop.calls.archive import (
    GOOD_SCORE,
    POOR_SCORE,
    CallQuery,
    FoundCalls,
    Handler,
    Place,
    ScoreRange,
)
from copilot_desktop.calls.events import CallId, Outcome, Party
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.store import desks, tables, words
from copilot_desktop.store.database import translated

CANNOT = "The call history cannot be read"
_NO_NAMES: Mapping[str, str] = MappingProxyType({})
_calls, _figures = tables.calls.c, tables.figures.c
_NEWEST_FIRST = (_calls.started_at.desc(), _calls.call_id.desc())


class CallSearch:
    """Every method blocks and raises StoreError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(self, query: CallQuery, after: Place | None, limit: int) -> FoundCalls:
        """Return the newest calls that fit, from behind `after` on."""
        wanted = words.split(query.words)
        if query.words.strip() and not wanted:
            return FoundCalls(())
        with translated(CANNOT), self._engine.begin() as connection:
            names = desks.shown(connection)
            chosen = _chosen(select(tables.calls, _figures.score, _figures.is_failed), query, names)
            if after is not None:
                chosen = chosen.where(_is_behind(after))
            rows = connection.execute(chosen.order_by(*_NEWEST_FIRST).limit(limit + 1)).all()
            shown = words.snippets(connection, [row.call_id for row in rows[:limit]], wanted)
        calls = tuple(summary(row, shown.get(row.call_id, ""), names) for row in rows[:limit])
        is_more = len(rows) > limit
        return FoundCalls(calls, Place(calls[-1].started_at, calls[-1].call_id) if is_more else None)

    def count(self, query: CallQuery, most: int) -> int:
        """Return how many fit, at most `most`."""
        if query.words.strip() and not words.split(query.words):
            return 0
        with translated(CANNOT), self._engine.begin() as connection:
            names = desks.shown(connection)
            some = _chosen(select(_calls.call_id), query, names).limit(most).subquery()
            return int(connection.execute(select(func.count()).select_from(some)).scalar_one())

    def desks(self) -> list[str]:
        """Return the names of desks, where there are several."""
        with translated(CANNOT), self._engine.begin() as connection:
            return sorted(desks.shown(connection).values())

    def ended(self, calls: list[CallId]) -> list[CallId]:
        """Return those of `calls` that do not run any more."""
        query = select(_calls.call_id).where(_calls.call_id.in_(calls), _calls.outcome.is_not(None))
        with translated(CANNOT), self._engine.begin() as connection:
            found = set(connection.execute(query).scalars())
        return [call for call in calls if call in found]


def summary(
    row: Row[tuple[object, ...]], snippet: str = "", names: Mapping[str, str] = _NO_NAMES
) -> CallSummary:
    """Return a row of the table as a row of the list."""
    mapping = row._mapping
    return CallSummary(
        call_id=CallId(row.call_id),
        started_at=row.started_at,
        caller=row.caller,
        line=row.line,
        is_practice=row.is_practice,
        outcome=_outcome(row.outcome),
        duration_ms=row.duration_ms,
        handled_by=tuple(Party(who) for who in row.handled_by.split(",") if who in set(Party)),
        snippet=snippet,
        desk=names.get(row.desk_id, ""),
        score=mapping.get("score"),
        is_failed=bool(mapping.get("is_failed")),
    )


def has(word: str) -> ColumnElement[bool]:
    """Return the condition that a word beginning with `word` was said, or stands in a number."""
    digits = "".join(sign for sign in word if sign.isdigit())
    said = _calls.call_id.in_(words.calls_with(word))
    if digits and not any(sign.isalpha() for sign in word):
        return or_(said, _calls.caller.contains(digits), _calls.line.contains(digits))
    return or_(said, _calls.caller.icontains(word, autoescape=True))


def _chosen(
    query: Select[tuple[object, ...]], wanted: CallQuery, names: Mapping[str, str]
) -> Select[tuple[object, ...]]:
    joined = tables.calls.outerjoin(tables.figures, _figures.call_id == _calls.call_id)
    query = query.select_from(joined).where(*map(has, words.split(wanted.words)))
    if wanted.since is not None:
        query = query.where(_calls.started_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(_calls.started_at < wanted.until)
    if wanted.outcomes:
        query = query.where(_calls.outcome.in_(sorted(map(str, wanted.outcomes))))
    if not wanted.with_practice:
        query = query.where(_calls.is_practice.is_(False))
    if wanted.desk:
        ids = [desk_id for desk_id, name in names.items() if name == wanted.desk]
        query = query.where(_calls.desk_id.in_(ids))
    if wanted.handler is not None:
        query = query.where(_handled_by(wanted.handler))
    return query if wanted.score is None else query.where(_is_scored(wanted.score))


def _handled_by(handler: Handler) -> ColumnElement[bool]:
    is_agent = _calls.handled_by.contains(Party.AGENT.value)
    if handler is Handler.AGENT:
        return is_agent
    is_ai = _calls.handled_by.contains(Party.ASSISTANT.value)
    return and_(is_ai, ~is_agent) if handler is Handler.AI else and_(~is_ai, ~is_agent)


def _is_scored(score: ScoreRange) -> ColumnElement[bool]:
    has_passed = _figures.is_failed.is_(False)
    match score:
        case ScoreRange.NONE:
            return _figures.score.is_(None)
        case ScoreRange.FAILED:
            return _figures.is_failed.is_(True)
        case ScoreRange.GOOD:
            return and_(has_passed, _figures.score >= GOOD_SCORE)
        case ScoreRange.POOR:
            return and_(has_passed, _figures.score < POOR_SCORE)
        case ScoreRange.FAIR:
            return and_(has_passed, _figures.score >= POOR_SCORE, _figures.score < GOOD_SCORE)


def _is_behind(place: Place) -> ColumnElement[bool]:
    same_moment = and_(_calls.started_at == place.started_at, _calls.call_id < str(place.call_id))
    return or_(_calls.started_at < place.started_at, same_moment)


def _outcome(word: str | None) -> Outcome | None:
    """Return what `word` says; an ending that a newer program named counts as completed."""
    if word is None:
        return None
    return Outcome(word) if word in set(Outcome) else Outcome.COMPLETED
