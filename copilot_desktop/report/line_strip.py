"""The line's quality over time: pieces of a few seconds, each good, to be watched, or poor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from copilot_desktop.calls.events import CallEvent, LineMeasured
from copilot_desktop.report.making import upward
from copilot_desktop.report.model import Grade, LineSlot, Span

_LEAST_MS, _MOST_SLOTS = 5000, 120
_WATCH_SHARE, _BAD_SHARE = 0.01, 0.03
_LONG_GAP_MS = 1000
_WORSE = (Grade.GOOD, Grade.WATCH, Grade.BAD)


def strip(whole: Span | None, events: Sequence[CallEvent]) -> tuple[LineSlot, ...]:
    """Return the pieces of the conversation `whole`; none where the line was not measured."""
    streams = [event for event in events if isinstance(event, LineMeasured) and event.frames]
    if whole is None or not streams or whole.length_ms <= 0:
        return ()
    gaps = [Span(gap.at_ms, gap.end_ms) for stream in streams for gap in stream.gaps]
    late = [Span(each.at_ms, each.end_ms) for stream in streams for each in stream.late]
    return tuple(_slot(piece, gaps, late) for piece in pieces(whole))


def pieces(whole: Span) -> list[Span]:
    """Return `whole` in equal parts of 5 s or more, at most 120 of them."""
    count = max(1, min(_MOST_SLOTS, whole.length_ms // _LEAST_MS))
    edges = [whole.at_ms + whole.length_ms * number // count for number in range(count + 1)]
    return [Span(first, last) for first, last in zip(edges, edges[1:], strict=False)]


def worse(slots: Iterable[LineSlot], found: Sequence[tuple[Grade, str]]) -> tuple[LineSlot, ...]:
    """Return the slots with what else was `found` in each, where that is worse."""
    return tuple(_with(slot, grade, why) for slot, (grade, why) in zip(slots, found, strict=True))


def poor_share(slots: Sequence[LineSlot]) -> float:
    """Return how much of the time the line was poor, 0 to 1."""
    whole_ms = sum(slot.end_ms - slot.at_ms for slot in slots)
    poor_ms = sum(slot.end_ms - slot.at_ms for slot in slots if slot.grade is Grade.BAD)
    return poor_ms / whole_ms if whole_ms else 0.0


def _with(slot: LineSlot, grade: Grade, why: str) -> LineSlot:
    if grade is Grade.GOOD:
        return slot
    because = f"{slot.because}, {why}" if slot.because else why
    worst = max(slot.grade, grade, key=_WORSE.index)
    return replace(slot, grade=worst, because=because)


def _slot(piece: Span, gaps: Sequence[Span], late: Sequence[Span]) -> LineSlot:
    missing = [_common_ms(piece, gap) for gap in gaps]
    late_ms = sum(_common_ms(piece, each) for each in late)
    share = (sum(missing) + late_ms) / piece.length_ms
    grade = upward(share, _WATCH_SHARE, _BAD_SHARE) if share else Grade.GOOD
    if any(part and gap.length_ms > _LONG_GAP_MS for part, gap in zip(missing, gaps, strict=True)):
        grade = Grade.BAD
    elif any(missing) and grade is Grade.GOOD:
        grade = Grade.WATCH
    words = [word for word, is_so in (("sound missing", any(missing)), ("sound late", late_ms > 0)) if is_so]
    return LineSlot(
        at_ms=piece.at_ms,
        end_ms=piece.end_ms,
        grade=grade,
        because=", ".join(words) if grade is not Grade.GOOD else "",
    )


def _common_ms(one: Span, other: Span) -> int:
    return max(0, min(one.end_ms, other.end_ms) - max(one.at_ms, other.at_ms))
