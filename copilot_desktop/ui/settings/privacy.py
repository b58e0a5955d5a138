"""Privacy: what callers are told, what is kept and hidden, where it lies, and who gets what."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout

from copilot_desktop.config import SecretPlace, Settings
from copilot_desktop.ui.settings.engine_words import PARTS, EngineForm, sent_words
from copilot_desktop.ui.settings.kept_box import KeptBox
from copilot_desktop.ui.settings.page import Setting, SettingsPage, words
from copilot_desktop.ui.settings.sent_box import SentBox
from copilot_desktop.ui.settings.shared_box import SharedBox
from copilot_desktop.ui.widgets.choices import ManyField, Option, SwitchField
from copilot_desktop.ui.widgets.fields import LongTextField
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push


class PrivacyPage(SettingsPage):
    """Only what is true on this computer stands here."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(
            setting,
            "privacy",
            self.tr("Privacy"),
            self.tr("What callers are told, what is kept, and who gets what."),
        )
        self._build_recording()
        self._build_hidden()
        self.kept = KeptBox(self)
        self._build_stored()
        self.shared = SharedBox(self)
        self._build_sent()

    def first_shown(self) -> None:
        """Count what is kept."""
        self.kept.load()
        self.sent.refresh()

    def show_settings(self, settings: Settings) -> None:
        """Also where things are kept on this computer."""
        super().show_settings(settings)
        self._fit_notice()
        self.stored.setText(
            self.tr(
                "Calls, recordings and the log are in {0}. The files are not encrypted by this program."
            ).format(self.door.data_folder)
        )
        keys = (
            self.tr("Keys and tokens are in the system's key store.")
            if self.door.keeps_secrets
            else self.tr("Keys and tokens are kept in memory until the program ends.")
        )
        self.keys.setText(keys)
        self._show_sent(settings)
        self.sent.refresh()

    def _build_recording(self) -> None:
        rows = self.group(self.tr("Recording and notice"))
        recording = SwitchField(
            "is_recording",
            self.tr("Record calls"),
            self.tr("Both sides, on this computer. Recording begins after the notice."),
        )
        listen = self.listen("notice", self.tr("Notice"), lambda: str(self.fields["notice"].value()))
        notice = LongTextField(
            "notice",
            self.tr("Notice"),
            self.tr("Said first in a recorded call. Ask a lawyer what your callers must be told."),
            listen,
        )
        listen.failed.connect(notice.show_hint)
        self._unrecorded = words(
            self.tr("Without recording no notice is said; the greeting tells callers that an AI speaks."),
            "muted",
        )
        self._unrecorded.setObjectName("unrecordedNote")
        card = SwitchField(
            "is_card_number_hidden",
            self.tr("Hide card numbers"),
            self.tr(
                "A card number that is spoken is left out of the recording, the transcript, the report, "
                "and what the assistant works with."
            ),
        )
        self.add(rows, recording, notice)
        rows.addWidget(self._unrecorded)
        self.add(rows, card)
        recording.changed.connect(self._fit_notice)

    def _fit_notice(self) -> None:
        is_recording = bool(self.fields["is_recording"].value())
        self.fields["notice"].setVisible(is_recording)
        self._unrecorded.setVisible(not is_recording)

    def _build_hidden(self) -> None:
        rows = self.group(
            self.tr("Hide"),
            self.tr("Card numbers are hidden in the call already. In the call you see everything else."),
        )
        kinds = (
            Option("bank", self.tr("Bank accounts")),
            Option("email", self.tr("E-mail addresses")),
            Option("phone", self.tr("Phone numbers")),
        )
        stored = ManyField(
            "hidden_in_history",
            self.tr("In what is kept"),
            kinds,
            self.tr(
                "In words, search and notes, and silent in the recording; for what is said from now on. "
                "The numbers of the call itself stay."
            ),
        )
        exported = ManyField(
            "hidden_in_exports",
            self.tr("In exported files"),
            (Option("card", self.tr("Card numbers")), *kinds),
        )
        self.add(rows, stored, exported)

    def _build_stored(self) -> None:
        rows = self.group(self.tr("What is kept"))
        self.stored, self.keys = words(""), words("")
        self.stored.setObjectName("storedWhere")
        rows.addWidget(self.stored)
        rows.addWidget(self.keys)
        rows.addWidget(
            words(
                self.tr("Practice calls are kept apart and never counted."),
                "muted",
            )
        )
        folder = push(self.tr("Open data folder"), "privacyFolder")
        folder.clicked.connect(lambda: self.door.open_outside(self.door.data_folder.as_uri()))
        rows.addLayout(FlowRow(folder))

    def _build_sent(self) -> None:
        rows = self.group(self.tr("Who gets what in a call"))
        self._sent = QGridLayout()
        self._sent.setHorizontalSpacing(16)
        self._sent.setVerticalSpacing(10)
        self._sent.setColumnStretch(0, 2)
        self._sent.setColumnStretch(1, 3)
        rows.addLayout(self._sent)
        self.sent = SentBox(self, rows)

    def _show_sent(self, settings: Settings) -> None:
        """Write the table anew: who gets something depends on the engines that are saved."""
        while (item := self._sent.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for row, (who, what) in enumerate(self._table(settings)):
            self._sent.addWidget(words(who, "fieldTitle"), row, 0)
            self._sent.addWidget(words(what, "plain"), row, 1)

    def _table(self, settings: Settings) -> list[tuple[str, str]]:
        form = EngineForm.kept(settings, lambda name: self.door.secret_place(name) is not SecretPlace.ABSENT)
        elsewhere: dict[str, list[str]] = {}
        for part in PARTS:
            if part == "judge" and not settings.judge_calls:
                continue
            if place := form.place(part):
                elsewhere.setdefault(place, []).append(sent_words(part))
        practice = (
            self.tr("The engines get the same as in any call. The practice caller is part of this computer.")
            if elsewhere
            else self.tr("Nobody gets anything; nothing leaves this computer.")
        )
        here = self.tr("Made on this computer. No sound and no text is sent to an AI service.")
        return [
            (
                self.tr("Your phone company"),
                self.tr("The sound of the call, both ways, and the numbers. It carries the call."),
            ),
            (
                self.tr("The maker of the public address"),
                self.tr("The same sound passes through it, unless the address is your own."),
            ),
            *((place, " ".join(parts)) for place, parts in elsewhere.items()),
            *(() if elsewhere else ((self.tr("Speech, voice, answers"), here),)),
            (
                self.tr("We, who made this program"),
                self.tr("Nothing. It sends no statistics and no reports."),
            ),
            (self.tr("In a practice call"), practice),
        ]
