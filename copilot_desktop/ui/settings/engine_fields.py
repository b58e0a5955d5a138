"""Fields of the engines: a model or a voice, typed or picked from what the server offers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from copilot_desktop.ui.settings.door import ModelChoice
from copilot_desktop.ui.widgets.choices import CalmCombo
from copilot_desktop.ui.widgets.fields import Field
from copilot_desktop.ui.widgets.push import push


class NameField(Field):
    """A name that may be typed, with those that are known in a list."""

    def __init__(
        self,
        name: str,
        title: str,
        hint: str,
        *beside: QWidget,
        empty: str = "",
        choices: Sequence[ModelChoice] = (),
    ) -> None:
        super().__init__(name, title, hint)
        self._notes: dict[str, str] = {}
        self.box = CalmCombo()
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.box.setMinimumContentsLength(18)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        policy = self.box.sizePolicy()
        policy.setHorizontalPolicy(policy.Policy.Expanding)
        self.box.setSizePolicy(policy)
        self.edit.setObjectName(f"{name}Edit")
        self.edit.setAccessibleName(title)
        self.edit.setPlaceholderText(empty)
        self.edit.textEdited.connect(self._told)
        self.edit.editingFinished.connect(self.finished)
        self.box.activated.connect(self._pick)
        self.place(self.box, *beside)
        self.offer(choices)

    @property
    def edit(self) -> QLineEdit:
        """The line in which the name stands."""
        edit = self.box.lineEdit()
        assert edit is not None
        return edit

    def offer(self, choices: Sequence[ModelChoice]) -> None:
        """Put these into the list; what stands in the line stays."""
        kept = self.edit.text()
        self._notes = {choice.id: choice.note for choice in choices}
        self.box.blockSignals(True)
        self.box.clear()
        for row, choice in enumerate(choices):
            self.box.addItem(f"{choice.id} – {choice.note}" if choice.note else choice.id, choice.id)
            self.box.setItemData(row, choice.note or choice.id, Qt.ItemDataRole.ToolTipRole)
        self.box.setCurrentIndex(-1)
        self.box.blockSignals(False)
        self.edit.setText(kept)
        self._show_note()

    def value(self) -> object:
        return self.edit.text().strip()

    def show_value(self, value: object) -> None:
        self.box.blockSignals(True)
        self.box.setCurrentIndex(-1)
        self.box.blockSignals(False)
        self.edit.setText(str(value or ""))
        self.edit.setCursorPosition(0)
        self._show_note()

    def _pick(self, row: int) -> None:
        self.edit.setText(str(self.box.itemData(row)))
        self.edit.setCursorPosition(0)
        self._told()
        self.finished.emit()

    def _told(self) -> None:
        self._show_note()
        self.changed.emit()

    def _show_note(self) -> None:
        """Warn of a model that will be gone."""
        if self.box.isEnabled():
            note = self._notes.get(str(self.value()), "")
            self.show_hint(self.tr("Mind: {0}").format(note) if note else self._hint)


class ModelField(NameField):
    """A model of one part; empty: the program chooses. `load_asked`: fetch the list."""

    load_asked = Signal()

    def __init__(self, part: str, title: str) -> None:
        self.load_button = push(self.tr("Load models"), f"{part}Models")
        super().__init__(
            f"{part}_model",
            self.tr("Model"),
            self.tr("Empty: the program takes the best that your account has."),
            self.load_button,
            empty=self.tr("chosen by the program"),
        )
        self.load_button.setAccessibleName(self.tr("Load the models for {0}").format(title))
        self.load_button.clicked.connect(self.load_asked)
        self.edit.setAccessibleName(self.tr("Model: {0}").format(title))
        self.box.setAccessibleName(self.tr("Model: {0}").format(title))

    def set_usable(self, is_usable: bool) -> None:
        super().set_usable(is_usable)
        self.load_button.setEnabled(is_usable)
