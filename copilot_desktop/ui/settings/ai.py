"""AI: what it says by itself, and what answers."""

from __future__ import annotations

from copilot_desktop.config import Settings
from copilot_desktop.ui.settings.choices import Option, RadioField, SecondsField
from copilot_desktop.ui.settings.fields import LongTextField, TextField
from copilot_desktop.ui.settings.flow import FlowRow
from copilot_desktop.ui.settings.page import Setting, SettingsPage, words
from copilot_desktop.ui.settings.push import push


class AIPage(SettingsPage):
    """Its first words, its waiting sentence, and how it takes a call back."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(
            setting,
            "ai",
            self.tr("AI"),
            self.tr("What the assistant says by itself, and how it takes a call back."),
        )
        rows = self.group(self.tr("What answers"))
        self.engine_line = words("")
        self.engine_line.setObjectName("aiEngineLine")
        rows.addWidget(self.engine_line)
        rows.addWidget(words(self.tr("What it may answer from stands under Knowledge & playbook."), "muted"))
        knowledge = push(self.tr("Open Knowledge & playbook"), "goKnowledge", role="link")
        knowledge.clicked.connect(lambda: setting.host.go_to("knowledge"))
        rows.addLayout(FlowRow(knowledge))
        self._build_sentences()
        self._build_modes()

    def show_settings(self, settings: Settings) -> None:
        """Also what answers just now."""
        super().show_settings(settings)
        self.engine_line.setText(self.door.engine_line)

    def _build_sentences(self) -> None:
        rows = self.group(self.tr("Sentences"))
        greeting_listen = self.listen(
            "greeting", self.tr("Greeting"), lambda: str(self.fields["greeting"].value())
        )
        greeting = LongTextField(
            "greeting",
            self.tr("Greeting"),
            self.tr("The first words after the recording notice. Empty: made from your business's name."),
            greeting_listen,
        )
        greeting_listen.failed.connect(greeting.show_hint)
        waiting_listen = self.listen(
            "waiting", self.tr("Waiting sentence"), lambda: str(self.fields["waiting_sentence"].value())
        )
        waiting = TextField(
            "waiting_sentence",
            self.tr("Waiting sentence"),
            self.tr("Said when an answer takes long, so that the caller is not left in silence."),
            waiting_listen,
        )
        waiting_listen.failed.connect(waiting.show_hint)
        after = SecondsField("waiting_after_s", self.tr("Say it after"), "", least=1, most=6, step=0.5)
        self.add(rows, greeting, waiting, after)

    def _build_modes(self) -> None:
        rows = self.group(self.tr("When you hand a call back"))
        back = RadioField(
            "hand_back_mode",
            self.tr("The AI then"),
            (
                Option("approve", self.tr("asks me before every sentence"), self.tr("The careful way.")),
                Option("ai", self.tr("speaks by itself")),
            ),
        )
        self.add(rows, back)
        number = push(self.tr("How calls begin: Phone number"), "goNumber", role="link")
        number.clicked.connect(lambda: self.setting.host.go_to("number", "start_mode"))
        rows.addLayout(FlowRow(number))
