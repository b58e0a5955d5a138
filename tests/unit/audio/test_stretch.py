"""Speech faster or slower: its length changes, its pitch does not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from copilot_desktop.audio.stretch import STEP, Sound, Stretcher

RATE_HZ = 8000
SPEEDS = (0.75, 1.25, 1.5, 2.0)


def voice(pitch_hz: float, seconds: float) -> NDArray[np.float32]:
    """A buzz with the overtones of a voice, over noise as of a line."""
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    buzz = sum(np.sin(2 * np.pi * pitch_hz * number * time) / number for number in range(1, 12))
    noise = np.random.default_rng(7).normal(0, 0.02, len(time))
    return (0.2 * buzz + noise).astype(np.float32)


def of(mono: NDArray[np.float32]) -> Sound:
    return np.stack([mono, np.zeros_like(mono)], axis=1)


def played(sound: Sound, speed: float) -> Sound:
    def source(at: int, count: int) -> Sound:
        made = np.zeros((count, 2), dtype=np.float32)
        first, last = max(at, 0), min(at + count, len(sound))
        if first < last:
            made[first - at : last - at] = sound[first:last]
        return made

    stretcher = Stretcher(source, 0, speed)
    steps = []
    while stretcher.place < len(sound):
        steps.append(stretcher.next())
    return np.concatenate(steps)


def pitch_hz(mono: NDArray[np.float32]) -> float:
    """The strongest period between 60 and 400 Hz, between samples."""
    piece = mono[2000:10000].astype(np.float64)
    power = np.abs(np.fft.rfft(piece, 2 * len(piece))) ** 2
    likeness = np.fft.irfft(power)
    first = RATE_HZ // 400
    lag = first + int(np.argmax(likeness[first : RATE_HZ // 60]))
    left, middle, right = likeness[lag - 1 : lag + 2]
    return float(RATE_HZ / (lag + 0.5 * (left - right) / (left - 2 * middle + right)))


@pytest.mark.parametrize("pitch", [95.0, 137.0, 210.0])
@pytest.mark.parametrize("speed", SPEEDS)
def test_the_length_changes_and_the_pitch_stays(pitch: float, speed: float) -> None:
    sound = of(voice(pitch, 4.0))
    made = played(sound, speed)
    assert len(made) / len(sound) == pytest.approx(1 / speed, abs=0.01)
    assert pitch_hz(made[:, 0]) == pytest.approx(pitch, rel=0.01)
    assert np.std(made[:, 0]) == pytest.approx(np.std(sound[:, 0]), rel=0.1)


def test_at_its_own_speed_every_sample_is_untouched() -> None:
    sound = of(voice(137.0, 1.0))
    assert np.array_equal(played(sound, 1.0)[: len(sound)], sound)


def test_the_channels_stay_apart_and_together() -> None:
    sound = of(voice(137.0, 3.0))
    sound[12000:, 1], sound[12000:, 0] = sound[12000:, 0], 0.0
    made = played(sound, 1.5)
    middle = len(made) // 2
    assert np.std(made[: middle - 400, 1]) == 0.0
    assert np.std(made[middle + 400 :, 0]) < 0.01 * np.std(made[middle + 400 :, 1])


def test_a_change_of_speed_makes_no_jump() -> None:
    sound = of(voice(137.0, 4.0))

    def source(at: int, count: int) -> Sound:
        return sound[max(at, 0) : max(at, 0) + count]

    stretcher = Stretcher(source, 800, 1.5)
    made = [stretcher.next() for _ in range(40)]
    stretcher.speed = 1.0
    made += [stretcher.next() for _ in range(10)]
    whole = np.concatenate(made)[:, 0]
    seam = 40 * STEP
    usual = np.abs(np.diff(whole[1000 : seam - 100])).max()
    assert np.abs(np.diff(whole[seam - 4 : seam + 4])).max() <= 1.2 * usual


def test_silence_stays_silence() -> None:
    assert not played(np.zeros((8000, 2), dtype=np.float32), 2.0).any()
