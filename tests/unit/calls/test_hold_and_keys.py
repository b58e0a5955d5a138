"""Hold has a sound of its own, and keypad tones find their way, both without being taken for speech."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from copilot_desktop.audio import tones
from copilot_desktop.audio.frame import FRAME_BYTES, SILENCE
from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.events import (
    DigitPressed,
    DigitsSent,
    HoldChanged,
    SpeechMeasured,
    SuggestionReady,
    UtteranceFinished,
)
from copilot_desktop.calls.states import Mode
from copilot_desktop.store.recordings import WavRecordings
from tests.support.fake_headset import FakeHeadset
from tests.support.kept_sound import KeptSound
from tests.support.puppets import TONE
from tests.support.virtual_call import CALL, SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual


def frames(ulaw: bytes) -> list[bytes]:
    return [ulaw[start : start + FRAME_BYTES] for start in range(0, len(ulaw), FRAME_BYTES)]


def test_the_hold_sound_begins_and_ends_at_once_and_the_transcript_lives_on() -> None:
    async def main() -> tuple[VirtualCall, list[bytes]]:
        call = VirtualCall(greeting="one two three four five six")
        await call.connect()
        await call.listen(600)
        before = len(call.heard)
        call.desk.hold(CALL)
        (view,) = call.desk.live_calls()
        assert not view.is_speaking
        await call.listen(17_000)
        await call.speak("Are you there?")
        await call.listen(2000)
        on_hold = call.heard[before:]
        call.desk.resume(CALL)
        await call.pass_frame(SILENCE)
        assert call.heard[-1] in (SILENCE, TONE)
        await call.listen_to_end()
        await call.hang_up()
        return call, on_hold

    call, on_hold = run_virtual(main())
    music = frames(tones.hold_melody())
    assert on_hold == (music * 2)[: len(on_hold)]
    assert call.link.buffered_ms == 0
    assert [fact.is_on_hold for fact in call.of(HoldChanged)] == [True, False]
    hold_ms = call.of(HoldChanged)[0].at_ms
    resume_ms = call.of(HoldChanged)[1].at_ms
    ours = [fact for fact in call.of(SpeechMeasured) if fact.party.value == "assistant"]
    assert not any(fact.end_ms > hold_ms + 20 and fact.start_ms < resume_ms for fact in ours)
    assert [party for party, _ in call.said()] == ["assistant", "caller", "assistant"]
    assert call.said()[1:] == [("caller", "Are you there?"), ("assistant", "You said Are you there?")]


def test_hold_may_be_silent() -> None:
    async def main() -> list[bytes]:
        call = VirtualCall(settings=replace(SETTINGS, hold_sound="silence"), greeting="Hi.")
        await call.connect()
        call.desk.hold(CALL)
        await call.listen(1000)
        await call.hang_up()
        return call.heard[1:]

    assert set(run_virtual(main())) == {SILENCE}


def test_on_hold_nobody_is_heard_whatever_is_ordered() -> None:
    headset = FakeHeadset()

    async def main() -> list[bytes]:
        call = VirtualCall(greeting="Hi.", headset=headset)
        await call.connect(Mode.AGENT_APPROVES)
        await call.listen_to_end()
        await call.speak("Where is my order?")
        await call.listen(500)
        (ready,) = call.of(SuggestionReady)
        call.desk.hold(CALL)
        before = len(call.heard)
        with pytest.raises(IllegalTransition):
            call.desk.say(CALL, ready.suggestion_id, ready.text)
        with pytest.raises(IllegalTransition):
            call.desk.say_text(CALL, "Secret")
        with pytest.raises(IllegalTransition):
            call.desk.send_digits(CALL, "1")
        call.desk.stop_talking(CALL)
        await call.listen(300)
        call.desk.take_over(CALL)
        for _ in range(20):
            headset.speak(TONE)
            await call.pass_frame(SILENCE)
        call.desk.hand_back(CALL, "")
        call.desk.set_mode(CALL, Mode.AGENT_APPROVES)
        await call.listen(4000)
        await call.hang_up()
        return call.heard[before:]

    assert set(run_virtual(main())) <= set(frames(tones.hold_melody()))


def test_a_new_stream_goes_on_with_the_hold_sound() -> None:
    async def main() -> list[bytes]:
        call = VirtualCall(greeting="Hi.")
        await call.connect()
        await call.listen_to_end()
        call.desk.hold(CALL)
        await call.listen(500)
        assert call.session is not None
        call.session.link_closed(call.link)
        call.open_link()
        before = len(call.heard)
        await call.listen(500)
        await call.hang_up()
        return call.heard[before:]

    assert SILENCE not in run_virtual(main())


def test_keys_are_heard_in_the_middle_of_a_sentence_and_told(tmp_path: Path) -> None:
    recordings = WavRecordings(tmp_path)

    async def main() -> VirtualCall:
        call = VirtualCall(greeting="one two three four five six", recordings=recordings)
        await call.connect()
        await call.listen(300)
        call.desk.send_digits(CALL, "12#")
        await call.listen_to_end()
        await call.hang_up()
        return call

    call = run_virtual(main())
    recordings.close()
    keys = frames(tones.dtmf("12#"))
    start = call.heard.index(keys[0])
    assert start * 20 <= 300 + 400 + 20
    assert call.heard[start : start + len(keys)] == keys
    assert call.heard_tone_ms() == 1800
    assert [fact.digits for fact in call.of(DigitsSent)] == ["12#"]
    (greeting,) = call.of(UtteranceFinished)
    assert (greeting.text, greeting.cut_short) == ("one two three four five six", False)
    spoken_ms = sum(fact.end_ms - fact.start_ms for fact in call.of(SpeechMeasured))
    # The pauses between the parts are no speech; the tones, 600 ms, are none either.
    assert spoken_ms == 1800
    assert KeptSound(recordings.path(CALL)).ours_ms() == 1800 + 300


def test_hidden_keys_are_heard_by_the_caller_only(tmp_path: Path) -> None:
    recordings = WavRecordings(tmp_path)

    async def main() -> VirtualCall:
        call = VirtualCall(greeting="", recordings=recordings)
        await call.connect(Mode.AGENT_SPEAKS)
        await call.listen(100)
        call.desk.send_digits(CALL, "4711", is_hidden=True)
        await call.listen(2000)
        call.desk.send_digits(CALL, "4111111111111111")
        await call.listen(5000)
        await call.hang_up()
        return call

    call = run_virtual(main())
    recordings.close()
    keys = frames(tones.dtmf("4711"))
    start = call.heard.index(keys[0])
    assert call.heard[start : start + len(keys)] == keys
    assert [fact.digits for fact in call.of(DigitsSent)] == ["••••", "•" * 16]
    kept = KeptSound(recordings.path(CALL))
    assert kept.length_ms == 7100
    assert kept.ours_ms() == 0


@pytest.mark.allow_warnings
def test_the_microphone_waits_for_the_keys() -> None:
    headset = FakeHeadset()

    async def main() -> list[bytes]:
        call = VirtualCall(headset=headset)
        await call.connect(Mode.AGENT_SPEAKS)
        await call.listen(100)
        call.desk.send_digits(CALL, "5")
        for _ in range(30):
            headset.speak(TONE)
            await call.pass_frame(SILENCE)
        await call.hang_up()
        return call.heard

    heard = run_virtual(main())
    start = heard.index(frames(tones.dtmf("5"))[0])
    assert TONE not in heard[:start]
    assert heard[start : start + 10] == frames(tones.dtmf("5"))
    # At once after the tones, and not late for the rest of the call.
    assert heard[start + 12 : start + 20] == [TONE] * 8


@pytest.mark.parametrize("wrong", ["", "12x", "1 2", "•", "1" * 65])
def test_what_is_no_key_is_refused(wrong: str) -> None:
    async def main() -> None:
        call = VirtualCall()
        await call.connect()
        with pytest.raises(IllegalTransition):
            call.desk.send_digits(CALL, wrong)
        assert call.of(DigitsSent) == []
        await call.hang_up()

    run_virtual(main())


def test_keys_of_the_caller_are_told_and_a_card_typed_is_not() -> None:
    async def main() -> VirtualCall:
        call = VirtualCall()
        await call.connect()
        assert call.session is not None
        for digit in "1*":
            call.session.digit_pressed(digit)
        for digit in "4111111111111111":
            call.session.digit_pressed(digit)
            await call.listen(200)
        await call.hang_up()
        return call

    digits = "".join(fact.digit for fact in run_virtual(main()).of(DigitPressed))
    assert digits == "1*41111111" + "•" * 8
