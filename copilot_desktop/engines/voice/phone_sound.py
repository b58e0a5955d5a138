"""PhoneSound: speech as servers send it, in pieces of any length, as µ-law frames for the line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, SAMPLE_RATE_HZ, pad
from copilot_desktop.audio.level import is_audible

_LEAD_BYTES = 2 * FRAME_BYTES
"""Kept before the first sound: an "f" or "h" begins too softly to be noticed. Servers send up to 300 ms."""
_PATIENCE_S, _MOST_S_A_LETTER = 2.0, 0.5
"""Nobody speaks so slowly: what is longer is no speech."""
_LEAST_S_A_LETTER = 0.015
"""Nobody speaks so fast: what is shorter was cut off."""
_TAPS_A_RATE = 16
_CUTOFF = 0.44
"""Of the phone's rate: 3.5 kHz."""
_KAISER_BETA = 6.0


class PhoneSound:
    """The sound of one `sentence`: 16-bit samples of `rate_hz` in, whole frames out.

    Samples may be cut in two. The filter adds 2 ms: soxr's stream gives the same sound in lumps that are
    20 to 75 ms late, which a caller would hear as waiting. Silence before the first sound is left out.
    """

    def __init__(self, rate_hz: int, sentence: str) -> None:
        self._rate_hz = rate_hz
        letters = sum(letter.isalnum() for letter in sentence)
        self._most_bytes = int((_PATIENCE_S + letters * _MOST_S_A_LETTER) * SAMPLE_RATE_HZ)
        self._least_bytes = int(letters * _LEAST_S_A_LETTER * SAMPLE_RATE_HZ)
        self._byte_count = 0
        self._odd = b""
        self._ulaw = b""
        self._has_begun = False
        self._line = np.zeros(0, dtype=np.float32)
        self._place = 0.0
        self._filter = _low_pass(rate_hz)

    @property
    def duration_ms(self) -> int:
        """How much sound has come in."""
        return self._byte_count * 1000 // SAMPLE_RATE_HZ

    @property
    def is_cut_short(self) -> bool:
        """Whether what has come in cannot be the whole sentence."""
        return self._byte_count < self._least_bytes

    def push(self, data: bytes) -> bytes:
        """Return the frames that are whole now. Raises ValueError: far more sound than words."""
        data = self._odd + data
        whole = len(data) & ~1
        self._odd = data[whole:]
        return self.push_ulaw(g711.encode(self._down(np.frombuffer(data[:whole], "<i2")))) if whole else b""

    def push_ulaw(self, data: bytes) -> bytes:
        """The same for sound that is µ-law of 8 kHz already."""
        self._byte_count += len(data)
        if self._byte_count > self._most_bytes:
            raise ValueError("far more sound than the sentence has words")
        self._ulaw += data
        return self._take(len(self._ulaw) - len(self._ulaw) % FRAME_BYTES)

    def finish(self) -> bytes:
        """Return what is left, the last frame filled up. Raises ValueError: nothing of it can be heard."""
        rest = b""
        if self._line.size:
            rest = g711.encode(self._down(np.zeros(len(self._filter), dtype=np.int16)))
        self._ulaw = pad(self._ulaw + rest)
        frames = self._take(len(self._ulaw))
        if not self._has_begun:
            raise ValueError("no sound")
        return frames

    def _take(self, count: int) -> bytes:
        if not self._has_begun:
            first = self._first_sound(count)
            self._has_begun = first < count
            # Until there is sound, only its possible beginning is kept.
            skipped = max(0, first - _LEAD_BYTES)
            self._ulaw, count = self._ulaw[skipped:], count - skipped
            if not self._has_begun:
                return b""
        taken, self._ulaw = self._ulaw[:count], self._ulaw[count:]
        return taken

    def _first_sound(self, count: int) -> int:
        for start in range(0, count, FRAME_BYTES):
            if is_audible(self._ulaw[start : start + FRAME_BYTES]):
                return start
        return count

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
