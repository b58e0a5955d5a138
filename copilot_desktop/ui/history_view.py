"""HistoryView: all calls, searched by every word said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.theme import Theme, label
from copilot_desktop.ui.wording import clock, outcome_name, parties, phone_number, when

Index = QModelIndex | QPersistentModelIndex
_SEARCH_DELAY_MS = 200


class HistoryModel(QAbstractTableModel):
    """Summaries as rows."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: Sequence[CallSummary] = ()
        self._heads = (
            self.tr("When"),
            self.tr("Caller"),
            self.tr("Length"),
            self.tr("Outcome"),
            self.tr("Handled by"),
            self.tr("Words"),
        )

    def show(self, calls: Sequence[CallSummary]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self._calls = calls
        self.endResetModel()

    def call(self, row: int) -> CallSummary:
        """Return the call of a row."""
        return self._calls[row]

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: N802
        return 0 if parent is not None and parent.isValid() else len(self._calls)

    def columnCount(self, parent: Index | None = None) -> int:  # noqa: N802
        return 0 if parent is not None and parent.isValid() else len(self._heads)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        call = self._calls[index.row()]
        if index.column() == 5:
            return call.snippet
        if role == Qt.ItemDataRole.ToolTipRole:
            return None
        return self._text(call, index.column())

    def _text(self, call: CallSummary, column: int) -> str:
        number = phone_number(call.caller)
        return (
            when(call.started_at),
            self.tr("PRACTICE  {0}").format(number) if call.is_practice else number,
            clock(call.duration_ms / 1000),
            outcome_name(call.outcome),
            parties(call.handled_by),
        )[column]


class HistoryView(QWidget):
    """`report_asked` carries the call's id."""

    report_asked = Signal(str)

    def __init__(self, theme: Theme, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("historyPage")
        self._shell = shell
        self._asked = 0
        self.model = HistoryModel()
        self._build_search(theme)
        self._build_table()
        self._count = label("", "muted")
        self._count.setObjectName("historyCount")
        self._empty = label(self.tr("No calls yet. A practice call takes two minutes."), "empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()

    def refresh(self) -> None:
        """Read the calls again, as searched."""
        self._shell.spawn(self._load(self.search_field.text().strip()))

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_field.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.table.hasFocus():
            self._open(self.table.currentIndex())
            return
        super().keyPressEvent(event)

    async def _load(self, words: str) -> None:
        self._asked += 1
        asked = self._asked
        try:
            calls = await (self._shell.search_calls(words) if words else self._shell.recent_calls())
        except CopilotError:
            self._count.setText(self.tr("The history could not be read."))
            return
        if asked != self._asked:
            return  # A newer search is under way.
        self.model.show(calls)
        self._count.setText(self.tr("1 call") if len(calls) == 1 else self.tr("{0} calls").format(len(calls)))
        self._empty.setText(
            self.tr("No call has these words.")
            if words
            else self.tr("No calls yet. A practice call takes two minutes.")
        )
        self._body.setCurrentIndex(0 if calls else 1)
        if calls:
            self.table.selectRow(0)

    def _open(self, index: Index) -> None:
        if index.isValid():
            self.report_asked.emit(self.model.call(index.row()).call_id)

    def _build_search(self, theme: Theme) -> None:
        self.search_field = QLineEdit()
        self.search_field.setObjectName("historySearch")
        self.search_field.setAccessibleName(self.tr("Search every word said, Ctrl+F"))
        self.search_field.setPlaceholderText(self.tr("Search every word said"))
        self.search_field.setClearButtonEnabled(True)
        glass = self.search_field.addAction(
            theme.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition
        )
        theme.set_icon(glass, "search", "muted")
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(_SEARCH_DELAY_MS)
        self._delay.timeout.connect(self.refresh)
        self.search_field.textChanged.connect(lambda: self._delay.start())
        self.search_field.returnPressed.connect(self.refresh)

    def _build_table(self) -> None:
        self.table = QTableView()
        self.table.setObjectName("historyTable")
        self.table.setAccessibleName(self.tr("Calls"))
        self.table.setModel(self.model)
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(40)
        heads = self.table.horizontalHeader()
        heads.setHighlightSections(False)
        heads.setStretchLastSection(True)
        heads.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate((176, 232, 80, 112, 112)):
            self.table.setColumnWidth(column, width)
        self.table.doubleClicked.connect(self._open)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(24, 20, 24, 12)
        head.setSpacing(16)
        head.addWidget(label(self.tr("History"), "title"))
        head.addStretch(1)
        head.addWidget(self._count)
        self.search_field.setMinimumWidth(320)
        head.addWidget(self.search_field)
        body = QWidget()
        self._body = QStackedLayout(body)
        table = QWidget()
        around = QHBoxLayout(table)
        around.setContentsMargins(12, 0, 12, 0)
        around.addWidget(self.table)
        self._body.addWidget(table)
        self._body.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(body, 1)
