"""Calls are found page by page, by what was said and what is known of them, on both databases alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot_desktop.calls.archive import CallQuery, FoundCalls, Handler, Place, ScoreRange
from copilot_desktop.calls.events import CallEnded, CallId, Outcome, Party
from copilot_desktop.calls.trends import CallFigures
from copilot_desktop.store import Shared, Store, open_store
from tests.unit.store.stories import STARTED, keep, ringing, said

AI, AGENT = Party.ASSISTANT, Party.AGENT


@pytest.fixture(params=["here", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    shared: Shared | None = None
    if request.param == "server":
        desk: Callable[[str], Shared] = request.getfixturevalue("desk")
        shared = desk("One")
    store = open_store(tmp_path / "data", shared=shared)
    yield store
    store.close()


def call(
    store: Store,
    name: str,
    *words: tuple[Party, str],
    minute: int = 0,
    outcome: Outcome | None = Outcome.COMPLETED,
    is_practice: bool = False,
    score: float | None = None,
    is_failed: bool = False,
) -> None:
    keep(store, replace(ringing(name, minute=minute), is_practice=is_practice))
    for number, (party, text) in enumerate(words):
        keep(store, said(name, text, 1000 * (number + 1), party))
    if outcome is not None:
        keep(store, CallEnded(call_id=CallId(name), at_ms=9000, outcome=outcome, duration_ms=9000))
    asyncio.run(store.flush())
    if score is not None or is_failed:
        figures = CallFigures(call_id=CallId(name), score=score, is_failed=is_failed)
        asyncio.run(store.keep_figures([figures]))


def find(store: Store, after: Place | None = None, limit: int = 100, **query: object) -> FoundCalls:
    return asyncio.run(store.find(CallQuery(**query), after, limit))  # type: ignore[arg-type]


def names(found: FoundCalls) -> list[str]:
    return [str(each.call_id) for each in found.calls]


def test_every_filter_leaves_out_what_it_says(store: Store) -> None:
    call(store, "ai", (AI, "hello"), minute=1, score=82)
    call(store, "both", (AI, "hello"), (AGENT, "hi there"), minute=2, score=61)
    call(store, "poor", (AGENT, "what"), minute=3, score=12)
    call(store, "failed", (AGENT, "what"), minute=4, score=90, is_failed=True)
    call(store, "missed", minute=5, outcome=Outcome.MISSED)
    call(store, "practice", (AI, "hello"), minute=6, is_practice=True)
    call(store, "running", (AI, "hello"), minute=7, outcome=None)
    assert names(find(store)) == ["running", "practice", "missed", "failed", "poor", "both", "ai"]
    assert "practice" not in names(find(store, with_practice=False))
    assert names(find(store, outcomes=frozenset({Outcome.MISSED, Outcome.DECLINED}))) == ["missed"]
    assert names(find(store, handler=Handler.NOBODY)) == ["missed"]
    assert names(find(store, handler=Handler.AI)) == ["running", "practice", "ai"]
    assert names(find(store, handler=Handler.AGENT)) == ["failed", "poor", "both"]
    assert names(find(store, score=ScoreRange.GOOD)) == ["ai"]
    assert names(find(store, score=ScoreRange.FAIR)) == ["both"]
    assert names(find(store, score=ScoreRange.POOR)) == ["poor"]
    assert names(find(store, score=ScoreRange.FAILED)) == ["failed"]
    assert names(find(store, score=ScoreRange.NONE)) == ["running", "practice", "missed"]
    since, until = STARTED + timedelta(minutes=2), STARTED + timedelta(minutes=4)
    assert names(find(store, since=since, until=until)) == ["poor", "both"]
    assert names(find(store, words="hel", handler=Handler.AGENT)) == ["both"]
    assert names(find(store, words="!?")) == []
    assert asyncio.run(store.count(CallQuery(), 100)) == 7
    assert asyncio.run(store.count(CallQuery(), 3)) == 3
    assert asyncio.run(store.count(CallQuery(words="hello"), 100)) == 4
    assert asyncio.run(store.count(CallQuery(words="!?"), 100)) == 0
    (ai,) = find(store, score=ScoreRange.GOOD).calls
    assert (ai.score, ai.is_failed) == (82, False)


def test_a_desks_calls_are_found_by_its_name(tmp_path: Path, desk: Callable[[str], Shared]) -> None:
    one = open_store(tmp_path / "1", shared=desk("Front"))
    assert asyncio.run(one.desks()) == []
    two = open_store(tmp_path / "2", shared=desk("Workshop"))
    call(one, "a", minute=1)
    call(two, "b", minute=2)
    assert asyncio.run(one.desks()) == ["Front", "Workshop"]
    assert names(find(one, desk="Workshop")) == ["b"]
    assert names(find(two, desk="Front")) == ["a"]
    assert names(find(two, desk="Nobody")) == []
    one.close()
    two.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minutes=st.lists(st.integers(0, 3), min_size=1, max_size=20),
    limit=st.integers(1, 6),
    late=st.lists(st.integers(0, 5), max_size=4),
)
def test_pages_leave_none_out_and_double_none(
    tmp_path_factory: pytest.TempPathFactory, minutes: list[int], limit: int, late: list[int]
) -> None:
    """Whatever begins at the same moment, and whatever comes while somebody turns pages."""
    store = open_store(tmp_path_factory.mktemp("pages"))
    try:
        for number, minute in enumerate(minutes):
            keep(store, ringing(f"c{number:03}", minute=minute))
        asyncio.run(store.flush())
        whole = names(find(store))
        seen: list[str] = []
        after: Place | None = None
        coming = list(late)
        while True:
            found = find(store, after, limit)
            seen += names(found)
            if coming:
                keep(store, ringing(f"new{len(coming)}", minute=10 + coming.pop()))
                asyncio.run(store.flush())
            if found.next is None:
                break
            after = found.next
        assert [name for name in seen if not name.startswith("new")] == whole
        assert len(seen) == len(set(seen))
    finally:
        store.close()


def test_deleting_takes_all_of_a_call_and_leaves_what_runs(store: Store) -> None:
    call(store, "gone", (AI, "secret"), minute=1, score=50)
    call(store, "stays", (AI, "hello"), minute=2)
    call(store, "running", (AI, "hello"), minute=3, outcome=None)
    assert asyncio.run(store.delete([CallId("gone"), CallId("running"), CallId("unknown")])) == 1
    assert names(find(store)) == ["running", "stays"]
    assert names(find(store, words="secret")) == []
    assert asyncio.run(store.read(CallId("gone"))) == []
    assert asyncio.run(store.delete([])) == 0


def test_a_place_has_a_zone(store: Store) -> None:
    call(store, "a", minute=1)
    call(store, "b", minute=2)
    place = find(store, limit=1).next
    assert place is not None
    assert isinstance(place.started_at, datetime)
    assert place.started_at.tzinfo is not None
    assert names(find(store, place, limit=1)) == ["a"]
