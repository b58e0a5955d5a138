"""EngineSet: the engines that one state of the settings asks for, each part with its stand-ins."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from copilot_desktop import engine_plan
from copilot_desktop.calls.engine_status import EnginePart, EngineStatus, Usage
from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.calls.events import CallId, Tool
from copilot_desktop.calls.ports import Engines, Judge, Knowledge, ReplyWriter, Transcriber, Voice
from copilot_desktop.config import Settings
from copilot_desktop.engine_plan import EngineChoice, EngineKind
from copilot_desktop.engines.engine_health import EngineHealth
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.writing.briefing import Briefing

if TYPE_CHECKING:
    from copilot_desktop.engines.local import LocalEngines

log = logging.getLogger("copilot.app")

THIS_COMPUTER = "this computer"
"""Stands in the name of every engine that sends nothing out."""


@dataclass(frozen=True, slots=True)
class Tellers:
    """Whom engines tell what."""

    on_usage: Callable[[Usage, CallId | None], None]
    on_switch: Callable[[CallId | None, EnginePart, EngineFault, bool], None]
    on_change: Callable[[EngineStatus], None]


@dataclass(frozen=True, slots=True)
class House:
    """What engines need of the program beside the settings."""

    local: LocalEngines
    knowledge: Knowledge
    playbook_writer: ReplyWriter
    playbook_text: str
    vocabulary: tuple[str, ...]


class EngineSet:
    """Made for `settings` on the loop. Calls that began with an older set go on with that.

    `only_first`: without stand-ins, to try the first choices out.
    """

    def __init__(
        self,
        settings: Settings,
        house: House,
        connections: OpenAIConnections,
        tellers: Tellers,
        *,
        only_first: bool = False,
    ) -> None:
        self.settings = settings
        self._house, self._connections, self._tellers = house, connections, tellers
        self._only_first = only_first
        self.health: dict[EnginePart, EngineHealth] = {}
        self._prepares: list[Callable[[], Awaitable[None]]] = []
        self._closes: list[Callable[[], Awaitable[None]]] = []
        self._plan = {part: self._choices(part) for part in EnginePart}
        self.judge: Judge | None = self._make_judge()
        self.engines = Engines(
            self._make_transcriber(), house.local.new_detector, self._make_writer(), self._make_voice()
        )

    def statuses(self) -> tuple[EngineStatus, ...]:
        """Return how each part stands."""
        return tuple(health.status() for health in self.health.values())

    def reconsider(self) -> None:
        """A person has changed something: what was refused may be tried again."""
        for health in self.health.values():
            health.reconsider()

    @staticmethod
    def prepare() -> None:
        """Load what making one takes, a tenth of a second. Blocks: call it off the loop."""
        import copilot_desktop.engines.hearing.fallback_transcriber
        import copilot_desktop.engines.hearing.file_transcriber
        import copilot_desktop.engines.hearing.live_transcriber
        import copilot_desktop.engines.voice.fallback_voice
        import copilot_desktop.engines.voice.kept_voice
        import copilot_desktop.engines.voice.realtime_voice
        import copilot_desktop.engines.voice.speech_voice  # noqa: F401

    async def load(self) -> None:
        """Load what asking a server takes, a second of work that no call must wait for. Sends nothing."""
        for endpoint in self._endpoints():
            await self._connections.client(endpoint)

    async def warm_up(self) -> None:
        """Open connections and make the sounds that every call needs. Failures are the first request's.

        Without a server there is nothing to do.
        """
        if not (endpoints := self._endpoints()):
            return
        await self._connections.warm_up(endpoints)
        for prepare in self._prepares:
            try:
                await prepare()
            except EngineError as error:
                log.info("not prepared: %s (%s)", error.engine, error.fault)

    def forget(self, call: CallId) -> None:
        """A call is over."""
        for health in self.health.values():
            health.forget(call)

    async def close(self) -> None:
        """Close what is open. No call may use it any more."""
        for close in self._closes:
            await close()

    # Putting together.

    def _endpoints(self) -> list[Endpoint]:
        return [choice.endpoint for plan in self._plan.values() for choice in plan if choice.endpoint]

    def _choices(self, part: EnginePart) -> Sequence[EngineChoice]:
        plan = engine_plan.choices(self.settings, part)
        return plan[:1] if self._only_first else plan

    def _health(self, part: EnginePart, names: Sequence[str | Callable[[], str]]) -> EngineHealth:
        health = EngineHealth(
            part,
            names,
            on_change=self._tellers.on_change,
            on_switch=self._tellers.on_switch,
        )
        self.health[part] = health
        return health

    def _make_transcriber(self) -> Transcriber:
        from copilot_desktop.engines.hearing.fallback_transcriber import FallbackTranscriber
        from copilot_desktop.engines.hearing.file_transcriber import FileTranscriber
        from copilot_desktop.engines.hearing.live_transcriber import LiveTranscriber

        def make(choice: EngineChoice) -> tuple[str | Callable[[], str], Transcriber]:
            if choice.endpoint is None:
                return f"Whisper on {THIS_COMPUTER}", self._house.local.transcriber
            kind = LiveTranscriber if choice.kind is EngineKind.LIVE else FileTranscriber
            engine = kind(
                self._connections,
                choice.endpoint,
                language=self.settings.language,
                vocabulary=lambda: self._house.vocabulary,
                on_usage=self._tellers.on_usage,
            )
            return lambda: engine.name, engine

        names, engines = _split(map(make, self._plan[EnginePart.HEARING]))
        health = self._health(EnginePart.HEARING, names)
        return FallbackTranscriber(engines, health, words_limit_s=lambda: self.settings.words_limit_s)

    def _make_writer(self) -> ReplyWriter:
        from copilot_desktop.engines.writing.chat_writer import ChatWriter
        from copilot_desktop.engines.writing.fallback_writer import FallbackWriter
        from copilot_desktop.engines.writing.openai_writer import OpenAIWriter

        def make(choice: EngineChoice) -> tuple[str | Callable[[], str], ReplyWriter]:
            if choice.endpoint is None:
                return f"playbook answers on {THIS_COMPUTER}", self._house.playbook_writer
            kind = OpenAIWriter if choice.kind is EngineKind.RESPONSES else ChatWriter
            engine = kind(
                self._connections,
                choice.endpoint,
                briefing=self._briefing,
                knowledge=self._house.knowledge,
                on_usage=self._tellers.on_usage,
            )
            self._prepares.append(engine.prepare)
            return lambda: engine.origin, engine

        names, engines = _split(map(make, self._plan[EnginePart.WRITER]))
        health = self._health(EnginePart.WRITER, names)
        writer = FallbackWriter(engines, health, first_text_limit_s=lambda: self.settings.first_text_limit_s)
        self._closes.append(writer.close)
        return writer

    def _make_voice(self) -> Voice:
        from copilot_desktop.engines.voice.fallback_voice import FallbackVoice
        from copilot_desktop.engines.voice.kept_voice import KeptVoice

        names, engines = _split(map(self._voice_of, self._plan[EnginePart.VOICE]))
        health = self._health(EnginePart.VOICE, names)
        voice = FallbackVoice(engines, health, first_sound_limit_s=lambda: self.settings.first_sound_limit_s)
        self._closes.append(voice.close)
        kept = KeptVoice(
            voice,
            kept=self._kept_sentences,
            persona=lambda: f"{health.status().name} {self.settings.voice_name}",
        )
        if self._plan[EnginePart.VOICE][0].endpoint is not None:
            self._prepares.append(kept.prepare)
        return kept

    def _voice_of(self, choice: EngineChoice) -> tuple[str | Callable[[], str], Voice]:
        from copilot_desktop.engines.voice.realtime_voice import RealtimeVoice
        from copilot_desktop.engines.voice.speech_voice import SpeechVoice

        if choice.endpoint is None:
            return f"voice of {THIS_COMPUTER}", self._house.local.voice
        given: dict[str, Any] = {
            "voice": lambda: self.settings.voice_name,
            "on_usage": self._tellers.on_usage,
        }
        if choice.kind is EngineKind.SPEECH:
            spoken = SpeechVoice(self._connections, choice.endpoint, **given)
            return lambda: spoken.name, spoken
        read = RealtimeVoice(self._connections, choice.endpoint, **given)
        self._prepares.append(read.prepare)
        self._closes.append(read.close)
        return lambda: read.name, read

    def _make_judge(self) -> Judge | None:
        from copilot_desktop.engines.writing.openai_judge import OpenAIJudge

        choice = next(iter(self._plan[EnginePart.JUDGE]), None)
        if choice is None or choice.endpoint is None:
            return None
        return OpenAIJudge(
            self._connections, choice.endpoint, kind=choice.kind.value, on_usage=self._tellers.on_usage
        )

    def _kept_sentences(self) -> tuple[str, ...]:
        settings = self.settings
        return (settings.notice, settings.greeting, settings.waiting_sentence)

    def _briefing(self) -> Briefing:
        settings = self.settings
        return Briefing(
            business_name=settings.business_name,
            language=settings.language,
            playbook=self._house.playbook_text,
            vocabulary=self._house.vocabulary,
            transfer_targets=tuple(settings.transfer_numbers),
            tools=frozenset(Tool(name) for name in settings.ai_tools),
            waiting_sentence=settings.waiting_sentence,
            moment=_moment(datetime.now()),
        )


def _split(pairs: Any) -> tuple[list[str | Callable[[], str]], list[Any]]:
    names, engines = zip(*pairs, strict=True)
    return list(names), list(engines)


def _moment(now: datetime) -> str:
    """Return day and time as a person says them: a model knows neither."""
    return f"{now:%A}, {now.day} {now:%B %Y}, {now:%H:%M}"
