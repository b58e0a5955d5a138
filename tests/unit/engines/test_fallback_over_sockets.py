"""The engines that stand in, behind real remote ones that go wrong over real sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from copilot_desktop.audio.frame import FRAME_BYTES, SAMPLE_RATE_HZ
from copilot_desktop.calls.engine_status import EnginePart, EngineState
from copilot_desktop.calls.errors import EngineFault
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Conversation, Draft, Line, Passage
from copilot_desktop.engines.engine_health import EngineHealth
from copilot_desktop.engines.scripted import ScriptedVoice, ScriptedWriter
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.voice.fallback_voice import FallbackVoice
from copilot_desktop.engines.voice.speech_voice import SpeechVoice
from copilot_desktop.engines.writing.briefing import Briefing
from copilot_desktop.engines.writing.fallback_writer import FallbackWriter
from copilot_desktop.engines.writing.openai_writer import OpenAIWriter
from tests.support.openai_peer import KEY, BrainAnswer, Fault, OpenAIPeer, ScriptedBrain, Where

CALL = CallId("call-1")
TALK = Conversation(CALL, (Line(Party.CALLER, "Can I send my shoes back?"),))
REMOTE = "Yes, of course you can. Please keep them in their box."
LOCAL = "I will find out for you."

pytestmark = pytest.mark.allow_warnings


class NoDocuments:
    """A `ports.Knowledge` in which nothing is found."""

    async def search(self, query: str, limit: int) -> list[Passage]:
        return []


class Talk:
    """A peer, a remote writer on it, and a script behind."""

    def __init__(self, peer: OpenAIPeer, endpoint: Endpoint, connections: OpenAIConnections) -> None:
        self.peer = peer
        self.switches: list[tuple[EngineFault, bool]] = []
        self.health = EngineHealth(
            EnginePart.WRITER,
            ("remote", "script"),
            on_switch=lambda call, part, fault, is_recovered: self.switches.append((fault, is_recovered)),
        )
        remote = OpenAIWriter(
            connections,
            endpoint,
            briefing=Briefing,
            knowledge=NoDocuments(),
            on_usage=lambda usage, call: None,
        )
        # Generous where nothing is to go wrong, for the machine may be busy; short where something stalls.
        self.limit_s = 8.0
        self.writer = FallbackWriter(
            (remote, ScriptedWriter([LOCAL])), self.health, first_text_limit_s=lambda: self.limit_s
        )

    async def answer(self) -> list[Draft]:
        return [draft async for draft in self.writer.reply(TALK)]


@asynccontextmanager
async def a_talk(*, host: str = "") -> AsyncIterator[Talk]:
    async with a_peer() as (peer, connections):
        talk = Talk(peer, Endpoint(host or peer.base_url, ("gpt-6-luna",), KEY), connections)
        yield talk
        await talk.writer.close()


@asynccontextmanager
async def a_peer() -> AsyncIterator[tuple[OpenAIPeer, OpenAIConnections]]:
    connections = OpenAIConnections()
    brain = ScriptedBrain(answers=[BrainAnswer(REMOTE)])
    try:
        async with OpenAIPeer(brain=brain) as peer:
            await connections.warm_up([Endpoint(peer.base_url, (), KEY)])
            yield peer, connections
    finally:
        await connections.close()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.KEY_REFUSED, EngineFault.KEY_REFUSED),
        (Fault.NO_CREDIT, EngineFault.NO_CREDIT),
        (Fault.MODEL_MISSING, EngineFault.MODEL_MISSING),
        (Fault.RATE_LIMITED, EngineFault.RATE_LIMITED),
        (Fault.SERVER_ERROR, EngineFault.SERVER_FAILED),
        (Fault.GARBAGE, EngineFault.BAD_ANSWER),
        (Fault.EMPTY, EngineFault.BAD_ANSWER),
    ],
)
def test_an_answer_comes_in_the_same_turn_and_the_reason_is_told(fault: Fault, told: EngineFault) -> None:
    async def main() -> None:
        async with a_talk() as talk:
            assert (await talk.answer())[-1].text == REMOTE
            talk.peer.fail(Where.RESPONSES, fault, None)
            assert (await talk.answer())[-1].text == LOCAL
            assert talk.switches == [(told, False)]
            assert talk.health.status().state is EngineState.BACKUP
            assert talk.health.status().fault is told

    asyncio.run(main())


@pytest.mark.realtime
def test_one_that_stalls_is_left_after_the_limit() -> None:
    async def main() -> None:
        async with a_talk() as talk:
            await talk.answer()
            talk.limit_s = 1.0
            talk.peer.fail(Where.RESPONSES, Fault.STALL_BEFORE, None)
            begun = time.monotonic()
            assert (await talk.answer())[-1].text == LOCAL
            assert 0.9 < time.monotonic() - begun < 4
            assert talk.switches == [(EngineFault.TOO_SLOW, False)]

    asyncio.run(main())


@pytest.mark.realtime
@pytest.mark.parametrize("fault", [Fault.STALL_MIDWAY, Fault.CUT_MIDWAY])
def test_broken_off_it_is_complete_all_the_same(fault: Fault) -> None:
    async def main() -> None:
        async with a_talk() as talk:
            await talk.answer()
            talk.limit_s = 1.5
            talk.peer.fail(Where.RESPONSES, fault, None)
            drafts = await talk.answer()
            assert drafts[-1].is_complete
            # Either whole sentences of the first, or all of the second; nothing in between.
            assert drafts[-1].text in ("Yes, of course you can.", LOCAL)
            assert talk.health.status().state is EngineState.BACKUP

    asyncio.run(main())


def test_a_host_that_does_not_exist_costs_hardly_any_time() -> None:
    async def main() -> None:
        async with a_talk(host="http://no-such-host.invalid/v1") as talk:
            assert (await talk.answer())[-1].text == LOCAL
            assert talk.switches == [(EngineFault.UNREACHABLE, False)]

    asyncio.run(main())


@pytest.mark.realtime
def test_it_comes_back_without_anybody_waiting() -> None:
    async def main() -> None:
        async with a_talk() as talk:
            talk.peer.fail(Where.RESPONSES, Fault.SERVER_ERROR, 2)
            for _ in range(2):
                assert (await talk.answer())[-1].text == LOCAL
            async with asyncio.timeout(20):
                while (await talk.answer())[-1].text != REMOTE:
                    await asyncio.sleep(0.1)
            assert talk.switches[-1] == (EngineFault.SERVER_FAILED, True)
            assert talk.peer.violations == []

    asyncio.run(main())


SENTENCE = "Your order has left our warehouse this morning and will reach you on Friday."


class Reading:
    """A peer, a remote voice on it, and a tone behind."""

    def __init__(self, peer: OpenAIPeer, connections: OpenAIConnections) -> None:
        self.peer = peer
        self.health = EngineHealth(EnginePart.VOICE, ("remote", "tone"))
        remote = SpeechVoice(
            connections,
            Endpoint(peer.base_url, ("gpt-4o-mini-tts",), KEY),
            voice=lambda: "marin",
            on_usage=lambda usage, call: None,
        )
        self.limit_s = 8.0
        self.voice = FallbackVoice(
            (remote, ScriptedVoice()), self.health, first_sound_limit_s=lambda: self.limit_s
        )

    async def length_s(self) -> float:
        """Let the sentence be spoken; return how long its sound is."""
        sound = b"".join([piece async for piece in self.voice.speak(SENTENCE, CALL)])
        assert len(sound) % FRAME_BYTES == 0
        return len(sound) / SAMPLE_RATE_HZ


@asynccontextmanager
async def a_reading() -> AsyncIterator[Reading]:
    async with a_peer() as (peer, connections):
        reading = Reading(peer, connections)
        yield reading
        await reading.voice.close()


REMOTE_S = len(SENTENCE.split()) * 0.3
"""The peer's words last 300 ms."""
LOCAL_S = len(SENTENCE.split()) * 0.2


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.KEY_REFUSED, EngineFault.KEY_REFUSED),
        (Fault.NO_CREDIT, EngineFault.NO_CREDIT),
        (Fault.MODEL_MISSING, EngineFault.MODEL_MISSING),
        (Fault.RATE_LIMITED, EngineFault.RATE_LIMITED),
        (Fault.SERVER_ERROR, EngineFault.SERVER_FAILED),
        (Fault.GARBAGE, EngineFault.BAD_ANSWER),
        (Fault.EMPTY, EngineFault.BAD_ANSWER),
    ],
)
def test_the_sentence_is_spoken_in_another_voice(fault: Fault, told: EngineFault) -> None:
    async def main() -> None:
        async with a_reading() as reading:
            assert await reading.length_s() == pytest.approx(REMOTE_S, abs=0.1)
            reading.peer.fail(Where.SPEECH, fault, None)
            assert await reading.length_s() == pytest.approx(LOCAL_S, abs=0.1)
            status = reading.health.status()
            assert (status.state, status.fault, status.name) == (EngineState.BACKUP, told, "tone")

    asyncio.run(main())


