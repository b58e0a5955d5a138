"""Reply: one answer in the making, from writer to voice, kept in hand until it is let out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.events import Source, SuggestionId, UtteranceId
from copilot_desktop.calls.ports import Conversation, Draft, ReplyWriter, ToolCall, Voice
from copilot_desktop.calls.sentences import SentenceCutter
from copilot_desktop.calls.speech import Speech
from copilot_desktop.calls.voicing import speak_into

_SENTENCES_AHEAD = 8


class Reply:
    """An answer to one utterance. `run` does the work; everything else may be read at any time.

    `on_text` is called whenever `text`, `sources`, `tools` or `is_complete` changed.
    """

    def __init__(
        self,
        *,
        suggestion_id: SuggestionId,
        answers: UtteranceId | None,
        talk: Conversation,
        on_text: Callable[[Reply], None],
        now_ms: Callable[[], int],
        is_spoken: bool = True,
    ) -> None:
        self.suggestion_id = suggestion_id
        self.answers = answers
        self.talk = talk
        self.is_spoken = is_spoken
        """Its sound is made too."""
        self.text = ""
        self.sources: tuple[Source, ...] = ()
        self.tools: tuple[ToolCall, ...] = ()
        """What the writer used or wishes done; whole once `is_complete`."""
        self.origin = ""
        """Who wrote it, known once `is_complete`."""
        self.is_complete = False
        self.ends_call = False
        self.is_confirmed = False
        """False while the caller's turn may still go on: nothing of it is shown or heard."""
        self.speech = Speech()
        self.begun_ms = now_ms()
        self.first_text_ms: int | None = None
        self.first_sound_ms: int | None = None
        self._on_text = on_text
        self._now_ms = now_ms
        self.speech.on_first_sound = self._note_first_sound

    async def run(self, writer: ReplyWriter, voice: Voice) -> None:
        """Write the answer and, if it is to be spoken, speak it into `speech`. Raises EngineError."""
        if not self.is_spoken:
            await self._write(writer, None)
            return
        sentences: asyncio.Queue[str | None] = asyncio.Queue(_SENTENCES_AHEAD)
        speaking = asyncio.create_task(speak_into(self.speech, voice, sentences, self.talk.call_id))
        writing = asyncio.create_task(self._write(writer, sentences))
        try:
            # A voice that fails while the writer still writes must be known at once.
            await asyncio.wait((writing, speaking), return_when=asyncio.FIRST_EXCEPTION)
            if speaking.done():
                speaking.result()
            await writing
            await speaking
        finally:
            for task in (writing, speaking):
                task.cancel()
            await asyncio.gather(writing, speaking, return_exceptions=True)

    async def _write(self, writer: ReplyWriter, sentences: asyncio.Queue[str | None] | None) -> None:
        cutter = SentenceCutter()
        async for draft in writer.reply(self.talk):
            self._take(draft, writer)
            if sentences is not None:
                for sentence in cutter.feed(draft.text, is_complete=draft.is_complete):
                    await sentences.put(sentence)
        if not self.is_complete:
            raise EngineError(writer.origin, "the answer broke off")
        if sentences is not None:
            await sentences.put(None)

    def _note_first_sound(self) -> None:
        self.first_sound_ms = self._now_ms()

    def _take(self, draft: Draft, writer: ReplyWriter) -> None:
        if self.first_text_ms is None and draft.text:
            self.first_text_ms = self._now_ms()
        if draft.is_complete:
            self.origin = writer.origin
        self.text, self.sources, self.tools = draft.text, draft.sources, draft.tools
        self.is_complete, self.ends_call = draft.is_complete, draft.ends_call
        self._on_text(self)
