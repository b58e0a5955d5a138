"""Whether calls ring here: the agent's choice, and the opening hours by an injected clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from copilot_desktop.calls.desk import Answer
from copilot_desktop.calls.events import EventFeed, Fact, Readiness, ReadyChanged, Treatment
from copilot_desktop.calls.readiness import ReadySwitch, local_time
from copilot_desktop.calls.states import Mode
from tests.support.virtual_call import CALL, SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual

MORNING = datetime(2026, 3, 12, 8, 57, 30)


class Office:
    """Open from nine to five."""

    def is_open(self, moment: datetime) -> bool:
        return 9 <= moment.hour < 17


def clock(start: datetime) -> Callable[[], datetime]:
    """Return a wall clock that runs with the loop's."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    return lambda: start + timedelta(seconds=loop.time() - began_s)


def told(facts: list[Fact]) -> list[Readiness]:
    return [fact.readiness for fact in facts if isinstance(fact, ReadyChanged)]


def test_opening_and_closing_are_told_in_their_minute() -> None:
    async def main() -> list[Readiness]:
        feed, facts, moments = EventFeed(), list[Fact](), list[datetime]()
        now = clock(MORNING)
        feed.subscribe(facts.append)
        feed.subscribe(lambda fact: moments.append(now()))
        switch = ReadySwitch(feed, Office(), now)
        assert switch.state is Readiness.CLOSED
        watching = asyncio.create_task(switch.watch())
        await asyncio.sleep(9 * 3600)
        watching.cancel()
        await asyncio.wait({watching})
        assert [(moment.hour, moment.minute, moment.second) for moment in moments] == [(9, 0, 0), (17, 0, 0)]
        return told(facts)

    assert run_virtual(main()) == [Readiness.READY, Readiness.CLOSED]


def test_the_agents_choice_comes_before_the_hours_and_nothing_is_told_twice() -> None:
    async def main() -> list[Readiness]:
        feed, facts = EventFeed(), list[Fact]()
        feed.subscribe(facts.append)
        switch = ReadySwitch(feed, None, clock(MORNING))
        for is_ready in (True, False, False, True):
            switch.set(is_ready)
        switch.follow(Office())
        switch.follow(Office())
        switch.set(False)
        return told(facts)

    assert run_virtual(main()) == [
        Readiness.NOT_READY,
        Readiness.READY,
        Readiness.CLOSED,
        Readiness.NOT_READY,
    ]


def test_a_call_is_measured_by_the_clock_of_its_moment() -> None:
    settings = replace(SETTINGS, opening_hours=Office(), closed=Treatment.VOICEMAIL)

    async def main() -> None:
        call = VirtualCall(settings=settings, now=clock(MORNING))
        before = call.desk.readiness
        assert before is Readiness.CLOSED
        assert await call.ring() is Answer.CONNECT
        assert call.view.treatment is Treatment.VOICEMAIL
        await call.hang_up()
        await asyncio.sleep(150)
        # Nobody has watched the hours meanwhile.
        after = call.desk.readiness
        assert after is Readiness.READY

    run_virtual(main())


def test_other_settings_are_for_calls_to_come() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=replace(SETTINGS, unanswered=Mode.AI_SPEAKS))
        first = asyncio.create_task(call.ring())
        await asyncio.sleep(1)
        call.desk.apply(replace(SETTINGS, unanswered=None, opening_hours=Office()))
        assert await first is Answer.CONNECT
        assert call.view.mode is Mode.AI_SPEAKS
        await call.hang_up()
        return call

    run_virtual(main())


def test_local_time_has_its_zone() -> None:
    assert local_time().tzinfo is not None


def test_an_agent_who_is_not_ready_is_not_rung() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(settings=replace(SETTINGS, closed=None))
        call.desk.set_ready(False)
        assert call.desk.readiness is Readiness.NOT_READY
        assert await call.ring() is Answer.REJECT
        call.desk.set_ready(True)
        await asyncio.sleep(1)
        # Asked again about the same call, the answer is the same.
        assert await call.ring() is Answer.REJECT
        assert CALL not in [view.call_id for view in call.desk.live_calls()]
        return call

    assert told(run_virtual(main()).facts) == [Readiness.NOT_READY, Readiness.READY]
