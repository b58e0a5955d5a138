"""Remote voices on a peer, and a reading server that does what a test wants."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import numpy as np
from aiohttp import WSMsgType, web

from copilot_desktop.audio.frame import FRAME_BYTES, SAMPLE_RATE_HZ
from copilot_desktop.calls.engine_status import Usage
from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.ports import Voice
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.trials import closed_after
from copilot_desktop.engines.voice.realtime_voice import RealtimeVoice
from copilot_desktop.engines.voice.speech_voice import SpeechVoice
from tests.support.openai_peer import KEY, OpenAIPeer, ScriptedBrain

T = TypeVar("T")
CALL = CallId("call-1")
SENTENCE = "Your order has left our warehouse this morning and will reach you on Friday."
SENTENCE_S = len(SENTENCE.split()) * 0.3
"""The peer's words last 300 ms."""


class SoftBrain(ScriptedBrain):
    """Speaks as loudly as people do on the phone."""

    def speak(self, text: str) -> bytes:
        return (np.frombuffer(super().speak(text), "<i2") // 2).tobytes()


class Told:
    """What the engines said that they cost."""

    def __init__(self) -> None:
        self.usages: list[tuple[Usage, CallId | None]] = []

    def __call__(self, usage: Usage, call: CallId | None) -> None:
        self.usages.append((usage, call))


def run_alone(main: Coroutine[Any, Any, T]) -> T:
    """Run `main`; tasks that it leaves running fail the test."""

    async def alone() -> T:
        result = await main
        others = {task for task in asyncio.all_tasks() if not _is_peers(task)} - {asyncio.current_task()}
        if others:
            _, left = await asyncio.wait(others, timeout=2)
            assert not left, f"tasks left running: {left}"
        return result

    return asyncio.run(alone())


def _is_peers(task: asyncio.Task[Any]) -> bool:
    """Whether a server's request that was told to stall sleeps on."""
    return "RequestHandler" in getattr(task.get_coro(), "__qualname__", "")


async def sound_of(voice: Voice, sentence: str = SENTENCE) -> bytes:
    """Return `sentence` spoken."""
    return b"".join([piece async for piece in voice.speak(sentence, CALL)])


async def failure_of(voice: Voice, sentence: str = SENTENCE) -> tuple[EngineError, bytes]:
    """Return how speaking `sentence` fails, and the sound that came before."""
    heard = b""
    try:
        async for piece in voice.speak(sentence, CALL):
            heard += piece
    except EngineError as error:
        return error, heard
    raise AssertionError("it did not fail")


def seconds(sound: bytes) -> float:
    """Return how long µ-law is; it must be whole frames."""
    assert len(sound) % FRAME_BYTES == 0
    return len(sound) / SAMPLE_RATE_HZ


@asynccontextmanager
async def connected(peer: OpenAIPeer | None = None) -> AsyncIterator[OpenAIConnections]:
    """Connections that are warm and closed at the end."""
    connections = OpenAIConnections()
    try:
        if peer is not None:
            await connections.warm_up([Endpoint(peer.base_url, (), KEY)])
        yield connections
    finally:
        await connections.close()


@asynccontextmanager
async def a_reader(
    connections: OpenAIConnections,
    base_url: str,
    told: Told | None = None,
    *,
    models: Sequence[str] = ("gpt-realtime-2.1-mini",),
    voice: Callable[[], str] = lambda: "marin",
    stall_s: float = 8.0,
    key: str = KEY,
) -> AsyncIterator[RealtimeVoice]:
    """A realtime voice, closed at the end."""
    made = RealtimeVoice(
        connections,
        Endpoint(base_url, tuple(models), key),
        voice=voice,
        on_usage=told or Told(),
        stall_s=stall_s,
    )
    try:
        yield made
    finally:
        await made.close()


class VoiceAtPeer:
    """Implements Voice by a remote one, with a peer of its own for each sentence: any loop may come along."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
        async with OpenAIPeer(brain=SoftBrain()) as peer, connected() as connections:
            if self._kind == "realtime":
                async with (
                    a_reader(connections, peer.base_url) as reader,
                    closed_after(reader.speak(sentence, call)) as pieces,
                ):
                    async for piece in pieces:
                        yield piece
                return
            endpoint = Endpoint(peer.base_url, ("gpt-4o-mini-tts",), KEY)
            spoken = SpeechVoice(connections, endpoint, voice=lambda: "marin", on_usage=Told())
            async with closed_after(spoken.speak(sentence, call)) as pieces:
                async for piece in pieces:
                    yield piece


class ReadingServer:
    """A realtime server whose answers a test writes itself, for what no honest server does.

    `session` is called once a session; what it returns is called with each event after the session's
    beginning, and returns the events to send.
    """

    def __init__(
        self,
        *,
        session: Callable[[], Callable[[dict[str, Any]], Sequence[dict[str, Any]]]],
        refuse: Callable[[dict[str, Any]], bool] = lambda session: False,
    ) -> None:
        self._new_session, self._refuse = session, refuse
        self.seen: list[dict[str, Any]] = []
        self.sessions: list[dict[str, Any]] = []
        self.sockets: set[web.WebSocketResponse] = set()
        self.base_url = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[ReadingServer]:
        """Serve on this computer until the end of the block."""
        app = web.Application()
        app.router.add_get("/v1/realtime", self._session)
        runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.5, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.base_url = "http://{}:{}/v1".format(*runner.addresses[0])
        try:
            yield self
        finally:
            for socket in tuple(self.sockets):
                await socket.close()
            await runner.cleanup()

    async def _session(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.add(socket)
        answer = self._new_session()
        try:
            await socket.send_json({"type": "session.created", "session": {}})
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    for event in self._events(json.loads(message.data), answer):
                        await socket.send_json(event)
        finally:
            self.sockets.discard(socket)
        return socket

    def _events(
        self, event: dict[str, Any], answer: Callable[[dict[str, Any]], Sequence[dict[str, Any]]]
    ) -> Sequence[dict[str, Any]]:
        if event["type"] != "session.update":
            self.seen.append(event)
            return answer(event)
        self.sessions.append(event["session"])
        if self._refuse(event["session"]):
            return [{"type": "error", "error": {"code": "invalid_value", "param": "session.x"}}]
        return [{"type": "session.updated", "session": event["session"]}]


def text_of(event: dict[str, Any]) -> str:
    """Return the sentence that a `response.create` asks for."""
    text: str = json.loads(event["response"]["input"][0]["content"][0]["text"])["response_text"]
    return text


def delta(response_id: str, ulaw: bytes) -> dict[str, Any]:
    """Return an event with sound."""
    data = base64.b64encode(ulaw).decode()
    return {"type": "response.output_audio.delta", "response_id": response_id, "delta": data}


def done(response_id: str, status: str = "completed", **rest: Any) -> dict[str, Any]:
    """Return the event that ends a response."""
    return {"type": "response.done", "response": {"id": response_id, "status": status, **rest}}
