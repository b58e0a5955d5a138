"""Arrived: how evenly the caller's sound came over one stream. Pure, no clock; a few additions a frame."""

from __future__ import annotations

from dataclasses import dataclass, field

from copilot_desktop.audio.frame import FRAME_MS
from copilot_desktop.calls.events import CallId, LineMeasured, LineSpan

LATE_MS = 60
"""Later than that after its due time a frame counts as late; due is what the fastest frame so far says."""
_MOST_SPANS = 200
_ONE_SPAN_MS = 1000
"""Late frames with less time between them are one stretch."""
_WORST_MS = 1000


@dataclass(slots=True)
class Arrived:
    """Counted frame by frame. `jitter` is the running estimate of RFC 3550, §6.4.1."""

    frames: int = 0
    gap_count: int = 0
    gap_ms: int = 0
    late_frames: int = 0
    bad_messages: int = 0
    jitter_sum_ms: float = 0.0
    jitter_worst_ms: float = 0.0
    gaps: list[tuple[int, int]] = field(default_factory=list)
    late: list[tuple[int, int]] = field(default_factory=list)
    _jitter_ms: float = 0.0
    _last: tuple[int, float] | None = None
    _least_delay_ms: float = 0.0
    _seen: list[int] = field(default_factory=lambda: [0] * (_WORST_MS + 1))
    """How often the estimate was so many whole milliseconds."""

    @property
    def jitter_ms(self) -> float:
        """Its mean; 0.0 with fewer than two payloads."""
        return self.jitter_sum_ms / (self.frames - 1) if self.frames > 1 else 0.0

    @property
    def jitter_p95_ms(self) -> float:
        """What it was under for 95 % of the frames, in whole milliseconds."""
        left = 0.05 * (self.frames - 1)
        for whole_ms in range(_WORST_MS, 0, -1):
            left -= self._seen[whole_ms]
            if left < 0:
                return float(whole_ms)
        return 0.0

    def note(self, stamp_ms: int, arrived_ms: float, *, place_ms: int, due_ms: int | None) -> None:
        """A payload came; `place_ms`: where on the stream's own clock, `due_ms`: the stamp awaited."""
        self.frames += 1
        delay_ms = arrived_ms - stamp_ms
        if self._last is None or due_ms is None:
            self._last, self._least_delay_ms = (stamp_ms, arrived_ms), delay_ms
            return
        uneven_ms = abs((arrived_ms - self._last[1]) - (stamp_ms - self._last[0]))
        self._last = stamp_ms, arrived_ms
        self._jitter_ms += (uneven_ms - self._jitter_ms) / 16
        self.jitter_sum_ms += self._jitter_ms
        self.jitter_worst_ms = max(self.jitter_worst_ms, self._jitter_ms)
        self._seen[min(int(self._jitter_ms), _WORST_MS)] += 1
        if (missing_ms := stamp_ms - due_ms) >= FRAME_MS:
            self.gap_count += 1
            self.gap_ms += missing_ms
            if len(self.gaps) < _MOST_SPANS:
                self.gaps.append((place_ms, place_ms + missing_ms))
        self._least_delay_ms = min(self._least_delay_ms, delay_ms)
        if delay_ms - self._least_delay_ms > LATE_MS:
            self.late_frames += 1
            self._note_late(place_ms)

    def fact(self, call_id: CallId, at_ms: int, began_ms: int) -> LineMeasured:
        """Return the fact of a stream that began at `began_ms` of the call."""
        return LineMeasured(
            call_id=call_id,
            at_ms=at_ms,
            frames=self.frames,
            gap_count=self.gap_count,
            gap_ms=self.gap_ms,
            jitter_ms=self.jitter_ms,
            bad_messages=self.bad_messages,
            late_frames=self.late_frames,
            jitter_p95_ms=self.jitter_p95_ms,
            jitter_worst_ms=self.jitter_worst_ms,
            gaps=_in_call(self.gaps, began_ms),
            late=_in_call(self.late, began_ms),
        )

    def _note_late(self, at_ms: int) -> None:
        if self.late and at_ms - self.late[-1][1] <= _ONE_SPAN_MS:
            self.late[-1] = self.late[-1][0], max(self.late[-1][1], at_ms + FRAME_MS)
        elif len(self.late) < _MOST_SPANS:
            self.late.append((at_ms, at_ms + FRAME_MS))


def _in_call(spans: list[tuple[int, int]], began_ms: int) -> tuple[LineSpan, ...]:
    return tuple(LineSpan(at_ms=began_ms + at_ms, end_ms=began_ms + end_ms) for at_ms, end_ms in spans)
