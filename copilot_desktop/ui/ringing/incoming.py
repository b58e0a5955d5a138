"""Incoming: which surface a ringing call gets. The window of its own, the quiet strip, or none."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.live.glance import ringing
from copilot_desktop.ui.live.live_call import LiveCall, LiveCalls
from copilot_desktop.ui.ringing.ringing_window import RingingWindow
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.strip import Strip
from copilot_desktop.ui.widgets.wording import phone_number


class Incoming(QObject):
    """Follows every ringing call. `answered` follows an answer that the desk took."""

    answered = Signal()

    def __init__(
        self,
        bridge: Bridge,
        calls: LiveCalls,
        shell: Shell,
        actions: Actions,
        window: RingingWindow,
        strip: Strip,
    ) -> None:
        super().__init__()
        self._bridge, self._calls, self._shell = bridge, calls, shell
        self._actions, self._window, self._strip = actions, window, strip
        self._second: LiveCall | None = None
        self.practice_mode = Mode.AI_SPEAKS
        """What "Answer" means for a practice call."""
        window.answered.connect(self._accept)
        window.declined.connect(lambda call: bridge.decline(call.call_id))
        # Not at once: a call that nobody is to take is answered in the very moment in which it rings.
        calls.rang.connect(lambda _call: QTimer.singleShot(0, self, self.follow))
        calls.changed.connect(self._call_moved)
        calls.ended.connect(self._call_moved)
        self.follow()

    def by_action(self) -> dict[str, Callable[[], None]]:
        """Return what each action about a ringing call does."""
        return {
            "answer": lambda: self._window.answer(None, self._bridge.now_s()),
            "answer_myself": lambda: self._window.answer(Mode.AGENT_SPEAKS, self._bridge.now_s()),
            "decline": self.decline,
            "answer_second": self._hold_and_answer,
        }

    def decline(self) -> None:
        """Refuse the call in the window of its own; the second call hears that we call back."""
        if self._window.call is not None:
            self._window.decline(self._bridge.now_s())
        elif self._second is not None:
            self._bridge.decline(self._second.call_id, with_message=True)

    def show_time(self) -> None:
        """Show how long it has been ringing."""
        self._window.show_time(self._bridge.now_s())

    def refused(self) -> None:
        """The desk did not take an order."""
        self._window.refused()

    def follow(self) -> None:
        """Give the call that has been ringing longest its surface."""
        waiting = ringing(self._calls, self._bridge.readiness)
        if self._calls.talking():
            self._window.put_away()
            self._show_second(waiting)
        else:
            self._show_second(None)
            if waiting is not None and self._window.call is None:
                self._ring(waiting)
        self._enable()

    def _ring(self, call: LiveCall) -> None:
        mode = self.practice_mode if call.is_practice else self._shell.start_mode
        self._window.ring(call, mode, self._bridge.now_s(), self._shell.ring_s)

    def _show_second(self, call: LiveCall | None) -> None:
        if call is self._second:
            return
        self._second = call
        if call is None:
            self._strip.dismiss()
            return
        title = self.tr("Second call: {0}").format(call.who)
        text = self.tr("to {0}").format(phone_number(call.line)) if call.line else ""
        message = self.tr("Send “We call you back”   {0}").format(self._actions.keys("decline"))
        both = self.tr("Hold and answer   {0}").format(self._actions.keys("answer_second"))
        self._strip.tell(title, text, "info", ((message, self.decline), (both, self._hold_and_answer)))
        announce(self._strip, title, is_urgent=True)

    def _call_moved(self, call: LiveCall) -> None:
        if call.state is not CallState.RINGING:
            self._window.follow(call)
            self.follow()

    def _accept(self, call: LiveCall, mode: Mode) -> None:
        if self._bridge.accept(call.call_id, mode):
            self._calls.choose(call)
            self.answered.emit()

    def _hold_and_answer(self) -> None:
        second, current = self._second, self._calls.current
        if second is None:
            return
        if current is not None and not current.is_on_hold and not self._bridge.hold(current.call_id):
            return
        self._accept(second, self._shell.start_mode)

    def _enable(self) -> None:
        is_ringing = self._window.call is not None
        reason = self.tr("No call is ringing")
        self._actions.enable("answer", is_ringing, reason)
        self._actions.enable("answer_myself", is_ringing, reason)
        self._actions.enable("decline", is_ringing or self._second is not None, reason)
        self._actions.enable("answer_second", self._second is not None, self.tr("No second call is ringing"))
