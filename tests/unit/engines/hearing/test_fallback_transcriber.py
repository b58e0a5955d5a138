"""When a transcriber fails in the middle of a turn, the next one hears the whole turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from copilot_desktop.audio.frame import FRAME_MS
from copilot_desktop.calls.errors import EngineFault, EngineUnavailable
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import HeardStage
from tests.support.played_ears import CALL, Caller, PlayedEars, PlayedHearing, PlayedTranscriber
from tests.support.virtual_time import run_virtual

pytestmark = pytest.mark.allow_warnings


def test_the_first_that_works_hears_alone() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        ears = PlayedEars(first, second)
        async with ears.caller() as caller:
            await caller.turn()
            await caller.turn(700)
            await caller.silence(500)
            assert caller.finals() == ["25 loud", "35 loud"]
            assert caller.stages().count(HeardStage.PAUSED) == 2
        assert (second.hearings, first.open_count) == ([], 0)
        assert ears.health.status().latency_ms == 200
        assert ears.switches == []

    run_virtual(main())


def test_broken_off_in_mid_turn_the_next_hears_it_from_its_beginning() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        ears = PlayedEars(first, second)
        async with ears.caller() as caller:
            start_ms = caller.at_ms
            await caller.speak(400)
            assert ears.switches == []
            first.hearings[0].break_off(EngineUnavailable("ears", fault=EngineFault.BROKEN_OFF))
            await caller.silence(20)
            assert ears.switches == [(EngineFault.BROKEN_OFF, False)]
            await caller.turn(580)
            await caller.silence(400)
            assert caller.finals() == ["49 loud"]
            assert caller.error is None
            hearing = second.hearings[0]
            assert hearing.started[0] == start_ms
            assert hearing.frames[0].at_ms == start_ms - 400
            times = [frame.at_ms for frame in hearing.frames]
            assert times == list(range(times[0], caller.at_ms, FRAME_MS))
        assert ears.switches == [(EngineFault.BROKEN_OFF, False)]

    run_virtual(main())


def test_a_commit_that_is_not_answered_goes_to_the_next_in_time() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        ears = PlayedEars(first, second)
        async with ears.caller() as caller:
            await caller.turn()
            await caller.silence(500)
            first.delay_s = None
            committed_s = await caller.turn(700)
            await caller.silence(3000)
            assert caller.finals() == ["25 loud", "35 loud"]
            # The longer the turn the longer the patience, a little.
            assert 1.5 + 0.2 < caller.heard[-1][0] - committed_s < 1.5 + 0.2 + 0.1
        assert ears.switches == [(EngineFault.TOO_SLOW, False)]

    run_virtual(main())


def test_a_pause_that_is_not_answered_goes_to_the_next() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(delay_s=None), PlayedTranscriber()
        async with PlayedEars(first, second).caller() as caller:
            await caller.speak()
            await caller.silence(140)
            caller.hearing.pause()
            await caller.silence(1900)
            last = caller.heard[-1][1]
            assert (last.stage, last.text) == (HeardStage.PAUSED, "25 loud")
            assert second.hearings[0].pauses == 1

    run_virtual(main())


def test_a_pause_overtaken_by_speech_needs_no_answer() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(delay_s=None), PlayedTranscriber()
        first.has_partials = False
        async with PlayedEars(first, second).caller() as caller:
            await caller.speak()
            await caller.silence(140)
            caller.hearing.pause()
            await caller.silence(60)
            await caller.speak(2500)
            assert second.hearings == []
            first.delay_s = 0.2
            caller.hearing.commit()
            await caller.silence(400)
            assert caller.finals() == ["150 loud"]

    run_virtual(main())


def test_words_that_still_move_are_an_answer_to_a_pause() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(delay_s=None), PlayedTranscriber()
        async with PlayedEars(first, second).caller() as caller:
            await caller.speak()
            await caller.silence(140)
            caller.hearing.pause()
            await caller.silence(200)
            first.hearings[0].partial()
            await caller.silence(3000)
            assert second.hearings == []

    run_virtual(main())


def test_words_nobody_asked_for_are_not_final() -> None:
    async def main() -> None:
        first = PlayedTranscriber(delay_s=0)
        async with PlayedEars(first).caller() as caller:
            first.hearings[0].commit()
            await caller.turn()
            await caller.silence(100)
            assert caller.finals() == ["25 loud"]

    run_virtual(main())


def test_moving_words_do_not_pile_up() -> None:
    async def main() -> None:
        async with PlayedEars(PlayedTranscriber(delay_s=0)).transcriber.open(CALL, Party.CALLER) as hearing:
            caller = Caller(hearing)
            await caller.silence(500)
            await caller.turn(3000)
            await caller.silence(100)
            listening = asyncio.create_task(caller.listen())
            await caller.silence(100)
            assert caller.stages() == [HeardStage.PAUSED, HeardStage.FINAL]
        await listening

    run_virtual(main())


def test_one_that_has_failed_before_is_asked_again_if_the_next_fails_too() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        async with PlayedEars(first, second).caller() as caller:
            first.hearings[0].break_off(EngineUnavailable("one"))
            await caller.turn()
            await caller.silence(300)
            second.hearings[0].break_off(EngineUnavailable("two"))
            await caller.turn(700)
            await caller.silence(300)
            assert caller.finals() == ["25 loud", "35 loud"]
            assert caller.error is None
            assert len(first.hearings) == 2

    run_virtual(main())


def test_every_commit_gets_one_final_in_order_across_a_switch() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        async with PlayedEars(first, second).caller() as caller:
            await caller.turn(400)
            await caller.silence(400)
            first.delay_s = 1.4
            for duration_ms in (300, 500, 700):
                await caller.speak(duration_ms)
                await caller.silence(440)
                caller.hearing.commit()
            first.hearings[0].break_off(EngineUnavailable("ears"))
            await caller.silence(3000)
            assert caller.finals() == ["20 loud", "15 loud", "25 loud", "35 loud"]
            times = [frame.at_ms for frame in second.hearings[0].frames]
            assert times == sorted(set(times))

    run_virtual(main())


def test_late_words_of_one_given_up_are_not_heard() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(delay_s=2.0), PlayedTranscriber(delay_s=0.9)
        async with PlayedEars(first, second).caller() as caller:
            await caller.turn()
            await caller.silence(4000)
            assert caller.finals() == ["25 loud"]

    run_virtual(main())


def test_one_that_does_not_open_costs_no_words() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(opening_s=60), PlayedTranscriber()
        async with PlayedEars(first, second).caller() as caller:
            await caller.turn()
            await caller.silence(2000)
            assert caller.finals() == ["25 loud"]

    run_virtual(main())


def test_one_that_does_not_open_is_given_up_before_anybody_speaks() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(opening_s=60), PlayedTranscriber()
        async with PlayedEars(first, second).caller() as caller:
            await caller.silence(3500)
            assert second.open_count == 1

    run_virtual(main())


def test_one_that_opens_slowly_costs_no_words_either() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(opening_s=1.8), PlayedTranscriber()
        async with PlayedEars(first, second).caller() as caller:
            await caller.turn()
            await caller.silence(500)
            assert caller.finals() == ["25 loud"]
            assert second.hearings == []

    run_virtual(main())


def test_a_hearing_that_ends_by_itself_has_failed() -> None:
    async def main() -> None:
        class Ending(PlayedTranscriber):
            @asynccontextmanager
            async def open(self, call: CallId, party: Party) -> AsyncIterator[PlayedHearing]:
                async with super().open(call, party) as hearing:
                    hearing.break_off(StopAsyncIteration())
                    yield hearing

        second = PlayedTranscriber()
        async with PlayedEars(Ending(), second).caller() as caller:
            await caller.turn()
            await caller.silence(400)
            assert caller.finals() == ["25 loud"]

    run_virtual(main())


def test_of_very_long_turns_the_last_minute_is_kept() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        async with PlayedEars(first, second).caller() as caller:
            start_ms = caller.at_ms
            await caller.speak(80_000)
            first.hearings[0].break_off(EngineUnavailable("ears"))
            await caller.silence(200)
            hearing = second.hearings[0]
            assert 59 * 50 <= len(hearing.frames) <= 61 * 50
            assert hearing.started == [start_ms]
            caller.hearing.commit()
            await caller.silence(400)
            assert len(caller.finals()) == 1

    run_virtual(main())
