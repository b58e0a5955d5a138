"""OpenAIPeer: the server itself: who may ask, what was asked, what goes wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from tests.support.openai_peer import checking
from tests.support.openai_peer.brain import Brain, ScriptedBrain
from tests.support.openai_peer.faults import ERRORS, Delays, Fault, FaultPlan, Where

KEY = "sk-test-key-of-the-peer"
MODELS: dict[str, str | None] = {
    "gpt-live-transcribe": None,
    "gpt-transcribe": None,
    "gpt-6-luna": None,
    "gpt-6-sol": None,
    "gpt-6.1-terra": None,
    "gpt-4o-mini": "2027-01-14",
    "gpt-4o-transcribe": "2027-02-26",
    "gpt-4o-mini-tts": "2027-01-06",
    "tts-1": "2027-01-06",
    "gpt-realtime-2.1": None,
    "gpt-realtime-2.1-mini": None,
    "whisper-1": "2027-02-26",
}
"""What it has, with the day of shutdown."""

_BIG = 8 * 1024 * 1024


@dataclass(slots=True)
class Seen:
    """One request, or one event of a realtime session."""

    where: Where
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    is_cancelled: bool = False
    """The client left before the answer was whole."""


class RefusedRequest(Exception):
    """Answered with an error of the protocol."""

    def __init__(self, status: int, kind: str, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind, self.code = status, kind, code


class OpenAIPeer:
    """Use it as an async context manager. `base_url` leads to it; `seen` is what it was asked."""

    def __init__(
        self,
        *,
        brain: Brain | None = None,
        delays: Delays | None = None,
        key: str = KEY,
        models: dict[str, str | None] | None = None,
        port: int = 0,
    ) -> None:
        self.brain: Brain = brain or ScriptedBrain()
        self.delays = delays or Delays()
        self.key = key
        self.models = MODELS if models is None else models
        self.seen: list[Seen] = []
        self.violations: list[str] = []
        """What OpenAI's description says against what was asked."""
        self._faults = FaultPlan()
        self._port = port
        self._runner: web.AppRunner | None = None
        self.base_url = ""
        self.sockets: set[web.WebSocketResponse] = set()
        """Realtime sessions that are open now."""

    def fail(self, where: Where, fault: Fault, times: int | None = 1) -> None:
        """Let the next `times` requests there go wrong; None: every one until `recover`."""
        self._faults.plan(where, fault, times)

    def recover(self) -> None:
        """Everything works again."""
        self._faults.clear()

    def of(self, where: Where) -> list[Seen]:
        """Return what was asked there."""
        return [seen for seen in self.seen if seen.where is where]

    def next_fault(self, where: Where) -> Fault | None:
        """Return what is to go wrong now."""
        return self._faults.next(where)

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(checking.description)
        from tests.support.openai_peer.realtime import realtime
        from tests.support.openai_peer.sound_routes import speech, transcriptions
        from tests.support.openai_peer.text_routes import chat, responses

        app = web.Application(client_max_size=_BIG)
        app.router.add_get("/v1/models", self._guarded(Where.MODELS, self._models))
        app.router.add_post("/v1/responses", self._guarded(Where.RESPONSES, responses))
        app.router.add_post("/v1/chat/completions", self._guarded(Where.CHAT, chat))
        app.router.add_post("/v1/audio/speech", self._guarded(Where.SPEECH, speech))
        app.router.add_post("/v1/audio/transcriptions", self._guarded(Where.TRANSCRIPTIONS, transcriptions))

        async def open_session(request: web.Request) -> web.StreamResponse:
            return await realtime(self, request)

        app.router.add_get("/v1/realtime", open_session)
        self._runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.5, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        address = self._runner.addresses[0]
        self.base_url = f"http://{address[0]}:{address[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        for socket in tuple(self.sockets):
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def drop(self) -> None:
        """Break every realtime connection without a word."""
        for socket in tuple(self.sockets):
            cut(socket)

    def check(self, path: str, body: dict[str, Any], content_type: str = "application/json") -> None:
        """Raise RefusedRequest if `body` is not what the description says."""
        if wrong := checking.complaint(path, body, content_type):
            self.violations.append(f"{path}: {wrong}")
            raise RefusedRequest(400, "invalid_request_error", "invalid_value", wrong)

    def need_model(self, model: object) -> None:
        """Raise RefusedRequest if there is no such model."""
        if model not in self.models:
            raise RefusedRequest(404, "invalid_request_error", "model_not_found", "no such model")

    def _guarded(
        self,
        where: Where,
        answer: Callable[[OpenAIPeer, web.Request, Seen, Fault | None], Awaitable[web.StreamResponse]],
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            headers = {name: value for name, value in request.headers.items() if name != "Authorization"}
            seen = Seen(where, headers=headers)
            self.seen.append(seen)
            try:
                return await self._answer(answer, request, seen)
            except RefusedRequest as refused:
                return error_response(refused.status, refused.kind, refused.code, str(refused))
            except asyncio.CancelledError:
                seen.is_cancelled = True
                raise
            except ConnectionResetError:
                seen.is_cancelled = True
                return web.Response()

        return handle

    async def _answer(
        self,
        answer: Callable[[OpenAIPeer, web.Request, Seen, Fault | None], Awaitable[web.StreamResponse]],
        request: web.Request,
        seen: Seen,
    ) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            raise RefusedRequest(401, "invalid_request_error", "invalid_api_key", "wrong key")
        fault = self.next_fault(seen.where)
        if fault in ERRORS:
            status, kind, code = ERRORS[fault]
            raise RefusedRequest(status, kind, code, f"the peer was told to answer {status}")
        if fault is Fault.STALL_BEFORE:
            await read_whole(request)
            await asyncio.sleep(3600)
        return await answer(self, request, seen, fault)

    async def _models(
        self, _peer: OpenAIPeer, _request: web.Request, _seen: Seen, _fault: Fault | None
    ) -> web.Response:
        listed = [
            {"id": name, "object": "model", "created": 1, "owned_by": "peer"}
            | ({"shutdown_date": shutdown} if shutdown else {})
            for name, shutdown in self.models.items()
        ]
        return web.json_response({"object": "list", "data": listed})


def error_response(status: int, kind: str, code: str, message: str) -> web.Response:
    """Return an error as OpenAI writes it."""
    error = {"message": message, "type": kind, "code": code, "param": None}
    return web.json_response({"error": error}, status=status, headers={"x-request-id": "req_peer"})


async def read_whole(request: web.Request) -> bytes:
    """Return the body."""
    return await request.read()


async def json_body(request: web.Request) -> dict[str, Any]:
    """Return the body of a JSON request. Raises RefusedRequest."""
    try:
        body: dict[str, Any] = json.loads(await request.read())
    except ValueError:
        raise RefusedRequest(400, "invalid_request_error", "invalid_json", "not JSON") from None
    return body


def cut(response: web.StreamResponse) -> None:
    """Break the connection under an answer."""
    request = getattr(response, "_req", None)
    transport = request.transport if request is not None else None
    if transport is not None:
        transport.abort()
