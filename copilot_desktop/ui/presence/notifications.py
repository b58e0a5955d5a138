"""Notifications: the few things that the desktop tells while nobody looks at the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QObject, QTimer, Signal

from copilot_desktop.calls.events import CallId, Outcome
from copilot_desktop.ui.line_state import LineState
from copilot_desktop.ui.live.glance import rings_here
from copilot_desktop.ui.live.live_call import LiveCall, LiveCalls
from copilot_desktop.ui.widgets.wording import phone_number


class NoteKind(StrEnum):
    """All there is to tell. Suggestions and words of a call are never among it."""

    INCOMING = "incoming"
    MISSED = "missed"
    ADDRESS_LOST = "address_lost"
    REPORT = "report"
    GOES_ON = "goes_on"
    """The window was closed in a call."""


@dataclass(frozen=True, slots=True)
class Note:
    """One message. A click on it opens the report of `call_id`; empty: it shows the window."""

    kind: NoteKind
    title: str
    text: str
    call_id: CallId = CallId("")  # noqa: RUF009 - a text


class Notifications(QObject):
    """`told` carries each note to whoever can show it. Nothing is told that the agent sees in the window."""

    told = Signal(object)
    window_asked = Signal()
    report_asked = Signal(str)

    def __init__(
        self, calls: LiveCalls, line: LineState, is_seen: Callable[[], bool], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._line, self._is_seen = line, is_seen
        self._last: Note | None = None
        self._rang: set[CallId] = set()
        self._was_ready = line.is_ready
        self._lost_at: datetime | None = None
        # Not at once: a call that nobody is to take is answered in the very moment in which it rings.
        calls.rang.connect(lambda call: QTimer.singleShot(0, self, lambda: self._ring(call)))
        calls.ended.connect(self._ended)
        line.changed.connect(self._line_moved)

    def clicked(self) -> None:
        """The agent has clicked on the last one."""
        if self._last is not None and self._last.call_id:
            self.report_asked.emit(self._last.call_id)
        else:
            self.window_asked.emit()

    def report_finished(self, call_id: CallId, who: str, *, is_practice: bool) -> None:
        """The report of a call that has ended can be read."""
        title = self._titled(self.tr("The report is ready"), is_practice)
        self._tell(Note(NoteKind.REPORT, title, self.tr("Call with {0}").format(who), call_id))

    def goes_on(self, call: LiveCall) -> None:
        """The window has hidden while `call` runs."""
        text = self.tr("Bring the window back: click on the icon in the tray, or start the program again.")
        self._tell(Note(NoteKind.GOES_ON, self._titled(self.tr("The call goes on"), call.is_practice), text))

    def _ring(self, call: LiveCall) -> None:
        if not rings_here(call, self._line.readiness):
            return
        self._rang.add(call.call_id)
        title = self._titled(self.tr("Incoming call: {0}").format(call.who), call.is_practice)
        number = phone_number(call.caller) if call.caller_name else ""
        to = self.tr("to {0}").format(phone_number(call.line)) if call.line else ""
        about = "   ·   ".join(part for part in (number, call.place, to) if part)
        self._tell(Note(NoteKind.INCOMING, title, about))

    def _ended(self, call: LiveCall) -> None:
        has_rung = call.call_id in self._rang
        self._rang.discard(call.call_id)
        if has_rung and call.outcome is Outcome.MISSED:
            title = self._titled(self.tr("Missed call: {0}").format(call.who), call.is_practice)
            self._tell(Note(NoteKind.MISSED, title, self.tr("It stands in the history.")))

    def _line_moved(self) -> None:
        line, was_ready = self._line, self._was_ready
        lost_at = line.status.lost_at
        # Every new try is a change of the line; a loss is told once.
        is_new, self._lost_at = lost_at is not None and lost_at != self._lost_at, lost_at
        self._was_ready = line.is_ready
        message = line.message()
        if is_new and was_ready and not line.status.is_open and message is not None:
            self._tell(Note(NoteKind.ADDRESS_LOST, message.title, message.text))

    def _titled(self, title: str, is_practice: bool) -> str:
        return self.tr("PRACTICE – {0}").format(title) if is_practice else title

    def _tell(self, note: Note) -> None:
        if not self._is_seen():
            self._last = note
            self.told.emit(note)
