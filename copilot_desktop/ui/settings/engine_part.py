"""EnginePartBox: one part of the AI on its page: which engine, which model, whose server, and a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QVBoxLayout, QWidget

from copilot_desktop.config import SecretPlace
from copilot_desktop.messages import Remedy
from copilot_desktop.ui.settings.engine_fields import ModelField, NameField
from copilot_desktop.ui.settings.engine_words import EngineForm
from copilot_desktop.ui.settings.page import SettingsPage, words
from copilot_desktop.ui.settings.remedies import Remedies
from copilot_desktop.ui.settings.running import Runs
from copilot_desktop.ui.settings.secret_field import SecretField
from copilot_desktop.ui.widgets.choices import ChoiceField, Option
from copilot_desktop.ui.widgets.fields import TextField
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push


@dataclass(frozen=True, slots=True)
class PartWords:
    """One part in words. `part` is an `EnginePart`'s value; `doing` stands while it is tested."""

    part: str
    title: str
    options: tuple[Option, ...]
    doing: str
    without: str = "embedded"
    """The choice that sends nothing anywhere."""


class EnginePartBox:
    """Builds its fields into `page`; see `SettingsPage.add`."""

    def __init__(
        self,
        page: SettingsPage,
        about: PartWords,
        form: EngineForm,
        *,
        voice: Sequence[QWidget] = (),
        voice_name: NameField | None = None,
    ) -> None:
        self._page, self._about, self._form = page, about, form
        self.part = about.part
        self._rows = page.group(about.title)
        self._build_choice()
        if voice_name is not None:
            page.add(self._rows, voice_name)
        self._voice_name = voice_name
        self._build_row(voice)
        self._build_server()
        self.result = page.result(self.part)
        self.result.ended.connect(lambda: self._hold(False))
        self._rows.addWidget(self.result)
        self._runs = Runs(page.door, self._remedies, page)

    def show_order(self) -> None:
        """Say who does the work by what stands in the dialog, and offer what matters for it."""
        self.order.setText(self._page.tr("Order: {0}").format(self._form.order(self.part)))
        is_elsewhere = self._form.choice(self.part) != self._about.without
        self.model.setVisible(is_elsewhere)
        self.server_button.setVisible(is_elsewhere)
        self._server.setVisible(is_elsewhere and self.server_button.isChecked())
        if self._voice_name is not None:
            self._voice_name.setVisible(is_elsewhere)
        self.test_button.setVisible(is_elsewhere or self._about.without != "none")

    def show_kept(self) -> None:
        """Open what is used, close what is not."""
        has_key = self._page.door.secret_place(self.key.name) is not SecretPlace.ABSENT
        self.open_server(bool(self.address.value()) or has_key)
        self.show_order()

    def open_server(self, is_open: bool) -> None:
        """Show or hide address and key of an own server."""
        self.server_button.setChecked(is_open)
        sign = "▴" if is_open else "▾"
        self.server_button.setText(f"{self._page.tr('Own server')} {sign}")
        self._server.setVisible(is_open and not self.server_button.isHidden())

    def stay_here(self) -> None:
        """Choose the engine that sends nothing anywhere; not saved."""
        self.choice.show_value(self._about.without)
        self.choice.changed.emit()

    def test(self) -> None:
        """Try the engine with what stands in the dialog, saved or not."""
        if self._is_good():
            work = self._page.door.test_engine(
                self.part, self._form.draft(self.part), self._form.secrets(self.part)
            )
            self._hold(True)
            self._runs.run(self.result, self._about.doing, work, is_test=True)

    def load_models(self) -> None:
        """Ask the server what it has."""
        if self._is_good():
            self._hold(True)
            self._runs.run(self.result, self._page.tr("Asking for the models"), self._load())

    async def _load(self) -> str:
        found = await self._page.door.engine_models(
            self.part, self._form.draft(self.part), self._form.secrets(self.part)
        )
        self.model.offer(found)
        if not found:
            return self._page.tr("It offers no model that we know to fit. You can type a name.")
        count = (
            self._page.tr("1 model") if len(found) == 1 else self._page.tr("{0} models").format(len(found))
        )
        return self._page.tr("{0} in the list above.").format(count)

    def _is_good(self) -> bool:
        """Whether the fields can be used; what is wrong is shown with them."""
        errors = self._page.door.validate(self._form.draft(self.part))
        for name in (self.address.name, self.model.name):
            self._page.fields[name].show_error(errors.get(name, ""))
        if self.address.name in errors:
            self._page.focus_field(self.address.name)
        return not errors

    def _hold(self, is_busy: bool) -> None:
        for button in (self.test_button, self.model.load_button):
            button.setEnabled(not is_busy)

    # What helps.

    def _remedies(self) -> Remedies:
        go_to, focus = self._page.setting.host.go_to, self._page.focus_field
        has_own_key = self.key.is_there or not self._form.shares_key(self.part)
        enter_key: Callable[[], None] = (
            (lambda: focus(self.key.name)) if has_own_key else (lambda: go_to("accounts", "openai_api_key"))
        )
        return self._page.setting.remedies.having(
            {
                Remedy.ENTER_KEY_AGAIN: enter_key,
                Remedy.OPEN_SETTINGS: lambda: focus(self.choice.name),
                Remedy.CHECK_AGAIN: self.test,
                Remedy.CHOOSE_MODEL: lambda: focus(self.model.name),
                Remedy.CONTINUE_WITHOUT_AI: self.stay_here,
            }
        )

    # Building.

    def _build_choice(self) -> None:
        page, title = self._page, self._about.title
        self.choice = ChoiceField(f"{self.part}_engine", page.tr("Engine"), self._about.options)
        self.choice.box.setAccessibleName(page.tr("Engine: {0}").format(title))
        self.order = words("", "muted")
        self.order.setObjectName(f"{self.part}Order")
        self.model = ModelField(self.part, title)
        self.model.load_asked.connect(self.load_models)
        page.add(self._rows, self.choice)
        self._rows.addWidget(self.order)
        page.add(self._rows, self.model)

    def _build_server(self) -> None:
        page, title = self._page, self._about.title
        self._server = QWidget()
        inside = QVBoxLayout(self._server)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(16)
        self.address = TextField(
            f"{self.part}_base_url",
            page.tr("Address"),
            page.tr("Of a server that speaks OpenAI's protocol. Empty: the address under Accounts."),
            example="http://192.168.1.20:8000/v1",
        )
        self.address.edit.setAccessibleName(page.tr("Address of the own server: {0}").format(title))
        self.key = SecretField(
            f"{self.part}_api_key",
            page.tr("Key"),
            page.tr("Empty: the key under Accounts, which no server but the one there gets."),
            can_be_removed=True,
        )
        self.key.edit.setAccessibleName(page.tr("Key of the own server: {0}").format(title))
        page.add(inside, self.address, self.key)
        self._rows.addWidget(self._server)

    def _build_row(self, beside: Sequence[QWidget]) -> None:
        page, title = self._page, self._about.title
        self.test_button = push(page.tr("Test"), f"{self.part}Test")
        self.test_button.setAccessibleName(page.tr("Test: {0}").format(title))
        self.test_button.clicked.connect(self.test)
        self.server_button = push("", f"{self.part}Server", role="link")
        self.server_button.setCheckable(True)
        self.server_button.setAccessibleName(page.tr("Own server: {0}").format(title))
        self.server_button.clicked.connect(lambda: self.open_server(self.server_button.isChecked()))
        self._rows.addLayout(FlowRow(self.test_button, *beside, self.server_button))
