"""The real server over engines as the settings ask for them; those elsewhere are in their own process."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from copilot_desktop import config
from copilot_desktop.calls.desk import CallDesk
from copilot_desktop.calls.events import CallId, CallRinging, EventFeed, Fact, ResponseTimed
from copilot_desktop.calls.ports import Conversation, Draft, Engines, ReplyWriter, Voice
from copilot_desktop.calls.sentences import SentenceCutter
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.world import AnsweringSettings, CallSettings, World
from copilot_desktop.engine_set import EngineSet, House, Tellers
from copilot_desktop.engines.local import LocalEngines
from copilot_desktop.engines.scripted import ScriptedWriter
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.telephony.admission import Signer
from copilot_desktop.telephony.server import PhoneServer
from tests.benchmarks.voice.callers import Task, Told
from tests.benchmarks.voice.kept_brain import ANSWER
from tests.support.openai_peer import KEY

_CALL = CallSettings(AnsweringSettings(greeting="Hello.", waiting_sentence="One moment."), max_calls=60)


class _NoKnowledge:
    async def search(self, query: str, limit: int) -> list[Any]:
        return []


@dataclass
class Times:
    """How long engines took in this run, ms."""

    first_piece: list[float] = field(default_factory=list)
    """From the request to text that can be spoken."""
    first_byte: list[float] = field(default_factory=list)

    def sum_ms(self, transcription_ms: float) -> float:
        """Return what they take one after the other."""
        return transcription_ms + median(self.first_piece) + median(self.first_byte)


class _TimedWriter:
    """A writer whose time is taken."""

    def __init__(self, writer: ReplyWriter, times: Times) -> None:
        self._writer, self._times = writer, times

    @property
    def origin(self) -> str:
        return self._writer.origin

    async def alternatives(self, talk: Conversation, answer: str) -> Sequence[Draft]:
        return await self._writer.alternatives(talk, answer)

    async def reply(self, talk: Conversation) -> AsyncIterator[Draft]:
        begun_s, cutter, is_told = time.perf_counter(), SentenceCutter(), False
        async for draft in self._writer.reply(talk):
            if not is_told and cutter.feed(draft.text, is_complete=draft.is_complete):
                is_told = True
                self._times.first_piece.append((time.perf_counter() - begun_s) * 1000)
            yield draft


class _TimedVoice:
    """A voice whose time is taken."""

    def __init__(self, voice: Voice, times: Times) -> None:
        self._voice, self._times = voice, times

    async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
        begun_s, is_told = time.perf_counter(), False
        async for piece in self._voice.speak(sentence, call):
            if not is_told:
                is_told = True
                self._times.first_byte.append((time.perf_counter() - begun_s) * 1000)
            yield piece


class VoiceDesk:
    """A server whose desk accepts every call at once."""

    def __init__(self, engines: Engines) -> None:
        self.feed, self.facts = EventFeed(), list[Fact]()
        self.desk = CallDesk(World(self.feed, engines), _CALL)
        self.server = PhoneServer(self.desk, lost_stream_sentence="Sorry.")
        self.secret = secrets.token_hex(16)
        self.feed.subscribe(self.facts.append)
        self.feed.subscribe(self._accept)

    def _accept(self, fact: Fact) -> None:
        if isinstance(fact, CallRinging):
            asyncio.get_running_loop().call_soon(self.desk.accept, fact.call_id, Mode.AI_SPEAKS)

    @property
    def dropped_a_turn(self) -> float:
        """Answers begun early in vain, on average."""
        dropped = [fact.dropped_replies for fact in self.facts if isinstance(fact, ResponseTimed)]
        return sum(dropped) / max(1, len(dropped))

    async def play(self, what: str, *, callers: int = 1, count: int = 15, apart_s: float = 0.0) -> list[Told]:
        """Let callers in a process of their own ring and talk."""
        task = Task(f"http://127.0.0.1:{self.server.port}", self.secret, what, callers, count, apart_s)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.benchmarks.voice.callers"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate(json.dumps(asdict(task)).encode() + b"\n")
        return [Told(**told) for told in json.loads(output)]


@asynccontextmanager
async def voice_desk(
    local: LocalEngines, base_url: str, hearing: str, times: Times
) -> AsyncIterator[VoiceDesk]:
    """Serve with engines at `base_url`, or, `hearing` "embedded", with those of this computer."""
    is_embedded = hearing == "embedded"
    remote = {"hearing_engine": hearing, "writer_engine": "responses", "voice_engine": "speech"}
    embedded = {f"{part}_engine": "embedded" for part in ("hearing", "writer", "voice")}
    with tempfile.TemporaryDirectory() as folder:
        plain = config.load(data_dir=Path(folder))
        wanted = {
            "openai_base_url": base_url,
            "judge_engine": "none",
            **(embedded if is_embedded else remote),
        }
        settings = config.drafted(plain, wanted, {"openai_api_key": KEY})
        house = House(local, _NoKnowledge(), ScriptedWriter([ANSWER]), "# Playbook\n", ())
        tellers = Tellers(lambda *_: None, lambda *_: None, lambda _: None)
        connections = OpenAIConnections()
        made = EngineSet(settings, house, connections, tellers)
        if not is_embedded:
            await made.warm_up()
        plain_engines = made.engines
        engines = Engines(
            plain_engines.transcriber,
            plain_engines.detector,
            _TimedWriter(plain_engines.writer, times),
            _TimedVoice(plain_engines.voice, times),
        )
        served = VoiceDesk(engines)
        await served.server.start()
        signer = Signer(f"http://127.0.0.1:{served.server.port}", served.secret, is_practice=True)
        served.server.signers.append(signer)
        try:
            yield served
        finally:
            await served.desk.close()
            await served.server.stop()
            await made.close()
            await connections.close()
