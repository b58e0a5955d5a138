"""NotesBox: the agent's own notes to the call on screen, kept while they are typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from copilot_desktop.calls.agent_notes import MOST_NOTES
from copilot_desktop.calls.card_numbers import HIDDEN
from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallId, HistoryChanged
from copilot_desktop.calls.states import CallState
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.theme import Theme, label, set_look

SEND_AFTER_MS = 750
"""With the quarter of a second that the journal takes, nothing older than a second can be lost."""


class NotesBox(QFrame):
    """Each call has its own notes. What is typed goes to the desk while typing goes on, when the cursor
    leaves, when another call comes on screen, and in the very moment in which the call ends.
    """

    def __init__(self, theme: Theme, bridge: Bridge, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notesBox")
        self._bridge, self._shell = bridge, shell
        self._call: LiveCall | None = None
        self._sent = 0
        """Counts what was sent, so that a late answer of the disk is not taken for a newer one."""
        self._is_due = self._is_failing = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SEND_AFTER_MS)
        self._timer.timeout.connect(self.send)
        self.sign = label("", "small")
        self.sign.setObjectName("notesSign")
        self.edit = QPlainTextEdit()
        self.edit.setObjectName("notesEdit")
        self.edit.setAccessibleName(self.tr("Notes to this call. Only you see them"))
        self.edit.setPlaceholderText(self.tr("Only you see these. They go into the report."))
        self.edit.setTabChangesFocus(True)
        self.edit.setMinimumHeight(72)
        self.edit.textChanged.connect(self._typed)
        self.edit.installEventFilter(self)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(self.tr("Notes"), "heading"))
        head.addStretch(1)
        head.addWidget(self.sign)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.edit, 1)
        bridge.history_changed.connect(self._history_changed)

    def show_call(self, call: LiveCall | None) -> None:
        """Show the notes of `call`; with the same one again, follow how it stands."""
        if call is not self._call:
            self.send()
            self._call = call
            with QSignalBlocker(self.edit):
                self.edit.setPlainText(call.notes if call is not None else "")
            self.edit.moveCursor(QTextCursor.MoveOperation.End)
            self._show_sign(self._standing())
        is_open = call is not None and call.state is not CallState.ENDED
        if not is_open:
            self.send()
        self.edit.setEnabled(is_open)

    def focus(self) -> None:
        """Put the cursor here."""
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def send(self) -> None:
        """Let the call keep what is typed by now, if anything of it is new."""
        call, is_due = self._call, self._is_due
        # First: what follows may come back here.
        self._is_due = False
        self._timer.stop()
        if call is None or not is_due:
            return
        self._sent += 1
        if self._bridge.take_notes(call.call_id, call.notes):
            self._shell.spawn(self._follow_disk(call.call_id, self._sent))
        elif call is self._call:
            self._show_sign("lost")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.FocusOut:
            self.send()
        return super().eventFilter(watched, event)

    # Inside.

    def _typed(self) -> None:
        if self._call is None:
            return
        self._call.notes, self._is_due = self.edit.toPlainText(), True
        if not self._timer.isActive():
            self._timer.start()
        if not self._is_failing:
            self._show_sign("saving")

    async def _follow_disk(self, call_id: CallId, sent: int) -> None:
        try:
            await self._shell.flush()
        except CopilotError as error:
            self._fail(str(error))
            return
        is_newest = sent == self._sent and not self._is_due
        self._is_failing = False
        if is_newest and self._call is not None and self._call.call_id == call_id:
            self._show_sign(self._standing())

    def _fail(self, reason: str) -> None:
        was_failing, self._is_failing = self._is_failing, True
        self._show_sign("full" if "full" in reason.lower() else "failed")
        if not was_failing:
            announce(self.edit, self.sign.text())

    def _history_changed(self, fact: HistoryChanged) -> None:
        """The disk takes nothing any more, or takes all again: the journal tries by itself."""
        if fact.is_failing:
            if self._call is not None and self._call.notes:
                self._fail("")
        elif self._is_failing:
            self._is_failing = False
            self._show_sign(self._standing())

    def _standing(self) -> str:
        """Return how the notes on screen stand when nothing is on its way."""
        call = self._call
        if self._is_failing:
            return "failed"
        if call is None or not call.notes:
            return "none"
        if len(call.notes) > MOST_NOTES:
            return "long"
        return "hidden" if HIDDEN in call.kept_notes and HIDDEN not in call.notes else "saved"

    def _show_sign(self, standing: str) -> None:
        texts = {
            "none": "",
            "saving": self.tr("Saving…"),
            "saved": self.tr("✓ Saved"),
            "hidden": self.tr("✓ Saved, card number hidden"),
            "long": self.tr("Only the first {0} characters are saved").format(MOST_NOTES),
            "full": self.tr("✗ Not saved – disk full"),
            "failed": self.tr("✗ Not saved – the disk takes nothing"),
            "lost": self.tr("✗ Not saved – the call is over"),
        }
        tones = {"saved": "success", "hidden": "success", "long": "warning"}
        is_bad = standing in ("full", "failed", "lost")
        self.sign.setText(texts[standing])
        self.sign.setToolTip(
            self.tr("Your words stay here. Saving is tried again and again.") if is_bad else ""
        )
        set_look(self.sign, "tone", "danger" if is_bad else tones.get(standing, "muted"))
        set_look(self.edit, "wrong", "yes" if is_bad else "no")
