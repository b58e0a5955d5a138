"""SharedBox: the part of a page that says whether several desks share one history, and tries their server."""

from __future__ import annotations

from PySide6.QtCore import QObject

from copilot_desktop.config import SecretPlace
from copilot_desktop.ui.settings.page import SettingsPage, words
from copilot_desktop.ui.settings.secret_field import SecretField
from copilot_desktop.ui.widgets.choices import SwitchField
from copilot_desktop.ui.widgets.fields import TextField
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push


class SharedBox(QObject):
    """Builds its fields into `page`, which owns it."""

    def __init__(self, page: SettingsPage) -> None:
        super().__init__(page)
        self._page = page
        rows = page.group(self.tr("Shared history"))
        self.switch = SwitchField(
            "is_history_shared",
            self.tr("Share the history with other desks"),
            self.tr("Calls are kept on a PostgreSQL server; recordings stay on this computer."),
        )
        self.address = SecretField(
            "database_url",
            self.tr("Address of the shared history"),
            self.tr("postgresql://name:password@host/database. Kept like a password."),
            can_be_removed=True,
        )
        self.desk = TextField(
            "desk_name", self.tr("Name of this desk"), self.tr("What the other desks see beside its calls.")
        )
        page.add(rows, self.switch, self.address, self.desk)
        self.test_button = push(self.tr("Test"), "testShared")
        self.test_button.setAccessibleName(self.tr("Test the shared history"))
        self.test_button.clicked.connect(self.test)
        rows.addLayout(FlowRow(self.test_button))
        self.result = page.result("shared")
        self.result.ended.connect(lambda: self.test_button.setEnabled(True))
        rows.addWidget(self.result)
        rows.addWidget(words(self.tr("A change counts from the next start of the program."), "muted"))

    def test(self) -> None:
        """Try the server whose address is typed or kept."""
        if not self.address.is_there and self._page.door.secret_place("database_url") is SecretPlace.ABSENT:
            self.result.fail(
                self.tr("Something is missing"), self.tr("Fill in the address first."), tone="warning"
            )
            self._page.focus_field(self.address.name)
            return
        self.test_button.setEnabled(False)
        doing = self.tr("Asking the server")
        self._page.run(self.result, doing, self._page.door.test_shared(self.address.typed), is_test=True)
