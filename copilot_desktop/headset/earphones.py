"""Earphones: what the agent hears, with just enough sound in hand that a late frame leaves no hole."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QIODevice, QObject
from PySide6.QtMultimedia import QAudioDevice, QAudioFormat, QAudioSink, QtAudio

from copilot_desktop.audio.frame import FRAME_MS
from copilot_desktop.audio.upsample import FromPhone

log = logging.getLogger("copilot.headset")

RATE_HZ = 48000
_FRAME_BYTES = RATE_HZ * FRAME_MS // 1000 * 2
_LEAST_FRAMES = 2
_MOST_FRAMES = 8
"""160 ms in hand: beyond that a line is better heard late than never, but the talk suffers."""
_ROOM_FRAMES = _MOST_FRAMES + 4
_CALM_FRAMES = 500
"""Ten seconds without a hole: one frame less in hand."""


class Earphones(QObject):
    """One open output. `played` is told what goes to the device, 48 kHz, for the echo canceller.

    A hole in the sound makes it keep more in hand, calm times less. Sound that comes too fast is dropped,
    oldest first, rather than heard later and later.
    """

    def __init__(
        self,
        device: QAudioDevice,
        lost: Callable[[], None],
        played: Callable[[NDArray[np.int16]], None] = lambda pcm: None,
    ) -> None:
        super().__init__()
        wanted = QAudioFormat()
        wanted.setSampleRate(RATE_HZ)
        wanted.setChannelCount(1)
        wanted.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        self._lost, self._played = lost, played
        self._sink: QAudioSink | None = QAudioSink(device, wanted)
        self._sink.setBufferSize(_ROOM_FRAMES * _FRAME_BYTES)
        self._stream: QIODevice | None = None
        self._rate = FromPhone(RATE_HZ)
        self._in_hand = _LEAST_FRAMES
        self._calm = 0
        self.hole_count = 0
        """Times the device ran out of sound."""

    def start(self) -> bool:
        """Open the device; False if it cannot be."""
        sink = self._sink
        if sink is None:
            return False
        sink.stateChanged.connect(self._state_changed)
        stream: QIODevice | None = sink.start()
        if stream is None or sink.error() != QtAudio.Error.NoError:
            self.stop()
            return False
        self._stream = stream
        return True

    def set_volume(self, share: float) -> None:
        """Play as loud as `share` of the system's volume, 0–1."""
        if self._sink is not None:
            self._sink.setVolume(share)

    def play(self, pcm: NDArray[np.int16]) -> None:
        """Take 20 ms at 8 kHz. Never waits."""
        sink, stream = self._sink, self._stream
        if sink is None or stream is None:
            return
        waiting = sink.bufferSize() - sink.bytesFree()
        if waiting == 0:
            self._fill_hole(stream)
        elif waiting > (_ROOM_FRAMES - 1) * _FRAME_BYTES:
            return
        self._calm += 1
        sound = self._rate.push(pcm)
        if self._calm >= _CALM_FRAMES and self._in_hand > _LEAST_FRAMES and not np.any(np.abs(pcm) > 200):
            # A silent frame left out is heard by nobody.
            self._calm, self._in_hand = 0, self._in_hand - 1
            return
        self._write(stream, sound)

    def stop(self) -> None:
        """Close the device. Safe twice."""
        sink, self._sink, self._stream = self._sink, None, None
        if sink is None:
            return
        sink.stateChanged.disconnect(self._state_changed)
        sink.stop()
        sink.deleteLater()

    def _fill_hole(self, stream: QIODevice) -> None:
        if self._calm:
            self.hole_count += 1
            self._in_hand = min(self._in_hand + 1, _MOST_FRAMES)
        self._calm = 0
        self._write(stream, np.zeros(self._in_hand * _FRAME_BYTES // 2, dtype=np.int16))

    def _write(self, stream: QIODevice, pcm: NDArray[np.int16]) -> None:
        stream.write(pcm.astype("<i2").tobytes())
        self._played(pcm)

    def _state_changed(self) -> None:
        sink = self._sink
        if sink is not None and sink.state() == QtAudio.State.StoppedState:
            log.info("the earphones stopped (%s)", sink.error().name)
            self.stop()
            self._lost()
