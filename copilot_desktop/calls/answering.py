"""Answering: our side of the talk: what the caller does decides what is answered, said, held and cut."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from copilot_desktop.calls.answers import Answers
from copilot_desktop.calls.card_watch import CardWatch
from copilot_desktop.calls.errors import IllegalTransition
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
from copilot_desktop.calls.ports import Conversation, Engines, ReplyWriter
from copilot_desktop.calls.prepared import Prepared
from copilot_desktop.calls.reply import Reply
from copilot_desktop.calls.saying import Saying
from copilot_desktop.calls.sayings import Sayings
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.suggestions import Suggestions
from copilot_desktop.calls.transcript import Transcript
from copilot_desktop.calls.turn import Turn
from copilot_desktop.calls.waiting import LeftAlone, Waiting
from copilot_desktop.calls.words import is_real_words
from copilot_desktop.calls.world import AnsweringSettings

_LAST_SYLLABLE_MS = 800
_LEAST_SPEECH_MS = 500
"""Shorter sound whose words never came is taken for a noise."""


class Answering:
    """One call's replies and sayings.

    `spawn` runs a coroutine as a task of the call; `mode` tells the mode now; `on_farewell` is called
    when the caller has heard an answer that ends the call; `on_tools` with an answer that did, or wishes,
    more than talking, once it is let out and whole.
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
        on_tools: Callable[[Reply], None] = lambda reply: None,
    ) -> None:
        self._call_id, self._settings = call_id, settings
        self._publish, self._now_ms, self._mode = publish, now_ms, mode
        self._on_farewell = on_farewell
        self._ids = itertools.count(1)
        self.transcript = Transcript()
        self._suggestions = Suggestions(call_id, cards, publish=publish, now_ms=now_ms)
        self._answers = Answers(
            call_id,
            engines,
            self.transcript,
            self._suggestions,
            now_ms=now_ms,
            spawn=spawn,
            new_id=lambda: SuggestionId(f"suggestion-{next(self._ids)}"),
            mode=mode,
            problem=self._problem,
            on_tools=on_tools,
        )
        self.notes = self._answers.notes
        self._sayings = Sayings(
            call_id,
            engines,
            cards,
            publish=publish,
            now_ms=now_ms,
            spawn=spawn,
            new_id=lambda: UtteranceId(f"assistant-{next(self._ids)}"),
            on_audible=self._became_audible,
            on_over=self._saying_over,
            on_said=self._was_said,
            on_voice_failed=self._voice_failed,
        )
        self.speaker = self._sayings.speaker
        self._waiting = Waiting(
            self.speaker,
            sentences=(settings.waiting_sentence, settings.still_waiting_sentence),
            say=self._sayings.interject,
            is_saying=lambda: self._sayings.is_filling,
            began=self._tell_slow,
            spawn=spawn,
        )
        self._left_alone = LeftAlone()
        self._newest_turn: UtteranceId | None = None
        self._was_held = False
        """What we were saying was, or is, held for the newest turn."""
        self._left_ms = 0
        """How much of it was left then, or when it went on over that turn's noise."""
        self._is_unanswered = False
        """Words came when the caller was speaking again already."""
        self._turn_end_ms = 0

    # The caller's side tells what happened there.

    def caller_started(self, turn: Turn | None = None) -> None:
        """The caller speaks: what is being said, or about to be, is held back until words show why."""
        self._newest_turn = turn.utterance_id if turn is not None else None
        self._sayings.is_caller_speaking = True
        self._was_held = self.speaker.is_paused
        self._hold()

    def caller_moved(self, turn: Turn) -> None:
        """Partial words: drafts are out of date; if they are real words, so is what is being said."""
        self._claim(turn.text)
        if self._answers.is_out_of_date(turn):
            self._answers.drop()

    def caller_words_rest(self, turn: Turn) -> None:
        """The words so far look like all, before any pause: begin the answer, in hand."""
        if self._mode() is not Mode.AI_SPEAKS or not turn.text or self._is_in_ours:
            return
        if self._answers.in_hand is not None and not self._answers.is_out_of_date(turn):
            return
        if self._answers.early.may_begin_at_rest(turn.utterance_id):
            self._begin(turn)

    def caller_paused(self, turn: Turn, certainty: float) -> None:
        """A pause, and the words up to it: begin the answer if they are likely all, in hand."""
        self._claim(turn.text)
        if not turn.text or (self._is_in_ours and not self._is_claimed_by(turn.text)):
            # Nothing, or an "uh-huh": no reason to be silent until the turn is certainly over.
            self._go_on_over_noise()
        if not turn.text or self._is_in_ours or self._is_kept_for(turn):
            return
        if self._answers.early.may_begin_in_pause(turn.utterance_id, certainty):
            self._begin(turn)

    def caller_resumed(self) -> None:
        """The turn was not over: the answer in hand goes without trace."""
        if self._was_held or self._sayings.is_filling:
            self._hold()
        if self._answers.in_hand is not None:
            self._answers.drop()

    def caller_wordless(self) -> None:
        """The sound ended a while ago, and still no words: what we were saying goes on until some come."""
        self._go_on_over_noise()

    def caller_ended(self, turn: Turn) -> None:
        """The turn is over: let the answer in hand out."""
        self._left_alone.is_unanswered |= bool(turn.text)
        self._turn_end_ms, self._answers.last_sound_ms = self._now_ms(), turn.last_sound_ms
        if self._is_in_ours:
            if turn.has_all_words and not self._is_claimed_by(turn.text):
                self._go_on_over_noise()
            return
        reply = self._answers.in_hand
        if reply is None and turn.has_all_words and turn.text:
            reply = self._begin(turn)
        if reply is not None:
            self._let_out(reply)
        elif self._mode() is Mode.AI_SPEAKS and (turn.text or not self._waiting.is_owed):
            self._waiting.begin(self._settings.slow_after_ms, turn=turn.utterance_id)
        else:
            self._waiting.go_on()

    def caller_finished(self, turn: Turn) -> None:
        """The final words stand: answer them, unless the answer on its way is to the same words."""
        if self._newest_turn is not None and self._newest_turn != turn.utterance_id:
            self._finished_too_late(turn)
            return
        self._sayings.is_caller_speaking = False
        if self._is_in_ours:
            if not self._is_claimed_by(turn.text):
                self._go_on_over_noise()
                self._was_held = False
                return
            self.stop_speaking()
        if turn.text:
            self._answer(turn)
        else:
            self._nothing_was_said(turn)

    def _finished_too_late(self, turn: Turn) -> None:
        """The caller speaks again already: nobody answers into that, least of all to other words."""
        self._is_unanswered |= bool(turn.text)
        reply = self._answers.reply
        is_its = reply is not None and reply.answers == turn.utterance_id and not reply.speech.has_begun
        if is_its and not self._answers.is_to(turn):
            self._silence()

    def _answer(self, turn: Turn) -> None:
        reply = self._answers.reply
        self._expire_suggestions(but=reply)
        if reply is not None and reply.answers == turn.utterance_id:
            is_begun = reply.speech.has_begun and not self._answers.misses_much(turn)
            if self._answers.is_to(turn) or is_begun:
                if not reply.is_confirmed:
                    self._let_out(reply)
                return
            self._silence()
        self._let_out(self._begin(turn))

    def _nothing_was_said(self, turn: Turn) -> None:
        reply = self._answers.reply
        if reply is not None and reply.answers == turn.utterance_id and not reply.speech.has_begun:
            self._silence()
        if turn.is_unheard and turn.end_ms - turn.start_ms >= _LEAST_SPEECH_MS:
            # Somebody spoke, and we could not hear what: they wait all the same.
            if self._mode() is Mode.AI_SPEAKS:
                self._waiting.begin(self._settings.slow_after_ms, turn=turn.utterance_id)
        elif self._is_unanswered and self._answers.reply is None:
            self.answer_last()
        elif self._waiting.for_turn == turn.utterance_id:
            self._waiting.end()
        else:
            self._waiting.go_on()

    @property
    def _is_in_ours(self) -> bool:
        """The newest turn began while we were saying something, and no words have claimed it."""
        return self._was_held or self.speaker.is_paused

    def _hold(self) -> None:
        if self._sayings.hold():
            self._was_held, self._left_ms = True, self.speaker.remaining_ms()
        self._waiting.hold()

    def _claim(self, text: str) -> None:
        if text:
            self._expire_suggestions()
        if self._is_in_ours and is_real_words(text):
            self.stop_speaking()

    def _is_claimed_by(self, text: str) -> bool:
        """A "yes" into our last syllable is an answer; in the middle of a sentence it is listening."""
        left_ms = self.speaker.remaining_ms() if self.speaker.is_paused else self._left_ms
        return is_real_words(text) or (bool(text) and left_ms < _LAST_SYLLABLE_MS)

    def _go_on_over_noise(self) -> None:
        """Say on what was held; words that come later still claim the turn."""
        if self.speaker.is_paused:
            self._left_ms = self.speaker.remaining_ms()
            self._sayings.go_on()
        self._waiting.go_on()

    def _is_kept_for(self, turn: Turn) -> bool:
        """Keep the answer in hand if it is to the words of `turn`; else it goes."""
        if self._answers.in_hand is None:
            return False
        if self._answers.is_to(turn):
            return True
        self._answers.drop()
        return False

    # Orders.

    def greet(self) -> None:
        """Say the greeting."""
        is_after_notice = self._sayings.is_in_notice
        self.say_text(self._settings.greeting, Party.ASSISTANT)
        if self._settings.greeting.strip() and not is_after_notice:
            self._waiting.begin(self._settings.slow_after_ms, turn=None)

    def say_text(self, text: str, party: Party, *, is_private: bool = False) -> None:
        """Speak `text` word for word, after stopping what is being said; a notice is waited for.

        The words of a private one are kept nowhere.
        """
        if not self._sayings.is_in_notice:
            self.stop_speaking()
        self._sayings.say(text, party, is_private=is_private)

    def say_notice(self, text: str, on_end: Callable[[bool, bool], None]) -> None:
        """Speak `text` to its end before anything else; only an order to stop cuts it.

        `on_end` is told whether the caller heard all of it, and whether it was cut.
        """
        self.stop_speaking()
        self._sayings.say(text, Party.ASSISTANT, is_notice=True, on_end=on_end)

    def interject(self, text: str) -> None:
        """Speak `text` now, and go on after it with what is being said, or about to be."""
        self._sayings.interject(text)

    def say_suggestion(self, suggestion_id: SuggestionId, text: str) -> None:
        """The agent lets a suggestion be said, as it is or edited.

        Raises:
            IllegalTransition: it is out of date, or the caller is speaking and may be about to make it so.
        """
        if suggestion_id not in self._suggestions or self._sayings.is_caller_speaking:
            raise IllegalTransition("this suggestion is out of date")
        text = self._suggestions.take(suggestion_id, text)
        self.say_text(text, Party.ASSISTANT)

    def skip_suggestion(self, suggestion_id: SuggestionId) -> None:
        """The agent does not want this one. A late click does nothing."""
        self._suggestions.skip(suggestion_id)

    def another_draft(self) -> None:
        """Put away what is offered, and ask for another answer to the same words.

        Raises:
            IllegalTransition: nothing was offered, or the caller speaks and may be about to say more.
        """
        reply = self._answers.reply
        if reply is None or not reply.is_confirmed or self._sayings.is_caller_speaking:
            raise IllegalTransition("there is no draft to put another in the place of")
        shown = self._suggestions.texts()
        self._suggestions.skip(reply.suggestion_id)
        self._suggestions.expire(())
        self._answers.let_out(self._answers.begin_other(reply, shown))

    def stop_speaking(self) -> None:
        """Silence at once; what was heard stands in the transcript, cut. Nobody is made to wait for more."""
        self._waiting.end()
        self._silence()

    def _silence(self) -> None:
        self._was_held = False
        self._answers.stop()
        self._sayings.stop()

    def talk(self) -> Conversation:
        """Return the call as heard so far."""
        return self._answers.talk()

    def go_on(self, prepared: Prepared | None, *, is_caller_in_turn: bool) -> None:
        """The agent has given the call back: say what was prepared, or answer what nobody has answered."""
        self._expire_suggestions()
        talk = replace(self.talk(), is_handed_back=True)
        self._left_alone.is_unanswered = bool(talk.last_caller_text)
        if is_caller_in_turn:
            # The end of their turn is answered.
            self._is_unanswered = bool(talk.last_caller_text)
        elif prepared is None:
            self.answer_last(talk=talk)
        elif prepared.is_nothing:
            self._drop_reply()
        else:
            self.answer_last(is_due=True, talk=prepared.talk, writer=prepared)

    def answer_last(
        self,
        *,
        is_due: bool = False,
        talk: Conversation | None = None,
        writer: ReplyWriter | None = None,
    ) -> None:
        """Answer what the caller said last, if nobody has; with `is_due`, go on in any case.

        `talk` is what was said, `writer` who has the answer ready, if not the engines'.
        """
        talk = talk or self.talk()
        # A turn that went by unanswered, on hold, left this standing.
        self._sayings.is_caller_speaking = self._was_held = self._is_unanswered = False
        if talk.last_caller_text or is_due:
            self._drop_reply()
            self._turn_end_ms = self._answers.last_sound_ms = self._now_ms()
            self._let_out(self._answers.begin(talk, None, writer))

    def tick(self, *, is_on_hold: bool = False) -> None:
        """A fifth of a second passed: show the words that are being said, and leave no caller alone."""
        self._sayings.show()
        is_ours_to_speak = self._mode() is Mode.AI_SPEAKS and not is_on_hold
        is_heard_out = self._sayings.is_caller_speaking or self._sayings.is_busy
        is_cared_for = not is_ours_to_speak or is_heard_out or self._waiting.is_owed
        if self._left_alone.tick(is_cared_for=is_cared_for):
            # Stopped, failed, or refused: the agent may go on, but nobody must.
            self._waiting.begin(self._settings.slow_after_ms, turn=None)

    @property
    def is_saying(self) -> bool:
        """True while something is being said, or waits for that."""
        return self._sayings.is_busy

    # Replies.

    def _begin(self, turn: Turn) -> Reply:
        self._drop_reply()
        return self._answers.begin(self._answers.talk(turn), turn.utterance_id)

    def _drop_reply(self) -> None:
        reply = self._answers.reply
        self._answers.drop()
        if reply is not None:
            self._sayings.drop(reply)

    def _let_out(self, reply: Reply) -> None:
        """The turn is over: from here the answer is shown, and in AI mode heard."""
        self._is_unanswered = False
        mode = self._mode()
        if mode is Mode.AI_SPEAKS and not reply.is_spoken:
            # It was begun for the agent's eyes, and the mode has changed since.
            reply = self._answers.begin(replace(reply.talk, mode=mode), reply.answers)
        self._answers.let_out(reply)
        if reply is not self._answers.reply:
            return
        # After a hand-back the caller may not be waiting for anything.
        is_awaited = not reply.talk.is_handed_back or bool(reply.talk.last_caller_text)
        if mode is Mode.AI_SPEAKS:
            if is_awaited:
                self._waiting.begin(self._settings.slow_after_ms, turn=reply.answers)
            self._sayings.say_reply(reply)
        elif mode is Mode.AGENT_APPROVES and is_awaited:
            self._waiting.begin(self._settings.waiting_after_ms, turn=reply.answers, is_once=True)

    def _expire_suggestions(self, but: Reply | None = None) -> None:
        """What the caller spoke over is not said any more, but for `but`; in takeover it stays to be read."""
        if self._mode() is Mode.AGENT_SPEAKS:
            return
        current = self._sayings.current
        saying = current.reply if current is not None else None
        self._suggestions.expire({kept.suggestion_id for kept in (saying, but) if kept is not None})

    # What becomes of what is said.

    def _became_audible(self, saying: Saying) -> None:
        if saying.is_filler:
            self._answers.fillers.add(saying.utterance_id)
            return
        self._waiting.end()
        self._left_alone.is_unanswered = False
        if saying.reply is not None and saying.start_ms is not None:
            self._publish(self._timed(saying.reply, saying.start_ms))

    def _timed(self, reply: Reply, first_sound_ms: int) -> ResponseTimed:
        since = self._answers.last_sound_ms

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
            dropped_replies=self._answers.early.dropped_in(reply.answers),
        )

    def _saying_over(self, saying: Saying, was_heard: bool) -> None:
        reply = saying.reply
        if reply is None:
            return
        if reply.suggestion_id in self._suggestions:
            is_said = saying.start_ms is not None
            self._suggestions.drop(reply, Decision.SAID if is_said else Decision.EXPIRED)
        if was_heard and reply is self._answers.reply:
            self._answers.reply = None

    def _was_said(self, reply: Reply) -> None:
        if reply.ends_call and self._mode() is Mode.AI_SPEAKS:
            self._on_farewell()

    def _voice_failed(self, saying: Saying) -> None:
        self._problem(Problem.VOICE_FAILED)
        if saying.is_filler:
            self._waiting.voice_failed()

    def _tell_slow(self) -> None:
        turn = self._waiting.for_turn
        if self._mode() is not Mode.AI_SPEAKS:
            return
        if self._answers.reply is not None or (turn is not None and self.transcript.is_final(turn)):
            self._problem(Problem.WRITER_SLOW)
        elif turn is not None:
            self._problem(Problem.TRANSCRIBER_BEHIND)

    def _problem(self, problem: Problem) -> None:
        self._publish(ProblemRaised(call_id=self._call_id, at_ms=self._now_ms(), problem=problem))
