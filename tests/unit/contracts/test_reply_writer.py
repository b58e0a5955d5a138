"""What every ReplyWriter promises: the one from a script and the one from the playbook."""

from __future__ import annotations

import asyncio

import pytest

from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Conversation, Draft, Line, ReplyWriter
from copilot_desktop.config import resources
from copilot_desktop.engines.scripted import ScriptedWriter
from copilot_desktop.knowledge.library import Library
from copilot_desktop.knowledge.playbook import load_playbook
from copilot_desktop.knowledge.playbook_writer import PlaybookWriter
from tests.support.local_engines import local_engines


def playbook_writer() -> ReplyWriter:
    embedder = local_engines().embedder
    playbook = load_playbook(resources() / "playbooks" / "customer-service.md")
    return PlaybookWriter(Library(embedder, [resources() / "knowledge"]), playbook, embedder)


@pytest.fixture(params=["scripted", "function", "playbook"], scope="module")
def writer(request: pytest.FixtureRequest) -> ReplyWriter:
    if request.param == "scripted":
        return ScriptedWriter(["Hello there, how can I help?", "One moment please."])
    if request.param == "function":
        return ScriptedWriter(lambda talk: f"You said: {talk.last_caller_text}")
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
