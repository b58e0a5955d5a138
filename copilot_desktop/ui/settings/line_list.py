"""Lists of the settings: items of a title and a line below it, as high as a few of them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem


def line_list(name: str, title: str) -> QListWidget:
    """Return an empty list; `title` is what a screen reader calls it."""
    made = QListWidget()
    made.setObjectName(name)
    made.setAccessibleName(title)
    made.setProperty("look", "lines")
    made.setWordWrap(True)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    made.setUniformItemSizes(False)
    made.setFixedHeight(48)
    return made


def item(title: str, detail: str) -> QListWidgetItem:
    """Return an item of a list."""
    made = QListWidgetItem(f"{title}\n{detail}" if detail else title)
    made.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title}: {detail}" if detail else title)
    return made


def fit_height(made: QListWidget, *, most: int = 6) -> None:
    """Be as high as the rows, or as high as a few of them."""
    made.doItemsLayout()
    rows = sum(made.sizeHintForRow(row) for row in range(min(made.count(), most)))
    made.setFixedHeight(max(48, rows + 10))
