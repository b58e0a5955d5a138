"""WrapUpPage: one ended call: the form, the words of the call beside it, and the two ways out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from copilot_desktop.calls.events import CallEvent
from copilot_desktop.report.model import CallReport
from copilot_desktop.ui.live.bands import PracticeBand
from copilot_desktop.ui.transcript.transcript_model import TranscriptModel
from copilot_desktop.ui.transcript.transcript_view import TranscriptView
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.buttons import bind
from copilot_desktop.ui.widgets.elided import ElidedLabel
from copilot_desktop.ui.widgets.theme import Theme, label, set_look
from copilot_desktop.ui.widgets.wording import clock, phone_number, when
from copilot_desktop.ui.wrap_up.wrap_up_form import WrapUpForm

_BESIDE = 62
"""In letters: from this width on the transcript stands beside the form."""


class WrapUpPage(QWidget):
    """`later_asked`: the agent puts it aside; it stays open."""

    later_asked = Signal()

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("wrapUp")
        self.form = WrapUpForm()
        self.band = PracticeBand(theme, self.tr("PRACTICE – nobody real called"))
        self.transcript = TranscriptView(theme, is_live=False)
        self.title, self.about = ElidedLabel("title"), ElidedLabel("muted")
        self.title.setObjectName("wrapUpTitle")
        self.sign = label("", "small")
        self.sign.setObjectName("wrapUpSign")
        self.later_button = QPushButton(self.tr("Later"))
        self.later_button.setObjectName("wrapUpLater")
        self.later_button.setAccessibleName(self.tr("Put the form aside; it stays open"))
        self.later_button.clicked.connect(self.later_asked)
        self.ready_button, self.save_button = QPushButton(), QPushButton()
        bind(self.ready_button, actions, "wrap_up_ready", self.tr("Save and ready"))
        bind(self.save_button, actions, "wrap_up_save", self.tr("Save"))
        self.save_button.setProperty("role", "primary")
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        self.split.addWidget(self.form)
        self.split.addWidget(self.transcript)
        self.split.setSizes([560, 640])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.band)
        column.addWidget(self._head())
        column.addWidget(self.split, 1)

    def show_call(self, report: CallReport, events: Sequence[CallEvent], who: str) -> None:
        """Show whose call it is, and its words."""
        self.band.setVisible(report.is_practice)
        self.title.show_text(self.tr("Wrap-up · {0}").format(who or phone_number(report.caller)))
        began = when(report.started_at) if report.started_at else ""
        length = report.conversation.length_ms if report.conversation else report.duration_ms
        self.about.show_text("   ·   ".join(filter(None, (began, clock(length / 1000)))))
        self.transcript.show_transcript(TranscriptModel(events))
        self.transcript.list.show_first()

    def tell(self, words: str, tone: str = "muted") -> None:
        """Say whether what is typed is kept."""
        self.sign.setText(words)
        set_look(self.sign, "tone", tone)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # With large text in a small window the form has the room; the words stand in the report as well.
        self.transcript.setVisible(self.width() >= _BESIDE * self.fontMetrics().horizontalAdvance("m"))

    def _head(self) -> QFrame:
        head = QFrame()
        head.setObjectName("reportHead")
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(self.title)
        names.addWidget(self.about)
        row = QHBoxLayout(head)
        row.setContentsMargins(24, 12, 24, 12)
        row.setSpacing(12)
        row.addLayout(names, 1)
        for widget in (self.sign, self.later_button, self.ready_button, self.save_button):
            row.addWidget(widget)
        return head
