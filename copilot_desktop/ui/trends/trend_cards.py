"""TrendCard: a chart with its words; TrendCards: all of them, beside or below each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from copilot_desktop.calls.trends import Figure, Week
from copilot_desktop.ui.trends import trend_words
from copilot_desktop.ui.widgets.theme import Theme, label

if TYPE_CHECKING:
    from copilot_desktop.ui.trends.trends_chart import TrendChart

_CARD_PX = 300


class TrendCard(QFrame):
    """A chart with its name, its signs and what it says in words."""

    def __init__(self, theme: Theme, figure: Figure, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Not at the head of this file, which is loaded with the window; what draws is not.
        from copilot_desktop.ui.trends.trends_chart import TrendChart

        self.setObjectName(f"trendCard_{figure}")
        self.figure = figure
        self.chart: TrendChart = TrendChart(theme, figure)
        name = label(trend_words.title(figure), "heading")
        name.setToolTip(trend_words.definition(figure))
        self.legend = label("", "small")
        self.legend.setWordWrap(True)
        self.words = label("", "")
        self.words.setObjectName(f"trendWords_{figure}")
        self.words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for part in (name, self.words, self.chart, self.legend):
            column.addWidget(part, int(part is self.chart))

    def show_weeks(self, weeks: Sequence[Week], today: date) -> None:
        """Draw another time, and say it."""
        behind = (week.behind(self.figure) for week in weeks if week.value(self.figure) is not None)
        has_few = any(count < trend_words.FEW for count in behind)
        self.legend.setText(trend_words.legend(self.figure, has_few=has_few))
        self.words.setText(trend_words.summary(self.figure, weeks, today))
        self.chart.show_weeks(weeks, today)


class TrendCards(QScrollArea):
    """Two cards side by side where there is room for them, else one below the other."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("trendCharts")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._theme = theme
        self.cards: list[TrendCard] = []
        inside = QWidget()
        inside.setObjectName("pageBody")
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(24, 4, 24, 12)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(12)
        self.setWidget(inside)

    def add(self, card: TrendCard) -> None:
        """Put one more at the end."""
        self.cards.append(card)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(_CARD_PX), 120)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        columns = 2 if self.viewport().width() >= 2 * self._theme.px(_CARD_PX) + 72 else 1
        for number, card in enumerate(self.cards):
            self._grid.addWidget(card, number // columns, number % columns)
        for column in range(2):
            self._grid.setColumnStretch(column, int(column < columns))
