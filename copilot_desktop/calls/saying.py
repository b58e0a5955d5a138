"""Saying: something being said with the assistant's voice, and what the transcript learns of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from copilot_desktop.calls.card_watch import CardWatch
from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.events import (
    CallEvent,
    CallId,
    Party,
    UtteranceChanged,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.calls.ports import Voice
from copilot_desktop.calls.reply import Reply
from copilot_desktop.calls.speech import Speech
from copilot_desktop.calls.voicing import speak_into

log = logging.getLogger("copilot.calls")

PRIVATE = "[not kept]"
"""Stands for words that were said while nothing was to be kept."""


@dataclass(slots=True, eq=False)
class Saying:
    """Something being said to the caller with the assistant's voice."""

    speech: Speech
    party: Party
    utterance_id: UtteranceId
    reply: Reply | None = None
    is_filler: bool = False
    """A waiting sentence: what comes next waits for its end."""
    is_notice: bool = False
    """What comes next waits for its end, and nothing that the caller does cuts it."""
    is_private: bool = False
    """Its words are kept nowhere."""
    on_end: Callable[[bool, bool], None] | None = None
    """Called once: with whether the caller heard all of it, and whether it was cut off."""
    voicing: asyncio.Task[None] | None = None
    start_ms: int | None = None
    held_ms: int | None = None
    """When it fell silent because the caller began to speak."""
    shown: tuple[str, int] = ("", 0)
    """The words as they were told last, and how many letters of them had been heard."""

    def is_before(self, other: Saying) -> bool:
        """Return whether `other` must wait for the end of this."""
        return self.is_notice or (self.is_filler and not other.is_filler)


async def voice_text(
    speech: Speech, text: str, voice: Voice, failed: Callable[[EngineError], None], call: CallId | None = None
) -> None:
    """Voice `text` into `speech`; if the voice fails, `speech` breaks off and `failed` is told."""
    sentences: asyncio.Queue[str | None] = asyncio.Queue(2)
    sentences.put_nowait(text)
    sentences.put_nowait(None)
    try:
        await speak_into(speech, voice, sentences, call)
    except EngineError as error:
        failed(error)
        speech.break_off()


class SaidWords:
    """Publishes the words of a saying as they are said, and in the end those that were heard."""

    def __init__(
        self,
        call_id: CallId,
        cards: CardWatch,
        *,
        publish: Callable[[CallEvent], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._call_id, self._cards, self._publish, self._now_ms = call_id, cards, publish, now_ms

    def show(self, saying: Saying) -> None:
        """Publish what is being said, if there is more of it, or more of it was heard, than before."""
        if saying.start_ms is None:
            return
        text = " ".join(sentence.text for sentence in saying.speech.sentences)
        heard_length = len(saying.speech.heard()[0])
        if (text, heard_length) == saying.shown:
            return
        saying.shown = (text, heard_length)
        changed = UtteranceChanged(
            call_id=self._call_id,
            at_ms=self._now_ms(),
            utterance_id=saying.utterance_id,
            party=saying.party,
            text=PRIVATE if saying.is_private else text,
            start_ms=saying.start_ms,
            heard_length=heard_length,
        )
        known = self._cards.read(changed)
        # Where something is hidden the letters are others.
        self._publish(known if known.text == text else replace(known, heard_length=None))

    def finish(self, saying: Saying, *, cut_short: bool) -> None:
        """Publish what the caller heard of it; nothing if that is nothing."""
        if saying.start_ms is None:
            return
        heard, unheard = saying.speech.heard()
        now_ms = self._now_ms()
        end_ms = now_ms if saying.held_ms is None else saying.held_ms
        finished = UtteranceFinished(
            call_id=self._call_id,
            at_ms=now_ms,
            utterance_id=saying.utterance_id,
            party=saying.party,
            text=PRIVATE if saying.is_private and heard else heard,
            start_ms=saying.start_ms,
            end_ms=max(saying.start_ms, end_ms),
            cut_short=cut_short and bool(unheard),
            unheard=PRIVATE if saying.is_private and unheard else unheard,
        )
        self._publish(self._cards.read(finished))
