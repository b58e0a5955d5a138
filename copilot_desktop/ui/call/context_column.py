"""ContextColumn: who is calling, when they called last, the steps of the talk, and the agent's notes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallId, Outcome
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.call.checklist_box import ChecklistBox
from copilot_desktop.ui.call.notes_box import NotesBox
from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.widgets.theme import Theme, label
from copilot_desktop.ui.widgets.wording import clock, is_withheld, outcome_name, phone_number, when

_SHOWN_MARKS = 4


class CallerBlock(QFrame):
    """Name, number, place, and the last call from this number. `report_asked` carries that call's id."""

    report_asked = Signal(str)

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("callerBlock")
        self._shell = shell
        self._call_id: CallId | None = None
        self._last: CallSummary | None = None
        self._name = self._line("caller", "callerName")
        self._number = self._line("plain", "callerNumber")
        self._place = self._line("muted", "callerPlace")
        self._contact = self._line("muted", "lastContact")
        self.report_button = QPushButton(self.tr("Its report"))
        self.report_button.setObjectName("lastContactReport")
        self.report_button.setProperty("role", "link")
        self.report_button.setAutoDefault(False)
        self.report_button.setAccessibleName(self.tr("Open the report of the last call from this number"))
        self.report_button.clicked.connect(self._ask_report)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(label(self.tr("Caller"), "heading"))
        for each in (self._name, self._number, self._place, self._contact):
            column.addWidget(each)
        column.addWidget(self.report_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_call(None)

    def show_call(self, call: LiveCall | None) -> None:
        """Show who is in `call`."""
        if call is not None and call.call_id == self._call_id:
            return
        self._call_id = call.call_id if call is not None else None
        self._say(self._name, call.who if call is not None else self.tr("No call"))
        has_name = call is not None and bool(call.caller_name)
        self._say(self._number, phone_number(call.caller) if call is not None and has_name else "")
        self._say(self._place, call.place if call is not None else "")
        self._show_contact("")
        if call is None:
            return
        if call.is_practice:
            self._show_contact(self.tr("Practice: nobody real is calling"))
        elif not is_withheld(call.caller):
            self._shell.spawn(self._look_up(call.call_id, call.caller))

    async def _look_up(self, call_id: CallId, number: str) -> None:
        try:
            earlier = await self._shell.calls_from(number)
        except CopilotError:
            return
        if call_id != self._call_id:
            return
        last = next((each for each in earlier if each.call_id != call_id), None)
        if last is None:
            self._show_contact(self.tr("First call from this number"))
            return
        parts = [when(last.started_at), outcome_name(last.outcome)]
        if last.duration_ms and last.outcome is not Outcome.MISSED:
            parts.append(clock(last.duration_ms / 1000))
        self._show_contact(self.tr("Last call: {0}").format(" · ".join(parts)), last)

    def _show_contact(self, words: str, last: CallSummary | None = None) -> None:
        self._last = last
        self._say(self._contact, words)
        self.report_button.setVisible(last is not None)

    def _ask_report(self) -> None:
        if self._last is not None:
            self.report_asked.emit(str(self._last.call_id))

    def _line(self, look: str, name: str) -> QLabel:
        made = label("", look)
        made.setObjectName(name)
        made.setWordWrap(True)
        made.setTextFormat(Qt.TextFormat.PlainText)
        return made

    def _say(self, line: QLabel, words: str) -> None:
        line.setText(words)
        line.setVisible(bool(words))


class ContextColumn(QFrame):
    """The column at the left of the talk, section under section; the notes take the room that is left."""

    def __init__(self, theme: Theme, bridge: Bridge, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("contextColumn")
        self.caller = CallerBlock(shell)
        self.checklist = ChecklistBox(bridge)
        self.notes = NotesBox(theme, bridge, shell)
        self._marks = label("", "small")
        self._marks.setObjectName("bookmarkList")
        self._marks.setWordWrap(True)
        self._marks.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(20)
        column.addWidget(self.caller)
        column.addWidget(self.checklist)
        column.addWidget(self.notes, 1)
        column.addWidget(self._marks)

    def show_call(self, call: LiveCall | None) -> None:
        """Show what is known of `call`, and the agent's notes to it."""
        self.caller.show_call(call)
        self.checklist.show_call(call)
        self.notes.show_call(call)
        marks = list(call.bookmarks.items())[-_SHOWN_MARKS:] if call is not None else []
        lines = [f"{clock(at_ms / 1000)}  {words or self.tr('bookmark')}" for at_ms, words in marks]
        self._marks.setText("\n".join(lines))
        self._marks.setVisible(bool(lines))
