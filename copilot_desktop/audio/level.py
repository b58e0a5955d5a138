"""How loud a stretch of µ-law is, whether it clips, and whether it can be heard."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import SILENCE

SILENCE_DBFS = -90.0
"""What silence, and nothing at all, measure as."""

_FULL_SCALE = 32768.0
_CLIPPED = 31000
"""The two loudest µ-law steps lie above."""
_AUDIBLE_DBFS = -45.0
"""Speech on a phone line is at −10 to −35, the line's own noise at −50 and below."""


def dbfs(ulaw: bytes) -> float:
    """Return the RMS loudness, dB below full scale: `SILENCE_DBFS` to 0."""
    # Digital silence is every second frame of a call.
    return SILENCE_DBFS if ulaw == SILENCE else pcm_dbfs(g711.decode(ulaw))


def pcm_dbfs(pcm: NDArray[np.int16]) -> float:
    """The same for 16-bit samples."""
    if not len(pcm):
        return SILENCE_DBFS
    sound = pcm.astype(np.float32) / _FULL_SCALE
    power = float(np.dot(sound, sound)) / len(sound)
    return max(SILENCE_DBFS, 10 * float(np.log10(power))) if power > 0 else SILENCE_DBFS


def is_clipping(ulaw: bytes) -> bool:
    """Whether more than one sample in fifty is at the top of the range."""
    pcm = np.abs(g711.decode(ulaw).astype(np.int32))
    return len(pcm) > 0 and int(np.count_nonzero(pcm > _CLIPPED)) * 50 > len(pcm)


def is_audible(ulaw: bytes) -> bool:
    """Whether there is something to hear: louder than the noise of an idle line."""
    return dbfs(ulaw) >= _AUDIBLE_DBFS
