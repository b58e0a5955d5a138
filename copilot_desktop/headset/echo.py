"""On loudspeakers: keeps what the speakers play out of what the microphone sends."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.echo_guard import EchoGuard as Likeness
from copilot_desktop.audio.frame import FRAME_BYTES
from copilot_desktop.audio.level import pcm_dbfs
from copilot_desktop.audio.resample import Downsampler

_BLOCK_MS = 10
_TAIL_MS = 300
"""A room goes on sounding so long after the speakers."""
_FAR_DBFS = -42.0
_NEAR_LEAD_DB = 12.0
"""So much louder than the speakers' sound in the microphone, and it is the agent's own voice."""


_MOST_GAIN = 4.0
"""A microphone next to the speakers may hear them 12 dB louder than they were told to sound."""
_SHUT_MS = 60
"""How long a rest of the speakers' sound is held back after the last sign of it."""
_LEAST_DBFS = -60.0


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

    Sound comes back 10 ms late at most: it works on blocks of that length. What it leaves while the speakers
    alone are heard is held back: with each change of the delay it learns anew, and its rest could be taken
    for words.
    """

    def __init__(self, rate_hz: int) -> None:
        from livekit.rtc import AudioFrame
        from livekit.rtc.apm import AudioProcessingModule

        self._rate_hz, self._block = rate_hz, rate_hz * _BLOCK_MS // 1000
        self._frame = AudioFrame
        self._processing = AudioProcessingModule(echo_cancellation=True, high_pass_filter=True)
        self._processing.set_stream_delay_ms(0)
        self._far = self._near = np.zeros(0, dtype=np.int16)
        self._rest = _EchoRest(rate_hz)

    def far(self, pcm: NDArray[np.int16]) -> None:
        """Let the canceller know what the speakers get."""
        self._rest.played(pcm)
        whole, self._far = self._blocks(self._far, pcm)
        for block in whole:
            self._run(block, self._processing.process_reverse_stream)

    def near(self, pcm: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return the microphone's sound without the speakers'."""
        whole, self._near = self._blocks(self._near, pcm)
        done = [self._cleaned(block) for block in whole]
        return np.concatenate(done) if done else np.zeros(0, dtype=np.int16)

    def _cleaned(self, block: NDArray[np.int16]) -> NDArray[np.int16]:
        clean = self._run(block, self._processing.process_stream)
        return np.zeros_like(clean) if self._rest.is_all_of(block) else clean

    def _blocks(
        self, rest: NDArray[np.int16], pcm: NDArray[np.int16]
    ) -> tuple[list[NDArray[np.int16]], NDArray[np.int16]]:
        line = np.concatenate((rest, pcm))
        end = len(line) - len(line) % self._block
        return [line[start : start + self._block] for start in range(0, end, self._block)], line[end:]

    def _run(self, block: NDArray[np.int16], process: Callable[..., None]) -> NDArray[np.int16]:
        frame = self._frame(bytearray(block.tobytes()), self._rate_hz, 1, self._block)
        process(frame)
        return np.frombuffer(bytes(frame.data), np.int16)


class _EchoRest:
    """Tells when all that a microphone hears is the speakers' sound, whatever the canceller made of it."""

    def __init__(self, rate_hz: int) -> None:
        self._far, self._near = _PhoneFrames(rate_hz), _PhoneFrames(rate_hz)
        self._likeness = Likeness(_MOST_GAIN)
        self._shut_ms = 0

    def played(self, pcm: NDArray[np.int16]) -> None:
        """The speakers get this."""
        for frame in self._far.push(pcm):
            self._likeness.played(frame)

    def is_all_of(self, heard: NDArray[np.int16]) -> bool:
        """Take a block as the microphone heard it."""
        self._shut_ms = max(0, self._shut_ms - _BLOCK_MS)
        is_loud = pcm_dbfs(heard) > _LEAST_DBFS
        for frame in self._near.push(heard):
            if self._likeness.is_echo(frame, may_be_speech=is_loud):
                self._shut_ms = _SHUT_MS
        return self._shut_ms > 0


class _PhoneFrames:
    """A device's sound as frames of a phone line."""

    def __init__(self, rate_hz: int) -> None:
        self._down = Downsampler(rate_hz)
        self._rest = np.zeros(0, dtype=np.int16)

    def push(self, pcm: NDArray[np.int16]) -> list[bytes]:
        """Return the frames that are full; any length may come in."""
        line = np.concatenate((self._rest, self._down.push(pcm)))
        end = len(line) - len(line) % FRAME_BYTES
        self._rest = line[end:]
        return [g711.encode(line[start : start + FRAME_BYTES]) for start in range(0, end, FRAME_BYTES)]


def guard_for(mode: EchoMode, rate_hz: int) -> EchoGuard:
    """Return the guard of `mode`. Raises ImportError if the canceller is not installed."""
    if mode is EchoMode.CANCEL:
        return Canceller(rate_hz)
    return HalfDuplex(rate_hz) if mode is EchoMode.HALF_DUPLEX else NoGuard()
