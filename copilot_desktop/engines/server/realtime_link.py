"""RealtimeLink: one session with OpenAI's realtime service, checked before it is used."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected, EngineUnavailable
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.server.openai_faults import engine_error, fault_of_code, told_as
from copilot_desktop.engines.server.traffic import Traffic

if TYPE_CHECKING:
    import ssl

log = logging.getLogger("copilot.engines")

OPEN_LIMIT_S = 8.0
"""For the connection and the agreement on the session together."""
_CLOSE_LIMIT_S = 0.5
_OLD_S = 50 * 60.0
"""Sessions end after 60 minutes, without a warning."""
_QUEUED_BYTES = 2 * 1024 * 1024
"""Not yet sent: half a minute of sound at its largest. More waits only on a line that is as good as dead."""
_EVENT_BYTES = 4 * 1024 * 1024
_EVENTS = 4000
_FATAL_CODES = frozenset(
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
_OPTIONS = {
    "open_timeout": OPEN_LIMIT_S,
    "ping_interval": 20,
    "ping_timeout": 60,
    "close_timeout": _CLOSE_LIMIT_S * 0.6,
    "max_size": _EVENT_BYTES,
    "compression": None,
}


class RealtimeLink:
    """An open session. `session` is what the server says it does. Made by `open`, ended by `close`.

    It reads by itself, so that a link nobody listens to stays alive, and is known to be dead when it is.
    """

    def __init__(self, socket: Any, name: str) -> None:
        self._socket, self._name = socket, name
        self.session: dict[str, Any] = {}
        self._out: deque[str] = deque()
        self._out_bytes = 0
        self._has_out = asyncio.Event()
        self._in: deque[dict[str, Any]] = deque()
        self._has_in = asyncio.Event()
        self._end: EngineError | None = None
        self._is_closed = False
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._opened_s = time.monotonic()
        self._tell: Callable[[str], None] = lambda text: None
        """Told of every message that goes out."""

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
        """Connect, configure, and wait until the server has taken `session`, at most 8 s.

        Nothing is left open when it fails or is cancelled.

        Raises:
            EngineError: refused, unreachable, too slow, or the session was not taken.
        """
        with told_as(name):
            async with asyncio.timeout(OPEN_LIMIT_S):
                client = await connections.client(endpoint)
                options: dict[str, Any] = dict(_OPTIONS)
                if str(client.base_url).startswith("https"):
                    options["ssl"] = await asyncio.to_thread(_tls)
                manager = client.realtime.connect(
                    extra_query=dict(query),
                    websocket_connection_options=options,  # type: ignore[arg-type]
                )
                link = cls(await manager.enter(), name)
                link._tell = _telling(connections.traffic, endpoint, session)
                try:
                    await link._configure(session)
                except BaseException:
                    await link.close()
                    raise
        link._tasks = (asyncio.create_task(link._send_all()), asyncio.create_task(link._read_all()))
        return link

    @property
    def is_open(self) -> bool:
        """Whether it can be used, as far as is known."""
        return not self._is_closed and self._end is None

    @property
    def is_old(self) -> bool:
        """Whether it should be replaced at the next silence: it will soon be ended."""
        return time.monotonic() - self._opened_s > _OLD_S

    def send(self, event: Mapping[str, Any] | str) -> None:
        """Send an event, or one that is JSON already; never waits. After the end: without effect.

        Raises:
            EngineUnavailable: the line takes nothing any more.
        """
        if not self.is_open:
            return
        text = event if isinstance(event, str) else json.dumps(event)
        if self._out_bytes + len(text) > _QUEUED_BYTES:
            error = EngineUnavailable(self._name, "the line is stuck", fault=EngineFault.TOO_SLOW)
            self._ended(error)
            raise error
        self._out.append(text)
        self._out_bytes += len(text)
        self._has_out.set()

    def events(self) -> AsyncIterator[dict[str, Any]]:
        """Return what the server says until `close`, to be iterated by one at a time, also in several goes.

        The iteration raises:
            EngineError: the session ended otherwise; a fatal error; what came is no event.
        """
        return _Events(self)

    async def next_event(self) -> dict[str, Any] | None:
        """Return the next event, None after `close`. Cancelling loses nothing. Raises EngineError."""
        while not self._in:
            if self._is_closed:
                return None
            if self._end is not None:
                raise self._end
            self._has_in.clear()
            await self._has_in.wait()
        return self._in.popleft()

    async def close(self) -> None:
        """End the session, within a second. Safe twice."""
        if self._is_closed:
            return
        self._is_closed = True
        self._in.clear()
        self._has_in.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._close_socket()

    async def _configure(self, session: Mapping[str, Any]) -> None:
        await self._expect("session.created")
        text = json.dumps({"type": "session.update", "session": session})
        self._tell(text)
        await self._socket.send_raw(text)
        agreed = (await self._expect("session.updated")).get("session")
        self.session = agreed if isinstance(agreed, dict) else {}

    async def _expect(self, kind: str) -> dict[str, Any]:
        while True:
            event = await self._receive()
            if event.get("type") == kind:
                return event
            if event.get("type") == "error":
                raise self._refusal(event)

    def _refusal(self, event: Mapping[str, Any]) -> EngineError:
        """Before a session is agreed on, every error ends it."""
        error = _error_in(event)
        fault = fault_of_code(error.get("code")) or EngineFault.REQUEST_REFUSED
        if fault is EngineFault.REQUEST_REFUSED and str(error.get("param")).endswith("model"):
            fault = EngineFault.MODEL_MISSING
        return _error(self._name, "the session was refused", fault)

    async def _receive(self) -> dict[str, Any]:
        event = json.loads(await self._socket.recv_bytes())
        if not isinstance(event, dict):
            raise EngineError(self._name, "no event", fault=EngineFault.BAD_ANSWER)
        return event

    async def _read_all(self) -> None:
        try:
            while True:
                event = await self._receive()
                self._refuse_fatal(event)
                if len(self._in) >= _EVENTS:
                    raise EngineError(self._name, "too many events", fault=EngineFault.BAD_ANSWER)
                self._in.append(event)
                self._has_in.set()
                # Many events at once must not keep sound waiting.
                await asyncio.sleep(0)
        except Exception as error:
            self._ended(engine_error(error, self._name))
        await self._close_socket()

    def _refuse_fatal(self, event: Mapping[str, Any]) -> None:
        code = _error_in(event).get("code") if event.get("type") == "error" else None
        if code in _FATAL_CODES:
            fault = fault_of_code(code) or EngineFault.REQUEST_REFUSED
            raise _error(self._name, "the session was ended", fault)

    async def _send_all(self) -> None:
        try:
            while True:
                while self._out:
                    text = self._out.popleft()
                    self._out_bytes -= len(text)
                    self._tell(text)
                    await self._socket.send_raw(text)
                self._has_out.clear()
                await self._has_out.wait()
        except Exception as error:
            # Mostly the reader meets the same end and knows more of it.
            await asyncio.sleep(0)
            self._ended(engine_error(error, self._name))

    def _ended(self, error: EngineError) -> None:
        if self._end is None and not self._is_closed:
            log.debug("a realtime session ended: %s", error)
            self._end = error
            self._has_in.set()

    async def _close_socket(self) -> None:
        try:
            async with asyncio.timeout(_CLOSE_LIMIT_S):
                await self._socket.close()
        except Exception as error:
            log.debug("a realtime session did not close in order (%s)", type(error).__name__)


class _Events:
    """Iterates over a link's events; unlike a generator it goes on after a cancelled wait."""

    def __init__(self, link: RealtimeLink) -> None:
        self._link = link

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> dict[str, Any]:
        event = await self._link.next_event()
        if event is None:
            raise StopAsyncIteration
        return event


