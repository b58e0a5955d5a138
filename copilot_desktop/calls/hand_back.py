"""HandBack: the agent gives the call back; what the AI says first then is made, and seen, before that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from copilot_desktop.calls.call_sound import CallSound
from copilot_desktop.calls.errors import EngineError, IllegalTransition
from copilot_desktop.calls.events import (
    CallEvent,
    HandBackPrepared,
    StateChanged,
    UtteranceChanged,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.calls.headset_turn import HeadsetTurn
from copilot_desktop.calls.life import CallLife
from copilot_desktop.calls.ports import Conversation, Draft, ReplyWriter
from copilot_desktop.calls.prepared import Prepared
from copilot_desktop.calls.promises import promised
from copilot_desktop.calls.states import CallState, HandBackStage, Mode, ModeOrder, change_mode

log = logging.getLogger("copilot.calls")

REST_S = 0.4
"""So long a note, or the talk, must have stood still before it is thought about again."""


class HandBack:
    """One call's. While it is prepared, everything said and every change of the note makes it anew.

    `writer` writes it, for the mode `to`. `need_talk` raises IllegalTransition where there is no talk;
    `change_mode` changes it and tells.
    """

    def __init__(
        self,
        life: CallLife,
        sound: CallSound,
        headset: HeadsetTurn,
        writer: ReplyWriter,
        to: Mode,
        *,
        mode: Callable[[], Mode],
        need_talk: Callable[[], None],
        change_mode: Callable[[Mode], None],
    ) -> None:
        self._life, self._sound, self._headset, self._writer, self._to = life, sound, headset, writer, to
        self._mode, self._need_talk, self._change_mode = mode, need_talk, change_mode
        self._is_open = self._is_listening = False
        self._note = ""
        self._prepared: Prepared | None = None
        self._moving: set[UtteranceId] = set()
        """What is being said."""
        self._settling: asyncio.TimerHandle | None = None

    @property
    def promised(self) -> str:
        """What the agent last undertook in this call, in their own words; empty: nothing is known."""
        return promised(self._sound.answering.talk().lines)

    # Orders.

    def prepare(self, note: str) -> None:
        """Make ready what the AI would say first, knowing `note`; again whenever the note has changed.

        Told as `HandBackPrepared`. Raises IllegalTransition where the agent does not have the call.
        """
        self._need_talk()
        if self._mode() is not Mode.AGENT_SPEAKS:
            raise IllegalTransition("the AI has the call already")
        note = self._sound.cards.mask(note.strip())
        if self._is_open and note == self._note:
            return
        rest_s = REST_S if self._is_open else 0
        self._is_open, self._note = True, note
        if not self._is_listening:
            self._begin(rest_s)

    def drop(self) -> None:
        """The agent stays. Safe at any time."""
        self._is_open = self._is_listening = False
        self._moving.clear()
        self._stop_settling()
        self._give_up()

    def give(self, note: str) -> None:
        """The AI goes on from here, knowing `note` and everything said meanwhile.

        It says what was prepared, if nothing has been said since and the note is the same.
        """
        self._need_talk()
        mode = change_mode(self._mode(), ModeOrder.HAND_BACK, hand_back_to=self._to)
        note = self._sound.cards.mask(note.strip())
        prepared = self._take(note)
        answering = self._sound.answering
        if note:
            answering.notes.append(note)
        self._sound.microphone.close()
        self._headset.is_away = False
        self._change_mode(mode)
        if self._sound.is_on_hold:
            # Whoever ends the hold has it answered then.
            if prepared is not None:
                prepared.give_up()
        else:
            answering.go_on(prepared, is_caller_in_turn=self._sound.ear.is_in_turn)

    # What is said meanwhile.

    def look(self, event: CallEvent) -> None:
        """Take in a fact of the call."""
        if not self._is_open:
            return
        if isinstance(event, StateChanged) and event.new is CallState.ENDED:
            self.drop()
        elif isinstance(event, UtteranceChanged) and event.text:
            self._moving.add(event.utterance_id)
            self._listen()
        elif isinstance(event, UtteranceFinished):
            self._moving.discard(event.utterance_id)
            if not self._is_fitting():
                self._listen()

    def heard(self, is_in_turn: bool) -> None:
        """Take in whether the caller is being heard; at every frame."""
        if not self._is_open:
            return
        if is_in_turn:
            if not self._is_listening or self._settling is not None:
                self._listen()
        elif self._is_listening and self._settling is None and not self._moving:
            self._settling = asyncio.get_running_loop().call_later(REST_S, self._settle)

    # Inside.

    def _listen(self) -> None:
        """Somebody speaks: what is being made is to other words. What is made may have been a noise's."""
        self._stop_settling()
        if self._prepared is not None and self._prepared.draft is None:
            self._give_up()
        if not self._is_listening:
            self._is_listening = True
            self._tell(HandBackStage.LISTENING)

    def _stop_settling(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None

    def _settle(self) -> None:
        """It has been quiet for a while."""
        self._settling, self._is_listening = None, False
        prepared = self._prepared
        if prepared is not None and prepared.draft is not None and self._is_fitting():
            self._tell_made(prepared.draft)
        else:
            self._begin(0)

    def _is_fitting(self) -> bool:
        """Whether what is prepared, or being prepared, is to all that was said, and to the note."""
        prepared = self._prepared
        if prepared is None or prepared.has_failed or prepared.note != self._note:
            return False
        return prepared.talk.lines == self._sound.answering.talk().lines

    def _take(self, note: str) -> Prepared | None:
        """Return what to go on with; None: nobody has asked for anything."""
        if not self._is_open:
            return None
        self._note = note
        if not self._is_fitting() and not self._sound.ear.is_in_turn:
            self._begin(0)
        prepared, self._prepared = self._prepared, None
        self.drop()
        return prepared

    def _begin(self, rest_s: float) -> None:
        self._give_up()
        self._stop_settling()
        self._is_listening = False
        talk = self._sound.answering.talk()
        notes = (*talk.notes, self._note) if self._note else talk.notes
        prepared = Prepared(replace(talk, notes=notes, mode=self._to, is_handed_back=True), self._note)
        self._prepared = prepared
        if _is_callers_turn(talk):
            nothing = Draft("", is_complete=True)
            prepared.set(nothing, self._writer.origin)
            self._tell_made(nothing)
            return
        self._tell(HandBackStage.PREPARING)
        prepared.run(self._life.spawn(self._make(prepared, rest_s)))

    def _give_up(self) -> None:
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            prepared.give_up()

    async def _make(self, prepared: Prepared, rest_s: float) -> None:
        await asyncio.sleep(rest_s)
        try:
            newest = Draft("")
            async for draft in self._writer.reply(prepared.talk):
                newest = draft
            if not newest.is_complete:
                raise EngineError(self._writer.origin, "the answer broke off")
        except EngineError as error:
            log.warning("%s: nothing could be prepared (%s)", self._life.call_id, error.engine)
            prepared.fail(error)
            if prepared is self._prepared:
                self._tell(HandBackStage.FAILED)
            return
        prepared.set(newest, self._writer.origin)
        if prepared is self._prepared:
            self._tell_made(newest)

    def _tell_made(self, draft: Draft) -> None:
        self._tell(HandBackStage.READY if draft.text.strip() else HandBackStage.NOTHING, draft)

    def _tell(self, stage: HandBackStage, draft: Draft | None = None) -> None:
        self._life.publish(
            HandBackPrepared(
                call_id=self._life.call_id,
                at_ms=self._life.now_ms(),
                stage=stage,
                text=draft.text if draft is not None else "",
                sources=draft.sources if draft is not None else (),
                origin=self._writer.origin,
            )
        )


def _is_callers_turn(talk: Conversation) -> bool:
    """Whether our side asked last: nobody says more before the caller has answered."""
    last = talk.lines[-1] if talk.lines else None
    return last is not None and not talk.last_caller_text and _is_whole_question(last.text, last.cut_short)


def _is_whole_question(text: str, is_cut: bool) -> bool:
    return text.rstrip(" \"'”’").endswith("?") and not is_cut
