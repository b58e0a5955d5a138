"""What stands in the computer's environment for other programs changes nothing about where words go."""

from __future__ import annotations

import asyncio

import pytest

from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from tests.support.openai_peer import KEY
from tests.support.raw_server import RawServer, raw_server, whole


async def asked_both_ways() -> RawServer:
    """Ask a server over HTTP and for a WebSocket, which it refuses; return what it saw."""

    async def answer(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        writer.write(whole({"object": "list", "data": []}))
        return True

    from websockets.exceptions import InvalidStatus

    connections = OpenAIConnections()
    try:
        async with raw_server(answer) as server:
            client = await connections.client(Endpoint(server.base_url, (), KEY))
            await client.models.list()
            with pytest.raises(InvalidStatus):
                await client.realtime.connect(model="m").enter()
            return server
    finally:
        await connections.close()


def test_headers_for_other_programs_are_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Gateway: from-elsewhere\nAuthorization: Bearer elsewhere")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-elsewhere")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-elsewhere")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-elsewhere")
    heads = [head for heads in asyncio.run(asked_both_ways()).connections for head in heads]
    assert [head.split()[1] for head in heads] == ["/v1/models", "/v1/realtime?model=m"]
    for head in heads:
        assert "elsewhere" not in head
        assert f"authorization: bearer {KEY}" in head.lower()


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY"])
def test_a_server_on_this_computer_is_never_sought_behind_a_proxy(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer(writer: asyncio.StreamWriter, connection: int, request: int) -> bool:
        writer.write(whole({"object": "list", "data": []}))
        return True

    async def main() -> None:
        connections = OpenAIConnections()
        async with raw_server(answer) as proxy, raw_server(answer) as server:
            address = proxy.base_url.removesuffix("/v1")
            monkeypatch.setenv(name, address)
            monkeypatch.setenv(name.lower(), address)
            for host in ("127.0.0.1", "localhost"):
                base_url = server.base_url.replace("127.0.0.1", host)
                client = await connections.client(Endpoint(base_url, (), KEY))
                await client.models.list()
            assert len(server.connections) == 2
            assert not proxy.connections
            away = await connections.client(Endpoint("http://models.internal/v1", (), KEY))
            await away.models.list()
            assert len(proxy.connections) == 1, "the system's proxy is used for all others"
        await connections.close()

    asyncio.run(main())
