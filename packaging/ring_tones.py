"""Writes the further ring tones into `resources/sounds`. Every sound is a sum of sines: nothing is borrowed.

    .venv/bin/python packaging/ring_tones.py

Each is 3 s long, ends in silence and is as loud as the bell, so that the loudness set for one fits all.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).resolve().parent.parent / "resources" / "sounds"
RATE_HZ = 16000
_LENGTH_S = 3.0
_LOUDEST_DBFS = -15.5
"""The loudest tenth of a second, RMS, about as the bell has it; no sample is above −6 dBFS."""
_PEAK = 0.5
_BARS = ((1.0, 1.0, 0.20), (3.93, 0.35, 0.05), (9.2, 0.08, 0.02))
"""Of a wooden bar: pitch over the lowest, loudness, seconds until it has died to a third."""

Sound = NDArray[np.float64]


def marimba() -> Sound:
    """Return two rising runs of a marimba."""
    sound = _silence()
    run_hz = (523.25, 659.26, 783.99, 1046.50)
    for start_s, run in ((0.0, run_hz), (1.1, (587.33, 739.99, 880.00, 1174.66))):
        for number, pitch_hz in enumerate(run):
            _add(sound, _struck(pitch_hz), start_s + 0.16 * number)
    return sound


def telephone() -> Sound:
    """Return the warble of an office telephone, twice."""
    sound = _silence()
    time_s = np.arange(int(0.8 * RATE_HZ)) / RATE_HZ
    # Two tones in turn, twelve changes a second, each change a glide of some milliseconds.
    turn = 0.5 + 0.5 * np.tanh(6 * np.sin(2 * np.pi * 12 * time_s))
    pitch_hz = 620 + 155 * turn
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    warble = np.sin(phase) + 0.25 * np.sin(2 * phase) + 0.1 * np.sin(3 * phase)
    warble *= np.clip(np.minimum(time_s, time_s[-1] - time_s) / 0.02, 0, 1)
    for start_s in (0.0, 1.1):
        _add(sound, warble, start_s)
    return sound


TONES = {"ring-marimba.wav": marimba, "ring-telephone.wav": telephone}


def _silence() -> Sound:
    return np.zeros(int(_LENGTH_S * RATE_HZ))


def _struck(pitch_hz: float) -> Sound:
    time_s = np.arange(int(0.9 * RATE_HZ)) / RATE_HZ
    parts = (
        level * np.sin(2 * np.pi * pitch_hz * over * time_s) * np.exp(-time_s / lasts_s)
        for over, level, lasts_s in _BARS
        if pitch_hz * over < RATE_HZ / 2
    )
    tone: Sound = sum(parts, np.zeros(len(time_s))) * np.minimum(time_s / 0.003, 1.0)
    tone *= np.clip((time_s[-1] - time_s) / 0.05, 0, 1)
    return tone


def _add(sound: Sound, part: Sound, start_s: float) -> None:
    start = int(start_s * RATE_HZ)
    sound[start : start + len(part)] += part


def _gain(sound: Sound) -> float:
    tenths = sound.reshape(-1, RATE_HZ // 10)
    loudest = float(np.sqrt((tenths**2).mean(axis=1)).max())
    return min(10 ** (_LOUDEST_DBFS / 20) / loudest, _PEAK / float(np.abs(sound).max()))


def main() -> None:
    """Write them all."""
    for name, make in TONES.items():
        sound = make()
        pcm = (sound * _gain(sound) * 32767).astype("<i2")
        with wave.open(str(FOLDER / name), "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(RATE_HZ)
            wav.writeframes(pcm.tobytes())


if __name__ == "__main__":
    main()
