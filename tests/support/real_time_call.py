"""One call on a real desk in real time, over engines that are put together as the program does it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from copilot_desktop import config
from copilot_desktop.audio.frame import SILENCE, AudioFrame
from copilot_desktop.audio.level import is_audible
from copilot_desktop.calls.desk import CallDesk
from copilot_desktop.calls.engine_status import EngineStatus
from copilot_desktop.calls.events import CallEvent, CallId, EventFeed, Fact, ProblemRaised, UtteranceFinished
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.world import AnsweringSettings, CallSettings, World
from copilot_desktop.config import Settings
from copilot_desktop.engine_set import EngineSet, House, Tellers
from copilot_desktop.engines.late import LateEngines
from copilot_desktop.engines.scripted import (
    ScriptedDetector,
    ScriptedTranscriber,
    ScriptedVoice,
    ScriptedWriter,
    tone,
)
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from tests.support.fake_link import FakeLink

ASKED = "Where is my order"
STAND_IN = "Our own answer."
GREETING = "Hello there."
SETTINGS = CallSettings(
    AnsweringSettings(greeting=GREETING, waiting_sentence="One moment please."), unanswered=None
)


class NoKnowledge:
    """Knows nothing."""

    async def search(self, query: str, limit: int) -> list[Any]:
        return []


def scripted_house(*, is_broken: bool = False) -> House:
    """Return what stands in where engines elsewhere fail: scripts, or, broken, nothing that works."""
    from tests.support.puppets import Puppets

    puppets = Puppets()
    puppets.transcriber.is_down = puppets.writer.is_broken = puppets.voice.is_broken = True
    local = SimpleNamespace(
        transcriber=puppets.transcriber if is_broken else ScriptedTranscriber([ASKED] * 9),
        voice=puppets.voice if is_broken else ScriptedVoice(word_ms=150),
        new_detector=ScriptedDetector,
    )
    writer = puppets.writer if is_broken else ScriptedWriter([STAND_IN])
    return House(cast(Any, local), NoKnowledge(), cast(Any, writer), "# Playbook\n", ())


def settings_for(base_url: str, key: str, folder: Path, **given: object) -> Settings:
    """Return settings whose engines live at `base_url`."""
    plain = config.load(data_dir=folder)
    return config.drafted(plain, {"openai_base_url": base_url, **given}, {"openai_api_key": key})


@dataclass
class RealTimeCall:
    """Use as an async context manager; then `speak` and `listen`, in real time."""

    settings: Settings
    house: House = field(default_factory=scripted_house)
    call_settings: CallSettings = SETTINGS
    call_id: CallId = CallId("CA" + "7" * 32)

    async def __aenter__(self) -> RealTimeCall:
        self.feed, self.facts = EventFeed(), list[Fact]()
        self.feed.subscribe(self.facts.append)
        self.statuses: list[EngineStatus] = []
        self.connections = OpenAIConnections()
        # Loading the package is not to count against an engine's first answer.
        plain = Endpoint(self.settings.openai_base_url, (), config.plain(self.settings.openai_api_key))
        await self.connections.warm_up([plain])
        self.late = LateEngines()
        self.desk = CallDesk(World(self.feed, self.late.engines()), self.call_settings)
        self.use(self.settings)
        self.link = FakeLink()
        self.heard: list[bytes] = []
        self._at_ms = 0
        ringing = asyncio.create_task(
            self.desk.ring(self.call_id, "+12025550111", "+12025550199", is_practice=True)
        )
        await asyncio.sleep(0.05)
        self.desk.accept(self.call_id, Mode.AI_SPEAKS)
        await ringing
        self.session = self.desk.open_link(self.call_id, self.link)
        self.link.on_mark = self.session.mark_played
        self._next_s = asyncio.get_running_loop().time()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.desk.close()
        await self.engines.close()
        await self.connections.close()

    def use(self, settings: Settings) -> None:
        """Put the engines together for `settings`, as when they are saved in mid-call."""
        tellers = Tellers(
            lambda usage, call: self.desk.engine_used(call, usage),
            lambda *switch: self.desk.engine_switched(*switch),
            self.statuses.append,
        )
        self.engines = EngineSet(settings, self.house, self.connections, tellers)
        self.late.arrive(self.engines.engines)

    async def speak(self, duration_s: float) -> None:
        """The caller makes sound."""
        sound = tone(1000)
        for number in range(int(duration_s * 50)):
            start = number % 50 * 160
            await self._pass(sound[start : start + 160])

    async def listen(self, duration_s: float, until: Callable[[], bool] = lambda: False) -> None:
        """The caller is silent, for so long or until something is so."""
        for _ in range(int(duration_s * 50)):
            if until():
                return
            await self._pass(SILENCE)

    async def wait_s(self, limit_s: float) -> float | None:
        """The caller is silent; return after how many seconds we are heard, None: not within `limit_s`."""
        before = len(self.heard)
        await self.listen(limit_s, lambda: any(map(is_audible, self.heard[before:])))
        at = next((n for n, frame in enumerate(self.heard[before:]) if is_audible(frame)), None)
        return None if at is None else at * 0.02

    async def until_silent(self, limit_s: float = 10.0) -> None:
        """The caller is silent until we have been for half a second."""
        await self.listen(
            limit_s, lambda: len(self.heard) > 50 and not any(map(is_audible, self.heard[-25:]))
        )

    @property
    def is_live(self) -> bool:
        """The call has not ended."""
        return any(view.call_id == self.call_id for view in self.desk.live_calls())

    def said(self, party: str) -> list[str]:
        """Return the words of one party that stand."""
        return [
            fact.text for fact in self.facts if isinstance(fact, UtteranceFinished) and fact.party == party
        ]

    def problems(self) -> dict[str, str]:
        """Return the problems told and their details."""
        return {fact.problem.value: fact.detail for fact in self.facts if isinstance(fact, ProblemRaised)}

    def of(self, kind: type[CallEvent]) -> list[Any]:
        """Return all facts of a kind."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    async def _pass(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        self.heard.append(self.link.play())
        if self.is_live:
            self.session.hear(AudioFrame(data, self._at_ms))
        self._at_ms += 20
        self._next_s += 0.02
        await asyncio.sleep(max(0.0, self._next_s - loop.time()))


def only(part: str, kind: str) -> Mapping[str, str]:
    """Return settings in which `part` alone is elsewhere."""
    engines = {f"{each}_engine": "embedded" for each in ("hearing", "writer", "voice")}
    return {**engines, "judge_engine": "none", f"{part}_engine": kind}
