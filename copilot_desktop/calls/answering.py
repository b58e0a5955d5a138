"""Answering: our side of the talk: what is suggested, what is said, and what of it was heard."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from copilot_desktop.calls.card_watch import CardWatch
from copilot_desktop.calls.ear import Turn
from copilot_desktop.calls.errors import EngineError, IllegalTransition
from copilot_desktop.calls.events import (
    CallEvent,
    CallId,
    Decision,
    Party,
    Problem,
    ProblemRaised,
    ResponseTimed,
    SuggestionId,
    UtteranceId,
)
from copilot_desktop.calls.ports import Conversation, Engines, Line
from copilot_desktop.calls.reply import Reply
from copilot_desktop.calls.saying import SaidWords, Saying, voice_text
from copilot_desktop.calls.speaker import Speaker
from copilot_desktop.calls.speech import Speech
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.suggestions import Suggestions
from copilot_desktop.calls.transcript import Transcript
from copilot_desktop.calls.words import is_real_words, same_words
from copilot_desktop.calls.world import AnsweringSettings

log = logging.getLogger("copilot.calls")

_LAST_SYLLABLE_MS = 800


class Answering:
    """One call's replies and sayings.

    `spawn` runs a coroutine as a task of the call; `mode` tells the mode now; `on_farewell` is called
    when the caller has heard an answer that ends the call.
    """

    def __init__(
        self,
        call_id: CallId,
        engines: Engines,
        settings: AnsweringSettings,
        cards: CardWatch,
        *,
        publish: Callable[[CallEvent], None],
        now_ms: Callable[[], int],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        mode: Callable[[], Mode],
        on_farewell: Callable[[], None],
    ) -> None:
        self._call_id, self._engines, self._settings = call_id, engines, settings
        self._publish, self._now_ms, self._spawn, self._mode = publish, now_ms, spawn, mode
        self._on_farewell = on_farewell
        self.transcript = Transcript()
        self.notes: list[str] = []
        self.speaker = Speaker(self._became_audible, self._was_heard)
        self._ids = itertools.count(1)
        self._reply: Reply | None = None
        self._reply_task: asyncio.Task[None] | None = None
        self._saying: Saying | None = None
        self._next_saying: Saying | None = None
        self._waiting_task: asyncio.Task[None] | None = None
        self._suggestions = Suggestions(call_id, cards, publish=publish, now_ms=now_ms)
        self._words = SaidWords(call_id, cards, publish=publish, now_ms=now_ms)
        self._is_caller_speaking = False
        self._turn_end_ms = 0
        self._last_sound_ms = 0

    # The caller's side tells what happened there.

    def caller_started(self) -> None:
        """The caller speaks: what is being said, or about to be, is held back until words show why."""
        if self._saying is not None and not self.speaker.is_paused:
            self._saying.held_ms = self._now_ms()
            self.speaker.pause()
        self._is_caller_speaking = True
        self._cancel_waiting()

    def caller_claims_turn(self, text: str) -> None:
        """Words came: drafts are out of date; if they are real ones, so is what is being said."""
        if text:
            self._expire_suggestions()
        if self.speaker.is_paused and is_real_words(text):
            self.stop_speaking()

    def caller_paused(self, turn: Turn) -> None:
        """The words so far are likely all: begin the answer, in hand."""
        self.caller_claims_turn(turn.text)
        if not turn.text or self.speaker.is_paused:
            return
        if self._reply is not None and not self._reply.is_confirmed and self._answers(turn):
            return
        self._start_reply(turn)

    def caller_resumed(self) -> None:
        """The turn was not over: the answer in hand goes without trace."""
        if self._reply is not None and not self._reply.is_confirmed:
            self.drop_reply(None)

    def caller_ended(self, turn: Turn) -> None:
        """The turn is over: let the answer in hand out."""
        self._turn_end_ms, self._last_sound_ms = self._now_ms(), turn.last_sound_ms
        if self._reply is not None and not self._reply.is_confirmed:
            self._confirm(self._reply)

    def caller_finished(self, turn: Turn) -> None:
        """The final words stand: answer them, unless the answer on its way is to the same words."""
        self._is_caller_speaking = False
        if self.speaker.is_paused:
            if not self._is_turn_claimed_by(turn.text):
                self._go_on_speaking()
                return
            self.stop_speaking()
        if not turn.text:
            if self._suggestions and self._mode() is Mode.AGENT_APPROVES:
                self._wait_then_reassure(self._settings.waiting_after_ms)
            return
        self._expire_suggestions(but=self._reply)
        if self._reply is not None and self._reply.answers == turn.utterance_id:
            if self._answers(turn) or self._reply.speech.has_begun:
                return
            self.stop_speaking()
        self._start_reply(turn)
        if self._reply is not None:
            self._confirm(self._reply)

    def _is_turn_claimed_by(self, text: str) -> bool:
        """A "yes" into our last syllable is an answer; in the middle of a sentence it is listening."""
        return is_real_words(text) or (bool(text) and self.speaker.remaining_ms() < _LAST_SYLLABLE_MS)

    def _go_on_speaking(self) -> None:
        if self._saying is not None:
            self._saying.held_ms = None
        self.speaker.resume()

    # Orders.

    def greet(self) -> None:
        """Say the greeting."""
        self.say_text(self._settings.greeting, Party.ASSISTANT)

    def say_text(self, text: str, party: Party, *, is_private: bool = False) -> None:
        """Speak `text` word for word, after stopping what is being said; a notice is waited for.

        The words of a private one are kept nowhere.
        """
        if not self._is_in_notice:
            self.stop_speaking()
        self._say(text, party, is_private=is_private)

    def say_notice(self, text: str, on_end: Callable[[bool, bool], None]) -> None:
        """Speak `text` to its end before anything else; only an order to stop cuts it.

        `on_end` is told whether the caller heard all of it, and whether it was cut.
        """
        self.stop_speaking()
        self._say(text, Party.ASSISTANT, is_notice=True, on_end=on_end)

    def interject(self, text: str) -> None:
        """Speak `text` now, and go on after it with what is being said, or about to be."""
        self.speaker.pause()
        held = self._saying
        if held is not None and not held.is_filler:
            self._put_next(held)
            self._saying = None
        self._say(text, Party.ASSISTANT, is_filler=True)

    def say_suggestion(self, suggestion_id: SuggestionId, text: str) -> None:
        """The agent lets a suggestion be said, as it is or edited.

        Raises:
            IllegalTransition: it is out of date, or the caller is speaking and may be about to make it so.
        """
        if suggestion_id not in self._suggestions or self._is_caller_speaking:
            raise IllegalTransition("this suggestion is out of date")
        text = self._suggestions.take(suggestion_id, text)
        self._cancel_waiting()
        self.say_text(text, Party.ASSISTANT)

    def skip_suggestion(self, suggestion_id: SuggestionId) -> None:
        """The agent does not want this one. A late click does nothing."""
        self._suggestions.skip(suggestion_id)

    def stop_speaking(self) -> None:
        """Silence at once; what was heard stands in the transcript, cut."""
        self._cancel_reply_task()
        self._cancel_waiting()
        self.speaker.stop()
        saying, self._saying = self._saying, None
        self._put_next(None)
        self._reply = None
        if saying is not None:
            self._cut(saying)

    def answer_last(self) -> None:
        """Answer what the caller said last, if nobody has."""
        talk = self._talk()
        # A turn that went by unanswered, on hold, left this standing.
        self._is_caller_speaking = False
        if talk.last_caller_text:
            self.drop_reply(None)
            self._turn_end_ms = self._last_sound_ms = self._now_ms()
            self._begin_reply(talk, None)
            if self._reply is not None:
                self._confirm(self._reply)

    def drop_reply(self, decision: Decision | None) -> None:
        """Give up the answer on its way; a shown one is decided as `decision`."""
        reply, self._reply = self._reply, None
        self._cancel_reply_task()
        if reply is None:
            return
        saying = self._saying
        if saying is not None and saying.reply is reply:
            self.speaker.stop()
            self._saying = None
        if self._next_saying is not None and self._next_saying.reply is reply:
            self._next_saying = None
        if reply.is_confirmed and decision and reply.is_complete:
            self._suggestions.drop(reply, decision)

    def tick(self) -> None:
        """A fifth of a second passed: show the words that are being said."""
        if self._saying is not None:
            self._words.show(self._saying)

    # Replies.

    def _talk(self, turn: Turn | None = None) -> Conversation:
        lines = self.transcript.lines()
        if turn is not None and not self.transcript.is_final(turn.utterance_id):
            lines = (*lines, Line(Party.CALLER, turn.text))
        return Conversation(self._call_id, lines, tuple(self.notes), self._mode())

    def _answers(self, turn: Turn) -> bool:
        return self._reply is not None and same_words(
            self._reply.talk.last_caller_text, self._talk(turn).last_caller_text
        )

    def _start_reply(self, turn: Turn) -> None:
        self.drop_reply(None)
        self._begin_reply(self._talk(turn), turn.utterance_id)

    def _begin_reply(self, talk: Conversation, answers: UtteranceId | None) -> None:
        reply = Reply(
            suggestion_id=SuggestionId(f"suggestion-{next(self._ids)}"),
            answers=answers,
            talk=talk,
            on_text=self._text_grew,
            now_ms=self._now_ms,
        )
        self._reply = reply
        voice = self._engines.voice if self._mode() is Mode.AI_SPEAKS else None
        self._reply_task = self._spawn(self._make(reply, voice is not None))

    async def _make(self, reply: Reply, is_spoken: bool) -> None:
        try:
            await reply.run(self._engines.writer, self._engines.voice if is_spoken else None)
        except EngineError as error:
            log.warning("%s: an answer failed (%s)", self._call_id, error.engine)
            if self._reply is reply:
                self._problem(Problem.VOICE_FAILED if reply.is_complete else Problem.WRITER_FAILED)
                reply.speech.break_off()

    def _confirm(self, reply: Reply) -> None:
        """The turn is over: from here the answer is shown, and in AI mode heard."""
        reply.is_confirmed = True
        if reply.text:
            self._text_grew(reply)
        if self._mode() is Mode.AI_SPEAKS:
            saying = Saying(reply.speech, Party.ASSISTANT, self._new_utterance_id(), reply=reply)
            self._wait_then_reassure(self._settings.slow_after_ms)
            self._begin(saying)
        elif self._mode() is Mode.AGENT_APPROVES:
            self._wait_then_reassure(self._settings.waiting_after_ms)

    def _text_grew(self, reply: Reply) -> None:
        if not reply.is_confirmed or reply is not self._reply:
            return
        origin = self._engines.writer.origin
        self._suggestions.show(reply, origin=origin, last_sound_ms=self._last_sound_ms)

    def _expire_suggestions(self, but: Reply | None = None) -> None:
        """What the caller spoke over is not said any more, but for `but`; in takeover it stays to be read."""
        if self._mode() is Mode.AGENT_SPEAKS:
            return
        saying = self._saying.reply if self._saying is not None else None
        self._suggestions.expire({kept.suggestion_id for kept in (saying, but) if kept is not None})

    # Sayings.

    @property
    def is_saying(self) -> bool:
        """True while something is being said, or waits for that."""
        return self._saying is not None or self._next_saying is not None

    @property
    def _is_in_notice(self) -> bool:
        return self._saying is not None and self._saying.is_notice

    def _say(
        self,
        text: str,
        party: Party,
        *,
        is_filler: bool = False,
        is_notice: bool = False,
        is_private: bool = False,
        on_end: Callable[[bool, bool], None] | None = None,
    ) -> None:
        saying = Saying(
            Speech(),
            party,
            self._new_utterance_id(),
            is_filler=is_filler,
            is_notice=is_notice,
            is_private=is_private,
            on_end=on_end,
        )
        voicing = voice_text(saying.speech, text, self._engines.voice, self._voice_failed)
        saying.voicing = self._spawn(voicing)
        self._begin(saying)

    def _begin(self, saying: Saying, *, is_held: bool = False) -> None:
        current = self._saying
        if current is not None and current.is_before(saying):
            self._put_next(saying)
            return
        self._saying = saying
        saying.held_ms = self._now_ms() if is_held else None
        self.speaker.say(saying.speech, is_held=is_held)
        if current is not None:
            self._cut(current)

    def _put_next(self, saying: Saying | None) -> None:
        """Let `saying` wait for the end of what is being said, in place of what waited."""
        dropped, self._next_saying = self._next_saying, saying
        if dropped is None:
            return
        if dropped.start_ms is not None or dropped.on_end is not None:
            # An interjection came into the middle of it.
            self._cut(dropped)
        else:
            self._cancel(dropped.voicing)

    def _voice_failed(self, error: EngineError) -> None:
        log.warning("%s: the voice failed (%s)", self._call_id, error.engine)
        self._problem(Problem.VOICE_FAILED)

    def _became_audible(self, speech: Speech, ahead_ms: int) -> None:
        saying = self._saying
        if saying is None or saying.speech is not speech or saying.start_ms is not None:
            return
        saying.start_ms = self._now_ms() + ahead_ms
        self._cancel_waiting()
        self.tick()
        reply = saying.reply
        if reply is not None:
            self._publish(self._timed(reply, saying.start_ms))

    def _timed(self, reply: Reply, first_sound_ms: int) -> ResponseTimed:
        since = self._last_sound_ms

        def after(at_ms: int | None) -> int:
            return max(0, (first_sound_ms if at_ms is None else at_ms) - since)

        return ResponseTimed(
            call_id=self._call_id,
            at_ms=self._now_ms(),
            utterance_id=reply.answers or UtteranceId(""),
            decision_ms=after(self._turn_end_ms),
            text_ms=after(reply.first_text_ms),
            voice_ms=after(reply.first_sound_ms),
            total_ms=after(first_sound_ms),
        )

    def _was_heard(self, speech: Speech) -> None:
        saying = self._saying
        if saying is None or saying.speech is not speech:
            return
        self._saying = None
        self._tell_of(saying, cut_short=False)
        reply = saying.reply
        if reply is not None and reply is self._reply:
            self._reply = None
        if saying.on_end is not None:
            saying.on_end(not saying.speech.is_broken, False)
        following, self._next_saying = self._next_saying, None
        if following is not None:
            # Who speaks into the notice's end is heard out first.
            self._begin(following, is_held=self._is_caller_speaking)
        elif reply is not None and reply.ends_call and self._mode() is Mode.AI_SPEAKS:
            self._on_farewell()

    def _cut(self, saying: Saying) -> None:
        self._cancel(saying.voicing)
        self._tell_of(saying, cut_short=True)
        if saying.on_end is not None:
            saying.on_end(False, True)

    def _tell_of(self, saying: Saying, *, cut_short: bool) -> None:
        if saying.reply is not None and saying.reply.suggestion_id in self._suggestions:
            is_said = saying.start_ms is not None
            self._suggestions.drop(saying.reply, Decision.SAID if is_said else Decision.EXPIRED)
        self._words.finish(saying, cut_short=cut_short)

    # Waiting.

    def _wait_then_reassure(self, after_ms: int) -> None:
        self._cancel_waiting()
        if after_ms > 0 and self._settings.waiting_sentence:
            self._waiting_task = self._spawn(self._reassure(after_ms))

    async def _reassure(self, after_ms: int) -> None:
        await asyncio.sleep(after_ms / 1000)
        if self._mode() is Mode.AGENT_SPEAKS or self.speaker.is_audible:
            return
        self._waiting_task = None
        if self._mode() is Mode.AI_SPEAKS:
            self._problem(Problem.WRITER_SLOW)
        self.interject(self._settings.waiting_sentence)

    # Small things.

    def _new_utterance_id(self) -> UtteranceId:
        return UtteranceId(f"assistant-{next(self._ids)}")

    def _problem(self, problem: Problem) -> None:
        self._publish(ProblemRaised(call_id=self._call_id, at_ms=self._now_ms(), problem=problem))

    def _cancel_waiting(self) -> None:
        self._cancel(self._waiting_task)
        self._waiting_task = None

    def _cancel_reply_task(self) -> None:
        self._cancel(self._reply_task)
        self._reply_task = None

    @staticmethod
    def _cancel(task: asyncio.Task[None] | None) -> None:
        if task is not None and task is not asyncio.current_task():
            task.cancel()
