"""What stands in each of the five connecting steps; each says `done` when it has come to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from copilot_desktop.calls.line import PhoneNumber, StepState
from copilot_desktop.config import BadSettings
from copilot_desktop.messages import Remedy
from copilot_desktop.ui.settings.accounts import CONSOLE_URL
from copilot_desktop.ui.settings.checklist import Checklist
from copilot_desktop.ui.settings.door import SettingsDoor
from copilot_desktop.ui.settings.listen import ListenButton, SamplePlayer
from copilot_desktop.ui.settings.number_today import number_name
from copilot_desktop.ui.settings.page import words
from copilot_desktop.ui.settings.remedies import Remedies
from copilot_desktop.ui.settings.result_line import ResultLine
from copilot_desktop.ui.settings.running import Runs
from copilot_desktop.ui.settings.secret_field import SecretField
from copilot_desktop.ui.widgets.choices import ChoiceField, Option
from copilot_desktop.ui.widgets.fields import TextField
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.theme import Theme
from copilot_desktop.ui.widgets.wording import phone_number


class StepPart(QWidget):
    """One step's words and controls. `first` takes the focus when its turn comes."""

    done = Signal()
    saved = Signal(object)
    """Settings were kept; carries all of them."""

    def __init__(self, theme: Theme, door: SettingsDoor, remedies: Remedies, name: str) -> None:
        super().__init__()
        self.door = door
        self.remedies = remedies.having(self.deeds())
        self.first: QWidget | None = None
        self.result = ResultLine(theme, f"connect_{name}")
        self.runs = Runs(door, lambda: self.remedies, self)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(12)

    def enter(self) -> None:
        """It is this step's turn."""

    def leave(self) -> None:
        """It is no longer this step's turn, or the page is out of view."""

    def show_line(self) -> None:
        """The line stands differently than before."""

    def deeds(self) -> Mapping[Remedy, Callable[[], None]]:
        """What remedies mean in this step."""
        return {}


class AccountStep(StepPart):
    """Sign in; what works is kept at once, for the next steps need it."""

    def __init__(self, theme: Theme, door: SettingsDoor, remedies: Remedies) -> None:
        super().__init__(theme, door, remedies, "account")
        self.sid = TextField(
            "twilio_account_sid",
            self.tr("Account SID"),
            self.tr("Both stand on the first page of the Twilio console."),
            example="AC…",
        )
        self.token = SecretField("twilio_auth_token", self.tr("Auth token"))
        self.sign_in_button = push(self.tr("Sign in"), "connectSignIn", role="accent")
        self.sign_in_button.clicked.connect(self.sign_in)
        console = push(self.tr("Open the Twilio console"), "connectConsole", role="link")
        console.clicked.connect(self.console(door))
        self.column.addWidget(
            words(self.tr("Your phone company's account. Without one, open it on Twilio's site."), "muted")
        )
        self.column.addWidget(self.sid)
        self.column.addWidget(self.token)
        self.column.addLayout(FlowRow(self.sign_in_button, console))
        self.column.addWidget(self.result)
        self.first = self.sid.edit
        self.sid.edit.returnPressed.connect(self.sign_in)
        self.token.edit.returnPressed.connect(self.sign_in)

    @staticmethod
    def console(door: SettingsDoor) -> Callable[[], None]:
        """Return what opens the phone company's site."""
        return lambda: door.open_outside(CONSOLE_URL)

    def enter(self) -> None:
        """Show what is there already."""
        locked = self.door.locked
        self.sid.show_value(self.door.settings.twilio_account_sid)
        self.sid.lock_by(locked.get(self.sid.name, ""))
        self.token.show_place(self.door.secret_place(self.token.name), locked.get(self.token.name, ""))

    def deeds(self) -> Mapping[Remedy, Callable[[], None]]:
        """The key is in this very step."""
        return {Remedy.ENTER_KEY_AGAIN: lambda: self.token.replace(), Remedy.CHECK_AGAIN: self.sign_in}

    def sign_in(self) -> None:
        """Try both, and keep them if they work."""
        sid = str(self.sid.value())
        self.sid.show_error("" if sid else self.tr("Must be given"))
        self.token.show_error("" if self.token.is_there else self.tr("Must be given"))
        if not sid:
            self.sid.edit.setFocus()
        elif not self.token.is_there:
            self.token.edit.setFocus()
        else:
            self.runs.run(self.result, self.tr("Signing in"), self._sign_in(sid, self.token.typed))

    async def _sign_in(self, sid: str, token: str) -> str:
        account = await self.door.test_account(sid, token)
        locked = self.door.locked
        changes = {self.sid.name: sid} if self.sid.name not in locked else {}
        try:
            settings = await self.door.save(changes, {self.token.name: token} if token else {})
        except BadSettings as bad:
            self.sid.show_error(bad.fields.get(self.sid.name, ""))
            self.token.show_error(bad.fields.get(self.token.name, ""))
            return ""
        self.token.show_place(self.door.secret_place(self.token.name), locked.get(self.token.name, ""))
        self.saved.emit(settings)
        self.done.emit()
        return self.tr("Signed in as “{0}”").format(account.name)


