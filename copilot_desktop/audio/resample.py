"""Sample rates: short FIRs for live sound, soxr for whole sentences.

soxr is better but streams 120 ms late; the FIRs here add 1 ms.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio.frame import SAMPLE_RATE_HZ

_HALF_BAND_TAPS = 31
_KAISER_BETA = 6.0
_PASS_HZ = 3600
"""Where the 48 → 8 kHz filter is down by half: below 4 kHz, so that little folds back."""


class Upsampler:
    """Doubles the rate of a stream, 8 → 16 kHz. Delay: 15 output samples, 0.94 ms.

    A half-band filter on the zero-stuffed stream: every second output is an input sample, moved only
    in time; the others are a sum over 16 inputs.
    """

    DELAY_SAMPLES = (_HALF_BAND_TAPS - 1) // 2
    """In samples of the output."""

    def __init__(self) -> None:
        taps = _low_pass(_HALF_BAND_TAPS, cutoff=0.25) * 2
        self._between = taps[0::2].astype(np.float32)
        self._history = np.zeros(len(self._between) - 1, dtype=np.float32)

    def push(self, pcm: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return exactly twice as many samples as `pcm` has."""
        line = np.concatenate((self._history, pcm.astype(np.float32)))
        out = np.empty(2 * len(pcm), dtype=np.float32)
        out[0::2] = np.convolve(line, self._between, mode="valid")
        past = len(self._history)
        centre = past - self.DELAY_SAMPLES // 2
        out[1::2] = line[centre : centre + len(pcm)]
        self._history = line[len(line) - past :]
        return _to_int16(out)


class Downsampler:
    """Brings a live stream of 16 or 48 kHz down to 8 kHz. Delay: 0.94 ms from 16 kHz, 1 ms from 48 kHz.

    Raises ValueError for any other rate.
    """

    def __init__(self, from_hz: int) -> None:
        if from_hz not in (16000, 48000):
            raise ValueError(f"cannot stream {from_hz} Hz down to {SAMPLE_RATE_HZ} Hz")
        self._factor = from_hz // SAMPLE_RATE_HZ
        count = _HALF_BAND_TAPS if from_hz == 16000 else 97
        cutoff = 0.25 if from_hz == 16000 else _PASS_HZ / from_hz
        self._taps = _low_pass(count, cutoff).astype(np.float32)
        self._line = np.zeros(count - 1, dtype=np.float32)
        self.delay_ms = (count - 1) / 2 / from_hz * 1000

    def push(self, pcm: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return the samples that are due. Any length may come in; no sample is lost between pushes."""
        line = np.concatenate((self._line, pcm.astype(np.float32)))
        count = max(0, (len(line) - len(self._taps)) // self._factor + 1)
        self._line = line[count * self._factor :]
        if count == 0:
            return np.zeros(0, dtype=np.int16)
        windows = np.lib.stride_tricks.sliding_window_view(line, len(self._taps))
        return _to_int16(windows[:: self._factor][:count] @ self._taps)


def whole(pcm: NDArray[np.float32], from_hz: int, to_hz: int) -> NDArray[np.float32]:
    """Return a whole sentence at another rate, at soxr's high quality. Blocks; not for live frames."""
    import soxr

    if from_hz == to_hz:
        return pcm
    sound: NDArray[np.float32] = soxr.resample(pcm, from_hz, to_hz)
    return sound


def _low_pass(count: int, cutoff: float) -> NDArray[np.float64]:
    """Return a linear-phase filter of `count` taps; `cutoff` is in parts of the sample rate."""
    place = np.arange(count) - (count - 1) / 2
    taps = 2 * cutoff * np.sinc(2 * cutoff * place) * np.kaiser(count, _KAISER_BETA)
    # Exact unit gain at 0 Hz.
    unit: NDArray[np.float64] = taps / taps.sum()
    return unit


def _to_int16(sound: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
