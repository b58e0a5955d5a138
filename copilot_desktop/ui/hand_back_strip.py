"""HandBackStrip: the second of the two deliberate steps that give the call back to the AI."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QWidget

from copilot_desktop.ui.buttons import GuardedButton
from copilot_desktop.ui.theme import label


class HandBackStrip(QFrame):
    """Asks what the AI should know. `given_back` carries the note; Esc and "Stay live" close it."""

    given_back = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("handBackStrip")
        title = label(self.tr("Give the call back to the AI?"), "bandTitle")
        title.setProperty("band", "live")
        self.note = QLineEdit()
        self.note.setObjectName("handBackNote")
        self.note.setPlaceholderText(self.tr("What it should know, for example what you agreed"))
        self.note.setAccessibleName(self.tr("What the AI should know"))
        self.give_button = GuardedButton(self.tr("Give back   Ctrl+Enter"))
        self.give_button.setObjectName("giveBackButton")
        self.give_button.setProperty("role", "onBand")
        self.give_button.setAccessibleName(self.tr("Give back, Ctrl+Enter"))
        self.give_button.clicked.connect(self.give_back)
        stay = QPushButton(self.tr("Stay live   Esc"))
        stay.setObjectName("stayLiveButton")
        stay.setProperty("role", "onBandQuiet")
        stay.setAccessibleName(self.tr("Stay live, Escape"))
        stay.setAutoDefault(False)
        stay.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(12)
        row.addWidget(title)
        row.addWidget(self.note, 1)
        row.addWidget(self.give_button)
        row.addWidget(stay)
        self.hide()

    def ask(self) -> None:
        """Open with an empty note."""
        self.note.clear()
        self.show()
        self.note.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def give_back(self) -> None:
        """The second step."""
        self.hide()
        self.given_back.emit(self.note.text().strip())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            return
        super().keyPressEvent(event)
