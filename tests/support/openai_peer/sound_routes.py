"""The two sound services over HTTP: transcriptions of uploaded files, and speech."""

from __future__ import annotations

import asyncio
import io
import wave
from typing import Any

import numpy as np
from aiohttp import BodyPartReader, web

from copilot_desktop.audio import g711
from copilot_desktop.audio.resample import whole as resampled
from tests.support.openai_peer.brain import RATE_HZ, tokens
from tests.support.openai_peer.faults import Fault
from tests.support.openai_peer.peer import OpenAIPeer, RefusedRequest, Seen, cut, json_body
from tests.support.openai_peer.stream import EventStream

_SHORTEST_S = 0.1
_HUGE_WORDS = 170_000
_ODD_BYTES = 4801
"""What network pieces of sound look like: no whole number of samples."""


async def transcriptions(
    peer: OpenAIPeer, request: web.Request, seen: Seen, fault: Fault | None
) -> web.StreamResponse:
    """POST /v1/audio/transcriptions."""
    fields, sound = await _form(request)
    seen.body = {**fields, "file": len(sound)}
    peer.check("/audio/transcriptions", _typed(fields), "multipart/form-data")
    peer.need_model(fields.get("model"))
    if "language" in fields and "languages" in fields:
        raise RefusedRequest(400, "invalid_request_error", "invalid_value", "language and languages")
    for word in fields.get("keywords", ()):
        if any(sign in word for sign in "<>\r\n"):
            raise RefusedRequest(
                400, "invalid_request_error", "invalid_value", "a keyword has a forbidden sign"
            )
    ulaw, seconds = read_wav(sound)
    if seconds < _SHORTEST_S:
        raise RefusedRequest(400, "invalid_request_error", "audio_too_short", "less than 0.1 s")
    seen.body["seconds"] = seconds
    words = await _words(peer, ulaw, fault)
    await asyncio.sleep(peer.delays.transcription_s)
    usage = {"type": "duration", "seconds": round(seconds + 0.5)}
    if fields.get("stream") != "true":
        if fault is Fault.GARBAGE:
            return web.Response(body=b'{"text": "never', content_type="application/json")
        if fault is Fault.CUT_MIDWAY:
            cut(await _prepared(request))
            return web.Response()
        if fault is Fault.STALL_MIDWAY:
            await _prepared(request)
            await asyncio.sleep(3600)
        return web.json_response({"text": words, "usage": usage})
    stream = EventStream(request, fault)
    await stream.begin()
    pieces = list(tokens(words))
    for count, piece in enumerate(pieces):
        if count == max(1, len(pieces) // 2) and await stream.break_if_due():
            return stream.response
        await stream.send({"type": "transcript.text.delta", "delta": piece})
    return await stream.send_all([{"type": "transcript.text.done", "text": words, "usage": usage}])


async def speech(
    peer: OpenAIPeer, request: web.Request, seen: Seen, fault: Fault | None
) -> web.StreamResponse:
    """POST /v1/audio/speech."""
    body = seen.body = await json_body(request)
    peer.check("/audio/speech", body)
    peer.need_model(body.get("model"))
    form = body.get("response_format", "mp3")
    if form not in ("pcm", "wav"):
        raise RefusedRequest(
            400, "invalid_request_error", "invalid_value", "this peer speaks pcm and wav only"
        )
    sound = b"" if fault is Fault.EMPTY else await asyncio.to_thread(peer.brain.speak, body["input"])
    await asyncio.sleep(peer.delays.first_byte_s)
    kind = "audio/wav" if form == "wav" else "audio/pcm"
    response = web.StreamResponse(headers={"Content-Type": kind, "x-request-id": "req_peer"})
    await response.prepare(request)
    if fault is Fault.GARBAGE:
        await response.write(b"\x01")
        await response.write_eof()
        return response
    data = wav_of(sound) if form == "wav" else sound
    for number, start in enumerate(range(0, len(data), _ODD_BYTES)):
        if number == 2:
            if fault is Fault.STALL_MIDWAY:
                await asyncio.sleep(3600)
            elif fault is Fault.CUT_MIDWAY:
                cut(response)
                return response
        piece = data[start : start + _ODD_BYTES]
        await response.write(piece)
        if peer.delays.speech_rate is not None:
            await asyncio.sleep(len(piece) / 2 / RATE_HZ / peer.delays.speech_rate)
    await response.write_eof()
    return response


def wav_of(pcm: bytes) -> bytes:
    """Return s16le 24 kHz as a WAV file."""
    with io.BytesIO() as file:
        with wave.open(file, "wb") as made:
            made.setnchannels(1)
            made.setsampwidth(2)
            made.setframerate(RATE_HZ)
            made.writeframes(pcm)
        return file.getvalue()


def read_wav(data: bytes) -> tuple[bytes, float]:
    """Return µ-law of 8 kHz and the length in seconds. Raises RefusedRequest."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            rate_hz, width, channels = file.getframerate(), file.getsampwidth(), file.getnchannels()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError):
        raise RefusedRequest(400, "invalid_request_error", "invalid_file", "not a WAV file") from None
    if width != 2 or channels != 1:
        raise RefusedRequest(400, "invalid_request_error", "invalid_file", "16 bits and one channel, please")
    return to_ulaw(frames, rate_hz), len(frames) / 2 / rate_hz


def to_ulaw(pcm: bytes, rate_hz: int) -> bytes:
    """Return 16-bit samples of any rate as µ-law of 8 kHz; from 8 kHz without loss."""
    samples = np.frombuffer(pcm, "<i2")
    if rate_hz != 8000:
        sound = resampled(samples.astype(np.float32), rate_hz, 8000)
        samples = np.clip(sound, -32768, 32767).astype(np.int16)
    return g711.encode(samples)


async def _words(peer: OpenAIPeer, ulaw: bytes, fault: Fault | None) -> str:
    if fault is Fault.EMPTY:
        return ""
    if fault is Fault.HUGE:
        return "never " * _HUGE_WORDS
    return await asyncio.to_thread(peer.brain.transcribe, ulaw)


async def _prepared(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"te')
    return response


async def _form(request: web.Request) -> tuple[dict[str, Any], bytes]:
    """Return the fields of an upload, lists by their bare names, and the file."""
    fields: dict[str, Any] = {}
    sound = b""
    reader = await request.multipart()
    async for part in reader:
        assert isinstance(part, BodyPartReader)
        name = part.name or ""
        if name == "file":
            sound = bytes(await part.read())
            if not part.filename or "." not in part.filename:
                raise RefusedRequest(400, "invalid_request_error", "invalid_file", "a file needs a name")
        elif name.endswith("[]"):
            fields.setdefault(name[:-2], []).append(await part.text())
        else:
            fields[name] = await part.text()
    return fields, sound


def _typed(fields: dict[str, Any]) -> dict[str, Any]:
    """Forms hold text only; the description knows numbers and yes or no."""
    typed = {**fields, "file": "binary"}
    if "stream" in typed:
        typed["stream"] = typed["stream"] == "true"
    if "temperature" in typed:
        typed["temperature"] = float(typed["temperature"])
    return typed
