"""Reachability: does a request to the public address come back to this very process?

What a good answer proves: the address's name can be resolved, something on the internet (or, for an address
of the owner's own, in front of this computer) answers there for TLS with a certificate that is trusted for
that name, and it hands the request to this process and no other, for only this one knows the nonce.

What it does not prove: that a stranger comes the same way. The request leaves from this computer. Through a
tunnel that makes no difference, since the tunnel's maker takes it in as anybody's. Before an address of the
owner's own, a router may let us in from behind and others not. A name that leads to this computer or its own
network only is found out and refused; beyond that only a call that arrives is proof, which is the
checklist's last step.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from copilot_desktop.calls.line import LineError, LineProblem
from copilot_desktop.telephony.webhooks import HEALTH_PATH

Resolve = Callable[[str], Awaitable[Iterable[str]]]
"""Host name → IP addresses; raises OSError."""

_MAX_BODY_BYTES = 4096
_PIECE_BYTES = 4096
_HEADERS = (
    ("User-Agent", "copilot-desktop"),
    ("Accept", "application/json"),
    ("Cache-Control", "no-store"),
    ("Connection", "close"),
    # Two makers of tunnels show people a page first; programs say that they want none.
    ("ngrok-skip-browser-warning", "1"),
    ("Bypass-Tunnel-Reminder", "1"),
)
_GATE_CODES = frozenset({401, 403, 404, 407, 511})


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    header_names: frozenset[str] = field(default_factory=frozenset)
    """Lower case."""
    body: bytes = b""


class Reachability:
    """Asks through the public address who is there. `nonce` is what `/health` tells of this process.

    Each question goes by a connection of its own, so that name, certificate and tunnel are all tried again,
    and straight: proxies of a company's network are not used. Certificates: those that the system trusts and
    the usual public ones; SSL_CERT_FILE replaces both.
    """

    def __init__(self, nonce: str, *, within_s: float = 3.0, resolve: Resolve | None = None) -> None:
        self._nonce = nonce
        self._within_s = within_s
        self._resolve = resolve or _resolve
        self._context: ssl.SSLContext | None = None

    async def check(self, base_url: str, *, may_be_local: bool = False) -> None:
        """Return if `base_url` leads here. `may_be_local`: the owner typed it; it may lead nowhere outside.

        Raises:
            LineError: ADDRESS_NOT_REACHABLE: nothing answers in time, or the name leads only to this computer
                or its own network; ADDRESS_ELSEWHERE: another program answers. `detail` says more, in words.
        """
        if self._context is None:
            self._context = await asyncio.to_thread(_tls_context)
        try:
            async with asyncio.timeout(self._within_s):
                if may_be_local:
                    await self._find_outside(urlsplit(base_url).hostname or "")
                answer = await _ask(base_url, self._context)
        except TimeoutError:
            raise _unreachable("no answer in time") from None
        except (OSError, ValueError) as error:
            raise _unreachable(_in_words(error)) from None
        self._judge(answer, may_be_local=may_be_local)

    async def _find_outside(self, host: str) -> None:
        if not any(_is_public(address) for address in await self._resolve(host)):
            raise _unreachable("it leads only into this computer's own network")

    def _judge(self, answer: _Answer, *, may_be_local: bool) -> None:
        status = answer.status
        if status == 200 and _nonce_of(answer.body) == self._nonce:
            return
        # Without `may_be_local`, it is the tunnel's maker who does not know the address any more.
        is_gate = status in _GATE_CODES and not may_be_local
        if is_gate or status >= 500 or "ngrok-error-code" in answer.header_names:
            raise _unreachable(f"the way there answers {status}")
        raise LineError(LineProblem.ADDRESS_ELSEWHERE, f"another program answers {status}")


async def _ask(base_url: str, context: ssl.SSLContext) -> _Answer:
    """Return what a GET of our health page is answered with. Raises OSError or ValueError."""
    address = urlsplit(base_url)
    host = address.hostname or ""
    reader, writer = await asyncio.open_connection(host, address.port or 443, ssl=context)
    try:
        return await _get(reader, writer, address.netloc, address.path.rstrip("/") + HEALTH_PATH)
    finally:
        # At once: a peer that hangs would not answer a polite end either.
        writer.transport.abort()


async def _get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, target: str) -> _Answer:
    import h11

    http = h11.Connection(h11.CLIENT)
    headers = [("Host", host), *_HEADERS]
    writer.write(http.send(h11.Request(method="GET", target=target, headers=headers)) or b"")
    await writer.drain()
    status, names, body = 0, frozenset[str](), b""
    try:
        while len(body) < _MAX_BODY_BYTES:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(_PIECE_BYTES))
            elif isinstance(event, h11.Response):
                status, names = event.status_code, frozenset(name.decode() for name, _ in event.headers)
            elif isinstance(event, h11.Data):
                body += event.data
            elif not isinstance(event, h11.InformationalResponse):
                break
    except h11.RemoteProtocolError as error:
        raise ValueError("no HTTP") from error
    if not status:
        raise ValueError("no answer")
    return _Answer(status, names, body)


def _unreachable(words: str) -> LineError:
    return LineError(LineProblem.ADDRESS_NOT_REACHABLE, words)


def has_network() -> bool:
    """Whether this computer has any way to the internet at all, as far as it knows; asks nobody."""
    for family, address in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            # Nothing is sent: connecting such a socket only looks up the route.
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((address, 443))
                return True
        except OSError:
            continue
    return False


def _tls_context() -> ssl.SSLContext:
    """Return a context for clients; reads a few hundred certificates, so for a thread."""
    if file := os.environ.get("SSL_CERT_FILE"):
        return ssl.create_default_context(cafile=file)
    import certifi

    context = ssl.create_default_context()
    # A program from a bundle may find none of the system's.
    context.load_verify_locations(certifi.where())
    return context


async def _resolve(host: str) -> list[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False


def _nonce_of(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    nonce = answer.get("nonce", "") if isinstance(answer, dict) else ""
    return nonce if isinstance(nonce, str) else ""


def _in_words(error: Exception) -> str:
    """Return why no answer came; never the address, which error texts contain."""
    match error:
        case ssl.SSLCertVerificationError():
            return "its certificate is not trusted"
        case socket.gaierror():
            return "its name is not known"
        case ConnectionRefusedError():
            return "nothing answers there"
        case ssl.SSLError() | ValueError():
            return "what answers there speaks no https"
    return "the connection breaks off"
