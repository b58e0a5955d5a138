"""Shortcuts: every key of the program, changed one by one; two orders never share one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
)

from copilot_desktop.config import Settings
from copilot_desktop.ui.settings.page import Setting, SettingsPage, words
from copilot_desktop.ui.widgets.actions import MENUS, SPECS, ActionSpec, clash, translated
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.theme import label

_NAME = Qt.ItemDataRole.UserRole
_PORTABLE = QKeySequence.SequenceFormat.PortableText
_NATIVE = QKeySequence.SequenceFormat.NativeText


class ShortcutsPage(SettingsPage):
    """New keys apply on Save. Locked in a call: F8, pressed as a new key, would not take over."""

    is_locked_in_call = True

    def __init__(self, setting: Setting) -> None:
        super().__init__(
            setting,
            "shortcuts",
            self.tr("Shortcuts"),
            self.tr("Choose an order, then press its new key."),
        )
        self._keys: dict[str, str] = {}
        self._before: dict[str, str] = {}
        self._items: dict[str, QTreeWidgetItem] = {}
        self._build_list()
        self._build_editor()

    def show_settings(self, settings: Settings) -> None:
        """Show the keys in force."""
        super().show_settings(settings)
        self._before = {spec.name: self._in_force(spec.name) for spec in SPECS}
        self._keys = dict(self._before)
        self._show_keys()
        self._choose()

    @property
    def has_changes(self) -> bool:
        """Keys count; see `conflicts` for why they may not be kept."""
        return self._keys != self._before

    def conflicts(self) -> dict[str, list[str]]:
        """Return every key that two orders would share, with their names."""
        owners: dict[str, list[str]] = {}
        for name, keys in self._keys.items():
            if keys:
                owners.setdefault(_one_enter(keys), []).append(name)
        # An order's second key, as for the other Enter or the other plus, is taken as well.
        for spec in SPECS:
            if self._keys[spec.name] == self._before[spec.name]:
                for other in self.setting.actions[spec.name].shortcuts()[1:]:
                    holders = owners.setdefault(_one_enter(other.toString(_PORTABLE)), [])
                    if spec.name not in holders:
                        holders.append(spec.name)
        return {keys: names for keys, names in owners.items() if clash(names)}

    def keep(self) -> None:
        """Put the new keys in force."""
        for name, keys in self._keys.items():
            if keys != self._before[name]:
                self.setting.actions.set_keys(name, keys)
        self._before = {spec.name: self._in_force(spec.name) for spec in SPECS}
        self._keys = dict(self._before)
        self._show_keys()
        self.changed.emit()

    def choose(self, name: str) -> None:
        """Select an order in the list."""
        self.list.setCurrentItem(self._items[name])

    def take(self, keys: str) -> None:
        """Give the selected order other keys, as in "Ctrl+K"; empty: none."""
        if name := self._chosen():
            self._keys[name] = keys
            self._show_keys()
            self._show_in_editor(name)
            self.changed.emit()
            if (note := self._conflict_note(name)) is not None:
                announce(self, note)

    def reset_chosen(self) -> None:
        """Give the selected order the key it came with."""
        if name := self._chosen():
            self.take(_first(name))

    def reset_all(self) -> None:
        """Give every order the key it came with."""
        self._keys = {spec.name: _first(spec.name) for spec in SPECS}
        self._show_keys()
        self._choose()
        self.changed.emit()

    # Inside.

    def _in_force(self, name: str) -> str:
        return self.setting.actions[name].shortcut().toString(_PORTABLE)

    def _chosen(self) -> str:
        item = self.list.currentItem()
        return str(item.data(0, _NAME) or "") if item is not None else ""

    def _choose(self) -> None:
        name = self._chosen()
        for control in (self.editor, self.reset_button, self.clear_button):
            control.setEnabled(bool(name))
        self._editor_title.setText(
            self.tr("Key for “{0}”").format(self._text(name)) if name else self.tr("Key")
        )
        self.editor.setAccessibleName(self._editor_title.text())
        self._show_in_editor(name)
        self._show_note(name)

    def _show_in_editor(self, name: str) -> None:
        self.editor.blockSignals(True)
        self.editor.setKeySequence(QKeySequence(self._keys.get(name, "")))
        self.editor.blockSignals(False)

    def _edited(self, keys: QKeySequence) -> None:
        self.take(keys.toString(_PORTABLE))

    def _show_keys(self) -> None:
        conflicts = {name for names in self.conflicts().values() for name in names}
        for name, item in self._items.items():
            shown = QKeySequence(self._keys[name]).toString(_NATIVE) or self.tr("none")
            has_conflict = name in conflicts
            item.setText(1, f"✗  {shown}" if has_conflict else shown)
            item.setForeground(1, self.theme.colour("danger" if has_conflict else "text"))
            item.setText(2, "" if self._keys[name] == _first(name) else self.tr("changed"))
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{self._text(name)}: {item.text(1)}")
        self._show_note(self._chosen())

    def _show_note(self, name: str) -> None:
        note = self._conflict_note(name) if name else None
        self.note.setText(note or "")
        self.note.setVisible(note is not None)

    def _conflict_note(self, name: str) -> str | None:
        for keys, names in self.conflicts().items():
            if name in names:
                others = ", ".join(f"“{self._text(other)}”" for other in names if other != name)
                shown = QKeySequence(keys).toString(_NATIVE)
                return self.tr("{0} belongs to {1} already. Choose another key for one of them.").format(
                    shown, others
                )
        return None

    def _text(self, name: str) -> str:
        return self.setting.actions[name].text().replace("&", "")

    def _build_list(self) -> None:
        rows = self.group("")
        self.list = QTreeWidget()
        self.list.setObjectName("shortcutList")
        self.list.setAccessibleName(self.tr("Orders and their keys"))
        self.list.setProperty("look", "lines")
        self.list.setColumnCount(3)
        self.list.setHeaderLabels([self.tr("Order"), self.tr("Key"), ""])
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(12)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setMinimumHeight(280)
        heads = self.list.header()
        heads.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        heads.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        heads.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        heads.setStretchLastSection(False)
        heads.setSectionsClickable(False)
        for menu, title in MENUS:
            self._add_menu(translated(title), [spec for spec in SPECS if spec.menu == menu])
        self.list.currentItemChanged.connect(lambda *_: self._choose())
        rows.addWidget(self.list)
        self._rows = rows

    def _add_menu(self, title: str, specs: list[ActionSpec]) -> None:
        head = QTreeWidgetItem([title])
        head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = self.theme.font(is_bold=True)
        head.setFont(0, font)
        self.list.addTopLevelItem(head)
        for spec in specs:
            item = QTreeWidgetItem([translated(spec.text).replace("&", "")])
            item.setData(0, _NAME, spec.name)
            item.setToolTip(0, translated(spec.works))
            head.addChild(item)
            self._items[spec.name] = item
        head.setExpanded(True)

    def _build_editor(self) -> None:
        self._editor_title = label(self.tr("Key"), "fieldTitle")
        self.editor = QKeySequenceEdit()
        self.editor.setObjectName("shortcutEditor")
        self.editor.setMaximumSequenceLength(1)
        self.editor.setMinimumWidth(180)
        self.editor.keySequenceChanged.connect(self._edited)
        for inner in self.editor.findChildren(QLineEdit):
            inner.setAccessibleName(self.tr("Press the new key"))
        self._editor_title.setBuddy(self.editor)
        self.clear_button = push(self.tr("No key"), "clearKey")
        self.clear_button.clicked.connect(lambda: self.take(""))
        self.reset_button = push(self.tr("As it came"), "resetKey")
        self.reset_button.clicked.connect(self.reset_chosen)
        self.reset_all_button = push(self.tr("Reset all keys"), "resetAllKeys", role="link")
        self.reset_all_button.clicked.connect(self.reset_all)
        self.note = words("", "caution")
        self.note.setObjectName("shortcutConflict")
        self.note.hide()
        self._rows.addWidget(self._editor_title)
        self._rows.addLayout(
            FlowRow(self.editor, self.clear_button, self.reset_button, self.reset_all_button)
        )
        self._rows.addWidget(self.note)


def _first(name: str) -> str:
    """Return the key an order came with."""
    spec = next(spec for spec in SPECS if spec.name == name)
    return QKeySequence(spec.keys[0]).toString(_PORTABLE) if spec.keys else ""


def _one_enter(keys: str) -> str:
    """Both Enter keys are one to people."""
    return keys.replace("Return", "Enter")
