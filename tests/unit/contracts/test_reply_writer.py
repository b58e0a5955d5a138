"""What every ReplyWriter promises: from a script, from the playbook, a model elsewhere, whoever works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

import pytest

from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.errors import EngineUnavailable
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Conversation, Draft, Line, ReplyWriter
from copilot_desktop.config import resources
from copilot_desktop.engines.engine_health import EngineHealth
from copilot_desktop.engines.scripted import ScriptedWriter
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.writing.briefing import Briefing
from copilot_desktop.engines.writing.chat_writer import ChatWriter
from copilot_desktop.engines.writing.fallback_writer import FallbackWriter
from copilot_desktop.engines.writing.openai_writer import OpenAIWriter
from copilot_desktop.knowledge.library import Library
from copilot_desktop.knowledge.playbook_reader import load_playbook
from copilot_desktop.knowledge.playbook_writer import PlaybookWriter
from tests.support.local_engines import local_engines
from tests.support.openai_peer import KEY, OpenAIPeer, ScriptedBrain


class WithServer:
    """A writer that asks a server, which is there while somebody reads what it answers."""

    origin = "a server of ours"

    def __init__(self, kind: type[OpenAIWriter | ChatWriter]) -> None:
        self._kind = kind

    async def reply(self, talk: Conversation) -> AsyncIterator[Draft]:
        embedder = local_engines().embedder
        connections = OpenAIConnections()
        brain = ScriptedBrain(answers=["Yes, of course. Tell me the order number, please [1]."])
        async with OpenAIPeer(brain=brain) as peer:
            writer = self._kind(
                connections,
                Endpoint(peer.base_url, ("gpt-6-luna",), KEY),
                briefing=Briefing,
                knowledge=Library(embedder, [resources() / "knowledge"]),
                on_usage=lambda usage, call: None,
                retrieval_limit_s=20.0,
            )
            try:
                async with aclosing(writer.reply(talk)) as growing:
                    async for draft in growing:
                        yield draft
            finally:
                await connections.close()

    async def alternatives(self, talk: Conversation, answer: str) -> Sequence[Draft]:
        return ()


def playbook_writer() -> ReplyWriter:
    embedder = local_engines().embedder
    playbook = load_playbook(resources() / "playbooks" / "customer-service.md")
    return PlaybookWriter(Library(embedder, [resources() / "knowledge"]), playbook, embedder)


class Wordless:
    """Cannot write."""

    origin = "nobody"

    async def reply(self, talk: Conversation) -> AsyncIterator[Draft]:
        raise EngineUnavailable("wordless")
        yield Draft("")

    async def alternatives(self, talk: Conversation, answer: str) -> Sequence[Draft]:
        raise EngineUnavailable("wordless")


def fallback(*writers: ReplyWriter) -> ReplyWriter:
    health = EngineHealth(EnginePart.WRITER, [engine.origin for engine in writers])
    return FallbackWriter(writers, health, first_text_limit_s=lambda: 60)


@pytest.fixture(
    params=[
        "scripted",
        "function",
        "playbook",
        "responses",
        "chat",
        "fallback",
        pytest.param("stand-in", marks=pytest.mark.allow_warnings),
    ],
    scope="module",
)
def writer(request: pytest.FixtureRequest) -> ReplyWriter:
    if request.param == "fallback":
        return fallback(playbook_writer(), ScriptedWriter(["One moment please."]))
    if request.param == "stand-in":
        return fallback(Wordless(), playbook_writer())
    if request.param == "scripted":
        return ScriptedWriter(["Hello there, how can I help?", "One moment please."])
    if request.param == "function":
        return ScriptedWriter(lambda talk: f"You said: {talk.last_caller_text}")
    if request.param in ("responses", "chat"):
        return WithServer(OpenAIWriter if request.param == "responses" else ChatWriter)
    return playbook_writer()


def talk(*lines: tuple[Party, str]) -> Conversation:
    return Conversation(CallId("call-1"), tuple(Line(party, text) for party, text in lines))


ASKED = talk((Party.ASSISTANT, "Hello, how can I help?"), (Party.CALLER, "Can I send my shoes back?"))


def drafts(writer: ReplyWriter, about: Conversation = ASKED) -> list[Draft]:
    async def main() -> list[Draft]:
        return [draft async for draft in writer.reply(about)]

    return asyncio.run(main())


def test_drafts_grow_to_one_that_is_complete(writer: ReplyWriter) -> None:
    said = drafts(writer)
    assert [draft.is_complete for draft in said] == [False] * (len(said) - 1) + [True]
    assert said[-1].text
    for shorter, longer in zip(said, said[1:], strict=False):
        assert longer.text.startswith(shorter.text)


def test_it_remembers_nothing(writer: ReplyWriter) -> None:
    assert drafts(writer) == drafts(writer)


def test_it_says_who_writes(writer: ReplyWriter) -> None:
    assert writer.origin.strip()


def test_an_empty_talk_is_answered_too(writer: ReplyWriter) -> None:
    assert drafts(writer, talk())[-1].is_complete
