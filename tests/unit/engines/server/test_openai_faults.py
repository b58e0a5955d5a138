"""What goes wrong elsewhere is told as what it is, and nothing of theirs gets into our words."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected, EngineUnavailable
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.server.openai_faults import (
    engine_error,
    fault_of,
    fault_of_close,
    fault_of_code,
    told_as,
)
from tests.support.openai_peer import KEY, Fault, OpenAIPeer, Where
from tests.support.raw_server import raw_server, whole

SECRET = "the caller's words"


async def listing(base_url: str, **options: Any) -> EngineError:
    """Ask a server for its models; return what became of it."""
    connections = OpenAIConnections()
    try:
        client = await connections.client(Endpoint(base_url, (), KEY))
        with pytest.raises(EngineError) as failed, told_as("the engine"):
            await client.models.list(**options)
        return failed.value
    finally:
        await connections.close()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.KEY_REFUSED, EngineFault.KEY_REFUSED),
        (Fault.MODEL_MISSING, EngineFault.MODEL_MISSING),
        (Fault.NO_CREDIT, EngineFault.NO_CREDIT),
        (Fault.RATE_LIMITED, EngineFault.RATE_LIMITED),
        (Fault.SERVER_ERROR, EngineFault.SERVER_FAILED),
    ],
)
def test_an_answer_with_an_error_is_asked_for_once_and_told(fault: Fault, told: EngineFault) -> None:
    async def main() -> None:
        async with OpenAIPeer() as peer:
            peer.fail(Where.MODELS, fault)
            error = await listing(peer.base_url)
            assert error.fault is told
            assert isinstance(error, EngineRejected) is told.is_lasting
            assert str(error) == f"the engine: {told.value.replace('_', ' ')} (request req_peer)"
            assert error.__cause__ is None
            assert len(peer.of(Where.MODELS)) == 1

    asyncio.run(main())


@pytest.mark.parametrize(
    ("status", "error", "told"),
    [
        (400, {"code": None, "type": "invalid_request_error"}, EngineFault.REQUEST_REFUSED),
        (402, {}, EngineFault.NO_CREDIT),
        (403, {"code": "unsupported_country_region_territory"}, EngineFault.KEY_REFUSED),
        (403, {"code": "model_not_found"}, EngineFault.MODEL_MISSING),
        (404, {"code": 404, "type": "not_found_error"}, EngineFault.MODEL_MISSING),
        (409, {}, EngineFault.SERVER_FAILED),
        (413, {}, EngineFault.REQUEST_REFUSED),
        (418, {}, EngineFault.REQUEST_REFUSED),
        (429, {"code": "something_new", "type": "insufficient_quota"}, EngineFault.NO_CREDIT),
        (429, {"code": ["odd"], "type": {"odd": 1}}, EngineFault.RATE_LIMITED),
        (503, {"code": "engine_overloaded"}, EngineFault.SERVER_FAILED),
        (529, {}, EngineFault.SERVER_FAILED),
    ],
)
def test_errors_of_all_kinds_of_servers(status: int, error: dict[str, object], told: EngineFault) -> None:
    async def answer(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        writer.write(whole({"error": {"message": SECRET, **error}}, f"{status} Odd"))
        return True

    async def main() -> None:
        async with raw_server(answer) as server:
            failed = await listing(server.base_url)
            assert failed.fault is told
            assert SECRET not in repr(failed) + str(failed)

    asyncio.run(main())


def test_what_is_no_answer_of_this_protocol() -> None:
    async def answer(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        writer.write(whole(b'{"data": [{"id": "the beginn'))
        return True

    async def another_form(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        writer.write(whole([SECRET]))
        return True

    async def broken(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        writer.write(whole({"data": []})[:-3])
        await writer.drain()
        return False

    async def main() -> None:
        async with raw_server(answer) as server:
            assert (await listing(server.base_url)).fault is EngineFault.BAD_ANSWER
        async with raw_server(another_form) as server:
            assert (await listing(server.base_url)).fault is EngineFault.BAD_ANSWER
        async with raw_server(broken) as server:
            assert (await listing(server.base_url)).fault is EngineFault.BROKEN_OFF

    asyncio.run(main())


def test_who_cannot_be_reached_and_who_is_slow() -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        error = await listing(f"http://127.0.0.1:{port}/v1")
        assert (type(error), error.fault) == (EngineUnavailable, EngineFault.UNREACHABLE)
        assert (await listing("http://nobody.invalid/v1")).fault is EngineFault.UNREACHABLE
        async with OpenAIPeer() as peer:
            peer.fail(Where.MODELS, Fault.STALL_BEFORE)
            assert (await listing(peer.base_url, timeout=0.3)).fault is EngineFault.TOO_SLOW

    asyncio.run(main())


def test_a_connection_that_is_not_even_taken_is_one_that_is_not_there() -> None:
    import httpx2
    from openai import APITimeoutError

    error = APITimeoutError(httpx2.Request("POST", "http://nobody.invalid"))
    assert fault_of(error) is EngineFault.TOO_SLOW
    error.__cause__ = httpx2.ConnectTimeout("")
    assert fault_of(error) is EngineFault.UNREACHABLE


@pytest.mark.parametrize(
    ("close_code", "told"),
    [
        (1000, EngineFault.BROKEN_OFF),
        (1011, EngineFault.BROKEN_OFF),
        (3000, EngineFault.KEY_REFUSED),
        (4000, EngineFault.REQUEST_REFUSED),
        (None, EngineFault.BROKEN_OFF),
    ],
)
def test_a_websocket_that_was_closed(close_code: int | None, told: EngineFault) -> None:
    from websockets.exceptions import ConnectionClosedError
    from websockets.frames import Close

    assert fault_of_close(close_code) is told
    received = Close(close_code, SECRET) if close_code is not None else None
    error = engine_error(ConnectionClosedError(received, None), "the engine")
    assert error.fault is told
    assert SECRET not in str(error)


def test_a_websocket_that_was_refused() -> None:
    async def answer(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        writer.write(whole({}, "401 Unauthorized"))
        return True

    async def main() -> None:
        from websockets.asyncio.client import connect

        async with raw_server(answer) as server:
            with pytest.raises(EngineRejected) as failed, told_as("the engine"):
                await connect(server.base_url.replace("http", "ws"))
            assert failed.value.fault is EngineFault.KEY_REFUSED

    asyncio.run(main())


def test_codes_go_before_the_status() -> None:
    assert fault_of_code("insufficient_quota", 429) is EngineFault.NO_CREDIT
    assert fault_of_code("something new", 500) is EngineFault.SERVER_FAILED
    assert fault_of_code(None, 404) is EngineFault.MODEL_MISSING
    assert fault_of_code("something new") is None
    assert fault_of_code(None, 299) is None


def test_our_own_mistakes_are_not_blamed_on_others() -> None:
    for own in (ValueError(SECRET), KeyError(SECRET), AssertionError()):
        with pytest.raises(type(own)), told_as("the engine"):
            raise own
    with pytest.raises(asyncio.CancelledError), told_as("the engine"):
        raise asyncio.CancelledError
    known = EngineError("another engine", "its own reason", fault=EngineFault.BAD_ANSWER)
    with pytest.raises(EngineError) as failed, told_as("the engine"):
        raise known
    assert failed.value is known


def test_a_request_id_is_cut_to_what_one_can_be() -> None:
    async def answer(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        head, _, body = whole({"error": {}}, "500 Odd").partition(b"\r\n\r\n")
        writer.write(head + b"\r\nx-request-id: req_1 <b>" + b"a" * 500 + b"\r\n\r\n" + body)
        return True

    async def main() -> None:
        async with raw_server(answer) as server:
            told = str(await listing(server.base_url))
            assert "(request req_1baaa" in told
            assert len(told) < 120

    asyncio.run(main())
