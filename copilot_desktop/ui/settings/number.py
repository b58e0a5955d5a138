"""Phone number: which one, who takes its calls and when, and what it does without us."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from copilot_desktop.calls.line import PhoneNumber
from copilot_desktop.config import Settings
from copilot_desktop.ui.settings.number_today import NumberToday, number_name
from copilot_desktop.ui.settings.page import Setting, SettingsPage
from copilot_desktop.ui.settings.rows_field import NamedNumbersField, NumbersField
from copilot_desktop.ui.widgets.choices import ChoiceField, Option, RadioField, SecondsField
from copilot_desktop.ui.widgets.fields import LongTextField, TextField
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.wording import phone_number

MOST_RING_S = 12


class NumberChoice(ChoiceField):
    """Phone numbers; one that is in no list is shown as numbers are read."""

    def words_for(self, value: str) -> str:
        return phone_number(value)


class NumberPage(SettingsPage):
    """The list of numbers is asked for when the page is first seen."""

    is_locked_in_call = True

    def __init__(self, setting: Setting) -> None:
        super().__init__(
            setting,
            "number",
            self.tr("Phone number"),
            self.tr("The number your callers dial, and what happens when they do."),
        )
        self._found: list[PhoneNumber] = []
        self._build_number()
        self._build_ringing()
        self._build_hours()
        self._build_callers()
        self._build_outage()

    def show_settings(self, settings: Settings) -> None:
        """Also offer the number in use, whether or not the list was read."""
        self._offer(self._found, settings.twilio_number)
        super().show_settings(settings)
        self._fit_outage()
        self.today.show_found(None)
        if self.isVisible():
            # Just saved: what is chosen is in use from now on.
            self._number_chosen()

    def first_shown(self) -> None:
        """Read the list, and look what the number does."""
        if self._can_ask():
            self.refresh()

    def show_line(self) -> None:
        """The address may be ours now."""
        self.today.show_found(self.today.found)

    def refresh(self) -> None:
        """Read the account's numbers again."""
        sid, token = self._account()
        self._refresh.setEnabled(False)
        self.run(self.list_result, self.tr("Reading the list"), self._read_numbers(sid, token))

    # The number.

    def _build_number(self) -> None:
        rows = self.group(self.tr("Your number"))
        self._refresh = push(self.tr("Refresh list"), "refreshNumbers")
        self._refresh.clicked.connect(self.refresh)
        self.number = NumberChoice("twilio_number", self.tr("Number"), (), "", self._refresh)
        self.add(rows, self.number)
        self.list_result = self.result("numbers")
        self.list_result.ended.connect(lambda: self._refresh.setEnabled(True))
        rows.addWidget(self.list_result)
        today = self.group(self.tr("What the number does today"))
        self.today = NumberToday(self, lambda: str(self.number.value() or ""), self.setting.host.save_then)
        self.setting = self.with_remedies(self.today.deeds())
        today.addWidget(self.today)
        self.number.changed.connect(self._number_chosen)
        put_back = ChoiceField(
            "put_back_at_exit",
            self.tr("When the program is closed"),
            (
                Option("ask", self.tr("Ask me about the number")),
                Option("always", self.tr("Put the old address back")),
                Option("never", self.tr("Leave the number as it is")),
            ),
        )
        self.add(today, put_back)

    def _account(self) -> tuple[str, str]:
        host = self.setting.host
        return str(host.value_of("twilio_account_sid") or ""), host.typed_secret("twilio_auth_token")

    def _can_ask(self) -> bool:
        from copilot_desktop.config import SecretPlace

        sid, token = self._account()
        return bool(sid and (token or self.door.secret_place("twilio_auth_token") is not SecretPlace.ABSENT))

    async def _read_numbers(self, sid: str, token: str) -> str:
        found = self._found = await self.door.numbers(sid, token)
        self._offer(found, str(self.number.value() or ""))
        self._number_chosen()
        if not found:
            return self.tr("The account has no number that can take calls.")
        return ""

    def _offer(self, found: list[PhoneNumber], chosen: str) -> None:
        options = [Option(each.number, number_name(each)) for each in found]
        if chosen and not any(option.value == chosen for option in options):
            note = self.tr("{0} – not in this account") if found else "{0}"
            options.insert(0, Option(chosen, note.format(phone_number(chosen))))
        if not chosen:
            options.insert(0, Option("", self.tr("Choose a number") if found else self.tr("None yet")))
        self.number.offer(options)
        self.number.show_value(chosen)

    def _number_chosen(self) -> None:
        self.today.show_found(None)
        if self._can_ask() and self.number.value() == self.door.settings.twilio_number:
            self.today.look()

    # Ringing.

    def _build_ringing(self) -> None:
        rows = self.group(self.tr("When it rings"))
        ring = SecondsField(
            "ring_s",
            self.tr("Let it ring for"),
            self.tr(
                "At most 12 s: after 15 s the phone company gives the call up, and it must be answered first."
            ),
            least=1,
            most=MOST_RING_S,
        )
        unanswered = ChoiceField(
            "unanswered",
            self.tr("Then, if nobody answers"),
            (
                Option("message", self.tr("Say the message below")),
                Option("voicemail", self.tr("Take a message from the caller")),
                Option("ai", self.tr("The AI answers")),
                Option("approve", self.tr("The AI answers, I approve")),
                Option("never", self.tr("The caller hears “busy”")),
            ),
        )
        self.add(rows, ring, unanswered)
        self._add_spoken(rows, "message", self.tr("Message"), self.tr("Said to callers, then we hang up."))
        self._add_spoken(
            rows,
            "voicemail_prompt",
            self.tr("Before the tone"),
            self.tr("Said before a caller leaves a message."),
        )
        mode = RadioField(
            "start_mode",
            self.tr("When I answer"),
            (
                Option("ai", self.tr("AI speaks first")),
                Option("approve", self.tr("I approve every sentence")),
                Option("agent", self.tr("I speak")),
            ),
        )
        self.add(rows, mode)

    def _add_spoken(self, rows: QVBoxLayout, name: str, title: str, hint: str) -> None:
        listen = self.listen(name, title, lambda: str(self.fields[name].value()))
        field = LongTextField(name, title, hint, listen)
        listen.failed.connect(field.show_hint)
        self.add(rows, field)

    # Hours and callers.

    def _build_hours(self) -> None:
        rows = self.group(self.tr("Opening hours"))
        hours = TextField(
            "opening_hours",
            self.tr("Open"),
            self.tr(
                "This computer's time. Empty: always open. Example: Mon-Fri 09:00-17:00; Sat 10:00-14:00"
            ),
            example=self.tr("Always open"),
            is_live=True,
        )
        closed = ChoiceField(
            "closed",
            self.tr("When closed or not ready"),
            (
                Option("message", self.tr("Say the message")),
                Option("voicemail", self.tr("Take a message from the caller")),
                Option("ai", self.tr("The AI answers")),
                Option("never", self.tr("The caller hears “busy”")),
            ),
        )
        self.add(rows, hours, closed)

    def _build_callers(self) -> None:
        rows = self.group(self.tr("Callers"))
        number, example = self.tr("Number"), "+1 202 555 0123"
        blocked = NumbersField(
            self.theme,
            "blocked_numbers",
            self.tr("Blocked numbers"),
            ((number, example),),
            self.tr("Block a number"),
            self.tr("These callers hear “busy”."),
        )
        withheld = ChoiceField(
            "anonymous_calls",
            self.tr("Callers who hide their number"),
            (
                Option("ring", self.tr("Ring as others do")),
                Option("message", self.tr("Hear the message")),
                Option("never", self.tr("Hear “busy”")),
            ),
        )
        transfer = NamedNumbersField(
            self.theme,
            "transfer_numbers",
            self.tr("People to pass calls to"),
            ((self.tr("Name"), self.tr("Workshop")), (number, example)),
            self.tr("Add a person"),
            self.tr("Offered in a call when you pass it on."),
        )
        self.add(rows, blocked, withheld, transfer)

    # Without us.

    def _build_outage(self) -> None:
        rows = self.group(
            self.tr("When this program is not running"),
            self.tr("Your phone company does this by itself, so that no caller hears an error."),
        )
        outage = RadioField(
            "outage",
            self.tr("Callers then"),
            (
                Option(
                    "message", self.tr("hear a message"), self.tr("Kept and spoken at your phone company.")
                ),
                Option(
                    "forward", self.tr("reach another phone"), self.tr("The call costs what two calls do.")
                ),
                Option("address", self.tr("reach your own address"), self.tr("For those who run a server.")),
                Option(
                    "nothing",
                    self.tr("get no special treatment"),
                    self.tr("They hear the phone company say that an error occurred."),
                ),
            ),
        )
        message = LongTextField("outage_message", self.tr("Message"), "")
        forward = TextField("outage_forward_to", self.tr("Other phone"), "", example="+1 202 555 0123")
        address = TextField("outage_url", self.tr("Address"), "", example="https://")
        self.add(rows, outage, message, forward, address)
        outage.changed.connect(self._fit_outage)

    def _fit_outage(self) -> None:
        chosen = self.fields["outage"].value()
        for name, choice in (
            ("outage_message", "message"),
            ("outage_forward_to", "forward"),
            ("outage_url", "address"),
        ):
            self.fields[name].setVisible(chosen == choice)
