"""Columns: the call page's three columns; where there is little room they fold into tabs."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QSplitter, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from copilot_desktop.ui.widgets.theme import Theme

_WIDE_PX = 1180
_WIDE_ROOM_PX, _TWO_ROOM_PX = 950, 720
"""The same at 100 % text: what is left of a width when the text is larger."""
_LEAST_PX = (232, 420, 300)
_FIRST_WIDTH_PX = 1280
_KEY = "window/call_columns"


class Fold(Enum):
    """How many columns stand side by side."""

    WIDE = "three"
    TWO = "two"
    """The left one is a tab of the right one."""
    TABS = "one"
    """All are tabs."""


_SIZES = {Fold.WIDE: (256, 640, 384), Fold.TWO: (660, 364)}


def fold_for(width_px: int, scale: float) -> Fold:
    """Return how the columns stand in a page of this width, at a text size of `scale`."""
    room_px = width_px / max(1.0, scale)
    if width_px >= _WIDE_PX and room_px >= _WIDE_ROOM_PX:
        return Fold.WIDE
    return Fold.TWO if room_px >= _TWO_ROOM_PX else Fold.TABS


class Tabbed(QWidget):
    """Widgets on top of each other, with a bar of tabs if there are several."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = QTabBar()
        self.bar.setObjectName("columnTabs")
        self.bar.setAccessibleName(name)
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.stack = QStackedWidget()
        self._members: list[QWidget] = []
        self.bar.currentChanged.connect(self.stack.setCurrentIndex)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.stack, 1)

    def hold(self, members: Sequence[tuple[QWidget, str]]) -> None:
        """Show these, and no others; the one that was in sight stays so if it is among them."""
        shown = self.stack.currentIndex()
        before = self._members[shown] if 0 <= shown < len(self._members) else None
        self.bar.blockSignals(True)
        while self.bar.count():
            self.bar.removeTab(0)
        for widget in self._members:
            self.stack.removeWidget(widget)
        self._members = [widget for widget, _ in members]
        for widget, title in members:
            self.stack.addWidget(widget)
            self.bar.addTab(title)
        self.bar.blockSignals(False)
        self.bar.setVisible(len(members) > 1)
        self.show_member(before if before in self._members else self._members[0])

    def show_member(self, widget: QWidget | None) -> None:
        """Bring one to the top; nothing if it is not here."""
        if widget in self._members:
            at = self._members.index(widget)
            self.bar.setCurrentIndex(at)
            self.stack.setCurrentIndex(at)

    def rename(self, widget: QWidget, title: str) -> None:
        """Give a tab another title; nothing if it is not here."""
        if widget in self._members:
            at = self._members.index(widget)
            if self.bar.tabText(at) != title:
                self.bar.setTabText(at, title)


class Columns(QWidget):
    """`context`, `talk` and `ai` from left to right. Their widths are remembered for two and for three."""

    folded = Signal()
    """They stand otherwise than before."""

    def __init__(
        self,
        theme: Theme,
        preferences: QSettings,
        context: tuple[QWidget, str],
        talk: tuple[QWidget, str],
        ai: tuple[QWidget, str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme, self._preferences = theme, preferences
        self._context, self._talk, self._ai = context, talk, ai
        self.fold: Fold | None = None
        # In the order in which they are read: the Tab key goes that way, however they stand later.
        context[0].setParent(self)
        talk[0].setParent(self)
        self.side = Tabbed(self.tr("Parts of the call"), self)
        ai[0].setParent(self)
        for (widget, _), least in zip((context, talk, ai), _LEAST_PX, strict=True):
            widget.setMinimumWidth(least)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setObjectName("callSplit")
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        self.split.addWidget(self.side)
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.split)
        self._fold_to(fold_for(_FIRST_WIDTH_PX, theme.scale))
        self.split.splitterMoved.connect(self._remember)
        theme.changed.connect(self.refold)

    def refold(self) -> None:
        """Stand as the room allows."""
        fold = fold_for(self.width(), self._theme.scale)
        if fold is not self.fold:
            self._fold_to(fold)

    def _fold_to(self, fold: Fold) -> None:
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        self.fold = fold
        members = {
            Fold.WIDE: [self._ai],
            Fold.TWO: [self._ai, self._context],
            Fold.TABS: [self._talk, self._ai, self._context],
        }[fold]
        self.side.hold(members)
        if fold is Fold.TABS:
            self.side.show_member(self._talk[0])
        else:
            self._put_beside(fold)
        if had_focus and focused is not None:
            # Whoever is typing goes on typing.
            self.reveal(focused)
            focused.setFocus(Qt.FocusReason.OtherFocusReason)
        self.folded.emit()

    def reveal(self, widget: QWidget) -> None:
        """Bring the column that `widget` is in to the top."""
        for column, _ in (self._context, self._talk, self._ai):
            if column is widget or column.isAncestorOf(widget):
                self.side.show_member(column)

    def rename(self, column: QWidget, title: str) -> None:
        """Give the tab of a column another title, if it is a tab now."""
        self.side.rename(column, title)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.refold()

    def _put_beside(self, fold: Fold) -> None:
        beside = [self._context, self._talk] if fold is Fold.WIDE else [self._talk]
        for at, (widget, _) in enumerate(beside):
            self.split.insertWidget(at, widget)
            widget.show()
        talk_at = len(beside) - 1
        for at in range(self.split.count()):
            self.split.setStretchFactor(at, 1 if at == talk_at else 0)
        # What the sides have is the agent's choice; the talk has the rest.
        sizes = self._kept_sizes(fold)
        sizes[talk_at] = max(_LEAST_PX[1], self.split.width() - sum(sizes) + sizes[talk_at])
        self.split.setSizes(sizes)

    def _remember(self) -> None:
        """Keep how wide the agent has made the columns."""
        if self.fold in _SIZES:
            self._preferences.setValue(f"{_KEY}/{self.fold.value}", self.split.sizes())

    def _kept_sizes(self, fold: Fold) -> list[int]:
        kept = self._preferences.value(f"{_KEY}/{fold.value}")
        try:
            sizes = [int(size) for size in kept] if isinstance(kept, list) else []
        except (TypeError, ValueError):
            sizes = []
        return sizes if len(sizes) == len(_SIZES[fold]) and min(sizes) > 0 else list(_SIZES[fold])
