"""Signs in the agent's ear: soft and short, within the call's sound or alone, and never on the line."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, SILENCE, AudioFrame
from copilot_desktop.audio.level import pcm_dbfs
from copilot_desktop.calls.states import Mode
from copilot_desktop.headset.devices import DeviceKind
from copilot_desktop.headset.ear_sounds import EarMixer, EarSound, length_ms, samples
from tests.support.puppets import TONE
from tests.support.virtual_call import CALL, VirtualCall
from tests.support.virtual_time import run_virtual
from tests.support.wired_headset import WiredHeadset

Sound = NDArray[np.int16]
QUIET: Sound = np.zeros(FRAME_BYTES, dtype=np.int16)


def loud(number: int) -> Sound:
    """Return 20 ms of the agent's voice, each time another."""
    wave = 8000 * np.sin(np.arange(FRAME_BYTES) * (0.2 + 0.001 * (number % 50)))
    return np.asarray(wave, dtype=np.int16)


@pytest.mark.parametrize("sound", list(EarSound))
def test_each_is_soft_short_and_without_clicks(sound: EarSound) -> None:
    made = samples(sound)
    assert len(made) % FRAME_BYTES == 0
    assert 100 <= length_ms(sound) <= 500
    assert -46 < pcm_dbfs(made) < -24
    assert abs(int(made[0])) < 60
    assert abs(int(made[-1])) < 60
    spectrum = np.abs(np.fft.rfft(made.astype(float)))
    assert np.argmax(spectrum) * 8000 / len(made) > 250, "a phone's earpiece can play it"


def test_no_two_are_alike() -> None:
    assert len({samples(sound).tobytes() for sound in EarSound}) == len(EarSound)


def test_a_sign_is_added_to_what_is_heard() -> None:
    mixer, sign = EarMixer(), samples(EarSound.AI_NEEDS_YOU)
    mixer.add(sign)
    pieces = [mixer.mix(loud(number)) for number in range(len(sign) // FRAME_BYTES)]
    assert mixer.is_empty
    voice = np.concatenate([loud(number) for number in range(len(pieces))])
    assert np.array_equal(np.concatenate(pieces).astype(int), voice.astype(int) + sign)
    untouched = loud(3)
    assert mixer.mix(untouched) is untouched


def test_loud_speech_does_not_wrap_around() -> None:
    mixer = EarMixer()
    mixer.add(samples(EarSound.HOLD_REMINDER))
    shout = np.full(FRAME_BYTES, 32767, dtype=np.int16)
    assert np.all(mixer.mix(shout) > 30000)


def test_what_piles_up_is_dropped() -> None:
    mixer = EarMixer()
    for _ in range(1000):
        mixer.add(samples(EarSound.HOLD_REMINDER))
    left = 0
    while not mixer.is_empty:
        mixer.mix(QUIET)
        left += 1
    assert left * 20 <= 1500


def test_without_a_call_a_sign_is_heard_in_its_own_time_and_then_the_device_closes() -> None:
    async def main() -> tuple[WiredHeadset, list[float]]:
        headset, at_s, loop = WiredHeadset(), list[float](), asyncio.get_running_loop()
        headset.sound(EarSound.CALL_ENDED)
        began_s = loop.time()
        while len(at_s) < length_ms(EarSound.CALL_ENDED) // 20:
            if len(headset.heard) > len(at_s):
                at_s.append(loop.time() - began_s)
            await asyncio.sleep(0.001)
        await asyncio.sleep(1)
        assert headset.in_use(DeviceKind.SPEAKER)
        await asyncio.sleep(3)
        assert not headset.in_use(DeviceKind.SPEAKER)
        return headset, at_s

    headset, at_s = run_virtual(main())
    assert np.array_equal(np.concatenate(headset.heard), samples(EarSound.CALL_ENDED))
    assert at_s[-1] == pytest.approx(len(at_s) * 0.02 - 0.02, abs=0.005)


def test_within_a_call_a_sign_adds_no_time_of_its_own() -> None:
    async def main() -> WiredHeadset:
        headset = WiredHeadset()
        for number in range(100):
            headset.play(AudioFrame(SILENCE, number * 20))
            if number == 20:
                headset.sound(EarSound.SECOND_CALL)
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        return headset

    headset = run_virtual(main())
    assert len(headset.heard) == 100, "one piece for each of the call's, and no more"
    heard = np.concatenate(headset.heard)
    sign = samples(EarSound.SECOND_CALL)
    start = 20 * FRAME_BYTES
    assert any(
        np.array_equal(heard[at : at + len(sign)], sign)
        for at in range(start, start + 3 * FRAME_BYTES, FRAME_BYTES)
    )


def test_a_call_that_falls_silent_leaves_the_rest_of_a_sign_to_us() -> None:
    async def main() -> WiredHeadset:
        headset = WiredHeadset()
        headset.play(AudioFrame(SILENCE, 0))
        headset.sound(EarSound.AI_NEEDS_YOU)
        await asyncio.sleep(2)
        return headset

    heard = np.concatenate(run_virtual(main()).heard)
    assert np.count_nonzero(heard) == np.count_nonzero(samples(EarSound.AI_NEEDS_YOU))


def test_without_a_speaker_signs_are_forgotten() -> None:
    async def main() -> WiredHeadset:
        headset = WiredHeadset()
        headset.wires.unplug("headset")
        headset.wires.unplug("laptop")
        headset.sound(EarSound.CALL_ENDED)
        await asyncio.sleep(5)
        headset.wires.plug_in("headset")
        await asyncio.sleep(5)
        assert headset.heard == [], "it would tell of the past"
        headset.sound(EarSound.CALL_ENDED)
        await asyncio.sleep(1)
        return headset

    assert len(run_virtual(main()).heard) == length_ms(EarSound.CALL_ENDED) // 20


def _talk(*, has_signs: bool) -> tuple[list[bytes], list[Sound]]:
    """A call of eight seconds in which all speak, muted and on hold too; return what either side hears."""

    async def main() -> tuple[list[bytes], list[Sound]]:
        headset = WiredHeadset()
        call = VirtualCall(greeting="Hi.", headset=headset)
        await call.connect(Mode.AGENT_SPEAKS)
        for number in range(400):
            if has_signs and number % 40 == 0:
                headset.sound(list(EarSound)[number // 40 % len(EarSound)])
            if number in (150, 200):
                call.desk.mute(CALL, number == 150)
            if number == 250:
                call.desk.hold(CALL)
            if number == 300:
                call.desk.resume(CALL)
            headset.speak(loud(number))
            await call.pass_frame(TONE if number % 100 < 50 else SILENCE)
        await call.hang_up()
        headset.close()
        return call.heard, headset.heard

    return run_virtual(main())


def test_no_frame_to_the_caller_has_anything_of_a_sign() -> None:
    to_caller, in_ear = _talk(has_signs=False)
    to_caller_with, in_ear_with = _talk(has_signs=True)
    assert to_caller == to_caller_with
    assert len({frame for frame in to_caller if frame != SILENCE}) > 40, "the agent was heard"
    plain, signed = np.concatenate(in_ear), np.concatenate(in_ear_with)
    assert np.count_nonzero(signed) > np.count_nonzero(plain) + 8000, "the signs were heard by the agent"
    spoken = {g711.encode(loud(number)) for number in range(50)}
    assert {frame for frame in to_caller if frame != SILENCE} & spoken