class NumberStep(StepPart):
    """Choose one of the account's numbers."""

    def __init__(self, theme: Theme, door: SettingsDoor, remedies: Remedies) -> None:
        super().__init__(theme, door, remedies, "number")
        self.refresh_button = push(self.tr("Refresh list"), "connectRefresh")
        self.refresh_button.clicked.connect(self.refresh)
        self.number = ChoiceField(
            "twilio_number", self.tr("The number your callers dial"), (), "", self.refresh_button
        )
        self.use_button = push(self.tr("Use this number"), "connectUseNumber", role="accent")
        self.use_button.clicked.connect(self.use)
        self.column.addWidget(self.number)
        self.column.addLayout(FlowRow(self.use_button))
        self.column.addWidget(self.result)
        self.first = self.number.box

    def enter(self) -> None:
        """Read the list."""
        self.refresh()

    def deeds(self) -> Mapping[Remedy, Callable[[], None]]:
        """The list is in this very step."""
        return {Remedy.CHECK_AGAIN: self.refresh}

    def refresh(self) -> None:
        """Read the account's numbers again."""
        self.runs.run(self.result, self.tr("Reading the list"), self._read())

    def use(self) -> None:
        """Keep the chosen number."""
        if self.number.value():
            self.runs.run(self.result, self.tr("Keeping it"), self._use(str(self.number.value())))

    async def _read(self) -> str:
        found = await self.door.numbers(self.door.settings.twilio_account_sid, "")
        self._offer(found)
        if not found:
            return self.tr("The account has no number yet. Buy one on Twilio's site, then refresh the list.")
        return ""

    def _offer(self, found: list[PhoneNumber]) -> None:
        self.number.offer([Option(each.number, number_name(each)) for each in found])
        chosen = self.door.settings.twilio_number
        self.number.show_value(chosen if any(each.number == chosen for each in found) else "")
        if found and not self.number.value():
            self.number.show_value(found[0].number)
        is_locked = self.number.name in self.door.locked
        self.number.lock_by(self.door.locked.get(self.number.name, ""))
        self.use_button.setEnabled(bool(found) or is_locked)

    async def _use(self, number: str) -> str:
        if self.number.name not in self.door.locked:
            self.saved.emit(await self.door.save({self.number.name: number}, {}))
        self.done.emit()
        return ""


