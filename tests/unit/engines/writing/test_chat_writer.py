"""What is peculiar to Chat Completions as many servers speak it; the rest is in test_openai_writer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from copilot_desktop.calls.engine_status import Usage
from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.calls.events import CallId, Party, Tool
from copilot_desktop.calls.ports import Conversation, Line, Passage, ToolCall
from copilot_desktop.calls.states import Mode
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.writing.briefing import Briefing
from copilot_desktop.engines.writing.chat_writer import ChatWriter

CALL = CallId("call-1")
BRIEFING = Briefing(tools=frozenset(Tool), transfer_targets=("Billing",))
TALK = Conversation(
    CALL,
    (
        Line(Party.ASSISTANT, "Hello, how can I help?"),
        Line(Party.AGENT, "This is Kim."),
        Line(Party.CALLER, "Good morning."),
        Line(Party.CALLER, "My parcel is late."),
    ),
    ("Be quick.",),
)


class NoShelf:
    """Implements `ports.Knowledge`: there are no documents."""

    async def search(self, query: str, limit: int) -> list[Passage]:
        return []


class PlainServer:
    """A small server as people run them at home: it knows little, and its streams are its own.

    `deltas` are the deltas of each answer; what a request has of `unknown` fields, it refuses.
    """

    def __init__(
        self, *deltas: dict[str, Any], end: Sequence[dict[str, Any]] = (), unknown: str = ""
    ) -> None:
        self.deltas, self.end, self.unknown = deltas, end, unknown
        self.bodies: list[dict[str, Any]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        if self.unknown in body:
            return web.json_response({"error": f"this model does not support {self.unknown}"}, status=400)
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        ends = self.end or [{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
        for chunk in [*({"choices": [{"index": 0, "delta": delta}]} for delta in self.deltas), *ends]:
            await stream.write(f"data: {json.dumps(chunk)}\n\n".encode())
        await stream.write(b"data: [DONE]\n\n")
        return stream


@asynccontextmanager
async def served(server: PlainServer) -> AsyncIterator[tuple[ChatWriter, list[Usage]]]:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    connections = OpenAIConnections()
    used: list[Usage] = []
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        endpoint = Endpoint(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", ("small-model",))
        writer = ChatWriter(
            connections,
            endpoint,
            briefing=lambda: BRIEFING,
            knowledge=NoShelf(),
            on_usage=lambda usage, call: used.append(usage),
            retrieval_limit_s=5.0,
        )
        yield writer, used
    finally:
        await connections.close()
        await runner.cleanup()


def text_of(server: PlainServer) -> str:
    async def main() -> str:
        async with served(server) as (writer, _):
            return [draft async for draft in writer.reply(TALK)][-1].text

    return asyncio.run(main())


def words(*texts: str) -> list[dict[str, Any]]:
    return [{"content": text} for text in texts]


@pytest.mark.parametrize(
    "texts",
    [
        ("<think>The caller", " is angry: 45 dollars.</think>", "I am sorry."),
        ("<th", "ink>", "</th", "ink>\n\n", "I am", " sorry."),
        ("\n<think>" + "x" * 5000 + "</think>I am sorry.",),
        ("I am sorry.",),
    ],
)
def test_thoughts_are_not_spoken(texts: tuple[str, ...]) -> None:
    assert text_of(PlainServer(*words(*texts))) == "I am sorry."


def test_only_thoughts_are_no_answer() -> None:
    with pytest.raises(EngineError) as failed:
        text_of(PlainServer(*words("<think>", "and so on")))
    assert failed.value.fault is EngineFault.BAD_ANSWER


def test_what_only_looks_like_a_thought_is_said() -> None:
    assert text_of(PlainServer(*words("<th", "is is fine."))) == "this is fine."


def test_roles_take_turns_as_strict_templates_want() -> None:
    server = PlainServer(*words("Yes."))
    text_of(server)
    messages = server.bodies[0]["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    last = messages[-1]["content"]
    assert last.startswith("<instruction>")
    assert "Be quick." in last
    assert last.endswith("</instruction>\nGood morning.\nMy parcel is late.")


def test_only_what_everybody_knows_is_sent() -> None:
    server = PlainServer(*words("Yes."))
    text_of(server)
    assert set(server.bodies[0]) == {"model", "messages", "max_tokens", "stream", "stream_options", "tools"}


@pytest.mark.parametrize("unknown", ["tools", "stream_options"])
def test_what_a_model_refuses_is_left_out_from_then_on(unknown: str) -> None:
    async def main() -> None:
        server = PlainServer(*words("Yes."), unknown=unknown)
        async with served(server) as (writer, _):
            for _ in range(2):
                assert [draft async for draft in writer.reply(TALK)][-1].text == "Yes."
            assert [unknown in body for body in server.bodies] == [True, False, False]

    asyncio.run(main())


def test_without_usage_it_is_estimated() -> None:
    async def main() -> None:
        async with served(PlainServer(*words("Yes, gladly."))) as (writer, used):
            assert [draft async for draft in writer.reply(TALK)][-1].is_complete
            assert used[0].is_estimate
            assert used[0].model == "small-model"
            assert used[0].input_tokens > 100
            assert used[0].output_tokens == 3

    asyncio.run(main())


def test_a_call_in_pieces_and_a_call_at_once_are_the_same() -> None:
    pieces: list[dict[str, Any]] = [
        {"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "take_message", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"text": "Call'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ' Anna."}'}}]},
    ]
    whole: list[dict[str, Any]] = [
        {"tool_calls": [{"function": {"name": "take_message", "arguments": '{"text": "Call Anna."}'}}]}
    ]

    async def main() -> None:
        for deltas in (pieces, whole):
            async with served(PlainServer(*words("Gladly."), *deltas)) as (writer, _):
                draft = [draft async for draft in writer.reply(TALK)][-1]
                assert draft.text == "Gladly."
                assert draft.tools == (ToolCall(Tool.TAKE_MESSAGE, "Call Anna."),)

    asyncio.run(main())


def test_a_stream_without_an_end_has_broken_off() -> None:
    with pytest.raises(EngineError) as failed:
        text_of(PlainServer(*words("This is only the"), end=[{"choices": []}]))
    assert failed.value.fault is EngineFault.BROKEN_OFF


def test_an_answer_too_long_ends_with_its_last_whole_sentence() -> None:
    end = [{"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}]
    assert text_of(PlainServer(*words("I see. ", "And the next"), end=end)).strip() == "I see."


@pytest.mark.parametrize("chunk", [{"choices": 5}, {"choices": [{"delta": 7}]}, [1, 2], "words", {}])
def test_chunks_of_another_form_are_a_bad_answer(chunk: Any) -> None:
    with pytest.raises(EngineError) as failed:
        text_of(PlainServer(*words("Yes."), end=[chunk]))
    assert failed.value.fault in (EngineFault.BAD_ANSWER, EngineFault.BROKEN_OFF)


def test_odd_chunks_do_no_harm() -> None:
    odd: list[dict[str, Any]] = [
        {"content": None},
        {"role": "assistant"},
        {"content": "Yes.", "surprise": {"deep": [1]}},
    ]
    assert text_of(PlainServer(*odd)) == "Yes."


def test_alternatives_of_a_plain_server_come_as_text() -> None:
    async def main() -> None:
        async def answer(request: web.Request) -> web.Response:
            body = await request.json()
            assert "tools" not in body
            assert "response_format" not in body
            text = 'Sure:\n```json\n{"alternatives": ["Shall I look?"]}\n```'
            message = {"role": "assistant", "content": f"<think>hm</think>{text}"}
            return web.json_response({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

        server = PlainServer()
        server.answer = answer  # type: ignore[method-assign]
        async with served(server) as (writer, used):
            talk = Conversation(CALL, TALK.lines, (), Mode.AGENT_SPEAKS)
            assert [draft.text for draft in await writer.alternatives(talk, "One moment.")] == [
                "Shall I look?"
            ]
            assert used[0].is_estimate

    asyncio.run(main())
