"""A cough or "uh-huh" into our sentence: silent at once, on again soon; words that come late still claim."""

from __future__ import annotations

import pytest

from copilot_desktop.audio.frame import SILENCE
from tests.support.puppets import MS_PER_WORD, TONE
from tests.support.virtual_call import VirtualCall
from tests.support.virtual_time import run_virtual

TEN = "one two three four five six seven eight nine ten"


async def interrupted(sound_ms: int = 200, *, words: str = "", delay_s: float = 0.0) -> VirtualCall:
    """A caller who made a sound into our first second."""
    call = VirtualCall(greeting=TEN)
    await call.connect()
    call.puppets.transcriber.delay_s = delay_s
    await call.listen(1000)
    await call.speak(words, sound_ms)
    return call


async def silence_ms(call: VirtualCall, limit_ms: int = 4000) -> int:
    """Wait for our sound; return how long that took."""
    for passed_ms in range(0, limit_ms, 20):
        await call.pass_frame(SILENCE)
        if call.heard[-1] != SILENCE:
            return passed_ms
    raise AssertionError("our voice did not go on")


@pytest.mark.parametrize(("delay_s", "limit_ms"), [(0.0, 200), (0.3, 500), (5.0, 740)])
def test_after_a_cough_it_goes_on_within_seven_tenths_of_a_second(delay_s: float, limit_ms: int) -> None:
    async def main() -> VirtualCall:
        call = await interrupted(delay_s=delay_s)
        assert call.heard[-1] == SILENCE
        assert await silence_ms(call) <= limit_ms
        await call.listen_to_end()
        await call.listen(8000)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said() == [("assistant", TEN)]
    assert call.heard_tone_ms() == 10 * MS_PER_WORD
    assert call.puppets.writer.talks == []


def test_an_uh_huh_whose_words_are_known_does_not_wait_for_the_final_ones() -> None:
    async def main() -> None:
        call = await interrupted(words="Uh-huh.", delay_s=0.1)
        assert await silence_ms(call) <= 340
        await call.hang_up()

    run_virtual(main())


def test_an_mm_hmm_that_may_be_the_beginning_of_more_is_not_waited_out() -> None:
    async def main() -> None:
        call = await interrupted(words="Mm-hmm.", delay_s=0.1)
        call.puppets.detector.certainty = 0.1
        assert await silence_ms(call) <= 400
        await call.hang_up()

    run_virtual(main())


@pytest.mark.allow_warnings
def test_who_goes_on_making_sound_is_not_spoken_into() -> None:
    async def main() -> None:
        call = await interrupted(200, delay_s=9.0)
        before = len(call.heard)
        await call.listen(400)
        await call.speak("", 800)
        await call.listen(400)
        await call.speak("", 800)
        assert set(call.heard[before:]) == {SILENCE}
        await call.hang_up()

    run_virtual(main())


@pytest.mark.allow_warnings
def test_sound_that_returns_after_we_went_on_holds_again() -> None:
    async def main() -> None:
        call = await interrupted(200, delay_s=9.0)
        await silence_ms(call)
        await call.listen(200)
        await call.speak("", 200)
        before = len(call.heard)
        await call.listen(300)
        assert set(call.heard[before:]) == {SILENCE}
        assert await silence_ms(call) <= 500
        await call.hang_up()

    run_virtual(main())


def test_words_that_come_after_we_went_on_still_claim_the_turn() -> None:
    async def main() -> VirtualCall:
        call = await interrupted(300, words="No, wait.", delay_s=1.2)
        await silence_ms(call)
        await call.listen(200)
        assert call.heard[-1] == TONE
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert call.said()[-1] == ("assistant", "You said No, wait.")
    assert call.said()[0][1] != TEN


def test_a_late_yes_into_the_last_syllable_is_answered_though_we_are_done() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Shall I book it for you")
        await call.connect()
        call.puppets.transcriber.delay_s = 1.5
        await call.listen(6 * MS_PER_WORD - 200)
        await call.speak("Yes.", 300)
        await call.listen_to_end()
        await call.listen(3000)
        await call.hang_up()
        return call

    assert ("assistant", "You said Yes.") in run_virtual(main()).said()


def test_a_cough_while_the_answer_is_made_does_not_lose_it_nor_the_waiting_sentence() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect()
        await call.listen_to_end()
        call.puppets.writer.delay_s = 5.0
        await call.speak("Where is my order?")
        await call.listen(1000)
        await call.speak("", 100)
        await call.listen(9000)
        await call.hang_up()
        return call

    call = run_virtual(main())
    assert [text for party, text in call.said() if party != "caller"] == [
        "Hi.",
        "One moment please.",
        "You said Where is my order?",
    ]


def test_the_words_of_one_turn_do_not_speak_into_the_next() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall(greeting="Hi.")
        await call.connect()
        await call.listen_to_end()
        call.puppets.transcriber.delay_s = 2.2
        await call.speak("My order.", 500)
        # Over after 1.9 s without words; they come while the caller speaks again.
        await call.listen(2000)
        before = len(call.heard)
        await call.speak("The blue one.", 3000)
        assert set(call.heard[before:]) <= {SILENCE}
        await call.listen(9000)
        await call.hang_up()
        return call

    assert run_virtual(main()).said()[-1] == ("assistant", "You said My order. The blue one.")
