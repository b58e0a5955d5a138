"""KeypadPanel: tones into the call. Digits are typed only while the panel has the focus."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.buttons import small_button
from copilot_desktop.ui.widgets.elided import ElidedLabel
from copilot_desktop.ui.widgets.theme import Theme, label, set_look

DIGITS = "123456789*0#"
_SHOWN = 18
_NAMES = {"*": "star", "#": "hash"}


class KeypadPanel(QFrame):
    """`pressed` carries a digit and whether it is to be kept nowhere. Esc closes."""

    pressed = Signal(str, bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keypadPanel")
        self.setAccessibleName(self.tr("Keypad. Type digits, star or hash."))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._call: LiveCall | None = None
        self._above: QWidget | None = None
        self._before: QWidget | None = None
        self._shown: str | None = None
        self._sent = ElidedLabel("keypadSent", Qt.TextElideMode.ElideLeft)
        self._sent.setObjectName("keypadSent")
        self._caller = ElidedLabel("small")
        self._caller.setObjectName("keypadCaller")
        self.hidden_box = QCheckBox(self.tr("Hide digits"))
        self.hidden_box.setObjectName("keypadHidden")
        self.hidden_box.setToolTip(self.tr("For card numbers and PINs: the digits are written down nowhere."))
        self.hidden_box.setAccessibleName(self.tr("Hide digits: they are written down nowhere"))
        self._close = small_button(theme, "skip", self.tr("Close the keypad, Escape"))
        self._close.setObjectName("keypadClose")
        self._close.clicked.connect(self.hide)
        self.keys = {digit: self._key(digit) for digit in DIGITS}
        self._lay_out()
        self.hide()

    def open(self, above: QWidget) -> None:
        """Show the panel over the page, its right edge at that of `above`, and take the keys."""
        self._above = above
        self._before = QApplication.focusWidget()
        self.hidden_box.setChecked(False)
        self._shown = None
        self.settle()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def settle(self) -> None:
        """Follow the window's size and the text's."""
        above, around = self._above, self.parentWidget()
        if above is None or around is None:
            return
        self.adjustSize()
        corner = above.mapTo(around, QPoint(above.width(), 0))
        left = min(max(8, corner.x() - self.width()), around.width() - self.width() - 8)
        self.move(left, max(0, corner.y() - self.height() - 16))

    def show_call(self, call: LiveCall | None) -> None:
        """Show what went to `call`; closes when there is none, or another one."""
        if call is not self._call:
            self._call = call
            self.hide()
        if call is None or not call.is_connected:
            self.hide()
        if self.isHidden() or call is None:
            return
        if call.digits_sent != self._shown:
            self._shown = call.digits_sent
            self._say(self._shown or self.tr("Nothing sent yet"), "" if self._shown else "muted")
        pressed = self.tr("The caller pressed {0}").format(call.digits_pressed[-_SHOWN:])
        self._caller.show_text(pressed if call.digits_pressed else "")
        self._caller.setVisible(bool(call.digits_pressed))

    def refuse(self) -> None:
        """The line did not take the tones."""
        self._say(self.tr("Tones not accepted"), "danger")
        announce(self, self.tr("Tones not accepted"), is_urgent=True)

    def press(self, digit: str) -> None:
        """Send one digit."""
        self.pressed.emit(digit, self.hidden_box.isChecked())

    def hideEvent(self, event: QHideEvent) -> None:
        before, self._before = self._before, None
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        elif event.text() and event.text() in DIGITS:
            if not event.isAutoRepeat():
                self.press(event.text())
        else:
            super().keyPressEvent(event)

    def _say(self, text: str, tone: str) -> None:
        self._sent.show_text(text)
        set_look(self._sent, "tone", tone)

    def _key(self, digit: str) -> QPushButton:
        key = QPushButton(digit)
        key.setObjectName(f"keypad_{_NAMES.get(digit, digit)}")
        key.setProperty("look", "keypad")
        key.setAccessibleName(self.tr("Send {0}").format(_NAMES.get(digit, digit)))
        key.setAutoDefault(False)
        key.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        key.clicked.connect(lambda: self.press(digit))
        return key

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(label(self.tr("Keypad"), "heading"))
        head.addStretch(1)
        head.addWidget(self._close)
        grid = QGridLayout()
        grid.setSpacing(6)
        for number, digit in enumerate(DIGITS):
            grid.addWidget(self.keys[digit], number // 3, number % 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 12, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._sent)
        column.addLayout(grid)
        column.addWidget(self.hidden_box)
        column.addWidget(self._caller)
