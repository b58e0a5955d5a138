"""Helping: what each remedy does when its button is pressed anywhere in the dialog."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from copilot_desktop.config import SecretPlace
from copilot_desktop.messages import Remedy
from copilot_desktop.ui.settings.about import AboutPage
from copilot_desktop.ui.settings.accounts import CONSOLE_URL
from copilot_desktop.ui.settings.address import AddressPage
from copilot_desktop.ui.settings.ai import AIPage
from copilot_desktop.ui.settings.door import SettingsDoor
from copilot_desktop.ui.settings.engine_words import BILLING_URL
from copilot_desktop.ui.settings.number import NumberPage
from copilot_desktop.ui.settings.page import Host, SettingsPage


class Pages(Host, Protocol):
    """The dialog: a host that has its pages at hand."""

    def page(self, name: str) -> SettingsPage:
        """Return a page, built now if need be."""
        ...


class Helping:
    """Leads to the page where the remedy is at home, and does it there."""

    def __init__(self, pages: Pages, door: SettingsDoor) -> None:
        self._pages, self._door = pages, door

    def deeds(self) -> dict[Remedy, Callable[[], None]]:
        """Return what each remedy does, unless the page it stands on knows better."""
        return {
            Remedy.ENTER_KEY_AGAIN: lambda: self._pages.go_to("accounts", "twilio_auth_token"),
            Remedy.OPEN_KEY_PAGE: self._open_console,
            Remedy.OPEN_ACCOUNT_PAGE: self._open_console,
            Remedy.CHECK_AGAIN: lambda: self._on_address(AddressPage.set_up),
            Remedy.PRACTISE: self._door.start_practice,
            Remedy.CHOOSE_NUMBER: lambda: self._pages.go_to("number", "twilio_number"),
            Remedy.POINT_HERE: lambda: self._on_number(Remedy.POINT_HERE),
            Remedy.CLEAR_OVERRIDE: lambda: self._on_number(Remedy.CLEAR_OVERRIDE),
            Remedy.LEAVE_IT: lambda: None,
            Remedy.DOWNLOAD_HELPER: lambda: self._on_address(AddressPage.get_helper),
            Remedy.OWN_ADDRESS: lambda: self._on_address(AddressPage.choose_own),
            Remedy.ENTER_HELPER_KEY: lambda: self._on_address(AddressPage.enter_helper_key),
            Remedy.SET_UP_AGAIN: lambda: self._on_address(AddressPage.set_up),
            Remedy.NEW_ADDRESS: lambda: self._on_address(AddressPage.set_up),
            Remedy.TRY_ANOTHER_WAY: lambda: self._on_address(AddressPage.try_another_way),
            Remedy.ASK_IT: lambda: self._on_address(AddressPage.show_for_it),
            Remedy.SHOW_DETAILS: lambda: self._on_address(lambda page: page.show_details(True)),
            Remedy.OPEN_SETTINGS: self._go_to_what_is_missing,
            Remedy.SAVE_REPORT: self._make_report,
            Remedy.OPEN_BILLING_PAGE: lambda: self._door.open_outside(BILLING_URL),
            Remedy.CONTINUE_WITHOUT_AI: lambda: self._on_ai(AIPage.continue_without_ai),
            Remedy.CHOOSE_MODEL: lambda: self._pages.go_to("ai", "writer_model"),
        }

    def _open_console(self) -> None:
        self._door.open_outside(CONSOLE_URL)

    def _on_address(self, deed: Callable[[AddressPage], None]) -> None:
        self._pages.go_to("address")
        page = self._pages.page("address")
        assert isinstance(page, AddressPage)
        deed(page)

    def _on_ai(self, deed: Callable[[AIPage], None]) -> None:
        self._pages.go_to("ai")
        page = self._pages.page("ai")
        assert isinstance(page, AIPage)
        deed(page)

    def _on_number(self, remedy: Remedy) -> None:
        self._pages.go_to("number")
        page = self._pages.page("number")
        assert isinstance(page, NumberPage)
        page.today.deeds()[remedy]()

    def _make_report(self) -> None:
        self._pages.go_to("about")
        page = self._pages.page("about")
        assert isinstance(page, AboutPage)
        page.make_report()

    def _go_to_what_is_missing(self) -> None:
        """Lead to the first thing without which no call can ring."""
        has_kept = self._door.secret_place("twilio_auth_token") is not SecretPlace.ABSENT
        has_token = has_kept or self._pages.typed_secret("twilio_auth_token")
        if not self._pages.value_of("twilio_account_sid"):
            self._pages.go_to("accounts", "twilio_account_sid")
        elif not has_token:
            self._pages.go_to("accounts", "twilio_auth_token")
        elif not self._pages.value_of("twilio_number"):
            self._pages.go_to("number", "twilio_number")
        else:
            self._pages.go_to("address", "tunnel")
