"""Our sound and orders on their way to one stream: a bounded queue that `clear` overtakes, and its writer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from copilot_desktop.telephony import wire

MAX_QUEUED_BYTES = 80_000
"""10 s of sound. The speaker keeps well below; only a socket that takes nothing fills it."""
MAX_QUEUED_MESSAGES = 1000


class Outbound:
    """Queues media and marks for one stream; `write_all` puts them on the wire. No other method waits.

    `clear` drops everything queued. The marks dropped with it are never sent, so their echo never comes:
    to the speaker they are as good as stale, for it has begun a new generation of mark names by then.
    """

    def __init__(self, write: Callable[[str], Awaitable[None]], clock_ms: Callable[[], float]) -> None:
        self._write = write
        self._clock_ms = clock_ms
        self._stream_sid = ""
        self._queue: deque[tuple[str, int]] = deque()
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._write_began_ms: float | None = None
        self._is_closed = False
        self.dropped_count = 0

    def open(self, stream_sid: str) -> None:
        """Name the stream that everything goes to; what comes before is dropped."""
        self._stream_sid = stream_sid

    def send(self, audio: bytes) -> None:
        """Queue µ-law. Over the bound it is dropped and counted."""
        if audio and self._has_room_for(len(audio)):
            self._put(wire.media(self._stream_sid, audio), len(audio))

    def mark(self, name: str) -> None:
        """Queue a mark behind the sound."""
        if self._has_room_for(0):
            self._put(wire.mark(self._stream_sid, name), 0)

    def clear(self) -> None:
        """Drop what is queued and tell the carrier to drop what it holds."""
        self._empty()
        if self._has_room_for(0):
            self._put(wire.clear(self._stream_sid), 0)

    def close(self) -> None:
        """Take nothing more, drop what is queued; `write_all` returns."""
        self._is_closed = True
        self._empty()
        self._wake.set()

    def stuck_for_ms(self, now_ms: float) -> float:
        """Return how long the message being written has not been taken by the socket; 0.0 if none is."""
        return 0.0 if self._write_began_ms is None else now_ms - self._write_began_ms

    async def write_all(self) -> None:
        """Write until closed. What `write` raises comes through."""
        while not self._is_closed:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                text, size = self._queue.popleft()
                self._queued_bytes -= size
                self._write_began_ms = self._clock_ms()
                try:
                    await self._write(text)
                finally:
                    self._write_began_ms = None

    def _has_room_for(self, size: int) -> bool:
        if self._is_closed or not self._stream_sid:
            return False
        if self._queued_bytes + size > MAX_QUEUED_BYTES or len(self._queue) >= MAX_QUEUED_MESSAGES:
            self.dropped_count += 1
            return False
        return True

    def _put(self, text: str, size: int) -> None:
        self._queue.append((text, size))
        self._queued_bytes += size
        self._wake.set()

    def _empty(self) -> None:
        self._queue.clear()
        self._queued_bytes = 0
