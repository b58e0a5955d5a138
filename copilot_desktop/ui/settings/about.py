"""About & diagnostics: version, licences, the checks, and a report for whoever helps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout

from copilot_desktop.diagnostics import Check
from copilot_desktop.ui.settings.page import Setting, SettingsPage, words
from copilot_desktop.ui.widgets.choices import ChoiceField, Option
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.theme import label, set_look


class AboutPage(SettingsPage):
    """Nothing is sent anywhere: a report is shown, then saved where the person says."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting, "about", self.tr("About & diagnostics"))
        self.dialog: QFileDialog | None = None
        self._build_about()
        self._build_checks()
        self._build_report()
        self._build_log()

    # Version and licences.

    def _build_about(self) -> None:
        rows = self.group("")
        rows.addWidget(label(self.tr("AI Call CoPilot {0}").format(self.door.version), "cardTitle"))
        self.licences = _text_box("licencesText", self.tr("Licences"))
        self.licences_button = push(self.tr("Show licences"), "licences")
        self.licences_button.clicked.connect(self.toggle_licences)
        rows.addLayout(FlowRow(self.licences_button))
        rows.addWidget(self.licences)

    def toggle_licences(self) -> None:
        """Show or hide the licences."""
        is_shown = not self.licences.isVisible()
        if is_shown:
            self.licences.setPlainText(self.door.licences())
        self.licences.setVisible(is_shown)
        self.licences_button.setText(self.tr("Hide licences") if is_shown else self.tr("Show licences"))
        self.licences_button.setAccessibleName(self.licences_button.text())

    # Checks.

    def _build_checks(self) -> None:
        rows = self.group(self.tr("Check everything"))
        self.run_button = push(self.tr("Run the checks"), "runChecks")
        self.run_button.clicked.connect(self.run_checks)
        rows.addLayout(FlowRow(self.run_button))
        self.checks_result = self.result("checks")
        self.checks_result.ended.connect(lambda: self.run_button.setEnabled(True))
        rows.addWidget(self.checks_result)
        self.checks = QVBoxLayout()
        self.checks.setSpacing(10)
        rows.addLayout(self.checks)

    def run_checks(self) -> None:
        """Check, and show each answer with its remedy."""
        self.run_button.setEnabled(False)
        self.run(self.checks_result, self.tr("Checking"), self._run_checks())

    async def _run_checks(self) -> None:
        checks = await self.door.run_checks()
        self._show_checks(checks)
        bad = sum(1 for check in checks if not check.is_ok)
        if not bad:
            self.checks_result.succeed(self.tr("All is well"))
            return
        needs = self.tr("1 thing needs you") if bad == 1 else self.tr("{0} things need you").format(bad)
        self.checks_result.fail(needs, self.tr("The lines below say what to do."), tone="warning")

    def _show_checks(self, checks: Sequence[Check]) -> None:
        while (item := self.checks.takeAt(0)) is not None:
            if widget := item.widget():
                widget.deleteLater()
        for number, check in enumerate(sorted(checks, key=lambda check: check.is_ok)):
            self.checks.addWidget(self._check_row(number, check))

    def _check_row(self, number: int, check: Check) -> QFrame:
        row = QFrame()
        row.setObjectName(f"check{number}")
        tone = "success" if check.is_ok else "danger" if check.is_needed else "warning"
        sign = label({"success": "✓", "danger": "✗", "warning": "!"}[tone], "stepSign")
        set_look(sign, "tone", tone)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(10)
        line.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(words(f"{check.name}: {check.words}"))
        if not check.is_ok and check.remedy:
            column.addWidget(words(check.remedy, "muted"))
        line.addLayout(column, 1)
        row.setAccessibleName(" ".join(filter(None, (check.name, check.words, check.remedy))))
        return row

    # Problem report.

    def _build_report(self) -> None:
        rows = self.group(
            self.tr("Problem report"),
            self.tr(
                "Versions, settings without secrets, the last of the log. You see it before it is saved."
            ),
        )
        self.report_button = push(self.tr("Make a problem report"), "problemReport")
        self.report_button.clicked.connect(self.make_report)
        self.save_button = push(self.tr("Save it…"), "saveReport")
        self.save_button.clicked.connect(self.ask_path)
        self.save_button.hide()
        rows.addLayout(FlowRow(self.report_button, self.save_button))
        self.report = _text_box("problemReportText", self.tr("The problem report"))
        rows.addWidget(self.report)
        self.report_result = self.result("report")
        rows.addWidget(self.report_result)

    def make_report(self) -> None:
        """Make the report and show it."""
        self.run(self.report_result, self.tr("Gathering"), self._make_report())

    async def _make_report(self) -> str:
        text = await self.door.problem_report()
        self.report.setPlainText(text)
        self.report.show()
        self.save_button.show()
        return ""

    def ask_path(self) -> None:
        """Let the person say where; never blocks."""
        dialog = QFileDialog(
            self, self.tr("Save the problem report"), str(Path.home() / "problem-report.txt")
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("txt")
        dialog.fileSelected.connect(self.save_report)
        self.dialog = dialog
        dialog.open()

    def save_report(self, path: str) -> None:
        """Write what is shown."""
        self.run(self.report_result, self.tr("Saving"), self._save_report(Path(path)))

    async def _save_report(self, path: Path) -> str:
        await self.door.save_text(path, self.report.toPlainText())
        return self.tr("Saved as {0}").format(path)

    # Log.

    def _build_log(self) -> None:
        rows = self.group(self.tr("Log"))
        level = ChoiceField(
            "log_level",
            self.tr("How much is written down"),
            (Option("normal", self.tr("Normal")), Option("detailed", self.tr("Detailed"))),
            self.tr("Detailed helps to find a fault. It can hold what was said in calls."),
        )
        self.add(rows, level)
        folder = push(self.tr("Open data folder"), "dataFolder")
        folder.clicked.connect(lambda: self.door.open_outside(self.door.data_folder.as_uri()))
        rows.addLayout(FlowRow(folder))


def _text_box(name: str, title: str) -> QPlainTextEdit:
    box = QPlainTextEdit()
    box.setObjectName(name)
    box.setAccessibleName(title)
    box.setProperty("look", "log")
    box.setReadOnly(True)
    box.setTabChangesFocus(True)
    box.setMinimumHeight(220)
    box.hide()
    return box
