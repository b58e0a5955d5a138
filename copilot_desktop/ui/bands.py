"""Bands: full-width signs over the call: practice, "you are live", hold, and the strip for one message."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.ui.buttons import GuardedButton, small_button
from copilot_desktop.ui.live_call import LiveCall
from copilot_desktop.ui.meters import LevelMeter
from copilot_desktop.ui.theme import Theme, label, set_look
from copilot_desktop.ui.wording import clock

HOLD_LONG_S = 60


class PracticeBand(QFrame):
    """A pattern and the word: a practice call can never be taken for a real one."""

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("practiceBand")
        self._theme = theme
        self._text = label(text, "practice")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 3, 16, 3)
        row.addStretch(1)
        row.addWidget(self._text)
        row.addStretch(1)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        stripes = self._theme.colour("warning")
        stripes.setAlphaF(0.55)
        painter.fillRect(self.rect(), self._theme.colour("warning_tint"))
        painter.fillRect(self.rect(), QBrush(stripes, Qt.BrushStyle.BDiagPattern))
        around = self._text.geometry().adjusted(-12, -3, 12, 3)
        painter.fillRect(around, self._theme.colour("warning_tint"))


class StateBand(QFrame):
    """What must not be overlooked: live, muted, on hold. Hidden otherwise."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stateBand")
        self._theme = theme
        self._icon_shown = ("mic", "live_label")
        self._icon = QLabel()
        self._title = label("", "bandTitle")
        self._title.setObjectName("stateBandTitle")
        self._detail = label("", "bandDetail")
        self._meter = LevelMeter(theme, self.tr("Your loudness"), "live_label")
        self._time = label("", "bandDetail")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(12)
        for widget in (self._icon, self._title, self._detail):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self._meter)
        row.addWidget(self._time)
        theme.follow(self, self._show_icon)
        self.hide()

    def show_call(self, call: LiveCall | None, now_s: float) -> None:
        """Show the sign that `call` needs."""
        if call is None or not call.is_connected:
            self.hide()
        elif call.is_on_hold:
            self._show_hold(now_s - call.hold_since_s)
        elif call.mode is Mode.AGENT_SPEAKS and call.state is CallState.LIVE:
            self._show_live(call, now_s)
        else:
            self.hide()

    def _show_hold(self, waited_s: float) -> None:
        title = self.tr("ON HOLD {0}").format(clock(waited_s))
        detail = self.tr("The caller hears silence. Nobody is heard until you resume.")
        if waited_s >= HOLD_LONG_S:
            minutes = int(waited_s // 60)
            one, many = (
                self.tr("The caller has waited 1 minute."),
                self.tr("The caller has waited {0} minutes."),
            )
            detail = one if minutes == 1 else many.format(minutes)
        self._set("hold", ("hold", "warning"), title, detail)
        self._meter.hide()
        self._time.hide()

    def _show_live(self, call: LiveCall, now_s: float) -> None:
        if not call.has_microphone:
            detail = self.tr("No microphone: type below, and the assistant's voice says it.")
            self._set("live", ("keyboard", "live_label"), self.tr("YOU ARE LIVE – the AI is silent"), detail)
        elif call.is_muted:
            self._set(
                "hold",
                ("mic-off", "warning"),
                self.tr("YOU ARE MUTED"),
                self.tr("The caller cannot hear you."),
            )
        else:
            title = self.tr("YOU ARE LIVE – the caller hears you")
            self._set("live", ("mic", "live_label"), title, "")
        self._meter.show_level(call.levels.ours_dbfs)
        self._meter.setVisible(call.has_microphone)
        self._time.setText(self.tr("{0} in this mode").format(clock(now_s - call.mode_since_s)))
        self._time.show()

    def _set(self, look: str, icon: tuple[str, str], title: str, detail: str) -> None:
        self._title.setText(title)
        self._detail.setText(detail)
        set_look(self, "band", look)
        for part in (self._title, self._detail, self._time):
            set_look(part, "band", look)
        if icon != self._icon_shown:
            self._icon_shown = icon
            self._show_icon()
        self.setAccessibleName(f"{title}. {detail}")
        self.show()

    def _show_icon(self) -> None:
        self._icon.setPixmap(self._theme.pixmap(*self._icon_shown, 20))
        self._meter.show_in(self._icon_shown[1])


class Strip(QFrame):
    """One message with at most two buttons; never a dialog. `tone` is info, warning or danger."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._theme = theme
        self._tone = "info"
        self._icon = QLabel()
        self._text = label("", "stripText")
        self._text.setObjectName(f"{name}Text")
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setWordWrap(True)
        self._buttons: list[QPushButton] = []
        self._close = small_button(theme, "skip", self.tr("Close this message"))
        self._close.setIconSize(QSize(16, 16))
        self._close.clicked.connect(self.hide)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 8, 8, 8)
        self._row.setSpacing(12)
        self._row.addWidget(self._icon)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self._close)
        theme.follow(self, self._show_icon)
        self.hide()

    def tell(
        self,
        title: str,
        text: str,
        tone: str = "warning",
        buttons: tuple[tuple[str, Callable[[], None]], ...] = (),
        *,
        is_guarded: bool = False,
    ) -> None:
        """Show a message; each button closes the strip and does its deed. The first one is the remedy."""
        self._text.setText(f"<b>{escape(title)}</b>&nbsp;&nbsp; {escape(text)}")
        self._text.setAccessibleName(f"{title}. {text}")
        self._tone = tone
        set_look(self, "tone", tone)
        self._show_icon()
        self.setAccessibleName(f"{title}. {text}")
        for old in self._buttons:
            self._row.removeWidget(old)
            old.deleteLater()
        self._buttons = [
            self._button(words, deed, is_guarded and n > 0) for n, (words, deed) in enumerate(buttons)
        ]
        self.show()
        if self._buttons and is_guarded:
            self._buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _button(self, words: str, deed: Callable[[], None], is_guarded: bool) -> QPushButton:
        button = GuardedButton(words) if is_guarded else QPushButton(words)
        button.setObjectName(f"{self.objectName()}Button{len(self._row.children())}")
        button.setAccessibleName(words)
        button.clicked.connect(self.hide)
        button.clicked.connect(deed)
        self._row.insertWidget(self._row.indexOf(self._close), button)
        return button

    def _show_icon(self) -> None:
        icon = "info" if self._tone == "info" else "warning"
        token = "caller" if self._tone == "info" else self._tone
        self._icon.setPixmap(self._theme.pixmap(icon, token, 20))
