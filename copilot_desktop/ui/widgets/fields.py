"""Fields: one setting each, with its words, its hint, its error, and the lock of the environment."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.theme import label, set_look


class Field(QWidget):
    """A setting's title, control, hint and error, one below the other.

    `changed`: another value stands in it. `finished`: the person has left it. `control` takes the focus.
    """

    changed = Signal()
    finished = Signal()
    is_live = False
    """Whether it is checked while it is typed, and not only when it is left."""

    def __init__(self, name: str, title: str, hint: str = "") -> None:
        super().__init__()
        self.name, self.title = name, title
        self._hint = hint
        self.control: QWidget = self
        self._title = label(title, "fieldTitle")
        self._note = wrapped(hint, "small")
        self._error = wrapped("", "small")
        self._error.setObjectName(f"{name}Error")
        set_look(self._error, "tone", "danger")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)

    def value(self) -> object:
        """Return what stands in the field."""
        raise AssertionError(f"{type(self).__name__} has no value")

    def show_value(self, value: object) -> None:
        """Put a value into the field."""
        raise AssertionError(f"{type(self).__name__} takes no {value!r}")

    @property
    def error(self) -> str:
        """What is wrong with the value; empty: nothing is known to be."""
        return self._error.text()

    def show_error(self, text: str) -> None:
        """Say what is wrong with the value; empty: nothing."""
        words = text[:1].upper() + text[1:]
        self._error.setText(words)
        self._error.setVisible(bool(words))
        set_look(self.control, "wrong", "yes" if words else "")
        self.control.setAccessibleDescription(". ".join(filter(None, (words, self._note.text()))))

    @property
    def first(self) -> QWidget:
        """What takes the focus when the person is led here."""
        return self.control

    def fit(self) -> None:
        """Follow the size of the text."""

    def lock_by(self, variable: str) -> None:
        """Show that the environment sets it: `variable` says where; empty: it does not."""
        self.set_usable(not variable)
        words = self.tr("Set by {0} in the environment. Change it there.").format(variable)
        self.show_hint(words if variable else self._hint)

    def show_hint(self, text: str) -> None:
        """Say something else below the field."""
        self._note.setText(text)
        self._note.setVisible(bool(text))
        self.control.setAccessibleDescription(text)

    def set_usable(self, is_usable: bool) -> None:
        """Let it be changed or not."""
        self.control.setEnabled(is_usable)

    def place(
        self, control: QWidget, *beside: QWidget, has_title: bool = True, at_title: QWidget | None = None
    ) -> None:
        """Put the control in, with `beside` at its right, `at_title` above it. To be called once."""
        self.control = control
        control.setObjectName(f"{self.name}Field")
        control.setAccessibleName(self.title)
        control.setAccessibleDescription(self._hint)
        if has_title:
            self._title.setBuddy(control)
            self.column.addLayout(self._head(at_title))
        if beside:
            self.column.addLayout(FlowRow(control, *beside))
        else:
            self.column.addWidget(control)
        self.column.addWidget(self._error)
        self.column.addWidget(self._note)
        self._error.hide()
        self._note.setVisible(bool(self._hint))

    def _head(self, at_title: QWidget | None) -> QHBoxLayout:
        head = QHBoxLayout()
        head.addWidget(self._title, 0, Qt.AlignmentFlag.AlignBottom)
        head.addStretch(1)
        if at_title is not None:
            head.addWidget(at_title)
        return head


class TextField(Field):
    """One line of text."""

    def __init__(
        self,
        name: str,
        title: str,
        hint: str = "",
        *beside: QWidget,
        example: str = "",
        is_live: bool = False,
    ) -> None:
        super().__init__(name, title, hint)
        self.is_live = is_live
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(example)
        self.edit.setMinimumWidth(160)
        self.edit.textEdited.connect(self.changed)
        self.edit.editingFinished.connect(self.finished)
        self.place(self.edit, *beside)
        _let_grow(self.edit)

    def value(self) -> object:
        return self.edit.text().strip()

    def show_value(self, value: object) -> None:
        self.edit.setText(str(value or ""))
        self.edit.setCursorPosition(0)


class _Sentences(QPlainTextEdit):
    """A few lines that Tab leaves."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.left.emit()


class LongTextField(Field):
    """A sentence or two, in as many lines as are usual."""

    def __init__(
        self, name: str, title: str, hint: str = "", at_title: QWidget | None = None, *, lines: int = 2
    ) -> None:
        super().__init__(name, title, hint)
        self.edit = _Sentences()
        self.edit.setTabChangesFocus(True)
        self.edit.setProperty("look", "sentences")
        self._lines, self._is_showing = lines, False
        self.edit.textChanged.connect(self._tell)
        self.edit.left.connect(self.finished)
        self.place(self.edit, at_title=at_title)

    def value(self) -> object:
        return " ".join(self.edit.toPlainText().split())

    def show_value(self, value: object) -> None:
        self._is_showing = True
        self.edit.setPlainText(str(value or ""))
        self._is_showing = False

    def fit(self) -> None:
        """Be as high as so many lines need."""
        self.edit.setFixedHeight(self.edit.fontMetrics().lineSpacing() * self._lines + 24)

    def _tell(self) -> None:
        if not self._is_showing:
            self.changed.emit()


class FolderField(TextField):
    """A folder, typed or chosen; empty: none."""

    def __init__(self, name: str, title: str, hint: str = "") -> None:
        choose = push(self.tr("Choose…"), f"{name}Choose")
        super().__init__(name, title, hint, choose)
        choose.setAccessibleName(self.tr("Choose: {0}").format(title))
        self._choose = choose
        choose.clicked.connect(self.ask)
        self.dialog: QFileDialog | None = None

    def value(self) -> object:
        text = self.edit.text().strip()
        return Path(text) if text else None

    def set_usable(self, is_usable: bool) -> None:
        super().set_usable(is_usable)
        self._choose.setEnabled(is_usable)

    def ask(self) -> None:
        """Let the person look for the folder; never blocks."""
        dialog = QFileDialog(self, self.title, self.edit.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.take)
        self.dialog = dialog
        dialog.open()

    def take(self, folder: str) -> None:
        """Put the chosen folder in."""
        self.edit.setText(folder)
        self.changed.emit()
        self.finished.emit()


def wrapped(text: str, look: str) -> QLabel:
    """Return a text that breaks into lines."""
    made = label(text, look)
    made.setWordWrap(True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
    return made


def _let_grow(edit: QLineEdit) -> None:
    policy = edit.sizePolicy()
    policy.setHorizontalPolicy(policy.Policy.Expanding)
    edit.setSizePolicy(policy)
