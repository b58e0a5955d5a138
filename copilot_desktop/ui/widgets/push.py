"""PushButton: a button of the dialog, which Enter presses as Space does, but only when it has the focus."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget


class PushButton(QPushButton):
    """No default button: Enter in a field presses nothing."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setAutoDefault(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)


def push(text: str, name: str, *, role: str = "") -> PushButton:
    """Return a button with its words as its name; `role` is the style sheet's."""
    button = PushButton(text.replace("&", "&&"))
    button.setObjectName(f"{name}Button")
    button.setAccessibleName(text)
    if role:
        button.setProperty("role", role)
    return button
