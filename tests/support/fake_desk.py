"""A desk with nobody behind it: answers calls as told, keeps what it hears, and can send it straight back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from copilot_desktop.audio.frame import AudioFrame
from copilot_desktop.calls.arrived import Arrived
from copilot_desktop.calls.desk import Answer
from copilot_desktop.calls.errors import UnknownCall
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.ports import AudioLink


@dataclass
class FakeSession:
    """Remembers what a stream told it; the newest link is the one it speaks to."""

    call_id: CallId
    on_frame: Callable[[FakeSession, AudioFrame], None] = lambda session, frame: None
    link: AudioLink | None = None
    frames: list[AudioFrame] = field(default_factory=list)
    heard_at_s: list[float] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    digits: list[str] = field(default_factory=list)
    closed_links: list[AudioLink] = field(default_factory=list)
    measures: list[dict[str, float]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, frame: AudioFrame) -> None:
        self.frames.append(frame)
        self.heard_at_s.append(time.monotonic())
        self.on_frame(self, frame)
        self.changed.set()

    def mark_played(self, name: str) -> None:
        self.marks.append(name)
        self.changed.set()

    def digit_pressed(self, digit: str) -> None:
        self.digits.append(digit)
        self.changed.set()

    def link_closed(self, link: AudioLink) -> None:
        self.closed_links.append(link)
        self.changed.set()

    def line_measured(self, arrived: Arrived) -> None:
        self.measures.append(
            {
                "frames": arrived.frames,
                "gap_count": arrived.gap_count,
                "gap_ms": arrived.gap_ms,
                "jitter_ms": arrived.jitter_ms,
                "bad_messages": arrived.bad_messages,
            }
        )

    async def until(self, is_met: Callable[[FakeSession], bool], within_s: float = 3.0) -> None:
        """Wait until `is_met` says so, however often things change before."""
        async with asyncio.timeout(within_s):
            while not is_met(self):
                self.changed.clear()
                await self.changed.wait()

    @property
    def sound(self) -> bytes:
        return b"".join(frame.data for frame in self.frames)


@dataclass(frozen=True)
class FakeView:
    """As much of a `CallView` as the server looks at."""

    call_id: CallId


@dataclass(frozen=True)
class Ring:
    """What came with a call."""

    call_id: CallId
    caller: str
    line: str
    is_practice: bool
    caller_name: str = ""
    place: str = ""
    transferred_url: str = ""


class FakeDesk:
    """Has the methods of `CallDesk` that the server calls. With `answer` None it rings until `decide`."""

    def __init__(self, answer: Answer | None = Answer.CONNECT) -> None:
        self.answer = answer
        self.on_frame: Callable[[FakeSession, AudioFrame], None] = lambda session, frame: None
        self.rings: list[Ring] = []
        self.left: list[CallId] = []
        self.spare_words = ""
        self.transfers: list[tuple[CallId, str]] = []
        self.sessions: dict[CallId, FakeSession] = {}
        self.is_ringing = asyncio.Event()
        self.is_dropped = asyncio.Event()
        self._decided: dict[CallId, asyncio.Future[Answer]] = {}

    async def ring(
        self,
        call_id: CallId,
        caller: str,
        line: str,
        *,
        is_practice: bool,
        caller_name: str = "",
        place: str = "",
        transferred_url: str = "",
    ) -> Answer:
        self.rings.append(Ring(call_id, caller, line, is_practice, caller_name, place, transferred_url))
        decided = self._decided.setdefault(call_id, asyncio.get_running_loop().create_future())
        if self.answer is not None:
            self.decide(call_id, self.answer)
        self.is_ringing.set()
        try:
            return await asyncio.shield(decided)
        except asyncio.CancelledError:
            self.is_dropped.set()
            raise

    def decide(self, call_id: CallId, answer: Answer) -> None:
        if not self._decided[call_id].done():
            self._decided[call_id].set_result(answer)
            if answer is Answer.CONNECT:
                self.sessions[call_id] = FakeSession(call_id, self.on_frame)

    def open_link(self, call_id: CallId, link: AudioLink) -> FakeSession:
        if call_id not in self.sessions or call_id in self.left:
            raise UnknownCall("no such call")
        session = self.sessions[call_id]
        session.link = link
        session.changed.set()
        return session

    def words_for_carrier(self, call_id: CallId) -> str:
        return self.spare_words

    def stream_over(self, call_id: CallId) -> Answer:
        if call_id not in self._decided:
            raise UnknownCall("no such call")
        return Answer.HANG_UP if call_id in self.left else Answer.CONNECT

    def transfer_answered(self, call_id: CallId) -> None:
        self.transfers.append((call_id, "answered"))

    def transfer_over(self, call_id: CallId, *, was_answered: bool) -> Answer:
        self.transfers.append((call_id, "over" if was_answered else "refused"))
        return Answer.HANG_UP if was_answered else self.stream_over(call_id)

    def caller_left(self, call_id: CallId) -> None:
        self.left.append(call_id)

    def live_calls(self) -> tuple[FakeView, ...]:
        return tuple(FakeView(call_id) for call_id in self.sessions if call_id not in self.left)
