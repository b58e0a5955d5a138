"""Answers that break the package which reads them are told as theirs; only our own mistakes stay ours."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.server.openai_faults import told_as
from tests.support.openai_peer import KEY
from tests.support.raw_server import raw_server, whole

if TYPE_CHECKING:
    from openai import AsyncOpenAI

SECRET = "the caller's words"
_EVENTS = b"Content-Type: text/event-stream"


async def failed(sent: bytes, ask: Callable[[AsyncOpenAI], Awaitable[None]]) -> EngineError:
    """Ask a server that answers with `sent`; return what became of it."""

    async def answer(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        writer.write(sent)
        return True

    connections = OpenAIConnections()
    try:
        async with raw_server(answer) as server:
            client = await connections.client(Endpoint(server.base_url, (), KEY))
            with pytest.raises(EngineError) as caught, told_as("the engine"):
                await ask(client)
            return caught.value
    finally:
        await connections.close()


async def list_models(client: AsyncOpenAI) -> None:
    await client.models.list()


async def read_response(client: AsyncOpenAI) -> None:
    async for _ in await client.responses.create(model="m", input="hello", stream=True):
        pass


async def read_chat(client: AsyncOpenAI) -> None:
    messages: Any = [{"role": "user", "content": "hello"}]
    async for _ in await client.chat.completions.create(model="m", messages=messages, stream=True):
        pass


def events(*lines: bytes) -> bytes:
    return whole(b"".join(line + b"\n\n" for line in lines)).replace(
        b"Content-Type: application/json", _EVENTS
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": [{"id": "\xff\xfe"}]}',
        b"\xff\xfe\x80",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"[1, 2]",
        b"7",
        b"",
    ],
    ids=["not UTF-8", "no text", "too deep a list", "too deep an object", "a list", "a number", "nothing"],
)
def test_bodies_that_nothing_can_be_made_of(body: bytes) -> None:
    error = asyncio.run(failed(whole(body), list_models))
    assert (error.fault, str(error)) == (EngineFault.BAD_ANSWER, "the engine: bad answer")
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize("ask", [read_response, read_chat])
@pytest.mark.parametrize(
    "line",
    [b"data: {not JSON", b'data: {"type": "\xff"}', b"data: " + b"[" * 200_000],
    ids=["no JSON", "not UTF-8", "too deep"],
)
def test_streams_that_nothing_can_be_made_of(
    line: bytes, ask: Callable[[AsyncOpenAI], Awaitable[None]]
) -> None:
    assert asyncio.run(failed(events(line), ask)).fault is EngineFault.BAD_ANSWER


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"code": "insufficient_quota"}, EngineFault.NO_CREDIT),
        ({"code": None, "type": "insufficient_quota"}, EngineFault.NO_CREDIT),
        ({"code": "something new", "type": "server_error"}, EngineFault.SERVER_FAILED),
        ({"code": 404, "type": "NotFoundError"}, EngineFault.MODEL_MISSING),
        ({"code": 503, "type": "unavailable_error"}, EngineFault.SERVER_FAILED),
        ({"code": 429, "type": "insufficient_quota"}, EngineFault.NO_CREDIT),
        ({}, EngineFault.BROKEN_OFF),
    ],
)
def test_an_error_in_mid_stream_is_told_by_code_or_type(told: dict[str, object], fault: EngineFault) -> None:
    line = b"data: " + json.dumps({"error": {"message": SECRET, **told}}).encode()
    error = asyncio.run(failed(events(line), read_chat))
    assert error.fault is fault
    assert SECRET not in str(error)


def test_our_own_mistake_inside_the_package_stays_ours() -> None:
    class Broken(dict[str, Any]):
        def items(self) -> Any:
            raise TypeError(SECRET)

    async def main() -> None:
        connections = OpenAIConnections()
        try:
            client = await connections.client(Endpoint("http://127.0.0.1:9/v1", (), KEY))
            with pytest.raises(TypeError), told_as("the engine"):
                await client.models.list(extra_headers=Broken({"a": "b"}))
        finally:
            await connections.close()

    asyncio.run(main())
