"""Bridge: facts → Qt signals; clicks → orders to the desk. Nothing else in `ui` touches the desk."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from copilot_desktop.calls.desk import CallView
from copilot_desktop.calls.errors import CopilotError, IllegalTransition, OrderRefused, UnknownCall
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    EnginesChanged,
    EventFeed,
    Fact,
    HistoryChanged,
    JudgementChanged,
    LineChanged,
    Readiness,
    ReadyChanged,
    SuggestionChanged,
    SuggestionId,
    UtteranceChanged,
)
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.world import Levels

log = logging.getLogger("copilot.ui")

PAINT_INTERVAL_MS = 50
"""Moving texts reach the screen at most 20 times a second."""
POLL_INTERVAL_MS = 100


class Desk(Protocol):
    """What the window needs of `calls.desk.CallDesk`."""

    feed: EventFeed

    def live_calls(self) -> tuple[CallView, ...]: ...
    def levels(self, call_id: CallId) -> Levels: ...
    def accept(self, call_id: CallId, mode: Mode) -> None: ...
    def decline(self, call_id: CallId, *, with_message: bool = False) -> None: ...
    def take_over(self, call_id: CallId) -> None: ...
    def hand_back(self, call_id: CallId, note: str) -> None: ...
    def prepare_hand_back(self, call_id: CallId, note: str) -> None: ...
    def drop_hand_back(self, call_id: CallId) -> None: ...
    def promised(self, call_id: CallId) -> str: ...
    def set_mode(self, call_id: CallId, mode: Mode) -> None: ...
    def say(self, call_id: CallId, suggestion_id: SuggestionId, text: str) -> None: ...
    def skip(self, call_id: CallId, suggestion_id: SuggestionId) -> None: ...
    def say_text(self, call_id: CallId, text: str) -> None: ...
    def guide(self, call_id: CallId, note: str) -> None: ...
    def another_draft(self, call_id: CallId) -> None: ...
    def bookmark(self, call_id: CallId, words: str = "", moment_ms: int | None = None) -> None: ...
    def take_notes(self, call_id: CallId, text: str) -> None: ...
    def tick(self, call_id: CallId, step: str, *, is_done: bool) -> None: ...
    def transcribe_again(self, call_id: CallId) -> None: ...
    def stop_talking(self, call_id: CallId) -> None: ...
    def listen_in(self, call_id: CallId | None) -> None: ...
    def hold(self, call_id: CallId) -> None: ...
    def resume(self, call_id: CallId) -> None: ...
    def mute(self, call_id: CallId, is_muted: bool) -> None: ...
    def hang_up(self, call_id: CallId) -> None: ...
    def send_digits(self, call_id: CallId, digits: str, *, is_hidden: bool = False) -> None: ...
    def transfer(self, call_id: CallId, to: str, announcement: str) -> None: ...
    def pause_recording(self, call_id: CallId) -> None: ...
    def resume_recording(self, call_id: CallId) -> None: ...
    def play_notice(self, call_id: CallId) -> None: ...
    def confirm_notice(self, call_id: CallId) -> None: ...
    def set_ready(self, is_ready: bool) -> None: ...
    @property
    def readiness(self) -> Readiness: ...


class Bridge(QObject):
    """Between one desk and one window, both on the same loop.

    Facts arrive in order. Of texts that still move only the newest per id is told, at most every
    `PAINT_INTERVAL_MS`, and never after a later fact of the same call. Orders return whether the desk took
    them; a refused one is told as `order_refused` and never raises into Qt. `now_s` is the window's clock.
    """

    fact_told = Signal(object)
    """Every CallEvent, moving texts coalesced."""
    call_rang = Signal(CallRinging)
    call_ended = Signal(CallEnded)
    line_changed = Signal(LineChanged)
    ready_changed = Signal(ReadyChanged)
    history_changed = Signal(HistoryChanged)
    engines_changed = Signal(EnginesChanged)
    judgement_changed = Signal(JudgementChanged)
    view_polled = Signal(CallView, Levels)
    order_refused = Signal(str, str)
    """The order, and why in a sentence for the agent; empty: it did not fit the moment."""

    def __init__(self, desk: Desk, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._desk = desk
        self.now_s = now_s
        self.is_giving = False
        """An order is just being taken: the facts that come now are one change, drawn once, after it."""
        self._moving: dict[tuple[CallId, str], CallEvent] = {}
        self._paint = QTimer(self)
        self._paint.setInterval(PAINT_INTERVAL_MS)
        self._paint.timeout.connect(self._paint_moving)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_INTERVAL_MS)
        self._poll.timeout.connect(self.poll)
        self._unsubscribe: Callable[[], None] | None = desk.feed.subscribe(self._hear)

    def close(self) -> None:
        """Hear no more facts. Safe twice."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self._paint.stop()
        self._poll.stop()

    # Facts.

    def _hear(self, fact: Fact) -> None:
        if isinstance(fact, LineChanged):
            self.line_changed.emit(fact)
        elif isinstance(fact, ReadyChanged):
            self.ready_changed.emit(fact)
        elif isinstance(fact, HistoryChanged):
            self.history_changed.emit(fact)
        elif isinstance(fact, EnginesChanged):
            self.engines_changed.emit(fact)
        elif isinstance(fact, JudgementChanged):
            self.judgement_changed.emit(fact)
        elif isinstance(fact, UtteranceChanged):
            self._move((fact.call_id, fact.utterance_id), fact)
        elif isinstance(fact, SuggestionChanged):
            self._move((fact.call_id, fact.suggestion_id), fact)
        else:
            self._settle(fact)

    def _move(self, key: tuple[CallId, str], fact: CallEvent) -> None:
        if self._paint.isActive():
            self._moving[key] = fact
        else:
            self.fact_told.emit(fact)
            self._paint.start()

    def _paint_moving(self) -> None:
        moving, self._moving = self._moving, {}
        for fact in moving.values():
            self.fact_told.emit(fact)
        if not moving:
            self._paint.stop()

    def _settle(self, fact: CallEvent) -> None:
        # A text that moved before this fact must not be told after it.
        for key in [key for key in self._moving if key[0] == fact.call_id]:
            self.fact_told.emit(self._moving.pop(key))
        self.fact_told.emit(fact)
        if isinstance(fact, CallRinging):
            self.call_rang.emit(fact)
            self._poll.start()
        elif isinstance(fact, CallEnded):
            self.call_ended.emit(fact)

    def poll(self) -> None:
        """Tell how every live call stands just now; rests while there is none."""
        views = self._desk.live_calls()
        for view in views:
            try:
                levels = self._desk.levels(view.call_id)
            except UnknownCall:
                continue
            self.view_polled.emit(view, levels)
        if not views:
            self._poll.stop()

    # Orders.

    def accept(self, call_id: CallId, mode: Mode) -> bool:
        """Answer; `mode` says who speaks first."""
        # A signal hands a Mode on as its plain string.
        return self._order("accept", lambda: self._desk.accept(call_id, Mode(mode)))

    def decline(self, call_id: CallId, *, with_message: bool = False) -> bool:
        """Refuse a ringing call; `with_message`: the caller hears that we will call back."""
        return self._order("decline", lambda: self._desk.decline(call_id, with_message=with_message))

    def take_over(self, call_id: CallId) -> bool:
        """The agent speaks from now on."""
        return self._order("take over", lambda: self._desk.take_over(call_id))

    def hand_back(self, call_id: CallId, note: str) -> bool:
        """The AI goes on, knowing `note`."""
        return self._order("hand back", lambda: self._desk.hand_back(call_id, note))

    def prepare_hand_back(self, call_id: CallId, note: str) -> bool:
        """Have the AI make what it would say first, knowing `note`."""
        return self._order("prepare hand-back", lambda: self._desk.prepare_hand_back(call_id, note))

    def drop_hand_back(self, call_id: CallId) -> None:
        """The agent stays; of a call that is over nothing is said."""
        with suppress(UnknownCall):
            self._desk.drop_hand_back(call_id)

    def promised(self, call_id: CallId) -> str:
        """What the agent last undertook, in their own words; empty: nothing is known."""
        try:
            return self._desk.promised(call_id)
        except UnknownCall:
            return ""

    def set_mode(self, call_id: CallId, mode: Mode) -> bool:
        """Switch between "AI speaks" and "I approve"."""
        return self._order("set mode", lambda: self._desk.set_mode(call_id, Mode(mode)))

    def say(self, call_id: CallId, suggestion_id: SuggestionId, text: str) -> bool:
        """Have a suggestion said, as approved or edited."""
        return self._order("say", lambda: self._desk.say(call_id, suggestion_id, text))

    def skip(self, call_id: CallId, suggestion_id: SuggestionId) -> bool:
        """Put a suggestion away."""
        return self._order("skip", lambda: self._desk.skip(call_id, suggestion_id))

    def say_text(self, call_id: CallId, text: str) -> bool:
        """Have typed words said by the assistant's voice."""
        return self._order("say text", lambda: self._desk.say_text(call_id, text))

    def guide(self, call_id: CallId, note: str) -> bool:
        """Tell the AI what the caller never hears."""
        return self._order("guide", lambda: self._desk.guide(call_id, note))

    def another_draft(self, call_id: CallId) -> bool:
        """Have something else drafted in the place of what is offered."""
        return self._order("another draft", lambda: self._desk.another_draft(call_id))

    def bookmark(self, call_id: CallId, words: str = "", moment_ms: int | None = None) -> bool:
        """Mark this moment, or `moment_ms` of the call; a moment that is marked has these words now."""
        return self._order("bookmark", lambda: self._desk.bookmark(call_id, words, moment_ms))

    def take_notes(self, call_id: CallId, text: str) -> bool:
        """Keep the agent's notes of a call: all of them, each time."""
        return self._order("take notes", lambda: self._desk.take_notes(call_id, text))

    def tick(self, call_id: CallId, step: str, *, is_done: bool) -> bool:
        """Mark a step of the checklist done, or not done."""
        return self._order("tick", lambda: self._desk.tick(call_id, step, is_done=is_done))

    def transcribe_again(self, call_id: CallId) -> bool:
        """Try a lost transcription again at once."""
        return self._order("transcribe again", lambda: self._desk.transcribe_again(call_id))

    def listen_in(self, call_id: CallId | None) -> bool:
        """Let the agent hear this call while the AI speaks, and no other."""
        return self._order("listen in", lambda: self._desk.listen_in(call_id))

    def stop_talking(self, call_id: CallId) -> bool:
        """Cut what the assistant is saying."""
        return self._order("stop talking", lambda: self._desk.stop_talking(call_id))

    def hold(self, call_id: CallId) -> bool:
        """Put the caller on hold."""
        return self._order("hold", lambda: self._desk.hold(call_id))

    def resume(self, call_id: CallId) -> bool:
        """Take the caller back from hold."""
        return self._order("resume", lambda: self._desk.resume(call_id))

    def mute(self, call_id: CallId, is_muted: bool) -> bool:
        """Close or open the agent's microphone towards the caller."""
        return self._order("mute", lambda: self._desk.mute(call_id, is_muted))

    def hang_up(self, call_id: CallId) -> bool:
        """End the call."""
        return self._order("hang up", lambda: self._desk.hang_up(call_id))

    def send_digits(self, call_id: CallId, digits: str, *, is_hidden: bool = False) -> bool:
        """Send keypad tones; hidden ones are kept nowhere."""
        return self._order(
            "send digits", lambda: self._desk.send_digits(call_id, digits, is_hidden=is_hidden)
        )

    def transfer(self, call_id: CallId, to: str, announcement: str) -> bool:
        """Pass the caller on to a number, after a sentence they hear."""
        return self._order("transfer", lambda: self._desk.transfer(call_id, to, announcement))

    def pause_recording(self, call_id: CallId) -> bool:
        """Record nothing until resumed."""
        return self._order("pause recording", lambda: self._desk.pause_recording(call_id))

    def resume_recording(self, call_id: CallId) -> bool:
        """Record again."""
        return self._order("resume recording", lambda: self._desk.resume_recording(call_id))

    def play_notice(self, call_id: CallId) -> bool:
        """Let the caller hear the recording's notice again."""
        return self._order("play notice", lambda: self._desk.play_notice(call_id))

    def confirm_notice(self, call_id: CallId) -> bool:
        """The agent has told the caller in their own words."""
        return self._order("confirm notice", lambda: self._desk.confirm_notice(call_id))

    def set_ready(self, is_ready: bool) -> bool:
        """Let calls ring here, or not."""
        return self._order("set ready", lambda: self._desk.set_ready(is_ready))

    @property
    def readiness(self) -> Readiness:
        """Whether calls ring here, as the desk sees it."""
        return self._desk.readiness

    def _order(self, name: str, give: Callable[[], None]) -> bool:
        try:
            self.is_giving = True
            try:
                give()
            finally:
                self.is_giving = False
        except (IllegalTransition, UnknownCall) as refusal:
            log.info("order refused: %s (%s)", name, refusal)
            self.order_refused.emit(name, "")
            return False
        except OrderRefused as refusal:
            log.info("order refused: %s", name)
            self.order_refused.emit(name, str(refusal))
            return False
        except CopilotError:
            log.warning("order failed: %s", name, exc_info=True)
            self.order_refused.emit(name, "")
            return False
        self.poll()
        return True
