"""RealtimeLink: a WebSocket session of OpenAI's realtime service, verified before it is used."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any, Self

from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected, EngineUnavailable
from copilot_desktop.engines.endpoint import Endpoint
from copilot_desktop.engines.openai_connection import OpenAIConnections
from copilot_desktop.engines.openai_faults import engine_error, fault_of_code, told_as

log = logging.getLogger("copilot.engines")

OPEN_LIMIT_S = 8.0
_CLOSE_LIMIT_S = 1.0
_QUEUED = 600
"""Messages not yet sent: twelve seconds of sound. More waits only on a line that is as good as dead."""
_FATAL = frozenset(
    (
        "insufficient_quota",
        "invalid_api_key",
        "model_not_found",
        "account_deactivated",
        "beta_api_shape_disabled",
        "invalid_model",
        "session_expired",
    )
)
_OPTIONS = {"open_timeout": OPEN_LIMIT_S, "ping_interval": 20, "ping_timeout": 60, "close_timeout": 1}


class RealtimeLink:
    """An open session. `session` is what the server says it does. Made by `open`, ended by `close`."""

    def __init__(self, socket: Any, name: str) -> None:
        self._socket, self._name = socket, name
        self.session: dict[str, Any] = {}
        self._out: asyncio.Queue[str] = asyncio.Queue(_QUEUED)
        self._sending: asyncio.Task[None] | None = None
        self._is_closed = False

    @classmethod
    async def open(
        cls,
        connections: OpenAIConnections,
        endpoint: Endpoint,
        *,
        query: Mapping[str, str],
        session: Mapping[str, Any],
        name: str,
    ) -> Self:
        """Connect, configure, and wait until the server has taken it, at most 8 s.

        Nothing is left open when it fails or is cancelled.

        Raises:
            EngineError: refused, unreachable, too slow, or the session was not taken.
        """
        client = await connections.client(endpoint)
        with told_as(name):
            async with asyncio.timeout(OPEN_LIMIT_S):
                manager = client.realtime.connect(
                    extra_query=dict(query),
                    websocket_connection_options=dict(_OPTIONS),  # type: ignore[arg-type]
                )
                link = cls(await manager.enter(), name)
                try:
                    await link._configure(session)
                except BaseException:
                    await link.close()
                    raise
        link._sending = asyncio.create_task(link._send_all())
        return link

    @property
    def is_open(self) -> bool:
        """Whether it can be used, as far as is known."""
        return not self._is_closed and self._sending is not None and not self._sending.done()

    def send(self, event: Mapping[str, Any] | str) -> None:
        """Send an event, or one that is JSON already; never waits.

        Raises:
            EngineUnavailable: the line takes nothing any more.
        """
        text = event if isinstance(event, str) else json.dumps(event)
        try:
            self._out.put_nowait(text)
        except asyncio.QueueFull:
            raise EngineUnavailable(self._name, "the line is stuck", fault=EngineFault.TOO_SLOW) from None

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what the server says until `close`. Iterate once.

        Raises:
            EngineError: the session ended otherwise; a fatal error; what came is no event.
        """
        while not self._is_closed:
            try:
                with told_as(self._name):
                    event = await self._receive()
            except EngineError:
                if self._is_closed:
                    return
                raise
            self._refuse_fatal(event)
            yield event

    async def close(self) -> None:
        """End the session, within a second. Safe twice."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        try:
            async with asyncio.timeout(_CLOSE_LIMIT_S):
                await self._socket.close()
        except Exception as error:
            log.debug("a realtime session did not close in order (%s)", type(error).__name__)

    async def _configure(self, session: Mapping[str, Any]) -> None:
        await self._expect("session.created")
        await self._socket.send_raw(json.dumps({"type": "session.update", "session": session}))
        self.session = (await self._expect("session.updated")).get("session") or {}

    async def _expect(self, kind: str) -> dict[str, Any]:
        while True:
            event = await self._receive()
            if event.get("type") == kind:
                return event
            if event.get("type") == "error":
                self._refuse_fatal(event)
                raise EngineRejected(self._name, "the session was refused", fault=EngineFault.REQUEST_REFUSED)

    async def _receive(self) -> dict[str, Any]:
        event = json.loads(await self._socket.recv_bytes())
        if not isinstance(event, dict):
            raise EngineError(self._name, "no event", fault=EngineFault.BAD_ANSWER)
        return event

    def _refuse_fatal(self, event: Mapping[str, Any]) -> None:
        error = event.get("error") if event.get("type") == "error" else None
        if not isinstance(error, dict) or error.get("code") not in _FATAL:
            return
        fault = fault_of_code(error["code"]) or EngineFault.REQUEST_REFUSED
        kind = EngineRejected if fault.is_lasting else EngineError
        raise kind(self._name, "the session ended", fault=fault)

    async def _send_all(self) -> None:
        try:
            while True:
                await self._socket.send_raw(await self._out.get())
        except asyncio.CancelledError:
            raise
        except Exception as error:
            # The reader meets the same end and tells it.
            log.debug("%s", engine_error(error, self._name))
