"""Passes a WebSocket on to the server and adds the carrier's signature to its handshake."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

_MAX_HEAD_BYTES = 16384


@contextlib.asynccontextmanager
async def signing_relay(target_url: str, signature: str) -> AsyncIterator[str]:
    """Yield the ws:// address, without a path, that leads to `target_url` (http) with a signed handshake."""
    target = urlsplit(target_url)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        on_reader, on_writer = await asyncio.open_connection(target.hostname, target.port)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            on_writer.write(head[:-2] + f"X-Twilio-Signature: {signature}\r\n\r\n".encode())
            await asyncio.gather(_copy(reader, on_writer), _copy(on_reader, writer))
        finally:
            on_writer.close()
            writer.close()

    server = await asyncio.start_server(relay, "127.0.0.1", 0, limit=_MAX_HEAD_BYTES)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"ws://127.0.0.1:{port}"
    finally:
        server.close()
        await server.wait_closed()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass everything on, then its end."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
