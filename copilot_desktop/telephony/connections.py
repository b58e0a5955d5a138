"""TCP connections, each served by Hypercorn: not too many, prompt, and to be dropped at any moment.

`hypercorn.serve` hides its connections, so a stuck peer could not be dropped, and it does not stop in
bounded time while one is open; here it serves one connection at a time, as its own worker makes it.

Importing this takes a fifth of a second: `PhoneServer.start` does so in a thread.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import deque
from dataclasses import dataclass
from typing import Any, cast

from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework, LifespanState

from copilot_desktop.telephony.admission import Counters
from copilot_desktop.telephony.media_stream import Receive, Scope, Send

log = logging.getLogger("copilot.telephony")

MAX_CONNECTIONS = 300
REQUEST_WITHIN_S = 5
_AT_A_TURN = 1
_KEEP_ALIVE_S = 120
"""Longer than a tunnel keeps its end open: were it shorter, a webhook could meet a connection just closed."""
_SOCKET_BUFFER_BYTES = 32 * 1024
"""Some 2 s of sound on its way out. The system's own megabytes would hide a stuck peer for minutes."""
_SOCKET_MAX_MESSAGE_BYTES = 1024 * 1024
"""Above it the socket is closed; from 64 KiB up to it a message is skipped and counted."""
_PATIENCE_S = (1.2, 0.4, 0.4)
"""How long `end` waits for connections to close by themselves, then aborted, then cancelled."""


class _Turnstile:
    """Lets a few in at each turn of the loop, in order, so that a crowd does not hold up the calls' sound."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Wait for one's turn."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._turn, loop)
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        for _ in range(min(_AT_A_TURN, len(self._waiting))):
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
        if self._waiting:
            loop.call_soon(self._turn, loop)


class _PacedReader:
    """As much of a StreamReader as Hypercorn uses; what it has read waits for its turn, but for streams."""

    def __init__(self, reader: asyncio.StreamReader, turnstile: _Turnstile) -> None:
        self._reader, self._turnstile = reader, turnstile
        self.at_eof = reader.at_eof
        self.is_stream = False

    async def read(self, size: int) -> bytes:
        data = await self._reader.read(size)
        if data and not self.is_stream:
            await self._turnstile.enter()
        return data


@dataclass
class _Connection:
    task: asyncio.Task[Any]
    transport: asyncio.WriteTransport
    reader: _PacedReader
    has_spoken: bool = False

    def drop_if_silent(self) -> None:
        if not self.has_spoken:
            self.transport.abort()


class Connections:
    """Every open connection. `app` is an ASGI application; `serve` is what `asyncio.start_server` calls.

    A new connection that has sent no whole request head within `request_within_s` is dropped.
    """

    def __init__(self, app: Any, counters: Counters, *, request_within_s: float = REQUEST_WITHIN_S) -> None:
        self._app = app
        self._request_within_s = request_within_s
        self._counters = counters
        self._config = _config()
        self._context = WorkerContext(None)
        self._connections: dict[Any, _Connection] = {}
        self._turnstile = _Turnstile()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end. Cancelling drops it."""
        task, client = asyncio.current_task(), writer.get_extra_info("peername")
        if task is None or client is None or len(self._connections) >= MAX_CONNECTIONS:
            self._counters.refused_connections += 1
            writer.transport.abort()
            return
        _tune(writer)
        loop = asyncio.get_running_loop()
        paced = _PacedReader(reader, self._turnstile)
        connection = self._connections[_key(client)] = _Connection(task, writer.transport, paced)
        limit = loop.call_later(self._request_within_s, connection.drop_if_silent)
        app = ASGIWrapper(cast(ASGIFramework, self._route))
        try:
            source = cast(asyncio.StreamReader, paced)
            await _PromptServer(app, loop, self._config, self._context, LifespanState(), source, writer)
        finally:
            limit.cancel()
            del self._connections[_key(client)]

    def abort(self, client: Any) -> None:
        """Drop the connection of a peer address, as ASGI scopes give it, without a goodbye."""
        if connection := self._connections.get(_key(client)):
            connection.transport.abort()

    async def finish(self) -> None:
        """Serve what is being served, take no further request, close what is idle."""
        await self._context.terminated.set()

    async def end(self) -> None:
        """Wait for every connection to close, ever less politely; 2 s at most."""
        for patience_s in _PATIENCE_S:
            if not self._connections:
                return
            await asyncio.wait({each.task for each in self._connections.values()}, timeout=patience_s)
            for each in tuple(self._connections.values()):
                if each.transport.is_closing():
                    each.task.cancel()
                each.transport.abort()

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        if connection := self._connections.get(_key(scope["client"])):
            connection.has_spoken = True
            connection.reader.is_stream = scope["type"] == "websocket"
            if scope["http_version"].startswith("2"):
                # Hypercorn speaks it with whoever asks. No carrier and no tunnel does; a hundred requests on
                # one connection are a stranger's.
                connection.transport.abort()
                return
        if scope["type"] == "websocket":
            _refuse_compression(send)
        await self._app(scope, receive, send)


class _PromptServer(TCPServer):
    """WORKAROUND(hypercorn 0.18): a connection closed by its peer lives on to the end of the keep-alive."""

    async def _read_data(self) -> None:
        await super()._read_data()
        await self.idle_task.stop()


def _config() -> Config:
    config = Config()
    config.errorlog = log
    config.include_server_header = False
    config.keep_alive_timeout = _KEEP_ALIVE_S
    config.websocket_max_message_size = _SOCKET_MAX_MESSAGE_BYTES
    return config


def _key(client: Any) -> tuple[Any, ...]:
    return tuple(client[:2])


def _tune(writer: asyncio.StreamWriter) -> None:
    """Make a connection prompt: small buffers, nothing held back."""
    writer.transport.set_write_buffer_limits(high=_SOCKET_BUFFER_BYTES)
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER_BYTES)
    # Else 20 ms of sound, or a `clear`, may wait 40 ms for the peer to acknowledge what came before.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _refuse_compression(send: Send) -> None:
    """WORKAROUND(hypercorn#307): it takes permessage-deflate whenever it is offered, with no setting against.

    Compressing base64 of µ-law gains nothing and costs more than all the rest of a frame.
    """
    handshake = getattr(getattr(send, "__self__", None), "handshake", None)
    if handshake is not None:
        handshake.extensions = None
