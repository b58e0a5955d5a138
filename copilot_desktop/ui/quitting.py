"""Quitting: what is asked before the program ends: the call that runs, the number that points here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from copilot_desktop.ui.live_call import LiveCall
from copilot_desktop.ui.strip import Strip


class Quitting(QObject):
    """`close_asked`: end. `put_back_asked`: give the number its old address back, then end."""

    close_asked = Signal()
    put_back_asked = Signal()

    def __init__(self, strip: Strip) -> None:
        super().__init__()
        self._strip = strip

    def ask(self, call: LiveCall | None, number: str, outage: str, *, asks_put_back: bool) -> None:
        """Ask what there is to ask, one question after the other; without any, end.

        `number`: where calls still come from, as people read it. `outage`: what callers meet without us.
        """
        if call is not None:
            self._ask_call(call, lambda: self.ask(None, number, outage, asks_put_back=asks_put_back))
        elif asks_put_back:
            self._ask_number(number, outage)
        else:
            self.close_asked.emit()

    def forget_call(self) -> None:
        """The call that was asked about has ended: the question is void."""
        self._strip.dismiss()

    def _ask_call(self, call: LiveCall, then: Callable[[], None]) -> None:
        self._strip.tell(
            self.tr("The call with {0} is still running").format(call.who),
            self.tr("If you quit, the call ends for the caller too."),
            "warning",
            ((self.tr("Stay in the call"), lambda: None), (self.tr("End call and quit"), then)),
            is_guarded=True,
        )

    def _ask_number(self, number: str, outage: str) -> None:
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
