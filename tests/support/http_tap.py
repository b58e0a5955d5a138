"""A reverse proxy that notes every request and answer: it stands for a tunnel, or for a look at the wire."""

from __future__ import annotations

import http.client
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


@dataclass(frozen=True)
class Exchange:
    """One request and what came back. `headers` are the answer's; all their names are in small letters."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    request_headers: dict[str, str]
    status: int
    headers: dict[str, str]
    body: str


class HttpTap:
    """Passes on to `target`, an http address. `exchanges` in the order of their answers."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.exchanges: list[Exchange] = []
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Where to ask in place of `target`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> HttpTap:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, tap: HttpTap) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tap = tap


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:  # noqa: N802 - the base class's name
        self._pass_on(b"")

    def do_POST(self) -> None:  # noqa: N802 - the base class's name
        self._pass_on(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def _pass_on(self, body: bytes) -> None:
        tap, target = self.server.tap, urlsplit(self.server.tap.target)
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=20)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            told = answer.read()
        finally:
            connection.close()
        asked = urlsplit(self.path)
        exchange = Exchange(
            method=self.command,
            path=asked.path,
            query=dict(parse_qsl(asked.query, keep_blank_values=True)),
            form=dict(parse_qsl(body.decode(), keep_blank_values=True)),
            request_headers={name.lower(): value for name, value in self.headers.items()},
            status=answer.status,
            headers={name.lower(): value for name, value in answer.getheaders()},
            body=told.decode(),
        )
        tap.exchanges.append(exchange)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
