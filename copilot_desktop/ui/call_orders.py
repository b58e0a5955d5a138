"""CallOrders: what each order of the agent means for the call on screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.call_page import CallPage
from copilot_desktop.ui.control_bar import ControlBar
from copilot_desktop.ui.hand_back_strip import HandBackStrip
from copilot_desktop.ui.live_call import LiveCall, LiveCalls
from copilot_desktop.ui.ringing_window import RingingWindow


class CallOrders(QObject):
    """Joins actions and widgets with the bridge. `given` follows every order about the current call."""

    answered = Signal()
    given = Signal()

    def __init__(
        self,
        bridge: Bridge,
        calls: LiveCalls,
        ringing: RingingWindow,
        control_bar: ControlBar,
        call_page: CallPage,
        hand_back_strip: HandBackStrip,
    ) -> None:
        super().__init__()
        self._bridge, self._calls, self._ringing = bridge, calls, ringing
        self._control_bar, self._call_page, self._hand_back_strip = control_bar, call_page, hand_back_strip
        ringing.answered.connect(self._accept)
        ringing.declined.connect(lambda call: bridge.decline(call.call_id))
        control_bar.hang_up_confirmed.connect(lambda: self._give(bridge.hang_up))
        hand_back_strip.given_back.connect(self._hand_back)

    def by_action(self) -> dict[str, Callable[[], None]]:
        """Return what each action about a call does."""
        page = self._call_page
        return {
            "answer": lambda: self._ringing.answer(None, self._bridge.now_s()),
            "answer_myself": lambda: self._ringing.answer(Mode.AGENT_SPEAKS, self._bridge.now_s()),
            "decline": self.decline,
            "take_over": lambda: self._give(self._bridge.take_over),
            "hand_back": self._ask_hand_back,
            "mute": self._mute,
            "hold": self._hold,
            "hang_up": self._hang_up,
            "stop_talking": lambda: self._give(self._bridge.stop_talking),
            "approve": lambda: self._set_mode(Mode.AGENT_APPROVES),
            "ai_speaks": lambda: self._set_mode(Mode.AI_SPEAKS),
            "confirm": self._confirm,
            "edit": page.draft_card.edit,
            "skip": page.draft_card.skip,
            "use_1": lambda: page.use(1),
            "use_2": lambda: page.use(2),
            "use_3": lambda: page.use(3),
        }

    def decline(self) -> None:
        """Refuse the call in the window of its own, or the second call."""
        ringing = self._calls.ringing()
        if self._ringing.call is not None:
            self._ringing.decline(self._bridge.now_s())
        elif ringing is not None:
            self._bridge.decline(ringing.call_id)

    def _accept(self, call: LiveCall, mode: Mode) -> None:
        if self._bridge.accept(call.call_id, mode):
            self.answered.emit()

    def _give(self, order: Callable[[CallId], bool]) -> None:
        if self._calls.current is not None:
            order(self._calls.current.call_id)
            self.given.emit()

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

    def _hang_up(self) -> None:
        if self._calls.current is not None:
            self._control_bar.press_hang_up(self._calls.current, self._bridge.now_s())

    def _ask_hand_back(self) -> None:
        self._hand_back_strip.ask()
        self.given.emit()

    def _hand_back(self, note: str) -> None:
        self._give(lambda call_id: self._bridge.hand_back(call_id, note))

    def _confirm(self) -> None:
        """Ctrl+Enter means the nearest thing that waits for it."""
        if self._hand_back_strip.isVisible():
            self._hand_back_strip.give_back()
        elif self._calls.current is not None:
            self._call_page.confirm(self._bridge.now_s())
