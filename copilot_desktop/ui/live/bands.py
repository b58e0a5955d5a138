"""Bands: full-width signs over the call: practice, "you are live", on hold, passing on, the sound lost."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from copilot_desktop.calls.events import CallId, Treatment
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.elided import ElidedLabel
from copilot_desktop.ui.widgets.meters import LevelMeter
from copilot_desktop.ui.widgets.theme import Theme, label, set_look
from copilot_desktop.ui.widgets.wording import HOLD_LONG_S, HOLD_VERY_LONG_S, clock, hold_sound, spoken_time

_AROUND_PRACTICE = 56
_AROUND, _BETWEEN = 32, 12


class PracticeBand(QFrame):
    """A pattern and the word: a practice call can never be taken for a real one."""

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("practiceBand")
        self._theme = theme
        self._ways: tuple[str, ...] = (text,)
        self._text = label(text, "practice")
        # It must never make the window wider.
        self._text.setMinimumWidth(1)
        theme.changed.connect(self._fit)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 3, 16, 3)
        row.addStretch(1)
        row.addWidget(self._text)
        row.addStretch(1)

    def show_words(self, *ways: str) -> None:
        """Say something else: the longest of these `ways` for which there is room, which come first."""
        self._ways = ways
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        room, metrics = self.width() - _AROUND_PRACTICE, self._text.fontMetrics()
        fitting = (way for way in self._ways if metrics.horizontalAdvance(way) <= room)
        self._text.setText(next(fitting, self._ways[-1]))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        stripes = self._theme.colour("warning")
        stripes.setAlphaF(0.55)
        painter.fillRect(self.rect(), self._theme.colour("warning_tint"))
        painter.fillRect(self.rect(), QBrush(stripes, Qt.BrushStyle.BDiagPattern))
        around = self._text.geometry().adjusted(-12, -3, 12, 3)
        painter.fillRect(around, self._theme.colour("warning_tint"))


class StateBand(QFrame):
    """What must not be overlooked: live, muted, on hold, passing on, the sound lost. Hidden otherwise."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stateBand")
        self._theme = theme
        self.hold_sound = "music"
        """What callers on hold hear: "music" or "silence"."""
        self._reminded: tuple[CallId, int] | None = None
        self._icon_shown = ("mic", "live_label")
        self._times: tuple[str, ...] = ()
        """Ways to say how long it has been so, the longest first."""
        self._icon = QLabel()
        self._title = label("", "bandTitle")
        self._title.setObjectName("stateBandTitle")
        self._detail = ElidedLabel("bandDetail")
        self._meter = LevelMeter(theme, self.tr("Your loudness"), "live_label")
        self._time = label("", "bandDetail")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(_BETWEEN)
        row.addWidget(self._icon)
        row.addWidget(self._title)
        row.addWidget(self._detail, 1)
        row.addWidget(self._meter)
        row.addWidget(self._time)
        theme.follow(self, self._show_icon)
        self.hide()

    def show_call(self, call: LiveCall | None, now_s: float) -> None:
        """Show the sign that `call` needs."""
        if call is None or not call.is_connected:
            self.hide()
        elif call.is_lost:
            self._show_lost(now_s - call.lost_since_s)
        elif call.is_passing_on:
            self._show_passing_on(call)
        elif call.treatment is not Treatment.TALK:
            self._show_message(call)
        elif call.is_on_hold:
            self._show_hold(call, now_s - call.hold_since_s)
        elif call.mode is Mode.AGENT_SPEAKS and call.state is CallState.LIVE:
            self._show_live(call, now_s)
        else:
            self.hide()

    def _show_lost(self, away_s: float) -> None:
        title = self.tr("The sound is lost – {0}").format(clock(away_s))
        detail = self.tr("Reconnecting… The call is kept.")
        self._set("lost", ("warning", "danger"), title, detail)

    def _show_passing_on(self, call: LiveCall) -> None:
        title = self.tr("PASSING ON to {0}…").format(call.transfer_name or self.tr("another number"))
        self._set(
            "hold",
            ("transfer", "caller"),
            title,
            self.tr("The caller hears your sentence, then it rings there."),
        )

    def _show_message(self, call: LiveCall) -> None:
        if call.treatment is Treatment.VOICEMAIL:
            title = self.tr("The caller leaves a message")
            detail = self.tr("You can read along. Pick up to talk to them.")
        else:
            title = self.tr("The caller hears your message")
            detail = self.tr("Then the call ends. Pick up to talk to them.")
        self._set("hold", ("voicemail", "caller"), title, detail)

    def _show_hold(self, call: LiveCall, waited_s: float) -> None:
        is_long = waited_s >= HOLD_VERY_LONG_S
        title = self.tr("ON HOLD {0}").format(clock(waited_s))
        detail = self.tr("{0}. Nobody is heard until you resume.").format(hold_sound(self.hold_sound))
        if waited_s >= HOLD_LONG_S:
            detail = self.tr("The caller has waited {0}.").format(spoken_time(waited_s))
            self._remind(call, int(waited_s // HOLD_LONG_S), detail, is_urgent=is_long)
        if is_long:
            self._set("longHold", ("hold", "warning"), title, detail)
        else:
            self._set("hold", ("hold", "caller"), title, detail)

    def _remind(self, call: LiveCall, minutes: int, words: str, *, is_urgent: bool) -> None:
        """Say a full minute of waiting aloud, once."""
        if self._reminded != (call.call_id, minutes):
            self._reminded = (call.call_id, minutes)
            announce(self, words, is_urgent=is_urgent)

    def _show_live(self, call: LiveCall, now_s: float) -> None:
        mode_s = clock(now_s - call.mode_since_s)
        time = (self.tr("{0} in this mode").format(mode_s), mode_s)
        has_meter = call.has_microphone
        if not has_meter:
            title = self.tr("YOU ARE LIVE – the AI is silent")
            detail = self.tr("No microphone: type below, and the assistant's voice says it.")
            self._set("live", ("keyboard", "live_label"), title, detail, time=time)
        elif call.is_muted and call.is_speaking_muted:
            title, detail = self.tr("You are muted"), self.tr("You speak, and the caller cannot hear you.")
            if self.property("band") != "mutedSpeaking":
                announce(self, f"{title}. {detail}", is_urgent=True)
            self._set("mutedSpeaking", ("mic-off", "danger"), title, detail, has_meter=True, time=time)
        elif call.is_muted:
            title, detail = self.tr("YOU ARE MUTED"), self.tr("The caller cannot hear you.")
            self._set("muted", ("mic-off", "warning"), title, detail, has_meter=True, time=time)
        elif call.is_microphone_silent:
            title = self.tr("We cannot hear you")
            detail = self.tr("Your microphone gives no sound. It may be switched off on the headset.")
            self._set("lost", ("mic-off", "danger"), title, detail, has_meter=True, time=time)
        else:
            title = self.tr("YOU ARE LIVE – the caller hears you")
            self._set("live", ("mic", "live_label"), title, "", has_meter=True, time=time)
        self._meter.show_level(call.levels.ours_dbfs)

    def _set(
        self,
        look: str,
        icon: tuple[str, str],
        title: str,
        detail: str,
        *,
        has_meter: bool = False,
        time: tuple[str, ...] = (),
    ) -> None:
        self._title.setText(title)
        self._detail.show_text(detail)
        self._meter.setVisible(has_meter)
        self._times = time
        set_look(self, "band", look)
        for part in (self._title, self._detail, self._time):
            set_look(part, "band", look)
        if icon != self._icon_shown:
            self._icon_shown = icon
            self._show_icon()
        self.setAccessibleName(f"{title}. {detail}")
        self.show()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The title stands whole, then the detail; of the time as much as has room beside them."""
        parts = (self._icon, self._title, *((self._meter,) if self._meter.isVisibleTo(self) else ()))
        taken = sum(part.sizeHint().width() + _BETWEEN for part in parts) + _AROUND
        room, metrics = self.width() - taken, self._time.fontMetrics()
        beside = metrics.horizontalAdvance(self._detail.whole)
        wide = (time for time in self._times if metrics.horizontalAdvance(time) + beside <= room)
        shortest = [time for time in self._times[-1:] if metrics.horizontalAdvance(time) <= room]
        time = next(wide, shortest[0] if shortest else "")
        self._time.setText(time)
        self._time.setVisible(bool(time))

    def _show_icon(self) -> None:
        self._icon.setPixmap(self._theme.pixmap(*self._icon_shown, 20))
        self._meter.show_in(self._icon_shown[1])
