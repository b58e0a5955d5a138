"""EarlyReplies: how many answers may be begun before a turn is over, and how many went to waste. Pure."""

from __future__ import annotations

from copilot_desktop.calls.events import UtteranceId

MOST_DROPPED = 2
"""Answers a turn that may be thrown away, on the average of a call of twelve turns …"""
MOST_IN_A_TURN = 4
"""… and in one turn of many pauses."""
_A_TURN, _AHEAD = 1.75, 3
"""The same as a rate, with something in hand: the first turns tell nothing of the others."""
_CERTAIN = 0.9
_LIKELY_OVER = 0.5


class EarlyReplies:
    """One call's count. An answer that is thrown away has cost its engines all the same."""

    def __init__(self) -> None:
        self._turn: UtteranceId | None = None
        self._dropped = 0
        self._dropped_before = 0
        self._turn_count = 0

    @property
    def dropped_in_call(self) -> int:
        """All that were thrown away."""
        return self._dropped_before + self._dropped

    def dropped_in(self, turn: UtteranceId | None) -> int:
        """How many were thrown away in `turn`, if it is the newest."""
        return self._dropped if turn is not None and turn == self._turn else 0

    def may_begin_at_rest(self, turn: UtteranceId) -> bool:
        """Whether words that look like all are worth an answer, before any pause."""
        self._look_at(turn)
        return self._dropped < MOST_IN_A_TURN and self.dropped_in_call < self._budget

    def may_begin_in_pause(self, turn: UtteranceId, certainty: float) -> bool:
        """Whether a pause is, after whose words the turn is over with `certainty`."""
        self._look_at(turn)
        if self._dropped < MOST_IN_A_TURN and self._is_affordable():
            return certainty >= _LIKELY_OVER
        return certainty >= _CERTAIN and self._is_affordable()

    def was_dropped(self, turn: UtteranceId | None) -> None:
        """An answer that was begun in `turn` was thrown away before the turn was over."""
        if turn is not None:
            self._look_at(turn)
            self._dropped += 1

    def _look_at(self, turn: UtteranceId) -> None:
        if turn != self._turn:
            self._dropped_before += self._dropped
            self._turn, self._dropped = turn, 0
            self._turn_count += 1

    def _is_affordable(self) -> bool:
        # One more may go over the average; then nothing is begun early until that is made up for.
        return self.dropped_in_call <= self._budget

    @property
    def _budget(self) -> float:
        return _A_TURN * self._turn_count + _AHEAD
