"""CallSwitcher: with several calls at once, one chip a call; the pressed one is on screen."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from copilot_desktop.calls.events import CallId, Treatment
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.live.live_call import LiveCall, LiveCalls
from copilot_desktop.ui.widgets.elided import plain_tip
from copilot_desktop.ui.widgets.theme import Theme, label, set_look
from copilot_desktop.ui.widgets.wording import HOLD_LONG_S, clock


@dataclass(frozen=True, slots=True)
class ChipWords:
    """What a chip shows."""

    icon: str
    tone: str
    who: str
    time: str
    state: str


class CallChip(QToolButton):
    """One call: who, since when, how it stands."""

    def __init__(self, theme: Theme, call: LiveCall, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"callChip_{call.call_id}")
        self.setProperty("look", "callChip")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setIconSize(QSize(16, 16))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(64)
        self._theme = theme
        self._words: ChipWords | None = None
        theme.follow(self, self._show_icon)

    def show_words(self, words: ChipWords, *, is_current: bool) -> None:
        """Show how the call stands."""
        self.setChecked(is_current)
        where = self.tr("on screen") if is_current else self.tr("press to show it")
        self.setAccessibleName(f"{words.who}, {words.time}, {words.state}, {where}")
        if words != self._words:
            self._words = words
            set_look(self, "tone", words.tone)
            self._show_icon()
            self._shorten()
            self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._shorten()

    def sizeHint(self) -> QSize:
        words = self._words
        text = f"{words.who}   {words.state}   {words.time}" if words else ""
        return QSize(self._metrics().horizontalAdvance(text) + 64, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(64, super().minimumSizeHint().height())

    def _shorten(self) -> None:
        words = self._words
        if words is None:
            return
        text = f"{words.who}   {words.state}   {words.time}"
        self.setToolTip(plain_tip(text))
        room = self.width() - self.iconSize().width() - 36
        self.setText(" " + self._metrics().elidedText(text, Qt.TextElideMode.ElideRight, room))

    def _metrics(self) -> QFontMetrics:
        """Of the bold words that the chip on screen has."""
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        return QFontMetrics(font)

    def _show_icon(self) -> None:
        if self._words is not None:
            self.setIcon(self._theme.icon(self._words.icon, self._words.tone))


class CallSwitcher(QFrame):
    """Shown while more than one call is answered. `chosen` carries the call."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, keys: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("callSwitcher")
        self.setAccessibleName(self.tr("Calls"))
        self._theme, self._keys = theme, keys
        self._chips: dict[CallId, CallChip] = {}
        self._calls: dict[CallId, LiveCall] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 4, 16, 4)
        self._row.setSpacing(8)
        self._count = label("", "small")
        self._hint = label(self.tr("Next: {0}").format(keys), "small")
        self._row.addWidget(self._count)
        self._row.addStretch(1)
        self._row.addWidget(self._hint)
        self.hide()

    def show_calls(self, calls: LiveCalls, now_s: float) -> None:
        """Show the answered calls of `calls`."""
        answered = calls.connected()
        self._calls = {call.call_id: call for call in answered}
        for gone in [call_id for call_id in self._chips if call_id not in self._calls]:
            chip = self._chips.pop(gone)
            self._row.removeWidget(chip)
            chip.deleteLater()
        for call in answered:
            if call.call_id not in self._chips:
                self._chips[call.call_id] = self._chip(call)
            words = self.words(call, now_s)
            self._chips[call.call_id].show_words(words, is_current=call is calls.current)
        self._count.setText(self.tr("{0} calls").format(len(answered)))
        self._fit()
        self.setVisible(len(answered) > 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        """What only helps gives way to the calls."""
        wanted = sum(chip.sizeHint().width() + self._row.spacing() for chip in self._chips.values())
        extras = self._count.sizeHint().width() + self._hint.sizeHint().width() + 3 * self._row.spacing() + 32
        has_room = wanted + extras <= self.width()
        self._count.setVisible(has_room)
        self._hint.setVisible(has_room and bool(self._keys))

    def chip(self, call_id: CallId) -> CallChip:
        """Return the chip of a call."""
        return self._chips[call_id]

    def words(self, call: LiveCall, now_s: float) -> ChipWords:
        """Return the words for one call."""
        time = clock(call.elapsed_s(now_s))
        icon, tone, state = self._state(call, now_s)
        return ChipWords(icon, tone, call.who, time, state)

    def _state(self, call: LiveCall, now_s: float) -> tuple[str, str, str]:
        if call.is_lost:
            return "warning", "danger", self.tr("Sound lost")
        if call.is_passing_on:
            return "transfer", "caller", self.tr("Passing on…")
        if call.treatment is Treatment.VOICEMAIL:
            return "voicemail", "caller", self.tr("Leaves a message")
        if call.treatment is Treatment.MESSAGE:
            return "voicemail", "caller", self.tr("Hears your message")
        if call.is_on_hold:
            held_s = now_s - call.hold_since_s
            tone = "warning" if held_s >= HOLD_LONG_S else "caller"
            return "hold", tone, self.tr("On hold {0}").format(clock(held_s))
        return {
            Mode.AI_SPEAKS: ("ai", "ai", self.tr("AI speaks")),
            Mode.AGENT_APPROVES: ("take-over", "caller", self.tr("You decide")),
            Mode.AGENT_SPEAKS: ("mic", "agent", self.tr("You are live")),
        }[call.mode]

    def _chip(self, call: LiveCall) -> CallChip:
        chip = CallChip(self._theme, call)
        chip.clicked.connect(lambda: self._choose(call.call_id))
        self._row.insertWidget(1 + len(self._chips), chip)
        return chip

    def _choose(self, call_id: CallId) -> None:
        call = self._calls.get(call_id)
        if call is not None:
            self._chips[call_id].setChecked(True)
            self.chosen.emit(call)
