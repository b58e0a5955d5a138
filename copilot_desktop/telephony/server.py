"""The life of the server on our loop: the bound port, who is asked what, and a bounded end.

Quart answers the few HTTP requests. The media path is a bare ASGI callable in front of it: Quart's own
WebSocket has an unbounded queue and two more tasks a stream, and costs more a frame.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import secrets
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from copilot_desktop.calls.desk import CallDesk
from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.telephony import caller_id
from copilot_desktop.telephony.admission import MEDIA_PATH, Counters, Signatures, Signer, Tokens
from copilot_desktop.telephony.media_stream import MediaStreams, Receive, Scope, Send
from copilot_desktop.telephony.webhooks import Webhooks

if TYPE_CHECKING:
    from quart import Quart

    from copilot_desktop.telephony.connections import Connections

_HEAVY_PARTS = (
    "copilot_desktop.telephony.http_app",
    "copilot_desktop.telephony.connections",
    "twilio.request_validator",
    "twilio.twiml.voice_response",
)

_BACKLOG = 100
_AT_ONE_GO = 2


class PortTaken(CopilotError):
    """The port cannot be had. `port` is its number."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is in use or may not be used")
        self.port = port


class PhoneServer:
    """The server that the carrier and the practice caller talk to. Works on asyncio and on qasync.

    `signers` says whose requests are let in. Append to it while running: an address once given out stays
    good. `nonce` is what `/health` tells, so that one can be sure to have reached this very process.
    `on_signed_call` is told who signed a call's request, practice calls apart; set it at any time.
    """

    def __init__(self, desk: CallDesk, *, lost_stream_sentence: str) -> None:
        self.signers: list[Signer] = []
        self.on_signed_call: Callable[[Signer], None] = lambda signer: None
        self.nonce = secrets.token_hex(16)
        self.counters = Counters()
        self.port = 0
        tokens = Tokens()
        self._signatures = Signatures(self.signers)
        self._webhooks = Webhooks(
            desk, tokens, lost_stream_sentence, lambda signer: self.on_signed_call(signer)
        )
        self._streams = MediaStreams(desk, self._signatures, tokens, self.counters, self._abort)
        self._connections: Connections | None = None
        self._quart: Quart | None = None
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> int:
        """Listen and return the port; 0 takes any that is free.

        The heavy imports are made in a thread, so the loop is not held up.

        Raises:
            PortTaken: at once, before anything else is done.
        """
        if self._server is not None:
            return self.port
        listener = _bind(host, port)
        try:
            await asyncio.to_thread(_import_heavy_parts)
            connections = self._prepare()
            # asyncio accepts as many at one go as this says: a crowd must not hold up the calls' sound.
            self._server = await asyncio.start_server(connections.serve, sock=listener, backlog=_AT_ONE_GO)
            listener.listen(_BACKLOG)
        except BaseException:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        return self.port

    async def stop(self) -> None:
        """Take no more, close every stream, and end every connection, within 3 s. Safe twice."""
        server, self._server = self._server, None
        if server is None or self._connections is None:
            return
        server.close()
        await self._connections.finish()
        self._streams.close_all()
        await self._connections.end()
        await self._streams.stop()

    def _prepare(self) -> Connections:
        from copilot_desktop.telephony.connections import Connections
        from copilot_desktop.telephony.http_app import HttpApp

        self._quart = HttpApp(self._webhooks, self._signatures, self.counters, nonce=self.nonce).quart
        self._connections = Connections(self._route, self.counters)
        return self._connections

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == MEDIA_PATH:
            await self._streams(scope, receive, send)
        elif self._quart is not None:
            await self._quart(cast(Any, scope), cast(Any, receive), cast(Any, send))

    def _abort(self, client: Any) -> None:
        if self._connections is not None:
            self._connections.abort(client)


def _import_heavy_parts() -> None:
    for name in _HEAVY_PARTS:
        importlib.import_module(name)
    caller_id.load()


def _bind(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "nt":
            # There SO_REUSEADDR would let two programs share the port.
            listener.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE"), 1)  # noqa: B009
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise PortTaken(port) from error
    listener.setblocking(False)
    return listener
