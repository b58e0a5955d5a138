"""One WebSocket ⇄ one AudioLink. Admits only a signed handshake and a token that we issued for the call."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallId
from copilot_desktop.telephony import wire
from copilot_desktop.telephony.admission import (
    SIGNATURE_HEADER,
    BadSignature,
    Counters,
    Signatures,
    Tokens,
    call_id_of,
)
from copilot_desktop.telephony.inbound import Inbound
from copilot_desktop.telephony.outbound import Outbound
from copilot_desktop.telephony.wire import BadMessage

if TYPE_CHECKING:
    from copilot_desktop.calls.desk import CallDesk
    from copilot_desktop.calls.session import CallSession

log = logging.getLogger("copilot.telephony")

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

START_WITHIN_MS = 5000
STUCK_MS = 2000
QUIET_MS = 200
"""After this long without a payload silence is made up, so that turn-taking goes on."""
MAX_BAD_IN_A_ROW = 100

_TICK_S = 0.1
_LINGER_MS = 1000
"""How long the peer may take to answer our close."""
_NORMAL, _GOING_AWAY, _POLICY, _INTERNAL = 1000, 1001, 1008, 1011


class MediaStream:
    """One stream as an `AudioLink`, from the accepted socket to its end.

    Its session is told `line_measured` and then `link_closed` exactly once, however the stream ends, also
    when the session itself closed or replaced it.
    """

    def __init__(
        self,
        send: Send,
        admit: Callable[[MediaStream, wire.Start], CallSession | None],
        abort: Callable[[], None],
        counters: Counters,
        clock_ms: Callable[[], float],
    ) -> None:
        self._asgi_send = send
        self._admit = admit
        self.abort = abort
        self._counters = counters
        self._clock_ms = clock_ms
        self._outbound = Outbound(self._write_text, clock_ms)
        self._inbound = Inbound(clock_ms())
        self._session: CallSession | None = None
        self._stream_sid = ""
        self._opened_ms = clock_ms()
        self._closing_since_ms: float | None = None
        self._close_code = _NORMAL
        self._is_told_closed = asyncio.Event()
        self._bad_count = 0
        self._bad_in_a_row = 0
        self.call_id: CallId | None = None

    def send(self, audio: bytes) -> None:
        """Queue µ-law for the caller."""
        self._outbound.send(audio)

    def mark(self, name: str) -> None:
        """Ask for `name` back once everything before it has played."""
        self._outbound.mark(name)

    def clear(self) -> None:
        """Throw away what has not played, here and at the carrier."""
        self._outbound.clear()

    async def close(self) -> None:
        """End the stream and wait, at most 1 s, until the socket has taken the close."""
        self.begin_close(_NORMAL)
        try:
            async with asyncio.timeout(_LINGER_MS / 1000):
                await self._is_told_closed.wait()
        except TimeoutError:
            self.abort()

    def begin_close(self, code: int) -> None:
        """End the stream without waiting; what is queued is dropped. Does nothing the second time."""
        if self._closing_since_ms is not None:
            return
        self._closing_since_ms = self._clock_ms()
        self._close_code = code
        self._outbound.close()
        self._counters.dropped_messages += self._outbound.dropped_count
        self._part()

    async def run(self, receive: Receive) -> None:
        """Pump until the socket is gone. Cancelling ends the stream."""
        writer = asyncio.create_task(self._write(), name="media stream writer")
        writer.add_done_callback(self._writer_ended)
        try:
            while (event := await receive())["type"] != "websocket.disconnect":
                if event["type"] == "websocket.receive" and self._closing_since_ms is None:
                    self._take(event.get("text"))
        finally:
            self.begin_close(_GOING_AWAY)
            writer.cancel()
            await asyncio.wait({writer})

    def tick(self) -> None:
        """Look at the clock; called some ten times a second."""
        now_ms = self._clock_ms()
        if self._closing_since_ms is not None:
            if now_ms - self._closing_since_ms > _LINGER_MS:
                self.abort()
        elif self._session is None:
            if now_ms - self._opened_ms > START_WITHIN_MS:
                self._refuse("no start came")
        elif self._outbound.stuck_for_ms(now_ms) > STUCK_MS:
            log.warning("the stream of call %s takes no sound and is given up", self.call_id)
            self.begin_close(_INTERNAL)
            self.abort()
        elif self._inbound.silent_for_ms(now_ms) >= QUIET_MS:
            for frame in self._inbound.wait_until(now_ms):
                self._session.hear(frame)

    def _take(self, text: str | None) -> None:
        try:
            if text is None:
                raise BadMessage("binary")
            self._handle(wire.parse(text))
        except BadMessage as error:
            self._skip(error)
        else:
            self._bad_in_a_row = 0

    def _handle(self, message: wire.Message) -> None:
        match message:
            case wire.Media():
                self._hear(message)
            case wire.Mark():
                self._session_of(message.stream_sid).mark_played(message.mark.name)
            case wire.Dtmf():
                self._session_of(message.stream_sid).digit_pressed(message.dtmf.digit)
            case wire.Start():
                self._begin(message)
            case wire.Stop():
                self._session_of(message.stream_sid)
                self.begin_close(_NORMAL)
            case wire.Unknown():
                self._counters.unknown_messages += 1
            case wire.Connected():
                pass

    def _hear(self, message: wire.Media) -> None:
        session, sound = self._session_of(message.stream_sid), message.media
        if sound.track == "inbound":
            for frame in self._inbound.take(sound.payload, sound.timestamp, self._clock_ms()):
                session.hear(frame)

    def _session_of(self, stream_sid: str) -> CallSession:
        if self._session is None:
            raise BadMessage("before start")
        if stream_sid != self._stream_sid:
            raise BadMessage("another stream's")
        return self._session

    def _begin(self, message: wire.Start) -> None:
        if self._session is not None:
            raise BadMessage("a second start")
        self.call_id = call_id_of(message.start.call_sid)
        self._stream_sid = message.stream_sid
        self._outbound.open(message.stream_sid)
        self._inbound = Inbound(self._clock_ms())
        # From inside `admit` the session may already send.
        session = self._admit(self, message)
        if session is None:
            self._refuse("its token, call or format is not ours")
            return
        self._session = session
        log.info("call %s: stream open", self.call_id)
        if self._closing_since_ms is not None:
            self._part()

    def _skip(self, error: BadMessage) -> None:
        self._counters.bad_messages += 1
        self._bad_count += 1
        self._bad_in_a_row += 1
        log.debug("call %s: message skipped: %s", self.call_id, error)
        if self._bad_in_a_row >= MAX_BAD_IN_A_ROW:
            log.warning("call %s: stream closed after %d bad messages", self.call_id, self._bad_in_a_row)
            self.begin_close(_POLICY)

    def _refuse(self, reason: str) -> None:
        self._counters.refused_streams += 1
        log.warning("a stream is refused: %s", reason)
        self.begin_close(_POLICY)

    def _part(self) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        arrived = self._inbound.arrival
        arrived.bad_messages = self._bad_count
        session.line_measured(arrived)
        session.link_closed(self)
        log.info("call %s: stream closed after %d payloads", self.call_id, arrived.frames)

    async def _write(self) -> None:
        await self._asgi_send({"type": "websocket.accept"})
        await self._outbound.write_all()
        await self._asgi_send({"type": "websocket.close", "code": self._close_code})

    async def _write_text(self, text: str) -> None:
        await self._asgi_send({"type": "websocket.send", "text": text})

    def _writer_ended(self, writer: asyncio.Task[None]) -> None:
        self._is_told_closed.set()
        if not writer.cancelled() and (error := writer.exception()) is not None:
            log.info("call %s: the stream's socket broke: %s", self.call_id, type(error).__name__)
            self.begin_close(_INTERNAL)
            self.abort()


class MediaStreams:
    """Every open stream, and the door they come in by: an ASGI application for WebSockets.

    One ticker looks after all of them while there are any. `abort(client)` drops the TCP connection of a
    peer address at once.
    """

    def __init__(
        self,
        desk: CallDesk,
        signatures: Signatures,
        tokens: Tokens,
        counters: Counters,
        abort: Callable[[Any], None],
    ) -> None:
        self._desk = desk
        self._signatures = signatures
        self._tokens = tokens
        self._counters = counters
        self._abort = abort
        self._streams: set[MediaStream] = set()
        self._ticker: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket. A bad signature is refused at the handshake, which the peer sees as 403."""
        await receive()
        if not self._is_signed(scope):
            await send({"type": "websocket.close"})
            return
        client = scope["client"]
        stream = MediaStream(send, self._admit, lambda: self._abort(client), self._counters, monotonic_ms)
        self._streams.add(stream)
        self._watch()
        try:
            await stream.run(receive)
        finally:
            self._streams.discard(stream)

    def close_all(self) -> None:
        """Begin to close every stream."""
        for stream in tuple(self._streams):
            stream.begin_close(_GOING_AWAY)

    async def stop(self) -> None:
        """End the ticker; the streams are gone or will be cancelled."""
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.wait({self._ticker})

    def _is_signed(self, scope: Scope) -> bool:
        target = scope["raw_path"].decode("latin-1")
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("latin-1")
        name = SIGNATURE_HEADER.lower().encode()
        signature = next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
        try:
            self._signatures.of_handshake(target, signature)
        except BadSignature:
            self._counters.count_refusal("a stream")
            return False
        return True

    def _admit(self, stream: MediaStream, message: wire.Start) -> CallSession | None:
        """Check the token; give the stream to the call's session and end the stream it replaces."""
        start, call_id = message.start, stream.call_id
        if call_id is None or not start.media_format.is_ours:
            return None
        if not self._tokens.spend(call_id, start.custom_parameters.get("token", "")):
            return None
        try:
            session = self._desk.open_link(call_id, stream)
        except CopilotError:
            self._tokens.forget(call_id)
            return None
        for older in tuple(self._streams):
            if older is not stream and older.call_id == call_id:
                older.begin_close(_NORMAL)
        return session

    def _watch(self) -> None:
        if self._ticker is None or self._ticker.done():
            self._ticker = asyncio.create_task(self._tick_all(), name="media streams ticker")

    async def _tick_all(self) -> None:
        while self._streams:
            await asyncio.sleep(_TICK_S)
            for stream in tuple(self._streams):
                try:
                    stream.tick()
                except Exception:
                    # A broken session must not stop the clock of the other calls.
                    log.exception("call %s: its session failed", stream.call_id)
                    self._streams.discard(stream)
                    stream.abort()


def monotonic_ms() -> float:
    """Return the clock that streams live by."""
    return time.monotonic() * 1000
