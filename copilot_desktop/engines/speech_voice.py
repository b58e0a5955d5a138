"""SpeechVoice: sentences spoken by OpenAI's speech service, or a private server's that is like it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected
from copilot_desktop.calls.events import CallId
from copilot_desktop.engines.endpoint import Endpoint
from copilot_desktop.engines.openai_connection import OpenAIConnections
from copilot_desktop.engines.openai_faults import engine_error, told_as
from copilot_desktop.engines.phone_sound import PhoneSound
from copilot_desktop.engines.wav_header import WavHeader

if TYPE_CHECKING:
    from openai import AsyncOpenAI

log = logging.getLogger("copilot.engines")

_PCM_HZ = 24000
_MOST_SECONDS_A_CHARACTER = 0.5
"""Nobody speaks so slowly: what is longer is no speech."""
_LEAST_BYTES = 2000
_MOST_LETTERS = 4096


class SpeechVoice:
    """Implements `calls.ports.Voice`. `voice` is one of the server's voices."""

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
        """Yield frames as they come. Cancelled, the request is given up at once."""
        client = await self._connections.client(self._endpoint)
        for model in self._connections.alive(self._endpoint):
            try:
                async for frames in self._read(client, model, sentence[:_MOST_LETTERS], call):
                    yield frames
                return
            except EngineError as error:
                if error.fault is not EngineFault.MODEL_MISSING:
                    raise
                self._connections.is_gone(self._endpoint, model)
        raise EngineRejected(self.name, "none of its models is there", fault=EngineFault.MODEL_MISSING)

    async def _read(
        self, client: AsyncOpenAI, model: str, sentence: str, call: CallId | None
    ) -> AsyncIterator[bytes]:
        has_begun = False
        try:
            with told_as(self.name):
                async with client.audio.speech.with_streaming_response.create(
                    model=model, voice=self._voice(), input=sentence, response_format="pcm"
                ) as answer:
                    self._tell_usage(model, sentence, call)
                    pieces = _Pieces(answer.headers.get("content-type", ""), len(sentence))
                    async for data in answer.iter_bytes():
                        if frames := pieces.push(data):
                            has_begun = True
                            yield frames
                    if frames := pieces.finish():
                        yield frames
        except EngineError as error:
            if has_begun and error.fault is not EngineFault.BAD_ANSWER:
                raise EngineError(self.name, "broke off", fault=EngineFault.BROKEN_OFF) from None
            raise
        except ValueError as error:
            raise engine_error(error, self.name) from None

    def _tell_usage(self, model: str, sentence: str, call: CallId | None) -> None:
        usage = Usage(part=EnginePart.VOICE, model=model, host=self._endpoint.host, characters=len(sentence))
        self._on_usage(usage, call)


class _Pieces:
    """Network pieces as frames. Raises ValueError for what is no speech."""

    def __init__(self, content_type: str, letters: int) -> None:
        self._header = WavHeader() if "wav" in content_type.lower() else None
        if "json" in content_type.lower() or "html" in content_type.lower():
            raise ValueError("words instead of sound")
        self._sound: PhoneSound | None = None if self._header is not None else PhoneSound(_PCM_HZ)
        self._byte_count = 0
        self._most_bytes = int((2 + letters * _MOST_SECONDS_A_CHARACTER) * _PCM_HZ * 2 * 2)

    def push(self, data: bytes) -> bytes:
        self._byte_count += len(data)
        if self._byte_count > self._most_bytes:
            raise ValueError("far more sound than the sentence has words")
        if self._header is not None and self._sound is None:
            data = self._header.push(data)
            if not self._header.rate_hz or not data:
                return b""
            self._sound = PhoneSound(self._header.rate_hz)
        assert self._sound is not None
        return self._sound.push(data)

    def finish(self) -> bytes:
        if self._byte_count < _LEAST_BYTES or self._sound is None:
            raise ValueError("no sound")
        return self._sound.finish()
