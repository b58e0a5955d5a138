"""From a device's sample rate down to the phone's 8 kHz, with as little delay as the rate allows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio.frame import SAMPLE_RATE_HZ
from copilot_desktop.audio.resample import Downsampler


class ToPhone:
    """A live stream of a device, down to 8 kHz. Delay: 1 ms from 48 and 16 kHz, some 20 ms from others."""

    def __init__(self, from_hz: int) -> None:
        self._fir = Downsampler(from_hz) if from_hz in (16000, 48000) else None
        if self._fir is None and from_hz != SAMPLE_RATE_HZ:
            import soxr

            self._soxr = soxr.ResampleStream(from_hz, SAMPLE_RATE_HZ, 1, dtype="int16", quality="LQ")
        else:
            self._soxr = None

    def push(self, pcm: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return the samples that are due; any length may come in."""
        if self._fir is not None:
            return self._fir.push(pcm)
        if self._soxr is None:
            return pcm
        due: NDArray[np.int16] = self._soxr.resample_chunk(pcm)
        return due
