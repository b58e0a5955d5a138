"""HistoryDeleting: asks once, hides the calls at once, and deletes them when nobody wants them back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.strip import Strip

UNDO_S = 20


class HistoryDeleting(QObject):
    """`changed`: other calls are hidden than before. A program that is killed meanwhile deletes nothing."""

    changed = Signal()
    deleted = Signal()

    def __init__(self, shell: Shell, strip: Strip) -> None:
        super().__init__(strip)
        self._shell, self._strip = shell, strip
        self._asked: list[CallId] = []
        self.hidden: frozenset[CallId] = frozenset()
        """Calls that are to go, and can still come back."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(UNDO_S * 1000)
        self._timer.timeout.connect(self._time_is_over)

    def ask(self, calls: Sequence[CallSummary]) -> None:
        """Ask whether these calls shall go; those that run are left out."""
        self._asked = [call.call_id for call in calls if call.outcome is not None]
        if not self._asked:
            return
        count = len(self._asked)
        title = self.tr("Delete this call?") if count == 1 else self.tr("Delete {0} calls?").format(count)
        text = self.tr("Transcript, recording, notes and report go with it.")
        buttons = ((self.tr("Keep"), self._keep), (self.tr("Delete"), self._delete))
        self._strip.tell(title, text, "warning", buttons, is_guarded=True)
        announce(self._strip, f"{title} {text}")

    def undo(self) -> None:
        """Let the calls stand in the list again."""
        self._timer.stop()
        self.hidden = frozenset()
        self.changed.emit()

    async def finish(self) -> None:
        """Delete now what is to go: the program ends. What fails stays in the history."""
        if self._timer.isActive():
            self._timer.stop()
            await self._carry_out(self.hidden)

    # Inside.

    def _keep(self) -> None:
        self._asked = []

    def _delete(self) -> None:
        earlier = self.hidden if self._timer.isActive() else frozenset()
        if earlier:
            # Their time is over: one question at a time can be taken back.
            self._shell.spawn(self._carry_out(earlier))
        self.hidden = frozenset(self._asked)
        self._asked = []
        self._timer.start()
        self.changed.emit()
        count = len(self.hidden)
        title = self.tr("1 call deleted") if count == 1 else self.tr("{0} calls deleted").format(count)
        text = self.tr("It can be brought back for {0} seconds.").format(UNDO_S)
        self._strip.tell(title, text, "info", ((self.tr("Undo"), self.undo),))
        announce(self._strip, f"{title}. {text}")

    def _time_is_over(self) -> None:
        self._strip.dismiss()
        self._shell.spawn(self._carry_out(self.hidden))

    async def _carry_out(self, calls: frozenset[CallId]) -> None:
        try:
            await self._shell.archive().delete(sorted(calls))
        except CopilotError:
            if isValid(self._strip):
                title = self.tr("The calls could not be deleted")
                self._strip.tell(title, self.tr("They are still in the history. Try again."), "danger")
        if self.hidden == calls:
            self.hidden = frozenset()
        if isValid(self):
            self.changed.emit()
            self.deleted.emit()
