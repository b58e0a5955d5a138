"""On loudspeakers: keeps what the speakers play out of what the microphone sends."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio.level import pcm_dbfs

_BLOCK_MS = 10
_TAIL_MS = 300
"""A room goes on sounding so long after the speakers."""
_FAR_DBFS = -42.0
_NEAR_LEAD_DB = 12.0
"""So much louder than the speakers' sound in the microphone, and it is the agent's own voice."""


class EchoMode(StrEnum):
    """What is done about echo."""

    HEADSET = "headset"
    """Nothing: earphones make none, and untouched sound is understood best."""
    CANCEL = "cancel"
    """An echo canceller takes the speakers' sound out; both may speak at once, the agent's voice suffers."""
    HALF_DUPLEX = "half_duplex"
    """The microphone is silent while the speakers sound."""


class EchoGuard(Protocol):
    """Works on 48 kHz blocks of any length; no block comes back longer or shorter over time."""

    def far(self, pcm: NDArray[np.int16]) -> None:
        """The speakers get this."""
        ...

    def near(self, pcm: NDArray[np.int16]) -> NDArray[np.int16]:
        """The microphone heard this: return what may be sent."""
        ...


class NoGuard:
    """For headsets."""

    def far(self, pcm: NDArray[np.int16]) -> None:
        """Nothing to remember."""

    def near(self, pcm: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return it untouched."""
        return pcm


class HalfDuplex:
    """The microphone is silent while the speakers sound, and a little after."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._hold_samples = 0
        self._far_dbfs = -90.0

    def far(self, pcm: NDArray[np.int16]) -> None:
        """Remember how loud the speakers are."""
        level = pcm_dbfs(pcm)
        if level > _FAR_DBFS:
            self._far_dbfs = level
            self._hold_samples = self._rate_hz * _TAIL_MS // 1000

    def near(self, pcm: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return silence while the speakers sound, unless the agent is far louder than they can be."""
        if self._hold_samples <= 0:
            return pcm
        self._hold_samples -= len(pcm)
        is_agent = pcm_dbfs(pcm) > self._far_dbfs + _NEAR_LEAD_DB
        return pcm if is_agent else np.zeros_like(pcm)


class Canceller:
    """WebRTC's echo canceller, from the `livekit` package. Raises ImportError where that is missing.

    Sound comes back 10 ms late at most: it works on blocks of that length.
    """

    def __init__(self, rate_hz: int) -> None:
        from livekit.rtc import AudioFrame
        from livekit.rtc.apm import AudioProcessingModule

        self._rate_hz, self._block = rate_hz, rate_hz * _BLOCK_MS // 1000
        self._frame = AudioFrame
        self._processing = AudioProcessingModule(echo_cancellation=True, high_pass_filter=True)
        self._processing.set_stream_delay_ms(0)
        self._far = self._near = np.zeros(0, dtype=np.int16)

    def far(self, pcm: NDArray[np.int16]) -> None:
        """Let the canceller know what the speakers get."""
        self._far, _ = self._run(self._far, pcm, self._processing.process_reverse_stream)

    def near(self, pcm: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return the microphone's sound without the speakers'."""
        self._near, clean = self._run(self._near, pcm, self._processing.process_stream)
        return clean

    def _run(
        self, rest: NDArray[np.int16], pcm: NDArray[np.int16], process: Callable[..., None]
    ) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        line = np.concatenate((rest, pcm))
        count = len(line) // self._block
        done = []
        for number in range(count):
            block = line[number * self._block : (number + 1) * self._block]
            frame = self._frame(bytearray(block.tobytes()), self._rate_hz, 1, self._block)
            process(frame)
            done.append(np.frombuffer(bytes(frame.data), np.int16))
        clean = np.concatenate(done) if done else np.zeros(0, dtype=np.int16)
        return line[count * self._block :], clean


def guard_for(mode: EchoMode, rate_hz: int) -> EchoGuard:
    """Return the guard of `mode`. Raises ImportError if the canceller is not installed."""
    if mode is EchoMode.CANCEL:
        return Canceller(rate_hz)
    return HalfDuplex(rate_hz) if mode is EchoMode.HALF_DUPLEX else NoGuard()
