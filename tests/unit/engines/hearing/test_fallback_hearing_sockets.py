"""The transcriber of this computer, behind remote ones that go wrong over real sockets in mid-turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SILENCE, AudioFrame
from copilot_desktop.calls.engine_status import EnginePart, EngineState
from copilot_desktop.calls.errors import EngineFault
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Heard, HeardStage, Hearing, Transcriber
from copilot_desktop.engines.engine_health import EngineHealth
from copilot_desktop.engines.hearing.fallback_transcriber import FallbackTranscriber
from copilot_desktop.engines.hearing.file_transcriber import FileTranscriber
from copilot_desktop.engines.hearing.live_transcriber import LiveTranscriber
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from tests.support.local_engines import local_engines, speech
from tests.support.openai_peer import KEY, Fault, OpenAIPeer, ScriptedBrain, Where

SAID = "I would like to return my shoes."
REMOTE = "These are the words of another place."
"""All that the peer ever understands."""

pytestmark = pytest.mark.allow_warnings


@pytest.fixture(autouse=True)
def _engines_are_loaded() -> None:
    """Outside of any loop, once."""
    speech(SAID)
    local_engines().transcriber.load()


class Caller:
    """Speaks ten times as fast as people do, so that nobody waits for sound."""

    def __init__(self, hearing: Hearing) -> None:
        self.hearing = hearing
        self.heard: list[Heard] = []
        self.at_ms = 0
        self._news = asyncio.Event()

    async def listen(self) -> None:
        async for heard in self.hearing:
            self.heard.append(heard)
            self._news.set()

    async def feed(self, sound: bytes) -> None:
        for at in range(0, len(sound), FRAME_BYTES):
            self.hearing.feed(AudioFrame(sound[at : at + FRAME_BYTES], self.at_ms))
            self.at_ms += FRAME_MS
            await asyncio.sleep(FRAME_MS / 10_000)

    async def speak(self) -> None:
        await self.feed(SILENCE * 40)
        begins_ms = self.at_ms
        sound = speech(SAID)
        await self.feed(sound[: 10 * FRAME_BYTES])
        self.hearing.speech_started(begins_ms)
        await self.feed(sound[10 * FRAME_BYTES :] + SILENCE * 8)

    async def turn(self) -> str:
        """Say it, end the turn, and return its final words."""
        await self.speak()
        return await self.end()

    async def end(self) -> str:
        count = len(self.finals()) + 1
        self.hearing.pause()
        await self.feed(SILENCE * 10)
        self.hearing.commit()
        async with asyncio.timeout(15):
            while len(self.finals()) < count:
                self._news.clear()
                await self._news.wait()
        assert len(self.finals()) == count
        return self.finals()[-1]

    def finals(self) -> list[str]:
        return [heard.text for heard in self.heard if heard.stage is HeardStage.FINAL]


class Ears:
    """A remote transcriber on a peer, and the one of this computer behind it."""

    def __init__(self, peer: OpenAIPeer, connections: OpenAIConnections, kind: str) -> None:
        self.peer = peer
        self.limit_s = 8.0
        self.switches: list[tuple[EngineFault, bool]] = []
        self.health = EngineHealth(
            EnginePart.HEARING,
            ("remote", "local"),
            on_switch=lambda call, part, fault, is_recovered: self.switches.append((fault, is_recovered)),
        )
        self.transcriber = FallbackTranscriber(
            (_remote(peer, connections, kind), local_engines().transcriber),
            self.health,
            words_limit_s=lambda: self.limit_s,
        )

    @asynccontextmanager
    async def caller(self) -> AsyncIterator[Caller]:
        async with self.transcriber.open(CallId("call-1"), Party.CALLER) as hearing:
            caller = Caller(hearing)
            listening = asyncio.create_task(caller.listen())
            yield caller
        async with asyncio.timeout(2):
            await listening


def _remote(peer: OpenAIPeer, connections: OpenAIConnections, kind: str) -> Transcriber:
    def endpoint(model: str) -> Endpoint:
        return Endpoint(peer.base_url, (model,), KEY)

    if kind == "file":
        return FileTranscriber(
            connections,
            endpoint("gpt-transcribe"),
            language="en",
            vocabulary=lambda: (),
            on_usage=lambda usage, call: None,
        )
    return LiveTranscriber(
        connections,
        endpoint("gpt-live-transcribe"),
        language="en",
        vocabulary=lambda: (),
        on_usage=lambda usage, call: None,
    )


@asynccontextmanager
async def ears(kind: str) -> AsyncIterator[Ears]:
    connections = OpenAIConnections()
    try:
        async with OpenAIPeer(brain=ScriptedBrain(utterances=[REMOTE])) as peer:
            await connections.warm_up([Endpoint(peer.base_url, (), KEY)])
            yield Ears(peer, connections, kind)
    finally:
        await connections.close()


def is_what_was_said(text: str) -> bool:
    return "return my shoes" in text.lower()


@pytest.mark.parametrize("kind", ["file", "live"])
def test_while_all_is_well_the_remote_one_hears(kind: str) -> None:
    async def main() -> None:
        async with ears(kind) as pair, pair.caller() as caller:
            assert await caller.turn() == REMOTE
            assert await caller.turn() == REMOTE
            assert pair.switches == []
            assert pair.health.status().latency_ms is not None

    asyncio.run(main())


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.KEY_REFUSED, EngineFault.KEY_REFUSED),
        (Fault.NO_CREDIT, EngineFault.NO_CREDIT),
        (Fault.RATE_LIMITED, EngineFault.RATE_LIMITED),
        (Fault.SERVER_ERROR, EngineFault.SERVER_FAILED),
        (Fault.GARBAGE, EngineFault.BAD_ANSWER),
    ],
)
def test_a_request_that_fails_costs_no_words(fault: Fault, told: EngineFault) -> None:
    async def main() -> None:
        async with ears("file") as pair, pair.caller() as caller:
            assert await caller.turn() == REMOTE
            pair.peer.fail(Where.TRANSCRIPTIONS, fault, None)
            assert is_what_was_said(await caller.turn())
            assert pair.switches[0] == (told, False)
            assert pair.health.status().state is EngineState.BACKUP

    asyncio.run(main())


@pytest.mark.realtime
@pytest.mark.parametrize("fault", [Fault.STALL_BEFORE, Fault.CUT_MIDWAY])
def test_a_request_that_stalls_or_breaks_costs_no_words(fault: Fault) -> None:
    async def main() -> None:
        async with ears("file") as pair, pair.caller() as caller:
            assert await caller.turn() == REMOTE
            pair.limit_s = 1.0
            pair.peer.fail(Where.TRANSCRIPTIONS, fault, None)
            assert is_what_was_said(await caller.turn())
            assert pair.health.status().state is EngineState.BACKUP

    asyncio.run(main())


@pytest.mark.parametrize(
    ("fault", "told"),
    [(Fault.KEY_REFUSED, EngineFault.KEY_REFUSED), (Fault.NO_CREDIT, EngineFault.NO_CREDIT)],
)
def test_a_session_that_is_refused_costs_no_words(fault: Fault, told: EngineFault) -> None:
    async def main() -> None:
        async with ears("live") as pair:
            pair.peer.fail(Where.REALTIME_TRANSCRIPTION, fault, None)
            async with pair.caller() as caller:
                assert is_what_was_said(await caller.turn())
            assert pair.switches == [(told, False)]

    asyncio.run(main())


@pytest.mark.realtime
def test_a_session_that_breaks_in_mid_turn_and_stays_away_costs_no_words() -> None:
    async def main() -> None:
        async with ears("live") as pair, pair.caller() as caller:
            assert await caller.turn() == REMOTE
            pair.limit_s = 1.5
            await caller.speak()
            pair.peer.fail(Where.REALTIME_TRANSCRIPTION, Fault.STALL_BEFORE, None)
            await pair.peer.drop()
            assert is_what_was_said(await caller.end())
            assert pair.health.status().state is EngineState.BACKUP

    asyncio.run(main())


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("kind", "where", "fault", "told"),
    [
        ("file", Where.TRANSCRIPTIONS, Fault.SERVER_ERROR, EngineFault.SERVER_FAILED),
        ("live", Where.REALTIME_TRANSCRIPTION, Fault.STALL_BEFORE, EngineFault.TOO_SLOW),
    ],
)
def test_the_remote_one_comes_back_after_a_turn_heard_unseen(
    kind: str, where: Where, fault: Fault, told: EngineFault
) -> None:
    async def main() -> None:
        async with ears(kind) as pair:
            pair.peer.fail(where, fault, None)
            pair.limit_s = 1.5
            async with pair.caller() as caller:
                assert is_what_was_said(await caller.turn())
                pair.peer.recover()
                pair.limit_s = 8.0
                async with asyncio.timeout(30):
                    while await caller.turn() != REMOTE:
                        await asyncio.sleep(1.0)  # Somebody answers.
            assert pair.switches[-1] == (told, True)
            assert pair.peer.violations == []

    asyncio.run(main())
