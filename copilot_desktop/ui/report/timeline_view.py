"""TimelineView: the picture of a call with its playhead; a click, or a key, goes to a moment."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from copilot_desktop.report.model import CallReport
from copilot_desktop.ui.report import timeline_words
from copilot_desktop.ui.report.player import CallPlayer
from copilot_desktop.ui.report.player_bar import obey
from copilot_desktop.ui.report.timeline_picture import TimelinePicture
from copilot_desktop.ui.widgets.theme import Theme
from copilot_desktop.ui.widgets.wording import clock

_SHORTEST_MS = 1000


class TimelineView(QWidget):
    """Draws a report; `moment_asked` carries milliseconds of the call. Follows `player` with its playhead."""

    moment_asked = Signal(int)

    def __init__(self, theme: Theme, player: CallPlayer | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timelineView")
        self._theme, self._player = theme, player
        self._report: CallReport | None = None
        self._picture: TimelinePicture | None = None
        self._drawn: QPixmap | None = None
        self._at_ms = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)
        if player is not None:
            player.moved.connect(self.show_moment)

    def show_report(self, report: CallReport) -> None:
        """Draw another call, or more of this one."""
        self._report = report
        self.setAccessibleName(self.tr("Timeline"))
        self.setAccessibleDescription(timeline_words.summary(report))
        self._restyle()

    def show_moment(self, at_ms: int) -> None:
        """Put the playhead there; only the two strips that change are drawn anew."""
        if self._picture is not None:
            for moment in (self._at_ms, at_ms):
                self.update(round(self._picture.x(moment)) - 8, 0, 17, self.height())
        self._at_ms = at_ms

    @property
    def is_too_short(self) -> bool:
        """There is no talk to draw."""
        report = self._report
        return report is None or report.conversation is None or report.conversation.length_ms < _SHORTEST_MS

    def x_of(self, at_ms: int) -> float:
        """Return where a moment lies, in pixels."""
        return self._made().x(at_ms) if self._report is not None else 0.0

    # Qt's questions.

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(400, round(self._made().height) if self._report is not None else 100)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._drawn = self._picture = None

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() is not Qt.MouseButton.LeftButton or self._report is None:
            return
        picture = self._made()
        mark = picture.mark_at(event.position().x(), event.position().y())
        self.moment_asked.emit(mark.at_ms if mark else picture.at_ms(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self._report is None or not self._obeys(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._report is not None:
            QToolTip.showText(event.globalPos(), self._tip(event.pos().x(), event.pos().y()), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if self._report is None:
            return
        painter = QPainter(self)
        if self.is_too_short:
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Too short to draw"))
            return
        painter.drawPixmap(0, 0, self._picture_drawn())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_playhead(painter)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colour("primary"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    # Inside.

    def _restyle(self) -> None:
        self._drawn = self._picture = None
        self.updateGeometry()
        self.update()

    def _made(self) -> TimelinePicture:
        assert self._report is not None
        if self._picture is None:
            self._picture = TimelinePicture(
                self._theme,
                self._report,
                self.width(),
                mood_word=self.tr("Mood (hint)"),
                line_word=self.tr("Line"),
                no_line=self.tr("not measured"),
            )
        return self._picture

    def _picture_drawn(self) -> QPixmap:
        if self._drawn is None:
            ratio = self.devicePixelRatioF()
            self._drawn = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            self._drawn.setDevicePixelRatio(ratio)
            self._drawn.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._drawn)
            self._made().paint(painter)
            painter.end()
        return self._drawn

    def _paint_playhead(self, painter: QPainter) -> None:
        if self._player is None or not self._player.can_play:
            return
        picture = self._made()
        x = picture.x(self._player.at_ms)
        painter.setPen(QPen(self._theme.colour("text"), 2))
        painter.drawLine(QPointF(x, picture.head - 3), QPointF(x, picture.foot_top))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("text"))
        low = picture.foot_top
        painter.drawPolygon(
            QPolygonF([QPointF(x - 5, low + 5), QPointF(x + 5, low + 5), QPointF(x, low - 3)])
        )

    def _obeys(self, event: QKeyEvent) -> bool:
        assert self._report is not None
        if self._player is not None and self._player.can_play and obey(self._player, event):
            return True
        whole = self._made().whole
        match event.key():
            case Qt.Key.Key_Home:
                self.moment_asked.emit(self._player.first_ms if self._player is not None else 0)
            case Qt.Key.Key_End:
                self.moment_asked.emit(whole.end_ms)
            case Qt.Key.Key_PageDown | Qt.Key.Key_PageUp:
                return self._to_mark(is_on=event.key() == Qt.Key.Key_PageDown)
            case _:
                return False
        return True

    def _to_mark(self, *, is_on: bool) -> bool:
        assert self._report is not None
        times = [mark.at_ms for mark in self._report.marks]
        # Going back from a mark that plays: not to the same one.
        later = [at_ms for at_ms in times if at_ms > self._at_ms]
        earlier = [at_ms for at_ms in times if at_ms < self._at_ms - 1500]
        if is_on and later:
            self.moment_asked.emit(later[0])
        elif not is_on and earlier:
            self.moment_asked.emit(earlier[-1])
        return True

    def _tip(self, x: float, y: float) -> str:
        picture = self._made()
        if (mark := picture.mark_at(x, y)) is not None:
            return f"{clock(mark.at_ms / 1000)}  {timeline_words.mark_name(mark)}"
        at_ms = picture.at_ms(x)
        tip = clock(at_ms / 1000)
        if (slot := picture.slot_at(x, y)) is not None:
            words = self.tr("Line {0}").format(timeline_words.grade_name(slot.grade))
            return f"{tip}  {words}" + (f": {slot.because}" if slot.because else "")
        recorded = self._report.recorded if self._report is not None else None
        cut = recorded.cut_at(at_ms) if recorded is not None else None
        return f"{tip}  {timeline_words.cut_name(cut.cause)}" if cut is not None else tip
