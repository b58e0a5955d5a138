"""ReportParts: what of a report comes later than its facts: the recording, its sound, the mood."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from copilot_desktop.calls.errors import CopilotError, RecordingElsewhere
from copilot_desktop.report.model import CallReport
from copilot_desktop.ui.report.player import CallPlayer
from copilot_desktop.ui.shell import Shell


class ReportParts(QObject):
    """One after the other. `came` carries the report with one part more, `progressed`: one is done."""

    came = Signal(object)
    progressed = Signal()

    def __init__(self, shell: Shell, player: CallPlayer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shell, self._player = shell, player
        self._to_come: list[str] = []

    @property
    def words(self) -> str:
        """What is being done now; empty when all is there."""
        return self._to_come[0] if self._to_come else ""

    async def fill(self, report: CallReport) -> None:
        """Get all parts. Leaving the page does not stop it; closing it does, after the part in hand."""
        steps = (
            (self.tr("Looking for the recording…"), self._find_recording),
            (self.tr("Listening to the recording…"), self._listen),
            (self.tr("Reading the mood…"), self._read_mood),
        )
        self._to_come = [words for words, _ in steps]
        self.progressed.emit()
        for _, step in steps:
            try:
                report = await step(report)
            except CopilotError:
                # Its place says that it was not measured; the other parts come all the same.
                if not isValid(self):
                    return
            if not isValid(self):
                return
            self._to_come.pop(0)
            self.came.emit(report)
            self.progressed.emit()

    async def _find_recording(self, report: CallReport) -> CallReport:
        path, is_elsewhere = None, False
        try:
            path = await self._shell.recording(report.call_id) if report.recorded is not None else None
        except RecordingElsewhere:
            is_elsewhere = True
        if isValid(self):
            self._player.load(path, report.recorded, report.duration_ms, is_elsewhere=is_elsewhere)
        return report

    async def _listen(self, report: CallReport) -> CallReport:
        return await self._shell.listen(report)

    async def _read_mood(self, report: CallReport) -> CallReport:
        return await self._shell.read_mood(report)
