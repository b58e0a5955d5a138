"""TrendChart: one figure over the weeks. Loads pyqtgraph, so this module is imported when it is needed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from copilot_desktop.calls.trends import Figure, Week
from copilot_desktop.ui.trends import trend_words
from copilot_desktop.ui.trends.trend_scale import scale
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.theme import Theme

_COLOURS = {
    Figure.SCORE: "caller",
    Figure.RESPONSE: "ai",
    Figure.TAKE_OVERS: "agent",
    Figure.MISSED: "danger",
}
_SECOND_SIGN = {Figure.RESPONSE: "t1", Figure.MISSED: "s"}
_HIGH_PX, _LEAST_HIGH_PX, _LABEL_PX = 150, 96, 11
_SIGN_PX, _SMALL_SIGN_PX, _RING_PX = 9, 7, 17
_MANY = 26
_FAR = 1000
_WIDE_DAY = "30 Sep"
_EDGE = 3
"""Room for the ring of the focus."""


class TrendChart(QWidget):
    """`opened` and `moved` carry the number of a week: its calls are asked for, or its point is current."""

    opened = Signal(int)
    moved = Signal(int)

    def __init__(self, theme: Theme, figure: Figure, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"trendChart_{figure}")
        self.figure = figure
        self._theme = theme
        self.weeks: Sequence[Week] = ()
        self._today = date.today()
        self._at: int | None = None
        self._ring: Any = None
        self._line: Any = None
        self._build_plot()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(trend_words.title(figure))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.follow(self, self._restyle)

    @property
    def at(self) -> int | None:
        """The number of the current point's week; None: nothing is chosen."""
        return self._at

    def show_weeks(self, weeks: Sequence[Week], today: date) -> None:
        """Draw another time; the same with newer figures keeps its current point."""
        if [week.first_day for week in weeks] != [week.first_day for week in self.weeks]:
            self._at = None
        self.weeks, self._today = weeks, today
        self.setAccessibleDescription(trend_words.summary(self.figure, weeks, today))
        self._draw()
        if self.hasFocus():
            self._begin_somewhere()

    def mark(self, number: int | None) -> None:
        """Show which week is current, here or in another chart."""
        self._at = number
        self._draw_mark()

    def points(self) -> list[int]:
        """Return the numbers of the weeks that have a point."""
        return [number for number, week in enumerate(self.weeks) if week.value(self.figure) is not None]

    def x_of(self, number: int) -> float:
        """Return where a week lies, in pixels from the left."""
        scene = self._box.mapViewToScene(pg.Point(number, 0))
        return float(self._view.mapToParent(self._view.mapFromScene(scene)).x())

    # Qt's questions.

    def sizeHint(self) -> QSize:
        return QSize(260, self._theme.px(_HIGH_PX))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self._theme.px(_LEAST_HIGH_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_weeks()
        self._label_weeks()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._begin_somewhere()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        points = self.points()
        at = self._at if self._at is not None else -1
        match event.key():
            case Qt.Key.Key_Left:
                wanted = [number for number in points if number < at][-1:]
            case Qt.Key.Key_Right:
                wanted = [number for number in points if number > at][:1]
            case Qt.Key.Key_Home:
                wanted = points[:1]
            case Qt.Key.Key_End:
                wanted = points[-1:]
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space if at in points:
                self.opened.emit(at)
                return
            case _:
                super().keyPressEvent(event)
                return
        for number in wanted:
            self._go_to(number)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._week_at(event.position().x())
        if event.button() is Qt.MouseButton.LeftButton and number in self.points():
            assert number is not None
            self._go_to(number)
            self.opened.emit(number)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self._week_at(event.pos().x())
            if number is not None:
                QToolTip.showText(event.globalPos(), self._words(number), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.colour("caller"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    # Where the point is.

    def _begin_somewhere(self) -> None:
        """With the focus, one point is the current one: the newest at first."""
        if self._at is None and (points := self.points()):
            self._go_to(points[-1])

    def _go_to(self, number: int) -> None:
        self.mark(number)
        announce(self, self._words(number))
        self.moved.emit(number)

    def _words(self, number: int) -> str:
        return trend_words.point(self.figure, self.weeks[number], self._today)

    def _week_at(self, x: float) -> int | None:
        if not self.weeks:
            return None
        in_view = self._view.mapToScene(round(x) - self._view.x(), 0)
        number = round(self._box.mapSceneToView(in_view).x())
        return number if 0 <= number < len(self.weeks) else None

    # Drawing.

    def _build_plot(self) -> None:
        # Half of what a PlotItem is made of is for people who measure; this is the other half.
        self._view = pg.GraphicsView(self, useOpenGL=False)
        self._view.setObjectName(f"trendPlot_{self.figure}")
        self._view.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setAntialiasing(True)
        self._box = pg.ViewBox(enableMenu=False, enableMouse=False)
        self._left, self._bottom = pg.AxisItem("left"), pg.AxisItem("bottom")
        grid = self._view.centralLayout
        grid.setSpacing(0)
        grid.addItem(self._left, 0, 0)
        grid.addItem(self._box, 0, 1)
        grid.addItem(self._bottom, 1, 1)
        for axis in (self._left, self._bottom):
            axis.linkToView(self._box)
            axis.setZValue(-1)
        column = QVBoxLayout(self)
        column.setContentsMargins(_EDGE, _EDGE, _EDGE, _EDGE)
        column.addWidget(self._view)

    def _restyle(self) -> None:
        # Not see-through: the view keeps what it has drawn, and would keep the other theme's ground.
        self._view.setBackground(self._theme.colour("background"))
        font = self._theme.font(_LABEL_PX)
        for axis in (self._left, self._bottom):
            axis.setStyle(
                tickFont=font, tickLength=-4, autoExpandTextSpace=False, hideOverlappingLabels=False
            )
            axis.setPen(self._theme.colour("edge"))
            axis.setTextPen(self._theme.colour("muted"))
        metrics = QFontMetrics(font)
        # One width for all: the weeks of the charts lie below each other.
        self._left.setWidth(metrics.horizontalAdvance(trend_words.value(Figure.RESPONSE, 88_800)) + 12)
        self._bottom.setHeight(metrics.height() + 8)
        # The newest week's name is half outside.
        self._view.centralLayout.setContentsMargins(0, 4, metrics.horizontalAdvance(_WIDE_DAY) / 2, 0)
        self.updateGeometry()
        self._draw()

    def _draw(self) -> None:
        self._box.clear()
        self._ring = self._line = None
        if not self.weeks:
            return
        low, high, ticks = scale(self.figure, self.weeks)
        self._box.setYRange(low, high, padding=0)
        self._fit_weeks()
        self._left.setTicks([[(tick, trend_words.value(self.figure, tick)) for tick in ticks]])
        self._label_weeks()
        lines = pg.PlotCurveItem()
        xs, ys = [-_FAR, _FAR] * len(ticks), [tick for tick in ticks for _ in range(2)]
        lines.setData(xs, ys, pen=self._theme.colour("hairline"), connect="pairs")
        self._box.addItem(lines)
        main = self._theme.colour(_COLOURS[self.figure])
        if self.figure in _SECOND_SIGN:
            second = [week.second_value(self.figure) for week in self.weeks]
            self._draw_series(second, self._theme.colour("muted"), _SECOND_SIGN[self.figure], is_second=True)
        self._draw_series([week.value(self.figure) for week in self.weeks], main, "o")
        self._draw_mark()

    def _draw_series(
        self, values: Sequence[float | None], colour: QColor, sign: str, *, is_second: bool = False
    ) -> None:
        """Draw signs, hollow where few calls stand behind them, and lines between full ones only."""
        there = [(number, value) for number, value in enumerate(values) if value is not None]
        if not there:
            return
        xs, ys = [number for number, _ in there], [value for _, value in there]
        is_few = [self.weeks[number].behind(self.figure) < trend_words.FEW for number in xs]
        pen = QPen(colour, 1.5 if is_second else 2)
        pen.setCosmetic(True)
        joined = QPen(pen)
        joined.setStyle(Qt.PenStyle.DashLine if is_second else Qt.PenStyle.SolidLine)
        joins = [
            int(later == number + 1 and not few and not next_few)
            for number, later, few, next_few in zip(xs, xs[1:], is_few, is_few[1:], strict=False)
        ]
        line = pg.PlotCurveItem(antialias=True)
        line.setData(xs, ys, pen=joined, connect=np.array([*joins, 0], dtype=np.int32))
        self._box.addItem(line)
        ground = self._theme.colour("background")
        signs = pg.ScatterPlotItem(
            x=xs,
            y=ys,
            size=_SIGN_PX if len(self.weeks) <= _MANY else _SMALL_SIGN_PX,
            symbol=sign,
            pen=pen,
            brush=[pg.mkBrush(ground if few else colour) for few in is_few],
            antialias=True,
        )
        self._box.addItem(signs)

    def _draw_mark(self) -> None:
        for item in (self._ring, self._line):
            if item is not None:
                self._box.removeItem(item)
        self._ring = self._line = None
        if self._at is None or self._at >= len(self.weeks):
            return
        pen = QPen(self._theme.colour("text"), 1, Qt.PenStyle.DotLine)
        pen.setCosmetic(True)
        self._line = pg.InfiniteLine(self._at, angle=90, pen=pen)
        self._line.setZValue(-2)
        self._box.addItem(self._line)
        value = self.weeks[self._at].value(self.figure)
        if value is not None:
            ring = QPen(self._theme.colour("text"), 2)
            ring.setCosmetic(True)
            self._ring = pg.ScatterPlotItem(
                x=[self._at], y=[value], size=_RING_PX, symbol="o", pen=ring, brush=None, antialias=True
            )
            self._box.addItem(self._ring)

    @property
    def _room(self) -> int:
        """How wide the weeks are drawn, in pixels."""
        right = self._view.centralLayout.getContentsMargins()[2]
        return max(4 * _RING_PX, round(self.width() - 2 * _EDGE - float(self._left.width()) - float(right)))

    def _fit_weeks(self) -> None:
        """Leave half a week at either end, and never less than the ring around a point needs."""
        last = max(len(self.weeks) - 1, 0)
        beside = max(0.5, _RING_PX * last / 2 / (self._room - _RING_PX) + 0.1)
        self._box.setXRange(-beside, last + beside, padding=0)

    def _label_weeks(self) -> None:
        """Name as many weeks as there is room for, the newest always."""
        count = len(self.weeks)
        if not count:
            self._bottom.setTicks([[]])
            return
        metrics = QFontMetrics(self._theme.font(_LABEL_PX))
        widest = max(metrics.horizontalAdvance(trend_words.short_day(week.first_day)) for week in self.weeks)
        every = max(1, math.ceil((widest + 12) * count / self._room))
        named = [
            (number, trend_words.short_day(self.weeks[number].first_day))
            for number in range(count - 1, -1, -every)
        ]
        self._bottom.setTicks([named])
