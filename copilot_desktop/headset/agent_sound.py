"""QtHeadset: the agent's microphone and earphones as the calls know them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, AudioFrame
from copilot_desktop.audio.level import SILENCE_DBFS, pcm_dbfs
from copilot_desktop.calls.errors import DeviceError
from copilot_desktop.headset.devices import DeviceKind, SoundDevices, key_of
from copilot_desktop.headset.ear_sounds import EarMixer, EarSound, samples
from copilot_desktop.headset.echo import EchoGuard, EchoMode, NoGuard, guard_for
from copilot_desktop.headset.rates import ToPhone

if TYPE_CHECKING:
    from copilot_desktop.headset.capture import Capture
    from copilot_desktop.headset.earphones import Earphones

log = logging.getLogger("copilot.headset")

_QUEUED_FRAMES = 25
"""Half a second, if the loop is held up; older sound is dropped, for late words are worse than lost ones."""
_IDLE_S = 3.0
"""So long after the last frame the earphones are closed."""
_FLOW_S = 0.06
"""A call that has given no frame for so long gives none just now."""
_QUIET: NDArray[np.int16] = np.zeros(FRAME_BYTES, dtype=np.int16)
_LIMIT = 30000
FAR_HZ = 48000
"""What the earphones get."""


@dataclass(frozen=True, slots=True)
class SoundChoice:
    """What the agent has chosen; an empty key is the system's default."""

    microphone: str = ""
    speaker: str = ""
    microphone_gain_db: float = 0.0
    speaker_volume: float = 1.0
    echo: EchoMode = EchoMode.HEADSET
    replaces_lost: bool = True
    """While the agent speaks, a device that goes away is replaced by the one that the system offers."""


