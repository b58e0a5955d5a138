"""PhoneSound: speech as servers send it, in pieces of any length, as µ-law frames for the line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, SAMPLE_RATE_HZ, pad
from copilot_desktop.audio.level import is_audible

_LEAD_FRAMES = 2
"""Silence left before the first sound; servers send up to a third of a second of it."""
_MOST_LEAD_FRAMES = 25
_TAPS_A_RATE = 16
_CUTOFF = 0.44
_KAISER_BETA = 6.0


class PhoneSound:
    """One sentence's: 16-bit samples of `rate_hz` in, whole frames out. Samples may be cut in two.

    A filter of 2 ms delay: soxr's stream is 30 to 100 ms late, which a caller would hear as waiting.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._odd = b""
        self._ulaw = b""
        self._is_trimming = True
        self._trimmed = 0
        self._line = np.zeros(0, dtype=np.float32)
        self._place = 0.0
        self._filter = _low_pass(rate_hz)

    def push(self, data: bytes) -> bytes:
        """Return the frames that are whole now."""
        data = self._odd + data
        whole = len(data) & ~1
        self._odd = data[whole:]
        if whole:
            self._ulaw += g711.encode(self._down(np.frombuffer(data[:whole], "<i2")))
        return self._take(len(self._ulaw) - len(self._ulaw) % FRAME_BYTES)

    def push_ulaw(self, data: bytes) -> bytes:
        """The same for sound that is µ-law already."""
        self._ulaw += data
        return self._take(len(self._ulaw) - len(self._ulaw) % FRAME_BYTES)

    def finish(self) -> bytes:
        """Return what is left, the last frame filled up with silence."""
        if self._line.size:
            self._ulaw += g711.encode(self._down(np.zeros(len(self._filter), dtype=np.int16)))
        return pad(self._take(len(self._ulaw)))

    def _take(self, count: int) -> bytes:
        taken, self._ulaw = self._ulaw[:count], self._ulaw[count:]
        return self._trim(taken) if self._is_trimming else taken

    def _trim(self, frames: bytes) -> bytes:
        """Leave out the silence that a sentence begins with."""
        kept = 0
        while kept < len(frames):
            if is_audible(frames[kept : kept + FRAME_BYTES]) or self._trimmed >= _MOST_LEAD_FRAMES:
                self._is_trimming = False
                lead = min(self._trimmed, _LEAD_FRAMES)
                return g711.encode(np.zeros(lead * FRAME_BYTES, dtype=np.int16)) + frames[kept:]
            self._trimmed += 1
            kept += FRAME_BYTES
        return b""

    def _down(self, pcm: NDArray[np.int16]) -> NDArray[np.int16]:
        """Bring samples to 8 kHz; between them where the rate is no multiple."""
        if self._rate_hz == SAMPLE_RATE_HZ:
            return pcm
        taps = self._filter
        line = np.concatenate((self._line, pcm.astype(np.float32)))
        if len(line) <= len(taps):
            self._line = line
            return np.zeros(0, dtype=np.int16)
        smooth = np.convolve(line, taps, mode="valid")
        step = self._rate_hz / SAMPLE_RATE_HZ
        places = np.arange(self._place, len(smooth) - 1, step)
        sound = np.interp(places, np.arange(len(smooth)), smooth)
        after = (float(places[-1]) if len(places) else self._place - step) + step
        dropped = min(int(after), len(smooth) - 1)
        self._place = after - dropped
        self._line = line[dropped:]
        due: NDArray[np.int16] = np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
        return due


def _low_pass(rate_hz: int) -> NDArray[np.float32]:
    if rate_hz <= SAMPLE_RATE_HZ:
        return np.ones(1, dtype=np.float32)
    count = int(_TAPS_A_RATE * rate_hz / SAMPLE_RATE_HZ) | 1
    place = np.arange(count) - (count - 1) / 2
    cutoff = _CUTOFF * SAMPLE_RATE_HZ / rate_hz
    taps = np.sinc(2 * cutoff * place) * np.kaiser(count, _KAISER_BETA)
    unit: NDArray[np.float32] = (taps / taps.sum()).astype(np.float32)
    return unit
