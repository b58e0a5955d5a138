"""Our own sound coming back is nobody's speech; a caller who speaks over it is heard."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.echo_guard import EchoGuard
from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SILENCE

RATE_HZ = 8000
Sound = NDArray[np.float64]


def voice(seed: int, *, pitch_hz: float, seconds: float = 4.0) -> Sound:
    """Return something like speech: a buzz with a moving pitch through moving resonances, in syllables."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE_HZ)
    knots = np.arange(0, count + 1600, 1600)
    pitch = np.interp(np.arange(count), knots, pitch_hz * rng.uniform(0.85, 1.2, len(knots)))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    loud = np.interp(np.arange(count), knots, rng.uniform(0.1, 1.0, len(knots)))
    formants = [
        np.interp(np.arange(count), knots, rng.uniform(*band, len(knots)))
        for band in ((300, 900), (1000, 2300))
    ]
    sound = np.zeros(count)
    for harmonic in range(1, 25):
        hz = harmonic * pitch
        weight = sum(np.exp(-(((hz - formant) / 250) ** 2)) for formant in formants) + 0.02
        sound += np.where(hz < 3600, weight, 0.0) * np.sin(harmonic * phase + rng.uniform(0, 6))
    sound *= loud * 3000 / np.sqrt(np.mean((sound * loud) ** 2))
    return sound


def at_db(sound: Sound, db: float) -> Sound:
    return sound * 10 ** (db / 20)


def late(sound: Sound, by_ms: int) -> Sound:
    shifted = np.zeros(len(sound))
    shifted[by_ms * 8 :] = sound[: len(sound) - by_ms * 8]
    return shifted


def verdicts(ours: Sound, theirs: Sound) -> list[bool]:
    """Return the guard's word for every frame of the caller's."""
    guard = EchoGuard()
    noise = np.random.default_rng(0).normal(0, 10, len(theirs))
    played = g711.encode(ours.astype(np.int16))
    heard = g711.encode(np.clip(theirs + noise, -32000, 32000).astype(np.int16))
    said = []
    for start in range(0, len(played) - FRAME_BYTES, FRAME_BYTES):
        guard.played(played[start : start + FRAME_BYTES])
        said.append(guard.is_echo(heard[start : start + FRAME_BYTES], may_be_speech=True))
    return said


OURS = voice(1, pitch_hz=190)
CALLER = voice(2, pitch_hz=120)
LIKE_US = voice(3, pitch_hz=190)


@pytest.mark.parametrize("delay_ms", [20, 60, 137, 290, 480])
@pytest.mark.parametrize("level_db", [-8, -16, -24])
def test_an_echo_is_known(delay_ms: int, level_db: float) -> None:
    after = verdicts(OURS, late(at_db(OURS, level_db), delay_ms))[delay_ms // FRAME_MS + 2 :]
    assert sum(after) / len(after) > 0.97


def test_an_echo_that_the_line_has_coloured_is_known() -> None:
    coloured = np.convolve(OURS, [0.6, 0.25, -0.2, 0.15, 0.1])[: len(OURS)]
    after = verdicts(OURS, late(at_db(coloured, -10), 200))[15:]
    assert sum(after) / len(after) > 0.9


@pytest.mark.parametrize("caller", [CALLER, LIKE_US])
@pytest.mark.parametrize("level_db", [0, -10, -20])
def test_a_caller_who_speaks_into_ours_is_heard(caller: Sound, level_db: float) -> None:
    said = verdicts(OURS, at_db(caller, level_db))
    assert sum(said) / len(said) < 0.02


def test_a_caller_louder_than_the_echo_passes_soon_after_beginning() -> None:
    caller = CALLER.copy()
    caller[: RATE_HZ * 2] = 0
    said = verdicts(OURS, late(at_db(OURS, -24), 200) + caller)
    begins = 2000 // FRAME_MS
    assert sum(said[20:begins]) >= 0.97 * (begins - 20)
    assert said[begins + 10 :].count(True) < 0.4 * len(said[begins + 10 :])
    assert False in said[begins : begins + 6]


def test_what_is_as_loud_as_we_are_is_no_echo() -> None:
    assert not any(verdicts(OURS, late(OURS, 200)))


def test_long_after_our_sound_nothing_is_an_echo() -> None:
    guard = EchoGuard()
    tone = g711.encode(OURS[:FRAME_BYTES].astype(np.int16))
    guard.played(tone)
    assert guard.audible_ms == FRAME_MS
    for _ in range(30):
        guard.played(SILENCE)
    assert guard.audible_ms == 0
    assert not guard.is_echo(tone, may_be_speech=True)
