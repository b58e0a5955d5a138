"""ControlBar: what the agent can do in a call. Places never change; what does not apply says why."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from copilot_desktop.calls.events import RecordingState, Treatment
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.buttons import GuardedButton, GuardedTool, beside_icon, bind
from copilot_desktop.ui.widgets.theme import Theme, set_look

SECOND_PRESS_S = 3.0
_DOUBLE_PRESS_S = 0.25
_TALK = (
    "hand_back",
    "ai_speaks",
    "approve",
    "type",
    "guide",
    "mute",
    "hold",
    "keypad",
    "transfer",
    "pause_recording",
)


class ControlBar(QFrame):
    """Buttons of the actions, and the rules when each works. `hang_up_confirmed` is the real order."""

    hang_up_confirmed = Signal()

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("controlBar")
        self._theme, self._actions = theme, actions
        self._take_over_words = self.tr("Take over")
        self._forbidden = ""
        """Why the caller cannot be talked to just now."""
        self._asked_s: float | None = None
        self._calm_down = QTimer(self)
        self._calm_down.setSingleShot(True)
        self._calm_down.timeout.connect(self._forget_press)
        for name in ("approve", "ai_speaks", "mute", "hold", "pause_recording"):
            actions[name].setCheckable(True)
        self._build()
        self._lay_out()
        self.show_call(None)
        theme.changed.connect(self._fit)
        actions.keys_changed.connect(self._fit)

    def show_call(self, call: LiveCall | None) -> None:
        """Enable what `call` allows, and say why the rest does not work."""
        none = self.tr("There is no call")
        is_live = call is not None and call.is_connected
        self._forbidden = self._why_no_talk(call) if call is not None and is_live else ""
        self._enable_talk(call, is_live, none)
        self._enable_line(call, is_live, none)
        self._enable_keeping(call, none)
        self.hold_button.setText(self.tr("Resume") if call and call.is_on_hold else self.tr("Hold"))
        self.mute_button.setText(self.tr("Unmute") if call and call.is_muted else self.tr("Mute me"))
        is_paused = call is not None and call.recording is RecordingState.PAUSED
        self.pause_button.setText(self.tr("Record") if is_paused else self.tr("Pause rec."))
        self._pick_up_words(call is not None and is_live and call.treatment is not Treatment.TALK)
        if not is_live:
            self._forget_press()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def press_hang_up(self, call: LiveCall, now_s: float) -> None:
        """Hang up, or ask for a second press while the caller speaks or is on hold."""
        asked_s = self._asked_s
        if asked_s is not None and now_s - asked_s < _DOUBLE_PRESS_S:
            return
        is_second = asked_s is not None and now_s - asked_s <= SECOND_PRESS_S
        if is_second or not (call.is_on_hold or call.is_caller_speaking(now_s)):
            self._forget_press()
            self.hang_up_confirmed.emit()
            return
        self._asked_s = now_s
        set_look(self.hang_up_button, "asked", "yes")
        reason = self.tr("Caller is on hold –") if call.is_on_hold else self.tr("Caller is speaking –")
        short = self.tr("On hold:") if call.is_on_hold else self.tr("Speaking:")
        for lines in ((reason, self.tr("press again")), (short, self.tr("again"))):
            self.hang_up_button.setText("\n".join(map(beside_icon, lines)))
            if self._fit():
                break
        self._calm_down.start(round(SECOND_PRESS_S * 1000))

    def _fit(self) -> bool:
        """Give way to a narrow window or large text: room goes, then the key's name, then words.

        False: it is too narrow even so.
        """
        layout = self.layout()
        assert layout is not None
        under, bare = Qt.ToolButtonStyle.ToolButtonTextUnderIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        for has_key, style, spacing, margin, is_tight in (
            (True, under, 8, 16, False),
            (True, under, 5, 16, False),
            (True, under, 2, 16, False),
            (False, under, 4, 16, False),
            (False, under, 0, 12, True),
            (False, bare, 8, 16, False),
            (False, bare, 0, 4, True),
        ):
            self._tighten(is_tight)
            layout.setSpacing(spacing)
            layout.setContentsMargins(margin, 8, margin, 8)
            words = self._take_over_words
            keys = self._actions.keys("take_over")
            self.take_over_button.setText(beside_icon(f"{words}   {keys}" if has_key else words))
            for tool in self._tools:
                tool.setToolButtonStyle(style)
                self._keep_place(tool, has_words=style is under)
            # The row in the row does not see by itself that its buttons have another size.
            self._segments.invalidate()
            layout.invalidate()
            if layout.minimumSize().width() <= self.width():
                break
        layout.activate()
        return layout.minimumSize().width() <= self.width()

    def _tighten(self, is_tight: bool) -> None:
        word = "yes" if is_tight else "no"
        for button in (*self._tools, *self._pushes):
            if button.property("tight") != word:
                set_look(button, "tight", word)
                # A button keeps its size in mind until it hears that its style has changed.
                QApplication.sendEvent(button, QEvent(QEvent.Type.StyleChange))

    def _keep_place(self, tool: QToolButton, *, has_words: bool) -> None:
        """A tool whose word changes is as wide as its widest word, so that nothing beside it moves."""
        tool.setMinimumWidth(0)
        if not has_words:
            return
        shown, widest = tool.text(), 0
        for word in self._other_words.get(tool.objectName(), ()):
            tool.setText(word)
            widest = max(widest, tool.sizeHint().width())
        tool.setText(shown)
        tool.setMinimumWidth(widest)

    def _forget_press(self) -> None:
        self._asked_s = None
        self._calm_down.stop()
        self.hang_up_button.setText(beside_icon(self.tr("Hang up")))
        set_look(self.hang_up_button, "asked", "no")

    def _enable_talk(self, call: LiveCall | None, is_live: bool, none: str) -> None:
        mode = call.mode if call is not None and is_live else None
        is_passing_on = call is not None and call.state is CallState.TRANSFERRING
        is_announced = call is not None and call.is_passing_on and not is_passing_on
        is_taken = mode is Mode.AGENT_SPEAKS
        hand_back_first = self.tr("Hand the call back first: {0}").format(self._actions.keys("hand_back"))
        enable, reason = self._enable, none if not is_live else ""
        is_message = call is not None and call.treatment is not Treatment.TALK
        can_take = is_live and not is_passing_on and (is_message or not is_taken)
        enable("take_over", can_take, self._forbidden or reason or self.tr("You are live already"))
        enable("hand_back", is_taken, reason or self.tr("The AI has the call already"))
        enable("ai_speaks", is_live and not is_taken, reason or hand_back_first)
        enable("approve", is_live and not is_taken, reason or hand_back_first)
        # While the announcement is said, stopping it calls the passing on off.
        can_stop = is_live and (not is_taken or is_announced)
        self._actions.enable(
            "stop_talking",
            can_stop and not (is_passing_on or is_message),
            self._forbidden or reason or self.tr("The AI is silent already"),
        )
        self._actions["ai_speaks"].setChecked(mode is Mode.AI_SPEAKS)
        self._actions["approve"].setChecked(mode is Mode.AGENT_APPROVES)
        for name in ("type", "guide"):
            enable(name, is_live, reason)

    def _enable_line(self, call: LiveCall | None, is_live: bool, none: str) -> None:
        reason = none if not is_live else ""
        is_taken = is_live and call is not None and call.mode is Mode.AGENT_SPEAKS
        can_mute = is_taken and call is not None and call.has_microphone
        muted_why = (
            self.tr("No microphone is open") if is_taken else self.tr("The caller cannot hear you anyway")
        )
        self._enable("mute", can_mute, reason or muted_why)
        has_sound = is_live and call is not None and call.state is CallState.LIVE
        self._enable("hold", has_sound, reason or self.tr("The line is not open yet"))
        self._enable("hang_up", is_live, reason)
        self._actions["hold"].setChecked(bool(is_live and call and call.is_on_hold))
        self._actions["mute"].setChecked(bool(can_mute and call and call.is_muted))

    def _enable_keeping(self, call: LiveCall | None, none: str) -> None:
        """Keypad, recording, passing on."""
        is_live = call is not None and call.state is CallState.LIVE
        no_line = none if call is None or not call.is_connected else self.tr("The line is not open yet")
        self._enable("keypad", is_live, no_line)
        practice = self.tr("A practice call cannot be passed on: nobody real is calling")
        can_pass = call is not None and is_live and not call.is_practice
        self._enable("transfer", can_pass, practice if is_live else no_line)
        recording = call.recording if call is not None else RecordingState.OFF
        is_kept = is_live and recording in (RecordingState.ON, RecordingState.PAUSED)
        waits = recording is RecordingState.WAITING_FOR_NOTICE
        why = self.tr("The notice comes first") if waits else self.tr("This call is not recorded")
        self._enable("pause_recording", is_kept, why if is_live else no_line)
        self._actions["pause_recording"].setChecked(is_kept and recording is RecordingState.PAUSED)

    def _why_no_talk(self, call: LiveCall) -> str:
        """A caller being passed on, or leaving a message, is not talked to. Empty: they are."""
        if call.is_passing_on:
            return self.tr("The call is being passed on")
        return {
            Treatment.TALK: "",
            Treatment.VOICEMAIL: self.tr("The caller leaves a message. Pick up first"),
            Treatment.MESSAGE: self.tr("The caller hears your message. Pick up first"),
        }[call.treatment]

    def _enable(self, name: str, is_enabled: bool, reason: str) -> None:
        is_forbidden = bool(self._forbidden) and name in _TALK
        self._actions.enable(name, is_enabled and not is_forbidden, self._forbidden or reason)

    def _pick_up_words(self, is_message: bool) -> None:
        words = self.tr("Pick up") if is_message else self.tr("Take over")
        if words != self._take_over_words:
            self._take_over_words = words
            self._fit()

    def _build(self) -> None:
        self.take_over_button = self._big(
            "take_over", self.tr("Take over"), "takeOver", "take-over", "take_over_label"
        )
        self.hang_up_button = GuardedButton()
        self._fit_big(self.hang_up_button, "hang_up", self.tr("Hang up"), "hangUp", "hang-up", "label")
        self.ai_speaks_button = self._segment("ai_speaks", self.tr("AI speaks"), "first")
        self.approve_button = self._segment("approve", self.tr("I approve"), "last")
        self.stop_button = self._tool("stop_talking", self.tr("Stop AI"), "stop")
        self.hand_back_button = GuardedTool()
        self._fit_tool(self.hand_back_button, "hand_back", self.tr("Hand back"), "hand-back")
        self.mute_button = self._tool("mute", self.tr("Mute me"), "mic-off")
        self.hold_button = self._tool("hold", self.tr("Hold"), "hold")
        self.keypad_button = self._tool("keypad", self.tr("Keypad"), "keypad")
        self.pause_button = GuardedTool()
        self._fit_tool(self.pause_button, "pause_recording", self.tr("Pause rec."), "pause")
        self.transfer_button = GuardedTool()
        self._fit_tool(self.transfer_button, "transfer", self.tr("Pass on"), "transfer")
        self._pushes = (
            self.take_over_button,
            self.ai_speaks_button,
            self.approve_button,
            self.hang_up_button,
        )
        self._other_words = {
            "muteButton": (self.tr("Mute me"), self.tr("Unmute")),
            "holdButton": (self.tr("Hold"), self.tr("Resume")),
            "pause_recordingButton": (self.tr("Pause rec."), self.tr("Record")),
        }
        self._tools = (
            self.stop_button,
            self.hand_back_button,
            self.mute_button,
            self.hold_button,
            self.keypad_button,
            self.pause_button,
            self.transfer_button,
        )

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        row.addWidget(self.take_over_button)
        row.addSpacing(8)
        self._segments = QHBoxLayout()
        self._segments.setSpacing(0)
        self._segments.addWidget(self.ai_speaks_button)
        self._segments.addWidget(self.approve_button)
        row.addLayout(self._segments)
        row.addSpacing(8)
        for button in self._tools:
            row.addWidget(button)
        row.addSpacing(48)
        row.addStretch(1)
        row.addWidget(self.hang_up_button)

    def _big(self, name: str, text: str, role: str, icon: str, token: str) -> QPushButton:
        button = QPushButton()
        button.setAutoDefault(False)
        self._fit_big(button, name, text, role, icon, token)
        return button

    def _fit_big(self, button: QPushButton, name: str, text: str, role: str, icon: str, token: str) -> None:
        bind(button, self._actions, name, text, keys_in_text=name == "take_over")
        button.setProperty("role", role)
        button.setIconSize(QSize(22, 22))
        self._theme.set_icon(button, icon, token)

    def _segment(self, name: str, text: str, place: str) -> QPushButton:
        button = QPushButton()
        button.setAutoDefault(False)
        bind(button, self._actions, name, text)
        button.setProperty("segment", place)
        return button

    def _tool(self, name: str, text: str, icon: str) -> QToolButton:
        button = QToolButton()
        self._fit_tool(button, name, text, icon)
        return button

    def _fit_tool(self, button: QToolButton, name: str, text: str, icon: str) -> None:
        bind(button, self._actions, name, text)
        button.setProperty("look", "control")
        button.setIconSize(QSize(20, 20))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self._theme.set_icon(button, icon)
