"""Accounts: the phone company's account, and what listens and speaks."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog

from copilot_desktop.calls.line import PhoneAccount
from copilot_desktop.config import EnvImport, Settings
from copilot_desktop.config.settings import OPENAI_URL
from copilot_desktop.messages import Remedy
from copilot_desktop.ui.settings.engine_words import KEYS_URL
from copilot_desktop.ui.settings.page import Setting, SettingsPage, words
from copilot_desktop.ui.settings.running import Runs
from copilot_desktop.ui.settings.secret_field import SecretField
from copilot_desktop.ui.widgets.fields import TextField
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push

CONSOLE_URL = "https://console.twilio.com/"


class AccountsPage(SettingsPage):
    """`imported` carries what a `.env` held; the dialog spreads it over the pages."""

    imported = Signal(object)
    is_locked_in_call = True

    def __init__(self, setting: Setting) -> None:
        super().__init__(
            setting,
            "accounts",
            self.tr("Accounts"),
            self.tr("The phone company brings the callers. OpenAI can listen, answer and speak."),
        )
        self.dialog: QFileDialog | None = None
        self.setting = self.with_remedies({Remedy.CHECK_AGAIN: self.test})
        self._build_phone()
        self._build_openai()
        self._build_engines()
        self._build_import()
        self._build_practice()

    def show_settings(self, settings: Settings) -> None:
        """Also say whether secrets last."""
        super().show_settings(settings)
        self._run_only.setVisible(not self.door.keeps_secrets)
        self.engine_line.setText(self.door.engine_line)

    def show_import(self, brought: EnvImport) -> None:
        """Say what the file held, by name; never a value of it."""
        names = sorted((*brought.changes, *brought.secrets))
        if not names:
            told = self.tr("There is nothing in this file that we know.")
        else:
            told = self.tr("{0} settings found. Look through the pages with a dot, then press Save.").format(
                len(names)
            )
        self.import_result.succeed("\n".join((told, *brought.notices)), is_timed=False)

    def take_file(self, path: str) -> None:
        """Read the chosen file."""
        self.run(self.import_result, self.tr("Reading"), self._import(Path(path)))

    # Phone account.

    def _build_phone(self) -> None:
        rows = self.group(self.tr("Telephone (Twilio)"))
        self.sid = TextField(
            "twilio_account_sid",
            self.tr("Account SID"),
            self.tr("Both stand on the first page of the Twilio console."),
            example="AC…",
        )
        self.token = SecretField("twilio_auth_token", self.tr("Auth token"))
        self.add(rows, self.sid, self.token)
        self._run_only = words(
            self.tr(
                "This computer has no key store that we can use. Secrets typed here last until the program "
                "ends. To keep one, set TWILIO_AUTH_TOKEN in the environment."
            ),
            "caution",
        )
        self._run_only.setObjectName("runOnlyNote")
        rows.addWidget(self._run_only)
        self.test_button = push(self.tr("Test"), "testAccount")
        self.test_button.setAccessibleName(self.tr("Test the phone account"))
        self.test_button.clicked.connect(self.test)
        console = push(self.tr("Open the Twilio console"), "openConsole", role="link")
        console.clicked.connect(lambda: self.door.open_outside(CONSOLE_URL))
        rows.addLayout(FlowRow(self.test_button, console))
        self.account_result = self.result("account")
        self.account_result.ended.connect(lambda: self.test_button.setEnabled(True))
        rows.addWidget(self.account_result)

    def test(self) -> None:
        """Sign in with what stands in the fields, saved or not."""
        sid = str(self.sid.value())
        if not sid or not self.token.is_there:
            self.account_result.fail(
                self.tr("Something is missing"),
                self.tr("Fill in the account SID and the auth token first."),
                tone="warning",
            )
            self.focus_field(self.token.name if sid else self.sid.name)
            return
        self.test_button.setEnabled(False)
        self.run(self.account_result, self.tr("Signing in"), self._test(sid, self.token.typed), is_test=True)

    async def _test(self, sid: str, token: str) -> str:
        account = await self.door.test_account(sid, token)
        numbers = await self.door.numbers(sid, token)
        return self._about(account, len(numbers))

    def _about(self, account: PhoneAccount, numbers: int) -> str:
        parts = [self.tr("Signed in as “{0}”").format(account.name)]
        if account.is_trial:
            parts.append(self.tr("trial account"))
        if account.status != "active":
            parts.append(self.tr("the account is {0}").format(account.status))
        count = {0: self.tr("no number"), 1: self.tr("1 number")}
        parts.append(count.get(numbers, self.tr("{0} numbers").format(numbers)))
        if account.balance:
            parts.append(self.tr("balance {0}").format(account.balance))
        return ", ".join(parts)

    # OpenAI.

    def _build_openai(self) -> None:
        rows = self.group(
            self.tr("OpenAI"),
            self.tr("Not needed: without it the engines of this computer work. Privacy tells what is sent."),
        )
        self.key = SecretField(
            "openai_api_key",
            self.tr("Secret key"),
            self.tr("It begins with sk-, and is made on OpenAI's site."),
            can_be_removed=True,
        )
        self.address = TextField(
            "openai_base_url",
            self.tr("Address"),
            self.tr("Where the key is sent. Another one only for a server that speaks OpenAI's protocol."),
            example=OPENAI_URL,
        )
        self.add(rows, self.key, self.address)
        self.openai_button = push(self.tr("Test"), "testOpenAI")
        self.openai_button.setAccessibleName(self.tr("Test OpenAI's key"))
        self.openai_button.clicked.connect(self.test_openai)
        site = push(self.tr("Open OpenAI's key page"), "openKeys", role="link")
        site.clicked.connect(lambda: self.door.open_outside(KEYS_URL))
        parts = push(self.tr("Each part: AI"), "goAI", role="link")
        parts.clicked.connect(lambda: self.setting.host.go_to("ai"))
        rows.addLayout(FlowRow(self.openai_button, site, parts))
        self.openai_result = self.result("openai")
        self.openai_result.ended.connect(lambda: self.openai_button.setEnabled(True))
        rows.addWidget(self.openai_result)
        remedies = self.setting.remedies.having(
            {
                Remedy.ENTER_KEY_AGAIN: lambda: self.focus_field(self.key.name),
                Remedy.OPEN_SETTINGS: lambda: self.focus_field(self.address.name),
                Remedy.CHECK_AGAIN: self.test_openai,
            }
        )
        self._openai_runs = Runs(self.door, lambda: remedies, self)

    def test_openai(self) -> None:
        """Ask for the models with the key and the address as they stand, saved or not."""
        address = self.address.value()
        if wrong := self.door.validate({self.address.name: address}).get(self.address.name, ""):
            self.address.show_error(wrong)
            self.focus_field(self.address.name)
            return
        if not self.key.is_there and address == OPENAI_URL:
            self.openai_result.fail(
                self.tr("Something is missing"), self.tr("Fill in the secret key first."), tone="warning"
            )
            self.focus_field(self.key.name)
            return
        self.openai_button.setEnabled(False)
        self._openai_runs.run(self.openai_result, self.tr("Signing in"), self._ask_models(), is_test=True)

    async def _ask_models(self) -> str:
        typed = {self.key.name: self.key.typed} if self.key.typed else {}
        draft = {self.address.name: self.address.value()}
        found = await self.door.engine_models("", draft, typed)
        if not found:
            return self.tr("Signed in, but no model can be used")
        count = self.tr("1 model") if len(found) == 1 else self.tr("{0} models").format(len(found))
        return self.tr("Signed in, {0} can be used").format(count)

    # Engines.

    def _build_engines(self) -> None:
        rows = self.group(self.tr("Speech, voice and answers"))
        self.engine_line = words("")
        self.engine_line.setObjectName("accountsEngineLine")
        rows.addWidget(self.engine_line)
        self.engines_button = push(self.tr("Test"), "testEngines")
        self.engines_button.setAccessibleName(self.tr("Test speech and voice"))
        self.engines_button.clicked.connect(self.test_engines)
        rows.addLayout(FlowRow(self.engines_button))
        self.engines_result = self.result("engines")
        self.engines_result.ended.connect(lambda: self.engines_button.setEnabled(True))
        rows.addWidget(self.engines_result)

    def test_engines(self) -> None:
        """Speak a sentence and write it down again."""
        self.engines_button.setEnabled(False)
        self.run(
            self.engines_result, self.tr("Speaking and listening"), self.door.test_engines(), is_test=True
        )

    # Import and practice.

    def _build_import(self) -> None:
        rows = self.group(self.tr("Settings from a file"))
        rows.addWidget(
            words(
                self.tr("A .env file of an earlier program can be read in. Nothing applies before Save."),
                "muted",
            )
        )
        self.import_button = push(self.tr("Import a .env file…"), "importEnv")
        self.import_button.clicked.connect(self.ask_file)
        rows.addLayout(FlowRow(self.import_button))
        self.import_result = self.result("import")
        rows.addWidget(self.import_result)

    def ask_file(self) -> None:
        """Let the person choose the file; never blocks."""
        dialog = QFileDialog(self, self.tr("Import a .env file"), str(Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Settings (*.env .env*)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(self.take_file)
        self.dialog = dialog
        dialog.open()

    async def _import(self, path: Path) -> None:
        brought = await self.door.import_env(path)
        self.imported.emit(brought)
        self.show_import(brought)

    def _build_practice(self) -> None:
        rows = self.group("")
        rows.addWidget(words(self.tr("You can practise without any account.")))
        button = push(self.tr("Start a practice call"), "settingsPractice")
        button.clicked.connect(self.door.start_practice)
        rows.addLayout(FlowRow(button))
