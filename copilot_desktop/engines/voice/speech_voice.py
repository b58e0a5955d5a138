"""SpeechVoice: sentences spoken by OpenAI's speech service, or a private server's that is like it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected
from copilot_desktop.calls.events import CallId
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.server.openai_faults import engine_error, told_as
from copilot_desktop.engines.trials import closed_after
from copilot_desktop.engines.voice import voice_names
from copilot_desktop.engines.voice.phone_sound import PhoneSound
from copilot_desktop.engines.voice.wav_header import WavHeader

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_PCM_HZ = 24000
_RATE = re.compile(r"rate=(\d{4,5})\b")
_RATES_HZ = range(8000, 96001)
_MOST_LETTERS = 4096
_NO_PCM = (
    "json",
    "html",
    "text/",
    "mpeg",
    "mp3",
    "ogg",
    "opus",
    "aac",
    "flac",
    "mp4",
    "webm",
    "event-stream",
)
"""Kinds of answers that are no samples; taken for them they are noise, or nothing."""
_NO_PCM_BEGINNINGS = (b"ID3", b"OggS", b"fLaC", b"\xff\xfb", b"\xff\xf3", b"\x1aE\xdf\xa3")
_SNIFFED_BYTES = 4


class SpeechVoice:
    """Implements `calls.ports.Voice`. `voice` is one of the server's voices, asked anew for each sentence."""

    def __init__(
        self,
        connections: OpenAIConnections,
        endpoint: Endpoint,
        *,
        voice: Callable[[], str],
        on_usage: Callable[[Usage, CallId | None], None],
    ) -> None:
        self._connections, self._endpoint = connections, endpoint
        self._voice, self._on_usage = voice, on_usage

    @property
    def name(self) -> str:
        """Server and model, in words for the screen."""
        host = "OpenAI" if self._endpoint.is_openai else self._endpoint.host
        return f"{host} {self._connections.alive(self._endpoint)[0]}"

    async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
        """Yield frames as they come. Cancelled or closed, the request is given up at once.

        Raises:
            EngineError: BROKEN_OFF or BAD_ANSWER where sound was out already, anything before it.
        """
        if not any(letter.isalnum() for letter in sentence):
            return
        has_begun = False
        try:
            for text in textwrap.wrap(sentence, _MOST_LETTERS):
                async with closed_after(self._say(text, call)) as pieces:
                    async for frames in pieces:
                        has_begun = True
                        yield frames
        except EngineError as error:
            if has_begun and error.fault is not EngineFault.BAD_ANSWER:
                raise EngineError(self.name, "broke off", fault=EngineFault.BROKEN_OFF) from None
            raise

    async def _say(self, text: str, call: CallId | None) -> AsyncIterator[bytes]:
        with told_as(self.name):
            client = await self._connections.client(self._endpoint)
        for model in self._connections.alive(self._endpoint):
            try:
                async with closed_after(self._read(client, model, text, call)) as pieces:
                    async for frames in pieces:
                        yield frames
                return
            except EngineError as error:
                if error.fault is not EngineFault.MODEL_MISSING:
                    raise
                self._connections.is_gone(self._endpoint, model)
        raise EngineRejected(self.name, "none of its models is there", fault=EngineFault.MODEL_MISSING)

    async def _read(
        self, client: AsyncOpenAI, model: str, text: str, call: CallId | None
    ) -> AsyncIterator[bytes]:
        voice = voice_names.for_speech(self._voice(), model)
        try:
            with told_as(self.name):
                async with client.audio.speech.with_streaming_response.create(
                    model=model, voice=voice, input=text, response_format="pcm"
                ) as answer:
                    self._tell_usage(model, text, call)
                    sound = _Answer(answer.headers.get("content-type", ""), text)
                    async for data in answer.iter_bytes():
                        if frames := sound.push(data):
                            yield frames
                    if frames := sound.finish():
                        yield frames
        except ValueError as error:
            raise engine_error(error, self.name) from None
        if sound.is_cut_short:
            raise EngineError(self.name, "it ended too soon", fault=EngineFault.BROKEN_OFF)

    def _tell_usage(self, model: str, text: str, call: CallId | None) -> None:
        usage = Usage(part=EnginePart.VOICE, model=model, host=self._endpoint.host, characters=len(text))
        self._on_usage(usage, call)


class _Answer:
    """Network pieces of one answer as frames. Raises ValueError for what is no speech."""

    def __init__(self, content_type: str, text: str) -> None:
        kind = content_type.lower()
        if any(other in kind for other in _NO_PCM):
            raise ValueError("no samples")
        named = _RATE.search(kind)
        rate_hz = int(named.group(1)) if named else _PCM_HZ
        self._rate_hz = rate_hz if rate_hz in _RATES_HZ else _PCM_HZ
        self._text = text
        self._head = b""
        self._header: WavHeader | None = None
        self._sound: PhoneSound | None = None

    @property
    def is_cut_short(self) -> bool:
        return self._sound is None or self._sound.is_cut_short

    def push(self, data: bytes) -> bytes:
        if self._sound is None and self._header is None:
            self._head += data
            if len(self._head) < _SNIFFED_BYTES:
                return b""
            data, self._head = self._head, b""
            self._begin(data)
        if self._header is not None:
            data = self._header.push(data)
            if self._sound is None and self._header.rate_hz and data:
                self._sound = PhoneSound(self._header.rate_hz, self._text)
        return self._sound.push(data) if self._sound is not None else b""

    def finish(self) -> bytes:
        if self._sound is None:
            raise ValueError("no sound")
        return self._sound.finish()

    def _begin(self, data: bytes) -> None:
        """Look at what it is: not every server gives what it was asked for, or says what it gives."""
        if data.startswith(_NO_PCM_BEGINNINGS):
            raise ValueError("no samples")
        if data.startswith(b"RIFF"):
            self._header = WavHeader()
        else:
            self._sound = PhoneSound(self._rate_hz, self._text)
