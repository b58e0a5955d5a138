"""ReadySwitch: whether calls ring here, in words, with the button that mends what stands in the way."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from copilot_desktop.ui.line_state import ReadyWords
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.elided import ElidedLabel
from copilot_desktop.ui.widgets.theme import Theme, label, set_look

_WIDEST_SHARE = 0.24
"""Of the header, for the words under the title."""


class Toggle(QAbstractButton):
    """A switch: knob at the right and filled is on."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._token = "muted"
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(self.sizeHint())

    def show_in(self, token: str) -> None:
        """Use another colour."""
        if token != self._token:
            self._token = token
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(44, 28)

    def nextCheckState(self) -> None:  # noqa: N802
        """The desk decides how it stands, not the click."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(4, 5, 36, 18)
        edge = self._theme.colour("muted" if self.isEnabled() else "faint")
        on = self._theme.colour(self._token)
        painter.setPen(QPen(on if self.isChecked() else edge, 2))
        painter.setBrush(on if self.isChecked() else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(track, 9, 9)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("background") if self.isChecked() else edge)
        left = track.right() - 15 if self.isChecked() else track.left() + 3
        painter.drawEllipse(QRectF(left, track.top() + 3, 12, 12))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.colour("caller"), 2))
            painter.drawRoundedRect(QRectF(1, 1, 42, 26), 8, 8)


class ReadySwitch(QFrame):
    """`toggled` asks for the other state; `page_asked` carries the page of the settings that mends it."""

    toggled = Signal()
    page_asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("readySwitch")
        self._words: ReadyWords | None = None
        self._keys = ""
        self._header_px = 1280
        self.toggle = Toggle(theme)
        self.toggle.setObjectName("readyToggle")
        self.toggle.clicked.connect(self.toggled)
        self._title = label("", "readyTitle")
        self._title.setObjectName("readyTitle")
        self._detail = ElidedLabel("small")
        self._detail.setObjectName("readyDetail")
        self.button = QPushButton()
        self.button.setObjectName("readyButton")
        self.button.setProperty("look", "slim")
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._ask_page)
        self._lay_out()

    def show_words(self, words: ReadyWords, keys: str) -> None:
        """Show how the line stands; a new state is said aloud, a bad one at once."""
        if words == self._words and keys == self._keys:
            return
        old, self._words, self._keys = self._words, words, keys
        self._title.setText(words.title)
        set_look(self._title, "tone", words.tone)
        self._detail.show_text(words.detail)
        self._detail.setVisible(bool(words.detail))
        self.fit(self._header_px)
        self.toggle.setChecked(words.is_on)
        self.toggle.setEnabled(words.can_switch)
        self.toggle.show_in(words.tone if words.tone in ("success", "danger") else "muted")
        self.toggle.setAccessibleName(f"{words.whole}, {keys}" if keys else words.whole)
        self.toggle.setToolTip(words.why_not or f"{words.whole}  {keys}".strip())
        self.button.setText(words.button)
        self.button.setVisible(bool(words.button))
        self.button.setAccessibleName(f"{words.button}: {words.whole}")
        self.setAccessibleName(words.whole)
        if old is not None and (old.title, old.tone) != (words.title, words.tone):
            announce(self, words.whole, is_urgent=words.tone == "danger")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        # The words belong to the switch: a click on them counts.
        if self.toggle.isEnabled() and event.button() is Qt.MouseButton.LeftButton:
            self.toggled.emit()

    def _ask_page(self) -> None:
        if self._words is not None:
            self.page_asked.emit(self._words.page)

    def fit(self, header_px: int) -> None:
        """Take as much room as the words need, in a header that is `header_px` wide."""
        self._header_px = header_px
        wanted = self._detail.fontMetrics().horizontalAdvance(self._detail.whole) + 4
        self._detail.setFixedWidth(min(wanted, round(header_px * _WIDEST_SHARE)))

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self._title)
        words.addWidget(self._detail)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self.toggle)
        row.addLayout(words)
        row.addWidget(self.button)
