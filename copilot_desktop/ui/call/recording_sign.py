"""RecordingSign: whether the call is recorded and the caller knows; its menu gives or confirms the notice."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget

from copilot_desktop.calls.events import RecordingState
from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.theme import Theme, set_look
from copilot_desktop.ui.widgets.wording import clock

_AROUND = 20


@dataclass(frozen=True, slots=True)
class RecordingWords:
    """What the sign shows; `short` where there is no room; `state` is said aloud when it changes."""

    icon: str
    tone: str
    text: str
    short: str
    state: str


class RecordingSign(QPushButton):
    """Always visible in a call. Pressed, it offers what can be done about the recording."""

    notice_asked = Signal()
    notice_said = Signal()

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recordingSign")
        self.setProperty("look", "sign")
        self.setIconSize(QSize(16, 16))
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._theme, self._actions = theme, actions
        self._words = RecordingWords("off", "muted", "", "", "")
        self.clicked.connect(self.open_menu)
        theme.follow(self, self._show_icon)
        self.show_call(None, 0.0)

    def show_call(self, call: LiveCall | None, now_s: float) -> None:
        """Show how the recording of `call` stands."""
        words = self.words(call, now_s)
        self.setEnabled(call is not None and call.is_connected)
        if words == self._words:
            return
        is_new_state = words.state != self._words.state
        self._words = words
        self._shorten()
        self.setAccessibleName(words.text)
        set_look(self, "tone", words.tone)
        self._show_icon()
        if is_new_state and call is not None:
            announce(self, words.state, is_urgent=words.tone == "warning")

    def words(self, call: LiveCall | None, now_s: float) -> RecordingWords:
        """Return the words for a call."""
        if call is None or call.recording is RecordingState.OFF:
            text = self.tr("Not recorded")
            return RecordingWords("off", "muted", text, text, text)
        if call.recording is RecordingState.PAUSED:
            return self._paused(call, now_s)
        if call.recording is RecordingState.WAITING_FOR_NOTICE:
            return self._waiting(call)
        if call.notice_given_ms is None:
            text = self.tr("Recording – notice not given yet")
            return RecordingWords("record", "warning", text, self.tr("No notice yet"), text)
        time = clock(call.notice_given_ms / 1000)
        given = self.tr("Recording – notice given {0} ✓").format(time)
        return RecordingWords(
            "record", "danger", given, self.tr("Recording {0} ✓").format(time), self.tr("Recording")
        )

    def open_menu(self) -> None:
        """Open the list of what can be done, under the sign."""
        menu = QMenu(self)
        menu.setObjectName("recordingMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Play the notice"), self.notice_asked.emit)
        menu.addAction(self.tr("I said it myself"), self.notice_said.emit)
        menu.addSeparator()
        menu.addAction(self._actions["pause_recording"])
        menu.popup(self.mapToGlobal(QPoint(0, self.height() + 4)))

    def _waiting(self, call: LiveCall) -> RecordingWords:
        if call.is_notice_failed:
            text = self.tr("Not recorded – notice not given yet")
            return RecordingWords("warning", "warning", text, self.tr("No notice yet"), text)
        text = self.tr("Recording starts after the notice")
        return RecordingWords("waiting", "muted", text, self.tr("Not yet recorded"), text)

    def _paused(self, call: LiveCall, now_s: float) -> RecordingWords:
        paused = clock(now_s - call.paused_since_s)
        if call.is_card_number:
            text, short = self.tr("Recording paused {0} (card number)"), self.tr("Card {0}")
        else:
            text, short = self.tr("Recording paused {0}"), self.tr("Paused {0}")
        state = self.tr("Recording paused")
        return RecordingWords("pause", "warning", text.format(paused), short.format(paused), state)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._shorten()

    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self._words.text)
        return QSize(words + self.iconSize().width() + _AROUND, self.fontMetrics().height() + 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(96, self.sizeHint().height())

    def _shorten(self) -> None:
        room = self.width() - self.iconSize().width() - _AROUND + 4
        self.updateGeometry()
        metrics = self.fontMetrics()
        fits = metrics.horizontalAdvance(self._words.text) <= room
        text = self._words.text if fits else self._words.short
        self.setText(" " + metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))
        self.setToolTip(self._words.text)

    def _show_icon(self) -> None:
        self.setIcon(self._theme.icon(self._words.icon, self._words.tone))
