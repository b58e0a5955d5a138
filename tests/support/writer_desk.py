"""A writer of answers from models elsewhere, with the server it asks and documents it looks into."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from copilot_desktop.calls.engine_status import Usage
from copilot_desktop.calls.events import CallId, Party, Source, Tool
from copilot_desktop.calls.ports import Conversation, Draft, Line, Passage
from copilot_desktop.calls.states import Mode
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.writing.briefing import Briefing
from copilot_desktop.engines.writing.chat_writer import ChatWriter
from copilot_desktop.engines.writing.openai_writer import OpenAIWriter
from copilot_desktop.engines.writing.remote_writer import RemoteWriter
from tests.support.openai_peer import (
    KEY,
    AnswerRequest,
    BrainAnswer,
    Delays,
    OpenAIPeer,
    ScriptedBrain,
    Where,
)

Answer = str | BrainAnswer | Callable[[AnswerRequest], BrainAnswer]
CALL = CallId("call-1")
MODELS = ("gpt-6-luna", "gpt-6.1-terra")
TIMES = Passage("Parcels take 3 days.", Source(title="Delivery", heading="Times"), 0.9)
LAMPS = Passage("The Marlow lamp costs 89 dollars.", Source(title="Products", heading="Lamps"), 0.9)
BRIEFING = Briefing(
    business_name="Harbor Home Supply",
    playbook="Be kind. Installation costs 59 dollars.",
    transfer_targets=("Billing",),
    tools=frozenset(Tool),
)


class AsOpenAI(Endpoint):
    """The server here, spoken to as OpenAI itself is."""

    @property
    def is_openai(self) -> bool:
        return True


class Shelf:
    """Implements `ports.Knowledge`: lamps for who asks for lamps, else the times; late if so wished."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.delay_s = 0.0

    async def search(self, query: str, limit: int) -> list[Passage]:
        self.asked.append(query)
        await asyncio.sleep(self.delay_s)
        return [LAMPS] if "lamp" in query.lower() else [TIMES]


@dataclass
class Desk:
    """A writer, the server it asks, and what came of it."""

    writer: RemoteWriter
    peer: OpenAIPeer
    where: Where
    shelf: Shelf
    used: list[tuple[Usage, CallId | None]] = field(default_factory=list)

    def bodies(self) -> list[dict[str, Any]]:
        """All requests for text."""
        return [seen.body for seen in self.peer.of(self.where)]


KINDS: dict[str, tuple[type[OpenAIWriter | ChatWriter], type[Endpoint], Where]] = {
    "responses": (OpenAIWriter, AsOpenAI, Where.RESPONSES),
    "responses elsewhere": (OpenAIWriter, Endpoint, Where.RESPONSES),
    "chat": (ChatWriter, AsOpenAI, Where.CHAT),
    "chat elsewhere": (ChatWriter, Endpoint, Where.CHAT),
}


@asynccontextmanager
async def desk(
    kind: str,
    *answers: Answer,
    briefing: Briefing = BRIEFING,
    delays: Delays | None = None,
    base_url: str = "",
    key: str = KEY,
) -> AsyncIterator[Desk]:
    made, endpoint, where = KINDS[kind]
    brain = ScriptedBrain(answers=answers or ("Hello there.",))
    connections = OpenAIConnections()
    used: list[tuple[Usage, CallId | None]] = []
    shelf = Shelf()
    async with OpenAIPeer(brain=brain, delays=delays or Delays()) as peer:
        writer = made(
            connections,
            endpoint(base_url or peer.base_url, MODELS, key),
            briefing=lambda: briefing,
            knowledge=shelf,
            on_usage=lambda usage, call: used.append((usage, call)),
            retrieval_limit_s=5.0,
        )
        try:
            yield Desk(writer, peer, where, shelf, used)
            assert not peer.violations
        finally:
            await connections.close()


def talk(*lines: tuple[Party, str], mode: Mode = Mode.AI_SPEAKS, notes: Sequence[str] = ()) -> Conversation:
    return Conversation(CALL, tuple(Line(party, text) for party, text in lines), tuple(notes), mode)


ASKED = talk((Party.ASSISTANT, "Hello, how can I help?"), (Party.CALLER, "How long do parcels take?"))


async def drafts(at: Desk, about: Conversation = ASKED) -> list[Draft]:
    return [draft async for draft in at.writer.reply(about)]


def answered(kind: str, *answers: Answer, about: Conversation = ASKED, **options: Any) -> Draft:
    """Return the complete draft of one reply."""

    async def main() -> Draft:
        async with desk(kind, *answers, **options) as at:
            return (await drafts(at, about))[-1]

    return asyncio.run(main())


def calls(name: str, **arguments: str) -> BrainAnswer:
    return BrainAnswer("", ((name, json.dumps(arguments)),))
