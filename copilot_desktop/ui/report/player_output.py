"""PlayerOutput: where a recording is played: Qt's sound, on the device the agent has chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QIODevice, QObject

from copilot_desktop.ui.report.player_feed import CHUNK_BYTES, RATE_HZ

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QAudioDevice, QAudioSink

_IN_HAND = 12
"""Pieces of 20 ms: a loop held up for a quarter of a second makes no hole."""


class PlayerOutput(Protocol):
    """Takes 48 kHz, 16-bit, two ears. No method waits."""

    def start(self, volume: float) -> bool:
        """Open the device; False if it cannot be."""
        ...

    def room(self) -> int:
        """Bytes that can be written now."""
        ...

    def waiting(self) -> int:
        """Bytes that are written and not yet heard."""
        ...

    def write(self, pcm: bytes) -> None:
        """Take as much as there is room for."""
        ...

    def set_volume(self, volume: float) -> None:
        """Play as loud as `volume`, 0 to 1."""
        ...

    def stop(self) -> None:
        """Close the device; what waits is not heard. Safe twice."""
        ...


OpenOutput = Callable[[str, Callable[[], None]], PlayerOutput | None]
"""Gives the output of a device by its key, or the system's; `lost`: it went away. None: no sound."""


def system_output(key: str, lost: Callable[[], None]) -> PlayerOutput | None:
    """Return the device of that key, or what the system plays on; None where there is no sound at all."""
    try:
        from PySide6.QtMultimedia import QMediaDevices
    except ImportError:
        # A library of the system's sound is missing.
        return None
    chosen = next((each for each in QMediaDevices.audioOutputs() if _key(each) == key), None)
    device = chosen or QMediaDevices.defaultAudioOutput()
    return None if device.isNull() else QtOutput(device, lost)


def _key(device: QAudioDevice) -> str:
    return bytes(device.id().data()).decode("utf-8", "backslashreplace")


class QtOutput(QObject):
    """One QAudioSink, opened anew by each `start`. Implements `PlayerOutput`."""

    def __init__(self, device: QAudioDevice, lost: Callable[[], None]) -> None:
        super().__init__()
        self._device, self._lost = device, lost
        self._sink: QAudioSink | None = None
        self._stream: QIODevice | None = None

    def start(self, volume: float) -> bool:
        from PySide6.QtMultimedia import QAudioFormat, QAudioSink, QtAudio

        self.stop()
        wanted = QAudioFormat()
        wanted.setSampleRate(RATE_HZ)
        wanted.setChannelCount(2)
        wanted.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        sink = self._sink = QAudioSink(self._device, wanted)
        sink.setBufferSize(_IN_HAND * CHUNK_BYTES)
        sink.setVolume(volume)
        sink.stateChanged.connect(self._state_changed)
        stream: QIODevice | None = sink.start()
        if stream is None or sink.error() != QtAudio.Error.NoError:
            self.stop()
            return False
        self._stream = stream
        return True

    def room(self) -> int:
        return self._sink.bytesFree() if self._sink is not None else 0

    def waiting(self) -> int:
        return self._sink.bufferSize() - self._sink.bytesFree() if self._sink is not None else 0

    def write(self, pcm: bytes) -> None:
        if self._stream is not None:
            self._stream.write(pcm)

    def set_volume(self, volume: float) -> None:
        if self._sink is not None:
            self._sink.setVolume(volume)

    def stop(self) -> None:
        sink, self._sink, self._stream = self._sink, None, None
        if sink is not None:
            sink.stateChanged.disconnect(self._state_changed)
            sink.stop()
            sink.deleteLater()

    def _state_changed(self) -> None:
        from PySide6.QtMultimedia import QtAudio

        if self._sink is not None and self._sink.state() == QtAudio.State.StoppedState:
            self.stop()
            self._lost()
