"""Answering: our side of the talk: what is suggested, what is said, and what of it was heard."""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

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
    SuggestionChanged,
    SuggestionDecided,
    SuggestionId,
    SuggestionReady,
    UtteranceChanged,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.calls.ports import Conversation, Engines, Line
from copilot_desktop.calls.reply import Reply, speak_into
from copilot_desktop.calls.speaker import Speaker, Speech
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.transcript import Transcript
from copilot_desktop.calls.world import AnsweringSettings

log = logging.getLogger("copilot.calls")

_BACK_CHANNEL = re.compile(
    r"(?:\s|[.,!?…-]|\b(?:uh|huh|uhhuh|mhm|mm+|mmhm|hmm*|um|ah|oh|yeah|yes|yep|ok|okay|right|sure"
    r"|all ?right|i see|got it)\b)*",
    re.IGNORECASE,
)
_LAST_SYLLABLE_MS = 800


def is_real_words(text: str) -> bool:
    """Tell words that claim the turn from listening noises such as "uh-huh" or "yes, okay"."""
    return _BACK_CHANNEL.fullmatch(text) is None


def _same_words(one: str, other: str) -> bool:
    return re.findall(r"\w+", one.lower()) == re.findall(r"\w+", other.lower())


@dataclass(slots=True, eq=False)
class Saying:
    """Something being said to the caller with the assistant's voice."""

    speech: Speech
    party: Party
    utterance_id: UtteranceId
    reply: Reply | None = None
    is_filler: bool = False
    """A waiting sentence: what comes next waits for its end."""
    start_ms: int | None = None
    held_ms: int | None = None
    """When it fell silent because the caller began to speak."""
    shown: str = ""


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
        self._voice_task: asyncio.Task[None] | None = None
        self._waiting_task: asyncio.Task[None] | None = None
        self._suggestions: dict[SuggestionId, SuggestionReady] = {}
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
        """Say the greeting with its notice."""
        self.say_text(self._settings.greeting, Party.ASSISTANT)

    def say_text(self, text: str, party: Party, *, is_filler: bool = False) -> None:
        """Speak `text` word for word, after stopping what is being said."""
        if not is_filler:
            self.stop_speaking()
        saying = Saying(Speech(), party, self._new_utterance_id(), is_filler=is_filler)
        self._voice_task = self._spawn(self._voice_text(saying.speech, text))
        self._begin(saying)

    def say_suggestion(self, suggestion_id: SuggestionId, text: str) -> None:
        """The agent lets a suggestion be said, as it is or edited.

        Raises:
            IllegalTransition: it is out of date, or the caller is speaking and may be about to make it so.
        """
        if suggestion_id not in self._suggestions or self._is_caller_speaking:
            raise IllegalTransition("this suggestion is out of date")
        ready = self._suggestions.pop(suggestion_id)
        decision = Decision.SAID if _same_words(text, ready.text) else Decision.EDITED
        self._decided(suggestion_id, decision, text, Party.AGENT)
        self._cancel_waiting()
        self.say_text(text, Party.ASSISTANT)

    def skip_suggestion(self, suggestion_id: SuggestionId) -> None:
        """The agent does not want this one. A late click does nothing."""
        if ready := self._suggestions.pop(suggestion_id, None):
            self._decided(suggestion_id, Decision.SKIPPED, ready.text, Party.AGENT)

    def stop_speaking(self) -> None:
        """Silence at once; what was heard stands in the transcript, cut."""
        self._cancel_reply_task()
        self._cancel(self._voice_task)
        self._cancel_waiting()
        self.speaker.stop()
        saying, self._saying, self._next_saying = self._saying, None, None
        self._reply = None
        if saying is not None:
            self._finish_saying(saying, cut_short=True)

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
            self._suggestions.pop(reply.suggestion_id, None)
            self._decided(reply.suggestion_id, decision, reply.text, Party.ASSISTANT)

    def tick(self) -> None:
        """A fifth of a second passed: show the words that are being said."""
        saying = self._saying
        if saying is None or saying.start_ms is None:
            return
        text = " ".join(sentence.text for sentence in saying.speech.sentences)
        if text != saying.shown:
            saying.shown = text
            self._publish(
                UtteranceChanged(
                    call_id=self._call_id,
                    at_ms=self._now_ms(),
                    utterance_id=saying.utterance_id,
                    party=saying.party,
                    text=text,
                    start_ms=saying.start_ms,
                )
            )

    # Replies.

    def _talk(self, turn: Turn | None = None) -> Conversation:
        lines = self.transcript.lines()
        if turn is not None and not self.transcript.is_final(turn.utterance_id):
            lines = (*lines, Line(Party.CALLER, turn.text))
        return Conversation(self._call_id, lines, tuple(self.notes), self._mode())

    def _answers(self, turn: Turn) -> bool:
        return self._reply is not None and _same_words(
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
                reply.speech.finish()

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
        if not reply.is_complete:
            self._publish(
                SuggestionChanged(
                    call_id=self._call_id,
                    at_ms=self._now_ms(),
                    suggestion_id=reply.suggestion_id,
                    answers=reply.answers,
                    text=reply.text,
                )
            )
            return
        ready = SuggestionReady(
            call_id=self._call_id,
            at_ms=self._now_ms(),
            suggestion_id=reply.suggestion_id,
            answers=reply.answers,
            text=reply.text,
            sources=reply.sources,
            latency_ms=max(0, (reply.first_text_ms or self._now_ms()) - self._last_sound_ms),
            origin=self._engines.writer.origin,
        )
        self._suggestions[reply.suggestion_id] = ready
        self._publish(ready)

    def _expire_suggestions(self, but: Reply | None = None) -> None:
        """What the caller spoke over is not said any more, but for `but`; in takeover it stays to be read."""
        if self._mode() is Mode.AGENT_SPEAKS:
            return
        for suggestion_id, ready in tuple(self._suggestions.items()):
            saying = self._saying.reply if self._saying is not None else None
            if all(kept is None or kept.suggestion_id != suggestion_id for kept in (saying, but)):
                del self._suggestions[suggestion_id]
                self._decided(suggestion_id, Decision.EXPIRED, ready.text, Party.ASSISTANT)

    # Sayings.

    def _begin(self, saying: Saying) -> None:
        current = self._saying
        if current is not None and current.is_filler and not saying.is_filler:
            self._next_saying = saying
            return
        self._saying = saying
        self.speaker.say(saying.speech)

    async def _voice_text(self, speech: Speech, text: str) -> None:
        sentences: asyncio.Queue[str | None] = asyncio.Queue(2)
        sentences.put_nowait(text)
        sentences.put_nowait(None)
        try:
            await speak_into(speech, self._engines.voice, sentences)
        except EngineError as error:
            log.warning("%s: the voice failed (%s)", self._call_id, error.engine)
            self._problem(Problem.VOICE_FAILED)
            speech.finish()

    def _became_audible(self, speech: Speech, ahead_ms: int) -> None:
        saying = self._saying
        if saying is None or saying.speech is not speech:
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
        self._saying, following = None, self._next_saying
        self._next_saying = None
        self._finish_saying(saying, cut_short=False)
        reply = saying.reply
        if reply is not None and reply is self._reply:
            self._reply = None
        if following is not None:
            self._begin(following)
        elif reply is not None and reply.ends_call and self._mode() is Mode.AI_SPEAKS:
            self._on_farewell()

    def _finish_saying(self, saying: Saying, *, cut_short: bool) -> None:
        if saying.reply is not None and saying.reply.suggestion_id in self._suggestions:
            del self._suggestions[saying.reply.suggestion_id]
            said = saying.start_ms is not None
            self._decided(
                saying.reply.suggestion_id,
                Decision.SAID if said else Decision.EXPIRED,
                saying.reply.text,
                Party.ASSISTANT,
            )
        if saying.start_ms is None:
            return
        heard, unheard = saying.speech.heard()
        now_ms = self._now_ms()
        end_ms = now_ms if saying.held_ms is None else saying.held_ms
        self._publish(
            UtteranceFinished(
                call_id=self._call_id,
                at_ms=now_ms,
                utterance_id=saying.utterance_id,
                party=saying.party,
                text=heard,
                start_ms=saying.start_ms,
                end_ms=max(saying.start_ms, end_ms),
                cut_short=cut_short and bool(unheard),
                unheard=unheard,
            )
        )

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
        held, self._saying = self._saying, None
        self._next_saying = held if held is not None and not held.is_filler else None
        self.say_text(self._settings.waiting_sentence, Party.ASSISTANT, is_filler=True)

    # Small things.

    def _new_utterance_id(self) -> UtteranceId:
        return UtteranceId(f"assistant-{next(self._ids)}")

    def _decided(self, suggestion_id: SuggestionId, decision: Decision, text: str, by: Party) -> None:
        self._publish(
            SuggestionDecided(
                call_id=self._call_id,
                at_ms=self._now_ms(),
                suggestion_id=suggestion_id,
                decision=decision,
                text=text,
                by=by,
            )
        )

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
