"""The realtime service: sessions that transcribe, and sessions that read aloud."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from typing import Any

import numpy as np
from aiohttp import WSMsgType, web

from copilot_desktop.audio import g711
from copilot_desktop.audio.level import is_audible
from copilot_desktop.audio.resample import whole as resampled
from tests.support.openai_peer.brain import RATE_HZ
from tests.support.openai_peer.faults import Fault, Where
from tests.support.openai_peer.peer import OpenAIPeer, Seen, cut
from tests.support.openai_peer.sound_routes import to_ulaw

LIVE_MODELS = ("gpt-live-transcribe", "gpt-realtime-whisper")
"""They give words while sound comes, and want to be told when a turn is over."""
_LEAST_BYTES = 800
"""µ-law: 100 ms; less cannot be committed."""
_FRAME = 160
_SILENCE_FRAMES = 25
_PIECE_BYTES = 960
_HUGE_WORDS = 170_000
_ids = itertools.count(1)


async def realtime(peer: OpenAIPeer, request: web.Request) -> web.WebSocketResponse:
    """GET /v1/realtime: `?intent=transcription` transcribes, `?model=` reads aloud."""
    is_transcription = request.query.get("intent") == "transcription"
    where = Where.REALTIME_TRANSCRIPTION if is_transcription else Where.REALTIME_VOICE
    socket = web.WebSocketResponse(max_msg_size=16 * 1024 * 1024)
    await socket.prepare(request)
    peer.sockets.add(socket)
    headers = {name: value for name, value in request.headers.items() if name != "Authorization"}
    session = _Session(peer, socket, where, headers)
    try:
        if request.headers.get("Authorization") != f"Bearer {peer.key}":
            await session.refuse("invalid_api_key", 3000)
        elif "OpenAI-Beta" in request.headers:
            await session.refuse("beta_api_shape_disabled", 4000)
        elif not is_transcription and request.query.get("model") not in peer.models:
            await session.refuse("model_not_found", 4000)
        else:
            await session.run(dict(request.query))
    except ConnectionResetError:
        pass
    finally:
        session.close()
        peer.sockets.discard(socket)
    return socket


class _Session:
    """One connection."""

    def __init__(
        self, peer: OpenAIPeer, socket: web.WebSocketResponse, where: Where, headers: dict[str, str]
    ) -> None:
        self._peer, self._socket, self._where, self._headers = peer, socket, where, headers
        self._fault = peer.next_fault(where)
        self._config: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sound = bytearray()
        self._item = f"item_{next(_ids)}"
        self._said = ""
        self._hearing, self._due_bytes = asyncio.Lock(), 0
        self._quiet_frames = 0
        self._has_spoken = False
        self._responses: dict[str, asyncio.Task[None]] = {}

    async def refuse(self, code: str, close_code: int) -> None:
        """Say why, and close."""
        await self._error(code)
        await self._socket.close(code=close_code)

    async def run(self, query: dict[str, str]) -> None:
        """Answer events until the client leaves."""
        if self._fault in (Fault.KEY_REFUSED, Fault.NO_CREDIT, Fault.MODEL_MISSING):
            code = {"KEY_REFUSED": "invalid_api_key", "NO_CREDIT": "insufficient_quota"}
            await self.refuse(code.get(self._fault.name, "model_not_found"), 4000)
            return
        if self._fault is Fault.STALL_BEFORE:
            await asyncio.sleep(3600)
        kind = "transcription" if self._where is Where.REALTIME_TRANSCRIPTION else "realtime"
        self._config = {"type": kind, "id": f"sess_{next(_ids)}", "object": f"realtime.{kind}_session"}
        await self._send("session.created", session=self._config | {"query": query})
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                await self._take(json.loads(message.data))
            if self._socket.closed:
                return

    def close(self) -> None:
        """End everything that runs for it."""
        for task in (*self._tasks, *self._responses.values()):
            task.cancel()

    async def _take(self, event: dict[str, Any]) -> None:
        shown = {**event, "audio": len(event["audio"])} if "audio" in event else event
        self._peer.seen.append(Seen(self._where, shown, self._headers))
        match event.get("type"):
            case "session.update":
                await self._update(event["session"])
            case "input_audio_buffer.append":
                await self._append(base64.b64decode(event["audio"]))
            case "input_audio_buffer.commit":
                await self._commit()
            case "input_audio_buffer.clear":
                self._sound.clear()
                await self._send("input_audio_buffer.cleared")
            case "response.create":
                self._begin_response(event.get("response") or {})
            case "response.cancel":
                await self._cancel(event.get("response_id"))
            case _:
                await self._error("unknown_event", "invalid_request_error")

    async def _update(self, wanted: dict[str, Any]) -> None:
        if self._fault is Fault.REFUSED_SESSION:
            await self._error("invalid_value", param="session.audio.input.format")
            return
        wrong = self._complaint(wanted)
        if wrong:
            await self._error("invalid_value", param=wrong)
            return
        config = json.loads(json.dumps({**self._config, **wanted}))
        if self._fault is Fault.WRONG_FORMAT:
            self._force_pcm(config)
        self._config = config
        await self._send("session.updated", session=config)

    def _force_pcm(self, config: dict[str, Any]) -> None:
        for side in ("input", "output"):
            if side in config.get("audio", {}):
                config["audio"][side]["format"] = {"type": "audio/pcm", "rate": RATE_HZ}

    def _complaint(self, wanted: dict[str, Any]) -> str:
        """Return the field that is wrong; empty: none."""
        if wanted.get("type") != self._config["type"]:
            return "session.type"
        heard = wanted.get("audio", {}).get("input", {})
        form = heard.get("format", {"type": "audio/pcm", "rate": RATE_HZ})
        if form.get("type") not in ("audio/pcm", "audio/pcmu", "audio/pcma"):
            return "session.audio.input.format"
        if form["type"] == "audio/pcm" and form.get("rate") != RATE_HZ:
            return "session.audio.input.format.rate"
        if form["type"] == "audio/pcmu" and "rate" in form:
            return "session.audio.input.format.rate"
        model = heard.get("transcription", {}).get("model")
        if self._where is Where.REALTIME_TRANSCRIPTION and model not in self._peer.models:
            return "session.audio.input.transcription.model"
        if model in LIVE_MODELS and heard.get("turn_detection"):
            return "session.audio.input.turn_detection"
        return ""

    # Transcription.

    async def _append(self, data: bytes) -> None:
        form = self._config.get("audio", {}).get("input", {}).get("format", {"type": "audio/pcm"})
        ulaw = data if form["type"] == "audio/pcmu" else to_ulaw(data[: len(data) & ~1], RATE_HZ)
        self._sound += ulaw
        if self._break_if_due():
            return
        if self._model() in LIVE_MODELS:
            self._spawn(self._tell_delta(bytes(self._sound), self._item))
        elif self._config["audio"]["input"].get("turn_detection"):
            await self._detect(ulaw)

    async def _tell_delta(self, sound: bytes, item: str) -> None:
        await asyncio.sleep(self._peer.delays.delta_s)
        self._due_bytes = len(sound)
        async with self._hearing:
            # More has become due: one that is slow hears the newest only.
            if item != self._item or len(sound) < self._due_bytes:
                return
            words = await asyncio.to_thread(self._peer.brain.hear_so_far, sound)
        if item != self._item or self._fault in (Fault.EMPTY, Fault.STALL_MIDWAY):
            return
        if words.startswith(self._said) and len(words) > len(self._said):
            delta, self._said = words[len(self._said) :], words
            await self._send(
                "conversation.item.input_audio_transcription.delta",
                item_id=item,
                content_index=0,
                delta=delta,
            )

    async def _detect(self, ulaw: bytes) -> None:
        """The server's own turn detection: half a second of silence ends a turn."""
        for start in range(0, len(ulaw) - _FRAME + 1, _FRAME):
            if is_audible(ulaw[start : start + _FRAME]):
                if not self._has_spoken:
                    self._has_spoken = True
                    await self._send(
                        "input_audio_buffer.speech_started", audio_start_ms=0, item_id=self._item
                    )
                self._quiet_frames = 0
            else:
                self._quiet_frames += 1
        if self._has_spoken and self._quiet_frames >= _SILENCE_FRAMES:
            await self._send("input_audio_buffer.speech_stopped", audio_end_ms=0, item_id=self._item)
            await self._commit()

    async def _commit(self) -> None:
        if len(self._sound) < _LEAST_BYTES:
            await self._error("input_audio_buffer_commit_empty")
            return
        sound, item, said = bytes(self._sound), self._item, self._said
        self._sound.clear()
        self._item, self._said = f"item_{next(_ids)}", ""
        self._quiet_frames, self._has_spoken = 0, False
        await self._send("input_audio_buffer.committed", item_id=item, previous_item_id=None)
        if self._fault is not Fault.STALL_MIDWAY:
            self._spawn(self._complete(sound, item, said))

    async def _complete(self, sound: bytes, item: str, said: str) -> None:
        await asyncio.sleep(self._peer.delays.transcription_s)
        if self._fault is Fault.GARBAGE:
            await self._socket.send_str('{"type": "conversation.item.input')
            return
        if self._fault is Fault.EMPTY:
            words = ""
        elif self._fault is Fault.HUGE:
            words = "never " * _HUGE_WORDS
        else:
            words = await asyncio.to_thread(self._peer.brain.transcribe, sound)
        name = "conversation.item.input_audio_transcription"
        if words.startswith(said) and len(words) > len(said):
            await self._send(f"{name}.delta", item_id=item, content_index=0, delta=words[len(said) :])
        usage = {"type": "duration", "seconds": -(-len(sound) // 8000)}
        await self._send(f"{name}.completed", item_id=item, content_index=0, transcript=words, usage=usage)

    def _model(self) -> str:
        model: str = self._config.get("audio", {}).get("input", {}).get("transcription", {}).get("model", "")
        return model

    def _break_if_due(self) -> bool:
        """After a second of sound: do what was planned."""
        if self._fault is None or len(self._sound) < 8000:
            return False
        if self._fault is Fault.CUT_MIDWAY or self._fault is Fault.CLOSE_1006:
            cut(self._socket)
            return True
        if (code := self._fault.close_code) is not None:
            self._spawn(_close(self._socket, code))
            return True
        return False

    # Reading aloud.

    def _begin_response(self, wanted: dict[str, Any]) -> None:
        response_id = f"resp_{next(_ids)}"
        task = asyncio.create_task(self._respond(response_id, wanted))
        self._responses[response_id] = task
        task.add_done_callback(lambda _: self._responses.pop(response_id, None))

    async def _respond(self, response_id: str, wanted: dict[str, Any]) -> None:
        about = {"id": response_id, "object": "realtime.response", "metadata": wanted.get("metadata")}
        await self._send("response.created", response={**about, "status": "in_progress", "output": []})
        text = _text_to_read(wanted)
        said = "something else entirely" if self._fault is Fault.OTHER_WORDS else text
        sound = b""
        if self._fault is not Fault.EMPTY:
            sound = self._out(await asyncio.to_thread(self._peer.brain.speak, said))
        await asyncio.sleep(self._peer.delays.first_byte_s)
        place = {
            "response_id": response_id,
            "item_id": f"item_{next(_ids)}",
            "output_index": 0,
            "content_index": 0,
        }
        pieces = [sound[start : start + _PIECE_BYTES] for start in range(0, len(sound), _PIECE_BYTES)]
        words = said.split()
        told = 0
        for number, piece in enumerate(pieces):
            if number == max(1, len(pieces) // 2):
                if self._fault is Fault.STALL_MIDWAY:
                    await asyncio.sleep(3600)
                if self._fault is Fault.CUT_MIDWAY or self._fault is Fault.CLOSE_1006:
                    cut(self._socket)
                    return
                if self._fault is not None and (code := self._fault.close_code) is not None:
                    await self._socket.close(code=code)
                    return
            share = (number + 1) * len(words) // len(pieces)
            if share > told:
                delta = (" " if told else "") + " ".join(words[told:share])
                told = share
                await self._send("response.output_audio_transcript.delta", delta=delta, **place)
            await self._send("response.output_audio.delta", delta=base64.b64encode(piece).decode(), **place)
            if self._peer.delays.speech_rate is not None:
                await asyncio.sleep(self._seconds(piece) / self._peer.delays.speech_rate)
        await self._send("response.output_audio_transcript.done", transcript=said, **place)
        await self._send("response.output_audio.done", **place)
        await self._send("response.done", response=_done(about, "completed", len(words), len(sound)))

    async def _cancel(self, response_id: str | None) -> None:
        task = self._responses.get(response_id or next(iter(self._responses), ""))
        if task is None:
            await self._error("response_cancel_not_active")
            return
        task.cancel()
        about = {"id": response_id, "object": "realtime.response"}
        await self._send("response.done", response=_done(about, "cancelled", 0, 0))

    def _out(self, pcm: bytes) -> bytes:
        if self._out_format() == "audio/pcmu":
            sound = resampled(np.frombuffer(pcm, "<i2").astype(np.float32), RATE_HZ, 8000)
            return g711.encode(np.clip(sound, -32768, 32767).astype(np.int16))
        return pcm

    def _out_format(self) -> str:
        form: str = self._config.get("audio", {}).get("output", {}).get("format", {}).get("type", "audio/pcm")
        return form

    def _seconds(self, piece: bytes) -> float:
        return len(piece) / 8000 if self._out_format() == "audio/pcmu" else len(piece) / 2 / RATE_HZ

    # Small things.

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, kind: str, **rest: Any) -> None:
        if not self._socket.closed:
            await self._socket.send_str(json.dumps({"type": kind, "event_id": f"event_{next(_ids)}", **rest}))

    async def _error(self, code: str, kind: str = "invalid_request_error", param: str | None = None) -> None:
        error = {"type": kind, "code": code, "message": "the peer refuses this", "param": param}
        await self._send("error", error=error)


async def _close(socket: web.WebSocketResponse, code: int) -> None:
    await socket.close(code=code)


def _text_to_read(wanted: dict[str, Any]) -> str:
    for item in wanted.get("input") or ():
        for part in item.get("content") or ():
            try:
                return str(json.loads(part.get("text", ""))["response_text"])
            except (ValueError, LookupError, TypeError):
                return str(part.get("text", ""))
    return ""


def _done(about: dict[str, Any], status: str, words: int, sound_bytes: int) -> dict[str, Any]:
    return {
        **about,
        "status": status,
        "output": [],
        "usage": {
            "total_tokens": words + sound_bytes // 400,
            "input_tokens": words + 40,
            "output_tokens": sound_bytes // 400,
            "input_token_details": {"text_tokens": words + 40, "audio_tokens": 0, "cached_tokens": 0},
            "output_token_details": {"text_tokens": words, "audio_tokens": sound_bytes // 400},
        },
    }
