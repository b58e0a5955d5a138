"""SayBox: typed words for the caller, or for the AI alone. Two boxes that cannot be taken for one another."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QWidget

from copilot_desktop.ui.widgets.buttons import GuardedButton
from copilot_desktop.ui.widgets.theme import Theme, label, set_look


class TypedBox(QFrame):
    """A line to type in and a button. Enter alone never sends; Ctrl+Enter and the button do."""

    sent = Signal(str)

    def __init__(self, theme: Theme, name: str, icon: str, token: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.icon = QLabel()
        theme.follow(self, lambda: self.icon.setPixmap(theme.pixmap(icon, token, 18)))
        self.field = QLineEdit()
        self.field.setObjectName(f"{name}Field")
        self.field.setMaxLength(500)
        self.button = GuardedButton()
        self.button.setObjectName(f"{name}Button")
        self.button.clicked.connect(self.send)
        self.field.textChanged.connect(self._follow_text)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(12, 8, 12, 8)
        self.row.setSpacing(8)
        self.row.addWidget(self.icon)
        self.row.addWidget(self.field, 1)
        self.row.addWidget(self.button)
        self._is_open = False

    def open_for(self, is_open: bool, reason: str) -> None:
        """Take typing, or say why not."""
        self._is_open = is_open
        self.field.setEnabled(is_open)
        self.field.setToolTip("" if is_open else reason)
        self._follow_text()

    def focus(self) -> None:
        """Put the cursor here."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def send(self) -> None:
        """Send what is typed, if anything is."""
        text = self.field.text().strip()
        if text and self._is_open:
            self.field.clear()
            self.sent.emit(text)

    def put_back(self, text: str) -> None:
        """What was sent could not be used: give it back to edit."""
        if not self.field.text():
            self.field.setText(text)

    def _follow_text(self) -> None:
        self.button.setEnabled(self._is_open and bool(self.field.text().strip()))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.field.clearFocus()
            return
        super().keyPressEvent(event)


class SayBox(TypedBox):
    """What is typed here the assistant's voice says to the caller, word for word."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "sayBox", "keyboard", "muted", parent)
        self.field.setAccessibleName(self.tr("A sentence the assistant's voice says to the caller, Ctrl+T"))
        self.button.setText(self.tr("Say it"))
        self.button.setProperty("role", "sayIt")
        self.button.setAccessibleName(self.tr("Say the typed sentence, Ctrl+Enter"))
        self.button.setToolTip(self.tr("Say the typed sentence  Ctrl+Enter"))
        self.show_prominent(False)

    def show_prominent(self, is_prominent: bool) -> None:
        """Stand out: the agent has the call and no microphone."""
        set_look(self, "prominent", "yes" if is_prominent else "no")
        self.field.setPlaceholderText(
            self.tr("Type what the assistant's voice should say to the caller, then Ctrl+Enter")
            if is_prominent
            else self.tr("Type a sentence to be said word for word   Ctrl+T")
        )


class GuideBox(TypedBox):
    """What is typed here the caller never hears."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "guideBox", "private", "warning", parent)
        self.row.insertWidget(1, label(self.tr("Only for the AI:"), "guide"))
        self.field.setPlaceholderText(self.tr("Ctrl+G"))
        self.field.setAccessibleName(self.tr("Private note to the AI. The caller never hears it, Ctrl+G"))
        self.button.setText("")
        self.button.setAccessibleName(self.tr("Send the private note, Ctrl+Enter"))
        self.button.setToolTip(self.tr("Send the private note  Ctrl+Enter"))
        self.button.setProperty("look", "square")
        self.button.setIconSize(QSize(18, 18))
        theme.set_icon(self.button, "next")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is narrow the words stand without their sign."""
        needed = self.row.minimumSize().width()
        if self.icon.isHidden():
            needed += self.icon.sizeHint().width() + self.row.spacing()
        self.icon.setVisible(needed <= self.width())
