"""When a voice fails, the next one says what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS
from copilot_desktop.calls.engine_status import EnginePart, EngineState
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected, EngineUnavailable
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.ports import Voice
from copilot_desktop.engines.engine_health import EngineHealth
from copilot_desktop.engines.scripted import ScriptedVoice, tone
from copilot_desktop.engines.trials import closed_after
from copilot_desktop.engines.voice.fallback_voice import FallbackVoice
from tests.support.virtual_time import run_virtual

CALL = CallId("call-1")
SENTENCE = "Your order has left our warehouse this morning and will reach you on Friday at noon"
WORD_MS = 300

pytestmark = pytest.mark.allow_warnings


class PlayedVoice:
    """Says each word in `WORD_MS`, until the word `breaks_at`, where it fails with `error` or stalls.

    Twice as fast as it plays, as remote voices are.
    """

    def __init__(self, *, delay_s: float = 0.2, breaks_at: int | None = None) -> None:
        self.delay_s, self.breaks_at = delay_s, breaks_at
        self.error: Exception | None = EngineUnavailable("remote", fault=EngineFault.BROKEN_OFF)
        self.asked: list[str] = []
        self.calls: list[CallId | None] = []
        self.ended = 0

    async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
        self.asked.append(sentence)
        self.calls.append(call)
        try:
            await asyncio.sleep(self.delay_s)
            for number, _ in enumerate(sentence.split()):
                if number == self.breaks_at:
                    if self.error is not None:
                        raise self.error
                    await asyncio.sleep(60)
                yield tone(WORD_MS)
                await asyncio.sleep(WORD_MS / 2000)
        finally:
            self.ended += 1


def fallback(*voices: Voice, limit_s: float = 1.5) -> FallbackVoice:
    health = EngineHealth(EnginePart.VOICE, [f"voice {number}" for number, _ in enumerate(voices)])
    return FallbackVoice(voices, health, first_sound_limit_s=lambda: limit_s)


async def said(voice: Voice, sentence: str = SENTENCE) -> list[bytes]:
    return [piece async for piece in voice.speak(sentence, CALL)]


def now_s() -> float:
    return asyncio.get_running_loop().time()


def test_the_first_that_works_speaks_alone() -> None:
    async def main() -> None:
        first, second = PlayedVoice(), PlayedVoice()
        assert await said(fallback(first, second)) == [tone(WORD_MS)] * len(SENTENCE.split())
        assert (first.asked, first.calls, second.asked) == ([SENTENCE], [CALL], [])

    run_virtual(main())


def test_one_without_sound_in_time_is_given_up_and_closed() -> None:
    async def main() -> None:
        silent, second = PlayedVoice(delay_s=60), PlayedVoice()
        stream = fallback(silent, second, limit_s=0.8).speak(SENTENCE, CALL)
        begun_s = now_s()
        assert await anext(stream) == tone(WORD_MS)
        assert now_s() - begun_s == pytest.approx(0.8 + 0.2)
        assert (silent.ended, second.asked) == (1, [SENTENCE])
        assert len([piece async for piece in stream]) == len(SENTENCE.split()) - 1

    run_virtual(main())


def test_one_that_fails_at_once_costs_no_time() -> None:
    async def main() -> None:
        begun_s = now_s()
        second = PlayedVoice(delay_s=0)
        assert await anext(fallback(PlayedVoice(delay_s=0, breaks_at=0), second).speak(SENTENCE, CALL))
        assert now_s() == begun_s

    run_virtual(main())


def test_after_the_first_breath_the_sentence_begins_again() -> None:
    async def main() -> None:
        first, second = PlayedVoice(breaks_at=0), PlayedVoice()
        first.breaks_at = None

        class Breath(PlayedVoice):
            async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
                yield tone(280)
                raise EngineError("remote")

        pieces = await said(fallback(Breath(), second))
        assert second.asked == [SENTENCE]
        assert pieces[0] == tone(280)

    run_virtual(main())


@pytest.mark.parametrize("breaks_at", [1, 4, 8, 12, 15])
def test_a_sentence_broken_off_is_ended_by_the_next_voice(breaks_at: int) -> None:
    async def main() -> None:
        first, second = PlayedVoice(breaks_at=None), PlayedVoice()
        voice = fallback(first, second)
        await said(voice)  # How fast the first speaks is learned.
        await said(voice)
        first.breaks_at = breaks_at
        await said(voice)
        (rest,) = second.asked
        assert f" {SENTENCE}".endswith(f" {rest}")
        # Nothing is left out, and not much said twice.
        said_words = len(SENTENCE.split()) - len(rest.split())
        assert breaks_at - 3 <= said_words <= breaks_at

    run_virtual(main())


def test_the_last_word_is_never_lost() -> None:
    async def main() -> None:
        first, second = PlayedVoice(breaks_at=3), PlayedVoice()
        await said(fallback(first, second), "It is 5.")
        assert second.asked == []  # It broke after its last word.
        slow = PlayedVoice(breaks_at=2)
        await said(fallback(slow, second), "a b c")
        assert second.asked == ["c"]

    run_virtual(main())


async def learn_a_fast_pace(voice: FallbackVoice) -> None:
    for _ in range(2):
        await said(voice, "extraordinary circumstances notwithstanding")


def test_the_last_word_is_never_lost_even_if_all_seems_said() -> None:
    async def main() -> None:
        first, second = PlayedVoice(), PlayedVoice()
        voice = fallback(first, second)
        await learn_a_fast_pace(voice)
        first.breaks_at = 2
        await said(voice, "a b c")
        assert second.asked == ["c"]

    run_virtual(main())


def test_a_sentence_hardly_begun_begins_again_even_if_a_word_seems_said() -> None:
    async def main() -> None:
        class Breathless(PlayedVoice):
            async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
                if self.breaks_at is None:
                    async for piece in super().speak(sentence, call):
                        yield piece
                else:
                    yield tone(280)
                    raise EngineError("remote")

        first, second = Breathless(), PlayedVoice()
        voice = fallback(first, second)
        await learn_a_fast_pace(voice)
        first.breaks_at = 1
        await said(voice, "I see it")
        assert second.asked == ["I see it"]

    run_virtual(main())


def test_a_stall_is_noticed_when_the_sound_runs_out() -> None:
    async def main() -> None:
        first, second = PlayedVoice(delay_s=0, breaks_at=12), PlayedVoice(delay_s=0)
        first.error = None
        stream = fallback(first, second).speak(SENTENCE, CALL)
        begun_s = now_s()
        pieces = []
        while not second.asked:
            pieces.append(await anext(stream))
        # 12 words last 3.6 s; they came in 1.8 s.
        assert len(pieces) == 12 + 1
        assert now_s() - begun_s == pytest.approx(12 * WORD_MS / 1000)
        assert first.ended == 1
        assert [piece async for piece in stream]

    run_virtual(main())


def test_a_slow_reader_is_no_stall() -> None:
    async def main() -> None:
        first, second = PlayedVoice(), PlayedVoice()
        count = 0
        async for _ in fallback(first, second).speak(SENTENCE, CALL):
            count += 1
            await asyncio.sleep(3)
        assert (count, second.asked) == (len(SENTENCE.split()), [])

    run_virtual(main())


def test_after_two_failures_no_time_is_lost_and_a_trial_brings_it_back() -> None:
    async def main() -> None:
        health = EngineHealth(EnginePart.VOICE, ("remote", "embedded"))
        first, second = PlayedVoice(delay_s=60), PlayedVoice(delay_s=0)
        voice = FallbackVoice((first, second), health, first_sound_limit_s=lambda: 1.5)
        for expected_s in (1.5, 1.5, 0, 0):
            begun_s = now_s()
            async with closed_after(voice.speak(SENTENCE, CALL)) as stream:
                await anext(stream)
                assert now_s() - begun_s == pytest.approx(expected_s)
        assert (len(first.asked), health.status().state) == (2, EngineState.BACKUP)
        await asyncio.sleep(2)
        first.delay_s = 0.2
        await said(voice)
        await asyncio.sleep(0.3)
        assert (len(first.asked), first.ended) == (3, 3)
        assert health.status().state is EngineState.READY
        await said(voice)
        assert len(first.asked) == 4

    run_virtual(main())


def test_a_refused_key_is_asked_once() -> None:
    async def main() -> None:
        first, second = PlayedVoice(breaks_at=0), PlayedVoice()
        first.error = EngineRejected("remote", fault=EngineFault.KEY_REFUSED)
        voice = fallback(first, second)
        for _ in range(3):
            await said(voice)
            await asyncio.sleep(100)
        assert len(first.asked) == 1

    run_virtual(main())


def test_silence_instead_of_words_is_a_failure_but_no_words_are_silence() -> None:
    async def main() -> None:
        class Dumb(PlayedVoice):
            async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
                self.asked.append(sentence)
                for letter in "":
                    yield letter.encode()

        second = PlayedVoice()
        assert await said(fallback(Dumb(), second))
        assert second.asked == [SENTENCE]
        assert await said(fallback(Dumb(), second), " … ") == []
        assert second.asked == [SENTENCE]

    run_virtual(main())


@pytest.mark.parametrize(("breaks_at", "fault"), [(0, EngineFault.TOO_SLOW), (2, EngineFault.BROKEN_OFF)])
def test_all_down_is_an_error_that_tells_whether_anything_was_heard(
    breaks_at: int, fault: EngineFault
) -> None:
    async def main() -> None:
        voices = [PlayedVoice(breaks_at=breaks_at) for _ in range(2)]
        for voice in voices:
            voice.error = EngineUnavailable("remote", fault=EngineFault.TOO_SLOW)
        begun_s = now_s()
        with pytest.raises(EngineError) as raised:
            await said(fallback(*voices))
        assert raised.value.fault is fault
        assert now_s() - begun_s < 2

    run_virtual(main())


def test_the_last_voice_is_given_time() -> None:
    async def main() -> None:
        assert await said(fallback(PlayedVoice(breaks_at=0), PlayedVoice(delay_s=5)))

    run_virtual(main())


def test_cancelling_closes_the_voice_at_once_and_is_no_failure() -> None:
    async def main() -> None:
        first, second = PlayedVoice(), PlayedVoice()
        voice = fallback(first, second)
        for number in range(1, 4):
            task = asyncio.create_task(said(voice))
            await asyncio.sleep(0.1 if number == 1 else 0.5)
            task.cancel()
            await asyncio.wait({task})
            assert first.ended == number
        # What was heard of it shows that it works: the failures around are not in a row.
        for breaks_at in (0, None, 0, None):
            first.breaks_at = breaks_at
            async with closed_after(voice.speak(SENTENCE, CALL)) as stream:
                await anext(stream)
        assert len(second.asked) == 2
        second.asked.clear()
        assert len(await said(voice)) == len(SENTENCE.split())
        assert second.asked == []

    run_virtual(main())


def test_a_mistake_of_ours_in_one_voice_does_not_silence_the_call() -> None:
    async def main() -> None:
        first, second = PlayedVoice(breaks_at=5), ScriptedVoice()
        first.error = ZeroDivisionError()
        pieces = await said(fallback(first, second))
        assert sum(map(len, pieces)) / FRAME_BYTES * FRAME_MS > 3000

    run_virtual(main())


def test_a_trial_can_be_given_up() -> None:
    async def main() -> None:
        first, second = PlayedVoice(breaks_at=0), PlayedVoice()
        voice = fallback(first, second)
        for _ in range(2):
            await said(voice, "Hello.")
        await asyncio.sleep(2)
        first.delay_s = 1
        await said(voice, "Hello.")
        await asyncio.sleep(0.1)
        await voice.close()
        assert (len(first.asked), first.ended) == (3, 3)

    run_virtual(main())
