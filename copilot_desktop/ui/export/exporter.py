"""Exporter: from "Export" to files on the disk: panel, place, writing, and what is said when it fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget
from shiboken6 import isValid

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallId
from copilot_desktop.report import CallReport
from copilot_desktop.report.choice import ExportChoice, ExportFormat
from copilot_desktop.ui.export.export_panel import ExportPanel
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.strip import Strip
from copilot_desktop.ui.widgets.theme import Theme

_TABLE_NAME = "calls.csv"


class _Stopped(CopilotError):
    """The agent wants no more files."""


class Exporter(QObject):
    """Serves one page of the window. `say(words, tone)` is its quiet line, `strip` where a failure stands."""

    def __init__(
        self, owner: QWidget, theme: Theme, shell: Shell, strip: Strip, say: Callable[[str, str], None]
    ) -> None:
        super().__init__(owner)
        self._owner, self._theme, self._shell = owner, theme, shell
        self._strip, self._say = strip, say
        self._calls: tuple[CallId, ...] = ()
        self._report: CallReport | None = None
        self._is_stopped = False
        self.panel: ExportPanel | None = None
        self.dialog: QFileDialog | None = None

    def ask_for_report(self, report: CallReport) -> None:
        """Open the panel for the call on screen."""
        self._report = report
        has_recording = report.recorded is not None
        self._open((report.call_id,), is_practice=report.is_practice, has_recording=has_recording)

    def ask_for_calls(self, calls: Sequence[CallId], *, is_practice: bool = False) -> None:
        """Open the panel for a selection; `is_practice`: all of them are."""
        self._report = None
        self._open(tuple(calls), is_practice=is_practice, has_recording=True)

    def ask_path(self, choice: ExportChoice) -> None:
        """Ask where it shall go, without stopping anything else."""
        is_folder = len(self._calls) > 1 and choice.format is not ExportFormat.CSV
        start = Path(str(self._shell.preferences.value("export/folder", str(Path.home()))))
        dialog = QFileDialog(self._owner, self.tr("Export"), str(start))
        dialog.setObjectName("exportFileDialog")
        if is_folder:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        else:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix(choice.format.value)
            dialog.setNameFilter(f"{choice.format.upper()} (*.{choice.format})")
            dialog.selectFile(self._usual_name(choice))
        dialog.fileSelected.connect(lambda path: self.export_to(choice, Path(path)))
        dialog.finished.connect(self._forget_dialog)
        self.dialog = dialog
        dialog.open()

    def export_to(self, choice: ExportChoice, target: Path) -> None:
        """Write to `target`, a file or for many calls a folder; says how it went."""
        is_folder = target.is_dir() and len(self._calls) > 1
        self._shell.preferences.setValue("export/folder", str(target if is_folder else target.parent))
        self._is_stopped = False
        self._say(self.tr("Saving…"), "muted")
        self._shell.spawn(self._export(self._calls, choice, target))

    def _open(self, calls: tuple[CallId, ...], *, is_practice: bool, has_recording: bool) -> None:
        if self.panel is not None and isValid(self.panel) and self.panel.isVisible():
            self.panel.raise_()
            self.panel.activateWindow()
            return
        self._calls = calls
        self.panel = ExportPanel(
            self._theme,
            self._shell.preferences,
            self._owner,
            count=len(calls),
            is_practice=is_practice,
            has_recording=has_recording,
        )
        self.panel.chosen.connect(self.ask_path)
        self.panel.stopped.connect(self._stop)
        self.panel.show()

    def _usual_name(self, choice: ExportChoice) -> str:
        if self._report is None:
            return _TABLE_NAME if choice.format is ExportFormat.CSV else ""
        return self._shell.export_name(self._report, choice.format.value)

    async def _export(self, calls: tuple[CallId, ...], choice: ExportChoice, target: Path) -> None:
        try:
            written = await self._shell.export(calls, choice, target, self._told)
        except _Stopped:
            self._end(self.tr("Stopped; what is written is whole."), "muted")
        except (CopilotError, OSError) as error:
            if isValid(self):
                self._end("", "muted")
                self._tell_unsaved(choice, target, error)
        else:
            self._strip.dismiss()
            name = target.name if len(calls) == 1 else self.tr("{0} files").format(len(written))
            self._end(self.tr("Saved as {0}").format(name), "success")

    def _told(self, done: int, all: int) -> None:
        """Raises _Stopped between two files where that is wished."""
        if self._is_stopped or not isValid(self):
            raise _Stopped
        if (panel := self._shown_panel()) is not None:
            panel.show_progress(done, all)

    def _end(self, words: str, tone: str) -> None:
        if not isValid(self):
            return
        self._say(words, tone)
        panel = self._shown_panel()
        if panel is None:
            return
        if tone == "success" and len(self._calls) == 1:
            panel.show_end("")
            panel.close()
        else:
            panel.show_end(words, tone)

    def _shown_panel(self) -> ExportPanel | None:
        return self.panel if self.panel is not None and isValid(self.panel) else None

    def _stop(self) -> None:
        self._is_stopped = True

    def _forget_dialog(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def _tell_unsaved(self, choice: ExportChoice, target: Path, error: Exception) -> None:
        title = self.tr("The report was not saved")
        in_use = self.tr("“{0}” is open in another program, or the folder is read-only.").format(target.name)
        text = str(error) if isinstance(error, CopilotError) and str(error) else in_use
        folder = QUrl.fromLocalFile(str(target.parent))
        buttons = (
            (self.tr("Choose another name"), lambda: self.ask_path(choice)),
            (self.tr("Open folder"), lambda: QDesktopServices.openUrl(folder)),
        )
        self._strip.tell(title, text, "danger", buttons)
        announce(self._owner, f"{title}. {text}")
