"""Buttons: bound to actions, and guarded where a stray key must not speak, hang up or give back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.theme import Theme

_STRAY_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Select)


class GuardedButton(QPushButton):
    """Answers to a click and to its shortcut, never to Space, Enter or the second half of a double click."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _STRAY_KEYS:
            event.accept()
            return
        super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        event.accept()


class GuardedTool(QToolButton):
    """The same as a tool button."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _STRAY_KEYS:
            event.accept()
            return
        super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        event.accept()


def bind(
    button: QPushButton | QToolButton, actions: Actions, name: str, text: str, *, keys_in_text: bool = False
) -> None:
    """Have `button` give the order `name`, and follow the action: whether it works, its keys, its reasons."""
    action = actions[name]
    button.setObjectName(f"{name}Button")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(action.trigger)
    shown = f"{text}   {actions.keys(name)}" if keys_in_text else text
    button.setText(beside_icon(shown) if isinstance(button, QPushButton) else shown)

    def follow() -> None:
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())
        if action.isCheckable():
            button.setCheckable(True)
            button.setChecked(action.isChecked())
        name_button(button, text, action)

    action.changed.connect(follow)
    follow()


def beside_icon(text: str) -> str:
    """Return words that keep a little away from the icon of their push button."""
    return f" {text}"


def name_button(button: QPushButton | QToolButton, text: str, action: QAction) -> None:
    """Give a button the name a screen reader says: its words and its key."""
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    button.setAccessibleName(f"{text}, {keys}" if keys else text)


def small_button(theme: Theme, icon: str, name: str) -> QToolButton:
    """Return a button that is only an icon; `name` is what it does, in words."""
    button = QToolButton()
    button.setAutoRaise(True)
    button.setAccessibleName(name)
    button.setToolTip(name)
    button.setProperty("look", "icon")
    theme.set_icon(button, icon, "muted")
    return button
