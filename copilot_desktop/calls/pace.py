"""Pace: how long one caller pauses within a sentence, learned from the pauses themselves. Pure."""

from __future__ import annotations

_MOST_EXTRA_MS = 480
"""Nobody is waited for longer than this beyond the usual: the others' answers would come late too."""
_MARGIN_MS = 100
_TRUST = 0.6
"""How much one pause counts that was waited out as it should: it shows a habit, not a mistake."""
_DECAY = 0.9
_LEAST_MS = 20.0


class Pace:
    """What is added to the silence that ends this caller's turns. Starts at nothing and fades again."""

    def __init__(self) -> None:
        self._extra_ms = 0.0

    @property
    def extra_ms(self) -> int:
        """0 to 480 ms."""
        return round(self._extra_ms)

    def went_on_after(self, silence_ms: int, usual_ms: int, *, was_held_over: bool) -> None:
        """The caller spoke on after `silence_ms`; `usual_ms` of it end a finished sentence.

        `was_held_over`: the turn had been ended already, which was wrong.
        """
        wanted_ms = min(silence_ms + _MARGIN_MS - usual_ms, _MOST_EXTRA_MS)
        if wanted_ms > self._extra_ms:
            trust = 1.0 if was_held_over else _TRUST
            self._extra_ms += trust * (wanted_ms - self._extra_ms)

    def ended_well(self) -> None:
        """A turn was over when it was held to be."""
        self._extra_ms *= _DECAY
        if self._extra_ms < _LEAST_MS:
            self._extra_ms = 0.0
