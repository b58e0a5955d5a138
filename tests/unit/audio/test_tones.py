"""Tones are measured, not believed: pitch, loudness, length, and a loop without a seam."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from copilot_desktop.audio import g711, tones
from copilot_desktop.audio.frame import FRAME_BYTES, SILENCE
from copilot_desktop.audio.level import dbfs, is_audible

ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
PAIRS = {key: (ROWS[i // 4], COLUMNS[i % 4]) for i, key in enumerate("123A456B789C*0#D")}


def power(pcm: NDArray[np.float64], pitch_hz: float) -> float:
    """Goertzel's measure: how much of one pitch is in the sound, as the square of its peak."""
    turns = np.exp(-2j * np.pi * pitch_hz / 8000 * np.arange(len(pcm)))
    return float(abs(np.dot(pcm, turns) * 2 / len(pcm)) ** 2)


def samples(ulaw: bytes) -> NDArray[np.float64]:
    return g711.decode(ulaw).astype(np.float64) / 32768


@pytest.mark.parametrize("key", list(PAIRS))
def test_each_key_is_its_two_pitches_and_nothing_else(key: str) -> None:
    sound = tones.dtmf(key)
    assert len(sound) == 10 * FRAME_BYTES
    tone, pause = samples(sound[: 5 * FRAME_BYTES]), sound[5 * FRAME_BYTES :]
    assert pause == SILENCE * 5
    row, column = PAIRS[key]
    low, high = power(tone, row), power(tone, column)
    others = [power(tone, pitch) for pitch in (*ROWS, *COLUMNS) if pitch not in (row, column)]
    # ITU-T Q.24: both of one level within a few dB, the others at least 20 dB below.
    assert 0 < 10 * np.log10(high / low) < 4
    assert 10 * np.log10(low / max(others)) > 20
    assert -16 < dbfs(sound[FRAME_BYTES : 4 * FRAME_BYTES]) < -8


def test_digits_follow_one_another_and_letters_may_be_small() -> None:
    assert tones.dtmf("1b") == tones.dtmf("1") + tones.dtmf("B")
    assert len(tones.dtmf("159", on_ms=80, off_ms=60)) == 3 * 7 * FRAME_BYTES
    assert tones.dtmf("") == b""


@pytest.mark.parametrize("wrong", ["x", "1 2", "١", "•"])
def test_what_no_keypad_has_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="keypad"):
        tones.dtmf(wrong)


@pytest.mark.parametrize("times", [(20, 100), (100, 20), (90, 100)])
def test_times_too_short_for_a_receiver_are_refused(times: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="40 ms"):
        tones.dtmf("1", on_ms=times[0], off_ms=times[1])


def test_the_beep_is_one_clean_pitch() -> None:
    sound = tones.beep()
    assert len(sound) == 20 * FRAME_BYTES
    pcm = samples(sound)
    assert power(pcm, 1000) > 0.95 * 2 * float(np.mean(pcm**2))
    assert abs(pcm[0]) < 0.02
    assert len(tones.beep(250)) == 13 * FRAME_BYTES


def test_the_melody_is_soft_and_stays_in_the_band_of_the_line() -> None:
    melody = tones.hold_melody()
    assert len(melody) == 800 * FRAME_BYTES
    pcm = samples(melody)
    assert dbfs(melody) == pytest.approx(-24, abs=0.5)
    assert float(np.max(np.abs(pcm))) < 0.35
    spectrum = np.abs(np.fft.rfft(pcm)) ** 2
    pitch_hz = np.fft.rfftfreq(len(pcm), 1 / 8000)
    outside = spectrum[(pitch_hz < 300) | (pitch_hz > 3400)].sum()
    # What is outside is the coarseness of µ-law alone.
    assert 10 * np.log10(spectrum.sum() / outside) > 35


def test_the_melody_has_no_seam_and_is_never_silent_for_long() -> None:
    melody = tones.hold_melody()
    pcm = samples(melody + melody)
    steps = np.abs(np.diff(pcm))
    middle = len(melody)
    assert steps[middle - 80 : middle + 80].max() <= np.quantile(steps, 0.9999)
    seconds = [melody[start : start + 8000] for start in range(0, len(melody), 8000)]
    assert all(is_audible(second) for second in seconds)
    loudness = [dbfs(second) for second in seconds]
    assert max(loudness) - min(loudness) < 8


def test_the_melody_is_made_once() -> None:
    assert tones.hold_melody() is tones.hold_melody()
