"""Public address: how the phone company reaches this computer; a checklist that does the work itself."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit

from copilot_desktop.calls.line import LineStatus
from copilot_desktop.config import Settings
from copilot_desktop.messages import Remedy
from copilot_desktop.ui.settings.checklist import Checklist
from copilot_desktop.ui.settings.page import Setting, SettingsPage, words
from copilot_desktop.ui.settings.remedies import told
from copilot_desktop.ui.settings.secret_field import SecretField
from copilot_desktop.ui.widgets.choices import Option, RadioField, SwitchField
from copilot_desktop.ui.widgets.fields import TextField
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push

HELPER_URL = "https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/downloads/"


class AddressPage(SettingsPage):
    """The checklist follows the line; the fields show only for the way that is chosen."""

    is_locked_in_call = True

    def __init__(self, setting: Setting) -> None:
        super().__init__(
            setting,
            "address",
            self.tr("Public address"),
            self.tr("Your phone company must reach this computer. We set that up for you."),
        )
        self.details = QPlainTextEdit()
        self.setting = self.with_remedies(
            {
                Remedy.TRY_ANOTHER_WAY: self.try_another_way,
                Remedy.OWN_ADDRESS: self.choose_own,
                Remedy.SHOW_DETAILS: lambda: self.show_details(True),
                Remedy.SET_UP_AGAIN: self.set_up,
                Remedy.CHECK_AGAIN: self.set_up,
                Remedy.NEW_ADDRESS: self.set_up,
                Remedy.ENTER_HELPER_KEY: self.enter_helper_key,
                Remedy.ASK_IT: self.show_for_it,
                Remedy.DOWNLOAD_HELPER: self.get_helper,
            }
        )
        self._build_checklist()
        self._build_way()

    def show_settings(self, settings: Settings) -> None:
        """Also show only the fields of the way that is chosen."""
        super().show_settings(settings)
        self._fit_way()
        self.show_line()

    def show_line(self) -> None:
        """Show how the line stands."""
        status = self.door.line_status
        self.checklist.show_status(status)
        self.last_problem.setText(self._problem_words(status))

    # Orders.

    def set_up(self) -> None:
        """Save what was changed, and begin the checklist anew."""
        self.setting.host.save_then(
            lambda: self.run(self.set_up_result, self.tr("Setting up"), self._set_up())
        )

    async def _set_up(self) -> str:
        await self.door.set_up_line()
        return ""

    def try_another_way(self) -> None:
        """Lead to the choice of the way."""
        self.focus_field("tunnel")

    def choose_own(self) -> None:
        """Choose "own address" and lead to its field."""
        self.fields["tunnel"].show_value("own")
        self._fit_way()
        self.changed.emit()
        self.focus_field("public_base_url")

    def enter_helper_key(self) -> None:
        """Lead to the key of the way in use."""
        is_named = self.fields["tunnel"].value() == "cloudflared_named"
        self.focus_field("cloudflared_token" if is_named else "ngrok_authtoken")

    def show_for_it(self) -> None:
        """Show what a company's network people need to know, to be copied."""
        self.show_details(True)
        self.details.setPlainText(
            self.tr(
                "AI Call CoPilot takes phone calls on this computer. It opens no port to the outside. "
                "It needs these connections from this computer outwards:\n\n"
                "• api.twilio.com, TCP 443 (the phone company)\n"
                "• for ngrok: connect.ngrok-agent.com, TCP 443\n"
                "• for Cloudflare: region1.v2.argotunnel.com and region2.v2.argotunnel.com, TCP 7844\n"
                "• for localtunnel: localtunnel.me and its subdomains, TCP, all ports\n\n"
                "The connection must not be opened or changed on the way (no TLS inspection)."
            )
        )
        self.details.setFocus()

    def get_helper(self) -> None:
        """Open the page of the helper's maker; say where the program looks for it."""
        folder = self.door.data_folder / "bin"
        self.helper_note.setText(
            self.tr("Put the program “cloudflared” into {0}, then press Set up now.").format(folder)
        )
        self.helper_note.show()
        self.door.open_outside(HELPER_URL)

    def show_details(self, is_shown: bool) -> None:
        """Show or hide the last lines of what was done."""
        self.details.setPlainText(self.door.line_details or self.tr("Nothing yet."))
        self.details.setVisible(is_shown)
        self.copy_details.setVisible(is_shown)
        self.details_button.setText(self.tr("Hide details") if is_shown else self.tr("Show details"))
        self.details_button.setAccessibleName(self.details_button.text())

    # Building.

    def _build_checklist(self) -> None:
        rows = self.group("")
        rows.setSpacing(8)
        self.checklist = Checklist(self.theme, self.door, self.setting.remedies, self._copy)
        rows.addWidget(self.checklist)
        self.helper_note = words("", "caution")
        self.helper_note.setObjectName("helperNote")
        self.helper_note.hide()
        rows.addWidget(self.helper_note)
        self.set_up_button = push(self.tr("Set up now"), "setUp", role="accent")
        self.set_up_button.clicked.connect(self.set_up)
        self.details_button = push(self.tr("Show details"), "lineDetails", role="link")
        self.details_button.clicked.connect(lambda: self.show_details(not self.details.isVisible()))
        rows.addLayout(FlowRow(self.set_up_button, self.details_button))
        self.set_up_result = self.result("setUp")
        rows.addWidget(self.set_up_result)
        self.details.setObjectName("lineDetailsText")
        self.details.setAccessibleName(self.tr("What was done for the public address"))
        self.details.setProperty("look", "log")
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setMinimumHeight(140)
        self.details.hide()
        rows.addWidget(self.details)
        self.copy_details = push(self.tr("Copy the details"), "copyDetails")
        self.copy_details.clicked.connect(lambda: self._copy(self.details.toPlainText()))
        self.copy_details.hide()
        rows.addLayout(FlowRow(self.copy_details))
        self.last_problem = words("", "small")
        self.last_problem.setObjectName("lastProblem")
        rows.addWidget(self.last_problem)
        self.add(
            rows,
            SwitchField(
                "is_reconnecting",
                self.tr("Reconnect by itself"),
                self.tr("A new address is told to the phone number first; only then calls can ring again."),
            ),
        )

    def _build_way(self) -> None:
        rows = self.group(self.tr("How callers get here"))
        way = RadioField(
            "tunnel",
            "",
            (
                Option(
                    "auto",
                    self.tr("Automatic (recommended)"),
                    self.tr("Your own address if you have one; otherwise the first helper that works."),
                ),
                Option("own", self.tr("I have my own address")),
                Option("ngrok", self.tr("ngrok"), self.tr("Comes with this program. Needs a free account.")),
                Option(
                    "cloudflared",
                    self.tr("Cloudflare, quick"),
                    self.tr("No account. Needs the program “cloudflared”. A new address at every start."),
                ),
                Option(
                    "cloudflared_named",
                    self.tr("Cloudflare, fixed name"),
                    self.tr("Your tunnel from Cloudflare's site. The address never changes."),
                ),
                Option(
                    "localtunnel",
                    self.tr("localtunnel"),
                    self.tr("Last resort: it is often down. Needs Node.js and its program “lt”."),
                ),
            ),
        )
        way.title = self.tr("How callers get here")
        own = TextField(
            "public_base_url",
            self.tr("Your address"),
            self.tr("It must lead to this computer, with https."),
            example="https://calls.example.com",
        )
        authtoken = SecretField(
            "ngrok_authtoken",
            self.tr("ngrok authtoken"),
            self.tr("From the first page of your ngrok account."),
        )
        domain = TextField(
            "ngrok_domain",
            self.tr("ngrok domain"),
            self.tr("Empty: ngrok chooses. With one the address stays the same."),
            example="name.ngrok-free.app",
        )
        host = TextField(
            "cloudflared_hostname", self.tr("Host name of the tunnel"), "", example="calls.example.com"
        )
        token = SecretField(
            "cloudflared_token",
            self.tr("Tunnel token"),
            self.tr("Cloudflare's site shows it when you make the tunnel."),
        )
        program = TextField(
            "cloudflared_path",
            self.tr("Where the program is"),
            self.tr("Empty: we look for it ourselves."),
            example="cloudflared",
        )
        self.add(rows, way, own, authtoken, domain, host, token, program)
        way.changed.connect(self._fit_way)

    def _fit_way(self) -> None:
        way = str(self.fields["tunnel"].value())
        for name, ways in (
            ("public_base_url", ("auto", "own")),
            ("ngrok_authtoken", ("auto", "ngrok")),
            ("ngrok_domain", ("ngrok",)),
            ("cloudflared_hostname", ("cloudflared_named",)),
            ("cloudflared_token", ("cloudflared_named",)),
            ("cloudflared_path", ("cloudflared", "cloudflared_named")),
        ):
            field = self.fields.get(name) or self.secret_fields[name]
            field.setVisible(way in ways)

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)

    def _problem_words(self, status: LineStatus) -> str:
        if status.problem is None:
            return self.tr("Last problem: none")
        title = told(status.problem, self.door).title
        if status.tries > 1:
            return self.tr("Last problem: {0}. Tried {1} times.").format(title, status.tries)
        return self.tr("Last problem: {0}").format(title)
