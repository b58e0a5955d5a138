"""OpenAIConnections: the clients to OpenAI and servers like it, one each for the whole program, kept warm."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.traffic import Traffic

if TYPE_CHECKING:
    from httpx2 import AsyncClient, Request, Response
    from openai import AsyncOpenAI

log = logging.getLogger("copilot.engines")

_KEEP_S = 120.0
"""Ten turns of a talk long: each new connection costs a TLS handshake."""
_CONNECT_S = 3.0
_STALL_S = 8.0
_WARM_LIMIT_S = 6.0
_NO_KEY = "none"
"""Private servers ask for no key, the package for one of any kind."""
_HERE = ("localhost", "127.0.0.1", "[::1]")
"""Never reached by way of a proxy, whatever the system says."""


class OpenAIConnections:
    """Make it anywhere; the rest is used on one loop. `close` it before that loop ends."""

    def __init__(self) -> None:
        self.traffic = Traffic()
        self._clients: dict[tuple[str, str], AsyncOpenAI] = {}
        self._making = asyncio.Lock()
        self._gone: set[tuple[str, str, str]] = set()

    async def client(self, endpoint: Endpoint) -> AsyncOpenAI:
        """Return the client for `endpoint`; the first one is loaded in a thread, about 1 s.

        It waits 3 s for a connection, 8 s between two pieces of an answer, and tries again only, once and at
        once, what met a connection that the other side had just closed. Its errors are `openai`'s.
        """
        key = (endpoint.base_url, endpoint.api_key)
        made = self._clients.get(key)
        if made is not None:
            return made
        async with self._making:
            if key not in self._clients:
                self._clients[key] = await asyncio.to_thread(_make, endpoint, self.traffic)
            return self._clients[key]

    def alive(self, endpoint: Endpoint) -> tuple[str, ...]:
        """Return the models of `endpoint` that are not known to be gone; all of them if none is left."""
        left = tuple(name for name in endpoint.models if _model(endpoint, name) not in self._gone)
        return left or endpoint.models

    def is_gone(self, endpoint: Endpoint, model: str) -> None:
        """The server says that there is no such model: do not ask for it again in this run."""
        if _model(endpoint, model) not in self._gone:
            log.warning("%s has no model %s any more", endpoint.host, model)
            self._gone.add(_model(endpoint, model))

    async def warm_up(self, endpoints: Iterable[Endpoint]) -> None:
        """Load what the first request needs and open connections, so that no caller waits for it.

        Failures are logged only: the first real request will tell them.
        """
        different = {(each.base_url, each.api_key): each for each in endpoints}
        await asyncio.gather(*(self._warm(endpoint) for endpoint in different.values()))

    async def close(self) -> None:
        """Close all connections, and what is under way on them. Safe to call twice."""
        async with self._making:
            clients, self._clients = list(self._clients.values()), {}
        await asyncio.gather(*(client.close() for client in clients), return_exceptions=True)

    async def _warm(self, endpoint: Endpoint) -> None:
        try:
            client = await self.client(endpoint)
            async with asyncio.timeout(_WARM_LIMIT_S):
                await client.models.list(timeout=_WARM_LIMIT_S)
        except Exception as error:
            log.info("%s could not be warmed up (%s)", endpoint.host, type(error).__name__)


def _model(endpoint: Endpoint, name: str) -> tuple[str, str, str]:
    """Another key may be another account's, which has other models."""
    return endpoint.base_url, endpoint.api_key, name


def _make(endpoint: Endpoint, traffic: Traffic) -> AsyncOpenAI:
    """Blocks for half a second the first time."""
    import httpx2
    from openai import AsyncOpenAI

    client = AsyncOpenAI(
        api_key=endpoint.api_key or _NO_KEY,
        base_url=endpoint.base_url,
        timeout=httpx2.Timeout(_STALL_S, connect=_CONNECT_S, pool=2.0),
        max_retries=0,
        http_client=_http_client(endpoint, traffic),
    )
    # The package takes these from the environment; settings alone say what goes where.
    client.organization = client.project = None
    client._custom_headers = {}
    _touch(client)
    return client


def _http_client(endpoint: Endpoint, traffic: Traffic) -> AsyncClient:
    import httpx2

    class SecondTry(httpx2.AsyncClient):
        """Asks again what met a kept connection that was closed at that moment: it did not arrive."""

        async def send(self, request: Request, **options: Any) -> Response:
            """Send `request`; see `AsyncClient.send`."""
            await _tell(traffic, request, endpoint)
            fate = _Fate()
            request.extensions = {**request.extensions, "trace": fate}
            try:
                return await super().send(request, **options)
            except (httpx2.NetworkError, httpx2.RemoteProtocolError):
                if not fate.met_a_stale_connection:
                    raise
            return await super().send(request, **options)

    limits = httpx2.Limits(max_connections=100, max_keepalive_connections=40, keepalive_expiry=_KEEP_S)
    direct = {f"all://{host}": None for host in _HERE}
    return SecondTry(limits=limits, timeout=_STALL_S, follow_redirects=True, mounts=direct)


async def _tell(traffic: Traffic, request: Request, endpoint: Endpoint) -> None:
    """Let the owner see what goes out; no header is looked at but what the body is."""
    body = await request.aread()
    content_type = request.headers.get("content-type", "")
    traffic.sent(endpoint.host, request.url.path, content_type, body, endpoint.api_key)


class _Fate:
    """How far one request got."""

    def __init__(self) -> None:
        self._is_new = self._is_answered = False

    async def __call__(self, name: str, info: Any) -> None:
        """Take a note of one step, as the connections call them."""
        self._is_new |= name == "connection.connect_tcp.started"
        self._is_answered |= name.endswith(".receive_response_headers.complete")

    @property
    def met_a_stale_connection(self) -> bool:
        """Whether it went over a connection that had been used before, and nothing came back."""
        return not self._is_new and not self._is_answered


def _touch(client: Any) -> None:
    """Load the parts that the package loads only when they are used, and have each of them work once."""
    for part in (
        "responses",
        "chat.completions",
        "audio.transcriptions",
        "audio.speech",
        "realtime",
        "models",
    ):
        found = client
        for name in part.split("."):
            found = getattr(found, name)
    _rehearse_once()


@cache
def _rehearse_once() -> None:
    from copilot_desktop.engines.server.openai_rehearsal import rehearse

    try:
        rehearse()
    except Exception as error:
        # The first real requests are slower then, and no more.
        log.warning("requests could not be rehearsed (%s)", type(error).__name__)
