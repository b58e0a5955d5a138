"""Strip: one message over the page, never a dialog; StripStack: one of them at a time, the gravest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from copilot_desktop.ui.widgets.buttons import GuardedButton, small_button
from copilot_desktop.ui.widgets.theme import Theme, label, set_look

_LEAST_LETTERS = 28
_AROUND = 120
"""Of the icon, the counter and the cross."""

Deeds = tuple[tuple[str, Callable[[], object]], ...]
"""The words of each button, and what it does."""


class Strip(QFrame):
    """One message with at most three buttons. `tone` is info, warning or danger.

    `is_wanted` says that it has something to tell; alone it is then visible, in a stack when its turn comes.
    """

    wanted_changed = Signal()
    others_asked = Signal()

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._theme = theme
        self._tone = "info"
        self.is_wanted = False
        self.is_stacked = False
        self._icon = QLabel()
        self._text = label("", "stripText")
        self._text.setObjectName(f"{name}Text")
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setWordWrap(True)
        self._buttons: list[QPushButton] = []
        self._build_ends(theme)
        theme.follow(self, self._show_icon)
        self.hide()

    def tell(
        self,
        title: str,
        text: str,
        tone: str = "warning",
        buttons: Deeds = (),
        *,
        is_guarded: bool = False,
        focused: int | None = None,
    ) -> None:
        """Show a message; each button closes the strip and does its deed. The first one is the remedy.

        `is_guarded`: the buttons after the first answer to no stray key, and the first one is focused.
        `focused` puts the focus on another one.
        """
        self._say(title, text)
        self._tone = tone
        set_look(self, "tone", tone)
        self._show_icon()
        for old in self._buttons:
            self._deeds.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._buttons = [
            self._button(n, words, deed, is_guarded and n > 0) for n, (words, deed) in enumerate(buttons)
        ]
        self._fit()
        self._want(True)
        at = 0 if is_guarded else focused
        if at is not None and self._buttons:
            self._buttons[at].setFocus(Qt.FocusReason.OtherFocusReason)

    def reword(self, title: str, text: str) -> None:
        """Change the words and nothing else."""
        self._say(title, text)

    def dismiss(self) -> None:
        """Nothing to tell any more."""
        self._want(False)

    def show_others(self, count: int) -> None:
        """Say how many other messages wait behind this one."""
        self._others.setVisible(count > 0)
        self._others.setText(self.tr("1 more") if count == 1 else self.tr("{0} more").format(count))
        self._others.setAccessibleName(self.tr("Show the next message. {0}").format(self._others.text()))

    def _say(self, title: str, text: str) -> None:
        self._text.setText(f"<b>{escape(title)}</b>&nbsp;&nbsp; {escape(text)}")
        self._text.setAccessibleName(f"{title}. {text}")
        self.setAccessibleName(f"{title}. {text}")

    def _want(self, is_wanted: bool) -> None:
        self.is_wanted = is_wanted
        if not self.is_stacked:
            self.setVisible(is_wanted)
        self.wanted_changed.emit()

    def _button(self, number: int, words: str, deed: Callable[[], object], is_guarded: bool) -> QPushButton:
        button = GuardedButton(words) if is_guarded else QPushButton(words)
        button.setObjectName(f"{self.objectName()}Button{number}")
        button.setAccessibleName(words)
        button.setAutoDefault(False)
        button.clicked.connect(self.dismiss)
        button.clicked.connect(deed)
        self._deeds.addWidget(button)
        return button

    def _build_ends(self, theme: Theme) -> None:
        self._others = QPushButton()
        self._others.setObjectName(f"{self.objectName()}Others")
        self._others.setProperty("role", "link")
        self._others.setAutoDefault(False)
        self._others.clicked.connect(self.others_asked)
        self._others.hide()
        self._close = small_button(theme, "skip", self.tr("Close this message"))
        self._close.setIconSize(QSize(16, 16))
        self._close.clicked.connect(self.dismiss)
        self._deeds = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._deeds.setSpacing(12)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.setSpacing(8)
        self._body.addWidget(self._text, 1)
        self._body.addLayout(self._deeds)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 8, 6)
        row.setSpacing(12)
        row.addWidget(self._icon)
        row.addLayout(self._body, 1)
        row.addWidget(self._others)
        row.addWidget(self._close)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        """Put the buttons under the words where there is no room beside them."""
        words = self._text.fontMetrics().horizontalAdvance("m") * _LEAST_LETTERS
        deeds = sum(button.sizeHint().width() + self._deeds.spacing() for button in self._buttons)
        is_narrow = words + deeds > self.width() - _AROUND
        direction = QBoxLayout.Direction
        self._body.setDirection(direction.TopToBottom if is_narrow else direction.LeftToRight)
        self._deeds.setDirection(
            direction.TopToBottom if deeds > self.width() - _AROUND else direction.LeftToRight
        )
        self._deeds.setAlignment(Qt.AlignmentFlag.AlignLeft if is_narrow else Qt.AlignmentFlag.AlignRight)

    def _show_icon(self) -> None:
        icon = "info" if self._tone == "info" else "warning"
        token = "caller" if self._tone == "info" else self._tone
        self._icon.setPixmap(self._theme.pixmap(icon, token, 20))


class StripStack(QWidget):
    """Shows one of its strips: the first in order that has something to tell, or the one asked for."""

    def __init__(self, strips: Sequence[Strip], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stripStack")
        self._strips = tuple(strips)
        self._asked: Strip | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for strip in self._strips:
            strip.is_stacked = True
            strip.wanted_changed.connect(self._follow)
            strip.others_asked.connect(self._turn)
            column.addWidget(strip)
        self.hide()

    def _follow(self) -> None:
        # Whatever came or went: the gravest message first again.
        self._asked = None
        self._show()

    def _turn(self) -> None:
        wanted = self._wanted()
        shown = next((n for n, strip in enumerate(wanted) if strip.isVisibleTo(self)), 0)
        self._asked = wanted[(shown + 1) % len(wanted)]
        self._show()

    def _wanted(self) -> list[Strip]:
        return [strip for strip in self._strips if strip.is_wanted]

    def _show(self) -> None:
        wanted = self._wanted()
        shown = self._asked or next(iter(wanted), None)
        for strip in self._strips:
            strip.setVisible(strip is shown)
        if shown is not None:
            shown.show_others(len(wanted) - 1)
        self.setVisible(shown is not None)
