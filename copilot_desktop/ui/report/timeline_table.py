"""TimelineTable: the timeline as rows, for those who read better than they see pictures."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from copilot_desktop.report.model import CallReport
from copilot_desktop.ui.report import timeline_words
from copilot_desktop.ui.report.timeline_words import Row
from copilot_desktop.ui.widgets.wording import clock

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class TimelineRows(QAbstractTableModel):
    """From, to, what, words."""

    def __init__(self, rows: list[Row], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows = rows

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802
        return 4

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{clock(row.at_ms / 1000)} {row.what}. {row.about}"
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            end = clock(row.end_ms / 1000) if row.end_ms > row.at_ms else ""
            return (clock(row.at_ms / 1000), end, row.what, row.about)[index.column()]
        return None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("From"), self.tr("To"), self.tr("What"), self.tr("Words"))[section]
        return None


class TimelineTable(QTableView):
    """`moment_asked`: a row was chosen, by Enter or a double click."""

    moment_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timelineTable")
        self.setAccessibleName(self.tr("Timeline as a table"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.setWordWrap(False)
        self.activated.connect(self._chosen)

    def show_report(self, report: CallReport) -> None:
        """List another call, or more of this one."""
        model = TimelineRows(timeline_words.rows(report), self)
        self.setModel(model)
        header = self.horizontalHeader()
        # Measuring every row of an hour would take half a second.
        header.setResizeContentsPrecision(30)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        self.setAccessibleDescription(self.tr("{0} rows. Enter plays one.").format(len(model.rows)))

    def _chosen(self, index: QModelIndex) -> None:
        model = self.model()
        if isinstance(model, TimelineRows):
            self.moment_asked.emit(model.rows[index.row()].at_ms)
