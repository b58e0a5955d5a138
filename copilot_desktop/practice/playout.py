"""Playout: what the carrier does with the sound, the marks and the `clear` it is sent. Pure."""

from __future__ import annotations

from collections import deque

from copilot_desktop.audio.frame import FRAME_BYTES, pad

MAX_BYTES = 10 * 60 * 8000
"""The carrier keeps ten minutes; what comes above is thrown away."""


class Playout:
    """A buffer of µ-law sound with marks in it. Call `play` once every 20 ms."""

    def __init__(self) -> None:
        self._audio = bytearray()
        self._marks: deque[tuple[int, str]] = deque()
        self._played_bytes = 0
        self._passed: list[str] = []

    def add(self, audio: bytes) -> bool:
        """Take sound of any length to be played after what is there. False: the buffer is full."""
        if len(self._audio) + len(audio) > MAX_BYTES:
            return False
        self._audio += audio
        return True

    def mark(self, name: str) -> None:
        """Let `name` be passed once everything added so far has played."""
        self._marks.append((self._played_bytes + len(self._audio), name))

    def clear(self) -> None:
        """Throw away what has not played; every mark in it counts as passed."""
        self._audio.clear()
        self._passed += [name for _, name in self._marks]
        self._marks.clear()

    def play(self) -> bytes | None:
        """Return the next 20 ms, filled up with silence; None if there is nothing to play."""
        frame = bytes(self._audio[:FRAME_BYTES])
        del self._audio[:FRAME_BYTES]
        self._played_bytes += len(frame)
        return pad(frame) if frame else None

    def passed(self) -> list[str]:
        """Return the marks that were passed since the last call, in order."""
        while self._marks and self._marks[0][0] <= self._played_bytes:
            self._passed.append(self._marks.popleft()[1])
        names, self._passed = self._passed, []
        return names
