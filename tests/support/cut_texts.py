"""Looks at a window as the eye does: which texts have no room, what is out of sight, what has no name."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSplitterHandle,
    QTabBar,
    QToolButton,
    QWidget,
)

from copilot_desktop.ui.widgets.elided import ElidedLabel

CONTROLS = (
    QAbstractButton,
    QLineEdit,
    QPlainTextEdit,
    QComboBox,
    QAbstractItemView,
    QAbstractSpinBox,
    QTabBar,
)
_OF_QT = ("QHeaderView", "QTableCornerButton", "QScrollBar")
_SLACK_PX = 1


def settle() -> None:
    """Let what grows ask its parent for room, and that its own."""
    for _ in range(3):
        QApplication.processEvents()


def cut_texts(window: QWidget) -> list[str]:
    """Return every visible text of `window` that is given less room than it needs, in words."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or isinstance(widget, ElidedLabel):
            continue  # An elided text ends in "…" on purpose, and is whole in its tool-tip.
        needs = _needs(widget)
        has = widget.width() + _SLACK_PX, widget.height() + _SLACK_PX
        if needs is not None and (has[0] < needs[0] or has[1] < needs[1]):
            found.append(f"{_name(widget)}: {_text(widget)!r} has {has} of {needs}")
    return found


def hidden_parts(window: QWidget) -> list[str]:
    """Return every visible button that lies, in part, outside of what holds it. What scrolls may."""
    found = []
    for button in window.findChildren(QAbstractButton):
        if button.isVisible() and not _scrolls(button) and not _own(button).isEmpty():
            seen = button.visibleRegion().boundingRect()
            if seen.width() + 2 < button.width() or seen.height() + 2 < button.height():
                found.append(f"{_name(button)}: {button.rect().size()} seen {seen.size()}")
    return found


def nameless(window: QWidget) -> list[str]:
    """Return every visible control that a screen reader could not name."""
    return [
        _name(widget)
        for widget in window.findChildren(QWidget)
        if isinstance(widget, CONTROLS)
        and widget.isVisible()
        and not (widget.accessibleName() or _of_qt(widget))
    ]


def left_of(window: QWidget, widget: QWidget) -> int:
    """Return where `widget` begins in `window`, from the left."""
    return widget.mapTo(window, QPoint(0, 0)).x()


def _needs(widget: QWidget) -> tuple[int, int] | None:
    """Return the least width and height with which a text is whole."""
    if isinstance(widget, QLabel):
        if not widget.text() or not widget.pixmap().isNull():
            return None
        if widget.wordWrap():
            return 0, widget.heightForWidth(widget.width())
        hint = widget.minimumSizeHint()
        return hint.width(), hint.height()
    if isinstance(widget, QToolButton) and widget.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly:
        return None
    if isinstance(widget, QAbstractButton) and widget.text():
        lines = widget.text().replace("&", "").split("\n")
        metrics = widget.fontMetrics()
        return max(map(metrics.horizontalAdvance, lines)), metrics.height() * len(lines)
    return None


def _text(widget: QWidget) -> str:
    return widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""


def _name(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.objectName()}".strip()


def _own(widget: QWidget) -> QRect:
    return widget.visibleRegion().boundingRect()


def _scrolls(widget: QWidget) -> bool:
    return any(isinstance(above, QAbstractScrollArea) for above in _above(widget))


def _above(widget: QWidget) -> Iterator[QWidget]:
    parent = widget.parentWidget()
    while parent is not None:
        yield parent
        parent = parent.parentWidget()


def _of_qt(widget: QWidget) -> bool:
    """Whether Qt made it as a part of another control: a table's head, a field's clear button."""
    if widget.objectName().startswith("qt_") or type(widget).__name__ in _OF_QT:
        return True
    is_own = type(widget).__module__.startswith("copilot_desktop")
    inner = isinstance(widget.parentWidget(), (*CONTROLS, QSplitterHandle))
    return not is_own and not widget.objectName() and inner
