"""Ear sounds: small signs for the agent alone, and how they join what the agent hears.

They are added on the way to the earphones only. The microphone, the recording and the line never meet them.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SAMPLE_RATE_HZ

Sound = NDArray[np.int16]

SECOND_CALL_DBFS = -30.0
"""Peak: 24 dB under that of the ring tones."""
_SOFT_DBFS = -24.0
_LONGEST_MS = 1500
"""What waits to be heard; a sign that comes later than that tells of the past."""
_LIMIT = 32767


class EarSound(StrEnum):
    """What is told."""

    SECOND_CALL = "second_call"
    HOLD_REMINDER = "hold_reminder"
    MUTED_TICK = "muted_tick"
    AI_NEEDS_YOU = "ai_needs_you"
    CALL_ENDED = "call_ended"


@cache
def samples(sound: EarSound) -> Sound:
    """Return a sign at 8 kHz in whole frames, well under a second."""
    match sound:
        case EarSound.SECOND_CALL:
            made = _in_turn(_tick(1400, 15), _pause(90), _tick(1400, 15))
            return _whole(made, SECOND_CALL_DBFS)
        case EarSound.HOLD_REMINDER:
            return _whole(_in_turn(_note(440.00, 320)), _SOFT_DBFS)
        case EarSound.MUTED_TICK:
            return _whole(_in_turn(_tick(320, 25)), _SOFT_DBFS)
        case EarSound.AI_NEEDS_YOU:
            return _whole(_in_turn(_note(659.26, 160), _note(880.00, 260)), _SOFT_DBFS)
        case EarSound.CALL_ENDED:
            return _whole(_in_turn(_note(587.33, 140), _note(392.00, 240)), _SOFT_DBFS)


class EarMixer:
    """Adds signs to the agent's sound, 20 ms at a time."""

    def __init__(self) -> None:
        self._waiting: Sound = np.zeros(0, dtype=np.int16)

    @property
    def is_empty(self) -> bool:
        """Whether all has been heard."""
        return not len(self._waiting)

    def add(self, sound: Sound) -> None:
        """Let a sign be heard after those that wait. Too many of them: it is dropped."""
        if len(self._waiting) + len(sound) <= _LONGEST_MS * SAMPLE_RATE_HZ // 1000:
            self._waiting = np.concatenate((self._waiting, sound))

    def mix(self, pcm: Sound) -> Sound:
        """Return `pcm`, 8 kHz, with what is due of the signs added."""
        if self.is_empty:
            return pcm
        part, self._waiting = self._waiting[: len(pcm)], self._waiting[len(pcm) :]
        both = pcm.astype(np.int32)
        both[: len(part)] += part
        return np.clip(both, -_LIMIT, _LIMIT).astype(np.int16)

    def clear(self) -> None:
        """Forget what waits: nobody can hear it."""
        self._waiting = self._waiting[:0]


def _tick(pitch_hz: float, lasts_ms: float) -> NDArray[np.float64]:
    """A short knock that has died away after six times `lasts_ms`."""
    time_ms = _times_ms(6 * lasts_ms)
    knock: NDArray[np.float64] = np.sin(2 * np.pi * pitch_hz * time_ms / 1000) * np.exp(-time_ms / lasts_ms)
    return knock * np.minimum(time_ms / 2, 1.0)


def _note(pitch_hz: float, duration_ms: float) -> NDArray[np.float64]:
    """A soft note that swells and fades."""
    time_ms = _times_ms(duration_ms)
    swell = np.minimum(np.minimum(time_ms / 20, (duration_ms - time_ms) / (duration_ms * 0.7)), 1.0)
    tone = np.sin(2 * np.pi * pitch_hz * time_ms / 1000)
    return (tone + 0.15 * np.sin(4 * np.pi * pitch_hz * time_ms / 1000)) * swell


def _pause(duration_ms: float) -> NDArray[np.float64]:
    return np.zeros(len(_times_ms(duration_ms)))


def _times_ms(duration_ms: float) -> NDArray[np.float64]:
    return np.arange(int(duration_ms * SAMPLE_RATE_HZ / 1000)) * 1000 / SAMPLE_RATE_HZ


def _in_turn(*parts: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate(parts)


def _whole(sound: NDArray[np.float64], peak_dbfs: float) -> Sound:
    """Return `sound` with its peak at `peak_dbfs` and silence up to the next whole frame."""
    loud = sound / float(np.abs(sound).max()) * _LIMIT * 10 ** (peak_dbfs / 20)
    rest = -len(loud) % FRAME_BYTES
    made: Sound = np.concatenate((loud, np.zeros(rest))).astype(np.int16)
    made.setflags(write=False)
    return made


def length_ms(sound: EarSound) -> int:
    """Return how long a sign is heard."""
    return len(samples(sound)) // FRAME_BYTES * FRAME_MS
