"""Hearing: whether the words of a call come in as they are spoken, and what to say when they do not."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QCoreApplication

from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    Fact,
    HoldChanged,
    Party,
    Problem,
    ProblemRaised,
    RecordingChanged,
    SpeechMeasured,
    UtteranceChanged,
    UtteranceFinished,
)

WORDLESS_MS = 2000
"""Speech for so long without a word is worth a sign that somebody is being listened to."""
LISTENED_MS = 10_000
"""Nothing said so long ago is still about to become words."""
NEVER_MS = 15_000
"""A transcription that failed before the first word, and for so long, is not there in this call."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Hearing", text)


class Heard(Enum):
    """How the words come in."""

    WELL = "well"
    LISTENING = "listening"
    """Somebody speaks, and there is no word of it yet."""
    STOPPED = "stopped"
    NEVER = "never"
    """Stopped before the first word, and for long."""


class Hearing:
    """One call's, folded from its facts. `now_s` runs on between them."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._newest_ms, self._newest_s = 0, now_s()
        self._failed_ms: int | None = None
        self._has_words = self._is_recording = self._is_over = False
        self.is_on_hold = False
        self._words_ms = {Party.CALLER: 0, Party.AGENT: 0}
        self._spoke_since_ms: dict[Party, int] = {}
        self._spoke_until_ms = 0

    def apply(self, fact: Fact) -> bool:
        """Take one fact; tell whether anything here can have changed by it."""
        if not isinstance(fact, CallEvent):
            return False
        self._newest_ms, self._newest_s = max(self._newest_ms, fact.at_ms), self._now_s()
        if isinstance(fact, UtteranceChanged | UtteranceFinished):
            return self._take_words(fact)
        if isinstance(fact, SpeechMeasured):
            return self._take_speech(fact)
        if isinstance(fact, ProblemRaised) and fact.problem is Problem.TRANSCRIBER_FAILED:
            self._failed_ms = None if fact.is_recovered else fact.at_ms
        elif isinstance(fact, RecordingChanged):
            self._is_recording = fact.is_recording
        elif isinstance(fact, HoldChanged):
            self.is_on_hold = fact.is_on_hold
        elif isinstance(fact, CallEnded):
            self._is_over, self.is_on_hold = True, False
        else:
            return False
        return True

    @property
    def is_moving(self) -> bool:
        """Whether time alone may change what there is to say."""
        return not self._is_over and (self._failed_ms is not None or bool(self._spoke_since_ms))

    def state(self) -> Heard:
        """How the words come in at this moment."""
        if self._is_over:
            return Heard.WELL
        now_ms = self._now_ms()
        if self._failed_ms is not None:
            is_never = not self._has_words and now_ms - self._failed_ms >= NEVER_MS
            return Heard.NEVER if is_never else Heard.STOPPED
        since = self._spoke_since_ms.values()
        is_owed = any(self._spoke_until_ms - since_ms >= WORDLESS_MS for since_ms in since)
        is_near = now_ms - self._spoke_until_ms < LISTENED_MS
        return Heard.LISTENING if is_owed and is_near else Heard.WELL

    def words(self) -> str:
        """Return that in a sentence; empty while all is well."""
        state = self.state()
        if state is Heard.LISTENING:
            return _tr("Listening…")
        if state is Heard.NEVER:
            goes_on = _tr("Recording goes on.") if self._is_recording else _tr("The call goes on.")
            return _tr("No transcript in this call. {0}").format(goes_on)
        if state is Heard.STOPPED and self._failed_ms is not None:
            away_s = int(max(0.0, self._now_ms() - self._failed_ms) / 1000)
            goes_on = _tr("still recording") if self._is_recording else _tr("the call goes on")
            return _tr("No text for {0} s – {1}. Reconnecting by itself.").format(away_s, goes_on)
        return ""

    def _take_words(self, fact: UtteranceChanged | UtteranceFinished) -> bool:
        if fact.party is Party.ASSISTANT:
            return False
        self._words_ms[fact.party] = fact.at_ms
        self._has_words = self._has_words or bool(fact.text)
        return self._spoke_since_ms.pop(fact.party, None) is not None

    def _take_speech(self, fact: SpeechMeasured) -> bool:
        if fact.party is Party.ASSISTANT:
            return False
        if fact.end_ms <= self._words_ms[fact.party]:
            return False
        self._spoke_since_ms.setdefault(fact.party, max(fact.start_ms, self._words_ms[fact.party]))
        self._spoke_until_ms = max(self._spoke_until_ms, fact.end_ms)
        return True

    def _now_ms(self) -> float:
        return self._newest_ms + (self._now_s() - self._newest_s) * 1000
