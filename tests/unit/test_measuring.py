"""Figures of ended calls are kept: at the end, after each judgement, and at the start what is missing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from copilot_desktop import config
from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    JudgementChanged,
    Outcome,
)
from copilot_desktop.calls.trends import CallFilter, Week
from copilot_desktop.judging import Judging, Needs
from copilot_desktop.measuring import Measuring, MeasuringNeeds
from copilot_desktop.report import CallReport
from copilot_desktop.store import Store, open_store
from tests.support.virtual_time import run_virtual
from tests.unit.report.calls import CALL, known_call
from tests.unit.report.judging.planted import KNOWN, planted_events

SINCE, UNTIL = date(2026, 3, 9), date(2026, 3, 16)


@dataclass
class Office:
    """Measuring on a real history, with the reports of real judging and nobody who judges but people."""

    store: Store
    measuring: Measuring
    judging: Judging
    is_busy: bool = False

    def keep(self, name: str, events: Sequence[CallEvent]) -> CallId:
        id = CallId(name)
        for event in events:
            self.store.append(replace(event, call_id=id))
        return id

    async def week(self) -> Week:
        (week,) = await self.store.weeks(SINCE, UNTIL, CallFilter())
        return week


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = opened(tmp_path)
    yield office
    office.store.close()


def opened(folder: Path) -> Office:
    store, settings = open_store(folder), config.load(data_dir=folder)

    def changed(fact: JudgementChanged) -> None:
        made.measuring.look_at(fact.call_id)

    judging = Judging(Needs(lambda: settings, lambda: store, lambda: None, changed))
    needs = MeasuringNeeds(lambda: made.store, judging.report, is_busy=lambda: made.is_busy)
    made = Office(store, Measuring(needs), judging)
    return made


async def until(is_so: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    for _ in range(200):
        if await is_so():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came")


async def watched(office: Office, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    watch = asyncio.create_task(office.measuring.watch())
    try:
        await work()
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


def test_what_is_kept_is_what_the_report_says(office: Office) -> None:
    office.keep("a", known_call())

    async def main() -> None:
        await office.measuring.catch_up()
        week = await office.week()
        assert (week.calls, week.unmeasured, week.talks, week.take_overs) == (1, 0, 1, 1)
        assert (week.timed, week.response_median_ms, week.response_p90_ms) == (1, 1000, 2000)
        assert (week.scored, week.score, week.forms) == (0, None, frozenset())

    run_virtual(main())


def test_a_call_that_was_never_connected_has_no_figures_and_is_not_asked_for_again(office: Office) -> None:
    ringing = CallRinging(
        call_id=CALL, at_ms=0, caller="", line="", started_at=datetime(2026, 3, 12, 12, tzinfo=UTC)
    )
    office.keep("a", [ringing, CallEnded(call_id=CALL, at_ms=9, outcome=Outcome.MISSED, duration_ms=9)])

    async def main() -> None:
        await office.measuring.catch_up()
        week = await office.week()
        assert (week.calls, week.missed, week.unmeasured) == (1, 1, 0)
        assert (week.talks, week.take_overs, week.response_median_ms) == (0, None, None)
        assert await office.store.unmeasured(9) == []

    run_virtual(main())


def test_the_watch_follows_calls_that_end_and_answers_that_people_change(office: Office) -> None:
    async def work() -> None:
        call = office.keep("a", planted_events())
        office.measuring.look_at(call)

        async def is_measured() -> bool:
            return (await office.week()).talks == 1

        await until(is_measured)
        assert (await office.week()).score is None
        for criterion in KNOWN:
            await office.judging.object_to(call, criterion, "yes", "")

        async def is_scored() -> bool:
            return (await office.week()).score == 100

        await until(is_scored)
        assert len((await office.week()).forms) == 1
        await office.judging.object_to(call, "resolved", "no", "")

        async def has_fallen() -> bool:
            score = (await office.week()).score
            return score is not None and score < 100

        await until(has_fallen)

    run_virtual(watched(office, work))


@pytest.mark.allow_warnings
def test_what_a_killed_program_left_is_made_good_a_few_calls_at_a_time(tmp_path: Path) -> None:
    office = opened(tmp_path)
    for number in range(9):
        office.keep(f"c{number}", planted_events())
    office.keep("cut off", planted_events()[:-1])
    office.store.close()

    office = opened(tmp_path)
    office.store.repair()

    async def first_start() -> None:
        pace = asyncio.create_task(office.measuring.watch())

        async def some_are_kept() -> bool:
            return (await office.week()).unmeasured < 10

        await until(some_are_kept)
        # The program ends in the middle of it.
        pace.cancel()
        await asyncio.gather(pace, return_exceptions=True)
        assert (await office.week()).unmeasured == 6

    run_virtual(first_start())
    office.store.close()

    office = opened(tmp_path)

    async def second_start() -> None:
        await office.measuring.catch_up()
        week = await office.week()
        assert (week.calls, week.unmeasured, week.talks) == (10, 0, 10)

    run_virtual(second_start())
    office.store.close()


def test_while_calls_run_it_takes_its_time(office: Office) -> None:
    async def took_s() -> float:
        loop = asyncio.get_running_loop()
        for number in range(8):
            office.keep(f"{loop.time()}-{number}", planted_events())
        office.measuring.look_at(CallId("x"))
        office.measuring._is_all_due = True
        began = loop.time()
        await office.measuring.catch_up()
        return loop.time() - began

    async def main() -> None:
        quiet_s = await took_s()
        office.is_busy = True
        assert await took_s() > 5 * quiet_s

    run_virtual(main())


@pytest.mark.allow_warnings
def test_one_call_that_cannot_be_measured_keeps_no_other_from_it(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.keep("good", known_call())
    bad = office.keep("bad", known_call())

    async def report(events: Sequence[CallEvent]) -> CallReport:
        if events[0].call_id == bad:
            raise ValueError("the caller said something odd")
        return await office.judging.report(events)

    office.measuring = Measuring(MeasuringNeeds(lambda: office.store, report))

    async def main() -> None:
        await office.measuring.catch_up()
        week = await office.week()
        assert (week.calls, week.unmeasured, week.talks) == (2, 0, 1)
        assert await office.store.unmeasured(9) == []

    with caplog.at_level(logging.ERROR):
        run_virtual(main())
    assert "bad: could not be measured (ValueError)" in caplog.text
    assert "odd" not in caplog.text


@pytest.mark.allow_warnings
def test_a_history_that_cannot_be_written_is_tried_again(office: Office) -> None:
    office.keep("a", known_call())
    failures = [StoreError("The disk is full."), StoreError("The disk is full.")]

    async def report(events: Sequence[CallEvent]) -> CallReport:
        if failures:
            raise failures.pop()
        return await office.judging.report(events)

    office.measuring = Measuring(MeasuringNeeds(lambda: office.store, report))

    async def work() -> None:
        async def is_measured() -> bool:
            return (await office.week()).unmeasured == 0

        for _ in range(10):
            await asyncio.sleep(30)
            if await is_measured():
                return
        raise AssertionError("it never came")

    run_virtual(watched(office, work))


def test_more_news_than_are_remembered_lead_to_a_look_at_everything(office: Office) -> None:
    async def main() -> None:
        await office.measuring.catch_up()
        call = office.keep("a", known_call())
        for number in range(500):
            office.measuring.look_at(CallId(f"other {number}"))
        office.measuring.look_at(call)
        await office.measuring.catch_up()
        assert (await office.week()).unmeasured == 0

    run_virtual(main())
