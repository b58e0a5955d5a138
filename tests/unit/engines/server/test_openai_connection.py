"""Connections to servers elsewhere: one client each, kept, warmed, asked again only where that is safe."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from tests.support.openai_peer import KEY, Fault, OpenAIPeer, Where
from tests.support.raw_server import raw_server, whole

LIST = {"object": "list", "data": [{"id": "a", "object": "model", "created": 1, "owned_by": "x"}]}


@asynccontextmanager
async def connections() -> AsyncIterator[OpenAIConnections]:
    made = OpenAIConnections()
    try:
        yield made
    finally:
        await made.close()


def test_one_client_serves_all_who_go_to_one_server_with_one_key() -> None:
    async def main() -> None:
        async with connections() as made:
            here = Endpoint("http://127.0.0.1:9/v1", ("a",), KEY)
            clients = await asyncio.gather(*(made.client(here) for _ in range(5)))
            same = await made.client(Endpoint("http://127.0.0.1:9/v1", ("another model",), KEY))
            other = await made.client(Endpoint("http://127.0.0.1:9/v1", ("a",), "sk-another"))
            assert {id(client) for client in (*clients, same)} == {id(same)}
            assert other is not same

    asyncio.run(main())


def test_where_words_go_is_for_the_settings_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.invalid/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-the-environment")

    async def answer(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        writer.write(whole(LIST))
        return True

    async def main() -> None:
        async with connections() as made, raw_server(answer) as server:
            client = await made.client(Endpoint(server.base_url, ("a",)))
            await client.models.list()
            (head,) = server.connections[0]
            assert "of-the-environment" not in head
            assert "authorization: bearer none" in head.lower()

    asyncio.run(main())


def test_a_request_that_meets_a_connection_just_closed_is_sent_again_at_once() -> None:
    async def answer(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        if connection == 1 and request == 2:
            return False
        writer.write(whole(LIST))
        return True

    async def main() -> None:
        async with connections() as made, raw_server(answer) as server:
            client = await made.client(Endpoint(server.base_url, ("a",), KEY))
            for _ in range(3):
                assert (await client.models.list()).data[0].id == "a"
            assert [len(heads) for heads in server.connections] == [2, 2]

    asyncio.run(main())


def test_a_new_connection_that_breaks_is_no_reason_to_ask_twice() -> None:
    async def answer(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        return False

    async def main() -> None:
        from openai import APIConnectionError

        async with connections() as made, raw_server(answer) as server:
            client = await made.client(Endpoint(server.base_url, ("a",), KEY))
            with pytest.raises(APIConnectionError):
                await client.models.list()
            assert len(server.connections) == 1

    asyncio.run(main())


def test_an_answer_that_breaks_off_is_not_asked_for_again() -> None:
    async def answer(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        if request == 1:
            writer.write(whole(LIST))
            return True
        writer.write(whole(LIST)[:-10])
        await writer.drain()
        return False

    async def main() -> None:
        from openai import APIConnectionError

        async with connections() as made, raw_server(answer) as server:
            client = await made.client(Endpoint(server.base_url, ("a",), KEY))
            await client.models.list()
            with pytest.raises(APIConnectionError):
                await client.models.list()
            assert [len(heads) for heads in server.connections] == [2]

    asyncio.run(main())


def test_warming_up_opens_the_connection_that_the_first_request_takes() -> None:
    async def answer(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        writer.write(whole(LIST))
        return True

    async def main() -> None:
        async with connections() as made, raw_server(answer) as server:
            hearing = Endpoint(server.base_url, ("a",), KEY)
            writing = Endpoint(server.base_url, ("b",), KEY)
            await made.warm_up((hearing, writing))
            assert [len(heads) for heads in server.connections] == [1]
            await (await made.client(writing)).models.list()
            assert [len(heads) for heads in server.connections] == [2]

    asyncio.run(main())


@pytest.mark.parametrize("fault", [None, Fault.KEY_REFUSED, Fault.SERVER_ERROR])
def test_what_cannot_be_warmed_up_is_no_matter_yet(
    fault: Fault | None, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with connections() as made, OpenAIPeer() as peer:
            there, away = Endpoint(peer.base_url, ("a",), KEY), Endpoint("http://127.0.0.1:9/v1", (), KEY)
            if fault is not None:
                peer.fail(Where.MODELS, fault)
            await made.warm_up((there, away))
            assert len(peer.of(Where.MODELS)) == 1
            assert (await (await made.client(there)).models.list()).data

    caplog.set_level(logging.DEBUG, "copilot")
    asyncio.run(main())
    told = [record.getMessage() for record in caplog.records if record.name == "copilot.engines"]
    assert len(told) == (1 if fault is None else 2)
    assert KEY not in "".join(told)


@pytest.mark.allow_warnings  # A model that is gone is worth one.
def test_a_model_that_is_gone_is_remembered_for_who_may_use_the_same_account() -> None:
    made = OpenAIConnections()
    here = Endpoint("https://api.openai.com/v1", ("old", "new"), "sk-one")
    made.is_gone(here, "old")
    assert made.alive(here) == ("new",)
    assert made.alive(Endpoint(here.base_url, ("old",), "sk-two")) == ("old",)
    assert made.alive(Endpoint("http://127.0.0.1:9/v1", ("old",), "sk-one")) == ("old",)
    made.is_gone(here, "new")
    # Better to be refused once more than never to ask again.
    assert made.alive(here) == ("old", "new")


def test_closing_ends_what_is_under_way_and_may_be_done_twice() -> None:
    async def main() -> None:
        made = OpenAIConnections()
        async with OpenAIPeer() as peer:
            peer.fail(Where.MODELS, Fault.STALL_BEFORE)
            client = await made.client(Endpoint(peer.base_url, ("a",), KEY))
            asking = asyncio.ensure_future(client.models.list())
            while not peer.of(Where.MODELS):
                await asyncio.sleep(0.01)
            await made.close()
            await made.close()
            with pytest.raises(Exception, match="onnection|losed"):
                await asking

    asyncio.run(main())
