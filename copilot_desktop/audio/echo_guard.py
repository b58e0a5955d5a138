"""EchoGuard: our own sound, coming back on a caller's line or in a microphone, is not taken for somebody's.

An echo is our sound once more: later, otherwise alike. So the last tenth of a second of what is heard is
compared with all that we played in the half second before. Where one and the same shift explains most of it,
it is ours. Who speaks over an echo, louder than it, is not explained by our sound and passes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SILENCE

_WINDOW_FRAMES = 5
"""100 ms: two voices are alike by chance in less."""
_NEAREST_FRAMES, _FARTHEST_FRAMES = 1, 25
"""20 to 500 ms: a line or a loudspeaker answers sooner, or later, in no call that people can talk in."""
_REMEMBERED_FRAMES = _FARTHEST_FRAMES + 5
_ALIKE = 0.7
"""Correlation: half of the caller's sound is ours."""
_LEAST_GAIN = 0.02
"""−34 dB."""
ON_A_LINE = 0.63
"""−4 dB: what is as loud as we are on a phone line is somebody's own voice."""
_TAIL_MS = 240
"""How long after an echo softer sound is still held for its end."""
_FADE = 0.9
_PRE_EMPHASIS = 0.8
"""Flattens a voice's spectrum, so that two voices of one pitch are less alike."""
_LEAST_ENERGY = 4e5
"""Of a window: below is noise, which resembles nothing."""

Floats = NDArray[np.float32]


class EchoGuard:
    """One call's. Give it every frame of both sides, ours first: `played`, then `is_echo`.

    `most_gain`: how much louder than what we played an echo can be, as a factor.
    """

    def __init__(self, most_gain: float = ON_A_LINE) -> None:
        self._most_gain = most_gain
        self._ours = np.zeros((_WINDOW_FRAMES + _FARTHEST_FRAMES) * FRAME_BYTES, dtype=np.float32)
        self._theirs = np.zeros(_WINDOW_FRAMES * FRAME_BYTES, dtype=np.float32)
        self._last_ours = self._last_theirs = 0.0
        self._silent_frames = _REMEMBERED_FRAMES
        self._tail_ms = 0
        self._tail_energy = 0.0
        self.audible_ms = 0
        """How long we have been heard without a break of 600 ms; 0: we are not."""

    def played(self, frame: bytes) -> None:
        """They hear `frame` of ours, 20 ms."""
        if frame == SILENCE:
            self._silent_frames += 1
        else:
            self._silent_frames = 0
        if self._silent_frames >= _REMEMBERED_FRAMES:
            self.audible_ms = 0
            return
        self.audible_ms += FRAME_MS
        if self.audible_ms == FRAME_MS:
            # What was before is long over.
            self._ours[:] = 0
        self._last_ours = _push(self._ours, frame, self._last_ours)

    def is_echo(self, frame: bytes, *, may_be_speech: bool) -> bool:
        """Take 20 ms of what is heard; tell whether what sounds in them is ours. At most some 0.2 ms."""
        if not self.audible_ms:
            return False
        if self.audible_ms == FRAME_MS:
            self._theirs[:] = 0
        self._last_theirs = _push(self._theirs, frame, self._last_theirs)
        self._tail_ms = max(0, self._tail_ms - FRAME_MS)
        if not may_be_speech:
            return False
        energy = float(np.dot(self._theirs, self._theirs))
        if energy >= _LEAST_ENERGY and self._is_ours(energy):
            self._tail_ms, self._tail_energy = _TAIL_MS, max(energy, self._tail_energy * _FADE)
            return True
        # A detector hears a voice for some time after its end: where an echo fades, nobody begins to speak.
        return self._tail_ms > 0 and energy <= self._tail_energy

    def _is_ours(self, energy: float) -> bool:
        theirs, ours = self._theirs, self._ours
        size = len(ours)
        # Frequency by frequency: 0.1 ms where shift by shift would be 3.
        spectrum = np.fft.rfft(ours) * np.conj(np.fft.rfft(theirs, size))
        shifts = size - len(theirs) - _NEAREST_FRAMES * FRAME_BYTES
        products = np.fft.irfft(spectrum, size)[: shifts + 1]
        sums = np.concatenate(([0.0], np.cumsum(np.square(ours, dtype=np.float64))))
        energies = sums[len(theirs) : len(theirs) + shifts + 1] - sums[: shifts + 1] + 1.0
        likeness = np.abs(products) / np.sqrt(energies)
        best = int(np.argmax(likeness))
        gain = abs(products[best]) / energies[best]
        return bool(likeness[best] >= _ALIKE * energy**0.5) and _LEAST_GAIN <= gain <= self._most_gain


def _push(samples: Floats, frame: bytes, last: float) -> float:
    """Move `samples` on by `frame`, flattened; return its last sample for the next."""
    new = g711.decode(frame).astype(np.float32)
    samples[:-FRAME_BYTES] = samples[FRAME_BYTES:]
    samples[-FRAME_BYTES:] = new
    samples[-FRAME_BYTES + 1 :] -= _PRE_EMPHASIS * new[:-1]
    samples[-FRAME_BYTES] -= _PRE_EMPHASIS * last
    return float(new[-1])
