"""TrendsTable: the trends as rows, a week each, for those who read better than they see pictures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from copilot_desktop.calls.trends import Figure, Week
from copilot_desktop.ui.trends import trend_words
from copilot_desktop.ui.widgets.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class _Column(NamedTuple):
    head: str
    figure: Figure | None
    is_second: bool = False


class TrendRows(QAbstractTableModel):
    """The newest week first."""

    def __init__(self, weeks: Sequence[Week], today: date, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.weeks, self._today = list(reversed(weeks)), today
        self.columns = (
            _Column(self.tr("Week"), None),
            _Column(self.tr("Calls"), None),
            _Column(self.tr("Missed"), Figure.MISSED),
            _Column(self.tr("Score"), Figure.SCORE),
            _Column(self.tr("Response, median"), Figure.RESPONSE),
            _Column(self.tr("9 of 10 within"), Figure.RESPONSE, is_second=True),
            _Column(self.tr("Take-overs"), Figure.TAKE_OVERS),
        )

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.weeks)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        week, column = self.weeks[index.row()], self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(week, index.column())
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            if column.figure is None:
                return f"{trend_words.week_name(week.first_day)}: {trend_words.calls(week.calls)}"
            return f"{column.head}. {trend_words.point(column.figure, week, self._today)}"
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].head
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            figure = self.columns[section].figure
            return trend_words.definition(figure) if figure is not None else None
        return None

    def _text(self, week: Week, number: int) -> str:
        column = self.columns[number]
        if column.figure is None:
            return str(week.calls or "–") if number else trend_words.week_name(week.first_day)
        amount = week.second_value(column.figure) if column.is_second else week.value(column.figure)
        return trend_words.cell(column.figure, week, amount)


class TrendsTable(QTableView):
    """`opened`: by Enter or a double click a cell's calls are asked for; its figure or None, and its week."""

    opened = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trendsTable")
        self.setAccessibleName(self.tr("Trends as a table"))
        self.setAccessibleDescription(self.tr("A row for each week. Enter lists the calls behind a number."))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.activated.connect(self._chosen)
        theme.follow(self, self._make_rows_as_high_as_text)

    def show_weeks(self, weeks: Sequence[Week], today: date) -> None:
        """List another time; the current cell stays where it was."""
        at, old = self.currentIndex(), self.model()
        model = TrendRows(weeks, today, self)
        self.setModel(model)
        if isinstance(old, TrendRows):
            old.deleteLater()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setResizeContentsPrecision(12)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.setCurrentIndex(model.index(max(0, at.row()), max(0, at.column())))

    def _make_rows_as_high_as_text(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 14)

    def _chosen(self, index: QModelIndex) -> None:
        model = self.model()
        if isinstance(model, TrendRows) and index.isValid():
            self.opened.emit(model.columns[index.column()].figure, model.weeks[index.row()].first_day)
