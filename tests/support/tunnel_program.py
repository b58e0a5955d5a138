"""A small reverse proxy that behaves as Cloudflare's program does: its command line, its metrics, its words.

The public side is https://localhost:PORT with a certificate of the test's own. What it does beyond that is
told by `control.json` in its folder, at any time; see `FakeCloudflared`. Only the standard library: it starts
as fast as a compiled program.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

VERSION = "2026.8.0"
GOOD_TOKEN = "made-up-tunnel-token"
_VALUE_FLAGS = {"--config", "--url", "--metrics", "--protocol"}
_OFFLINE = "dial tcp: lookup api.trycloudflare.com on 127.0.0.53:53: no such host"
_REFUSALS = {
    "token": "Provided Tunnel token is not valid.",
    "offline": f'failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": {_OFFLINE}',
    "busy": "failed to unmarshal quick Tunnel: 429 Too Many Requests",
}


def main(folder: Path, arguments: list[str]) -> int:
    """Run as `cloudflared` with these arguments."""
    with (folder / "starts.jsonl").open("a") as starts:
        starts.write(json.dumps({"arguments": arguments, "environment": sorted(os.environ)}) + "\n")
    if arguments == ["--version"]:
        print(f"cloudflared version {VERSION} (built 2026-08-01-1200 UTC)")
        return 0
    options = _parsed(arguments)
    control = _control(folder)
    is_named = "run" in options
    refusal = control.get("refusal", "")
    if is_named and os.environ.get("TUNNEL_TOKEN") != GOOD_TOKEN:
        refusal = "token"
    if options["--config"] != os.devnull:
        return _fail("the owner's configuration is none of ours")
    if refusal:
        return _fail(_REFUSALS[refusal])
    if control.get("ignores_term"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # For nobody: only with the whole group it ends, and so shows whether that is done.
    grandchild = subprocess.Popen(["sleep", "600"])
    asyncio.run(_Proxy(folder, options, grandchild.pid, is_named=is_named).run())
    return 0


def _parsed(arguments: list[str]) -> dict[str, str]:
    if arguments[:1] != ["tunnel"]:
        raise SystemExit(_fail("Incorrect Usage"))
    options, rest = {"--config": ""}, iter(arguments[1:])
    for word in rest:
        if word in _VALUE_FLAGS:
            options[word] = next(rest)
        elif word in {"--no-autoupdate", "run"}:
            options[word] = ""
        else:
            raise SystemExit(_fail(f"Incorrect Usage: flag provided but not defined: {word}"))
    return options


def _fail(words: str) -> int:
    _say("ERR", words)
    return 1


def _say(level: str, words: str) -> None:
    print(f"2026-08-01T12:00:00Z {level} {words}", file=sys.stderr, flush=True)


def _control(folder: Path) -> dict[str, Any]:
    control: dict[str, Any] = json.loads((folder / "control.json").read_text())
    return control


class _Proxy:
    def __init__(self, folder: Path, options: dict[str, str], grandchild: int, *, is_named: bool) -> None:
        self._folder, self._options, self._is_named = folder, options, is_named
        self._grandchild = grandchild
        self._control = _control(folder)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(folder / "server.pem")
        self._public: asyncio.Server | None = None
        self._port = 0
        self._serial = -1

    async def run(self) -> None:
        """Proxy until killed."""
        host, _, port = self._options["--metrics"].rpartition(":")
        await asyncio.start_server(self._serve_metrics, host, int(port))
        _say("INF", f"Starting metrics server on {self._options['--metrics']}/metrics")
        await self._take_address()
        notes = {"pid": os.getpid(), "grandchild": self._grandchild, "port": self._port}
        fresh = self._folder / "running" / f"{os.getpid()}.new"
        fresh.write_text(json.dumps(notes))
        fresh.replace(fresh.with_suffix(".json"))
        _say("INF", "Registered tunnel connection connIndex=0")
        while True:
            await asyncio.sleep(0.03)
            with contextlib.suppress(ValueError):
                self._control = _control(self._folder)
            await self._take_address()

    async def _take_address(self) -> None:
        if self._serial == self._control["serial"]:
            return
        self._serial = self._control["serial"]
        if self._public is not None:
            self._public.close()
        port = self._control["named_port"] if self._is_named else 0
        self._public = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=self._tls)
        self._port = self._public.sockets[0].getsockname()[1]
        if self._control["prints"]:
            _say("INF", f"|  {self._control['prints']}  |")

    async def _serve_metrics(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        is_ready = self._control["is_ready"]
        pages: dict[str, tuple[str, dict[str, Any]]] = {
            "/quicktunnel": ("200 OK", {"hostname": "" if self._is_named else f"localhost:{self._port}"}),
            "/ready": (
                "200 OK" if is_ready else "503 Service Unavailable",
                {"status": 200 if is_ready else 503, "readyConnections": int(is_ready), "connectorId": "x"},
            ),
        }
        found = pages.get(path) if self._control["has_pages"] else None
        status, content = found or ("404 Not Found", {})
        await _answer(writer, status, json.dumps(content).encode())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if self._control["is_cut"]:
                await _answer(writer, "530 Origin DNS error", b"error code: 1033")
            elif self._control["is_elsewhere"]:
                await _answer(writer, "200 OK", b'{"nonce": "of another program"}')
            else:
                await self._proxy(reader, writer)
        writer.close()

    async def _proxy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        origin = urlsplit(self._control["origin"] if self._is_named else self._options["--url"])
        head = await reader.readuntil(b"\r\n\r\n")
        try:
            to_reader, to_writer = await asyncio.open_connection(origin.hostname, origin.port)
        except OSError:
            await _answer(writer, "502 Bad Gateway", b"the origin does not answer")
            return
        first, _, rest = head.partition(b"\r\n")
        to_writer.write(first + b"\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n" + rest)
        await asyncio.gather(_pump(reader, to_writer), _pump(to_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()


async def _answer(writer: asyncio.StreamWriter, status: str, body: bytes) -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
    await writer.drain()
    writer.close()
