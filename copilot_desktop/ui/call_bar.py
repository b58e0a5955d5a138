"""CallBar: the clock, the caller, who speaks, how fast we answer, whether it is recorded."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from copilot_desktop.ui.live_call import LiveCall
from copilot_desktop.ui.theme import Theme, label, set_look
from copilot_desktop.ui.who_speaks import WhoSpeaks
from copilot_desktop.ui.wording import clock, phone_number, response_quality


class ElidedLabel(QLabel):
    """A label that gives way: too long a text ends in "…" and stands whole in the tool-tip."""

    def __init__(self, look: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", look)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._whole = ""

    def show_text(self, text: str) -> None:
        """Show `text`, shortened to the room there is."""
        if text != self._whole:
            self._whole = text
            self.setToolTip(text)
            self._shorten()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._shorten()

    def _shorten(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))
        self.setAccessibleName(self._whole)


class CallBar(QFrame):
    """Always visible in a call, on every page."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("callBar")
        self._theme = theme
        self._clock = label("00:00", "clock")
        self._clock.setObjectName("callClock")
        self._caller = ElidedLabel("caller")
        self._caller.setObjectName("callerName")
        self._to = ElidedLabel("muted")
        self.who_speaks = WhoSpeaks(theme)
        self._latency = label("", "small")
        self._latency.setObjectName("latencyChip")
        self._latency.setToolTip(
            self.tr("From the caller's last sound to our first one sent. The line adds its own delay.")
        )
        self._recording_icon = QLabel()
        self._recording = label("", "small")
        self._recording.setObjectName("recordingSign")
        self._is_recording: bool | None = None
        self._lay_out()
        theme.follow(self, self._show_recording_icon)

    def show_call(self, call: LiveCall | None, now_s: float) -> None:
        """Show `call`, or that there is none."""
        self.who_speaks.show_call(call, now_s)
        if call is None:
            self._clock.setText("00:00")
            self._caller.show_text(self.tr("No call"))
            self._to.show_text(self.tr("The caller will stand here"))
        else:
            self._clock.setText(clock(call.elapsed_s(now_s)))
            self._caller.show_text(phone_number(call.caller))
            self._to.show_text(self._about(call))
        self._clock.setAccessibleName(self.tr("Call time {0}").format(self._clock.text()))
        self._show_latency(call)
        self._show_recording(call is not None and call.is_recording)

    def _about(self, call: LiveCall) -> str:
        return self.tr("to {0}").format(phone_number(call.line)) if call.line else ""

    def _show_latency(self, call: LiveCall | None) -> None:
        timed = call.response if call is not None else None
        text = self.tr("Answered in {0}").format(response_quality(timed.total_ms)) if timed else ""
        self._latency.setText(text or self.tr("No answer timed yet"))

    def _show_recording(self, is_recording: bool) -> None:
        if is_recording is self._is_recording:
            return
        self._is_recording = is_recording
        self._recording.setText(self.tr("Recording") if is_recording else self.tr("Not recorded"))
        set_look(self._recording, "tone", "danger" if is_recording else "muted")
        self._show_recording_icon()

    def _show_recording_icon(self) -> None:
        token = "danger" if self._is_recording else "muted"
        self._recording_icon.setPixmap(self._theme.pixmap("record", token, 16))

    def _lay_out(self) -> None:
        caller = QVBoxLayout()
        caller.setSpacing(2)
        caller.addWidget(self._caller)
        caller.addWidget(self._to)
        recording = QHBoxLayout()
        recording.setSpacing(6)
        recording.addWidget(self._recording_icon)
        recording.addWidget(self._recording)
        recording.addStretch(1)
        signs = QVBoxLayout()
        signs.setSpacing(4)
        signs.addLayout(recording)
        signs.addWidget(self._latency)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(16)
        row.addWidget(self._clock)
        row.addLayout(caller, 3)
        row.addWidget(self.who_speaks, 4)
        row.addLayout(signs, 2)
