"""CallOrders: what each order of the agent means for the call on screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from copilot_desktop.calls.events import CallId, RecordingState
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.call.call_page import CallPage
from copilot_desktop.ui.call.control_bar import ControlBar
from copilot_desktop.ui.call.hand_back_strip import HandBackStrip
from copilot_desktop.ui.call.keypad_panel import KeypadPanel
from copilot_desktop.ui.call.recording_sign import RecordingSign
from copilot_desktop.ui.call.transfer_strip import TransferStrip
from copilot_desktop.ui.live.live_call import LiveCall, LiveCalls
from copilot_desktop.ui.shell import Shell


class CallOrders(QObject):
    """Joins actions and widgets with the bridge. `given` follows every order about the current call."""

    given = Signal()

    def __init__(
        self,
        bridge: Bridge,
        calls: LiveCalls,
        shell: Shell,
        control_bar: ControlBar,
        call_page: CallPage,
        hand_back_strip: HandBackStrip,
        transfer_strip: TransferStrip,
        keypad: KeypadPanel,
        sign: RecordingSign,
    ) -> None:
        super().__init__()
        self._bridge, self._calls, self._shell = bridge, calls, shell
        self._control_bar, self._call_page = control_bar, call_page
        self._hand_back_strip, self._transfer_strip, self._keypad = hand_back_strip, transfer_strip, keypad
        control_bar.hang_up_confirmed.connect(lambda: self._give(bridge.hang_up))
        hand_back_strip.given_back.connect(self._hand_back)
        hand_back_strip.note_changed.connect(self._prepare_hand_back)
        hand_back_strip.closed.connect(self._drop_hand_back)
        self._handed_back: CallId | None = None
        """The call that the strip is about."""
        calls.changed.connect(self._show_prepared)
        transfer_strip.confirmed.connect(self._transfer)
        call_page.suggestions.transfer_asked.connect(self._ask_transfer)
        keypad.pressed.connect(self._send_digit)
        sign.notice_asked.connect(lambda: self._give(bridge.play_notice))
        sign.notice_said.connect(lambda: self._give(bridge.confirm_notice))

    def by_action(self) -> dict[str, Callable[[], None]]:
        """Return what each action about the current call does."""
        page = self._call_page
        return {
            "take_over": lambda: self._give(self._bridge.take_over),
            "hand_back": self._ask_hand_back,
            "mute": self._mute,
            "hold": self._hold,
            "keypad": self._open_keypad,
            "pause_recording": self._pause_recording,
            "transfer": self._ask_transfer,
            "hang_up": self._hang_up,
            "next_call": self._calls.next,
            "stop_talking": lambda: self._give(self._bridge.stop_talking),
            "approve": lambda: self._set_mode(Mode.AGENT_APPROVES),
            "ai_speaks": lambda: self._set_mode(Mode.AI_SPEAKS),
            "confirm": self._confirm,
            "edit": page.draft_card.edit,
            "skip": page.draft_card.skip,
            "another": page.ask_another,
            "dismiss": page.dismiss,
            "bookmark": page.bookmark,
            "read_last": page.read_last,
            "use_1": lambda: page.use(1),
            "use_2": lambda: page.use(2),
            "use_3": lambda: page.use(3),
        }

    def _give(self, order: Callable[[CallId], bool]) -> None:
        if self._calls.current is not None:
            # What came of it is told by the bridge, and drawn then.
            order(self._calls.current.call_id)

    def _set_mode(self, mode: Mode) -> None:
        self._give(lambda call_id: self._bridge.set_mode(call_id, mode))

    def _mute(self) -> None:
        call = self._calls.current
        if call is not None:
            is_muted = not call.is_muted
            self._give(lambda call_id: self._bridge.mute(call_id, is_muted))

    def _hold(self) -> None:
        call = self._calls.current
        if call is not None:
            self._give(self._bridge.resume if call.is_on_hold else self._bridge.hold)

    def _open_keypad(self) -> None:
        if self._keypad.isVisible():
            self._keypad.hide()
        else:
            self._keypad.open(self._control_bar.keypad_button)
            self.given.emit()

    def _send_digit(self, digit: str, is_hidden: bool) -> None:
        call = self._calls.current
        if call is not None and not self._bridge.send_digits(call.call_id, digit, is_hidden=is_hidden):
            self._keypad.refuse()

    def _pause_recording(self) -> None:
        call = self._calls.current
        if call is not None:
            is_paused = call.recording is RecordingState.PAUSED
            self._give(self._bridge.resume_recording if is_paused else self._bridge.pause_recording)

    def _hang_up(self) -> None:
        if self._calls.current is not None:
            self._control_bar.press_hang_up(self._calls.current, self._bridge.now_s())

    def _ask_hand_back(self) -> None:
        call, strip = self._calls.current, self._hand_back_strip
        self._transfer_strip.hide()
        if call is None or strip.isVisible():
            strip.ask_again()
            return
        self._handed_back, call.hand_back = call.call_id, None
        strip.ask(self._bridge.promised(call.call_id))
        self._prepare_hand_back(strip.note.text())
        self.given.emit()

    def _prepare_hand_back(self, note: str) -> None:
        if self._handed_back is not None:
            self._bridge.prepare_hand_back(self._handed_back, note)

    def _drop_hand_back(self) -> None:
        if self._handed_back is not None:
            self._bridge.drop_hand_back(self._handed_back)
            self._handed_back = None

    def _show_prepared(self, call: LiveCall) -> None:
        if call.call_id == self._handed_back:
            self._hand_back_strip.show_prepared(call.hand_back)

    def _hand_back(self, note: str) -> None:
        self._give(lambda call_id: self._bridge.hand_back(call_id, note))
        self._drop_hand_back()

    def _ask_transfer(self, chosen: str = "") -> None:
        self._hand_back_strip.hide()
        self._transfer_strip.ask(self._shell.transfer_targets, chosen)
        self.given.emit()

    def _transfer(self, number: str, name: str, announcement: str) -> None:
        call = self._calls.current
        if call is not None:
            call.transfer_name = name
            if not self._bridge.transfer(call.call_id, number, announcement):
                call.transfer_name = ""
            self.given.emit()

    def _confirm(self) -> None:
        """Ctrl+Enter means the nearest thing that waits for it."""
        if self._hand_back_strip.isVisible():
            self._hand_back_strip.give_back()
        elif self._transfer_strip.isVisible():
            self._transfer_strip.confirm()
        elif self._calls.current is not None:
            self._call_page.confirm(self._bridge.now_s())
