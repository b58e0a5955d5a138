"""SettingsDialog: all pages, one Save. Non-modal: a call can ring and be taken while it is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QCoreApplication, QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from copilot_desktop.config import BadSettings, ConfigError, EnvImport, Settings
from copilot_desktop.config.settings import GivenSettings, as_arguments
from copilot_desktop.ui.settings.about import AboutPage
from copilot_desktop.ui.settings.accounts import AccountsPage
from copilot_desktop.ui.settings.address import AddressPage
from copilot_desktop.ui.settings.ai import AIPage
from copilot_desktop.ui.settings.appearance import AppearancePage
from copilot_desktop.ui.settings.connect_dialog import ConnectDialog
from copilot_desktop.ui.settings.door import SettingsDoor
from copilot_desktop.ui.settings.helping import Helping
from copilot_desktop.ui.settings.knowledge import KnowledgePage
from copilot_desktop.ui.settings.listen import SamplePlayer
from copilot_desktop.ui.settings.number import NumberPage
from copilot_desktop.ui.settings.page import Setting, SettingsPage
from copilot_desktop.ui.settings.page_list import PageNav
from copilot_desktop.ui.settings.privacy import PrivacyPage
from copilot_desktop.ui.settings.remedies import Remedies
from copilot_desktop.ui.settings.report_scoring import ReportPage
from copilot_desktop.ui.settings.shortcuts import ShortcutsPage
from copilot_desktop.ui.settings.sound import SoundPage
from copilot_desktop.ui.settings.tab_order import last_stop, put_after
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.strip import Strip
from copilot_desktop.ui.widgets.theme import Theme, label

_SAVED_MS = 2000


def _mark(text: str) -> str:
    return text


PAGES: tuple[tuple[str, str, Callable[[Setting], SettingsPage]], ...] = (
    ("accounts", _mark("Accounts"), AccountsPage),
    ("number", _mark("Phone number"), NumberPage),
    ("address", _mark("Public address"), AddressPage),
    ("sound", _mark("Sound"), SoundPage),
    ("ai", _mark("AI"), AIPage),
    ("knowledge", _mark("Knowledge & playbook"), KnowledgePage),
    ("privacy", _mark("Privacy"), PrivacyPage),
    ("report", _mark("Report & scoring"), ReportPage),
    ("shortcuts", _mark("Shortcuts"), ShortcutsPage),
    ("appearance", _mark("Appearance"), AppearancePage),
    ("about", _mark("About & diagnostics"), AboutPage),
)
CONNECT = "connect"
NAMES = tuple(name for name, _, _ in PAGES)


class SettingsDialog(QDialog):
    """To be made once and shown again; each opening begins with the settings in force.

    `saved` carries the new `Settings`, also when only preferences of the window were changed.
    """

    saved = Signal(object)

    def __init__(
        self,
        door: SettingsDoor,
        theme: Theme,
        actions: Actions,
        parent: QWidget | None = None,
        *,
        player: SamplePlayer | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("settingsDialog")
        self.setWindowTitle(self.tr("Settings – AI Call CoPilot"))
        self._door, self._theme = door, theme
        self._setting = Setting(
            theme, door, actions, player or SamplePlayer(self), self, Remedies(Helping(self, door).deeds())
        )
        self._pages: dict[str, SettingsPage] = {}
        self._seen: set[str] = set()
        self._loose = EnvImport()
        """What an import held for fields that no page shows."""
        self._is_saving = False
        self._unfollow: Callable[[], None] | None = None
        self._steps: ConnectDialog | None = None
        self._build()
        self.resize(self._usual_size())
        self.setMinimumSize(560, 420)
        theme.changed.connect(self._refit)

    def _usual_size(self) -> QSize:
        """Return 860 × 620 at 100 %, larger with larger text as far as the screen goes."""
        room = self.screen().availableSize() * 0.9
        scaled = QSize(860, 620) * self._theme.scale
        return scaled.boundedTo(room).expandedTo(QSize(860, 620))

    # For the window.

    def show_page(self, name: str) -> None:
        """Open the dialog, or bring it to the front, at one of `NAMES`; empty: where it was last.

        `CONNECT` opens the five connecting steps in their own window instead.
        """
        if name == CONNECT:
            self._show_steps()
            return
        if not self.isVisible():
            self._begin()
        row = NAMES.index(name) if name in NAMES else self.nav.row
        self.nav.go_to(row)
        self._open_row(row)
        self.show()
        self.raise_()
        self.activateWindow()
        self.nav.focus()

    def _show_steps(self) -> None:
        if self._steps is None:
            self._steps = ConnectDialog(
                self._door, self._theme, self._setting.player, self.parentWidget() or self
            )
            self._steps.page_asked.connect(self.show_page)
            self._steps.saved.connect(self._saved_elsewhere)
        self._steps.show()
        self._steps.raise_()
        self._steps.activateWindow()

    def _saved_elsewhere(self, settings: Settings) -> None:
        """The connecting steps kept something; pages without changes show it."""
        for page in self._pages.values():
            if not page.has_changes:
                page.show_settings(settings)
        self.saved.emit(settings)

    def page(self, name: str) -> SettingsPage:
        """Return a page, which is built now if nobody has seen it yet."""
        if name not in self._pages:
            factory = next(factory for each, _, factory in PAGES if each == name)
            page = factory(self._setting)
            if isinstance(page, AccountsPage):
                page.imported.connect(self.take_import)
            page.changed.connect(lambda: self._page_changed(name))
            self._pages[name] = page
            self._stack.addWidget(page)
            self._order_tabs(page)
            page.show_settings(self._door.settings)
            page.lock(page.is_locked_in_call and self._door.is_in_call)
        return self._pages[name]

    def _order_tabs(self, page: SettingsPage) -> None:
        """A page that is built late comes before Cancel and Save all the same."""
        put_after(last_stop(page) or self.nav.list, (self.cancel_button, self.save_button))

    @property
    def has_changes(self) -> bool:
        """Whether there is anything to be saved."""
        has_loose = bool(self._loose.changes or self._loose.secrets)
        return has_loose or any(page.has_changes for page in self._pages.values())

    # As the pages' host.

    def go_to(self, page: str, field: str = "") -> None:
        """Show a page, with the focus in one of its fields."""
        self.nav.go_to(NAMES.index(page))
        if field:
            self.page(page).focus_field(field)

    def value_of(self, name: str) -> object:
        """What a setting will be if Save is pressed now."""
        for page in self._pages.values():
            if name in page.fields:
                return page.fields[name].value()
        if name in self._loose.changes:
            return self._loose.changes[name]
        return getattr(self._door.settings, name)

    def typed_secret(self, name: str) -> str:
        """A secret that was typed and not saved yet; empty: none."""
        for page in self._pages.values():
            if name in page.secret_fields:
                return page.secret_fields[name].typed
        return self._loose.secrets.get(name, "")

    def save_then(self, deed: Callable[[], None]) -> None:
        """Save what was changed, if anything; then do `deed`, unless something was wrong."""
        if self.has_changes:
            self.save(deed)
        else:
            deed()

    def take_import(self, brought: EnvImport) -> None:
        """Put what a file held into the fields, as if typed; nothing is saved."""
        # A file holds words; the fields show what they mean.
        meant = GivenSettings(**as_arguments(brought.changes))
        changes: dict[str, object] = {name: getattr(meant, name) for name in brought.changes}
        secrets = dict(brought.secrets)
        for name in NAMES:
            page = self.page(name)
            for field in page.fields.keys() & changes.keys():
                # What the environment sets goes on being shown; for later it is kept all the same.
                if field not in self._door.locked:
                    page.fields[field].show_value(changes.pop(field))
            for field in page.secret_fields.keys() & secrets.keys():
                page.secret_fields[field].take(secrets.pop(field))
            page.changed.emit()
        self._loose = EnvImport(changes, secrets, ())
        self._show_state()

    # Save and Cancel.

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Check all that was changed and keep it; then do `then`."""
        if self._is_saving:
            return
        changes, secrets = self._gather()
        if errors := self._door.validate(changes):
            self._show_errors(errors)
            return
        if conflict := self._key_conflict():
            self.go_to("shortcuts")
            self._strip.tell(self.tr("Two orders have the same key"), conflict, "warning")
            return
        self._is_saving = True
        self._strip.dismiss()
        self._state.setText(self.tr("Saving…"))
        self._fit_buttons()
        self._door.spawn(self._save(changes, secrets, then))

    async def _save(
        self, changes: Mapping[str, object], secrets: Mapping[str, str], then: Callable[[], None] | None
    ) -> None:
        try:
            settings = await self._door.save(changes, secrets) if changes or secrets else self._door.settings
        except BadSettings as wrong:
            fields = wrong.fields
            self._after_save(lambda: self._show_errors(fields))
        except (ConfigError, OSError) as error:
            words = str(error)
            self._after_save(
                lambda: self._strip.tell(self.tr("The settings were not saved"), words, "danger")
            )
        else:
            self._after_save(lambda: self._kept(settings, then))
        finally:
            self._is_saving = False

    def _after_save(self, told: Callable[[], None]) -> None:
        if isValid(self):
            self._is_saving = False
            self._show_state()
            told()

    def _kept(self, settings: Settings, then: Callable[[], None] | None) -> None:
        self._loose = EnvImport()
        for page in self._pages.values():
            page.keep()
            page.show_settings(settings)
        self._show_state()
        self._state.setText(self.tr("✓  Saved"))
        announce(self, self.tr("Saved"))
        self._saved_timer.start()
        self.saved.emit(settings)
        if then is not None:
            then()

    def discard(self) -> None:
        """Put everything back and close."""
        self._restore()
        self._end()

    def save_and_close(self) -> None:
        """Save; close if nothing was wrong."""
        self.save_then(self._end)

    def reject(self) -> None:
        """Esc: close, or ask if there is something to lose."""
        if self._is_saving:
            return
        if not self.has_changes:
            self.discard()
            return
        self._strip.tell(
            self.tr("There are changes that are not saved"),
            self.tr("They are on the pages with a dot."),
            "warning",
            (
                (self.tr("Save and close"), self.save_and_close),
                (self.tr("Discard"), self.discard),
                (self.tr("Go on"), lambda: None),
            ),
            is_guarded=True,
        )

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.isVisible() and (self.has_changes or self._is_saving):
            event.ignore()
            self.reject()
            return
        self._end()
        event.accept()

    # Inside.

    def _begin(self) -> None:
        self._seen.clear()
        self._loose = EnvImport()
        for page in self._pages.values():
            page.show_settings(self._door.settings)
        if self._unfollow is None:
            self._unfollow = self._door.follow(self._follow)
        self._follow()
        self.nav.list.fit()
        self._show_state()

    def _end(self) -> None:
        if self._unfollow is not None:
            self._unfollow()
            self._unfollow = None
        self._strip.dismiss()
        self._setting.player.stop()
        self.hide()

    def _restore(self) -> None:
        self._loose = EnvImport()
        for page in self._pages.values():
            page.restore()
            page.show_settings(self._door.settings)

    def _follow(self) -> None:
        """The line or the calls are others than before."""
        for page in self._pages.values():
            page.show_line()
            page.lock(page.is_locked_in_call and self._door.is_in_call)

    def _open_row(self, row: int) -> None:
        if row < 0:
            return
        name = NAMES[row]
        page = self.page(name)
        self._stack.setCurrentWidget(page)
        page.refit()
        if name not in self._seen:
            self._seen.add(name)
            page.first_shown()

    def _page_changed(self, name: str) -> None:
        if name in self._pages:
            self.nav.show_changed(NAMES.index(name), self._pages[name].has_changes)
            self._show_state()

    def _show_state(self) -> None:
        if self._is_saving:
            return
        self._saved_timer.stop()
        has_changes = self.has_changes
        self._state.setText(self.tr("Not saved yet") if has_changes else "")
        self._fit_buttons()

    def _fit_buttons(self) -> None:
        has_changes = self.has_changes
        self.save_button.setEnabled(has_changes and not self._is_saving)
        self.cancel_button.setEnabled(not self._is_saving)
        text = self.tr("Cancel") if has_changes else self.tr("Close")
        self.cancel_button.setText(text)
        self.cancel_button.setAccessibleName(text)

    def _gather(self) -> tuple[dict[str, object], dict[str, str]]:
        changes, secrets = dict(self._loose.changes), dict(self._loose.secrets)
        for page in self._pages.values():
            changes.update(page.changes())
            secrets.update(page.secrets())
        return changes, secrets

    def _key_conflict(self) -> str:
        page = self._pages.get("shortcuts")
        if not isinstance(page, ShortcutsPage) or not page.has_changes or not page.conflicts():
            return ""
        return self.tr("Give one of them another key, then save again.")

    def _show_errors(self, errors: Mapping[str, str]) -> None:
        """Tie the errors to their fields; go to the first one and say it once."""
        left = dict(errors)
        first: tuple[str, str] | None = None
        for name in sorted(NAMES, key=lambda each: (each not in self._pages, NAMES.index(each))):
            if name not in self._pages and not left:
                break
            page = self.page(name)
            known = [field for field in (*page.fields, *page.secret_fields) if field in errors]
            page.show_errors({field: errors[field] for field in known})
            for field in known:
                left.pop(field, None)
                first = first or (name, field)
        if left:
            self._strip.tell(self.tr("The settings were not saved"), " ".join(left.values()), "danger")
        if first is not None:
            self.go_to(*first)
            page = self.page(first[0])
            title = (page.fields.get(first[1]) or page.secret_fields[first[1]]).title
            announce(self, f"{title}: {errors[first[1]]}", is_urgent=True)
            count = len(errors)
            self._state.setText(
                self.tr("1 field needs you") if count == 1 else self.tr("{0} fields need you").format(count)
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.nav.fit(self.width())

    def _refit(self) -> None:
        self.nav.fit(self.width())
        for page in self._pages.values():
            page.refit()

    def _build(self) -> None:
        titles = [QCoreApplication.translate("SettingsDialog", title) for _, title, _ in PAGES]
        self.nav = PageNav(self._theme, titles, self)
        self.nav.turned.connect(self._open_row)
        self._stack = QStackedWidget()
        self._stack.setObjectName("settingsPages")
        self._strip = Strip(self._theme, "settingsStrip")
        self._state = label("", "muted")
        self._state.setObjectName("settingsState")
        self._state.setWordWrap(True)
        self.cancel_button = push(self.tr("Cancel"), "settingsCancel")
        self.cancel_button.clicked.connect(self.discard)
        self.save_button = push(self.tr("Save"), "settingsSave", role="accent")
        self.save_button.clicked.connect(lambda: self.save())
        self._saved_timer = QTimer(self)
        self._saved_timer.setSingleShot(True)
        self._saved_timer.setInterval(_SAVED_MS)
        self._saved_timer.timeout.connect(self._show_state)
        foot = QFrame()
        foot.setObjectName("settingsFoot")
        line = QHBoxLayout(foot)
        line.setContentsMargins(28, 12, 20, 12)
        line.setSpacing(8)
        line.addWidget(self._state, 1)
        line.addWidget(self.cancel_button)
        line.addWidget(self.save_button)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.nav.top)
        right.addWidget(self._stack, 1)
        right.addWidget(self._strip)
        right.addWidget(foot)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.nav.list)
        whole.addLayout(right, 1)
