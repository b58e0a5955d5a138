"""LiveTranscriber: OpenAI's realtime transcription, which writes while somebody speaks.

A session is opened with the call, for the first word must not wait for it, and hears only the turns. Whose
turn it is is decided here, not there: a server that waits for half a second of silence is too late for us.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import Hearing
from copilot_desktop.engines.hearing.hearing_hints import HearingHints
from copilot_desktop.engines.hearing.live_connection import LiveSession, run_live
from copilot_desktop.engines.hearing.live_hearing import LiveHearing
from copilot_desktop.engines.hearing.live_outbox import SoundForm
from copilot_desktop.engines.hearing.live_turns import Lag
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.server.realtime_link import RealtimeLink

_ALONG_MODELS = ("gpt-live-transcribe", "gpt-realtime-whisper")
_DELAY_MODELS = _ALONG_MODELS
_DEAF_TURNS = 2
"""So much said in vain, and the sound is sent in the other format."""


class LiveTranscriber:
    """Implements `calls.ports.Transcriber`.

    `vocabulary`, asked for each session: names and words to expect. `on_usage` is told of each item.
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
        self._lag = Lag()
        self._form = SoundForm.ULAW
        self._is_plain = not endpoint.is_openai
        """Ask for nothing but the words: a server like OpenAI's may know no more."""
        self._deaf_turns = 0

    @property
    def name(self) -> str:
        """Server and model, in words for the screen."""
        host = "OpenAI" if self._endpoint.is_openai else self._endpoint.host
        return f"{host} {self._connections.alive(self._endpoint)[0]}"

    @asynccontextmanager
    async def open(self, call: CallId, party: Party) -> AsyncIterator[Hearing]:
        """Begin to hear one party. Raises EngineError if no session can be had, within 8 s."""
        session = await self._connect()
        hearing = LiveHearing(
            self.name,
            hints=self._hints().words,
            lag=self._lag,
            on_cost=lambda model, seconds, is_estimate: self._tell(model, seconds, is_estimate, call),
            on_understood=self._understood,
        )
        task = asyncio.create_task(run_live(hearing, session, self._connect))
        try:
            yield hearing
        finally:
            hearing.close()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            # If the task had not even begun.
            await session.link.close()

    def _hints(self) -> HearingHints:
        return HearingHints.of(self._language, self._vocabulary())

    async def _connect(self) -> LiveSession:
        for model in self._connections.alive(self._endpoint):
            try:
                return await self._connect_to(model)
            except EngineError as error:
                if error.fault is not EngineFault.MODEL_MISSING:
                    raise
                self._connections.is_gone(self._endpoint, model)
        raise EngineRejected(self.name, "none of its models is there", fault=EngineFault.MODEL_MISSING)

    async def _connect_to(self, model: str) -> LiveSession:
        """Ask for the best session, and for less if that is refused."""
        asked = [(self._form, self._is_plain), (SoundForm.PCM_24K, self._is_plain), (SoundForm.PCM_24K, True)]
        last = len(asked) - 1
        for count, (form, is_plain) in enumerate(asked):
            if count and asked[count] == asked[count - 1]:
                continue
            try:
                session = await self._open(model, form, is_plain=is_plain)
            except EngineError as error:
                if error.fault is not EngineFault.REQUEST_REFUSED or count == last:
                    raise
                continue
            self._form, self._is_plain = session.form, is_plain
            return session
        raise EngineRejected(self.name, "no session it takes", fault=EngineFault.REQUEST_REFUSED)

    async def _open(self, model: str, form: SoundForm, *, is_plain: bool) -> LiveSession:
        query = {"intent": "transcription"}
        if not self._endpoint.is_openai:
            # OpenAI itself takes a model here for a talk; others need it to know which is meant.
            query["model"] = model
        link = await RealtimeLink.open(
            self._connections,
            self._endpoint,
            query=query,
            session=self._session(model, form, is_plain=is_plain),
            name=self.name,
        )
        return LiveSession(link, _form_in(link.session, form), model, model.startswith(_ALONG_MODELS))

    def _session(self, model: str, form: SoundForm, *, is_plain: bool) -> dict[str, Any]:
        hints = self._hints()
        fields = hints.plain_fields(has_prompt=False) if is_plain else hints.fields(model)
        if not is_plain and model.startswith(_DELAY_MODELS):
            fields["delay"] = "low"
        sound = {"type": form.value} | ({"rate": 24000} if form is SoundForm.PCM_24K else {})
        heard = {"format": sound, "transcription": {"model": model, **fields}, "turn_detection": None}
        return {"type": "transcription", "audio": {"input": heard}}

    def _understood(self, session: LiveSession, has_words: bool) -> bool:
        """A turn full of clear speech was heard; return True if the session should be replaced."""
        self._deaf_turns = 0 if has_words else self._deaf_turns + 1
        if self._deaf_turns < _DEAF_TURNS or session.form is SoundForm.PCM_24K:
            return False
        self._deaf_turns = 0
        self._form = SoundForm.PCM_24K
        return True

    def _tell(self, model: str, seconds: float, is_estimate: bool, call: CallId) -> None:
        usage = Usage(
            part=EnginePart.HEARING,
            model=model,
            host=self._endpoint.host,
            seconds=seconds,
            is_estimate=is_estimate,
        )
        self._on_usage(usage, call)


def _form_in(session: dict[str, Any], asked: SoundForm) -> SoundForm:
    """Return the format the server says it takes: taken for the other, sound is nothing but noise."""
    audio = session.get("audio")
    heard = audio.get("input") if isinstance(audio, dict) else None
    told = heard.get("format") if isinstance(heard, dict) else session.get("input_audio_format")
    kind = str(told.get("type") if isinstance(told, dict) else told or "")
    if "pcmu" in kind or "ulaw" in kind:
        return SoundForm.ULAW
    return SoundForm.PCM_24K if "pcm" in kind else asked
