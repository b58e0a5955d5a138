"""Which transcriber serves after failures: ways back, refusals, several calls, and the end of all."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from copilot_desktop.calls.engine_status import EngineState
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected, EngineUnavailable
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.engines.scripted import ScriptedTranscriber
from tests.support.played_ears import PlayedEars, PlayedTranscriber
from tests.support.virtual_time import run_virtual

pytestmark = pytest.mark.allow_warnings


@pytest.mark.parametrize("delay_s", [0.1, 0.4])
def test_a_better_one_hears_a_turn_unseen_before_it_serves_again(delay_s: float) -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber(delay_s=delay_s)
        ears = PlayedEars(first, second)
        async with ears.caller() as caller:
            first.hearings[0].break_off(EngineUnavailable("ears", fault=EngineFault.SERVER_FAILED))
            await caller.silence(5000)
            assert len(first.hearings) == 2
            await caller.turn()
            await caller.silence(500)
            assert ears.health.status().state is EngineState.READY
            assert (first.open_count, second.open_count) == (1, 0)
            await caller.turn(700)
            await caller.silence(500)
            assert caller.finals() == ["25 loud", "35 loud"]
            assert len(second.hearings) == 1
        assert ears.switches == [(EngineFault.SERVER_FAILED, False), (EngineFault.SERVER_FAILED, True)]
        assert (first.open_count, second.open_count) == (0, 0)

    run_virtual(main())


def test_a_better_one_comes_back_between_two_turns_only() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        async with PlayedEars(first, second).caller() as caller:
            first.hearings[0].break_off(EngineUnavailable("ears"))
            await caller.silence(5000)
            first.delay_s = 0.5
            await caller.turn()
            await caller.silence(100)
            await caller.speak(1000)
            assert (caller.finals(), second.open_count) == (["25 loud"], 1)
            await caller.silence(300)
            caller.hearing.commit()
            await caller.silence(600)
            assert (caller.finals(), second.open_count) == (["25 loud", "50 loud"], 0)

    run_virtual(main())


def test_a_deaf_one_never_serves_again() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        async with PlayedEars(first, second).caller() as caller:
            first.hearings[0].break_off(EngineUnavailable("ears"))
            first.is_deaf = True
            await caller.silence(5000)
            for _ in range(3):
                await caller.turn()
                await caller.silence(500)
            assert caller.finals() == ["25 loud"] * 3

    run_virtual(main())


def test_a_call_that_ends_leaves_the_trial_to_others() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        ears = PlayedEars(first, second)
        async with ears.caller() as caller:
            first.hearings[0].break_off(EngineUnavailable("ears"))
            first.opening_s = 3
            await caller.silence(2500)
        assert ears.health.begin_trial(0)

    run_virtual(main())


def test_an_ear_that_closes_has_no_trouble_any_more() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        ears = PlayedEars(first, second)
        async with ears.caller() as caller:
            async with ears.caller(Party.AGENT) as agent:
                first.hearings[1].break_off(EngineUnavailable("ears"))
                await agent.turn()
                await agent.silence(300)
                await caller.turn()
                await caller.silence(300)
                assert len(ears.switches) == 1
            assert [is_recovered for _, is_recovered in ears.switches] == [False, True]

    run_virtual(main())


def test_a_better_one_that_opens_but_never_answers_does_not_serve_again() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(delay_s=None), PlayedTranscriber()
        ears = PlayedEars(first, second)
        async with ears.caller() as caller:
            for _ in range(8):
                await caller.turn()
                await caller.silence(3000)
            assert caller.finals() == ["25 loud"] * 8
            assert 2 <= len(first.hearings) <= 5
        assert ears.switches == [(EngineFault.TOO_SLOW, False)]

    run_virtual(main())


def test_one_refused_is_not_tried_until_somebody_has_changed_something() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        first.refusal = EngineRejected("ears", fault=EngineFault.KEY_REFUSED)
        ears = PlayedEars(first, second)
        async with ears.caller() as caller:
            first.refusal = None
            for _ in range(3):
                await caller.turn()
                await caller.silence(60_000)
            assert first.hearings == []
            ears.health.reconsider()
            for _ in range(2):
                await caller.turn()
                await caller.silence(3000)
            assert len(first.hearings) == 1
            assert ears.switches == [(EngineFault.KEY_REFUSED, False), (EngineFault.KEY_REFUSED, True)]

    run_virtual(main())


def test_a_new_call_does_not_wait_for_one_at_rest() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(opening_s=60), PlayedTranscriber()
        ears = PlayedEars(first, second)
        for number in range(2):
            async with ears.caller(call=CallId(f"call-{number}")) as caller:
                await caller.turn()
                await caller.silence(3000)
        async with ears.caller(call=CallId("call-3")) as caller:
            committed_s = await caller.turn()
            await caller.silence(500)
            assert caller.heard[-1][0] - committed_s == pytest.approx(0.2)

    run_virtual(main())


def test_all_that_fail_at_once_are_told_on_entering() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        first.refusal = EngineRejected("one", fault=EngineFault.NO_CREDIT)
        second.refusal = EngineUnavailable("two", fault=EngineFault.NOT_LOADED)
        ears = PlayedEars(first, second)
        for _ in range(3):
            begun_s = asyncio.get_running_loop().time()
            with pytest.raises(EngineError) as raised:
                async with ears.caller():
                    pass
            assert raised.value.fault is EngineFault.NOT_LOADED
            assert asyncio.get_running_loop().time() - begun_s < 0.1
        assert ears.health.status().state is EngineState.FAILED

    run_virtual(main())


def test_when_the_last_fails_in_mid_call_the_listener_is_told() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        async with PlayedEars(first, second).caller() as caller:
            first.hearings[0].break_off(EngineUnavailable("one"))
            await caller.silence(100)
            second.hearings[0].break_off(EngineUnavailable("two", fault=EngineFault.SERVER_FAILED))
            await caller.silence(100)
            assert caller.error is not None
            assert caller.error.fault is EngineFault.SERVER_FAILED
            await caller.turn()  # Goes nowhere, and does no harm.

    run_virtual(main())


def test_the_last_is_given_more_time_but_not_for_ever() -> None:
    async def main() -> None:
        only = PlayedTranscriber(delay_s=4)
        async with PlayedEars(only).caller() as caller:
            await caller.turn()
            await caller.silence(5000)
            assert caller.finals() == ["25 loud"]
            only.delay_s = None
            await caller.turn()
            await caller.silence(7500)
            assert caller.error is not None
            assert caller.error.fault is EngineFault.TOO_SLOW

    run_virtual(main())


def test_two_calls_and_two_ears_go_their_own_ways() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        ears = PlayedEars(first, second)
        async with ears.caller() as caller, ears.caller(Party.AGENT) as agent:
            first.hearings[0].break_off(EngineUnavailable("ears"))
            await asyncio.gather(caller.turn(400), agent.turn(600))
            await asyncio.gather(caller.silence(400), agent.silence(400))
            assert (caller.finals(), agent.finals()) == (["20 loud"], ["30 loud"])
            assert len(second.hearings) == 1

    run_virtual(main())


def test_behind_a_broken_engine_a_script_keeps_its_order() -> None:
    async def main() -> None:
        first = PlayedTranscriber(delay_s=None)
        async with PlayedEars(
            first, ScriptedTranscriber(["one two", "three four"], delay_s=0.1)
        ).caller() as caller:
            for _ in range(2):
                await caller.turn()
                await caller.silence(3000)
            assert caller.finals() == ["one two", "three four"]

    run_virtual(main())


def test_closing_leaves_nothing_behind_whatever_is_going_on() -> None:
    async def main() -> None:
        for after_ms in range(0, 6000, 240):
            first, second = PlayedTranscriber(delay_s=None, opening_s=0.1), PlayedTranscriber()
            ears = PlayedEars(first, second)
            with suppress(TimeoutError):
                async with ears.caller() as caller, asyncio.timeout(after_ms / 1000):
                    for _ in range(4):
                        await caller.turn()
                        await caller.silence(1000)
            assert (first.open_count, second.open_count) == (0, 0)

    run_virtual(main())
