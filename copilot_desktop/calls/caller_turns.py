"""CallerTurns: the caller's turns drive our answers, unless the call is on hold or over."""

from __future__ import annotations

from collections.abc import Callable

from copilot_desktop.calls.answering import Answering
from copilot_desktop.calls.turn import Turn


class CallerTurns:
    """Implements `turn.TurnListener` and `turn.EarlyListener` for the caller."""

    def __init__(self, answering: Answering, *, is_answering: Callable[[], bool]) -> None:
        self._answering, self._is_answering = answering, is_answering

    def speech_started(self, turn: Turn) -> None:
        if self._is_answering():
            self._answering.caller_started(turn)

    def words_moved(self, turn: Turn) -> None:
        if self._is_answering():
            self._answering.caller_moved(turn)

    def words_rest(self, turn: Turn) -> None:
        if self._is_answering():
            self._answering.caller_words_rest(turn)

    def sounds_again(self, turn: Turn) -> None:
        if self._is_answering():
            self._answering.caller_resumed()

    def turn_is_wordless(self, turn: Turn) -> None:
        if self._is_answering():
            self._answering.caller_wordless()

    def turn_paused(self, turn: Turn, certainty: float) -> None:
        if self._is_answering():
            self._answering.caller_paused(turn, certainty)

    def speech_resumed(self, turn: Turn) -> None:
        if self._is_answering():
            self._answering.caller_resumed()

    def turn_ended(self, turn: Turn) -> None:
        if self._is_answering():
            self._answering.caller_ended(turn)

    def turn_finished(self, turn: Turn) -> None:
        if self._is_answering():
            self._answering.caller_finished(turn)
