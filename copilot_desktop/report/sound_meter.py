"""SoundMeter: what a recording's two sides are like, 20 ms by 20 ms. Pure; fed piece by piece."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio.frame import FRAME_BYTES, SAMPLE_RATE_HZ

FULL_SCALE = 32768.0
_LOUDEST = 32124
"""Where µ-law ends."""
_ECHO_FROM, _ECHO_TO = SAMPLE_RATE_HZ * 50 // 1000, SAMPLE_RATE_HZ * 500 // 1000
_IS_ECHO = 0.3
"""Of the correlation: two voices that know nothing of each other stay well below."""
_WINDOW = 2 * SAMPLE_RATE_HZ
_MOST_WINDOWS = 60
_AUDIBLE_POWER = (10 ** (-45 / 20)) ** 2

Pcm = NDArray[np.int16]
Figures = NDArray[np.float32]


class SoundMeter:
    """Takes the recording in order, `(n, 2)` samples at a time: the caller, then our side."""

    def __init__(self) -> None:
        self._rest: Pcm = np.zeros((0, 2), dtype=np.int16)
        self._powers: list[NDArray[np.float32]] = []
        self._clipped: list[NDArray[np.int32]] = []
        self._sums: list[NDArray[np.float32]] = []
        self._still: list[NDArray[np.bool_]] = []

    def add(self, sound: Pcm) -> None:
        """Take the next piece; any length. Some 10 ms for ten seconds of sound."""
        sound = np.concatenate((self._rest, sound)) if len(self._rest) else sound
        whole = len(sound) - len(sound) % FRAME_BYTES
        self._rest = sound[whole:]
        frames = sound[:whole].reshape(-1, FRAME_BYTES, 2)
        if not len(frames):
            return
        as_float = frames.astype(np.float32) / FULL_SCALE
        self._powers.append(np.mean(as_float * as_float, axis=1))
        caller = frames[:, :, 0]
        self._sums.append(as_float[:, :, 0].mean(axis=1))
        is_flat = np.all(caller == caller[:, :1], axis=1)
        # What stands at the end of the range is a voice cut off there, for these 20 ms.
        self._still.append(is_flat & (np.abs(caller[:, 0].astype(np.int32)) < _LOUDEST))
        self._clipped.append(_clipped(caller))

    @property
    def caller_power(self) -> Figures:
        """Mean square of each frame of the caller; full scale is 1."""
        return _joined(self._powers, 0)

    @property
    def our_power(self) -> Figures:
        """The same of our side."""
        return _joined(self._powers, 1)

    @property
    def is_still(self) -> NDArray[np.bool_]:
        """Frames in which every sample of the caller's is the same: nothing real sounds like that."""
        return np.concatenate(self._still) if self._still else np.zeros(0, dtype=np.bool_)

    @property
    def clipped(self) -> NDArray[np.int32]:
        """Samples of each frame that lie in a run at the end of the range."""
        return np.concatenate(self._clipped) if self._clipped else np.zeros(0, dtype=np.int32)

    @property
    def offset(self) -> Figures:
        """Mean of each frame's samples; full scale is 1."""
        return np.concatenate(self._sums) if self._sums else np.zeros(0, dtype=np.float32)


class EchoMeter:
    """How much of what we send comes back in the caller's sound, 50 to 500 ms later.

    Takes windows of two seconds in which we speak and the caller does not, at most 60 of a call.
    """

    def __init__(self) -> None:
        self._losses: list[float] = []
        self.windows = 0

    @property
    def is_full(self) -> bool:
        """No more windows are needed."""
        return self.windows >= _MOST_WINDOWS

    @property
    def loss_db(self) -> float | None:
        """How much weaker the echo is than what was sent, the median of the windows that had one."""
        return float(np.median(self._losses)) if 2 * len(self._losses) > self.windows else None

    def add(self, sound: Pcm) -> None:
        """Take one window, `(n, 2)`; silence on our side is passed over."""
        caller, ours = (sound[:, side].astype(np.float32) / FULL_SCALE for side in (0, 1))
        sent_power = float(np.mean(ours * ours))
        if sent_power < _AUDIBLE_POWER or len(sound) < _WINDOW:
            return
        self.windows += 1
        likeness = _likeness(caller, ours)
        best = int(np.argmax(np.abs(likeness)))
        if abs(likeness[best]) > _IS_ECHO:
            delay = _ECHO_FROM + best
            sent, came = ours[:-delay], caller[delay:]
            gain = abs(float(np.dot(came, sent))) / max(float(np.dot(sent, sent)), 1e-9)
            self._losses.append(-20 * float(np.log10(max(gain, 1e-6))))


def _likeness(caller: Figures, ours: Figures) -> Figures:
    """Return the correlation at each delay from 50 to 500 ms, −1 to 1."""
    size = 1 << (len(caller) + _ECHO_TO - 1).bit_length()
    spectrum = np.fft.rfft(caller, size) * np.conj(np.fft.rfft(ours, size))
    raw = np.fft.irfft(spectrum, size)[_ECHO_FROM : _ECHO_TO + 1]
    norm = float(np.sqrt(np.dot(caller, caller) * np.dot(ours, ours)))
    found: Figures = (raw / max(norm, 1e-9)).astype(np.float32)
    return found


def _clipped(caller: Pcm) -> NDArray[np.int32]:
    """Count samples at the end of the range that have a neighbour there; one alone may be just loud."""
    at_end = np.abs(caller.astype(np.int32)) >= _LOUDEST
    has_neighbour = np.zeros_like(at_end)
    has_neighbour[:, 1:] |= at_end[:, :-1]
    has_neighbour[:, :-1] |= at_end[:, 1:]
    counts: NDArray[np.int32] = np.count_nonzero(at_end & has_neighbour, axis=1).astype(np.int32)
    return counts


def _joined(powers: list[NDArray[np.float32]], side: int) -> Figures:
    return np.concatenate(powers)[:, side] if powers else np.zeros(0, dtype=np.float32)
