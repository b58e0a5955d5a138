"""TimelineView: who was audible when, as lanes; a click goes to that moment of the transcript."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from copilot_desktop.calls.events import Party
from copilot_desktop.report.model import CallReport, MarkKind, Span
from copilot_desktop.ui.theme import Theme
from copilot_desktop.ui.wording import clock, party_name

_LANES = (Party.CALLER, Party.ASSISTANT, Party.AGENT)
_COLOURS = {Party.CALLER: "caller", Party.ASSISTANT: "ai", Party.AGENT: "agent"}
_LANE_PX, _FOOT_PX, _HEAD_PX = 20, 20, 16
_STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


class TimelineView(QWidget):
    """Draws `CallReport.speech`; `moment_asked` carries milliseconds of the call."""

    moment_asked = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timelineView")
        self._theme = theme
        self._report: CallReport | None = None
        self._whole = Span(0, 1)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_report(self, report: CallReport) -> None:
        """Draw another call."""
        self._report = report
        self._whole = Span(0, max(report.duration_ms, 1))
        self.setAccessibleName(self.tr("Timeline. {0}").format(self._summary(report)))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(400, _HEAD_PX + len(_LANES) * _LANE_PX + _FOOT_PX)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        share = (event.position().x() - self._left()) / max(1.0, self.width() - self._left())
        self.moment_asked.emit(round(min(max(share, 0.0), 1.0) * self._whole.end_ms))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if self._report is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(12))
        self._paint_ticks(painter)
        for hold in self._report.holds:
            lane = QRectF(
                self._x(hold.at_ms), _HEAD_PX, self._x(hold.end_ms) - self._x(hold.at_ms), 3 * _LANE_PX
            )
            painter.fillRect(lane, self._theme.colour("warning_tint"))
        for number, party in enumerate(_LANES):
            self._paint_lane(painter, self._report, party, _HEAD_PX + number * _LANE_PX)
        self._paint_marks(painter, self._report)

    def _paint_lane(self, painter: QPainter, report: CallReport, party: Party, top: float) -> None:
        painter.setPen(self._theme.colour(_COLOURS[party]))
        name = QRectF(0, top, self._left() - 12, _LANE_PX)
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, party_name(party))
        painter.setPen(QPen(self._theme.colour("hairline"), 1))
        middle = top + _LANE_PX / 2
        painter.drawLine(QPointF(self._left(), middle), QPointF(self.width(), middle))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(_COLOURS[party]))
        for speech in report.speech:
            for span in speech.spans if speech.party is party else ():
                x = self._x(span.at_ms)
                bar = QRectF(x, middle - 5, max(2.0, self._x(span.end_ms) - x), 10)
                painter.drawRoundedRect(bar, 3, 3)

    def _paint_marks(self, painter: QPainter, report: CallReport) -> None:
        colours = {
            MarkKind.PROBLEM: "danger",
            MarkKind.CUT_SHORT: "muted",
            MarkKind.NOTICE: "muted",
            MarkKind.BOOKMARK: "agent",
        }
        for mark in report.marks:
            x = self._x(mark.at_ms)
            colour = self._theme.colour(colours.get(mark.kind, "take_over"))
            painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, _HEAD_PX - 4), QPointF(x, _HEAD_PX + 3 * _LANE_PX))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPolygon(_sign(mark.kind, x))

    def _paint_ticks(self, painter: QPainter) -> None:
        room_s = self._whole.end_ms / 1000
        step_s = next((step for step in _STEPS_S if room_s / step <= 8), _STEPS_S[-1])
        painter.setPen(self._theme.colour("muted"))
        bottom = _HEAD_PX + 3 * _LANE_PX
        for seconds in range(0, int(room_s) + 1, step_s):
            x = self._x(seconds * 1000)
            if x > self.width() - 36:
                break
            painter.drawText(
                QRectF(x - 1, bottom + 2, 48, _FOOT_PX), Qt.AlignmentFlag.AlignLeft, clock(seconds)
            )

    def _left(self) -> float:
        return 64.0 * self._theme.scale

    def _x(self, at_ms: int) -> float:
        return self._left() + (self.width() - self._left()) * at_ms / self._whole.end_ms

    def _summary(self, report: CallReport) -> str:
        parts = []
        for speech in report.speech:
            spoken_s = sum(span.length_ms for span in speech.spans) / 1000
            parts.append(self.tr("{0} spoke {1}").format(party_name(speech.party), clock(spoken_s)))
        parts += [
            self.tr("bookmark at {0} {1}").format(clock(mark.at_ms / 1000), mark.text).strip()
            for mark in report.marks
            if mark.kind is MarkKind.BOOKMARK
        ]
        return ", ".join(parts)


def _sign(kind: MarkKind, x: float) -> QPolygonF:
    """Return the head of a mark: a ribbon for a bookmark, an arrow for the others."""
    if kind is MarkKind.BOOKMARK:
        corners = [(-5, 0), (5, 0), (5, 13), (0, 9), (-5, 13)]
    else:
        corners = [(-5, 2), (5, 2), (0, 11)]
    return QPolygonF([QPointF(x + dx, y) for dx, y in corners])
