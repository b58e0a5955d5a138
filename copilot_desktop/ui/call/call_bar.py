"""CallBar: the clock, the caller, who speaks, how fast we answer, whether it is recorded."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from copilot_desktop.ui.call.recording_sign import RecordingSign
from copilot_desktop.ui.call.who_speaks import WhoSpeaks
from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.elided import ElidedLabel
from copilot_desktop.ui.widgets.theme import Theme, label
from copilot_desktop.ui.widgets.wording import clock, phone_number, response_quality

_CALLER_SHARE, _SIGNS_SHARE = 0.18, 0.25


class CallBar(QFrame):
    """Always visible in a call, on every page."""

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("callBar")
        self._clock = label("00:00", "clock")
        self._clock.setObjectName("callClock")
        self._caller = ElidedLabel("caller")
        self._caller.setObjectName("callerName")
        self._to = ElidedLabel("muted")
        self.who_speaks = WhoSpeaks(theme)
        self._latency = ElidedLabel("small")
        self._latency.setObjectName("latencyChip")
        self.recording_sign = RecordingSign(theme, actions)
        self._lay_out()

    def show_call(self, call: LiveCall | None, now_s: float) -> None:
        """Show `call`, or that there is none."""
        self.who_speaks.show_call(call, now_s)
        if call is None:
            self._clock.setText("00:00")
            self._caller.show_text(self.tr("No call"))
            self._to.show_text(self.tr("The caller will stand here"))
        else:
            self._clock.setText(clock(call.elapsed_s(now_s)))
            self._caller.show_text(call.who)
            self._to.show_text(self._about(call))
        self._clock.setAccessibleName(self.tr("Call time {0}").format(self._clock.text()))
        self._show_latency(call)
        self.recording_sign.show_call(call, now_s)

    def tighten(self, is_tight: bool) -> None:
        """Give the room around the words to the call, where there is little."""
        self._row.setContentsMargins(16, 2 if is_tight else 8, 16, 2 if is_tight else 8)
        self.who_speaks.tighten(is_tight)

    def resizeEvent(self, event: QResizeEvent) -> None:
        # Who calls must be seen; the signs have a short form.
        self.recording_sign.setMaximumWidth(max(120, round(self.width() * _SIGNS_SHARE)))
        self._caller.setMinimumWidth(round(self.width() * _CALLER_SHARE))

    def _about(self, call: LiveCall) -> str:
        number = phone_number(call.caller) if call.caller_name else ""
        line = self.tr("to {0}").format(phone_number(call.line)) if call.line else ""
        return "  ·  ".join(part for part in (number, line) if part)

    def _show_latency(self, call: LiveCall | None) -> None:
        timed = call.response if call is not None else None
        text = self.tr("Answered in {0}").format(response_quality(timed.total_ms)) if timed else ""
        self._latency.show_text(text or self.tr("No answer timed yet"))
        self._latency.setToolTip(
            self.tr("From the caller's last sound to our first one sent. The line adds its own delay.")
        )

    def _lay_out(self) -> None:
        caller = QVBoxLayout()
        caller.setSpacing(2)
        caller.addWidget(self._caller)
        caller.addWidget(self._to)
        signs = QVBoxLayout()
        signs.setSpacing(2)
        signs.addWidget(self.recording_sign)
        signs.addWidget(self._latency)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(16)
        row.addWidget(self._clock)
        row.addLayout(caller, 3)
        row.addWidget(self.who_speaks, 4)
        row.addLayout(signs)
