"""SystemLines: what happened in a call besides words, as short lines between the turns of its transcript."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from copilot_desktop.calls.events import (
    Bookmarked,
    DigitPressed,
    DigitsSent,
    Fact,
    HoldChanged,
    ModeChanged,
    NoticeGiven,
    Party,
    Problem,
    ProblemRaised,
    RecordingCause,
    RecordingChanged,
    StateChanged,
    TransferChanged,
    TransferResult,
    Treatment,
    TreatmentChanged,
)
from copilot_desktop.calls.states import CallState, Cause, Mode
from copilot_desktop.ui.widgets.wording import clock, phone_number

_ONE_NUMBER_MS = 5000
"""Keys pressed no longer after each other are one line."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("SystemLines", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemLine:
    """One line. A later one with the same `line_id` takes its place."""

    line_id: str
    start_ms: int
    text: str


@dataclass(slots=True)
class _Keys:
    line_id: str = ""
    digits: str = ""
    start_ms: int = 0
    last_ms: int = 0


class SystemLines:
    """One call's, folded from its facts. What stands in the call's own signs all the time is not repeated."""

    def __init__(self) -> None:
        self._was_live = False
        self._hold_since_ms = self._lost_since_ms = 0
        self._is_lost = self._has_no_words = False
        self._keys: dict[str, _Keys] = {}
        self._count = itertools.count(1)

    def apply(self, fact: Fact) -> SystemLine | None:
        """Take one fact; return the line it makes or changes, if any."""
        if isinstance(fact, Bookmarked):
            text = _tr("Bookmark: {0}").format(fact.text) if fact.text else _tr("Bookmark")
            return SystemLine(line_id=f"mark-{fact.moment_ms}", start_ms=fact.moment_ms, text=text)
        if isinstance(fact, DigitsSent):
            return self._with_keys("sent", fact.digits, fact.at_ms, _tr("Keys sent: {0}"))
        if isinstance(fact, DigitPressed):
            return self._with_keys("pressed", fact.digit, fact.at_ms, _tr("The caller pressed {0}"))
        text = self._words(fact)
        if not text:
            return None
        at_ms = int(getattr(fact, "at_ms", 0))
        return SystemLine(line_id=f"line-{next(self._count)}", start_ms=at_ms, text=text)

    def _words(self, fact: Fact) -> str:
        if isinstance(fact, StateChanged):
            return self._state(fact)
        if isinstance(fact, ModeChanged):
            return self._mode(fact)
        if isinstance(fact, HoldChanged):
            return self._hold(fact)
        if isinstance(fact, ProblemRaised):
            return self._problem(fact)
        if isinstance(fact, RecordingChanged):
            return _recording(fact.cause, is_recording=fact.is_recording)
        if isinstance(fact, TransferChanged):
            return _transfer(fact)
        if isinstance(fact, NoticeGiven) and fact.by is Party.AGENT:
            return _tr("You told the caller about the recording")
        if isinstance(fact, TreatmentChanged) and self._was_live and fact.treatment is Treatment.TALK:
            return _tr("You picked up")
        return ""

    def _state(self, fact: StateChanged) -> str:
        if fact.cause is Cause.LINK_LOST:
            self._is_lost, self._lost_since_ms = True, fact.at_ms
            return _tr("The sound was lost")
        if fact.new is not CallState.LIVE:
            return ""
        self._was_live = True
        if not self._is_lost:
            return ""
        self._is_lost = False
        return _tr("The sound is back after {0}").format(clock((fact.at_ms - self._lost_since_ms) / 1000))

    def _mode(self, fact: ModeChanged) -> str:
        if not self._was_live or fact.old is fact.new:
            return ""
        if fact.new is Mode.AGENT_SPEAKS:
            return _tr("You took over")
        if fact.new is Mode.AI_SPEAKS:
            return _tr("The AI speaks by itself")
        if fact.old is Mode.AGENT_SPEAKS:
            return _tr("Back to the AI – you approve what it says")
        return _tr("You approve what the AI says")

    def _hold(self, fact: HoldChanged) -> str:
        if fact.is_on_hold:
            self._hold_since_ms = fact.at_ms
            return _tr("The caller is put on hold")
        waited_s = (fact.at_ms - self._hold_since_ms) / 1000
        return _tr("Back from hold after {0}").format(clock(waited_s))

    def _problem(self, fact: ProblemRaised) -> str:
        if fact.problem is not Problem.TRANSCRIBER_FAILED or fact.is_recovered is not self._has_no_words:
            return ""
        self._has_no_words = not fact.is_recovered
        return _tr("The transcript goes on") if fact.is_recovered else _tr("The transcript stopped")

    def _with_keys(self, kind: str, digits: str, at_ms: int, words: str) -> SystemLine:
        keys = self._keys.get(kind)
        if keys is None or at_ms - keys.last_ms > _ONE_NUMBER_MS:
            keys = self._keys[kind] = _Keys(f"{kind}-{next(self._count)}", start_ms=at_ms)
        keys.digits, keys.last_ms = keys.digits + digits, at_ms
        return SystemLine(line_id=keys.line_id, start_ms=keys.start_ms, text=words.format(keys.digits))


def _recording(cause: str, *, is_recording: bool) -> str:
    # Older calls hold free words as causes.
    names: dict[tuple[bool, str], str] = {
        (False, RecordingCause.AGENT): _tr("Recording paused"),
        (True, RecordingCause.AGENT): _tr("Recording goes on"),
        (False, RecordingCause.CARD_NUMBER): _tr("Recording paused: card number"),
        (True, RecordingCause.CARD_NUMBER_OVER): _tr("Recording goes on"),
        (False, RecordingCause.FAILED): _tr("Recording stopped"),
    }
    return names.get((is_recording, cause), "")


def _transfer(fact: TransferChanged) -> str:
    names = {
        TransferResult.ASKED: _tr("Passing on to {0}"),
        TransferResult.CONNECTED: _tr("Passed on to {0}"),
        TransferResult.REFUSED: _tr("Not passed on to {0}"),
    }
    return names[fact.result].format(phone_number(fact.to))
