"""From the phone's 8 kHz up to a multiple of it, live, with a delay of one millisecond."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio.frame import SAMPLE_RATE_HZ

_TAPS_A_PHASE = 16
_CUTOFF = 0.44
"""Of the phone's rate: 3.5 kHz. Above it there is nothing on the line."""
_KAISER_BETA = 6.0


class FromPhone:
    """A live stream of 8 kHz, up to `to_hz`, a multiple of it. Delay: 1 ms. Raises ValueError otherwise."""

    def __init__(self, to_hz: int) -> None:
        if to_hz % SAMPLE_RATE_HZ:
            raise ValueError(f"{to_hz} Hz is no multiple of {SAMPLE_RATE_HZ} Hz")
        self._factor = to_hz // SAMPLE_RATE_HZ
        count = _TAPS_A_PHASE * self._factor
        place = np.arange(count) - (count - 1) / 2
        taps = np.sinc(2 * _CUTOFF / self._factor * place) * np.kaiser(count, _KAISER_BETA)
        taps *= self._factor / taps.sum()
        # One row a phase, newest input first.
        self._phases = taps.reshape(_TAPS_A_PHASE, self._factor).T[:, ::-1].astype(np.float32)
        self._line = np.zeros(_TAPS_A_PHASE - 1, dtype=np.float32)

    def push(self, pcm: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return `factor` times as many samples as `pcm` has."""
        if not len(pcm):
            return np.zeros(0, dtype=np.int16)
        line = np.concatenate((self._line, pcm.astype(np.float32)))
        self._line = line[len(line) - (_TAPS_A_PHASE - 1) :]
        windows = np.lib.stride_tricks.sliding_window_view(line, _TAPS_A_PHASE)
        sound = (windows @ self._phases.T).reshape(-1)
        raised: NDArray[np.int16] = np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
        return raised
