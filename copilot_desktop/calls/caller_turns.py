"""CallerTurns: the caller's turns drive our answers, unless the call is on hold or over."""

from __future__ import annotations

from collections.abc import Callable

from copilot_desktop.calls.answering import Answering
from copilot_desktop.calls.ear import Turn

_LIKELY_OVER = 0.5
"""From this certainty on an answer is begun before the turn is over."""


class CallerTurns:
    """Implements `ear.TurnListener` for the caller."""

    def __init__(self, answering: Answering, *, is_answering: Callable[[], bool]) -> None:
        self._answering, self._is_answering = answering, is_answering

    def speech_started(self, turn: Turn) -> None:
        if self._is_answering():
            self._answering.caller_started()

    def words_moved(self, turn: Turn) -> None:
        if self._is_answering():
            self._answering.caller_claims_turn(turn.text)

    def turn_paused(self, turn: Turn, certainty: float) -> None:
        if self._is_answering() and certainty >= _LIKELY_OVER:
            self._answering.caller_paused(turn)

    def speech_resumed(self, turn: Turn) -> None:
        if self._is_answering():
            self._answering.caller_resumed()

    def turn_ended(self, turn: Turn) -> None:
        if self._is_answering():
            self._answering.caller_ended(turn)

    def turn_finished(self, turn: Turn) -> None:
        if self._is_answering():
            self._answering.caller_finished(turn)
