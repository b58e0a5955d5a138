"""One call on the real desk under virtual time: a test speaks for the caller, frame by frame."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TypeVar

from copilot_desktop.audio.frame import SILENCE, AudioFrame
from copilot_desktop.calls.desk import Answer, CallDesk
from copilot_desktop.calls.events import CallEvent, CallId, EventFeed, Fact
from copilot_desktop.calls.ports import AgentAudio, CallControl, Recordings
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
    """Use `ring` and `connect`, then `speak` and `listen`; every fact is in `facts`."""

    def __init__(
        self,
        *,
        settings: CallSettings = SETTINGS,
        control: CallControl | None = None,
        recordings: Recordings | None = None,
        headset: AgentAudio | None = None,
        greeting: str | None = None,
    ) -> None:
        if greeting is not None:
            settings = replace(settings, answering=replace(settings.answering, greeting=greeting))
        self.puppets = Puppets()
        self.feed = EventFeed()
        self.facts: list[Fact] = []
        self.feed.subscribe(self.facts.append)
        world = World(self.feed, self.puppets.engines(), control, recordings, headset)
        self.desk = CallDesk(world, settings)
        self.link = FakeLink()
        self.heard: list[bytes] = []
        self.session: CallSession | None = None
        self._at_ms = 0

    async def connect(self, mode: Mode = Mode.AI_SPEAKS) -> None:
        """Ring, be accepted after a second, and open the stream."""
        ringing = asyncio.create_task(self.desk.ring(CALL, "+15550100", "+15550199", is_practice=False))
        await asyncio.sleep(1)
        self.desk.accept(CALL, mode)
        assert await ringing is Answer.CONNECT
        self.open_link()

    def open_link(self) -> None:
        """Open a stream, the first or a further one."""
        self._at_ms = 0
        self.link = FakeLink()
        self.session = self.desk.open_link(CALL, self.link)
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

    async def hang_up(self) -> None:
        """The caller leaves; the desk closes."""
        self.desk.caller_left(CALL)
        await self.desk.close()

    def of(self, kind: type[E]) -> list[E]:
        """All facts of one kind, in order."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def said(self) -> list[tuple[str, str]]:
        """(party, text as heard), by start."""
        return [(u.party.value, u.text) for u in Transcript.from_events(self.facts).utterances]

    def heard_tone_ms(self) -> int:
        """How much of our voice reached the caller."""
        return 20 * sum(frame == TONE for frame in self.heard)
