"""Quitting: what is asked before the program ends: the call that runs, the number that points here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from copilot_desktop.calls.states import CallState
from copilot_desktop.ui.line_state import LineState
from copilot_desktop.ui.live.live_call import LiveCall, LiveCalls
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.widgets.strip import Strip
from copilot_desktop.ui.widgets.wording import phone_number


class Quitting(QObject):
    """`close_asked`: end. `put_back_asked`: give the number its old address back, then end.

    `asking` comes before each first question: the window must be in sight.
    """

    close_asked = Signal()
    put_back_asked = Signal()
    asking = Signal()

    def __init__(self, strip: Strip, shell: Shell, line: LineState, calls: LiveCalls) -> None:
        super().__init__()
        self._strip, self._shell, self._line, self._calls = strip, shell, line, calls

    def ask(self) -> None:
        """Ask what there is to ask, one question after the other; without any, end."""
        call = self._calls.current or next(iter(self._calls), None)
        if call is not None:
            self.asking.emit()
            self._ask_call(call, self._go_on)
        else:
            self._go_on()

    def _go_on(self) -> None:
        if self._shell.asks_put_back():
            self.asking.emit()
            self._ask_number(phone_number(self._line.status.number), self._shell.outage)
        else:
            self.close_asked.emit()

    def forget_call(self) -> None:
        """The call that was asked about has been answered or has ended: the question is void."""
        self._strip.dismiss()

    def _ask_call(self, call: LiveCall, then: Callable[[], None]) -> None:
        if call.state is CallState.RINGING:
            title = self.tr("{0} is calling just now").format(call.who)
            text = self.tr("If you quit, nobody answers the call.")
            stay, leave = self.tr("Stay"), self.tr("Quit")
        else:
            title = self.tr("The call with {0} is still running").format(call.who)
            text = self.tr("If you quit, the call ends for the caller too.")
            stay, leave = self.tr("Stay in the call"), self.tr("End call and quit")
        self._strip.tell(title, text, "warning", ((stay, lambda: None), (leave, then)), is_guarded=True)

    def _ask_number(self, number: str, outage: str) -> None:
        """`number`: where calls come from, as people read it. `outage`: what callers meet without us."""
        leave = {
            "message": self.tr("Quit, callers hear the outage message"),
            "forward": self.tr("Quit, callers reach your other phone"),
            "address": self.tr("Quit, callers reach your other address"),
        }.get(outage, self.tr("Quit, callers cannot get through"))
        self._strip.tell(
            self.tr("Calls to {0} still come here").format(number),
            self.tr("Put the old address back?"),
            "warning",
            (
                (self.tr("Put back and quit"), self.put_back_asked.emit),
                (leave, self.close_asked.emit),
                (self.tr("Stay"), lambda: None),
            ),
            focused=2,
        )