def error_code(event: Mapping[str, Any]) -> str:
    """Return the code of an `error` event, empty if there is none."""
    return str(_error_in(event).get("code") or "")


def error_event_id(event: Mapping[str, Any]) -> str:
    """Return which event of ours an `error` event is about, empty if it does not say."""
    return str(_error_in(event).get("event_id") or "")


def _error_in(event: Mapping[str, Any]) -> Mapping[str, Any]:
    error = event.get("error")
    return error if isinstance(error, dict) else {}


def _error(name: str, reason: str, fault: EngineFault) -> EngineError:
    return (EngineRejected if fault.is_lasting else EngineUnavailable)(name, reason, fault=fault)


@cache
def _tls() -> ssl.SSLContext:
    """The trust of the other requests; making it takes longer than the loop may stand still."""
    made: ssl.SSLContext = importlib.import_module("httpx2").create_ssl_context()
    return made


def _telling(traffic: Traffic, endpoint: Endpoint, session: Mapping[str, Any]) -> Callable[[str], None]:
    """Return who is told of every message; `session` says how the sound in it is packed."""
    form = json.dumps(session)
    bytes_a_second = 8_000 if "pcmu" in form or "g711" in form else 48_000
    return lambda text: traffic.streamed(endpoint.host, text, bytes_a_second, endpoint.api_key)
