"""How a call's mood reads: one sentence a person, and the hint that it is one."""

from __future__ import annotations

from copilot_desktop.report.mood_line import HINT, MoodLine, MoodTrend
from copilot_desktop.report.wording import PARTIES

_STEADY = 0.15
"""A change of less is none."""


def mood_words(line: MoodLine | None) -> list[str]:
    """Return the sentences; none where there is no mood."""
    if line is None or not line.points:
        return []
    return [*map(_trend, line.trends), f"{HINT}."]


def _trend(trend: MoodTrend) -> str:
    if abs(trend.change) < _STEADY:
        way = "about the same at the end as at the start"
    else:
        way = f"{'better' if trend.change > 0 else 'worse'} at the end than at the start"
    return f"{PARTIES[trend.party]}: {way} ({_signed(trend.start)} to {_signed(trend.end)}, of −1 to +1)."


def _signed(value: float) -> str:
    text = f"{value:+.1f}".replace("-", "−")
    return "0.0" if text in ("−0.0", "+0.0") else text
