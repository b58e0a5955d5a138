"""PageNav: the pages' names at the left, or in one line above; a dot beside those with changes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from copilot_desktop.ui.widgets.theme import Theme

_CHANGED = Qt.ItemDataRole.UserRole
_ROOM = 28
_LIST_SHARE = 2.7
"""How many times as wide as its list the dialog must be to show it."""


class _DotDelegate(QStyledItemDelegate):
    """Draws the dot at the end of a row, where no text runs."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        if not index.data(_CHANGED):
            return
        rect = QRectF(option.rect)
        at_right = option.direction is not Qt.LayoutDirection.RightToLeft
        x = rect.right() - 14 if at_right else rect.left() + 14
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("warning"))
        painter.drawEllipse(QPointF(x, rect.center().y()), 4, 4)
        painter.restore()

    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return super().sizeHint(option, index) + QSize(_ROOM, 0)


class PageChooser(QComboBox):
    """The same names as one line, for where a list at the left would take the page's room."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("settingsChooser")
        self.setAccessibleName(self.tr("Pages of the settings"))

    def show_changed(self, row: int, title: str, is_changed: bool) -> None:
        """Show or hide the dot of a page."""
        self.setItemText(row, f"{title}  ●" if is_changed else title)
        said = self.tr("{0}, changed and not saved").format(title) if is_changed else title
        self.setItemData(row, said, Qt.ItemDataRole.AccessibleTextRole)


class PageList(QListWidget):
    """As wide as its longest name; arrow keys change the page."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("settingsList")
        self.setAccessibleName(self.tr("Pages of the settings"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_DotDelegate(theme, self))
        self.setTabKeyNavigation(False)
        theme.changed.connect(self.fit)

    def add_page(self, title: str) -> None:
        """Add a name at the end."""
        item = QListWidgetItem(title)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, title)
        self.addItem(item)

    def show_changed(self, row: int, is_changed: bool) -> None:
        """Show or hide the dot of a page."""
        item = self.item(row)
        if bool(item.data(_CHANGED)) == is_changed:
            return
        item.setData(_CHANGED, is_changed)
        said = self.tr("{0}, changed and not saved").format(item.text()) if is_changed else item.text()
        item.setData(Qt.ItemDataRole.AccessibleTextRole, said)
        item.setToolTip(self.tr("Changed and not saved") if is_changed else "")

    def has_dot(self, row: int) -> bool:
        """Whether a page shows a dot."""
        return bool(self.item(row).data(_CHANGED))

    def fit(self) -> None:
        """Be as wide as the longest name."""
        self.setFixedWidth(self.sizeHintForColumn(0) + 2 * 8 + 4)


class PageNav(QObject):
    """List and chooser as one. `turned` carries the row of the page to be shown."""

    turned = Signal(int)

    def __init__(self, theme: Theme, titles: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.list, self.chooser, self.top = PageList(theme), PageChooser(), QFrame()
        for title in titles:
            self.list.add_page(title)
            self.chooser.addItem(title)
        self._titles = tuple(titles)
        self._is_narrow = False
        self.list.currentRowChanged.connect(self._turn)
        self.chooser.currentIndexChanged.connect(self.list.setCurrentRow)
        self.top.setObjectName("settingsTop")
        QVBoxLayout(self.top).addWidget(self.chooser)
        self.top.hide()

    @property
    def row(self) -> int:
        """The chosen page's row; 0 before one was chosen."""
        return max(0, self.list.currentRow())

    def go_to(self, row: int) -> None:
        """Choose a page; `turned` follows if it was not chosen before."""
        self.list.setCurrentRow(row)

    def focus(self) -> None:
        """Put the focus where pages are chosen."""
        (self.chooser if self._is_narrow else self.list).setFocus()

    def show_changed(self, row: int, is_changed: bool) -> None:
        """Show or hide the dot of a page."""
        self.list.show_changed(row, is_changed)
        self.chooser.show_changed(row, self._titles[row], is_changed)

    def dots(self) -> list[str]:
        """Return the names that have a dot."""
        return [title for row, title in enumerate(self._titles) if self.list.has_dot(row)]

    def fit(self, width: int) -> None:
        """Where the list would take much of `width`, the pages are chosen in one line above."""
        is_narrow = width < _LIST_SHARE * self.list.minimumWidth()
        if is_narrow == self._is_narrow:
            return
        had_focus = self.list.hasFocus() or self.chooser.hasFocus()
        self._is_narrow = is_narrow
        self.list.setVisible(not is_narrow)
        self.top.setVisible(is_narrow)
        if had_focus:
            self.focus()

    def _turn(self, row: int) -> None:
        self.chooser.setCurrentIndex(row)
        self.turned.emit(row)