class AddressStep(StepPart):
    """The checklist sets itself up."""

    def __init__(self, theme: Theme, door: SettingsDoor, remedies: Remedies) -> None:
        super().__init__(theme, door, remedies, "address")
        self.checklist = Checklist(theme, door, self.remedies, QGuiApplication.clipboard().setText)
        self.set_up_button = push(self.tr("Set up again"), "connectSetUp")
        self.set_up_button.clicked.connect(self.set_up)
        self.column.addWidget(
            words(self.tr("Your phone company must reach this computer. We set that up now."), "muted")
        )
        self.column.addWidget(self.checklist)
        self.column.addLayout(FlowRow(self.set_up_button))
        self.column.addWidget(self.result)
        self.first = self.set_up_button

    def enter(self) -> None:
        """Begin, unless it is under way or done."""
        status = self.door.line_status
        self.show_line()
        if not status.is_open and all(view.state is not StepState.WORKING for view in status.steps):
            self.set_up()

    def show_line(self) -> None:
        """Show how the line stands."""
        self.checklist.show_status(self.door.line_status)

    def deeds(self) -> Mapping[Remedy, Callable[[], None]]:
        """All that the checklist needs is at hand."""
        return {
            Remedy.SET_UP_AGAIN: self.set_up,
            Remedy.CHECK_AGAIN: self.set_up,
            Remedy.NEW_ADDRESS: self.set_up,
            Remedy.POINT_HERE: lambda: self.point(clears_override=False),
            Remedy.CLEAR_OVERRIDE: lambda: self.point(clears_override=True),
        }

    def set_up(self) -> None:
        """Begin the checklist anew."""
        self.runs.run(self.result, self.tr("Setting up"), self._set_up())

    def point(self, *, clears_override: bool) -> None:
        """Send the number's calls here."""
        self.runs.run(self.result, self.tr("Pointing the number here"), self._point(clears_override))

    async def _set_up(self) -> str:
        await self.door.set_up_line()
        return ""

    async def _point(self, clears_override: bool) -> str:
        await self.door.point_here(self.door.settings.twilio_number, clears_override)
        return ""


class SoundStep(StepPart):
    """A sentence to be heard."""

    def __init__(self, theme: Theme, door: SettingsDoor, remedies: Remedies, player: SamplePlayer) -> None:
        super().__init__(theme, door, remedies, "sound")
        self.listen_button = ListenButton(
            theme, door, player, "connectSound", self.tr("the greeting"), lambda: door.settings.greeting
        )
        self.listen_button.failed.connect(
            lambda told: self.result.fail(self.tr("Nothing could be heard"), told, tone="warning")
        )
        self.heard_button = push(self.tr("I heard it"), "connectHeard", role="accent")
        self.heard_button.clicked.connect(self.done)
        self.column.addWidget(
            words(
                self.tr("Listen to your greeting, as callers hear it."),
                "muted",
            )
        )
        self.column.addLayout(FlowRow(self.listen_button, self.heard_button))
        self.column.addWidget(self.result)
        self.column.addWidget(
            words(
                self.tr(
                    "Your own voice comes with the headset part of this program. Until then the assistant's "
                    "voice says what you approve or type."
                ),
                "small",
            )
        )
        self.first = self.listen_button


class CallStep(StepPart):
    """Waits for the first real call."""

    def __init__(self, theme: Theme, door: SettingsDoor, remedies: Remedies) -> None:
        super().__init__(theme, door, remedies, "call")
        self.text = words("", "step")
        self.text.setObjectName("connectCallText")
        self.column.addWidget(self.text)
        self.column.addWidget(self.result)

    def enter(self) -> None:
        """Wait."""
        self.show_line()
        if self.door.line_status.is_open:
            self.result.start(self.tr("Waiting for your call"), is_patient=True)

    def leave(self) -> None:
        """Wait no longer."""
        self.result.clear()

    def show_line(self) -> None:
        """Say which number to call, or what is missing."""
        number = self.door.settings.twilio_number
        if self.door.line_status.is_open and number:
            self.text.setText(
                self.tr("Take another phone and call {0}. It rings in this program.").format(
                    phone_number(number)
                )
            )
        else:
            self.text.setText(self.tr("Once the steps above are done, your number rings here."))
