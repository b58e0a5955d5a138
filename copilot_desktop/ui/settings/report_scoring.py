"""Report & scoring: what comes after a call, and which facts it is made of."""

from __future__ import annotations

from copilot_desktop.ui.settings.choices import SwitchField
from copilot_desktop.ui.settings.fields import TextField
from copilot_desktop.ui.settings.page import Setting, SettingsPage, words


class ReportPage(SettingsPage):
    """There is no score yet, and the page says so."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(
            setting,
            "report",
            self.tr("Report & scoring"),
            self.tr("What you get after a call, and how it is made."),
        )
        rows = self.group(self.tr("After a call"))
        self.add(
            rows,
            SwitchField(
                "opens_report",
                self.tr("Open the report by itself"),
                self.tr("Otherwise you find it in the history."),
            ),
            TextField(
                "business_name",
                self.tr("Business name"),
                self.tr("Also spoken in the greeting and the messages that you have not written yourself."),
            ),
        )
        rows = self.group(self.tr("What the report is made of"))
        facts = (
            self.tr("How long callers waited for each answer, and what took the time."),
            self.tr("Who spoke how much, who interrupted whom, and how long it was silent."),
            self.tr("Holds, take-overs, and what was suggested and used."),
            self.tr("The quality of the line, and where it may make a figure unfair."),
            self.tr("The transcript, with the recording beside it."),
        )
        for fact in facts:
            rows.addWidget(words(f"•  {fact}"))
        rows = self.group(self.tr("Score"))
        rows.addWidget(
            words(
                self.tr(
                    "There is no score yet: every figure in the report is measured by this program, "
                    "and no AI judges anybody."
                ),
                "muted",
            )
        )
