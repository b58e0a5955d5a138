"""ChecklistBox: the steps of the talk, ticked by what is said; the agent's own ticks and unticks stand."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSignalBlocker, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from copilot_desktop.calls.events import ChecklistChanged, ChecklistItem
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.theme import label
from copilot_desktop.ui.widgets.wording import clock

_STEP = Qt.ItemDataRole.UserRole
_LEAST_ROWS = 3
_NARROWER_PX = 8
_Index = QModelIndex | QPersistentModelIndex


class _Wrapping(QStyledItemDelegate):
    """Asks for another line a little early: the style draws words in less room than it reckons with."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        view = option.widget
        if isinstance(view, QListWidget):
            option.rect.setWidth(view.viewport().width() - _NARROWER_PX)
        return super().sizeHint(option, index)


class _Steps(QListWidget):
    """As high as its rows if there is room, else it scrolls."""

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._height_of(self.count()))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self._height_of(min(self.count(), _LEAST_ROWS)))

    def _height_of(self, count: int) -> int:
        # Only where they are laid out the rows know how many lines their words take.
        rows = sum(self.visualItemRect(self.item(row)).height() for row in range(count))
        return rows + 2 * self.frameWidth() + 4

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            # In another width a step takes another number of lines; only after this does the list know.
            QTimer.singleShot(0, self, self.updateGeometry)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()


class ChecklistBox(QFrame):
    """Shows how the steps of the call on screen stand; a tick by hand is an order to the desk."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("checklistBox")
        self._bridge = bridge
        self._call: LiveCall | None = None
        self._shown: ChecklistChanged | None = None
        self.count = label("", "small")
        self.count.setObjectName("checklistCount")
        self.steps = _Steps()
        self.steps.setObjectName("checklistView")
        self.steps.setProperty("look", "steps")
        self.steps.setAccessibleName(self.tr("Checklist. Space ticks a step or takes the tick back"))
        self.steps.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.steps.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.steps.setFrameShape(QFrame.Shape.NoFrame)
        self.steps.setWordWrap(True)
        self.steps.setItemDelegate(_Wrapping(self.steps))
        self.steps.setResizeMode(QListView.ResizeMode.Adjust)
        self.steps.itemChanged.connect(self._ticked)
        self.hint = label("", "small")
        self.hint.setObjectName("checklistHint")
        self.hint.setWordWrap(True)
        self.steps.currentRowChanged.connect(self._show_hint)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(self.tr("Checklist"), "heading"))
        head.addStretch(1)
        head.addWidget(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.steps)
        column.addWidget(self.hint)
        self.hide()

    def show_call(self, call: LiveCall | None) -> None:
        """Show the steps of `call`; with the same one again, what has changed."""
        fact = call.checklist if call is not None else None
        is_same_call, self._call = call is self._call, call
        self.setVisible(fact is not None)
        if call is None or fact is None or fact is self._shown:
            self._shown = fact
            return
        before, self._shown = self._shown, fact
        self._show(fact, is_same_call=is_same_call)
        if is_same_call and before is not None:
            self._announce(before, fact)

    # Inside.

    def _show(self, fact: ChecklistChanged, *, is_same_call: bool) -> None:
        row = self.steps.currentRow() if is_same_call else 0
        with QSignalBlocker(self.steps):
            if self.steps.count() != len(fact.items) or not is_same_call:
                self.steps.clear()
                for _ in fact.items:
                    self.steps.addItem(QListWidgetItem())
            for number, step in enumerate(fact.items):
                self._fill(self.steps.item(number), step)
            self.steps.setCurrentRow(max(0, row))
        self.steps.updateGeometry()
        done = sum(step.is_done for step in fact.items)
        self.count.setText(self.tr("{0} of {1}").format(done, len(fact.items)))
        self._show_hint()

    def _fill(self, item: QListWidgetItem, step: ChecklistItem) -> None:
        title = step.step[:1].upper() + step.step[1:]
        words = title if step.is_done or not step.is_required else self.tr("{0} (required)").format(title)
        item.setText(words)
        item.setData(_STEP, step.step)
        item.setFlags(
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
        )
        item.setCheckState(Qt.CheckState.Checked if step.is_done else Qt.CheckState.Unchecked)
        item.setToolTip(self._how(step))

    def _how(self, step: ChecklistItem) -> str:
        at = clock(step.done_ms / 1000) if step.done_ms is not None else ""
        if step.is_done and step.is_by_agent:
            return self.tr("Ticked by you at {0}").format(at)
        if step.is_done:
            return self.tr("Ticked by what was said at {0}. Space takes the tick back").format(at)
        return step.hint

    def _show_hint(self) -> None:
        """Below the list: what to do for the step that is looked at, or that nothing ticks by itself."""
        fact, row = self._shown, self.steps.currentRow()
        if fact is not None and not fact.is_listening:
            self.hint.setText(self.tr("Ticking by itself has stopped – tick by hand"))
        elif fact is not None and 0 <= row < len(fact.items) and self.steps.hasFocus():
            self.hint.setText(fact.items[row].hint)
        else:
            self.hint.setText("")
        self.hint.setVisible(bool(self.hint.text()))

    def _ticked(self, item: QListWidgetItem) -> None:
        if self._call is None or self._shown is None:
            return
        is_done = item.checkState() is Qt.CheckState.Checked
        if not self._bridge.tick(self._call.call_id, str(item.data(_STEP)), is_done=is_done):
            self._show(self._shown, is_same_call=True)

    def _announce(self, before: ChecklistChanged, fact: ChecklistChanged) -> None:
        was_done = {step.step for step in before.items if step.is_done}
        for step in fact.items:
            if step.is_done and not step.is_by_agent and step.step not in was_done:
                announce(self, self.tr("Ticked: {0}").format(step.step))