class QtHeadset:
    """Implements `calls.ports.AgentAudio`. Make it on the loop that Qt runs on.

    `choice` is asked whenever a device is opened. `on_trouble` is told of a device that went away in use, and
    whether another has taken over. If it must not, as `choice` says, the listener may close the microphone in
    time; else that ends as if there were none.
    """

    def __init__(
        self,
        devices: SoundDevices,
        choice: Callable[[], SoundChoice],
        on_trouble: Callable[[DeviceKind, bool], None] = lambda kind, is_replaced: None,
    ) -> None:
        self._devices, self._choice, self._on_trouble = devices, choice, on_trouble
        self._capture: Capture | None = None
        self._frames: asyncio.Queue[AudioFrame | None] | None = None
        self._earphones: Earphones | None = None
        self._open_keys: dict[DeviceKind, str] = {}
        self._idle: asyncio.TimerHandle | None = None
        self._signs = EarMixer()
        self._feeding: asyncio.TimerHandle | None = None
        self._fed_s = 0.0
        self._guard: EchoGuard = NoGuard()
        self._to_phone = ToPhone(48000)
        self._gain = 1.0
        self._rest: NDArray[np.int16] = np.zeros(0, dtype=np.int16)
        self._at_ms = 0
        self.level_dbfs = SILENCE_DBFS
        """Loudness of the microphone's last block; silence while it is closed."""
        devices.changed.connect(self._devices_changed)

    @property
    def is_microphone_open(self) -> bool:
        """Whether the microphone is open at this moment."""
        return self._capture is not None

    @asynccontextmanager
    async def microphone(self) -> AsyncIterator[AsyncIterator[AudioFrame]]:
        """Open the microphone for 20 ms frames; it is closed before this returns.

        Raises:
            DeviceError: there is none, it cannot be opened, or it is open already.
        """
        if self._frames is not None:
            raise DeviceError("the microphone is in use")
        self._frames = asyncio.Queue(_QUEUED_FRAMES)
        try:
            if not self._open_capture():
                raise DeviceError("there is no microphone that can be opened")
            yield self._listen(self._frames)
        finally:
            self._frames = None
            self._close_capture()

    def play(self, frame: AudioFrame) -> None:
        """Let the agent hear 20 ms. Never waits; without a speaker nothing happens."""
        self._fed_s = asyncio.get_running_loop().time()
        self._hear(g711.decode(frame.data))

    def sound(self, sign: EarSound) -> None:
        """Let the agent alone hear a sign, within the call's sound if there is any. Never waits."""
        self._signs.add(samples(sign))
        if self._feeding is None:
            loop = asyncio.get_running_loop()
            self._feeding = loop.call_at(loop.time(), self._feed, loop.time())

    def apply(self) -> None:
        """The choice has changed: open devices are opened anew."""
        self._close_earphones()
        if self._capture is not None:
            self._reopen_capture()

    def close(self) -> None:
        """Close both devices."""
        if self._feeding is not None:
            self._feeding.cancel()
            self._feeding = None
        self._signs.clear()
        self._close_earphones()
        self._close_capture()

    # The microphone.

    def _open_capture(self) -> bool:
        device = self._devices.pick(DeviceKind.MICROPHONE, self._choice().microphone)
        if device is None:
            return False
        from copilot_desktop.headset.capture import Capture

        choice = self._choice()
        capture = Capture(device, self._take, self._capture_lost)
        self._guard = self._new_guard(choice.echo, capture.rate_hz)
        self._to_phone = ToPhone(capture.rate_hz)
        self._gain = 10 ** (choice.microphone_gain_db / 20)
        self._rest = np.zeros(0, dtype=np.int16)
        if not capture.start():
            return False
        self._capture = capture
        self._open_keys[DeviceKind.MICROPHONE] = key_of(device)
        return True

    def _new_guard(self, mode: EchoMode, rate_hz: int) -> EchoGuard:
        if mode is EchoMode.CANCEL and rate_hz != FAR_HZ:
            # The canceller compares like with like.
            mode = EchoMode.HALF_DUPLEX
        try:
            return guard_for(mode, rate_hz)
        except ImportError:
            log.warning("the echo canceller is not installed: the microphone is silent while others speak")
            return guard_for(EchoMode.HALF_DUPLEX, rate_hz)

    def _take(self, pcm: NDArray[np.int16]) -> None:
        clean = self._guard.near(pcm)
        if self._gain != 1.0:
            clean = np.clip(clean * self._gain, -_LIMIT, _LIMIT).astype(np.int16)
        self.level_dbfs = pcm_dbfs(clean)
        line = np.concatenate((self._rest, self._to_phone.push(clean)))
        whole = len(line) - len(line) % FRAME_BYTES
        self._rest = line[whole:]
        for start in range(0, whole, FRAME_BYTES):
            self._give(AudioFrame(g711.encode(line[start : start + FRAME_BYTES]), self._at_ms))
            self._at_ms += FRAME_MS

    def _give(self, frame: AudioFrame | None) -> None:
        frames = self._frames
        if frames is None:
            return
        if frames.full():
            frames.get_nowait()
        frames.put_nowait(frame)

    @staticmethod
    async def _listen(frames: asyncio.Queue[AudioFrame | None]) -> AsyncIterator[AudioFrame]:
        while (frame := await frames.get()) is not None:
            yield frame
        raise DeviceError("the microphone went away")

    def _capture_lost(self) -> None:
        self._close_capture()
        is_replaced = self._may_replace() and self._frames is not None and self._open_capture()
        self._on_trouble(DeviceKind.MICROPHONE, is_replaced)
        if not is_replaced:
            self._give(None)

    def _may_replace(self) -> bool:
        return self._frames is None or self._choice().replaces_lost

    def _reopen_capture(self) -> None:
        self._close_capture()
        if not self._open_capture():
            self._give(None)

    def _close_capture(self) -> None:
        capture, self._capture = self._capture, None
        self.level_dbfs = SILENCE_DBFS
        if capture is not None:
            capture.stop()

    # The earphones.

    def _open_earphones(self) -> bool:
        choice = self._choice()
        device = self._devices.pick(DeviceKind.SPEAKER, choice.speaker)
        if device is None:
            return False
        from copilot_desktop.headset.earphones import Earphones

        earphones = Earphones(device, self._earphones_lost, lambda pcm: self._guard.far(pcm))
        earphones.set_volume(choice.speaker_volume)
        if not earphones.start():
            return False
        self._earphones = earphones
        self._open_keys[DeviceKind.SPEAKER] = key_of(device)
        return True

    def _hear(self, pcm: NDArray[np.int16]) -> bool:
        """Play 20 ms; False: there is no speaker."""
        if self._earphones is None and not self._open_earphones():
            self._signs.clear()
            return False
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(_IDLE_S, self._close_earphones)
        assert self._earphones is not None
        self._earphones.play(self._signs.mix(pcm))
        return True

    def _feed(self, due_s: float) -> None:
        """Carry the signs while no call does."""
        self._feeding = None
        if self._signs.is_empty:
            return
        loop = asyncio.get_running_loop()
        if loop.time() - self._fed_s < _FLOW_S or self._hear(_QUIET):
            next_s = due_s + FRAME_MS / 1000
            self._feeding = loop.call_at(next_s, self._feed, next_s)

    def _earphones_lost(self) -> None:
        self._close_earphones()
        self._on_trouble(DeviceKind.SPEAKER, self._may_replace() and self._open_earphones())

    def _close_earphones(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        earphones, self._earphones = self._earphones, None
        if earphones is not None:
            earphones.stop()

    def _devices_changed(self) -> None:
        """The chosen device is back, or the system offers another one: use it from now on."""
        gone = [kind for kind in DeviceKind if self._is_gone(kind)]
        if gone and not self._may_replace():
            for kind in gone:
                self._capture_lost() if kind is DeviceKind.MICROPHONE else self._earphones_lost()
            return
        self._close_earphones()
        if self._capture is not None:
            self._reopen_capture()

    def _is_gone(self, kind: DeviceKind) -> bool:
        """Whether a device is open that the system does not know any more."""
        is_open = (self._capture if kind is DeviceKind.MICROPHONE else self._earphones) is not None
        return is_open and all(each.key != self._open_keys[kind] for each in self._devices.all(kind))