@pytest.mark.realtime
@pytest.mark.parametrize("fault", [Fault.STALL_BEFORE, Fault.STALL_MIDWAY, Fault.CUT_MIDWAY])
def test_a_sentence_that_stops_is_said_to_its_end(fault: Fault) -> None:
    async def main() -> None:
        async with a_reading() as reading:
            await reading.length_s()
            reading.limit_s = 1.0
            reading.peer.fail(Where.SPEECH, fault, None)
            # A little of the first voice, then the whole sentence again: too little was out.
            assert LOCAL_S <= await reading.length_s() + 0.01 < LOCAL_S + 0.3
            assert reading.health.status().state is EngineState.BACKUP

    asyncio.run(main())


@pytest.mark.realtime
def test_the_first_voice_comes_back_without_anybody_waiting() -> None:
    async def main() -> None:
        async with a_reading() as reading:
            reading.peer.fail(Where.SPEECH, Fault.SERVER_ERROR, 2)
            for _ in range(2):
                assert await reading.length_s() == pytest.approx(LOCAL_S, abs=0.1)
            async with asyncio.timeout(20):
                while await reading.length_s() < REMOTE_S - 0.1:
                    await asyncio.sleep(0.1)
            assert reading.health.status().state is EngineState.READY
            assert reading.peer.violations == []

    asyncio.run(main())
