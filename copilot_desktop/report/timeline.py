"""A call drawn on a line: who was audible when, holds, what to look at. SVG that any viewer understands."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from copilot_desktop.calls.events import Party
from copilot_desktop.report.model import CallReport, Mark, MarkKind, Span
from copilot_desktop.report.timeline_lanes import LANE_HEIGHT, lane_count, lanes
from copilot_desktop.report.wording import PARTIES, clock

COLOURS = {Party.CALLER: "#0B5CAD", Party.ASSISTANT: "#6B3FA0", Party.AGENT: "#0F6B4F"}
_MUTED, _RULE, _HOLD, _TRACK, _AMBER, _RED = "#57606A", "#C9D0D7", "#E3E7EB", "#F4F6F8", "#8A4B00", "#B3261E"
_WIDTH, _LEFT, _RIGHT = 1000, 80, 990
_TOP, _ROW, _BAR = 26, 30, 20
_ROWS = 3
_VOICES_END = _TOP + _ROWS * _ROW
_BELOW = 52
_STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_MOST_TICKS = 10
_LEGEND = {
    MarkKind.TAKE_OVER: "agent took over",
    MarkKind.HAND_BACK: "given back to the AI",
    MarkKind.CUT_SHORT: "AI cut short",
    MarkKind.PROBLEM: "problem",
    MarkKind.NOTICE: "notice given",
    MarkKind.BOOKMARK: "bookmark",
}


def timeline_svg(report: CallReport) -> str:
    """Return the picture of a connected call; one that never was has an empty line."""
    shown = report.conversation or Span(0, 1)
    scale = _Scale(shown)
    bottom = _VOICES_END + lane_count(report) * LANE_HEIGHT
    height = bottom + _BELOW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" font-family="DejaVu Sans, Segoe UI, Helvetica, Arial, sans-serif" '
        'font-size="14">',
        f"<title>{escape(timeline_words(report))}</title>",
        *_tracks(),
        *_holds(report, scale),
        *_speech(report, scale),
        *lanes(report, scale.x, _LEFT, _RIGHT, _VOICES_END),
        *_ticks(shown, scale, bottom),
        *(_mark(mark, scale.x(mark.at_ms)) for mark in report.marks),
        *_legend(report, bottom),
        "</svg>",
    ]
    return "\n".join(parts)


def timeline_words(report: CallReport) -> str:
    """Return what the picture shows, for those who cannot see it."""
    if report.conversation is None:
        return "The call was never connected."
    times = [
        f"{PARTIES[speech.party]} {clock(sum(span.length_ms for span in speech.spans))}"
        for speech in report.speech
        if speech.spans
    ]
    holds = f" {len(report.holds)} on hold." if report.holds else ""
    return (
        f"Who spoke when, {clock(report.conversation.at_ms)} to {clock(report.conversation.end_ms)}. "
        f"Time spoken: {', '.join(times) or 'none'}.{holds}"
    )


class _Scale:
    """Milliseconds → across the picture."""

    def __init__(self, shown: Span) -> None:
        self._start_ms = shown.at_ms
        self._per_ms = (_RIGHT - _LEFT) / max(1, shown.length_ms)

    def x(self, at_ms: float) -> float:
        """Return the place of `at_ms`, kept within the picture."""
        return min(max(_LEFT + (at_ms - self._start_ms) * self._per_ms, _LEFT), _RIGHT)


def _tracks() -> Iterator[str]:
    for row, party in enumerate(Party):
        y = _TOP + row * _ROW
        yield f'<text x="0" y="{y + 15}" fill="{COLOURS[party]}" font-weight="bold">{PARTIES[party]}</text>'
        yield _rect(_LEFT, y, _RIGHT - _LEFT, _BAR, _TRACK)


def _holds(report: CallReport, scale: _Scale) -> Iterator[str]:
    for hold in report.holds:
        x, width = scale.x(hold.at_ms), scale.x(hold.end_ms) - scale.x(hold.at_ms)
        yield _rect(x, _TOP - 4, width, _ROWS * _ROW, _HOLD)
        if width > 40:
            yield _text(x + width / 2, _TOP + 45, "hold")


def _speech(report: CallReport, scale: _Scale) -> Iterator[str]:
    for row, party in enumerate(Party):
        spans = next((speech.spans for speech in report.speech if speech.party is party), ())
        for span in spans:
            x = scale.x(span.at_ms)
            yield _rect(x, _TOP + row * _ROW, max(1.5, scale.x(span.end_ms) - x), _BAR, COLOURS[party])


def _ticks(shown: Span, scale: _Scale, bottom: int) -> Iterator[str]:
    length_s = shown.length_ms / 1000
    step_ms = 1000 * next((step for step in _STEPS_S if length_s / step <= _MOST_TICKS), _STEPS_S[-1])
    yield f'<path d="M{_LEFT} {bottom}H{_RIGHT}" stroke="{_RULE}"/>'
    first_ms = -(-shown.at_ms // step_ms) * step_ms
    for at_ms in range(first_ms, shown.end_ms + 1, step_ms):
        x = scale.x(at_ms)
        yield f'<path d="M{x:.1f} {bottom}v5" stroke="{_MUTED}"/>'
        yield _text(x, bottom + 19, clock(at_ms))


def _mark(mark: Mark, x: float) -> str:
    ai_y = _TOP + _ROW
    match mark.kind:
        case MarkKind.TAKE_OVER:
            return f'<path d="M{x - 7:.1f} 6h14l-7 12z" fill="{_AMBER}"/>'
        case MarkKind.HAND_BACK:
            return f'<path d="M{x - 7:.1f} 18h14l-7 -12z" fill="{COLOURS[Party.ASSISTANT]}"/>'
        case MarkKind.CUT_SHORT:
            return f'<path d="M{x:.1f} {ai_y - 4}v{_BAR + 8}" stroke="{_RED}" stroke-width="3"/>'
        case MarkKind.PROBLEM:
            return f'<path d="M{x - 2:.1f} 4h4l-1 9h-2zM{x - 1.5:.1f} 15h3v3h-3z" fill="{_RED}"/>'
        case MarkKind.NOTICE:
            return f'<path d="M{x - 6:.1f} 11l4 5 8 -11" fill="none" stroke="{_MUTED}" stroke-width="2.5"/>'
        case MarkKind.BOOKMARK:
            return f'<path d="M{x - 5:.1f} 4h10v14l-5 -4 -5 4z" fill="{COLOURS[Party.AGENT]}"/>'


def _legend(report: CallReport, bottom: int) -> Iterator[str]:
    """Explain the marks that occur, and only those."""
    present = {mark.kind for mark in report.marks}
    x, y = float(_LEFT), bottom + 44
    for kind, words in _LEGEND.items():
        if kind in present:
            shift = y - (_TOP + _ROW + _BAR / 2 + 4) if kind is MarkKind.CUT_SHORT else y - 16
            yield f'<g transform="translate(0 {shift:.1f})">{_mark(Mark(at_ms=0, kind=kind), x + 8)}</g>'
            yield f'<text x="{x + 24:.0f}" y="{y}" fill="{_MUTED}">{words}</text>'
            x += 50 + 8 * len(words)


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" fill="{colour}"/>'


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" fill="{_MUTED}" text-anchor="middle">{words}</text>'
