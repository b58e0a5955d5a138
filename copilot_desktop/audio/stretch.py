"""Speech faster or slower with its pitch kept (WSOLA): pieces laid over each other where they fit best."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio.frame import FRAME_BYTES

Sound = NDArray[np.float32]
"""One row a sample, one column a channel."""
Source = Callable[[int, int], Sound]
"""Gives so many samples from such a place; silence before the beginning and after the end."""

STEP = FRAME_BYTES
"""Samples that come out at a time: 20 ms at 8 kHz."""
_PIECE = 2 * STEP
_SEARCH = 100
"""12.5 ms to either side: a whole period of the lowest voice."""


class Stretcher:
    """Reads `source` from `place` on. `speed` may be changed at any time; at 1 the sound is untouched."""

    def __init__(self, source: Source, place: int = 0, speed: float = 1.0) -> None:
        self._source, self.speed = source, speed
        self.place = place
        """Where in the source the next step begins, in samples."""
        self._wanted = float(place)
        self._last: int | None = None
        """Where the piece before this one was taken from."""
        angle = 2 * np.pi * np.arange(_PIECE) / _PIECE
        self._fade = (0.5 - 0.5 * np.cos(angle)).astype(np.float32)[:, None]

    def next(self) -> Sound:
        """Return the next `STEP` samples."""
        made = self._plain() if self.speed == 1.0 else self._laid_over()
        self._wanted += STEP * self.speed
        self.place = round(self._wanted)
        return made

    def _plain(self) -> Sound:
        at = self.place if self._last is None else self._last + STEP
        # Going on exactly where the last piece went on, so that a change of speed does not click.
        self._last, self._wanted = at, float(at)
        return self._source(at, STEP)

    def _laid_over(self) -> Sound:
        if self._last is None:
            self._last = self.place - STEP
        before = self._source(self._last + STEP, _PIECE)
        at = self._best(before)
        piece = self._source(at, _PIECE)
        made: Sound = before[:STEP] * self._fade[STEP:] + piece[:STEP] * self._fade[:STEP]
        self._last = at
        return made

    def _best(self, before: Sound) -> int:
        """Return the place near the wanted one whose sound is most like what would have come."""
        first = self.place - _SEARCH
        around = self._source(first, _PIECE + 2 * _SEARCH).sum(axis=1)
        pattern = before.sum(axis=1)
        likeness = np.correlate(around, pattern, "valid")
        power = np.cumsum(np.concatenate(([0.0], around.astype(np.float64) ** 2)))
        loudness = np.sqrt(np.maximum(power[_PIECE:] - power[:-_PIECE], 1e-9))
        return first + int(np.argmax(likeness / loudness))
