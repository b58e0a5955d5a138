"""AI: what listens, answers and speaks, what it may do, what it costs, and what it says by itself."""

from __future__ import annotations

from copilot_desktop.config import SecretPlace, Settings
from copilot_desktop.ui.settings import ai_parts
from copilot_desktop.ui.settings.costs import CostBox
from copilot_desktop.ui.settings.engine_fields import NameField
from copilot_desktop.ui.settings.engine_part import EnginePartBox, PartWords
from copilot_desktop.ui.settings.engine_words import EngineForm
from copilot_desktop.ui.settings.page import Setting, SettingsPage, words
from copilot_desktop.ui.widgets.choices import ChoiceField, ManyField, Option, RadioField, SecondsField
from copilot_desktop.ui.widgets.fields import LongTextField, TextField
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push


class AIPage(SettingsPage):
    """The four parts one below the other, then what holds for all of them."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(
            setting,
            "ai",
            self.tr("AI"),
            self.tr("What listens, answers and speaks in your calls, and what stands in for it."),
        )
        self.form = EngineForm(setting.host.value_of, self._has_secret, setting.host.typed_secret)
        self._build_overview()
        self.parts = {about.part: self._build_part(about) for about in ai_parts.part_words()}
        self._build_limits()
        self._build_tools()
        self._build_sentences()
        self._build_modes()
        self.costs = CostBox(self)
        self.changed.connect(self._show_orders)

    def show_settings(self, settings: Settings) -> None:
        """Also what answers just now."""
        super().show_settings(settings)
        self.engine_line.setText(self.door.engine_line)
        for box in self.parts.values():
            box.show_kept()

    def first_shown(self) -> None:
        """Keys may have been typed on another page meanwhile."""
        self._show_orders()
        self.costs.load()

    def focus_field(self, name: str) -> None:
        """Open what hides the field first."""
        for part, box in self.parts.items():
            if name in (f"{part}_base_url", f"{part}_api_key"):
                box.open_server(True)
        super().focus_field(name)

    def continue_without_ai(self) -> None:
        """Choose the engines of this computer for everything; not saved."""
        for box in self.parts.values():
            box.stay_here()
        self.focus_field("hearing_engine")

    def _has_secret(self, name: str) -> bool:
        is_kept = self.door.secret_place(name) is not SecretPlace.ABSENT
        return is_kept or bool(self.setting.host.typed_secret(name))

    def _show_orders(self) -> None:
        for box in self.parts.values():
            box.show_order()

    # Building.

    def _build_overview(self) -> None:
        rows = self.group(self.tr("What answers"))
        self.engine_line = words("")
        self.engine_line.setObjectName("aiEngineLine")
        rows.addWidget(self.engine_line)
        language = ChoiceField(
            "language",
            self.tr("Language of your calls"),
            ai_parts.languages(),
            self.tr("The engines of this computer know English only."),
        )
        self.add(rows, language)
        rows.addWidget(words(self.tr("What it may answer from stands under Knowledge & playbook."), "muted"))
        knowledge = push(self.tr("Open Knowledge & playbook"), "goKnowledge", role="link")
        knowledge.clicked.connect(lambda: self.setting.host.go_to("knowledge"))
        accounts = push(self.tr("OpenAI's key: Accounts"), "goAccounts", role="link")
        accounts.clicked.connect(lambda: self.setting.host.go_to("accounts", "openai_api_key"))
        rows.addLayout(FlowRow(accounts, knowledge))

    def _build_part(self, about: PartWords) -> EnginePartBox:
        if about.part != "voice":
            return EnginePartBox(self, about, self.form)
        name = NameField(
            "voice_name",
            self.tr("Voice"),
            self.tr("One of the server's voices. This computer has one voice of its own."),
            choices=ai_parts.voices(),
        )
        sentence = self.tr("Thank you for calling. How can I help you today?")
        listen = self.listen("voice", self.tr("The voice that is saved"), lambda: sentence)
        listen.failed.connect(name.show_hint)
        return EnginePartBox(self, about, self.form, voice=(listen,), voice_name=name)

    def _build_limits(self) -> None:
        rows = self.group(
            self.tr("When an engine is slow"),
            self.tr("After so long the next one takes over, in the same turn. You are told."),
        )
        for name, title, least, most in (
            ("words_limit_s", self.tr("The caller's words, after"), 0.5, 6),
            ("first_text_limit_s", self.tr("The beginning of an answer, after"), 1, 8),
            ("first_sound_limit_s", self.tr("The first sound, after"), 0.5, 6),
        ):
            self.add(rows, SecondsField(name, title, "", least=least, most=most, step=0.5))

    def _build_tools(self) -> None:
        rows = self.group(self.tr("What the AI may do"))
        self.add(rows, ManyField("ai_tools", self.tr("Besides talking, it may"), ai_parts.tools()))

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
