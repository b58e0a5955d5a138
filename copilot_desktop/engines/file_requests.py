"""FileRequests: pieces of sound, each sent whole to a transcription service, and the words that come back."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import SAMPLE_RATE_HZ
from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected
from copilot_desktop.calls.events import CallId
from copilot_desktop.engines.endpoint import Endpoint
from copilot_desktop.engines.hallucinations import LEAST_SPEECH_MS, believed, speech_ms
from copilot_desktop.engines.openai_connection import OpenAIConnections
from copilot_desktop.engines.openai_faults import told_as

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_LIMIT_S = 15.0
_KEYWORD_MODELS = ("gpt-transcribe",)
_MOST_KEYWORDS = 60
_MOST_PROMPT_LETTERS = 600
_FORBIDDEN = str.maketrans("", "", "<>\r\n")


class FileRequests:
    """For any number of calls. `vocabulary` are names and product words to expect."""

    def __init__(
        self,
        connections: OpenAIConnections,
        endpoint: Endpoint,
        *,
        language: Callable[[], str],
        vocabulary: Callable[[], Sequence[str]],
        on_usage: Callable[[Usage, CallId | None], None],
    ) -> None:
        self._connections, self._endpoint = connections, endpoint
        self._language, self._vocabulary, self._on_usage = language, vocabulary, on_usage

    @property
    def name(self) -> str:
        """Server and model, in words for the screen."""
        host = "OpenAI" if self._endpoint.is_openai else self._endpoint.host
        return f"{host} {self._connections.alive(self._endpoint)[0]}"

    async def prepare(self) -> None:
        """Make the client, so that the first words do not wait for it. Raises EngineError."""
        with told_as(self.name):
            await self._connections.client(self._endpoint)

    async def words(self, ulaw: bytes, call: CallId, grown: Callable[[str], None]) -> str:
        """Return what is said in µ-law sound; "" where nobody speaks, mostly without asking.

        `grown` gets the words so far, from servers that tell them as they come. Raises EngineError.
        """
        loud_ms = speech_ms(ulaw)
        if loud_ms < LEAST_SPEECH_MS:
            return ""
        client = await self._connections.client(self._endpoint)
        for model in self._connections.alive(self._endpoint):
            try:
                with told_as(self.name):
                    text = await self._ask(client, model, ulaw, call, grown)
            except EngineError as error:
                if error.fault is not EngineFault.MODEL_MISSING:
                    raise
                self._connections.is_gone(self._endpoint, model)
            else:
                return believed(text, loud_ms, (self._prompt(), *self._vocabulary()))
        raise EngineRejected(self.name, "none of its models is there", fault=EngineFault.MODEL_MISSING)

    async def _ask(
        self, client: AsyncOpenAI, model: str, ulaw: bytes, call: CallId, grown: Callable[[str], None]
    ) -> str:
        wanted: dict[str, Any] = {"language": self._language()}
        if model.startswith(_KEYWORD_MODELS):
            wanted["keywords"] = keywords(self._vocabulary())
        elif prompt := self._prompt():
            wanted["prompt"] = prompt
        stream = await client.audio.transcriptions.create(
            file=("turn.wav", _wav(ulaw), "audio/wav"),
            model=model,
            stream=True,
            timeout=_LIMIT_S,
            **{name: value for name, value in wanted.items() if value},
        )
        async with stream:
            if "event-stream" in stream.response.headers.get("content-type", ""):
                text = await self._read(stream, grown)
            else:
                # Servers and models that know no streams answer at once with all.
                await stream.response.aread()
                text = stream.response.json()["text"]
        if not isinstance(text, str):
            raise EngineError(self.name, "no words", fault=EngineFault.BAD_ANSWER)
        seconds = len(ulaw) / SAMPLE_RATE_HZ
        usage = Usage(part=EnginePart.HEARING, model=model, host=self._endpoint.host, seconds=seconds)
        self._on_usage(usage, call)
        return text

    async def _read(self, stream: Any, grown: Callable[[str], None]) -> str:
        text = ""
        async for event in stream:
            if event.type == "transcript.text.delta":
                text += event.delta
                grown(text)
            elif event.type == "transcript.text.done":
                return str(event.text)
        raise EngineError(self.name, "broke off", fault=EngineFault.BROKEN_OFF)

    def _prompt(self) -> str:
        return ", ".join(keywords(self._vocabulary()))[:_MOST_PROMPT_LETTERS]


def keywords(vocabulary: Sequence[str]) -> list[str]:
    """Return the words to expect as services take them."""
    clean = (word.translate(_FORBIDDEN).strip() for word in vocabulary)
    return list(dict.fromkeys(word for word in clean if word))[:_MOST_KEYWORDS]


def _wav(ulaw: bytes) -> bytes:
    """16 bits at 8 kHz: understood everywhere, and no worse than at a higher rate."""
    with io.BytesIO() as file:
        with wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(SAMPLE_RATE_HZ)
            sound.writeframes(g711.decode(ulaw).astype("<i2").tobytes())
        return file.getvalue()
