"""How well the caller's sound arrived, and what the E-model (ITU-T G.107) makes of it.

The E-model is a planning model, not a listening test. The stream comes over TCP, so what is late or missing
shows as gaps, and the delay of the path is not known here: it is left out of the rating.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

from copilot_desktop.audio.frame import FRAME_MS
from copilot_desktop.calls.events import CallEvent, LineMeasured
from copilot_desktop.report.line_strip import poor_share
from copilot_desktop.report.making import Kind, upward
from copilot_desktop.report.model import Grade, LineSlot, Measure, Span, Unit

Number = TypeVar("Number", int, float)
_OLDER = "an older version of the program took this call"
TITLE = "Line"
"""Of the group of these measures."""
_POOR_SHARE = 0.05
_BEST_RATING = 93.2
NO_CONCEALMENT, WITH_CONCEALMENT = 4.3, 25.1
"""Bpl of G.711. We fill gaps with silence, which conceals nothing."""

_GAPS = Kind(
    id="line_gaps",
    name="Gaps",
    unit=Unit.COUNT,
    definition="Holes in the caller's stream. None is good; over 5 a minute or 1 s on average is poor.",
)
_GAP_TIME = Kind(
    id="line_gap_time", name="Gaps, in all", unit=Unit.MS, definition="Time missing in the holes."
)
_LOST = Kind(
    id="line_lost_share",
    name="Sound missing or late",
    unit=Unit.SHARE,
    definition="Missing or late of expected sound. Good under 1 %, poor over 3 %.",
)
_JITTER = Kind(
    id="line_jitter",
    name="Jitter",
    unit=Unit.MS,
    definition="How unevenly sound arrived (RFC 3550), mean of the call. Good under 20 ms, poor over 30 ms.",
)
_JITTER_P95 = Kind(
    id="line_jitter_p95",
    name="Jitter, 95 % under",
    unit=Unit.MS,
    definition="The jitter that was passed in the worst 5 % of the call only.",
)
_LATE = Kind(
    id="line_late",
    name="Frames late",
    unit=Unit.COUNT,
    definition="Pieces of 20 ms that came over 60 ms after their time, as the fastest one tells it.",
)
_RATING = Kind(
    id="line_rating",
    name="Rating R (estimate)",
    unit=Unit.RATING,
    definition="ITU-T G.107 with G.711 and the sound missing or late. The delay of the path is not known and "
    "left out; where it is given, its impairment is Idd of G.107, not the short form.",
)
_MOS = Kind(
    id="line_mos",
    name="Line quality (estimate)",
    unit=Unit.MOS,
    definition="Estimated line quality, 1 to 4.5 (planning model, not a listening test). "
    "Good from 4.0, poor under 3.5.",
)
_BAD_MESSAGES = Kind(
    id="line_bad_messages",
    name="Unreadable messages",
    unit=Unit.COUNT,
    definition="Messages of the stream that were skipped.",
)
_ALL = (_MOS, _RATING, _LOST, _GAPS, _GAP_TIME, _LATE, _JITTER, _JITTER_P95, _BAD_MESSAGES)


def line(events: Sequence[CallEvent]) -> list[Measure]:
    """Return the quality of the caller's line over all streams of the call."""
    streams = [event for event in events if isinstance(event, LineMeasured)]
    frames = sum(stream.frames for stream in streams)
    if not frames:
        return [kind.missing("the line was not measured") for kind in _ALL]
    gap_count, gap_ms = sum(stream.gap_count for stream in streams), sum(stream.gap_ms for stream in streams)
    expected_ms = frames * FRAME_MS + gap_ms
    late = _known([stream.late_frames for stream in streams])
    lost = (gap_ms + sum(late or []) * FRAME_MS) / expected_ms
    jitter_ms = sum(stream.jitter_ms * stream.frames for stream in streams) / frames
    r = rating(loss_percent=100 * lost)
    return [
        _MOS.of(mos(r), grade=_mos_grade(mos(r))),
        _RATING.of(r),
        _LOST.of(lost, grade=upward(lost, 0.01, 0.03)),
        _GAPS.of(gap_count, _spans(streams, late=False), grade=_gap_grade(gap_count, gap_ms, expected_ms)),
        _GAP_TIME.of(gap_ms),
        _LATE.of(sum(late), _spans(streams, late=True)) if late else _LATE.missing(_OLDER),
        _JITTER.of(jitter_ms, grade=upward(jitter_ms, 20, 30)),
        _p95(streams),
        _BAD_MESSAGES.of(sum(stream.bad_messages for stream in streams)),
    ]


def _p95(streams: Sequence[LineMeasured]) -> Measure:
    known = _known([stream.jitter_p95_ms for stream in streams])
    return _JITTER_P95.of(max(known)) if known else _JITTER_P95.missing(_OLDER)


def _spans(streams: Sequence[LineMeasured], *, late: bool) -> list[Span]:
    found = [span for stream in streams for span in (stream.late if late else stream.gaps)]
    return [Span(span.at_ms, span.end_ms) for span in found]


def _known(values: Sequence[Number | None]) -> list[Number] | None:
    """Return all of them, or None if a stream of an older program is among them."""
    known = [value for value in values if value is not None]
    return known if known and len(known) == len(values) else None


def caution(measures: Sequence[Measure], slots: Sequence[LineSlot] = ()) -> str:
    """Return what a poor line means for the other facts, or nothing. It never changes a score."""
    if (poor := poor_share(slots)) >= _POOR_SHARE:
        return (
            f"The line was poor for {100 * poor:.0f} % of the call; answers about listening may be affected."
        )
    lost = next((measure.value for measure in measures if measure.id == "line_lost_share"), None)
    if lost is None or upward(lost, 0.01, 0.03) is not Grade.BAD:
        return ""
    return (
        f"The line was poor: {lost:.0%} of the caller's sound did not arrive. "
        "What follows from listening may be unfair to those who listened."
    )


def rating(*, loss_percent: float, one_way_ms: float = 0.0, bpl: float = NO_CONCEALMENT) -> float:
    """Return the transmission rating R for G.711 with random loss and everything else at its default."""
    return _BEST_RATING - delay_impairment(one_way_ms) - equipment_impairment(loss_percent, bpl)


def equipment_impairment(loss_percent: float, bpl: float = NO_CONCEALMENT) -> float:
    """Return Ie,eff of G.711, whose own Ie is 0."""
    return 95.0 * loss_percent / (loss_percent + bpl)


def delay_impairment(one_way_ms: float) -> float:
    """Return Idd in the form of G.107 with default sensitivity."""
    if one_way_ms <= 100:
        return 0.0
    x = math.log2(one_way_ms / 100)
    return 25.0 * (math.pow(1 + x**6, 1 / 6) - 3 * math.pow(1 + (x / 3) ** 6, 1 / 6) + 2)


def mos(r: float) -> float:
    """Return the estimated opinion score for a rating."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6


def _mos_grade(value: float) -> Grade:
    if value >= 4.0:
        return Grade.GOOD
    return Grade.WATCH if value >= 3.5 else Grade.BAD


def _gap_grade(count: int, gap_ms: int, expected_ms: int) -> Grade:
    if not count:
        return Grade.GOOD
    if count / (expected_ms / 60_000) > 5 or gap_ms / count > 1000:
        return Grade.BAD
    return Grade.WATCH
