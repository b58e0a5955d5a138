"""A loudspeaker for tests of the player: takes sound as Qt's does, and time passes when a test says so."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication
from PySide6.QtTest import QTest

from copilot_desktop.ui.report.player import CallPlayer, PlayerState
from copilot_desktop.ui.report.player_feed import CHUNK_BYTES

_ROOM = 12 * CHUNK_BYTES
_BYTES_A_MS = CHUNK_BYTES // 20


class Loudspeaker:
    """Hand `opened` to a player as its `open_output`. `heard` is all that was played."""

    def __init__(self, *, is_there: bool = True) -> None:
        self.is_there = is_there
        self.heard = bytearray()
        self.volume = 1.0
        self.starts = 0
        self._waiting = bytearray()
        self._lost: Callable[[], None] = lambda: None

    def opened(self, key: str, lost: Callable[[], None]) -> Loudspeaker | None:
        self._lost = lost
        return self if self.is_there else None

    def start(self, volume: float) -> bool:
        self.starts += 1
        self.volume = volume
        self._waiting.clear()
        return self.is_there

    def room(self) -> int:
        return _ROOM - len(self._waiting)

    def waiting(self) -> int:
        return len(self._waiting)

    def write(self, pcm: bytes) -> None:
        self._waiting += pcm

    def set_volume(self, volume: float) -> None:
        self.volume = volume

    def stop(self) -> None:
        self._waiting.clear()

    def unplug(self) -> None:
        self.is_there = False
        self._waiting.clear()
        self._lost()

    def play_on(self, player: CallPlayer, time_ms: int) -> None:
        """Let `time_ms` pass while `player` plays, or less, if it ends."""
        left = time_ms * _BYTES_A_MS
        for _ in range(2000):
            if left <= 0 or player.state is not PlayerState.PLAYING:
                break
            player._step()
            taken = min(left, CHUNK_BYTES, len(self._waiting))
            self.heard += self._waiting[:taken]
            del self._waiting[:taken]
            left -= taken
            if not taken:
                # Its thread is about to make some.
                QTest.qWait(1)
        if player.state is PlayerState.PLAYING:
            player._step()
        QCoreApplication.processEvents()

    @property
    def ears(self) -> NDArray[np.float64]:
        """What was heard, one column an ear, full scale ±1."""
        return np.frombuffer(bytes(self.heard), dtype="<i2").reshape(-1, 2) / 32768
