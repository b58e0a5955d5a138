"""FlowRow: buttons side by side where there is room, one below the other where there is none."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget


class FlowRow(QLayout):
    """A row that breaks like a line of text."""

    def __init__(self, *widgets: QWidget, spacing: int = 8) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap = spacing
        self.setContentsMargins(0, 0, 0, 0)
        for widget in widgets:
            self.addWidget(widget)

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return self._place(QRect(0, 0, width, 0), moves=False)

    def sizeHint(self) -> QSize:  # noqa: N802
        shown = [item.sizeHint() for item in self._items if not item.isEmpty()]
        width = sum(size.width() for size in shown) + self._gap * max(0, len(shown) - 1)
        return QSize(width, max((size.height() for size in shown), default=0))

    def minimumSize(self) -> QSize:  # noqa: N802
        size = QSize(0, 0)
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802
        super().setGeometry(rect)
        self._place(rect, moves=True)

    def _place(self, rect: QRect, *, moves: bool) -> int:
        """Walk along the lines; return the height they take."""
        y = rect.y()
        for line in self._lines(rect.width()):
            tallest = max(item.sizeHint().height() for item, _ in line)
            if moves:
                self._put(line, QRect(rect.x(), y, rect.width(), tallest))
            y += tallest + self._gap
        return max(0, y - self._gap - rect.y())

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, int]]]:
        """Return the items of each line with their widths; one that grows takes what is left."""
        lines: list[list[tuple[QLayoutItem, int]]] = []
        left = 0
        for item in self._items:
            if item.isEmpty():
                continue
            wanted = item.minimumSize().width() if _grows(item) else item.sizeHint().width()
            wanted = max(1, min(wanted, width))
            if not lines or wanted > left:
                lines.append([])
                left = width
            lines[-1].append((item, wanted))
            left -= wanted + self._gap
        return [self._stretched(line, width) for line in lines]

    def _stretched(self, line: list[tuple[QLayoutItem, int]], width: int) -> list[tuple[QLayoutItem, int]]:
        taken = sum(wanted for _, wanted in line) + self._gap * (len(line) - 1)
        return [(item, wanted + (width - taken if _grows(item) else 0)) for item, wanted in line]

    def _put(self, line: list[tuple[QLayoutItem, int]], place: QRect) -> None:
        """Set the items side by side at the same middle; from the right where people read from there."""
        parent = self.parentWidget()
        is_mirrored = parent is not None and parent.layoutDirection() is Qt.LayoutDirection.RightToLeft
        x = place.x()
        for item, width in line:
            height = item.sizeHint().height()
            at = place.right() + 1 - (x - place.x()) - width if is_mirrored else x
            item.setGeometry(
                QRect(QPoint(at, place.y() + (place.height() - height) // 2), QSize(width, height))
            )
            x += width + self._gap


def _grows(item: QLayoutItem) -> bool:
    widget = item.widget()
    return widget is not None and widget.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Expanding
