"""HistoryModel: the calls that were found, page by page, as rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from copilot_desktop.calls.archive import FoundCalls, Place
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.ui.widgets.wording import clock, outcome_name, parties, phone_number, when

Index = QModelIndex | QPersistentModelIndex
WHEN, CALLER, LENGTH, OUTCOME, SCORE, HANDLED, WORDS = range(7)
_NO_INDEX = QModelIndex()


class HistoryModel(QAbstractTableModel):
    """Newest first. `more_wanted`: the end is near; the next page is to be added."""

    more_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._calls: list[CallSummary] = []
        self._next: Place | None = None
        self._is_waiting = False
        self._heads = (
            self.tr("When"),
            self.tr("Caller"),
            self.tr("Length"),
            self.tr("Outcome"),
            self.tr("Score"),
            self.tr("Handled by"),
            self.tr("Words"),
        )

    @property
    def next(self) -> Place | None:
        """Where the next page begins; None: all are here."""
        return self._next

    def show(self, found: FoundCalls, without: Collection[CallId] = ()) -> None:
        """Put a first page in the place of all rows."""
        self.beginResetModel()
        self._calls = [call for call in found.calls if call.call_id not in without]
        self._next, self._is_waiting = found.next, False
        self.endResetModel()

    def add(self, found: FoundCalls, without: Collection[CallId] = ()) -> None:
        """Add the next page below."""
        new = [call for call in found.calls if call.call_id not in without]
        self._next, self._is_waiting = found.next, False
        if new:
            at = len(self._calls)
            self.beginInsertRows(_NO_INDEX, at, at + len(new) - 1)
            self._calls += new
            self.endInsertRows()

    def stop_waiting(self) -> None:
        """The next page did not come; it can be asked for again."""
        self._is_waiting = False

    def call(self, row: int) -> CallSummary:
        """Return the call of a row."""
        return self._calls[row]

    def row_of(self, call: CallId) -> int:
        """Return where a call stands; -1: not here."""
        return next((row for row, each in enumerate(self._calls) if each.call_id == call), -1)

    def calls(self, rows: Sequence[int]) -> list[CallSummary]:
        """Return the calls of rows, in the order of the list."""
        return [self._calls[row] for row in sorted(rows)]

    def canFetchMore(self, parent: Index) -> bool:  # noqa: N802
        return not parent.isValid() and self._next is not None and not self._is_waiting

    def fetchMore(self, parent: Index) -> None:  # noqa: N802
        if self.canFetchMore(parent):
            self._is_waiting = True
            self.more_wanted.emit()

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
        call = self._calls[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(call, index.column())
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == WORDS:
            return call.snippet
        return None

    def _text(self, call: CallSummary, column: int) -> str:
        match column:
            case 0:
                return when(call.started_at)
            case 1:
                number = phone_number(call.caller)
                return self.tr("PRACTICE  {0}").format(number) if call.is_practice else number
            case 2:
                return clock(call.duration_ms / 1000)
            case 3:
                return outcome_name(call.outcome)
            case 4:
                return self.score_words(call)
            case 5:
                handled = parties(call.handled_by)
                return f"{handled} · {call.desk}" if call.desk else handled
            case _:
                return call.snippet

    def score_words(self, call: CallSummary) -> str:
        """Return a call's score as people read it."""
        if call.is_failed:
            return self.tr("Failed")
        return "–" if call.score is None else f"{call.score:.0f}"
