"""Answers: the one on its way: begun early, kept in hand, let out or thrown away, and what it wishes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from copilot_desktop.calls.early_replies import EarlyReplies
from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.events import CallId, Party, Problem, SuggestionId, UtteranceId
from copilot_desktop.calls.ports import Conversation, Engines, Line, ReplyWriter
from copilot_desktop.calls.reply import Reply
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.suggestions import Suggestions
from copilot_desktop.calls.transcript import Transcript
from copilot_desktop.calls.turn import Turn
from copilot_desktop.calls.words import begins_with, same_words, words_missing

log = logging.getLogger("copilot.calls")

_MOST_BESIDE = 2
_MOST_UNWANTED = 8
_MUCH = 4
"""Words that an answer should not have missed."""


class Answers:
    """One call's. `new_id` names suggestions; `problem` is told what fails.

    `on_tools` is given an answer once it is let out and whole, if it did or wishes more than talking.
    """

    def __init__(
        self,
        call_id: CallId,
        engines: Engines,
        transcript: Transcript,
        suggestions: Suggestions,
        *,
        now_ms: Callable[[], int],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        new_id: Callable[[], SuggestionId],
        mode: Callable[[], Mode],
        problem: Callable[[Problem], None],
        on_tools: Callable[[Reply], None],
    ) -> None:
        self._call_id, self._engines, self._transcript = call_id, engines, transcript
        self._suggestions, self._now_ms, self._spawn = suggestions, now_ms, spawn
        self._new_id, self._mode, self._problem, self._on_tools = new_id, mode, problem, on_tools
        self.notes: list[str] = []
        self.fillers: set[UtteranceId] = set()
        """What was said only to fill the wait: no part of the talk."""
        self.early = EarlyReplies()
        self.reply: Reply | None = None
        self._task: asyncio.Task[None] | None = None
        self._beside: asyncio.Task[None] | None = None
        self.last_sound_ms = 0
        """End of the sound that is answered."""

    @property
    def in_hand(self) -> Reply | None:
        """The answer on its way, as long as the turn may still go on."""
        reply = self.reply
        return reply if reply is not None and not reply.is_confirmed else None

    def talk(self, turn: Turn | None = None) -> Conversation:
        """Return the call as heard so far; with `turn`, its words last: also after an answer cut for them."""
        turn_id = turn.utterance_id if turn is not None else None
        lines = tuple(
            Line(said.party, said.text, said.cut_short)
            for said in self._transcript.utterances
            if said.is_final and said.text and said.utterance_id not in self.fillers | {turn_id}
        )
        if turn is not None and turn.text:
            lines = (*lines, Line(Party.CALLER, turn.text))
        return Conversation(self._call_id, lines, tuple(self.notes), self._mode())

    def is_to(self, turn: Turn) -> bool:
        """Whether the answer on its way is to the words that `turn` has now."""
        return self.reply is not None and same_words(
            self.reply.talk.last_caller_text, self.talk(turn).last_caller_text
        )

    def misses_much(self, turn: Turn) -> bool:
        """Whether `turn` says a good deal that the answer on its way does not know of."""
        return self.reply is not None and (
            words_missing(self.talk(turn).last_caller_text, self.reply.talk.last_caller_text) >= _MUCH
        )

    def is_out_of_date(self, turn: Turn) -> bool:
        """Whether moving words have gone on, or changed. Fewer than were answered may still become those."""
        reply = self.in_hand
        if reply is None or not turn.text:
            return False
        return not begins_with(reply.talk.last_caller_text, self.talk(turn).last_caller_text)

    def begin(
        self, talk: Conversation, answers: UtteranceId | None, writer: ReplyWriter | None = None
    ) -> Reply:
        """Begin an answer, in hand; the one before goes. `writer`: who has it ready, if not the engines'."""
        self.drop()
        reply = Reply(
            suggestion_id=self._new_id(),
            answers=answers,
            talk=talk,
            on_text=self._grew,
            now_ms=self._now_ms,
            is_spoken=self._mode() is Mode.AI_SPEAKS,
        )
        self.reply = reply
        self._task = self._spawn(self._make(reply, writer or self._engines.writer))
        return reply

    def begin_other(self, reply: Reply, shown: Sequence[str]) -> Reply:
        """Begin an answer to the same words as `reply`, which goes; nothing of what was shown is wanted."""
        unwanted = (*reply.talk.unwanted, *shown, reply.text)
        kept = tuple(dict.fromkeys(text for text in unwanted if text))[-_MOST_UNWANTED:]
        talk = replace(reply.talk, notes=tuple(self.notes), mode=self._mode(), unwanted=kept)
        return self.begin(talk, reply.answers)

    def let_out(self, reply: Reply) -> None:
        """The turn is over: from here `reply` is shown."""
        reply.is_confirmed = True
        if reply.text or reply.is_complete:
            self._grew(reply)

    def drop(self) -> None:
        """Give up the answer on its way. One in hand goes without trace, and is counted."""
        if self.in_hand is not None:
            self.early.was_dropped(self.in_hand.answers)
        self.stop()

    def stop(self) -> None:
        """Give up the answer on its way and all that goes with it; what is shown of it stays."""
        self.reply = None
        for task in (self._task, self._beside):
            if task is not None and task is not asyncio.current_task():
                task.cancel()
        self._task = self._beside = None

    async def _make(self, reply: Reply, writer: ReplyWriter) -> None:
        try:
            await reply.run(writer, self._engines.voice)
        except EngineError as error:
            log.warning("%s: an answer failed (%s)", self._call_id, error.engine)
            if self.reply is not reply:
                return
            if not reply.is_confirmed:
                # Nobody waits for it yet; when the turn is over it is tried again.
                self.reply = None
                return
            self._problem(Problem.VOICE_FAILED if reply.is_complete else Problem.WRITER_FAILED)
            reply.speech.break_off()

    def _grew(self, reply: Reply) -> None:
        if not reply.is_confirmed or reply is not self.reply:
            return
        if reply.text:
            if reply.is_complete and self._mode() is Mode.AGENT_SPEAKS:
                # Read or not, what was there to be read is to other words.
                self._suggestions.expire({reply.suggestion_id})
            self._suggestions.show(reply, last_sound_ms=self.last_sound_ms)
        if not reply.is_complete:
            return
        if self._mode() is not Mode.AI_SPEAKS and self._beside is None:
            self._beside = self._spawn(self._look_beside(reply))
        if reply.tools or reply.ends_call:
            self._on_tools(reply)

    async def _look_beside(self, reply: Reply) -> None:
        """Show other things one could say. They are a courtesy: a failure is nobody's trouble."""
        try:
            drafts = await self._engines.writer.alternatives(reply.talk, reply.text)
        except EngineError as error:
            log.info("%s: nothing beside the answer (%s)", self._call_id, error.engine)
            return
        known, unwanted = [reply.text], reply.talk.unwanted
        for draft in drafts:
            if not draft.text.strip() or any(same_words(draft.text, text) for text in (*known, *unwanted)):
                continue
            if self._mode() is not Mode.AI_SPEAKS:
                self._suggestions.show_beside(reply, self._new_id(), draft, rank=len(known))
            known.append(draft.text)
            if len(known) > _MOST_BESIDE:
                return
