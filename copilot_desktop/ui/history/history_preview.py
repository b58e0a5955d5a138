"""HistoryPreview: the chosen call at a glance, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallEvent, UtteranceFinished
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.report import wrap_up
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.widgets.elided import ElidedLabel
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.theme import label
from copilot_desktop.ui.widgets.wording import (
    clock,
    is_withheld,
    outcome_name,
    party_name,
    phone_number,
    when,
)

_LOOK_MS = 150
"""Who runs down the list does not want every call read."""
_LINES = 3


class HistoryPreview(QFrame):
    """Each signal is an order about the chosen calls."""

    report_asked = Signal()
    play_asked = Signal()
    export_asked = Signal()
    delete_asked = Signal()

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("historyPreview")
        self._shell = shell
        self._chosen: list[CallSummary] = []
        self._title, self._about = ElidedLabel("cardTitle"), ElidedLabel("muted")
        self._lines = label("", "plain")
        self._lines.setObjectName("historyPreviewLines")
        self._lines.setTextFormat(Qt.TextFormat.PlainText)
        self._lines.setWordWrap(True)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(_LOOK_MS)
        self._delay.timeout.connect(self._look)
        self.report_button = self._button("historyOpen", self.tr("Open report"), self.report_asked)
        self.report_button.setProperty("role", "primary")
        self.play_button = self._button("historyPlay", self.tr("Play"), self.play_asked)
        self.copy_button = self._button("historyCopy", self.tr("Copy number"))
        self.copy_button.clicked.connect(self._copy)
        self.export_button = self._button("historyExport", self.tr("Export…"), self.export_asked)
        self.delete_button = self._button("historyDelete", self.tr("Delete…"), self.delete_asked)
        buttons = FlowRow(
            self.report_button, self.play_button, self.copy_button, self.export_button, self.delete_button
        )
        self.words = QWidget()
        words = QVBoxLayout(self.words)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(4)
        for each in (self._title, self._about, self._lines):
            words.addWidget(each)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 12, 24, 12)
        column.setSpacing(8)
        column.addWidget(self.words)
        column.addLayout(buttons)
        self.hide()

    def show_calls(self, calls: Sequence[CallSummary]) -> None:
        """Fill in the chosen call, or how many are chosen."""
        self._chosen = list(calls)
        self._lines.setText("")
        self._lines.hide()
        if not calls:
            return
        one = calls[0] if len(calls) == 1 else None
        was_talk = one is not None and bool(one.handled_by)
        self.report_button.setEnabled(one is not None)
        self.play_button.setEnabled(was_talk)
        self.copy_button.setEnabled(one is not None and not one.is_practice and not is_withheld(one.caller))
        self.delete_button.setEnabled(any(call.outcome is not None for call in calls))
        if one is None:
            self._title.show_text(self.tr("{0} calls chosen").format(len(calls)))
            length_s = sum(call.duration_ms for call in calls) / 1000
            self._about.show_text(self.tr("{0} in all").format(clock(length_s)))
            return
        self._title.show_text(phone_number(one.caller))
        parts = [when(one.started_at), outcome_name(one.outcome), clock(one.duration_ms / 1000), one.desk]
        self._about.show_text("   ·   ".join(filter(None, parts)))
        self._delay.start()

    def make_room(self, *, is_roomy: bool, is_tight: bool) -> None:
        """Be as large as there is room for: whole, its buttons alone, or gone, for all have keys too."""
        self.words.setVisible(is_roomy)
        self.setVisible(bool(self._chosen) and not is_tight)

    # Inside.

    def _look(self) -> None:
        if len(self._chosen) == 1:
            self._shell.spawn(self._read(self._chosen[0]))

    async def _read(self, call: CallSummary) -> None:
        try:
            events = await self._shell.read_call(call.call_id)
        except CopilotError:
            words = self.tr("This call could not be read from the history.")
        else:
            words = "\n".join(self._first_words(events))
        if isValid(self) and self._chosen == [call]:
            self._lines.setText(words)
            self._lines.setVisible(bool(words))

    def _first_words(self, events: Sequence[CallEvent]) -> list[str]:
        written = wrap_up.read(events)
        if written is not None and written.rows:
            parts = [written.outcome, written.summary or written.notes, written.follow_up_words]
            return [" – ".join(" ".join(part.split()) for part in parts if part)]
        said = [event for event in events if isinstance(event, UtteranceFinished) and event.text]
        return [f"{party_name(each.party)}: {each.text}" for each in said[:_LINES]]

    def _copy(self) -> None:
        if self._chosen:
            QGuiApplication.clipboard().setText(self._chosen[0].caller)

    def _button(self, name: str, words: str, ask: SignalInstance | None = None) -> QPushButton:
        button = QPushButton(words)
        button.setObjectName(name)
        button.setAccessibleName(words)
        button.setAutoDefault(False)
        if ask is not None:
            button.clicked.connect(ask)
        return button
