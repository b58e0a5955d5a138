"""Reply: one answer in the making, from writer to voice, kept in hand until it is let out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.events import Source, SuggestionId, UtteranceId
from copilot_desktop.calls.ports import Conversation, Draft, ReplyWriter, Voice
from copilot_desktop.calls.sentences import SentenceCutter
from copilot_desktop.calls.speech import Speech

_SENTENCES_AHEAD = 8


async def speak_into(speech: Speech, voice: Voice, sentences: asyncio.Queue[str | None]) -> None:
    """Voice each sentence of the queue into `speech`, until None. Raises EngineError."""
    while (text := await sentences.get()) is not None:
        sentence = speech.begin(text)
        async for audio in voice.speak(text):
            await speech.add(sentence, audio)
        sentence.is_complete = True
        speech.on_change()
    speech.finish()


class Reply:
    """An answer to one utterance. `run` does the work; everything else may be read at any time.

    `on_text` is called whenever `text`, `sources` or `is_complete` changed.
    """

    def __init__(
        self,
        *,
        suggestion_id: SuggestionId,
        answers: UtteranceId | None,
        talk: Conversation,
        on_text: Callable[[Reply], None],
        now_ms: Callable[[], int],
    ) -> None:
        self.suggestion_id = suggestion_id
        self.answers = answers
        self.talk = talk
        self.text = ""
        self.sources: tuple[Source, ...] = ()
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

    async def run(self, writer: ReplyWriter, voice: Voice | None) -> None:
        """Write the answer and, with a `voice`, speak it into `speech`. Raises EngineError."""
        sentences: asyncio.Queue[str | None] = asyncio.Queue(_SENTENCES_AHEAD)
        if voice is None:
            await self._write(writer, None)
            return
        speaking = asyncio.create_task(speak_into(self.speech, voice, sentences))
        try:
            await self._write(writer, sentences)
            await speaking
        finally:
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)

    async def _write(self, writer: ReplyWriter, sentences: asyncio.Queue[str | None] | None) -> None:
        cutter = SentenceCutter()
        async for draft in writer.reply(self.talk):
            self._take(draft)
            if sentences is not None:
                for sentence in cutter.feed(draft.text, is_complete=draft.is_complete):
                    await sentences.put(sentence)
        if not self.is_complete:
            raise EngineError(writer.origin, "the answer broke off")
        if sentences is not None:
            await sentences.put(None)

    def _note_first_sound(self) -> None:
        self.first_sound_ms = self._now_ms()

    def _take(self, draft: Draft) -> None:
        if self.first_text_ms is None and draft.text:
            self.first_text_ms = self._now_ms()
        self.text, self.sources = draft.text, draft.sources
        self.is_complete, self.ends_call = draft.is_complete, draft.ends_call
        self._on_text(self)
