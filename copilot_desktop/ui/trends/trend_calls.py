"""TrendCalls: the calls behind a point, beside the charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from copilot_desktop.calls.trends import Figure, TrendCall
from copilot_desktop.ui.trends import trend_words
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.buttons import small_button
from copilot_desktop.ui.widgets.theme import Theme, label
from copilot_desktop.ui.widgets.wording import phone_number, when

MOST = 200
"""So many calls are listed at most."""
_BESIDE_PX, _ABOVE_PX = 14, 9
"""The style sheet's padding, and a little more."""
_ENDLESS_PX = 100_000
_CALL = Qt.ItemDataRole.UserRole


class _Rows(QStyledItemDelegate):
    """Rows as high as their words: Qt forgets the style sheet's padding when it breaks lines."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        view = option.widget
        assert isinstance(view, QListView)
        width = view.viewport().width()
        room = QRect(0, 0, max(1, width - 2 * _BESIDE_PX), _ENDLESS_PX)
        flags = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft)
        words = view.fontMetrics().boundingRect(room, flags, str(index.data()))
        return QSize(width, words.height() + 2 * _ABOVE_PX)


class TrendCalls(QFrame):
    """`report_asked` carries a call's id; `closed`: the list is not wanted any more."""

    report_asked = Signal(str)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trendCalls")
        self._head = label("", "heading")
        self._head.setObjectName("trendCallsHead")
        self._head.setWordWrap(True)
        self._note = label("", "muted")
        self._note.setObjectName("trendCallsNote")
        self._note.setWordWrap(True)
        self._close = small_button(theme, "skip", self.tr("Close the list of calls"))
        self._close.setObjectName("trendCallsClose")
        self._close.clicked.connect(self.closed)
        self.list = QListWidget()
        self.list.setObjectName("trendCallsList")
        self.list.setProperty("look", "lines")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setWordWrap(True)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setItemDelegate(_Rows(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.activated.connect(self._open)
        self._lay_out()

    def show_calls(self, figure: Figure | None, week: date, calls: Sequence[TrendCall]) -> None:
        """List the calls of a point; the focus goes to them."""
        what = trend_words.title(figure) if figure is not None else self.tr("Calls")
        title = f"{what}, {trend_words.week_name(week)}"
        self._head.setText(title)
        self.list.setAccessibleName(title)
        self.list.clear()
        for call in calls:
            self.list.addItem(self._item(call))
        if not calls:
            self._tell(trend_words.no_calls(figure))
            self._close.setFocus()
            return
        count = trend_words.calls(len(calls))
        if len(calls) == MOST:
            count = self.tr("The newest {0}").format(count)
        self._tell(self.tr("{0}. Enter opens the report.").format(count))
        self.list.setCurrentRow(0)
        self.list.setFocus()
        announce(self, f"{title}. {count}")

    def show_failure(self, why: str) -> None:
        """Say that the calls could not be read."""
        self.list.clear()
        self._head.setText(self.tr("Calls"))
        self._tell(why)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        super().keyPressEvent(event)

    def _tell(self, words: str) -> None:
        self._note.setText(words)
        announce(self, words)

    def _item(self, call: TrendCall) -> QListWidgetItem:
        number = phone_number(call.caller)
        caller = self.tr("PRACTICE  {0}").format(number) if call.is_practice else number
        item = QListWidgetItem(f"{when(call.started_at)}\n{caller}\n{trend_words.of_call(call)}")
        item.setData(_CALL, str(call.call_id))
        item.setData(
            Qt.ItemDataRole.AccessibleTextRole,
            f"{when(call.started_at)}, {caller}, {trend_words.of_call(call)}",
        )
        return item

    def _open(self, index: QModelIndex) -> None:
        self.report_asked.emit(str(index.data(_CALL)))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._head, 1)
        head.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 12, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._note)
        column.addWidget(self.list, 1)
