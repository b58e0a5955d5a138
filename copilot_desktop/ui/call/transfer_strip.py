"""TransferStrip: whom to pass the call on to, what the caller hears first, a button with the name in it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from copilot_desktop.ui.widgets.buttons import GuardedButton
from copilot_desktop.ui.widgets.elided import ElidedLabel
from copilot_desktop.ui.widgets.theme import label
from copilot_desktop.ui.widgets.wording import phone_number

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_ADDRESS = re.compile(r"sips?:[^\s@]+@[^\s@]+")


def dialable(text: str) -> str:
    """Return a typed number as the phone company takes it; empty if it is none."""
    typed = text.strip()
    if _ADDRESS.fullmatch(typed):
        return typed
    bare = re.sub(r"[\s().\-–/]", "", typed)
    return bare if _NUMBER.fullmatch(bare) else ""


class TransferStrip(QFrame):
    """`confirmed` carries the number, the name to show, and the announcement. Esc and "Stay" close it."""

    confirmed = Signal(str, str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transferStrip")
        self._targets: dict[str, str] = {}
        self._is_worded = False
        self.target_box = QComboBox()
        self.target_box.setObjectName("transferTarget")
        self.target_box.setEditable(True)
        self.target_box.setMinimumWidth(120)
        self.target_box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.target_box.setAccessibleName(self.tr("Whom to pass the call on to: a name, or a number"))
        self.announcement = QLineEdit()
        self.announcement.setObjectName("transferAnnouncement")
        self.announcement.setMaxLength(300)
        self.announcement.setAccessibleName(self.tr("What the caller hears before"))
        self.confirm_button = GuardedButton()
        self.confirm_button.setObjectName("transferConfirm")
        self.confirm_button.clicked.connect(self.confirm)
        self._stay = QPushButton(self.tr("Stay   Esc"))
        self._stay.setObjectName("transferStay")
        self._stay.setAccessibleName(self.tr("Stay in the call, Escape"))
        self._stay.setAutoDefault(False)
        self._stay.clicked.connect(self.hide)
        self._hint = ElidedLabel("small")
        self._hint.setObjectName("transferHint")
        self._lay_out()
        self._field().textChanged.connect(self._follow)
        self._field().setObjectName("transferTargetField")
        self._field().setAccessibleName(self.target_box.accessibleName())
        self.announcement.textEdited.connect(self._take_words)
        self.hide()

    def ask(self, targets: Mapping[str, str], chosen: str = "") -> None:
        """Open, offering `targets` (name → number); `chosen` is filled in if it is one of them."""
        self._targets = dict(targets)
        self._is_worded = False
        self.target_box.clear()
        for name in self._targets:
            self.target_box.addItem(name)
        self.target_box.setCurrentIndex(max(0, self.target_box.findText(chosen)) if self._targets else -1)
        if not self._targets:
            self._field().clear()
        self._field().setPlaceholderText(self.tr("A number with + and country code"))
        self._follow()
        self.show()
        self.target_box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field().selectAll()

    def confirm(self) -> None:
        """The second step: pass the call on."""
        number = self._number()
        if number:
            self.hide()
            self.confirmed.emit(number, self._name(), self.announcement.text().strip())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            return
        super().keyPressEvent(event)

    def _field(self) -> QLineEdit:
        field = self.target_box.lineEdit()
        assert field is not None
        return field

    def _number(self) -> str:
        typed = self._field().text().strip()
        return self._targets.get(typed) or dialable(typed)

    def _name(self) -> str:
        typed = self._field().text().strip()
        return typed if typed in self._targets else phone_number(self._number())

    def _take_words(self) -> None:
        self._is_worded = True

    def _follow(self) -> None:
        """Follow what is typed: the name on the button, the sentence, and what is missing."""
        number = self._number()
        name = self._name() if number else self.tr("…")
        words = self.tr("Pass on to {0}").format(name)
        self.confirm_button.setText(self.tr("{0}   Ctrl+Enter").format(words))
        self.confirm_button.setAccessibleName(self.tr("{0}, Ctrl+Enter").format(words))
        self.confirm_button.setEnabled(bool(number))
        is_known = self._field().text().strip() in self._targets
        if not self._is_worded:
            known = self.tr("I am passing you on to {0}. One moment, please.").format(name)
            self.announcement.setText(
                known if is_known else self.tr("I am passing you on. One moment, please.")
            )
        if number:
            shown = phone_number(number) if is_known else ""
            self._hint.show_text(self.tr("{0}  Your part of the call ends then.").format(shown).strip())
        else:
            self._hint.show_text(self.tr("Choose a name, or type a number with + and country code."))

    def _lay_out(self) -> None:
        title = label(self.tr("Pass on to"), "bandTitle")
        title.setBuddy(self.target_box)
        heard = label(self.tr("The caller hears"), "small")
        heard.setBuddy(self.announcement)
        choice = QHBoxLayout()
        choice.setSpacing(12)
        choice.addWidget(title)
        choice.addWidget(self.target_box, 2)
        choice.addWidget(heard)
        choice.addWidget(self.announcement, 3)
        decision = QHBoxLayout()
        decision.setSpacing(12)
        decision.addWidget(self._hint, 1)
        decision.addWidget(self.confirm_button)
        decision.addWidget(self._stay)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(8)
        column.addLayout(choice)
        column.addLayout(decision)
