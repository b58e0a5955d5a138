"""A caller who waits is never left in long silence, whatever has failed; our own words end the wait."""

from __future__ import annotations

from dataclasses import replace

import pytest

from copilot_desktop.audio import tones
from copilot_desktop.audio.frame import FRAME_BYTES, SILENCE
from copilot_desktop.calls.events import Party, Problem, ProblemRaised
from copilot_desktop.calls.states import Mode
from tests.support.puppets import TONE
from tests.support.virtual_call import CALL, SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual

WAITING, STILL = "One moment please.", "Someone will be with you in a moment."
MELODY = {
    tones.hold_melody()[at : at + FRAME_BYTES] for at in range(0, len(tones.hold_melody()), FRAME_BYTES)
}


async def greeted(mode: Mode = Mode.AI_SPEAKS) -> VirtualCall:
    call = VirtualCall(greeting="Hi.")
    await call.connect(mode)
    await call.listen_to_end()
    return call


def ours(call: VirtualCall) -> list[str]:
    return [text for party, text in call.said() if party != Party.CALLER][1:]


def problems(call: VirtualCall) -> list[Problem]:
    return [fact.problem for fact in call.of(ProblemRaised)]


def longest_silence_ms(heard: list[bytes]) -> int:
    longest = run = 0
    for frame in heard:
        run = run + 20 if frame == SILENCE else 0
        longest = max(longest, run)
    return longest


def is_music(frames: list[bytes]) -> bool:
    return all(frame in MELODY for frame in frames) and longest_silence_ms(frames) < 500


def test_a_writer_that_hangs_is_covered_to_the_end_and_its_answer_still_heard() -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        call.puppets.writer.delay_s = 20.0
        await call.speak("Where is my order?")
        before = len(call.heard)
        await call.listen(19_000)
        assert longest_silence_ms(call.heard[before:]) <= 5500
        assert is_music(call.heard[-100:])
        await call.listen(6000)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert ours(call) == [WAITING, STILL, "You said Where is my order?"]
    assert problems(call) == [Problem.WRITER_SLOW]
    # With the answer the music ends at once, and for good.
    assert call.heard[-50:] == [SILENCE] * 50
    answer_begins = len(call.heard) - 1 - call.heard[::-1].index(TONE)
    assert not any(frame in MELODY - {SILENCE} for frame in call.heard[answer_begins - 50 :])


@pytest.mark.allow_warnings
def test_hearing_that_is_slow_is_covered_and_the_words_answered_when_they_come() -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        call.puppets.transcriber.delay_s = 6.0
        await call.speak("Where is my order?")
        before = len(call.heard)
        await call.listen(7800)
        assert longest_silence_ms(call.heard[before:]) <= 4800
        await call.listen(5000)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert ours(call) == [WAITING, "You said Where is my order?"]
    assert problems(call) == [Problem.TRANSCRIBER_BEHIND]


@pytest.mark.allow_warnings
def test_hearing_that_is_down_leaves_the_caller_with_music_and_a_cough_does_not() -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        call.puppets.transcriber.is_down = True
        call.puppets.transcriber.hearings[Party.CALLER].break_off()
        await call.speak("", 200)
        await call.listen(6000)
        assert ours(call) == []
        await call.speak("Where is my order?")
        await call.listen(15_000)
        assert is_music(call.heard[-80:])
        # Who speaks into the music hears it end, and is answered.
        call.puppets.transcriber.is_down = False
        while call.puppets.transcriber.opened < 2:
            await call.listen(100)
        before = len(call.heard)
        await call.speak("Hello?", 500)
        assert set(call.heard[before + 4 :]) == {SILENCE}
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert ours(call)[:2] == [WAITING, STILL]
    assert ours(call)[-1].endswith("Hello?")


@pytest.mark.allow_warnings
@pytest.mark.parametrize("is_asked", [True, False])
def test_hearing_that_is_down_is_tried_at_once_when_the_agent_asks(is_asked: bool) -> None:
    async def main() -> int:
        call = await greeted()
        ears = call.puppets.transcriber
        ears.is_down = True
        ears.hearings[Party.CALLER].break_off()
        # It failed at 0, 0.5, 1.5, 3.5 and 7.5 s; by itself it tries again at 15.5 s.
        await call.listen(9000)
        ears.is_down = False
        if is_asked:
            call.desk.transcribe_again(CALL)
        await call.listen(200)
        opened = ears.opened
        if is_asked:
            # One that runs is left alone.
            call.desk.transcribe_again(CALL)
            await call.listen(1000)
            assert ears.opened == opened
        await call.hang_up()
        return opened

    assert run_virtual(main()) == (2 if is_asked else 1)


@pytest.mark.allow_warnings
def test_a_voice_that_is_dead_gives_way_to_music_at_once() -> None:
    async def main() -> VirtualCall:
        call = await greeted()
        call.puppets.voice.is_broken = True
        await call.speak("Where is my order?")
        before = len(call.heard)
        await call.listen(8000)
        assert longest_silence_ms(call.heard[before:]) <= 3000
        assert is_music(call.heard[-200:])
        # Well again, the next answer is heard.
        call.puppets.voice.is_broken = False
        await call.speak("Hello?")
        await call.listen_to_end()
        await call.hang_up()
        return call

    assert ours(run_virtual(main()))[-1].endswith("Hello?")


@pytest.mark.allow_warnings
def test_a_greeting_without_a_voice_is_music_soon() -> None:
    async def main() -> None:
        call = VirtualCall()
        call.puppets.voice.is_broken = True
        await call.connect()
        await call.listen(3500)
        assert longest_silence_ms(call.heard) <= 3000
        assert is_music(call.heard[-20:])
        await call.hang_up()

    run_virtual(main())


@pytest.mark.parametrize("after_ms", [2000, 2800, 5000, 9500, 12_000, 15_000])
def test_take_over_ends_the_wait_at_any_moment(after_ms: int) -> None:
    async def main() -> None:
        call = await greeted()
        call.puppets.writer.delay_s = 60.0
        await call.speak("Where is my order?")
        await call.listen(after_ms)
        call.desk.take_over(CALL)
        before = len(call.heard)
        await call.listen(10_000)
        assert set(call.heard[before + 1 :]) == {SILENCE}
        await call.hang_up()

    run_virtual(main())


def test_a_hold_over_the_music_is_the_holds() -> None:
    async def main() -> None:
        call = await greeted()
        call.puppets.writer.delay_s = 60.0
        await call.speak("Where is my order?")
        await call.listen(14_000)
        call.desk.hold(CALL)
        await call.listen(3000)
        assert is_music(call.heard[-100:])
        call.desk.resume(CALL)
        await call.listen(2000)
        assert set(call.heard[-50:]) == {SILENCE}
        await call.hang_up()

    run_virtual(main())


def test_without_a_waiting_sentence_there_is_music_after_all() -> None:
    silent = replace(SETTINGS.answering, greeting="Hi.", waiting_sentence="", still_waiting_sentence="")

    async def main() -> None:
        call = VirtualCall(settings=replace(SETTINGS, answering=silent))
        await call.connect()
        await call.listen_to_end()
        call.puppets.writer.delay_s = 60.0
        await call.speak("Where is my order?")
        await call.listen(10_000)
        assert is_music(call.heard[-20:])
        await call.hang_up()

    run_virtual(main())
