"""EarNotes: decides when the agent's ear is told something; each time the screen says it too."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from enum import StrEnum

from PySide6.QtCore import QObject, QSettings, Signal

from copilot_desktop.calls.events import (
    CallEvent,
    CallId,
    Problem,
    ProblemRaised,
    ToolResult,
    Treatment,
)
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.call.draft_card import WAIT_LONG_S
from copilot_desktop.ui.live.live_call import LiveCall, LiveCalls
from copilot_desktop.ui.widgets.sound_choice import SoundChoices
from copilot_desktop.ui.widgets.strip import Strip
from copilot_desktop.ui.widgets.wording import HOLD_VERY_LONG_S

HOLD_AGAIN_S = 30.0
MUTED_AGAIN_S = 2.0
DEAF_AGAIN_S = 5.0
ONCE = math.inf
_APART_S = 1.5
"""Words with pauses between begin again and again; a tick at each of them would be a nuisance."""


class EarNote(StrEnum):
    """What is told; `headset.ear_sounds` has a sound for each."""

    SECOND_CALL = "second_call"
    HOLD_REMINDER = "hold_reminder"
    MUTED_TICK = "muted_tick"
    AI_NEEDS_YOU = "ai_needs_you"
    CALL_ENDED = "call_ended"


class Beats:
    """Knows, for each thing that goes on, when its next note is due. What was missed is not made up."""

    def __init__(self) -> None:
        self._going: dict[Hashable, tuple[float, int]] = {}

    def due(self, key: Hashable, now_s: float, *, first_s: float, again_s: float) -> bool:
        """Whether `key`, which goes on now, is to be told: `first_s` after it began, then each `again_s`."""
        since_s, told = self._going.setdefault(key, (now_s, 0))
        late_s = now_s - since_s - first_s
        count = 0 if late_s < 0 else 1 + int(late_s / again_s)
        self._going[key] = (since_s, max(count, told))
        return count > told

    def keep(self, going: set[Hashable]) -> None:
        """Everything else is over: should it come again, it begins anew."""
        self._going = {key: value for key, value in self._going.items() if key in going}


class EarNotes(QObject):
    """`sounded` carries an `EarNote` that the agent has not switched off.

    `second` and `problems` are the strips that say the same on the screen. While `problems` tells that the
    transcript has stopped, the notes repeat; once it is gone, somebody has acted.
    """

    sounded = Signal(str)

    def __init__(
        self, bridge: Bridge, calls: LiveCalls, preferences: QSettings, *, second: Strip, problems: Strip
    ) -> None:
        super().__init__(problems)
        self._bridge, self._calls, self._preferences = bridge, calls, preferences
        self._second, self._problems = second, problems
        self._beats = Beats()
        self._ticked_s = -math.inf
        self._deaf: set[CallId] = set()
        """Calls whose transcript has stopped, and nobody has acted."""
        second.wanted_changed.connect(self._second_moved)
        problems.wanted_changed.connect(self._problem_moved)
        bridge.fact_told.connect(self._take)
        calls.changed.connect(lambda _call: self.look())
        calls.ended.connect(self._ended)

    def look(self) -> None:
        """See whether anything is due. To be called some times a second while there are calls."""
        now_s = self._bridge.now_s()
        going: set[Hashable] = set()
        due: dict[EarNote, None] = {}
        for call in self._calls:
            for note, key, first_s, again_s in self._reasons(call, now_s):
                going.add(key)
                if self._beats.due(key, now_s, first_s=first_s, again_s=again_s):
                    due[note] = None
        self._beats.keep(going)
        if EarNote.MUTED_TICK in due:
            if now_s - self._ticked_s < _APART_S:
                del due[EarNote.MUTED_TICK]
            else:
                self._ticked_s = now_s
        for note in due:
            self._tell(note)

    def _reasons(self, call: LiveCall, now_s: float) -> Iterator[tuple[EarNote, Hashable, float, float]]:
        """Yield what goes on in a call: the note, what it is about, when first and how often."""
        if not call.is_talk:
            return
        call_id = call.call_id
        if call.is_on_hold:
            yield EarNote.HOLD_REMINDER, (call_id, "hold"), HOLD_VERY_LONG_S, HOLD_AGAIN_S
            return
        if call.is_muted and call.is_speaking_muted and call.mode is Mode.AGENT_SPEAKS:
            yield EarNote.MUTED_TICK, (call_id, "muted"), 0.0, MUTED_AGAIN_S
        if call.mode is Mode.AGENT_SPEAKS or call.state is not CallState.LIVE:
            return
        if call_id in self._deaf:
            yield EarNote.AI_NEEDS_YOU, (call_id, "deaf"), 0.0, DEAF_AGAIN_S
        if _has_waiting_draft(call, now_s):
            yield EarNote.AI_NEEDS_YOU, (call_id, "draft"), 0.0, ONCE
        for asked in call.tools.all():
            if asked.result is ToolResult.LEFT_TO_AGENT:
                yield EarNote.AI_NEEDS_YOU, (call_id, asked), 0.0, ONCE

    def _take(self, fact: CallEvent) -> None:
        if not isinstance(fact, ProblemRaised) or fact.problem is not Problem.TRANSCRIBER_FAILED:
            return
        if fact.is_recovered:
            self._deaf.discard(fact.call_id)
        else:
            self._deaf.add(fact.call_id)
        self.look()

    def _problem_moved(self) -> None:
        if not self._problems.is_wanted:
            current = self._calls.current
            # Of other calls the strip has told nothing that could be answered.
            self._deaf.discard(current.call_id if current is not None else CallId(""))

    def _second_moved(self) -> None:
        if self._second.is_wanted:
            self._tell(EarNote.SECOND_CALL)

    def _ended(self, call: LiveCall) -> None:
        self._deaf.discard(call.call_id)
        if call.was_connected and call.treatment is Treatment.TALK:
            self._tell(EarNote.CALL_ENDED)

    def _tell(self, note: EarNote) -> None:
        if _is_wanted(note, SoundChoices.load(self._preferences)):
            self.sounded.emit(note.value)


def _has_waiting_draft(call: LiveCall, now_s: float) -> bool:
    draft = call.suggestions.newest()
    is_open = call.mode is Mode.AGENT_APPROVES and draft is not None and draft.is_open
    return is_open and call.caller_waits_s(now_s) >= WAIT_LONG_S


def _is_wanted(note: EarNote, choices: SoundChoices) -> bool:
    return {
        EarNote.SECOND_CALL: choices.ticks_for_second_call,
        EarNote.HOLD_REMINDER: choices.reminds_of_hold,
        EarNote.MUTED_TICK: choices.ticks_when_muted,
        EarNote.AI_NEEDS_YOU: choices.sounds_when_needed,
        EarNote.CALL_ENDED: choices.sounds_at_end,
    }[note]
