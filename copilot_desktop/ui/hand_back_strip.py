"""HandBackStrip: the second of the two deliberate steps that give the call back to the AI."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLineEdit, QPushButton, QWidget

from copilot_desktop.ui.buttons import GuardedButton
from copilot_desktop.ui.theme import label

_LEAST_NOTE_PX = 280


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
        words, buttons = QHBoxLayout(), QHBoxLayout()
        for row in (words, buttons):
            row.setSpacing(12)
        words.addWidget(title)
        words.addWidget(self.note, 1)
        buttons.addStretch(1)
        buttons.addWidget(self.give_button)
        buttons.addWidget(stay)
        self._parts = (title, self.give_button, stay)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._body.setContentsMargins(16, 8, 16, 8)
        self._body.setSpacing(12)
        self._body.addLayout(words, 1)
        self._body.addLayout(buttons)
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the buttons under the words where the note would have no room."""
        wanted = sum(part.sizeHint().width() for part in self._parts) + _LEAST_NOTE_PX
        direction = QBoxLayout.Direction
        is_narrow = wanted > self.width()
        self._body.setDirection(direction.TopToBottom if is_narrow else direction.LeftToRight)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            return
        super().keyPressEvent(event)
