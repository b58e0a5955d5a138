"""TimelinePicture: a call drawn along its time: who spoke, mood, line, marks. All but the playhead."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from copilot_desktop.calls.events import Party
from copilot_desktop.report.model import CallReport, Grade, LineSlot, Mark, MarkKind, Span
from copilot_desktop.report.mood_line import MoodPoint
from copilot_desktop.ui.widgets.theme import Theme
from copilot_desktop.ui.widgets.wording import clock, party_name

LANES = (Party.CALLER, Party.ASSISTANT, Party.AGENT)
COLOURS = {Party.CALLER: "caller", Party.ASSISTANT: "ai", Party.AGENT: "agent"}
_GRADES = {Grade.GOOD: ("success", 0.35), Grade.WATCH: ("warning", 0.65), Grade.BAD: ("danger", 1.0)}
"""Colour, and how high it stands: the shape says the same as the colour."""
_MARKS = {
    MarkKind.PROBLEM: "danger",
    MarkKind.CUT_SHORT: "muted",
    MarkKind.NOTICE: "muted",
    MarkKind.BOOKMARK: "agent",
}
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_TEXT_PX = 12
_GAP = 12
_MOOD_STEP_PX = 8


class TimelinePicture:
    """Where everything is, at one size; `words` are the names of the two rows under the lanes."""

    def __init__(
        self, theme: Theme, report: CallReport, width: float, *, mood_word: str, line_word: str, no_line: str
    ) -> None:
        self._theme, self._report, self._width = theme, report, width
        self._mood_word, self._line_word, self._no_line = mood_word, line_word, no_line
        self._metrics = QFontMetricsF(theme.font(_TEXT_PX))
        self.whole = Span(0, max(report.duration_ms, 1))
        names = [*(party_name(party) for party in LANES), mood_word, line_word]
        self.left = max(map(self._metrics.horizontalAdvance, names)) + _GAP
        # The last time is written whole, also at the right edge.
        self.right = width - self._metrics.horizontalAdvance(clock(self.whole.end_ms / 1000)) / 2 - 2
        line_px = self._metrics.height()
        self.head = 16.0
        self.lane = max(18.0, line_px + 2)
        self.mood_top = self.head + len(LANES) * self.lane + 2
        self.mood_height = max(22.0, line_px + 4)
        self.line_top = self.mood_top + self.mood_height + 2
        self.line_height = max(14.0, line_px)
        self.foot_top = self.line_top + self.line_height + 4
        self.height = self.foot_top + line_px + 4

    def x(self, at_ms: int) -> float:
        """Return the place of a moment."""
        return self.left + (self.right - self.left) * at_ms / self.whole.end_ms

    def at_ms(self, x: float) -> int:
        """Return the moment at a place, within the call."""
        share = (x - self.left) / max(1.0, self.right - self.left)
        return round(min(max(share, 0.0), 1.0) * self.whole.end_ms)

    def mark_at(self, x: float, y: float) -> Mark | None:
        """Return the mark whose head is there."""
        if y > self.head:
            return None
        near = [mark for mark in self._report.marks if abs(self.x(mark.at_ms) - x) <= 7]
        return min(near, key=lambda mark: abs(self.x(mark.at_ms) - x), default=None)

    def slot_at(self, x: float, y: float) -> LineSlot | None:
        """Return the piece of the line's strip that is there."""
        if not self.line_top <= y <= self.line_top + self.line_height:
            return None
        at_ms = self.at_ms(x)
        return next((slot for slot in self._report.line_strip if slot.at_ms <= at_ms < slot.end_ms), None)

    def paint(self, painter: QPainter) -> None:
        """Draw all of it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(_TEXT_PX))
        self._paint_grounds(painter)
        for number, party in enumerate(LANES):
            self._paint_lane(painter, party, self.head + number * self.lane)
        self._paint_mood(painter)
        self._paint_line(painter)
        self._paint_times(painter)
        for mark in self._report.marks:
            self._paint_mark(painter, mark)

    # Parts.

    def _paint_grounds(self, painter: QPainter) -> None:
        height = len(LANES) * self.lane
        for hold in self._report.holds:
            painter.fillRect(self._band(hold.at_ms, hold.end_ms, height), self._colour("warning_tint"))
        recorded = self._report.recorded
        for cut in recorded.cuts if recorded is not None else ():
            hatch = QBrush(self._colour("edge"), Qt.BrushStyle.BDiagPattern)
            painter.fillRect(self._band(cut.at_ms, cut.end_ms, height), hatch)

    def _band(self, at_ms: int, end_ms: int, height: float) -> QRectF:
        return QRectF(self.x(at_ms), self.head, max(2.0, self.x(end_ms) - self.x(at_ms)), height)

    def _paint_lane(self, painter: QPainter, party: Party, top: float) -> None:
        colour = self._colour(COLOURS[party])
        self._paint_name(painter, party_name(party), top, self.lane, colour)
        middle = top + self.lane / 2
        self._paint_base(painter, middle)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for speech in self._report.speech:
            for span in speech.spans if speech.party is party else ():
                x = self.x(span.at_ms)
                bar = QRectF(x, middle - 5, max(2.0, self.x(span.end_ms) - x), 10)
                painter.drawRoundedRect(bar, 3, 3)

    def _paint_mood(self, painter: QPainter) -> None:
        self._paint_name(painter, self._mood_word, self.mood_top, self.mood_height, self._colour("muted"))
        middle = self.mood_top + self.mood_height / 2
        mood = self._report.mood
        if mood is None or mood.missing_because:
            words = mood.missing_because if mood is not None else "…"
            self._paint_words(painter, words, self.mood_top, self.mood_height)
            return
        self._paint_base(painter, middle)
        for party in (Party.CALLER, Party.AGENT):
            points = mood.of(party)
            if points:
                self._paint_mood_of(painter, party, points)

    def _paint_mood_of(self, painter: QPainter, party: Party, points: tuple[MoodPoint, ...]) -> None:
        reach, middle = self.mood_height / 2 - 4, self.mood_top + self.mood_height / 2
        colour, is_callers = self._colour(COLOURS[party]), party is Party.CALLER
        heights: dict[int, list[int]] = {}
        for point in points:
            x = self.x((point.at_ms + point.end_ms) // 2)
            heights.setdefault(int(x / _MOOD_STEP_PX), []).append(point.mood)
        # In a long call several turns share a few pixels: their mean is what can be seen.
        places = [
            QPointF((step + 0.5) * _MOOD_STEP_PX, middle - reach * sum(moods) / len(moods))
            for step, moods in sorted(heights.items())
        ]
        style = Qt.PenStyle.SolidLine if is_callers else Qt.PenStyle.DotLine
        painter.setPen(QPen(colour, 1.6 if is_callers else 1.2, style))
        # Line by line: one path of hundreds of corners takes Qt a tenth of a second.
        painter.drawLines([QLineF(one, other) for one, other in pairwise(places)])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for place in places:
            if abs(place.y() - middle) > reach / 3:
                painter.drawEllipse(place, 3.0, 3.0)

    def _paint_line(self, painter: QPainter) -> None:
        self._paint_name(painter, self._line_word, self.line_top, self.line_height, self._colour("muted"))
        if not self._report.line_strip:
            self._paint_words(painter, self._no_line, self.line_top, self.line_height)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        bottom = self.line_top + self.line_height
        for slot in self._report.line_strip:
            token, share = _GRADES[slot.grade]
            x, height = self.x(slot.at_ms), self.line_height * share
            bar = QRectF(x, bottom - height, max(1.5, self.x(slot.end_ms) - x - 1), height)
            painter.fillRect(bar, self._colour(token))

    def _paint_times(self, painter: QPainter) -> None:
        whole_s = self.whole.end_ms / 1000
        widest = self._metrics.horizontalAdvance(clock(whole_s)) + 2 * _GAP
        room = max(1.0, (self.right - self.left) / widest)
        step_s = next((step for step in _STEPS_S if whole_s / step <= room), _STEPS_S[-1])
        height = self._metrics.height() + 4
        for seconds in range(0, int(whole_s) + 1, step_s):
            x = self.x(seconds * 1000)
            painter.setPen(self._colour("edge"))
            painter.drawLine(QPointF(x, self.foot_top - 3), QPointF(x, self.foot_top))
            painter.setPen(self._colour("muted"))
            place = QRectF(x - widest / 2, self.foot_top, widest, height)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, clock(seconds))

    def _paint_mark(self, painter: QPainter, mark: Mark) -> None:
        x = self.x(mark.at_ms)
        colour = self._colour(_MARKS.get(mark.kind, "take_over"))
        painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, self.head - 4), QPointF(x, self.head + len(LANES) * self.lane))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(_sign(mark.kind, x))

    def _paint_name(self, painter: QPainter, name: str, top: float, height: float, colour: QColor) -> None:
        painter.setPen(colour)
        place = QRectF(0, top, self.left - _GAP / 2, height)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)

    def _paint_words(self, painter: QPainter, words: str, top: float, height: float) -> None:
        painter.setPen(self._colour("muted"))
        place = QRectF(self.left, top, self._width - self.left, height)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)

    def _paint_base(self, painter: QPainter, y: float) -> None:
        painter.setPen(QPen(self._colour("hairline"), 1))
        painter.drawLine(QPointF(self.left, y), QPointF(self.right, y))

    def _colour(self, token: str) -> QColor:
        return self._theme.colour(token)


def _sign(kind: MarkKind, x: float) -> QPolygonF:
    """Return the head of a mark: each kind has its own shape."""
    corners = {
        MarkKind.BOOKMARK: [(-5, 0), (5, 0), (5, 13), (0, 9), (-5, 13)],
        MarkKind.HAND_BACK: [(-5, 11), (5, 11), (0, 2)],
        MarkKind.NOTICE: [(-5, 6), (-2, 11), (6, 2), (4, 1), (-2, 8), (-4, 5)],
        MarkKind.PROBLEM: [(0, 1), (6, 7), (0, 13), (-6, 7)],
        MarkKind.CUT_SHORT: [(-2, 1), (2, 1), (2, 13), (-2, 13)],
    }.get(kind, [(-5, 2), (5, 2), (0, 11)])
    return QPolygonF([QPointF(x + dx, y) for dx, y in corners])
