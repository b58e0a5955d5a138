"""ControlBar: what the agent can do in a call. Places never change; what does not apply says why."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.ui.actions import Actions
from copilot_desktop.ui.buttons import GuardedButton, GuardedTool, beside_icon, bind
from copilot_desktop.ui.live_call import LiveCall
from copilot_desktop.ui.theme import Theme, set_look

SECOND_PRESS_S = 3.0
_DOUBLE_PRESS_S = 0.25


class ControlBar(QFrame):
    """Buttons of the actions, and the rules when each works. `hang_up_confirmed` is the real order."""

    hang_up_confirmed = Signal()

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("controlBar")
        self._theme, self._actions = theme, actions
        self._asked_s: float | None = None
        self._calm_down = QTimer(self)
        self._calm_down.setSingleShot(True)
        self._calm_down.timeout.connect(self._forget_press)
        for name in ("approve", "ai_speaks", "mute", "hold"):
            actions[name].setCheckable(True)
        self._build()
        self._lay_out()
        self.show_call(None)
        theme.changed.connect(self._fit)

    def show_call(self, call: LiveCall | None) -> None:
        """Enable what `call` allows, and say why the rest does not work."""
        none = self.tr("There is no call")
        is_live = call is not None and call.is_connected
        mode = call.mode if call is not None and is_live else None
        self._enable_talk(is_live, mode, none)
        self._enable_line(call, is_live, none)
        self.hold_button.setText(self.tr("Resume") if call and call.is_on_hold else self.tr("Hold"))
        self.mute_button.setText(self.tr("Unmute") if call and call.is_muted else self.tr("Mute me"))
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
        reason = self.tr("Caller is on hold –") if call.is_on_hold else self.tr("Caller is speaking –")
        self.hang_up_button.setText(beside_icon(reason) + "\n" + beside_icon(self.tr("press again")))
        set_look(self.hang_up_button, "asked", "yes")
        self._calm_down.start(round(SECOND_PRESS_S * 1000))

    def _fit(self) -> None:
        """Give way to a narrow window or large text: first the key's name goes, then words under icons."""
        layout = self.layout()
        assert layout is not None
        for has_key, style, spacing in (
            (True, Qt.ToolButtonStyle.ToolButtonTextUnderIcon, 8),
            (False, Qt.ToolButtonStyle.ToolButtonTextUnderIcon, 8),
            (False, Qt.ToolButtonStyle.ToolButtonIconOnly, 8),
            (False, Qt.ToolButtonStyle.ToolButtonIconOnly, 2),
        ):
            layout.setSpacing(spacing)
            words = self.tr("Take over")
            keys = self._actions.keys("take_over")
            self.take_over_button.setText(beside_icon(f"{words}   {keys}" if has_key else words))
            for tool in (self.stop_button, self.hand_back_button, self.mute_button, self.hold_button):
                tool.setToolButtonStyle(style)
            if layout.minimumSize().width() <= self.width():
                return

    def _forget_press(self) -> None:
        self._asked_s = None
        self._calm_down.stop()
        self.hang_up_button.setText(beside_icon(self.tr("Hang up")))
        set_look(self.hang_up_button, "asked", "no")

    def _enable_talk(self, is_live: bool, mode: Mode | None, none: str) -> None:
        is_taken = mode is Mode.AGENT_SPEAKS
        hand_back_first = self.tr("Hand the call back first: {0}").format(self._actions.keys("hand_back"))
        enable, reason = self._actions.enable, none if not is_live else ""
        enable("take_over", is_live and not is_taken, reason or self.tr("You are live already"))
        enable("hand_back", is_taken, reason or self.tr("The AI has the call already"))
        enable("ai_speaks", is_live and not is_taken, reason or hand_back_first)
        enable("approve", is_live and not is_taken, reason or hand_back_first)
        enable("stop_talking", is_live and not is_taken, reason or self.tr("The AI is silent already"))
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
        self._actions.enable("mute", can_mute, reason or muted_why)
        has_sound = is_live and call is not None and call.state is CallState.LIVE
        self._actions.enable("hold", has_sound, reason or self.tr("The line is not open yet"))
        self._actions.enable("hang_up", is_live, reason)
        self._actions["hold"].setChecked(bool(is_live and call and call.is_on_hold))
        self._actions["mute"].setChecked(bool(can_mute and call and call.is_muted))

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

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        row.addWidget(self.take_over_button)
        row.addSpacing(8)
        segment = QHBoxLayout()
        segment.setSpacing(0)
        segment.addWidget(self.ai_speaks_button)
        segment.addWidget(self.approve_button)
        row.addLayout(segment)
        row.addSpacing(8)
        for button in (self.stop_button, self.hand_back_button, self.mute_button, self.hold_button):
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
