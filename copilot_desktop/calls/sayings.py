"""Sayings: what our voice says, one thing after the other, held while the caller speaks into it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from copilot_desktop.calls.card_watch import CardWatch
from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.events import CallEvent, CallId, Party, UtteranceId
from copilot_desktop.calls.ports import Engines
from copilot_desktop.calls.reply import Reply
from copilot_desktop.calls.saying import SaidWords, Saying, voice_text
from copilot_desktop.calls.speaker import Speaker
from copilot_desktop.calls.speech import Speech

log = logging.getLogger("copilot.calls")


class Sayings:
    """One call's. What is said is told to the transcript as far as it was heard.

    `new_id` makes a name for what is said. `on_audible(saying)`: the caller hears its first sound;
    `on_over(saying, was_heard)`: heard to its end, or cut; `on_said(reply)`: the caller has heard all of it,
    and nothing follows; `on_voice_failed(saying)`: it has no more sound.
    """

    def __init__(
        self,
        call_id: CallId,
        engines: Engines,
        cards: CardWatch,
        *,
        publish: Callable[[CallEvent], None],
        now_ms: Callable[[], int],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        new_id: Callable[[], UtteranceId],
        on_audible: Callable[[Saying], None],
        on_over: Callable[[Saying, bool], None],
        on_said: Callable[[Reply], None],
        on_voice_failed: Callable[[Saying], None],
    ) -> None:
        self._call_id, self._engines, self._now_ms, self._spawn = call_id, engines, now_ms, spawn
        self._new_id, self._on_audible, self._on_over = new_id, on_audible, on_over
        self._on_said, self._on_voice_failed = on_said, on_voice_failed
        self.speaker = Speaker(self._became_audible, self._was_heard)
        self._words = SaidWords(call_id, cards, publish=publish, now_ms=now_ms)
        self.current: Saying | None = None
        self._next: Saying | None = None
        self.is_caller_speaking = False
        """What follows now is held until the caller was heard out."""

    @property
    def is_busy(self) -> bool:
        """True while something is being said, or waits for that."""
        return self.current is not None or self._next is not None

    @property
    def is_in_notice(self) -> bool:
        """True while a notice is being said."""
        return self.current is not None and self.current.is_notice

    @property
    def is_filling(self) -> bool:
        """True while a waiting sentence is being said, or is about to be."""
        return self.current is not None and self.current.is_filler

    def say(
        self,
        text: str,
        party: Party,
        *,
        is_filler: bool = False,
        is_notice: bool = False,
        is_private: bool = False,
        on_end: Callable[[bool, bool], None] | None = None,
    ) -> None:
        """Speak `text` word for word; see `Saying` for what kinds there are."""
        saying = Saying(
            Speech(),
            party,
            self._new_id(),
            is_filler=is_filler,
            is_notice=is_notice,
            is_private=is_private,
            on_end=on_end,
        )

        def failed(error: EngineError) -> None:
            log.warning("%s: the voice failed (%s)", self._call_id, error.engine)
            self._on_voice_failed(saying)

        voicing = voice_text(saying.speech, text, self._engines.voice, failed, self._call_id)
        saying.voicing = self._spawn(voicing)
        self._begin(saying)

    def say_reply(self, reply: Reply) -> None:
        """Let the caller hear `reply` as it is made."""
        self._begin(Saying(reply.speech, Party.ASSISTANT, self._new_id(), reply=reply))

    def interject(self, text: str) -> None:
        """Speak `text` now, and go on after it with what is being said, or about to be."""
        self.speaker.pause()
        held = self.current
        if held is not None and not held.is_filler:
            self._put_next(held)
            self.current = None
        self.say(text, Party.ASSISTANT, is_filler=True)

    def hold(self) -> bool:
        """Be silent, keeping the rest; return whether there was something to hold."""
        if self.current is None or self.speaker.is_paused:
            return False
        self.current.held_ms = self._now_ms()
        self.speaker.pause()
        return True

    def go_on(self) -> None:
        """Go on where it was held."""
        if self.current is not None:
            self.current.held_ms = None
        self.speaker.resume()

    def stop(self) -> None:
        """Silence at once; what was heard stands in the transcript, cut."""
        self.speaker.stop()
        saying, self.current = self.current, None
        self._put_next(None)
        if saying is not None:
            self._cut(saying)

    def drop(self, reply: Reply) -> None:
        """`reply` is given up. If the caller has heard some of it, that stands, cut."""
        saying = self.current
        if saying is not None and saying.reply is reply:
            self.speaker.stop()
            self.current = None
            if saying.start_ms is not None:
                self._cut(saying)
        if self._next is not None and self._next.reply is reply:
            dropped, self._next = self._next, None
            if dropped.start_ms is not None:
                self._cut(dropped)

    def show(self) -> None:
        """Publish the words that are being said."""
        if self.current is not None:
            self._words.show(self.current)

    def _begin(self, saying: Saying, *, is_held: bool = False) -> None:
        current = self.current
        if current is not None and current.is_before(saying):
            self._put_next(saying)
            return
        self.current = saying
        saying.held_ms = self._now_ms() if is_held else None
        self.speaker.say(saying.speech, is_held=is_held)
        if current is not None:
            self._cut(current)

    def _put_next(self, saying: Saying | None) -> None:
        """Let `saying` wait for the end of what is being said, in place of what waited."""
        dropped, self._next = self._next, saying
        if dropped is None:
            return
        if dropped.start_ms is not None or dropped.on_end is not None:
            # An interjection came into the middle of it.
            self._cut(dropped)
        else:
            _cancel(dropped.voicing)

    def _became_audible(self, speech: Speech, ahead_ms: int) -> None:
        saying = self.current
        if saying is None or saying.speech is not speech or saying.start_ms is not None:
            return
        saying.start_ms = self._now_ms() + ahead_ms
        self.show()
        self._on_audible(saying)

    def _was_heard(self, speech: Speech) -> None:
        saying = self.current
        if saying is None or saying.speech is not speech:
            return
        self.current = None
        self._on_over(saying, True)
        self._words.finish(saying, cut_short=False)
        if saying.on_end is not None:
            saying.on_end(not saying.speech.is_broken, False)
        following, self._next = self._next, None
        if following is not None:
            # Who speaks into the notice's end is heard out first.
            self._begin(following, is_held=self.is_caller_speaking)
        elif saying.reply is not None:
            self._on_said(saying.reply)

    def _cut(self, saying: Saying) -> None:
        _cancel(saying.voicing)
        self._on_over(saying, False)
        self._words.finish(saying, cut_short=True)
        if saying.on_end is not None:
            saying.on_end(False, True)


def _cancel(task: asyncio.Task[None] | None) -> None:
    if task is not None and task is not asyncio.current_task():
        task.cancel()
