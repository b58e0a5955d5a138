"""HistoryTable: the list of calls, its columns, its keys, and which calls are chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.ui.history.history_model import HistoryModel
from copilot_desktop.ui.widgets.theme import Theme

_COLUMNS_PX = (176, 220, 80, 112, 80, 112)
_ROW_PX = 40
_ROW = QItemSelectionModel.SelectionFlag.Rows
_ADDED = QItemSelectionModel.SelectionFlag.Select | _ROW
_ALONE = QItemSelectionModel.SelectionFlag.ClearAndSelect | _ROW


class HistoryTable(QTableView):
    """`key_pressed` carries a key that is an order; what is none of them moves in the list."""

    key_pressed = Signal(int)
    _ORDERS = frozenset(
        {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Delete, Qt.Key.Key_Escape}
    )

    def __init__(self, theme: Theme, calls: HistoryModel) -> None:
        super().__init__()
        self._theme, self._calls = theme, calls
        self.setObjectName("historyTable")
        self.setAccessibleName(self.tr("Calls"))
        self.setModel(calls)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        heads = self.horizontalHeader()
        heads.setHighlightSections(False)
        heads.setStretchLastSection(True)
        heads.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width_px in enumerate(_COLUMNS_PX):
            self.setColumnWidth(column, width_px)
        self._scale = 1.0
        theme.follow(self, self._follow_text)

    def chosen(self) -> list[CallSummary]:
        """Return the calls that are selected, newest first."""
        return self._calls.calls([index.row() for index in self.selectionModel().selectedRows()])

    def choose(self, calls: Sequence[CallId]) -> None:
        """Select these, as far as they are listed; else the first one."""
        rows = [row for call in calls if (row := self._calls.row_of(call)) >= 0] or [0]
        if not self._calls.rowCount():
            return
        selection = self.selectionModel()
        selection.setCurrentIndex(self._calls.index(rows[0], 0), _ALONE)
        for row in rows[1:]:
            selection.select(self._calls.index(row, 0), _ADDED)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in self._ORDERS and not event.isAutoRepeat():
            self.key_pressed.emit(event.key())
        else:
            super().keyPressEvent(event)

    def _follow_text(self) -> None:
        """Let the columns grow with the text, from the width that somebody gave them."""
        self.verticalHeader().setDefaultSectionSize(max(_ROW_PX, self._theme.px(_ROW_PX * 0.75)))
        grown = self._theme.scale / self._scale
        self._scale = self._theme.scale
        for column in range(len(_COLUMNS_PX)):
            self.setColumnWidth(column, round(self.columnWidth(column) * grown))
