"""A phone line as the carrier's servers would play it to us: webhooks and a media stream, both signed.

Written from the protocol's description alone, with no code of the program, so that a misreading there is
not repeated here.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

FRAME_BYTES = 160
FRAME_S = 0.02
_OUTBOUND_SHAPES = {
    "media": {"event": None, "streamSid": None, "media": {"payload": None}},
    "mark": {"event": None, "streamSid": None, "mark": {"name": None}},
    "clear": {"event": None, "streamSid": None},
}


class TwilioLine:
    """One call on its way to the server at `local_url`, which the public knows as `base_url`."""

    def __init__(self, local_url: str, secret: str, *, base_url: str | None = None) -> None:
        self.local_url = local_url
        self.base_url = base_url or local_url
        self.call_sid = "CA" + secrets.token_hex(16)
        self.caller = "+15550100"
        self.line = "+15550199"
        self.spoken: list[str] = []
        """What the carrier's own voice has said to the caller."""
        self.has_ended = False
        """The document that the carrier was given ran out, or hung up."""
        self._sequence = 0
        self._validator = RequestValidator(secret)

    def fields(self, **more: str) -> dict[str, str]:
        """Return the form of a webhook."""
        return {
            "CallSid": self.call_sid,
            "AccountSid": "AC" + "0" * 32,
            "From": self.caller,
            "To": self.line,
            "CallStatus": "ringing",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
            "CallerName": " with blanks ",
            "FromCity": "",
            **more,
        }

    async def request(
        self, path: str, fields: dict[str, str], *, method: str = "POST", signature: str | None = None
    ) -> httpx.Response:
        """Send a webhook; `signature` replaces the right one, "" leaves it out."""
        target = path if method == "POST" else f"{path}?{urlencode(fields)}"
        form = fields if method == "POST" else {}
        if signature is None:
            signature = self._validator.compute_signature(self.base_url + target, form)
        headers = httpx.Headers({"X-Twilio-Signature": signature} if signature else {}, encoding="latin-1")
        async with http_client() as client:
            return await client.request(method, self.local_url + target, data=form or None, headers=headers)

    async def ring(self, *, method: str = "POST", **more: str) -> httpx.Response:
        """Ask what to do with the call."""
        return await self.request("/twilio/voice", self.fields(**more), method=method)

    async def tell_status(self, status: str, **more: str) -> httpx.Response:
        """Say how the call stands, numbered as the carrier numbers its reports."""
        self._sequence += 1
        fields = self.fields(CallStatus=status, SequenceNumber=str(self._sequence), **more)
        return await self.request("/twilio/status", fields)

    async def after_stream(self, answer: httpx.Response) -> httpx.Response | None:
        """Do what `answer` says after its stream, as the carrier does when that has ended.

        Return what it is answered with when it asks again; None: the call has ended.
        """
        verbs = list(ElementTree.fromstring(answer.text))
        assert verbs[0].tag == "Connect", answer.text
        return await self._obey(verbs[1:])

    async def after_dial(self, twiml: str, outcome: str) -> httpx.Response | None:
        """Run a document that passes the caller on; dialling ends as `outcome`, a DialCallStatus."""
        verbs = list(ElementTree.fromstring(twiml))
        self.spoken += [verb.text or "" for verb in verbs if verb.tag == "Say"]
        action = next(verb for verb in verbs if verb.tag == "Dial").get("action")
        if not action:
            self.has_ended = True
            return None
        fields = self.fields(CallStatus="in-progress", DialCallStatus=outcome, DialCallSid="CA" + "d" * 32)
        return await self.request(self._path_of(action), fields)

    async def tell_dialled_leg(self, twiml: str, status: str) -> httpx.Response:
        """Report on the leg that a document dials, to where it asks for that."""
        noun = ElementTree.fromstring(twiml).find("./Dial/*")
        assert noun is not None, twiml
        assert noun.get("statusCallbackEvent") == "answered"
        fields = self.fields(CallStatus=status) | {
            "CallSid": "CA" + "d" * 32,
            "ParentCallSid": self.call_sid,
            "Direction": "outbound-dial",
        }
        return await self.request(self._path_of(noun.get("statusCallback", "")), fields)

    async def _obey(self, verbs: list[ElementTree.Element]) -> httpx.Response | None:
        for verb in verbs:
            if verb.tag == "Say":
                self.spoken.append(verb.text or "")
            elif verb.tag == "Redirect":
                return await self.redirected(self._path_of((verb.text or "").strip()))
            else:
                assert verb.tag == "Hangup", verb.tag
                break
        self.has_ended = True
        return None

    async def redirected(self, path: str) -> httpx.Response | None:
        """Ask `path` what comes next; what it says is done at once, but for a stream."""
        answer = await self.request(path, self.fields(CallStatus="in-progress"))
        assert answer.status_code == 200, answer.status_code
        verbs = list(ElementTree.fromstring(answer.text))
        return answer if verbs[0].tag == "Connect" else await self._obey(verbs)

    def _path_of(self, url: str) -> str:
        assert url.startswith(self.base_url + "/"), url
        return url.removeprefix(self.base_url)

    async def answered_token(self) -> str:
        """Ring, expect to be connected, and return the token to give back."""
        return connect_verb(await self.ring())[1]

    def handshake_signature(self, path: str = "/twilio/media") -> str:
        """Return what the carrier signs a WebSocket with."""
        url = self.base_url.replace("http", "ws", 1) + path
        return str(self._validator.compute_signature(url, {}))

    async def dial(self, *, signature: str | None = None, path: str = "/twilio/media") -> TwilioStream:
        """Open a media socket; nothing is sent on it yet."""
        headers = {"X-Twilio-Signature": self.handshake_signature() if signature is None else signature}
        url = self.local_url.replace("http", "ws", 1) + path
        return TwilioStream(await connect(url, additional_headers=headers), self.call_sid)

    @contextlib.asynccontextmanager
    async def stream(self, token: str) -> AsyncIterator[TwilioStream]:
        """Open a media stream and start it."""
        async with await self.dial() as stream:
            await stream.start(token)
            yield stream


