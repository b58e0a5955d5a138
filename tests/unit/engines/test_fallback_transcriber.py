"""When a transcriber fails in the middle of a turn, the next one hears the whole turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from copilot_desktop.audio.frame import FRAME_MS, SILENCE, AudioFrame
from copilot_desktop.calls.engine_status import EnginePart, EngineState
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected, EngineUnavailable
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Heard, HeardStage, Hearing, Transcriber
from copilot_desktop.engines.engine_health import EngineHealth
from copilot_desktop.engines.fallback_transcriber import FallbackTranscriber
from copilot_desktop.engines.scripted import ScriptedTranscriber, tone
from tests.support.virtual_time import run_virtual

CALL = CallId("call-1")
LOUD = tone(FRAME_MS)

pytestmark = pytest.mark.allow_warnings


class PlayedTranscriber:
    """Its words are what it heard: "3 loud" frames. Slow, silent or broken, as the test wishes."""

    has_partials = True
    is_deaf = False

    def __init__(self, *, delay_s: float | None = 0.2, opening_s: float = 0.0) -> None:
        self.delay_s, self.opening_s = delay_s, opening_s
        """None: no words ever."""
        self.refusal: Exception | None = None
        self.hearings: list[PlayedHearing] = []
        self.open_count = 0

    @asynccontextmanager
    async def open(self, call: CallId, party: Party) -> AsyncIterator[PlayedHearing]:
        await asyncio.sleep(self.opening_s)
        if self.refusal is not None:
            raise self.refusal
        hearing = PlayedHearing(self)
        self.hearings.append(hearing)
        self.open_count += 1
        try:
            yield hearing
        finally:
            self.open_count -= 1


class PlayedHearing:
    def __init__(self, owner: PlayedTranscriber) -> None:
        self._owner = owner
        self.frames: list[AudioFrame] = []
        self.started: list[int] = []
        self.pauses = 0
        self._loud, self._is_open = 0, False
        self._out: asyncio.Queue[Heard | Exception] = asyncio.Queue()

    def feed(self, frame: AudioFrame) -> None:
        self.frames.append(frame)
        if frame.data == LOUD:
            self._loud += 1
            if self._loud % 10 == 0 and self._owner.has_partials:
                self.partial()

    def speech_started(self, at_ms: int) -> None:
        self.started.append(at_ms)
        if self._is_open:
            return
        self._is_open = True
        self._loud = sum(frame.data == LOUD and frame.at_ms >= at_ms - 400 for frame in self.frames)

    def pause(self) -> None:
        self.pauses += 1
        self._later(self._heard(HeardStage.PAUSED))

    def commit(self) -> None:
        self._later(self._heard(HeardStage.FINAL))
        self._loud, self._is_open = 0, False

    def partial(self) -> None:
        self._put(self._heard(HeardStage.PARTIAL))

    def break_off(self, error: Exception) -> None:
        self._put(error)

    def _heard(self, stage: HeardStage) -> Heard:
        text = f"{self._loud} loud" if self._loud and not self._owner.is_deaf else ""
        return Heard(text, stage, 0, self.frames[-1].at_ms)

    def _later(self, heard: Heard) -> None:
        if self._owner.delay_s is not None:
            asyncio.get_running_loop().call_later(self._owner.delay_s, self._put, heard)

    def _put(self, heard: Heard | Exception) -> None:
        self._out.put_nowait(heard)

    async def __aiter__(self) -> AsyncIterator[Heard]:
        while not isinstance(heard := await self._out.get(), Exception):
            yield heard
        raise heard


class Caller:
    """Talks into a hearing in real (virtual) time and keeps all words, with the moment they came."""

    def __init__(self, hearing: Hearing) -> None:
        self.hearing = hearing
        self.heard: list[tuple[float, Heard]] = []
        self.error: EngineError | None = None
        self.at_ms = 0

    async def listen(self) -> None:
        try:
            async for heard in self.hearing:
                self.heard.append((asyncio.get_running_loop().time(), heard))
        except EngineError as error:
            self.error = error

    async def silence(self, duration_ms: int) -> None:
        await self._feed(SILENCE, duration_ms)

    async def speak(self, duration_ms: int = 500) -> None:
        """200 ms later the detector notices."""
        start_ms = self.at_ms
        await self._feed(LOUD, 200)
        self.hearing.speech_started(start_ms)
        await self._feed(LOUD, duration_ms - 200)

    async def turn(self, duration_ms: int = 500) -> float:
        """Say something and fall silent; return when the turn was committed."""
        await self.speak(duration_ms)
        await self.silence(140)
        self.hearing.pause()
        await self.silence(300)
        self.hearing.commit()
        return asyncio.get_running_loop().time()

    async def _feed(self, frame: bytes, duration_ms: int) -> None:
        for _ in range(duration_ms // FRAME_MS):
            self.hearing.feed(AudioFrame(frame, self.at_ms))
            self.at_ms += FRAME_MS
            await asyncio.sleep(FRAME_MS / 1000)

    def finals(self) -> list[str]:
        return [heard.text for _, heard in self.heard if heard.stage is HeardStage.FINAL]

    def stages(self) -> list[HeardStage]:
        return [heard.stage for _, heard in self.heard]


class Set:
    """A fallback with its health, and what was told."""

    def __init__(self, *transcribers: Transcriber, limit_s: float = 1.5) -> None:
        self.switches: list[tuple[EngineFault, bool]] = []
        self.health = EngineHealth(
            EnginePart.HEARING,
            [f"ears {number}" for number, _ in enumerate(transcribers)],
            on_switch=lambda call, part, fault, is_recovered: self.switches.append((fault, is_recovered)),
        )
        self.transcriber = FallbackTranscriber(transcribers, self.health, words_limit_s=lambda: limit_s)

    @asynccontextmanager
    async def caller(self, party: Party = Party.CALLER, call: CallId = CALL) -> AsyncIterator[Caller]:
        async with self.transcriber.open(call, party) as hearing:
            caller = Caller(hearing)
            listening = asyncio.create_task(caller.listen())
            await caller.silence(1000)
            yield caller
        async with asyncio.timeout(1):
            await listening


def test_the_first_that_works_hears_alone() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        ears = Set(first, second)
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
        ears = Set(first, second)
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
        ears = Set(first, second)
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
        async with Set(first, second).caller() as caller:
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
        async with Set(first, second).caller() as caller:
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
        async with Set(first, second).caller() as caller:
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
        async with Set(first).caller() as caller:
            first.hearings[0].commit()
            await caller.turn()
            await caller.silence(100)
            assert caller.finals() == ["25 loud"]

    run_virtual(main())


def test_moving_words_do_not_pile_up() -> None:
    async def main() -> None:
        async with Set(PlayedTranscriber(delay_s=0)).transcriber.open(CALL, Party.CALLER) as hearing:
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
        async with Set(first, second).caller() as caller:
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
        async with Set(first, second).caller() as caller:
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
        async with Set(first, second).caller() as caller:
            await caller.turn()
            await caller.silence(4000)
            assert caller.finals() == ["25 loud"]

    run_virtual(main())


def test_one_that_does_not_open_costs_no_words() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(opening_s=60), PlayedTranscriber()
        async with Set(first, second).caller() as caller:
            await caller.turn()
            await caller.silence(2000)
            assert caller.finals() == ["25 loud"]

    run_virtual(main())


def test_one_that_does_not_open_is_given_up_before_anybody_speaks() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(opening_s=60), PlayedTranscriber()
        async with Set(first, second).caller() as caller:
            await caller.silence(3500)
            assert second.open_count == 1

    run_virtual(main())


def test_one_that_opens_slowly_costs_no_words_either() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(opening_s=1.8), PlayedTranscriber()
        async with Set(first, second).caller() as caller:
            await caller.turn()
            await caller.silence(500)
            assert caller.finals() == ["25 loud"]
            assert second.hearings == []

    run_virtual(main())


@pytest.mark.parametrize("delay_s", [0.1, 0.4])
def test_a_better_one_hears_a_turn_unseen_before_it_serves_again(delay_s: float) -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber(delay_s=delay_s)
        ears = Set(first, second)
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
        async with Set(first, second).caller() as caller:
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
        async with Set(first, second).caller() as caller:
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
        ears = Set(first, second)
        async with ears.caller() as caller:
            first.hearings[0].break_off(EngineUnavailable("ears"))
            first.opening_s = 3
            await caller.silence(2500)
        assert ears.health.begin_trial(0)

    run_virtual(main())


def test_an_ear_that_closes_has_no_trouble_any_more() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        ears = Set(first, second)
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
        ears = Set(first, second)
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
        ears = Set(first, second)
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
        ears = Set(first, second)
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
        ears = Set(first, second)
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
        async with Set(first, second).caller() as caller:
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
        async with Set(only).caller() as caller:
            await caller.turn()
            await caller.silence(5000)
            assert caller.finals() == ["25 loud"]
            only.delay_s = None
            await caller.turn()
            await caller.silence(7500)
            assert caller.error is not None
            assert caller.error.fault is EngineFault.TOO_SLOW

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
        async with Set(Ending(), second).caller() as caller:
            await caller.turn()
            await caller.silence(400)
            assert caller.finals() == ["25 loud"]

    run_virtual(main())


def test_of_very_long_turns_the_last_minute_is_kept() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        async with Set(first, second).caller() as caller:
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


def test_two_calls_and_two_ears_go_their_own_ways() -> None:
    async def main() -> None:
        first, second = PlayedTranscriber(), PlayedTranscriber()
        ears = Set(first, second)
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
        async with Set(first, ScriptedTranscriber(["one two", "three four"], delay_s=0.1)).caller() as caller:
            for _ in range(2):
                await caller.turn()
                await caller.silence(3000)
            assert caller.finals() == ["one two", "three four"]

    run_virtual(main())


def test_closing_leaves_nothing_behind_whatever_is_going_on() -> None:
    async def main() -> None:
        for after_ms in range(0, 6000, 240):
            first, second = PlayedTranscriber(delay_s=None, opening_s=0.1), PlayedTranscriber()
            ears = Set(first, second)
            with suppress(TimeoutError):
                async with ears.caller() as caller, asyncio.timeout(after_ms / 1000):
                    for _ in range(4):
                        await caller.turn()
                        await caller.silence(1000)
            assert (first.open_count, second.open_count) == (0, 0)

    run_virtual(main())
