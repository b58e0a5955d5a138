"""RowsField: a list of phone numbers, or of names with numbers; a row each, added and removed by button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from copilot_desktop.ui.settings.tab_order import put_after
from copilot_desktop.ui.widgets.buttons import beside_icon, small_button
from copilot_desktop.ui.widgets.fields import Field
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.theme import Theme


class _Row(QWidget):
    """The cells of one entry, and the button that removes it."""

    def __init__(self, theme: Theme, name: str, cells: Sequence[tuple[str, str]], at: int) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.cells: list[QLineEdit] = []
        for column, (title, example) in enumerate(cells):
            cell = QLineEdit()
            cell.setObjectName(f"{name}{at}_{column}")
            cell.setAccessibleName(f"{title} {at + 1}")
            cell.setPlaceholderText(example)
            self.cells.append(cell)
            row.addWidget(cell, 1)
        self.remove: QToolButton = small_button(theme, "skip", cells[0][0])
        self.remove.setObjectName(f"{name}{at}Remove")
        self.remove.setIconSize(QSize(16, 16))
        row.addWidget(self.remove)

    def texts(self) -> tuple[str, ...]:
        return tuple(cell.text().strip() for cell in self.cells)


class RowsField(Field):
    """`cells` are the titles and examples of a row's cells; an empty row counts for nothing."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        title: str,
        cells: Sequence[tuple[str, str]],
        add: str,
        hint: str = "",
    ) -> None:
        super().__init__(name, title, hint)
        self._theme, self._cells = theme, tuple(cells)
        self._rows: list[_Row] = []
        holder = QWidget()
        outer = QVBoxLayout(holder)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(6)
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        outer.addLayout(self._list)
        self.add_button = push(beside_icon(add), f"{name}Add")
        theme.set_icon(self.add_button, "plus")
        self.add_button.setAccessibleName(add)
        self.add_button.clicked.connect(self._add_by_hand)
        outer.addLayout(FlowRow(self.add_button))
        self.place(holder)

    @property
    def first(self) -> QWidget:
        return self._rows[0].cells[0] if self._rows else self.add_button

    def entries(self) -> list[tuple[str, ...]]:
        """Return the rows that hold anything."""
        return [texts for row in self._rows if any(texts := row.texts())]

    def show_entries(self, entries: Sequence[tuple[str, ...]]) -> None:
        """Replace all rows."""
        for row in self._rows:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        for entry in entries:
            self._add(entry)
        self._lead_focus()

    def _add_by_hand(self) -> None:
        row = self._add(("",) * len(self._cells))
        self._lead_focus()
        row.cells[0].setFocus()

    def _add(self, entry: tuple[str, ...]) -> _Row:
        row = _Row(self._theme, self.name, self._cells, len(self._rows))
        for cell, text in zip(row.cells, entry, strict=True):
            cell.setText(text)
            cell.textEdited.connect(self.changed)
            cell.editingFinished.connect(self.finished)
        said = self.tr("Remove {0} {1}").format(self._cells[0][0], len(self._rows) + 1)
        row.remove.setAccessibleName(said)
        row.remove.setToolTip(said)
        row.remove.clicked.connect(lambda: self._drop(row))
        self._rows.append(row)
        self._list.addWidget(row)
        return row

    def _drop(self, row: _Row) -> None:
        self._rows.remove(row)
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()
        self._lead_focus()
        # The focus must not be lost with the row.
        (self._rows[-1].cells[0] if self._rows else self.add_button).setFocus()
        self.changed.emit()
        self.finished.emit()

    def _lead_focus(self) -> None:
        """Tab goes down the rows, then to the button."""
        stops: list[QWidget] = []
        for row in self._rows:
            stops += [*row.cells, row.remove]
        put_after(self.control, [*stops, self.add_button])


class NumbersField(RowsField):
    """Phone numbers."""

    def value(self) -> object:
        return tuple(entry[0] for entry in self.entries())

    def show_value(self, value: object) -> None:
        self.show_entries([(str(number),) for number in value] if isinstance(value, tuple | list) else [])


class NamedNumbersField(RowsField):
    """Names, each with its number."""

    def value(self) -> object:
        return {name or number: number for name, number in self.entries()}

    def show_value(self, value: object) -> None:
        pairs = value.items() if isinstance(value, Mapping) else ()
        self.show_entries([(str(name), str(number)) for name, number in pairs])
