"""CallerTurns: when the practice caller speaks and when it hangs up. Pure: its clock is what it is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from copilot_desktop.practice.result import PracticeOutcome
from copilot_desktop.practice.scenario import DEFAULT_PAUSE_MS, Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the caller puts up with things, in milliseconds."""

    greeting_ms: int = 4000
    """Silence at the start, after which the caller begins unasked."""
    interrupt_ms: int = 1200
    """How much of an answer is let pass before a line that interrupts."""
    silence_ms: int = 20_000
    """Silence after which the caller asks whether anybody is there."""
    prompt_ms: int = 4000
    """Silence after that question, after which the caller gives up."""
    answer_ms: int = 25_000
    """An answer that lasts longer is spoken into."""
    parting_ms: int = 2500
    """How long an answer to the farewell may take to begin."""
    last_word_ms: int = 10_000
    """How long the answer to the farewell may last."""
    call_ms: int = 180_000
    """A call that lasts longer is brought to an end."""


@dataclass(frozen=True, slots=True)
class Say:
    """Speak now."""

    text: str
    is_interruption: bool = False


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call now."""

    outcome: PracticeOutcome


class _Stage(Enum):
    TALK = auto()
    PROMPTED = auto()
    PARTING = auto()
    GIVING_UP = auto()


_ANSWER_MS = 200
"""Less sound than this is no answer: a click, or the end of what was said before."""


class CallerTurns:
    """Goes through a scenario: listen, wait for the end of the answer, say the next line.

    Call `tick` every 20 ms. Whatever the assistant does, the call ends: every wait has its limit.
    """

    def __init__(self, scenario: Scenario, patience: Patience) -> None:
        self._scenario = scenario
        self._patience = patience
        self._next = 0
        self._stage = _Stage.TALK
        self._own_end_ms = 0
        self._last_at_ms = 0
        self._began_at_ms: int | None = None
        """When the sound that is heard now began."""
        self._heard_until_ms = 0
        self._heard_ms = 0
        """How much was heard since our own last word."""

    @property
    def lines_begun(self) -> int:
        """How many lines of the scenario were begun; the newest may be under way."""
        return self._next

    @property
    def has_said_all(self) -> bool:
        """Whether the farewell was begun."""
        return self._stage is _Stage.PARTING

    def tick(self, at_ms: int, *, hears: bool, is_speaking: bool) -> Say | HangUp | None:
        """Return what to do at `at_ms`. `hears`: the assistant talks; `is_speaking`: we do."""
        self._listen(at_ms, hears=hears)
        if is_speaking:
            self._own_end_ms = at_ms
            self._heard_ms = 0
            return None
        if self._stage is _Stage.GIVING_UP:
            return HangUp(PracticeOutcome.GAVE_UP)
        if self._stage is _Stage.PARTING:
            return self._part(at_ms, hears=hears)
        if at_ms >= self._patience.call_ms:
            return self._say_farewell()
        return self._while_talking(at_ms) if hears else self._while_silent(at_ms)

    def _listen(self, at_ms: int, *, hears: bool) -> None:
        if hears:
            if self._began_at_ms is None:
                self._began_at_ms = at_ms
            self._heard_until_ms = at_ms
            self._heard_ms += at_ms - self._last_at_ms
        else:
            self._began_at_ms = None
        self._last_at_ms = at_ms

    def _while_talking(self, at_ms: int) -> Say | HangUp | None:
        """The assistant talks: interrupt where the script says so, or when it does not end."""
        lasted_ms = at_ms - max(self._own_end_ms, self._began_at_ms or at_ms)
        line = self._scenario.lines[self._next] if self._next < len(self._scenario.lines) else None
        if line is not None and line.interrupts and lasted_ms >= self._patience.interrupt_ms:
            return self._say_next(is_interruption=True)
        return self._say_next() if lasted_ms >= self._patience.answer_ms else None

    def _while_silent(self, at_ms: int) -> Say | HangUp | None:
        """Nobody talks: go on after an answer, begin without a greeting, or lose patience."""
        waited_ms = at_ms - max(self._own_end_ms, self._heard_until_ms)
        if self._heard_ms >= _ANSWER_MS:
            return self._say_next() if waited_ms >= self._pause_ms() else None
        if self._next == 0 and self._stage is _Stage.TALK:
            return self._say_next() if at_ms >= self._patience.greeting_ms else None
        if self._stage is _Stage.PROMPTED and waited_ms >= self._patience.prompt_ms:
            self._stage = _Stage.GIVING_UP
            return Say(self._scenario.giving_up)
        if self._stage is _Stage.TALK and waited_ms >= self._patience.silence_ms:
            self._stage = _Stage.PROMPTED
            return Say(self._scenario.still_there)
        return None

    def _pause_ms(self) -> int:
        lines = self._scenario.lines
        return lines[self._next].pause_ms if self._next < len(lines) else DEFAULT_PAUSE_MS

    def _say_next(self, *, is_interruption: bool = False) -> Say:
        if self._next >= len(self._scenario.lines):
            return self._say_farewell()
        line = self._scenario.lines[self._next]
        self._next += 1
        self._stage = _Stage.TALK
        return Say(line.say, is_interruption)

    def _say_farewell(self) -> Say:
        self._stage = _Stage.PARTING
        return Say(self._scenario.farewell)

    def _part(self, at_ms: int, *, hears: bool) -> HangUp | None:
        """Let the assistant say goodbye too, within limits, and hang up."""
        since_farewell_ms = at_ms - self._own_end_ms
        limit_ms = self._patience.last_word_ms if self._heard_ms else self._patience.parting_ms
        is_answered = not hears and self._heard_ms >= _ANSWER_MS
        is_done = is_answered and at_ms - self._heard_until_ms >= DEFAULT_PAUSE_MS
        return HangUp(PracticeOutcome.COMPLETED) if is_done or since_farewell_ms >= limit_ms else None
