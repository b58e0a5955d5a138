"""The lanes below the voices: mood and line, where they are known. A word of SVG each, like the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from copilot_desktop.calls.events import Party
from copilot_desktop.report.model import CallReport, Grade, LineSlot
from copilot_desktop.report.mood_line import MoodPoint

LANE_HEIGHT = 26
_BAR = 16
_INK, _TRACK = "#57606A", "#F4F6F8"
_LINE = {Grade.GOOD: (5.0, "#8FB8A2"), Grade.WATCH: (10.0, "#B98A3A"), Grade.BAD: (float(_BAR), "#B3261E")}
"""How high and which colour: what is poor stands out by both."""

Across = Callable[[float], float]


def lane_count(report: CallReport) -> int:
    """Return how many there are of this call."""
    return len(_lanes(report))


def lanes(report: CallReport, across: Across, left: float, right: float, top: float) -> Iterator[str]:
    """Yield the lanes from `top` downwards; `across` turns milliseconds into the place across."""
    for number, name in enumerate(_lanes(report)):
        y = top + number * LANE_HEIGHT
        yield f'<text x="0" y="{y + 13:.0f}" fill="{_INK}" font-weight="bold">{name}</text>'
        yield f'<rect x="{left}" y="{y:.1f}" width="{right - left}" height="{_BAR}" fill="{_TRACK}"/>'
        if name == "Mood":
            assert report.mood is not None
            yield from _mood(report.mood.of(Party.CALLER) or report.mood.points, across, y)
        else:
            yield from _line(report.line_strip, across, y)


def _lanes(report: CallReport) -> list[str]:
    has_mood = report.mood is not None and len(report.mood.points) > 1
    return [name for name, there in (("Mood", has_mood), ("Line", bool(report.line_strip))) if there]


def _mood(points: Sequence[MoodPoint], across: Across, y: float) -> Iterator[str]:
    middle, reach = y + _BAR / 2, _BAR / 2 - 2
    places = ((across((point.at_ms + point.end_ms) / 2), middle - reach * point.mood) for point in points)
    way = " ".join(f"{x:.1f},{at:.1f}" for x, at in places)
    yield f'<polyline points="{way}" fill="none" stroke="{_INK}" stroke-width="1.5"/>'


def _line(slots: Sequence[LineSlot], across: Across, y: float) -> Iterator[str]:
    for slot in slots:
        height, colour = _LINE[slot.grade]
        x = across(slot.at_ms)
        width = max(1.0, across(slot.end_ms) - x - 0.6)
        yield (
            f'<rect x="{x:.1f}" y="{y + _BAR - height:.1f}" width="{width:.1f}" height="{height:.0f}" '
            f'fill="{colour}"/>'
        )
