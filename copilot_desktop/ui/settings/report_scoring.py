"""Report & scoring: what comes after a call, and which facts it is made of."""

from __future__ import annotations

from copilot_desktop.ui.settings.page import Setting, SettingsPage, words
from copilot_desktop.ui.widgets.choices import NumberField, SwitchField
from copilot_desktop.ui.widgets.fields import TextField


class ReportPage(SettingsPage):
    """What is measured, what is judged, and by which form."""

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
                "wraps_up",
                self.tr("Ask what came of it"),
                self.tr("A form for summary, outcome, follow-up and notes. Saving it opens the report."),
            ),
            TextField(
                "outcomes",
                self.tr("Outcomes to choose from"),
                self.tr("Divided by commas. The AI may suggest one, never choose it."),
            ),
            NumberField(
                "wrap_up_pause_s",
                self.tr("Ready again"),
                self.tr("Until then, or until the form is saved, no other call rings."),
                least=0,
                most=600,
                step=30,
                suffix=self.tr(" s after the call"),
                zero=self.tr("at once"),
            ),
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
        self.add(
            rows,
            SwitchField(
                "judge_calls",
                self.tr("Let the AI judge calls"),
                self.tr("After a call the AI for reports reads its words. It is chosen on the page AI."),
            ),
        )
        for fact in (
            self.tr(
                "Calls are judged by a form. What this program measures, no AI is asked; what an AI says "
                "counts only where its quote is found in the transcript, said by the right person."
            ),
            self.tr(
                "Without an AI there is no score: the measured answers stand, and you can fill in the rest. "
                "Calls under 15 s have none, nor have practice calls with this computer's engines."
            ),
            self.tr(
                "A form of your own takes the place of ours: report-form.toml, beside settings.toml. "
                "Begin with a copy of support-v1.toml, which came with the program and explains itself."
            ),
        ):
            rows.addWidget(words(fact, "muted"))
