"""How measures are made: one with a value, one without, and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from copilot_desktop.report.model import Grade, Measure, Span, Unit

SHORT_MS = 15_000
"""Rates and shares of anything shorter say nothing."""
NOT_CONNECTED = "the call was never connected"
TOO_SHORT = "the call was shorter than 15 s"
NO_SPEECH = "no speech was measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A measure before it is taken: what it is called and what it means."""

    id: str
    name: str
    unit: Unit
    definition: str

    def of(self, value: float, moments: Sequence[Span] = (), *, grade: Grade | None = None) -> Measure:
        """Return the measure with its value."""
        return Measure(
            id=self.id,
            name=self.name,
            unit=self.unit,
            definition=self.definition,
            value=value,
            moments=tuple(moments),
            grade=grade,
        )

    def missing(self, because: str) -> Measure:
        """Return the measure without a value."""
        return Measure(
            id=self.id, name=self.name, unit=self.unit, definition=self.definition, missing_because=because
        )


def upward(value: float, watch: float, bad: float) -> Grade:
    """Grade a value of which less is better: from `watch` on it is to be watched, above `bad` it is bad."""
    if value > bad:
        return Grade.BAD
    return Grade.WATCH if value >= watch else Grade.GOOD
