"""Choices: settings that are picked and not typed: from a list, one or many of a few, on or off, numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from copilot_desktop.ui.widgets.fields import Field, wrapped


@dataclass(frozen=True, slots=True)
class Option:
    """One of several values, in words; `hint` says what it means."""

    value: str
    text: str
    hint: str = ""


class CalmCombo(QComboBox):
    """A choice that the wheel does not change while a page is scrolled over it."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ChoiceField(Field):
    """One of a list."""

    def __init__(
        self, name: str, title: str, options: Sequence[Option], hint: str = "", *beside: QWidget
    ) -> None:
        super().__init__(name, title, hint)
        self.box = CalmCombo()
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.offer(options)
        self.box.currentIndexChanged.connect(self.changed)
        self.place(self.box, *beside)
        if not beside:
            self.column.setAlignment(self.box, Qt.AlignmentFlag.AlignLeft)

    def offer(self, options: Sequence[Option]) -> None:
        """Replace the list; the chosen value stays chosen if it is in the new one."""
        chosen = self.value() if self.box.count() else None
        self.box.blockSignals(True)
        self.box.clear()
        for row, option in enumerate(options):
            self.box.addItem(option.text, option.value)
            self.box.setItemData(row, option.hint or option.text, Qt.ItemDataRole.ToolTipRole)
        if chosen is not None:
            self.box.setCurrentIndex(max(0, self.box.findData(chosen)))
        self.box.blockSignals(False)

    def value(self) -> object:
        return self.box.currentData()

    def show_value(self, value: object) -> None:
        self.box.blockSignals(True)
        if value and self.box.findData(value) < 0:
            self.box.addItem(self.words_for(str(value)), value)
        self.box.setCurrentIndex(self.box.findData(value))
        self.box.blockSignals(False)

    def choose(self, value: str) -> None:
        """Pick a value, as by hand."""
        self.box.setCurrentIndex(max(0, self.box.findData(value)))

    def words_for(self, value: str) -> str:
        """Return how a value is shown that was not among those offered."""
        return value


class RadioField(Field):
    """One of a few that are all in sight."""

    def __init__(self, name: str, title: str, options: Sequence[Option], hint: str = "") -> None:
        super().__init__(name, title, hint)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QRadioButton] = {}
        self._hints: list[QLabel] = []
        for option in options:
            self._add(column, option)
        self.place(holder, has_title=bool(title))

    @property
    def first(self) -> QWidget:
        buttons = self.buttons.values()
        return next((button for button in buttons if button.isChecked()), next(iter(buttons)))

    def value(self) -> object:
        return next((value for value, button in self.buttons.items() if button.isChecked()), "")

    def show_value(self, value: object) -> None:
        button = self.buttons.get(str(value))
        if button is not None and not button.isChecked():
            self._group.blockSignals(True)
            button.setChecked(True)
            self._group.blockSignals(False)

    def fit(self) -> None:
        for hint in self._hints:
            hint.setContentsMargins(_indent(hint), 0, 0, 0)

    def _add(self, column: QVBoxLayout, option: Option) -> None:
        button = QRadioButton(option.text)
        button.setObjectName(f"{self.name}_{option.value}")
        button.setAccessibleName(f"{self.title}: {option.text}" if self.title else option.text)
        button.setAccessibleDescription(option.hint)
        self._group.addButton(button)
        self.buttons[option.value] = button
        button.clicked.connect(self.changed)
        column.addWidget(button)
        if option.hint:
            hint = wrapped(option.hint, "small")
            self._hints.append(hint)
            column.addWidget(hint)


class SwitchField(Field):
    """On or off."""

    def __init__(self, name: str, title: str, hint: str = "") -> None:
        super().__init__(name, title, hint)
        self.box = QCheckBox(title)
        self.box.clicked.connect(self.changed)
        self.place(self.box, has_title=False)

    def value(self) -> object:
        return self.box.isChecked()

    def show_value(self, value: object) -> None:
        self.box.setChecked(bool(value))

    def fit(self) -> None:
        for text in (self._note, self._error):
            text.setContentsMargins(_indent(self.box), 0, 0, 0)


class _Spin(QDoubleSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class NumberField(Field):
    """A number between two bounds. `zero` stands for the least one, in words."""

    def __init__(
        self,
        name: str,
        title: str,
        hint: str,
        *,
        least: float,
        most: float,
        step: float = 1,
        prefix: str = "",
        suffix: str = "",
        zero: str = "",
    ) -> None:
        super().__init__(name, title, hint)
        self.box = _Spin()
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.box.setRange(least, most)
        self.box.setSingleStep(step)
        self.box.setDecimals(0 if step == int(step) else 1)
        self.box.setPrefix(prefix)
        self.box.setSuffix(suffix)
        self.box.setSpecialValueText(zero)
        self._is_showing = False
        self.box.valueChanged.connect(self._tell)
        self.box.editingFinished.connect(self.finished)
        self.place(self.box)
        self.column.setAlignment(self.box, Qt.AlignmentFlag.AlignLeft)

    def value(self) -> object:
        return self.box.value()

    def show_value(self, value: object) -> None:
        self._is_showing = True
        self.box.setValue(float(str(value)))
        self._is_showing = False

    def _tell(self) -> None:
        if not self._is_showing:
            self.changed.emit()


class SecondsField(NumberField):
    """A time in seconds between two bounds."""

    def __init__(
        self, name: str, title: str, hint: str, *, least: float, most: float, step: float = 1
    ) -> None:
        seconds = QCoreApplication.translate("SecondsField", " s")
        super().__init__(name, title, hint, least=least, most=most, step=step, suffix=seconds)


class ManyField(Field):
    """Any number of a few that are all in sight; the value is a tuple in their order."""

    def __init__(self, name: str, title: str, options: Sequence[Option], hint: str = "") -> None:
        super().__init__(name, title, hint)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.boxes: dict[str, QCheckBox] = {}
        self._hints: list[QLabel] = []
        for option in options:
            self._add(column, option)
        self.place(holder, has_title=bool(title))

    @property
    def first(self) -> QWidget:
        return next(iter(self.boxes.values()))

    def value(self) -> object:
        return tuple(value for value, box in self.boxes.items() if box.isChecked())

    def show_value(self, value: object) -> None:
        chosen = value if isinstance(value, tuple) else ()
        for each, box in self.boxes.items():
            box.setChecked(each in chosen)

    def fit(self) -> None:
        for hint in self._hints:
            hint.setContentsMargins(_indent(hint), 0, 0, 0)

    def _add(self, column: QVBoxLayout, option: Option) -> None:
        box = QCheckBox(option.text)
        box.setObjectName(f"{self.name}_{option.value}")
        box.setAccessibleName(option.text)
        box.setAccessibleDescription(option.hint)
        box.clicked.connect(self.changed)
        self.boxes[option.value] = box
        column.addWidget(box)
        if option.hint:
            hint = wrapped(option.hint, "small")
            self._hints.append(hint)
            column.addWidget(hint)


def _indent(box: QWidget) -> int:
    """Return how far the words of a switch or choice stand from its left, in pixels."""
    return box.fontMetrics().height() + 14
