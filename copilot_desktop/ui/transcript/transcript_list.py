"""TranscriptList: a list view that stays fast with ten thousand turns and follows the talk."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QFrame,
    QListView,
    QWidget,
)

from copilot_desktop.ui.transcript.row_tops import RowTops
from copilot_desktop.ui.transcript.transcript_delegate import TranscriptDelegate
from copilot_desktop.ui.transcript.transcript_model import TranscriptModel, Turn
from copilot_desktop.ui.widgets.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_PAD = 8


class TranscriptList(QListView):
    """Lays rows out itself: QListView would measure every row anew for each new one.

    Only rows that come into sight are measured; the others are guessed. While the view is at the end it
    follows the newest words; otherwise the first visible row keeps its place.
    """

    following_changed = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._empty_text = theme, ""
        self.turns = TranscriptDelegate(theme, self)
        self._tops = RowTops()
        self._laid_out_width = -1
        self._anchor = (0, 0)
        self.is_following = True
        self._is_settling = False
        self._watched: QAbstractItemModel | None = None
        self.setItemDelegate(self.turns)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizeAdjustPolicy(QAbstractScrollArea.SizeAdjustPolicy.AdjustIgnored)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.verticalScrollBar().setSingleStep(24)
        theme.changed.connect(self._restyle)

    def show_empty(self, text: str) -> None:
        """Say this while there are no rows."""
        if text != self._empty_text:
            self._empty_text = text
            self.viewport().update()

    def show_greyed(self, is_greyed: bool) -> None:
        """Draw everything muted, or as usual."""
        if is_greyed is not self.turns.is_greyed:
            self.turns.is_greyed = is_greyed
            self.viewport().update()

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._set_following(True)
        self._settle()

    def show_first(self) -> None:
        """Go to the beginning."""
        self._set_following(False)
        self._anchor = (0, 0)
        self._settle()

    def turn(self, row: int) -> Turn:
        """Return what a row shows."""
        return self._model().turn(row)

    def show_row(self, row: int) -> None:
        """Bring a row into sight and make it the current one."""
        index = self.model().index(row, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index)

    # Qt's questions about the layout.

    def setModel(self, model: QAbstractItemModel | None) -> None:  # noqa: N802
        self._watch(model)
        self._is_settling = True
        super().setModel(model)
        self._is_settling = False
        self._tops.reset([self._model().letters(row) for row in range(self._model().rowCount())])
        self._laid_out_width = -1
        self._set_following(True)
        self._settle()

    def doItemsLayout(self) -> None:  # noqa: N802
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:  # noqa: N802
        self._settle()

    def visualRect(self, index: Index) -> QRect:  # noqa: N802
        row = index.row()
        if not index.isValid() or row >= len(self._tops):
            return QRect()
        return self._rect(row)

    def indexAt(self, point: QPoint) -> QModelIndex:  # noqa: N802
        y = point.y() + self.verticalScrollBar().value() - _PAD
        if not 0 <= y < self._tops.total():
            return QModelIndex()
        return self.model().index(self._tops.row_at(y), 0)

    def scrollTo(  # noqa: N802
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        row = index.row()
        if not index.isValid() or row >= len(self._tops):
            return
        rect, height = self.visualRect(index), self.viewport().height()
        if hint is QAbstractItemView.ScrollHint.EnsureVisible and rect.top() >= 0 and rect.bottom() < height:
            return
        self._set_following(False)
        self._anchor = (row, -min(height // 3, max(0, height - rect.height())))
        self._settle()

    def verticalOffset(self) -> int:  # noqa: N802
        return self.verticalScrollBar().value()

    def horizontalOffset(self) -> int:  # noqa: N802
        return 0

    def moveCursor(  # noqa: N802
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        last = len(self._tops) - 1
        if last < 0:
            return QModelIndex()
        row = self.currentIndex().row() if self.currentIndex().isValid() else last
        page = self.viewport().height()
        actions = QAbstractItemView.CursorAction
        target = {
            actions.MoveUp: row - 1,
            actions.MovePrevious: row - 1,
            actions.MoveDown: row + 1,
            actions.MoveNext: row + 1,
            actions.MoveHome: 0,
            actions.MoveEnd: last,
            actions.MovePageUp: self._tops.row_at(self._tops.top(row) - page),
            actions.MovePageDown: self._tops.row_at(self._tops.top(row) + page),
        }.get(action, row)
        return self.model().index(min(max(target, 0), last), 0)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:  # noqa: N802
        index = self.indexAt(rect.center())
        self.selectionModel().select(QItemSelection(index, index), command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:  # noqa: N802
        region = QRegion()
        for index in selection.indexes():
            region += self.visualRect(index)
        return region

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802
        if not self._is_settling:
            bar = self.verticalScrollBar()
            self._set_following(bar.value() >= bar.maximum() - _PAD)
            row = self._tops.row_at(bar.value())
            self._anchor = (row, bar.value() - self._tops.top(row)) if row >= 0 else (0, 0)
            self._settle()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        QAbstractItemView.resizeEvent(self, event)
        self._settle()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self.viewport())
        if not len(self._tops):
            self._paint_empty(painter)
            return
        model = self._model()
        focused = self.currentIndex().row() if self.hasFocus() else -1
        bar = self.verticalScrollBar().value()
        first = self._tops.row_at(event.rect().top() + bar - _PAD)
        last = self._tops.row_at(event.rect().bottom() + bar - _PAD)
        for row in range(first, last + 1):
            rect = self._rect(row)
            is_playing = row == self.turns.playing_row
            self.turns.draw(painter, rect, model.turn(row), has_focus=row == focused, is_playing=is_playing)

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setFont(self._theme.font(14))
        painter.setPen(self._theme.colour("muted"))
        room = self.viewport().rect().adjusted(24, 24, -24, -24)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty_text)

    # Our layout.

    def _rect(self, row: int) -> QRect:
        top = self._tops.top(row) - self.verticalScrollBar().value() + _PAD
        return QRect(0, top, self.viewport().width(), self._tops.height(row))

    def _watch(self, model: QAbstractItemModel | None) -> None:
        if self._watched is not None:
            self._watched.rowsInserted.disconnect(self._rows_came)
            self._watched.rowsRemoved.disconnect(self._rows_went)
            self._watched.dataChanged.disconnect(self._rows_moved)
        self._watched = model
        if model is not None:
            model.rowsInserted.connect(self._rows_came)
            model.rowsRemoved.connect(self._rows_went)
            model.dataChanged.connect(self._rows_moved)

    def _rows_came(self, _parent: QModelIndex, first: int, last: int) -> None:
        for row in range(first, last + 1):
            self._tops.insert(row, self._model().letters(row))
        self._settle()

    def _rows_went(self, _parent: QModelIndex, first: int, last: int) -> None:
        for row in range(last, first - 1, -1):
            self._tops.remove(row)
        self._settle()

    def _rows_moved(self, first: QModelIndex, last: QModelIndex) -> None:
        for row in range(first.row(), last.row() + 1):
            self._tops.doubt(row, self._model().letters(row))
        before = self._tops.total(), self.verticalScrollBar().value()
        self._settle(is_repainted=False)
        if before == (self._tops.total(), self.verticalScrollBar().value()):
            # Words moved, and nothing else did: the usual case, many times a second.
            self.viewport().update(self._rect(first.row()).united(self._rect(last.row())))
        else:
            self.viewport().update()

    def _restyle(self) -> None:
        self.turns.refresh()
        self._laid_out_width = -1
        self._settle()

    def _model(self) -> TranscriptModel:
        model = self.model()
        assert isinstance(model, TranscriptModel)
        return model

    def _settle(self, *, is_repainted: bool = True) -> None:
        """Measure what is in sight, and put the scroll bar where the anchor or the end is."""
        if self._is_settling or self.model() is None:
            return
        self._is_settling = True
        try:
            if self.viewport().width() != self._laid_out_width:
                self._laid_out_width = self.viewport().width()
                self._tops.refit(self.turns.fit(self._laid_out_width))
            # Measuring moves what is in sight, which may bring other rows in; it settles at once in practice.
            for _ in range(5):
                self._place()
                if not self._measure_visible():
                    break
            self._place()
        finally:
            self._is_settling = False
        if is_repainted:
            self.viewport().update()

    def _place(self) -> None:
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(height)
        bar.setRange(0, max(0, self._tops.total() + 2 * _PAD - height))
        if self.is_following:
            bar.setValue(bar.maximum())
        elif len(self._tops):
            row, offset = self._anchor
            bar.setValue(self._tops.top(min(row, len(self._tops) - 1)) + offset)

    def _measure_visible(self) -> bool:
        top = self.verticalScrollBar().value() - _PAD
        first, last = self._tops.row_at(top), self._tops.row_at(top + self.viewport().height())
        has_moved = False
        for row in range(max(first, 0), last + 1):
            if not self._tops.is_measured(row):
                height = self.turns.measure(self._model().turn(row), self._laid_out_width)
                has_moved = self._tops.measured(row, height) or has_moved
        return has_moved

    def _set_following(self, is_following: bool) -> None:
        if self.is_following != is_following:
            self.is_following = is_following
            self.following_changed.emit(is_following)
