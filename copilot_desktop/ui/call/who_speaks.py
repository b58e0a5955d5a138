"""WhoSpeaks: the one place that says who is speaking to the caller, in words, icon and colour."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from copilot_desktop.calls.events import Treatment
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.elided import ElidedLabel
from copilot_desktop.ui.widgets.meters import LevelMeter
from copilot_desktop.ui.widgets.theme import Theme, set_look
from copilot_desktop.ui.widgets.wording import HOLD_VERY_LONG_S, clock, hold_sound

_AROUND_WORDS = 80
"""Of the margins, the icon, and what keeps them apart."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """What stands there: `look` chooses the colours, `token` those of the icon."""

    look: str
    icon: str
    token: str
    title: str
    detail: str
    is_urgent: bool = False


class WhoSpeaks(QFrame):
    """Shows one phrase; says a new one aloud to screen readers."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("whoSpeaks")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._theme = theme
        self._phrase = Phrase("idle", "info", "muted", "", "")
        self._icon = QLabel()
        self._title = QLabel()
        self._title.setProperty("look", "whoTitle")
        self._detail = ElidedLabel("whoDetail")
        self._meter = LevelMeter(theme, self.tr("Loudness of who speaks now"), "ai")
        self.hold_sound = "music"
        """What callers on hold hear: "music" or "silence"."""
        self._lay_out()
        theme.follow(self, self._show_icon)
        self.show_call(None, 0.0)

    def show_call(self, call: LiveCall | None, now_s: float) -> None:
        """Say who speaks in `call`."""
        phrase = self.phrase(call, now_s)
        if call is not None:
            is_ours = call.is_speaking or call.mode is Mode.AGENT_SPEAKS
            self._meter.show_level(call.levels.ours_dbfs if is_ours else call.levels.caller_dbfs)
        if phrase == self._phrase:
            self._show_meter(call)
            return
        has_new_title = phrase.title != self._phrase.title
        self._phrase = phrase
        self._title.setText(phrase.title)
        self._detail.show_text(phrase.detail)
        self._detail.setVisible(bool(phrase.detail))
        self.setAccessibleName(f"{phrase.title}. {phrase.detail}")
        for part in (self, self._title, self._detail):
            set_look(part, "who", phrase.look)
        self._show_icon()
        self._show_meter(call)
        # How a call ended is said by the window.
        if has_new_title and call is not None and call.state is not CallState.ENDED:
            announce(self, phrase.title, is_urgent=phrase.is_urgent)

    def tighten(self, is_tight: bool) -> None:
        """Stand closer to the edges."""
        self._row.setContentsMargins(16, 2 if is_tight else 6, 16, 2 if is_tight else 6)

    def phrase(self, call: LiveCall | None, now_s: float) -> Phrase:
        """Return the words for a call."""
        if call is None:
            return Phrase("idle", "info", "muted", self.tr("No call"), "")
        if call.state is CallState.ENDED:
            return Phrase(
                "idle", "hang-up", "muted", self.tr("Call ended"), self.tr("Saving the last words…")
            )
        if call.is_passing_on:
            return self._passing_on(call)
        if call.state is not CallState.LIVE:
            return self._connecting(call, now_s)
        if call.treatment is not Treatment.TALK:
            return self._message(call)
        if call.is_on_hold:
            is_long = now_s - call.hold_since_s >= HOLD_VERY_LONG_S
            look, token = ("hold", "warning") if is_long else ("decide", "caller")
            return Phrase(
                look, "hold", token, self.tr("On hold"), hold_sound(self.hold_sound), is_urgent=True
            )
        if call.mode is Mode.AGENT_SPEAKS:
            return self._live(call, now_s)
        return self._assisted(call, now_s)

    def _passing_on(self, call: LiveCall) -> Phrase:
        to = self.tr("to {0}").format(call.transfer_name) if call.transfer_name else ""
        return Phrase("decide", "transfer", "caller", self.tr("Passing the call on…"), to, is_urgent=True)

    def _connecting(self, call: LiveCall, now_s: float) -> Phrase:
        if call.is_lost:
            away = self.tr("{0} – reconnecting. The call is kept.").format(clock(now_s - call.lost_since_s))
            return Phrase("problem", "warning", "danger", self.tr("The sound is lost"), away, is_urgent=True)
        return Phrase("idle", "answer", "muted", self.tr("Connecting…"), "")

    def _message(self, call: LiveCall) -> Phrase:
        title = self.tr("Caller leaves a message")
        if call.treatment is Treatment.MESSAGE:
            title = self.tr("Caller hears your message")
        return Phrase("decide", "voicemail", "caller", title, self.tr("The caller does not hear you"))

    def _live(self, call: LiveCall, now_s: float) -> Phrase:
        detail = self._caller_does(call, now_s)
        if not call.has_microphone:
            detail = self.tr("Type: the assistant's voice says it")
        if call.is_muted:
            return Phrase(
                "hold",
                "mic-off",
                "warning",
                self.tr("You are muted"),
                self.tr("The caller cannot hear you"),
                True,
            )
        icon = "mic" if call.has_microphone else "keyboard"
        return Phrase("live", icon, "live_label", self.tr("You are live"), detail, is_urgent=True)

    def _assisted(self, call: LiveCall, now_s: float) -> Phrase:
        is_mine = call.mode is Mode.AGENT_APPROVES
        look, icon = ("decide", "take-over") if is_mine else ("ai", "ai")
        if call.is_speaking:
            detail = self.tr("The caller cannot hear you")
            return Phrase("ai", "ai", "ai", self.tr("AI is speaking"), detail)
        if is_mine:
            caller = self._caller_does(call, now_s)
            detail = caller or self.tr("AI prepares, you approve")
            return Phrase(look, icon, "caller", self.tr("You decide"), detail)
        if call.is_caller_speaking(now_s):
            return Phrase(look, "ear", "ai", self.tr("AI is listening"), self.tr("The caller speaks"))
        if call.caller_waits_s(now_s) > 0:
            return Phrase(look, "think", "ai", self.tr("AI is preparing"), self.tr("The caller waits"))
        return Phrase(look, "ear", "ai", self.tr("AI is listening"), self.tr("The caller cannot hear you"))

    def _caller_does(self, call: LiveCall, now_s: float) -> str:
        return self.tr("The caller speaks") if call.is_caller_speaking(now_s) else ""

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._detail)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.setSpacing(12)
        row.addWidget(self._icon)
        row.addLayout(words, 1)
        row.addWidget(self._meter)

    def _show_meter(self, call: LiveCall | None) -> None:
        """The meter gives way to the words."""
        needed = self._title.sizeHint().width() + self._meter.sizeHint().width() + _AROUND_WORDS
        is_live = call is not None and call.state is CallState.LIVE
        self._meter.setVisible(is_live and needed <= self.width())

    def _show_icon(self) -> None:
        self._icon.setPixmap(self._theme.pixmap(self._phrase.icon, self._phrase.token, 24))
        self._meter.show_in(self._phrase.token)

    def focusInEvent(self, event: QFocusEvent) -> None:
        set_look(self, "focus", "yes")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        set_look(self, "focus", "no")
