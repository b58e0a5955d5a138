"""Capture: one open microphone; its sound as mono 16-bit samples, as the device gives them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QIODevice, QObject
from PySide6.QtMultimedia import QAudioDevice, QAudioFormat, QAudioSource, QtAudio

log = logging.getLogger("copilot.headset")

WANTED_HZ = 48000
"""At lower rates Qt hands sound over in blocks of 64 ms and more, at this one in 21 ms."""

_Format = QAudioFormat.SampleFormat
_TYPES: dict[QAudioFormat.SampleFormat, np.dtype[Any]] = {
    _Format.UInt8: np.dtype(np.uint8),
    _Format.Int16: np.dtype("=i2"),
    _Format.Int32: np.dtype("=i4"),
    _Format.Float: np.dtype("=f4"),
}


class Capture(QObject):
    """Open from `start` to `stop`. `take` gets each block; `lost` is called once if the device goes away."""

    def __init__(
        self,
        device: QAudioDevice,
        take: Callable[[NDArray[np.int16]], None],
        lost: Callable[[], None],
    ) -> None:
        super().__init__()
        self._format = _format_for(device)
        self.rate_hz = self._format.sampleRate()
        self._take, self._lost = take, lost
        self._rest = b""
        self._source: QAudioSource | None = QAudioSource(device, self._format)
        self._stream: QIODevice | None = None

    def start(self) -> bool:
        """Open the device; False if it cannot be."""
        source = self._source
        if source is None:
            return False
        source.stateChanged.connect(self._state_changed)
        stream: QIODevice | None = source.start()
        if stream is None or source.error() != QtAudio.Error.NoError:
            self.stop()
            return False
        self._stream = stream
        stream.readyRead.connect(self._read)
        return True

    def stop(self) -> None:
        """Close the device, at once. Safe twice."""
        source, self._source, self._stream = self._source, None, None
        if source is None:
            return
        source.stateChanged.disconnect(self._state_changed)
        source.stop()
        source.deleteLater()

    def _read(self) -> None:
        if self._stream is None:
            return
        data = self._rest + bytes(self._stream.readAll().data())
        whole = len(data) - len(data) % self._format.bytesPerFrame()
        self._rest = data[whole:]
        if whole:
            self._take(_mono(data[:whole], self._format))

    def _state_changed(self) -> None:
        source = self._source
        if source is not None and source.state() == QtAudio.State.StoppedState:
            log.info("the microphone stopped (%s)", source.error().name)
            self.stop()
            self._lost()


def _format_for(device: QAudioDevice) -> QAudioFormat:
    wanted = QAudioFormat()
    wanted.setSampleRate(WANTED_HZ)
    wanted.setChannelCount(1)
    wanted.setSampleFormat(_Format.Int16)
    return wanted if device.isFormatSupported(wanted) else device.preferredFormat()


def _mono(data: bytes, form: QAudioFormat) -> NDArray[np.int16]:
    """Return the first channel: of a headset there is only one, and a mean of two can cancel out."""
    samples = np.frombuffer(data, _TYPES[form.sampleFormat()])[:: form.channelCount()]
    pcm: NDArray[np.int16]
    match form.sampleFormat():
        case _Format.Int32:
            pcm = (samples >> 16).astype(np.int16)
        case _Format.UInt8:
            pcm = (samples.astype(np.int16) - 128) << 8
        case _Format.Float:
            pcm = np.clip(samples * 32767, -32768, 32767).astype(np.int16)
        case _:
            pcm = samples.astype(np.int16)
    return pcm
