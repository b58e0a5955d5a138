"""The scale of a chart: from where to where, and at which round values its lines are."""

from __future__ import annotations

import math
from collections.abc import Sequence

from copilot_desktop.calls.trends import Figure, Week

_LEAST_SCORES = 20.0


def scale(figure: Figure, weeks: Sequence[Week]) -> tuple[float, float, list[float]]:
    """Return the lowest and the highest value of the axis, and where its lines are."""
    found = [
        value
        for week in weeks
        for value in (week.value(figure), week.second_value(figure))
        if value is not None
    ]
    low = 0.0
    high = max(found, default=1.0)
    if figure is Figure.SCORE:
        # Scores differ by a few points: from nought they would all look the same. The axis is labelled.
        high = min(100.0, max(found, default=100.0) + 5)
        low = max(0.0, min(min(found, default=0.0) - 5, high - _LEAST_SCORES))
    step = _step(max(high - low, 1e-9), is_whole=figure is not Figure.RESPONSE)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    high = max(high, low + step)
    ticks = [low + step * number for number in range(round((high - low) / step) + 1)]
    margin = (high - low) * 0.08
    return low - margin, high + margin, ticks


def _step(span: float, *, is_whole: bool) -> float:
    """Return a round distance that parts `span` into two to four."""
    rough = span / 3
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((power * times for times in (1, 2, 5, 10) if power * times >= rough), power * 10)
    return max(1.0, step) if is_whole else max(100.0, step)
