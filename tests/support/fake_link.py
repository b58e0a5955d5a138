"""An AudioLink that plays like the carrier: in order, in real time, with marks and clear."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from copilot_desktop.audio.frame import FRAME_BYTES, SILENCE


class FakeLink:
    """`play` is called once for each 20 ms of the line and returns what the caller hears."""

    def __init__(self, on_mark: Callable[[str], None] = lambda name: None) -> None:
        self.on_mark = on_mark
        self.queue: deque[bytes | str] = deque()
        self.sent_messages: list[int] = []
        self.clears = 0
        self.is_closed = False

    def send(self, audio: bytes) -> None:
        assert len(audio) % FRAME_BYTES == 0
        self.sent_messages.append(len(audio) // FRAME_BYTES)
        for start in range(0, len(audio), FRAME_BYTES):
            self.queue.append(audio[start : start + FRAME_BYTES])

    def mark(self, name: str) -> None:
        self.queue.append(name)

    def clear(self) -> None:
        self.clears += 1
        marks = [entry for entry in self.queue if isinstance(entry, str)]
        self.queue.clear()
        for name in marks:
            self.on_mark(name)

    async def close(self) -> None:
        self.is_closed = True

    @property
    def buffered_ms(self) -> int:
        return 20 * sum(isinstance(entry, bytes) for entry in self.queue)

    def play(self) -> bytes:
        frame = SILENCE
        self._echo_marks()
        if self.queue:
            entry = self.queue.popleft()
            assert isinstance(entry, bytes)
            frame = entry
        self._echo_marks()
        return frame

    def _echo_marks(self) -> None:
        while self.queue and isinstance(self.queue[0], str):
            self.on_mark(str(self.queue.popleft()))
