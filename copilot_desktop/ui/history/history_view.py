"""HistoryView: all calls, searched by every word said; looked into, played, exported and deleted here."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from copilot_desktop.calls.archive import CallQuery
from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.ui.export.exporter import Exporter
from copilot_desktop.ui.history.history_deleting import HistoryDeleting
from copilot_desktop.ui.history.history_filters import HistoryFilters
from copilot_desktop.ui.history.history_model import HistoryModel, Index
from copilot_desktop.ui.history.history_preview import HistoryPreview
from copilot_desktop.ui.history.history_table import HistoryTable
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.widgets.strip import Strip
from copilot_desktop.ui.widgets.theme import Theme, label, set_look

PAGE = 100
"""Calls that are read at once."""
MOST_COUNTED = 10_000
_SEARCH_DELAY_MS = 200
_ROOMY_PX, _TIGHT_PX = 480, 240
"""At 100 %: in a lower page the words on the chosen call, and then its buttons, leave the list its room."""


class HistoryView(QWidget):
    """`report_asked` carries the call's id, and whether it shall be heard at once."""

    report_asked = Signal(str, bool)
    changed = Signal()
    """Calls are gone, or back."""

    def __init__(self, theme: Theme, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("historyPage")
        self._theme, self._shell = theme, shell
        self._asked = 0
        self._shown = CallQuery()
        self.model = HistoryModel()
        self.filters = HistoryFilters(shell.preferences)
        self.preview = HistoryPreview(shell)
        self.strip = Strip(theme, "historyStrip")
        self.deleting = HistoryDeleting(shell, self.strip)
        self._build_search()
        self.table = HistoryTable(theme, self.model)
        self._count = label("", "muted")
        self._count.setObjectName("historyCount")
        self.exporter = Exporter(self, theme, shell, self.strip, self._say)
        self._build_empty()
        self._lay_out()
        self._wire()
        theme.follow(self, self._make_room)

    def refresh(self) -> None:
        """Read the calls again, as searched. Where the list stands and what is chosen stays."""
        self._shell.spawn(self._load(self.filters.query(self.search_field.text().strip())))

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_field.selectAll()

    def chosen(self) -> list[CallSummary]:
        """Return the calls that are selected, newest first."""
        return self.table.chosen()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Down and self.search_field.hasFocus():
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._make_room()

    # Reading.

    async def _load(self, query: CallQuery) -> None:
        self._asked += 1
        asked = self._asked
        try:
            archive = self._shell.archive()
            rows = max(PAGE, self.model.rowCount()) if query == self._shown else PAGE
            found = await archive.find(query, None, rows)
            desks = await archive.desks()
        except CopilotError:
            self._say(self.tr("The history could not be read."), "danger")
            return
        if asked != self._asked or not isValid(self):
            return  # A newer search is under way.
        chosen = [call.call_id for call in self.chosen()] if query == self._shown else []
        at = self.table.verticalScrollBar().value() if query == self._shown else 0
        self._shown = query
        self.model.show(found, self.deleting.hidden)
        self.filters.offer_desks(desks)
        self.table.choose(chosen)
        self.table.verticalScrollBar().setValue(at)
        self._show_count(self.model.rowCount(), is_all=found.next is None)
        self._show_empty(query)
        if found.next is not None:
            await self._count_all(query, asked)

    async def _count_all(self, query: CallQuery, asked: int) -> None:
        try:
            count = await self._shell.archive().count(query, MOST_COUNTED)
        except CopilotError:
            return
        if asked == self._asked and isValid(self):
            self._show_count(count - len(self.deleting.hidden), is_all=count < MOST_COUNTED)

    async def _load_more(self) -> None:
        query, asked = self._shown, self._asked
        try:
            found = await self._shell.archive().find(query, self.model.next, PAGE)
        except CopilotError:
            self.model.stop_waiting()
            return
        if asked == self._asked and isValid(self):
            self.model.add(found, self.deleting.hidden)

    def _show_count(self, count: int, *, is_all: bool) -> None:
        words = self.tr("1 call") if count == 1 else self.tr("{0} calls").format(f"{count:,}")
        self._say(words if is_all else self.tr("{0} and more").format(words), "muted")

    def _say(self, words: str, tone: str) -> None:
        self._count.setText(words)
        set_look(self._count, "tone", tone)

    def _show_empty(self, query: CallQuery) -> None:
        is_empty = self.model.rowCount() == 0
        self._body.setCurrentIndex(1 if is_empty else 0)
        is_narrow = bool(query.words) or self.filters.is_narrow
        self.show_all.setVisible(is_empty and self.filters.is_narrow)
        self.show_practice.setVisible(is_empty and not query.with_practice)
        if query.words:
            self._empty.setText(self.tr("No call has these words."))
        elif is_narrow:
            self._empty.setText(self.tr("No call is like this."))
        elif not query.with_practice:
            self._empty.setText(self.tr("No real calls yet."))
        else:
            self._empty.setText(self.tr("No calls yet. A practice call takes two minutes."))
        if is_empty:
            self._show_chosen()

    # Orders.

    def _open(self, _index: Index | None = None, *, plays: bool = False) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            self.report_asked.emit(self.model.call(index.row()).call_id, plays)

    def _key_pressed(self, key: int) -> None:
        if key == Qt.Key.Key_Space:
            self._open(plays=True)
        elif key == Qt.Key.Key_Delete:
            self.deleting.ask(self.chosen())
        elif key == Qt.Key.Key_Escape:
            self.search_field.clear()
            self.focus_search()
        else:
            self._open()

    def _export(self) -> None:
        chosen = self.chosen()
        if chosen:
            is_practice = all(call.is_practice for call in chosen)
            self.exporter.ask_for_calls([call.call_id for call in chosen], is_practice=is_practice)

    def _wire(self) -> None:
        self.model.more_wanted.connect(lambda: self._shell.spawn(self._load_more()))
        self.filters.changed.connect(self.refresh)
        self.table.selectionModel().selectionChanged.connect(self._show_chosen)
        self.table.doubleClicked.connect(self._open)
        self.table.key_pressed.connect(self._key_pressed)
        self.preview.report_asked.connect(self._open)
        self.preview.play_asked.connect(lambda: self._open(plays=True))
        self.preview.export_asked.connect(self._export)
        self.preview.delete_asked.connect(lambda: self.deleting.ask(self.chosen()))
        self.deleting.changed.connect(self.refresh)
        self.deleting.deleted.connect(self.changed)

    # Building.

    def _build_search(self) -> None:
        theme = self._theme
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

    def _build_empty(self) -> None:
        self._empty = label(self.tr("No calls yet. A practice call takes two minutes."), "empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self.show_all = QPushButton(self.tr("Show all calls"))
        self.show_all.setObjectName("historyShowAll")
        self.show_all.clicked.connect(self.filters.clear)
        self.show_practice = QPushButton(self.tr("Show practice calls"))
        self.show_practice.setObjectName("historyShowPractice")
        self.show_practice.clicked.connect(lambda: self.filters.practice.setChecked(True))
        for button in (self.show_all, self.show_practice):
            button.setAccessibleName(button.text())
            button.hide()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(24, 20, 24, 8)
        head.setSpacing(16)
        head.addWidget(label(self.tr("History"), "title"))
        head.addStretch(1)
        head.addWidget(self._count)
        self.search_field.setMinimumWidth(240)
        head.addWidget(self.search_field, 1)
        self.trends_button = QPushButton(self.tr("Trends"))
        self.trends_button.setObjectName("historyTrends")
        self.trends_button.setAccessibleName(self.tr("Trends, week by week, Ctrl+Shift+D"))
        self.trends_button.setToolTip(self.tr("Week by week  Ctrl+Shift+D"))
        head.addWidget(self.trends_button)
        filters = QHBoxLayout()
        filters.setContentsMargins(24, 0, 24, 12)
        filters.addWidget(self.filters, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(filters)
        column.addWidget(self.strip)
        column.addWidget(self._build_body(), 1)
        column.addWidget(self.preview)

    def _build_body(self) -> QWidget:
        body = QWidget()
        self._body = QStackedLayout(body)
        table, empty = QWidget(), QWidget()
        around = QHBoxLayout(table)
        around.setContentsMargins(12, 0, 12, 0)
        around.addWidget(self.table)
        middle = QVBoxLayout(empty)
        middle.addStretch(1)
        middle.addWidget(self._empty)
        for button in (self.show_all, self.show_practice):
            middle.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
        middle.addStretch(1)
        self._body.addWidget(table)
        self._body.addWidget(empty)
        return body

    def _show_chosen(self) -> None:
        self.preview.show_calls(self.chosen())
        self._make_room()

    def _make_room(self) -> None:
        scale = self._theme.scale
        self.preview.make_room(
            is_roomy=self.height() >= _ROOMY_PX * scale, is_tight=self.height() < _TIGHT_PX * scale
        )
