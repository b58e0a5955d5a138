"""Weeks of calls: summed by the clock on the wall, from figures that go with their calls. Both databases."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from copilot_desktop.calls.events import CallEnded, CallId, CallRinging, Outcome
from copilot_desktop.calls.trends import CallFigures, CallFilter, Figure, Week, monday
from copilot_desktop.store import Shared, Store, open_store
from copilot_desktop.store.copying import copy_to_server
from copilot_desktop.store.deletion import delete_calls
from copilot_desktop.store.judgements import KeptObjection, NewJudgement

BERLIN = ZoneInfo("Europe/Berlin")
REAL, ALL = CallFilter(), CallFilter(with_practice=True)
Desk = Callable[[str], Shared]


@pytest.fixture(params=["here", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    shared = request.getfixturevalue("desk")("One") if request.param == "server" else None
    store = open_store(tmp_path / "data", shared=shared)
    in_berlin(store)
    yield store
    store.close()


def in_berlin(store: Store) -> None:
    store._reader.trends.zone = BERLIN


def call(
    store: Store,
    name: str,
    began: datetime,
    outcome: Outcome | None = Outcome.COMPLETED,
    *,
    is_practice: bool = False,
) -> CallId:
    """Keep a call; without an outcome it still runs."""
    id = CallId(name)
    store.append(
        CallRinging(
            call_id=id, at_ms=0, caller="+15550100142", line="", started_at=began, is_practice=is_practice
        )
    )
    if outcome is not None:
        store.append(CallEnded(call_id=id, at_ms=9000, outcome=outcome, duration_ms=9000))
    return id


def measure(store: Store, *figures: CallFigures) -> None:
    asyncio.run(store.flush())
    asyncio.run(store.keep_figures(figures))


def weeks(store: Store, since: date, until: date, which: CallFilter = REAL) -> list[Week]:
    return asyncio.run(store.weeks(since, until, which))


def behind(store: Store, figure: Figure, week: date, which: CallFilter = REAL, limit: int = 9) -> list[str]:
    return [each.call_id for each in asyncio.run(store.calls_behind(figure, week, which, limit))]


def due(store: Store) -> list[CallId]:
    return asyncio.run(store.unmeasured(99))


def utc(*at: int) -> datetime:
    return datetime(*at, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_a_week_is_summed_from_the_figures_of_its_calls(store: Store) -> None:
    began = datetime(2026, 3, 9, 9, 0, tzinfo=BERLIN)
    calls = [call(store, f"c{n}", began + timedelta(hours=n)) for n in range(4)]
    call(store, "missed", began + timedelta(days=6), Outcome.MISSED)
    call(store, "running", began + timedelta(days=1), None)
    measure(
        store,
        CallFigures(call_id=calls[0], score=80.0, form="F", form_version=1, responses_ms=(400, 900, 1000)),
        CallFigures(call_id=calls[1], score=60.5, form="F", form_version=2, is_failed=True, take_overs=0),
        CallFigures(call_id=calls[2], take_overs=2, responses_ms=(100, 300, 500, 600, 700, 800, 200)),
        CallFigures(call_id=CallId("missed")),
    )
    (week,) = weeks(store, date(2026, 3, 9), date(2026, 3, 16))
    assert week == Week(
        first_day=date(2026, 3, 9),
        calls=5,
        missed=1,
        unmeasured=1,
        scored=2,
        failed=1,
        score=70.25,
        timed=2,
        response_median_ms=550,
        response_p90_ms=900,
        talks=2,
        take_overs=2,
        forms=frozenset({("F", 1), ("F", 2)}),
    )
    assert behind(store, Figure.SCORE, week.first_day) == ["c1", "c0"]
    assert behind(store, Figure.RESPONSE, week.first_day) == ["c2", "c0"]
    assert behind(store, Figure.TAKE_OVERS, week.first_day) == ["c2"]
    assert behind(store, Figure.MISSED, week.first_day) == ["missed"]
    assert behind(store, Figure.SCORE, week.first_day, limit=1) == ["c1"]
    assert behind(store, Figure.SCORE, date(2026, 3, 2)) == []
    (shown,) = asyncio.run(store.calls_behind(Figure.TAKE_OVERS, week.first_day, REAL, 9))
    assert (shown.take_overs, shown.response_median_ms, shown.duration_ms) == (2, 500, 9000)
    assert shown.started_at == began + timedelta(hours=2)


def test_a_week_without_calls_is_there_and_has_no_points(store: Store) -> None:
    call(store, "a", utc(2026, 3, 4, 12))
    call(store, "b", utc(2026, 3, 18, 12))
    measure(store)
    found = weeks(store, date(2026, 3, 2), date(2026, 3, 23))
    assert [week.first_day for week in found] == [date(2026, 3, day) for day in (2, 9, 16)]
    assert [week.calls for week in found] == [1, 0, 1]
    assert [found[1].value(figure) for figure in Figure] == [None] * 4
    assert [found[1].second_value(figure) for figure in Figure] == [None] * 4
    assert [found[0].value(figure) for figure in Figure] == [None, None, None, 0]
    assert weeks(store, date(2026, 3, 9), date(2026, 3, 9)) == []
    # A range that begins in mid-week begins with the next.
    assert [week.first_day.day for week in weeks(store, date(2026, 3, 3), date(2026, 3, 17))] == [9, 16]


@pytest.mark.parametrize(
    ("began", "week"),
    [
        # The clocks go forward on 29 March: this Sunday has 23 hours.
        (utc(2026, 3, 22, 22, 59), date(2026, 3, 16)),
        (utc(2026, 3, 22, 23, 0), date(2026, 3, 23)),
        (utc(2026, 3, 29, 21, 59), date(2026, 3, 23)),
        (utc(2026, 3, 29, 22, 0), date(2026, 3, 30)),
        # And back on 25 October: this one has 25.
        (utc(2026, 10, 18, 21, 59), date(2026, 10, 12)),
        (utc(2026, 10, 18, 22, 0), date(2026, 10, 19)),
        (utc(2026, 10, 25, 22, 59), date(2026, 10, 19)),
        (utc(2026, 10, 25, 23, 0), date(2026, 10, 26)),
        # The last days of a year belong to the week that goes on into the next, which is its 53rd or first.
        (utc(2025, 12, 28, 23, 0), date(2025, 12, 29)),
        (utc(2025, 12, 31, 23, 30), date(2025, 12, 29)),
        (utc(2026, 12, 31, 22, 59), date(2026, 12, 28)),
        (utc(2027, 1, 3, 22, 59), date(2026, 12, 28)),
        (utc(2027, 1, 3, 23, 0), date(2027, 1, 4)),
    ],
)
def test_weeks_are_those_of_the_wall_clock(store: Store, began: datetime, week: date) -> None:
    id = call(store, "a", began)
    measure(store, CallFigures(call_id=id, score=50.0))
    since, until = week - timedelta(days=14), week + timedelta(days=21)
    found = {each.first_day: each.calls for each in weeks(store, since, until)}
    assert len(found) == 5
    assert {first_day for first_day, count in found.items() if count} == {week}
    # The borders of a range are the same as those of its weeks.
    assert [each.calls for each in weeks(store, week, week + timedelta(days=7))] == [1]
    assert behind(store, Figure.SCORE, week) == ["a"]
    for other in (week - timedelta(days=7), week + timedelta(days=7)):
        assert behind(store, Figure.SCORE, other) == []
        assert [each.calls for each in weeks(store, other, other + timedelta(days=7))] == [0]


def test_without_another_clock_it_is_this_computers(store: Store) -> None:
    store._reader.trends.zone = None
    began = datetime(2026, 6, 3, 12).astimezone()
    call(store, "a", began)
    measure(store)
    assert [week.calls for week in weeks(store, date(2026, 6, 1), date(2026, 6, 8))] == [1]
    assert monday(date(2026, 6, 7)) == date(2026, 6, 1)


def test_practice_is_left_out_unless_it_is_asked_for(store: Store) -> None:
    real, practice = (
        call(store, "real", utc(2026, 3, 10)),
        call(store, "p", utc(2026, 3, 11), is_practice=True),
    )
    measure(store, CallFigures(call_id=real, score=80.0), CallFigures(call_id=practice, score=20.0))
    span = date(2026, 3, 9), date(2026, 3, 16)
    assert [(week.calls, week.score) for week in weeks(store, *span)] == [(1, 80)]
    assert [(week.calls, week.score) for week in weeks(store, *span, ALL)] == [(2, 50)]
    assert behind(store, Figure.SCORE, span[0]) == ["real"]
    assert behind(store, Figure.SCORE, span[0], ALL) == ["p", "real"]


def test_a_deleted_call_takes_its_figures_along_and_they_do_not_come_back(store: Store) -> None:
    kept, gone = call(store, "kept", utc(2026, 3, 10)), call(store, "gone", utc(2026, 3, 10))
    figures = [CallFigures(call_id=id, score=70.0) for id in (kept, gone)]
    measure(store, *figures)
    assert due(store) == []
    recordings = store.recordings
    assert asyncio.run(store.change(lambda engine: delete_calls(engine, recordings, [gone]))) == 1
    # Worked out before the call was deleted, and written after it.
    measure(store, *figures)

    def left(engine: object) -> list[str]:
        from sqlalchemy import Engine, select

        from copilot_desktop.store import tables

        assert isinstance(engine, Engine)
        with engine.begin() as connection:
            return list(connection.execute(select(tables.figures.c.call_id)).scalars())

    assert asyncio.run(store.change(left)) == ["kept"]
    assert [week.calls for week in weeks(store, date(2026, 3, 9), date(2026, 3, 16))] == [1]


def test_calls_are_due_until_measured_and_again_when_judged_or_objected_to(store: Store) -> None:
    first, second = call(store, "a", utc(2026, 3, 10)), call(store, "b", utc(2026, 3, 11))
    call(store, "running", utc(2026, 3, 12), None)
    asyncio.run(store.flush())
    assert due(store) == [second, first]
    assert asyncio.run(store.unmeasured(1)) == [second]
    assert asyncio.run(store.unmeasured(9, [first, CallId("running"), CallId("unknown")])) == [first]
    assert asyncio.run(store.unmeasured(9, [])) == []
    measure(store, CallFigures(call_id=first), CallFigures(call_id=second))
    assert due(store) == []

    at = utc(2026, 3, 13)
    judgement = NewJudgement(
        judged_at=at, form_id="f", form_version=1, prompt_hash="", judge="", verdict="{}", raw="{}"
    )
    asyncio.run(store.add_judgement(first, judgement))
    assert due(store) == [first]
    measure(store, CallFigures(call_id=first, score=90.0, judgements=1))
    assert due(store) == []
    objection = KeptObjection(criterion_id="c", old_answer="", new_answer="yes", made_by="agent", made_at=at)
    asyncio.run(store.object_to(first, 1, objection))
    # What was worked out without it does not count as today's, even if it is written only now.
    measure(store, CallFigures(call_id=first, score=90.0, judgements=1))
    assert due(store) == [first]
    measure(store, CallFigures(call_id=first, score=95.0, judgements=2))
    assert due(store) == []
    assert [week.score for week in weeks(store, date(2026, 3, 9), date(2026, 3, 16))] == [95]


@pytest.mark.allow_warnings
def test_calls_of_a_killed_program_are_due_at_the_next_start(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    call(store, "ended", utc(2026, 3, 10))
    call(store, "cut off", utc(2026, 3, 11), None)
    store.close()
    store = open_store(tmp_path)
    assert due(store) == [CallId("ended")]
    store.repair()
    assert due(store) == [CallId("cut off"), CallId("ended")]
    store.close()


def test_a_history_from_before_gets_the_table_and_all_its_calls_are_due(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    ids = [call(store, f"c{n}", utc(2026, 3, n + 1)) for n in range(3)]
    store.close()
    with sqlite3.connect(tmp_path / "calls.sqlite3") as database:
        database.execute("DROP TABLE figures")
        database.execute("UPDATE alembic_version SET version_num = '0006'")
    database.close()
    store = open_store(tmp_path)
    assert due(store) == ids[::-1]
    store.close()


def test_figures_worked_out_in_an_older_way_are_due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(tmp_path)
    id = call(store, "a", utc(2026, 3, 10))
    measure(store, CallFigures(call_id=id))
    assert due(store) == []
    monkeypatch.setattr("copilot_desktop.store.trends.RECIPE", 2)
    assert due(store) == [id]
    store.close()


def test_a_desk_leaves_the_newest_calls_of_another_to_it(tmp_path: Path, desk: Desk) -> None:
    one, two = (open_store(tmp_path / name, shared=desk(name)) for name in ("1", "2"))
    now = datetime.now(UTC)
    new, old = call(one, "new", now - timedelta(hours=1)), call(one, "old", now - timedelta(days=2))
    asyncio.run(one.flush())
    assert due(one) == [new, old]
    assert due(two) == [old]
    # Whoever is told that one has changed, here, measures it whosever it is.
    assert asyncio.run(two.unmeasured(9, [new])) == [new]
    measure(two, CallFigures(call_id=old))
    assert due(one) == [new]
    one.close()
    two.close()


def test_figures_are_copied_along_with_their_calls(tmp_path: Path, desk: Desk) -> None:
    store = open_store(tmp_path / "a")
    id = call(store, "a", utc(2026, 3, 10))
    measure(store, CallFigures(call_id=id, score=66.0))
    store.close()
    shared = desk("One")
    copy_to_server(tmp_path / "a", shared.url, "One", lambda done, total: None)
    there = open_store(tmp_path / "b", shared=shared)
    in_berlin(there)
    assert [week.score for week in weeks(there, date(2026, 3, 9), date(2026, 3, 16))] == [66]
    assert due(there) == []
    there.close()
