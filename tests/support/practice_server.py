"""A phone desk of a hundred lines for the practice caller: real sockets, no code of the program's server."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator
from websockets.asyncio.server import ServerConnection, serve

SECRET = "made-up-secret-of-this-run"
TONE = bytes([0x90, 0x10]) * 80
_SILENCE = bytes([0xFF]) * 160
_CHUNK_FRAMES = 10

Answering = Callable[[ServerConnection], Awaitable[None]]


class ToneAssistant:
    """Talks in tones: a greeting, an answer after each turn of the caller; `clear` when it is interrupted.

    It stops answering after `answers` of them; with `yields` false it talks on when it is interrupted.
    """

    def __init__(
        self, *, greeting_ms: int = 2000, answer_ms: int = 2000, answers: int = 1000, yields: bool = True
    ) -> None:
        self.yields = yields
        self.greeting_ms = greeting_ms
        self.answer_ms = answer_ms
        self.answers = answers
        self.start: dict[str, object] = {}
        self.media: list[dict[str, str]] = []
        self.marks: list[tuple[int, str]] = []
        self.clears: list[int] = []
        self.has_stopped = False
        self._plays_until_ms = 0
        self._now_ms = 0

    async def __call__(self, socket: ServerConnection) -> None:
        connected = json.loads(await socket.recv())
        assert connected == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
        self.start = json.loads(await socket.recv())
        await self._play(socket, self.greeting_ms)
        loud, quiet = 0, 0
        async for text in socket:
            message = json.loads(text)
            if message["event"] == "media":
                self.media.append(message["media"])
                self._now_ms += 20
                is_loud = base64.b64decode(message["media"]["payload"]) != _SILENCE
                loud, quiet = (loud + 1, 0) if is_loud else (loud, quiet + 1)
                if self.yields and loud == 5 and is_loud and self._now_ms < self._plays_until_ms:
                    await self._send(socket, "clear")
                    self.clears.append(self._now_ms)
                    self._plays_until_ms = self._now_ms
                if loud >= 5 and quiet == 20 and self.answers > 0:
                    loud, self.answers = 0, self.answers - 1
                    await self._play(socket, self.answer_ms)
            elif message["event"] == "mark":
                self.marks.append((self._now_ms, message["mark"]["name"]))
            elif message["event"] == "stop":
                self.has_stopped = True

    async def _play(self, socket: ServerConnection, duration_ms: int) -> None:
        if not duration_ms:
            return
        self._plays_until_ms = self._now_ms + duration_ms
        for _ in range(duration_ms // 20 // _CHUNK_FRAMES):
            payload = base64.b64encode(TONE * _CHUNK_FRAMES).decode()
            await self._send(socket, "media", media={"payload": payload})
        await self._send(socket, "mark", mark={"name": f"until-{self._plays_until_ms}"})

    async def _send(self, socket: ServerConnection, event: str, **body: object) -> None:
        await socket.send(json.dumps({"event": event, "streamSid": self.start["streamSid"], **body}))


class PracticeServer:
    """Where it listens, and what it was told. Signatures are checked on everything."""

    def __init__(self, answering: Answering, twiml: str, status: int) -> None:
        self.base_url = ""
        self.statuses: list[dict[str, str]] = []
        self.is_signed_rightly = True
        self.stream_url = ""
        self._answering = answering
        self._twiml = twiml
        self._status = status
        self._validator = RequestValidator(SECRET)

    def _check(self, url: str, form: dict[str, str], signature: str | None) -> None:
        self.is_signed_rightly &= signature is not None and self._validator.validate(url, form, signature)

    async def take_stream(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self._check(self.stream_url, {}, socket.request.headers.get("x-twilio-signature"))
        await self._answering(socket)

    async def take_request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1]
        headers = dict(line.split(": ", 1) for line in head.strip().split("\r\n")[1:])
        headers = {name.lower(): value for name, value in headers.items()}
        body = (await reader.readexactly(int(headers["content-length"]))).decode()
        form = dict(parse_qsl(body, keep_blank_values=True))
        self._check(self.base_url + path, form, headers.get("x-twilio-signature"))
        self.statuses.append(form)
        answer = self._twiml.replace("STREAM", self.stream_url).encode() if path == "/twilio/voice" else b""
        writer.write(b"HTTP/1.1 %d OK\r\nContent-Type: text/xml\r\n" % self._status)
        writer.write(b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(answer) + answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


CONNECT = (
    '<Response><Connect><Stream url="STREAM"><Parameter name="token" value="t0ken"/></Stream></Connect>'
    "<Say>Sorry.</Say><Hangup/></Response>"
)
REJECT = '<Response><Reject reason="busy"/></Response>'


@contextlib.asynccontextmanager
async def practice_server(
    answering: Answering, *, twiml: str = CONNECT, status: int = 200
) -> AsyncIterator[PracticeServer]:
    """Serve calls on loopback: `answering` gets the stream of each."""
    server = PracticeServer(answering, twiml, status)
    async with (
        serve(server.take_stream, "127.0.0.1", 0) as streams,
        await asyncio.start_server(server.take_request, "127.0.0.1", 0) as requests,
    ):
        server.stream_url = f"ws://127.0.0.1:{next(iter(streams.sockets)).getsockname()[1]}/twilio/media"
        server.base_url = f"http://127.0.0.1:{next(iter(requests.sockets)).getsockname()[1]}"
        yield server
