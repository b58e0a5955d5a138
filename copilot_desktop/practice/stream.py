"""CarrierStream: the carrier's end of a media stream: frames out, sound and orders in, faults noted."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from copilot_desktop.audio.frame import FRAME_MS
from copilot_desktop.practice.playout import Playout

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

_FIELDS: Mapping[str, frozenset[str]] = {
    "media": frozenset({"event", "streamSid", "media"}),
    "mark": frozenset({"event", "streamSid", "mark"}),
    "clear": frozenset({"event", "streamSid"}),
}
_MAX_FAULTS = 20


class CarrierStream:
    """One open stream. All counters go out as strings, as the carrier writes them.

    `faults`: what the server sent wrong, by the carrier's error numbers; such messages have no effect.
    """

    def __init__(
        self, socket: ClientConnection, playout: Playout, *, call_sid: str, account_sid: str
    ) -> None:
        self._socket = socket
        self._playout = playout
        self._call_sid = call_sid
        self._account_sid = account_sid
        self._stream_sid = f"MZ{secrets.token_hex(16)}"
        self._sequence = 0
        self._chunk = 0
        self.faults: list[str] = []

    async def open(self, parameters: Mapping[str, str]) -> None:
        """Send `connected` and `start`. Raises ConnectionClosed, as all that sends does."""
        await self._socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        start = {
            "accountSid": self._account_sid,
            "streamSid": self._stream_sid,
            "callSid": self._call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": dict(parameters),
        }
        await self._send("start", start)

    async def send_frame(self, frame: bytes) -> None:
        """Send the next 20 ms of the caller's sound."""
        self._sequence += 1
        self._chunk += 1
        # Fifty of these a second: written by hand, for nothing in them needs escaping.
        await self._socket.send(
            f'{{"event":"media","sequenceNumber":"{self._sequence}","streamSid":"{self._stream_sid}",'
            f'"media":{{"track":"inbound","chunk":"{self._chunk}",'
            f'"timestamp":"{(self._chunk - 1) * FRAME_MS}",'
            f'"payload":"{base64.b64encode(frame).decode("ascii")}"}}}}'
        )

    async def echo(self, mark: str) -> None:
        """Say that the sound before `mark` has played, or was cleared."""
        await self._send("mark", {"name": mark})

    async def stop(self) -> None:
        """Say that the call is over."""
        await self._send("stop", {"accountSid": self._account_sid, "callSid": self._call_sid})

    async def receive(self) -> None:
        """Take in what the server sends until it closes the stream."""
        async for message in self._socket:
            self.take(message)

    def take(self, message: str | bytes) -> None:
        """Do what one message says."""
        if isinstance(message, bytes):
            self._fault("31950 binary message")
            return
        try:
            fields = json.loads(message)
        except ValueError:
            self._fault("31951 no JSON")
            return
        if not isinstance(fields, dict) or _FIELDS.get(str(fields.get("event"))) != fields.keys():
            self._fault("31951 unknown event, or not exactly its fields")
        elif fields["streamSid"] != self._stream_sid:
            self._fault("31951 wrong streamSid")
        elif not self._obey(fields):
            self._fault(f"31951 bad {fields['event']}")

    def _obey(self, fields: dict[str, Any]) -> bool:
        """Return whether the message was one the carrier can obey."""
        if fields["event"] == "clear":
            self._playout.clear()
            return True
        key = "payload" if fields["event"] == "media" else "name"
        body = fields[fields["event"]]
        if not isinstance(body, dict) or body.keys() != {key} or not isinstance(body[key], str):
            return False
        if fields["event"] == "mark":
            self._playout.mark(body["name"])
            return True
        try:
            audio = base64.b64decode(body["payload"], validate=True)
        except binascii.Error:
            return False
        if not self._playout.add(audio):
            self._fault("31931 too much sound ahead")
        return True

    def _fault(self, text: str) -> None:
        if len(self.faults) < _MAX_FAULTS:
            self.faults.append(text)

    async def _send(self, event: str, body: Mapping[str, object]) -> None:
        self._sequence += 1
        message = {"event": event, "sequenceNumber": str(self._sequence), "streamSid": self._stream_sid}
        await self._socket.send(json.dumps({**message, event: body}, separators=(",", ":")))