def http_client(base_url: str = "") -> httpx.AsyncClient:
    """Return a client for loopback: no proxies, no certificates to load, time for a held request."""
    return httpx.AsyncClient(base_url=base_url, timeout=20, verify=False, trust_env=False)


def connect_verb(response: httpx.Response) -> tuple[str, str]:
    """Return stream address and token out of an answer that connects the call."""
    assert response.status_code == 200, response.status_code
    assert response.headers["content-type"].startswith("text/xml")
    stream = ElementTree.fromstring(response.text).find("./Connect/Stream")
    assert stream is not None, response.text
    parameter = stream.find("Parameter")
    assert parameter is not None
    assert parameter.get("name") == "token"
    return stream.get("url", ""), parameter.get("value", "")


class TwilioStream:
    """The carrier's end of one media socket.

    Plays what it is sent in real time: `heard` grows by 20 ms at a time. Echoes a mark when all before it
    has played, and all outstanding marks on `clear`. `violations` lists every message with a field too
    many or too few.
    """

    def __init__(self, socket: ClientConnection, call_sid: str) -> None:
        self.socket = socket
        self.call_sid = call_sid
        self.stream_sid = "MZ" + secrets.token_hex(16)
        self.heard = bytearray()
        self.clears = 0
        self.sent_token = ""
        self.received: list[dict[str, Any]] = []
        self.violations: list[str] = []
        self._buffer: deque[bytes | str] = deque()
        self._arrived = asyncio.Event()
        self._sequence = 0
        self._chunk = 0
        self._stamp_ms = 0
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._play())]

    @property
    def extensions(self) -> str:
        """What the server agreed to, of the compression that was offered."""
        response = self.socket.response
        return "" if response is None else response.headers.get("Sec-WebSocket-Extensions", "")

    async def __aenter__(self) -> TwilioStream:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.hang_up()

    async def start(self, token: str, *, call_sid: str | None = None, **changes: Any) -> None:
        """Send `connected` and `start`."""
        self.sent_token = token
        await self.send_json({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        body = {
            "accountSid": "AC" + "0" * 32,
            "streamSid": self.stream_sid,
            "callSid": call_sid or self.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": token},
            **changes,
        }
        await self.send_event("start", start=body)

    async def send_audio(self, audio: bytes, *, stamp_ms: int | None = None) -> None:
        """Send one media message; without `stamp_ms` it follows the one before."""
        self._chunk += 1
        stamp_ms = self._stamp_ms if stamp_ms is None else stamp_ms
        self._stamp_ms = stamp_ms + len(audio) // 8
        payload = base64.b64encode(audio).decode()
        media = {
            "track": "inbound",
            "chunk": str(self._chunk),
            "timestamp": str(stamp_ms),
            "payload": payload,
        }
        await self.send_event("media", media=media)

    async def say(self, audio: bytes) -> None:
        """Send `audio` in 20 ms messages in real time."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        for start in range(0, len(audio), FRAME_BYTES):
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            await self.send_audio(audio[start : start + FRAME_BYTES])
            due_s += FRAME_S

    async def press(self, digit: str) -> None:
        """Send a key."""
        await self.send_event("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    async def stop(self) -> None:
        """Say that the stream ends."""
        await self.send_event("stop", stop={"accountSid": "AC" + "0" * 32, "callSid": self.call_sid})

    async def send_event(self, event: str, **body: Any) -> None:
        """Send a numbered message of this stream."""
        self._sequence += 1
        message = {"event": event, "sequenceNumber": str(self._sequence), "streamSid": self.stream_sid}
        await self.send_json(message | body)

    async def send_json(self, message: Any) -> None:
        """Send anything as JSON."""
        await self.socket.send(json.dumps(message, separators=(",", ":")))

    async def closed(self, within_s: float = 3.0) -> int | None:
        """Wait until the server has closed the socket and return its code."""
        async with asyncio.timeout(within_s):
            await self.socket.wait_closed()
        return self.socket.close_code

    async def until(self, count: int, event: str, within_s: float = 3.0) -> None:
        """Wait until `count` messages of a kind have come."""
        async with asyncio.timeout(within_s):
            while sum(message["event"] == event for message in self.received) < count:
                self._arrived.clear()
                await self._arrived.wait()

    async def hang_up(self) -> None:
        """Close the socket."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.socket.close()

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                await self._obey(json.loads(text))
                self._arrived.set()

    async def _obey(self, message: dict[str, Any]) -> None:
        self.received.append(message)
        event = message.get("event", "")
        if _shape(message) != _OUTBOUND_SHAPES.get(event) or message["streamSid"] != self.stream_sid:
            self.violations.append(json.dumps(message)[:200])
        elif event == "media":
            self._buffer.append(base64.b64decode(message["media"]["payload"], validate=True))
        elif event == "mark":
            self._buffer.append(message["mark"]["name"])
        else:
            await self._clear()

    async def _clear(self) -> None:
        self.clears += 1
        names = [entry for entry in self._buffer if isinstance(entry, str)]
        self._buffer.clear()
        for name in names:
            await self._echo(name)

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._echo_due()
                self.heard += self._next_frame()
                due_s += FRAME_S
                await asyncio.sleep(max(0.0, due_s - loop.time()))

    async def _echo_due(self) -> None:
        while self._buffer and isinstance(self._buffer[0], str):
            await self._echo(str(self._buffer.popleft()))

    def _next_frame(self) -> bytes:
        frame = b""
        while self._buffer and isinstance(self._buffer[0], bytes) and len(frame) < FRAME_BYTES:
            audio = self._buffer.popleft()
            assert isinstance(audio, bytes)
            taken = FRAME_BYTES - len(frame)
            frame += audio[:taken]
            if audio[taken:]:
                self._buffer.appendleft(audio[taken:])
        return frame

    async def _echo(self, name: str) -> None:
        await self.send_event("mark", mark={"name": name})


def _shape(message: Any) -> Any:
    """Return the keys of a message, without its values."""
    return {key: _shape(value) for key, value in message.items()} if isinstance(message, dict) else None
