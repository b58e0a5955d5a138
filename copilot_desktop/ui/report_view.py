"""ReportView: one call on one page: numbers, timeline, facts, every word, and the way to paper."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallEvent, CallId, JudgementChanged, JudgementStage
from copilot_desktop.report.model import CallReport
from copilot_desktop.ui.announce import announce
from copilot_desktop.ui.bands import PracticeBand
from copilot_desktop.ui.buttons import beside_icon
from copilot_desktop.ui.elided import ElidedLabel
from copilot_desktop.ui.facts_view import FactsView, figures
from copilot_desktop.ui.judgement_view import JudgementView
from copilot_desktop.ui.shell import EXPORT_FORMATS, Shell
from copilot_desktop.ui.strip import Strip
from copilot_desktop.ui.theme import Theme, label, set_look
from copilot_desktop.ui.timeline_view import TimelineView
from copilot_desktop.ui.transcript_model import TranscriptModel
from copilot_desktop.ui.transcript_view import TranscriptView
from copilot_desktop.ui.wording import mode_name, outcome_name, phone_number, when

_FORMAT_NAMES = {
    "pdf": "PDF",
    "html": "HTML",
    "json": "JSON",
    "csv": "CSV",
    "txt": "TXT",
}

_ROOMY_PX = 250


class ReportView(QWidget):
    """Reads one call through the shell. `titled` carries the words for its tab."""

    titled = Signal(str)

    def __init__(self, theme: Theme, shell: Shell, call_id: CallId, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reportView")
        self.call_id = call_id
        self._theme, self._shell = theme, shell
        self.title = ""
        self._report: CallReport | None = None
        self._dialog: QFileDialog | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._lanes: TimelineView | None = None
        self._waiting = label(self.tr("Measuring the call…"), "empty")
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column.addWidget(self._waiting)
        self.transcript: TranscriptView | None = None
        self.judgement = JudgementView()
        self.judgement.moment_asked.connect(self._show_moment)
        self.judgement.judge_asked.connect(self._judge)
        self.judgement.objected.connect(self._object)
        self._objected = ""
        """The criterion to which the agent has objected: the focus comes back to it."""
        self.export_strip = Strip(theme, "exportStrip")
        self._column.addWidget(self.export_strip)
        self._state = label("", "muted")
        self._state.setObjectName("exportState")
        self.export_button = QPushButton(beside_icon(self.tr("Export")))
        self._shell.spawn(self._load())

    @property
    def report(self) -> CallReport | None:
        """The report on screen; None until it is measured."""
        return self._report

    def choose_export(self) -> None:
        """Open the list of formats under the button."""
        if self._report is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for extension in EXPORT_FORMATS:
            action = menu.addAction(self.tr("{0} file…").format(_FORMAT_NAMES[extension]))
            action.triggered.connect(lambda _checked=False, chosen=extension: self.ask_path(chosen))
        menu.popup(self.export_button.mapToGlobal(QPoint(0, self.export_button.height() + 4)))

    def ask_path(self, extension: str) -> None:
        """Ask where an export shall go, without stopping anything else."""
        if self._report is None:
            return
        name = self._shell.export_name(self._report, extension)
        folder = str(self._shell.preferences.value("export/folder", str(Path.home())))
        dialog = QFileDialog(self, self.tr("Export report"), str(Path(folder) / name))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(extension)
        dialog.setNameFilter(f"{_FORMAT_NAMES[extension]} (*.{extension})")
        dialog.selectFile(name)
        dialog.fileSelected.connect(lambda path: self.export_to(extension, Path(path)))
        self._dialog = dialog
        dialog.open()

    def export_to(self, extension: str, path: Path) -> None:
        """Write the report to `path`; says how it went."""
        self._shell.preferences.setValue("export/folder", str(path.parent))
        self._say(self.tr("Saving…"), "muted")
        self._shell.spawn(self._export(extension, path))

    async def _export(self, extension: str, path: Path) -> None:
        try:
            await self._shell.export(self.call_id, extension, path)
        except (CopilotError, OSError):
            self._say("", "muted")
            self._tell_unsaved(extension, path)
        else:
            self.export_strip.dismiss()
            self._say(self.tr("Saved as {0}").format(path.name), "success")

    def _tell_unsaved(self, extension: str, path: Path) -> None:
        title = self.tr("The report was not saved")
        text = self.tr("“{0}” is open in another program, or the folder is read-only.").format(path.name)
        folder = QUrl.fromLocalFile(str(path.parent))
        buttons = (
            (self.tr("Choose another name"), lambda: self.ask_path(extension)),
            (self.tr("Open folder"), lambda: QDesktopServices.openUrl(folder)),
        )
        self.export_strip.tell(title, text, "danger", buttons)
        announce(self, f"{title}. {text}")

    def judgement_changed(self, fact: JudgementChanged) -> None:
        """The judgement of a call has begun, come, or changed; that of another call is not ours."""
        if fact.call_id != self.call_id:
            return
        if fact.stage is JudgementStage.FAILED:
            announce(self, self.tr("The call could not be judged"))
        self._shell.spawn(self._renew_judgement())

    async def _renew_judgement(self) -> None:
        if self._report is None:
            return
        try:
            self._report = await self._shell.build_report(await self._shell.read_call(self.call_id))
        except CopilotError:
            return
        # The tab may have been closed meanwhile.
        if isValid(self):
            self._show_judgement(self._report)

    def _show_judgement(self, report: CallReport) -> None:
        is_running = self._shell.is_judging(self.call_id)
        self.judgement.show_report(report, can_judge=self._shell.can_judge(), is_running=is_running)
        if self._objected:
            self.judgement.focus_answer(self._objected)
            self._objected = ""

    def _judge(self) -> None:
        self._shell.spawn(self._order(self._shell.judge_call(self.call_id)))

    def _object(self, criterion: str, answer: str, reason: str) -> None:
        self._objected = criterion
        self._shell.spawn(self._order(self._shell.object_to(self.call_id, criterion, answer, reason)))

    async def _order(self, order: Coroutine[Any, Any, None]) -> None:
        try:
            await order
        except CopilotError as error:
            if isValid(self):
                self._say(str(error), "danger")

    async def _load(self) -> None:
        try:
            events = await self._shell.read_call(self.call_id)
            report = await self._shell.build_report(events) if events else None
        except CopilotError:
            report, events = None, []
        if report is None:
            self._waiting.setText(self.tr("This call could not be read from the history."))
            return
        self._show(report, events)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._lanes is not None:
            # Numbers and words first: in a small window with large text the drawing gives way.
            self._lanes.setVisible(self.height() >= _ROOMY_PX * self._theme.scale)

    def _say(self, text: str, tone: str) -> None:
        self._state.setText(text)
        set_look(self._state, "tone", tone)

    # Building, once the report is there.

    def _show(self, report: CallReport, events: Sequence[CallEvent]) -> None:
        self._report = report
        self._show_judgement(report)
        self._waiting.hide()
        if report.is_practice:
            band = PracticeBand(self._theme, self.tr("PRACTICE – nobody real called"))
            self._column.addWidget(band)
        self._column.addWidget(self._head(report))
        if report.caution:
            caution = label(report.caution, "caution")
            caution.setWordWrap(True)
            self._column.addWidget(caution)
        self._column.addWidget(self._body(report, events), 1)
        self.title = phone_number(report.caller)
        self.titled.emit(self.title)
        announce(self, self.tr("Report ready"))

    def _head(self, report: CallReport) -> QWidget:
        head = QFrame()
        head.setObjectName("reportHead")
        names = QVBoxLayout()
        names.setSpacing(2)
        title = ElidedLabel("title")
        title.setObjectName("reportTitle")
        title.show_text(phone_number(report.caller))
        about = ElidedLabel("muted")
        about.show_text("   ·   ".join(self._about(report)))
        names.addWidget(title)
        names.addWidget(about)
        self.export_button.setObjectName("exportButton")
        self.export_button.setAccessibleName(self.tr("Export report, Ctrl+Shift+E"))
        self.export_button.setToolTip(self.tr("Export report  Ctrl+Shift+E"))
        self._theme.set_icon(self.export_button, "export")
        self.export_button.clicked.connect(self.choose_export)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addLayout(names, 1)
        line.addWidget(self._state)
        line.addWidget(self.export_button)
        column = QVBoxLayout(head)
        column.setContentsMargins(24, 16, 24, 12)
        column.setSpacing(16)
        column.addLayout(line)
        tiles = figures(report)
        if tiles:
            row = QHBoxLayout()
            row.setSpacing(12)
            for tile in tiles:
                row.addWidget(tile, 1)
            column.addLayout(row)
            self._lanes = self._timeline(report)
            column.addWidget(self._lanes)
        return head

    def _about(self, report: CallReport) -> list[str]:
        began = when(report.started_at) if report.started_at else ""
        modes = " + ".join(mode_name(handling.mode) for handling in report.handled_by)
        line = self.tr("to {0}").format(phone_number(report.line)) if report.line else ""
        return [part for part in (began, outcome_name(report.outcome), modes, line) if part]

    def _timeline(self, report: CallReport) -> TimelineView:
        timeline = TimelineView(self._theme)
        timeline.show_report(report)
        timeline.moment_asked.connect(self._show_moment)
        return timeline

    def _body(self, report: CallReport, events: Sequence[CallEvent]) -> QSplitter:
        self.transcript = TranscriptView(self._theme, is_live=False)
        self.transcript.show_transcript(TranscriptModel(events))
        self.transcript.list.show_first()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        split.addWidget(FactsView(report, above=self.judgement))
        split.addWidget(self.transcript)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        split.setSizes([420, 640])
        return split

    def _show_moment(self, at_ms: int) -> None:
        if self.transcript is not None:
            self.transcript.show_moment(at_ms)
