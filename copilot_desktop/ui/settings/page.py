"""SettingsPage: what all pages have in common: fields, what was changed, errors, locks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from copilot_desktop.config import Settings
from copilot_desktop.messages import Remedy
from copilot_desktop.ui.settings.door import SettingsDoor
from copilot_desktop.ui.settings.listen import ListenButton, SamplePlayer
from copilot_desktop.ui.settings.remedies import Remedies
from copilot_desktop.ui.settings.result_line import ResultLine
from copilot_desktop.ui.settings.running import Runs, Work
from copilot_desktop.ui.settings.secret_field import SecretField
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.fields import Field
from copilot_desktop.ui.widgets.theme import Theme, label, set_look

_WIDTH = 640
_LIVE_MS = 250


class Host(Protocol):
    """The dialog, as its pages see it."""

    def go_to(self, page: str, field: str = "") -> None:
        """Show another page, with the focus in one of its fields."""
        ...

    def value_of(self, name: str) -> object:
        """What a setting will be if Save is pressed now, whichever page it is on."""
        ...

    def typed_secret(self, name: str) -> str:
        """A secret that was typed and not saved yet; empty: none."""
        ...

    def save_then(self, deed: Callable[[], None]) -> None:
        """Save what was changed, if anything; then do `deed`, unless something was wrong."""
        ...


@dataclass(frozen=True, slots=True)
class Setting:
    """What a page is made with."""

    theme: Theme
    door: SettingsDoor
    actions: Actions
    player: SamplePlayer
    host: Host
    remedies: Remedies = field(default_factory=Remedies)


class SettingsPage(QWidget):
    """`changed`: its changes are others than before. Subclasses fill `body` and `add` their fields."""

    changed = Signal()
    is_locked_in_call = False

    def __init__(self, setting: Setting, name: str, title: str, lead: str = "") -> None:
        super().__init__()
        self.setObjectName(f"{name}Page")
        self.name, self.title = name, title
        self.setting, self.theme, self.door = setting, setting.theme, setting.door
        self.fields: dict[str, Field] = {}
        self.secret_fields: dict[str, SecretField] = {}
        self._shown: dict[str, object] = {}
        self._is_showing = False
        self._runs = Runs(self.door, lambda: self.setting.remedies, self)
        self._build_frame(title, lead)
        self._live = QTimer(self)
        self._live.setSingleShot(True)
        self._live.setInterval(_LIVE_MS)
        self._live.timeout.connect(self._check_live)

    # For the dialog.

    def show_settings(self, settings: Settings) -> None:
        """Put the settings into the fields; what was changed and not saved is gone."""
        self._is_showing = True
        locked = self.door.locked
        for name, each in self.fields.items():
            each.show_value(getattr(settings, name))
            each.show_error("")
            each.lock_by(locked.get(name, ""))
            self._shown[name] = each.value()
        for name, secret in self.secret_fields.items():
            secret.show_place(self.door.secret_place(name), locked.get(name, ""))
        self._is_showing = False
        self.refit()
        self.changed.emit()

    def changes(self) -> dict[str, object]:
        """The fields that hold something else than the settings."""
        locked = self.door.locked
        return {
            name: value
            for name, each in self.fields.items()
            if name not in locked and (value := each.value()) != self._shown.get(name)
        }

    def secrets(self) -> dict[str, str]:
        """The secrets that were typed; empty ones are to be forgotten."""
        fields = self.secret_fields.items()
        return {name: each.typed for name, each in fields if each.typed or each.is_removed}

    @property
    def has_changes(self) -> bool:
        """Whether Save would do anything for this page."""
        return bool(self.changes() or self.secrets())

    def show_errors(self, errors: dict[str, str]) -> None:
        """Tie errors to their fields; those without one are good."""
        for name, each in self.fields.items():
            each.show_error(errors.get(name, ""))
        for name, secret in self.secret_fields.items():
            secret.show_error(errors.get(name, ""))

    def keep(self) -> None:
        """Apply what is kept outside the settings: looks, keys, volume. After a save that went well."""

    def restore(self) -> None:
        """Undo what was only tried: a look, a sound."""

    def lock(self, is_locked: bool) -> None:
        """Let nothing be changed while a call runs."""
        self._lock_note.setVisible(is_locked)
        self._content.setEnabled(not is_locked)

    def show_line(self) -> None:
        """The line stands differently than before; see `door.line_status`."""

    def first_shown(self) -> None:
        """The page is seen for the first time since the dialog was opened: ask for what it shows."""

    def focus_field(self, name: str) -> None:
        """Put the focus into a field, wherever the page is scrolled to."""
        target: QWidget | None = None
        if name in self.fields:
            target = self.fields[name].first
        elif name in self.secret_fields:
            self.secret_fields[name].focus()
            target = self.secret_fields[name].edit
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)
            self._area.ensureWidgetVisible(target)

    def refit(self) -> None:
        """Follow the size of the text."""
        self._column.setMaximumWidth(self.theme.px(_WIDTH))
        for each in self._content.findChildren(Field):
            each.fit()

    # For subclasses.

    def group(self, title: str, text: str = "") -> QVBoxLayout:
        """Add a box with a heading; return where its rows go."""
        box = QFrame()
        box.setProperty("look", "group")
        rows = QVBoxLayout(box)
        rows.setContentsMargins(16, 16, 16, 16)
        rows.setSpacing(16)
        if title:
            heading = label(title, "groupTitle")
            heading.setContentsMargins(0, 4, 0, 2)
            self.body.addWidget(heading)
        if text:
            self.body.addWidget(words(text, "muted"))
        self.body.addWidget(box)
        self.body.addSpacing(16)
        return rows

    def add(self, rows: QVBoxLayout, *fields_: Field | SecretField) -> None:
        """Put fields into a group."""
        for each in fields_:
            if isinstance(each, SecretField):
                self.secret_fields[each.name] = each
            else:
                self.fields[each.name] = each
                each.finished.connect(lambda name=each.name: self._check(name))
            each.changed.connect(lambda each=each: self._field_changed(each))
            rows.addWidget(each)

    def with_remedies(self, deeds: Mapping[Remedy, Callable[[], None]]) -> Setting:
        """Return the page's setting with some remedies meaning something else on this page."""
        return replace(self.setting, remedies=self.setting.remedies.having(deeds))

    def result(self, name: str) -> ResultLine:
        """Return a line that tells how something went."""
        return ResultLine(self.theme, name)

    def listen(self, name: str, what: str, text: Callable[[], str]) -> ListenButton:
        """Return a button that says something."""
        return ListenButton(self.theme, self.door, self.setting.player, name, what, text)

    def run(self, line: ResultLine, doing: str, work: Work, *, is_test: bool = False) -> None:
        """Do `work` and tell in `line` how it goes; see `Runs`."""
        self._runs.run(line, doing, work, is_test=is_test)

    # Inside.

    def _build_frame(self, title: str, lead: str) -> None:
        self._lock_note = words(self.tr("Locked while a call is running"), "lockNote")
        self._lock_note.setObjectName(f"{self.name}LockNote")
        self._lock_note.hide()
        self._content = QWidget()
        self.body = QVBoxLayout(self._content)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(6)
        self._column = QWidget()
        column = QVBoxLayout(self._column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(words(title, "title"))
        if lead:
            column.addWidget(words(lead, "muted"))
        column.addSpacing(8)
        column.addWidget(self._lock_note)
        column.addWidget(self._content)
        column.addStretch(1)
        inner = QWidget()
        inner.setObjectName("pageBody")
        # Side by side with a stretch: only so does a column with a largest width get the height it needs.
        row = QHBoxLayout(inner)
        row.setContentsMargins(28, 24, 28, 16)
        row.addWidget(self._column, 100)
        row.addStretch(1)
        self._area = QScrollArea()
        self._area.setObjectName("settingsScroll")
        self._area.setAccessibleName(title)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area)

    def _field_changed(self, each: Field | SecretField) -> None:
        if self._is_showing:
            return
        if isinstance(each, Field):
            if each.is_live:
                self._live.start()
            elif each.error:
                self._check(each.name)
        elif each.error:
            each.show_error("")
        self.changed.emit()

    def _check_live(self) -> None:
        for name, each in self.fields.items():
            if each.is_live:
                self._check(name)

    def _check(self, name: str) -> None:
        each = self.fields[name]
        if each.value() == self._shown.get(name):
            each.show_error("")
            return
        each.show_error(self.door.validate({name: each.value()}).get(name, ""))


def words(text: str, look: str = "plain", tone: str = "") -> QLabel:
    """Return a text that breaks into lines."""
    made = label(text, look)
    made.setWordWrap(True)
    if tone:
        set_look(made, "tone", tone)
    return made
