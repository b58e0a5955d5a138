"""A server that says byte for byte what a test wants, and closes connections when it wants."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class RawServer:
    """What it was asked: the requests of each connection in order."""

    base_url: str = ""
    connections: list[list[str]] = field(default_factory=list)
    """The head of every request."""


Answer = Callable[[asyncio.StreamWriter, int, int], Awaitable[bool]]
"""Given the number of the connection and of the request on it; False: close the connection."""


@asynccontextmanager
async def raw_server(answer: Answer) -> AsyncIterator[RawServer]:
    """Serve on this computer until the end of the block."""
    served = RawServer()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads: list[str] = []
        served.connections.append(heads)
        number = len(served.connections)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lengths = [line for line in head.lower().split("\r\n") if line.startswith("content-length:")]
                await reader.readexactly(int(lengths[0].split(":")[1]) if lengths else 0)
                heads.append(head)
                if not await answer(writer, number, len(heads)):
                    return
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    served.base_url = f"http://127.0.0.1:{port}/v1"
    async with server:
        yield served


def whole(body: object, status: str = "200 OK") -> bytes:
    """Return a whole answer that keeps the connection; what is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content
