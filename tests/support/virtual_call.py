"""One call on the real desk under virtual time: a test speaks for the caller, frame by frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from copilot_desktop.audio.frame import SILENCE, AudioFrame
from copilot_desktop.calls.desk import Answer, CallDesk, CallView
from copilot_desktop.calls.events import CallEvent, CallId, EventFeed, Fact
from copilot_desktop.calls.ports import AgentAudio, CallControl, Recordings
from copilot_desktop.calls.readiness import local_time
from copilot_desktop.calls.session import CallSession
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.transcript import Transcript
from copilot_desktop.calls.world import AnsweringSettings, CallSettings, World
from tests.support.fake_link import FakeLink
from tests.support.puppets import TONE, Puppets

E = TypeVar("E", bound=CallEvent)

SETTINGS = CallSettings(
    AnsweringSettings(greeting="Hello there.", waiting_sentence="One moment please."), unanswered=None
)
CALL = CallId("CA" + "0" * 32)


class VirtualCall:
    """Use `ring` or `connect`, then `speak` and `listen`; every fact is in `facts`.

    With `beside` it is another call on the desk of that one.
    """

    def __init__(
        self,
        *,
        settings: CallSettings = SETTINGS,
        control: CallControl | None = None,
        recordings: Recordings | None = None,
        headset: AgentAudio | None = None,
        greeting: str | None = None,
        now: Callable[[], datetime] = local_time,
        beside: VirtualCall | None = None,
        call_id: CallId = CALL,
    ) -> None:
        self.call_id = call_id
        if greeting is not None:
            settings = replace(settings, answering=replace(settings.answering, greeting=greeting))
        self.puppets = Puppets()
        self.feed = EventFeed()
        self.facts: list[Fact] = []
        self.feed.subscribe(self.facts.append)
        world = World(self.feed, self.puppets.engines(), control, recordings, headset)
        self.desk = CallDesk(world, settings, now=now)
        if beside is not None:
            self.puppets, self.feed, self.desk = beside.puppets, beside.feed, beside.desk
            self.feed.subscribe(self.facts.append)
        self.link = FakeLink()
        self.heard: list[bytes] = []
        self.session: CallSession | None = None
        self._at_ms = 0

    async def connect(self, mode: Mode = Mode.AI_SPEAKS) -> None:
        """Ring, be accepted after a second, and open the stream."""
        ringing = asyncio.create_task(self.ring())
        await asyncio.sleep(1)
        self.desk.accept(self.call_id, mode)
        assert await ringing is Answer.CONNECT
        self.open_link()

    async def ring(self, caller: str = "+15550100", *, is_practice: bool = False) -> Answer:
        """Ring until there is an answer."""
        return await self.desk.ring(self.call_id, caller, "+15550199", is_practice=is_practice)

    def lose_link(self) -> None:
        """The stream breaks."""
        assert self.session is not None
        self.session.link_closed(self.link)

    @property
    def view(self) -> CallView:
        """How the desk shows this call, which has not ended."""
        return next(view for view in self.desk.live_calls() if view.call_id == self.call_id)

    @property
    def is_live(self) -> bool:
        """The call has not ended."""
        return any(view.call_id == self.call_id for view in self.desk.live_calls())

    def open_link(self) -> None:
        """Open a stream, the first or a further one."""
        self._at_ms = 0
        self.link = FakeLink()
        self.session = self.desk.open_link(self.call_id, self.link)
        self.link.on_mark = self.session.mark_played

    async def pass_frame(self, data: bytes) -> None:
        """20 ms of the line, both ways."""
        assert self.session is not None
        self.heard.append(self.link.play())
        self.session.hear(AudioFrame(data, self._at_ms))
        self._at_ms += 20
        await asyncio.sleep(0.02)

    async def speak(self, words: str, duration_ms: int = 1000) -> None:
        """The caller makes sound that the puppet ears understand as `words`."""
        self.puppets.transcriber.words = words
        for _ in range(duration_ms // 20):
            await self.pass_frame(TONE)

    async def listen(self, duration_ms: int) -> None:
        """The caller is silent."""
        for _ in range(duration_ms // 20):
            await self.pass_frame(SILENCE)

    async def listen_to_end(self) -> None:
        """The caller is silent until our side has been silent for a second."""
        quiet = 0
        while quiet < 50:
            await self.pass_frame(SILENCE)
            quiet = 0 if self.heard[-1] != SILENCE else quiet + 1

    async def hang_up_alone(self) -> None:
        """The caller leaves; other calls go on."""
        self.desk.caller_left(self.call_id)
        while self.is_live:
            await asyncio.sleep(0.02)

    async def hang_up(self) -> None:
        """The caller leaves; the desk closes."""
        self.desk.caller_left(self.call_id)
        await self.desk.close()

    def of(self, kind: type[E]) -> list[E]:
        """All facts of one kind, in order."""
        return [fact for fact in self.facts if isinstance(fact, kind) and fact.call_id == self.call_id]

    def said(self) -> list[tuple[str, str]]:
        """(party, text as heard), by start."""
        facts = [fact for fact in self.facts if getattr(fact, "call_id", None) == self.call_id]
        return [(u.party.value, u.text) for u in Transcript.from_events(facts).utterances]

    def heard_tone_ms(self) -> int:
        """How much of our voice reached the caller."""
        return 20 * sum(frame == TONE for frame in self.heard)
