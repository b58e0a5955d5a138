"""FileTranscriber: transcription by uploads, which OpenAI and most servers like it offer."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import SAMPLE_RATE_HZ, SILENCE
from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Hearing
from copilot_desktop.engines.hearing.file_hearing import FileHearing
from copilot_desktop.engines.hearing.file_runs import Pace
from copilot_desktop.engines.hearing.hallucinations import is_too_much, most_characters
from copilot_desktop.engines.hearing.hearing_hints import HearingHints
from copilot_desktop.engines.hearing.transcript_stream import read_transcript
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.server.openai_faults import told_as

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_LIMIT_S = 6.0
_AGAIN_WITHIN_S = 0.5
"""A request that breaks at once has met a connection that was dead before: the next one is new."""
_TAIL_FRAMES = 10
"""Silence behind the sound: what is cut off in the last sound of a word is guessed on."""
_WHOLE_MODELS = ("whisper-1",)
"""These give their words all at once."""


@dataclass(frozen=True, slots=True)
class _Upload:
    """What is to be transcribed, and for whom."""

    client: AsyncOpenAI
    sound: bytes
    hints: HearingHints
    call: CallId
    on_words: Callable[[str], None]


class FileTranscriber:
    """Implements `calls.ports.Transcriber`.

    `vocabulary`, asked for each hearing: names and words to expect. `on_usage` is told of each request.
    """

    def __init__(
        self,
        connections: OpenAIConnections,
        endpoint: Endpoint,
        *,
        language: str,
        vocabulary: Callable[[], Sequence[str]],
        on_usage: Callable[[Usage, CallId | None], None],
    ) -> None:
        self._connections, self._endpoint = connections, endpoint
        self._language, self._vocabulary, self._on_usage = language, vocabulary, on_usage
        self._pace = Pace()
        self._is_plain = not endpoint.is_openai
        """Ask for nothing but the words: a server like OpenAI's may know no more."""
        self._streams = True

    @property
    def name(self) -> str:
        """Server and model, in words for the screen."""
        host = "OpenAI" if self._endpoint.is_openai else self._endpoint.host
        return f"{host} {self._connections.alive(self._endpoint)[0]}"

    @asynccontextmanager
    async def open(self, call: CallId, party: Party) -> AsyncIterator[Hearing]:
        """Begin to hear one party. Nothing is asked of the server before somebody speaks."""
        client = await self._connections.client(self._endpoint)
        hints = HearingHints.of(self._language, self._vocabulary())

        async def transcribe(sound: bytes, on_words: Callable[[str], None]) -> str:
            return await self._transcribe(_Upload(client, sound, hints, call, on_words))

        hearing = FileHearing(transcribe, hints=hints.words, pace=self._pace)
        try:
            yield hearing
        finally:
            hearing.close()
            await hearing.closed()

    async def _transcribe(self, upload: _Upload) -> str:
        """Return the words in it, within 6 s. Raises EngineError."""
        with told_as(self.name):
            async with asyncio.timeout(_LIMIT_S):
                for model in self._connections.alive(self._endpoint):
                    try:
                        return await self._ask_plainly_if_refused(upload, model)
                    except EngineError as error:
                        if error.fault is not EngineFault.MODEL_MISSING:
                            raise
                        self._connections.is_gone(self._endpoint, model)
        raise EngineRejected(self.name, "none of its models is there", fault=EngineFault.MODEL_MISSING)

    async def _ask_plainly_if_refused(self, upload: _Upload, model: str) -> str:
        plain = upload.hints.plain_fields()
        fields = plain if self._is_plain else upload.hints.fields(model)
        if self._streams and model not in _WHOLE_MODELS:
            fields["stream"] = True
        try:
            return await self._ask_again_if_cut(upload, model, fields)
        except EngineError as error:
            if error.fault is not EngineFault.REQUEST_REFUSED or fields == plain:
                raise
        words = await self._ask_again_if_cut(upload, model, plain)
        self._is_plain, self._streams = True, False
        return words

    async def _ask_again_if_cut(self, upload: _Upload, model: str, fields: dict[str, Any]) -> str:
        begun_s = asyncio.get_running_loop().time()
        try:
            return await self._ask(upload, model, fields)
        except EngineError as error:
            is_quick = asyncio.get_running_loop().time() - begun_s < _AGAIN_WITHIN_S
            if not is_quick or error.fault not in (EngineFault.BROKEN_OFF, EngineFault.UNREACHABLE):
                raise
        return await self._ask(upload, model, fields)

    async def _ask(self, upload: _Upload, model: str, fields: dict[str, Any]) -> str:
        seconds = len(upload.sound) / SAMPLE_RATE_HZ
        try:
            with told_as(self.name):
                async with upload.client.audio.transcriptions.with_streaming_response.create(
                    file=("speech.wav", _wav(upload.sound), "audio/wav"),
                    model=model,
                    response_format="json",
                    **fields,
                ) as response:
                    most = most_characters(seconds)
                    text, told_s = await read_transcript(response, upload.on_words, most)
        except (TypeError, ValueError, LookupError):
            raise EngineError(self.name, "no transcript", fault=EngineFault.BAD_ANSWER) from None
        except asyncio.CancelledError:
            # Given up: it was sent, and will be charged for.
            self._tell(model, seconds, upload.call, is_estimate=True)
            raise
        self._tell(model, seconds if told_s is None else told_s, upload.call, is_estimate=told_s is None)
        if is_too_much(text, seconds):
            raise EngineError(self.name, "too many words", fault=EngineFault.BAD_ANSWER)
        return text

    def _tell(self, model: str, seconds: float, call: CallId, *, is_estimate: bool) -> None:
        usage = Usage(
            part=EnginePart.HEARING,
            model=model,
            host=self._endpoint.host,
            seconds=seconds,
            is_estimate=is_estimate,
        )
        self._on_usage(usage, call)


def _wav(ulaw: bytes) -> bytes:
    """Return a WAV file of 16-bit samples at 8 kHz: more of them would make no server hear better."""
    pcm = g711.decode(ulaw + SILENCE * _TAIL_FRAMES).astype("<i2").tobytes()
    rate = SAMPLE_RATE_HZ
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    return (
        struct.pack("<4sI4s", b"RIFF", 36 + len(pcm), b"WAVE")
        + form
        + struct.pack("<4sI", b"data", len(pcm))
        + pcm
    )
