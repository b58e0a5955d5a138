"""SecretField: a secret can be given and replaced, never read: what was saved is in no widget."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from copilot_desktop.config import SecretPlace
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.theme import label, set_look

_DOTS = "••••••••••••"


class SecretField(QWidget):
    """Either dots and "Replace", or an empty masked line. `typed` is what is to be saved; empty: nothing.

    One that `can_be_removed` can also be forgotten: `is_removed` until that is saved.
    """

    changed = Signal()

    def __init__(self, name: str, title: str, hint: str = "", *, can_be_removed: bool = False) -> None:
        super().__init__()
        self.name, self.title = name, title
        self.is_removed, self._can_be_removed = False, can_be_removed
        self._hint = hint
        self._place, self._variable = SecretPlace.ABSENT, ""
        self._is_replacing = False
        self.edit = QLineEdit()
        self.edit.setObjectName(f"{name}Field")
        self.edit.setAccessibleName(title)
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setPlaceholderText(self.tr("Paste it here"))
        self.edit.setMinimumWidth(160)
        policy = self.edit.sizePolicy()
        policy.setHorizontalPolicy(policy.Policy.Expanding)
        self.edit.setSizePolicy(policy)
        self.edit.textEdited.connect(self.changed)
        self._dots = label(_DOTS, "dots")
        self._dots.setAccessibleName(self.tr("{0}: kept, not shown").format(title))
        self.replace_button = push(self.tr("Replace"), f"{name}Replace")
        self.replace_button.setAccessibleName(self.tr("Replace: {0}").format(title))
        self.replace_button.clicked.connect(self.replace)
        self.remove_button = push(self.tr("Remove"), f"{name}Remove", role="link")
        self.remove_button.setAccessibleName(self.tr("Remove: {0}").format(title))
        self.remove_button.clicked.connect(self.remove)
        self._keep = push(self.tr("Keep the old one"), f"{name}Keep", role="link")
        self._keep.clicked.connect(self.clear)
        self._note = label(hint, "small")
        self._note.setWordWrap(True)
        self._error = label("", "small")
        self._error.setObjectName(f"{name}Error")
        self._error.setWordWrap(True)
        set_look(self._error, "tone", "danger")
        self._lay_out()
        self._fit()

    @property
    def typed(self) -> str:
        """The new secret, not saved yet; empty: none."""
        return self.edit.text().strip()

    @property
    def is_there(self) -> bool:
        """Whether there is a secret, saved or typed."""
        return bool(self.typed) or (self._place is not SecretPlace.ABSENT and not self.is_removed)

    def show_place(self, place: SecretPlace, variable: str) -> None:
        """Say where the secret is; the environment calls it `variable`. What was typed is gone."""
        self._place, self._variable = place, variable
        self.clear()

    def clear(self) -> None:
        """Drop what was typed."""
        # Not clear(): that could be undone, and would bring a saved secret back.
        self.edit.setText("")
        self._is_replacing = self.is_removed = False
        self.show_error("")
        self._fit()
        self.changed.emit()

    def remove(self) -> None:
        """Forget the secret with the next save."""
        self.edit.setText("")
        self._is_replacing, self.is_removed = False, True
        self._fit()
        self._keep.setFocus()
        self.changed.emit()

    def replace(self) -> None:
        """Offer an empty line for a new secret, and put the cursor there."""
        self._is_replacing, self.is_removed = True, False
        self._fit()
        self.edit.setFocus()

    def take(self, secret: str) -> None:
        """Put a new secret in, as if typed."""
        self._is_replacing, self.is_removed = True, False
        self.edit.setText(secret)
        self._fit()
        self.changed.emit()

    @property
    def error(self) -> str:
        """What is wrong; empty: nothing."""
        return self._error.text()

    def show_error(self, text: str) -> None:
        """Say what is wrong with the secret."""
        self._error.setText(text[:1].upper() + text[1:])
        self._error.setVisible(bool(text))
        set_look(self.edit, "wrong", "yes" if text else "")
        self.edit.setAccessibleDescription(text or self._note.text())

    def focus(self) -> None:
        """Put the focus where a secret can be given."""
        if self._place is SecretPlace.ENVIRONMENT:
            self.setFocus()
        else:
            self.replace()

    def _fit(self) -> None:
        is_typing = self._is_replacing or self._place is SecretPlace.ABSENT
        self.edit.setVisible(is_typing)
        self._dots.setVisible(not is_typing and not self.is_removed)
        self.replace_button.setVisible(not is_typing and not self.is_removed)
        is_ours = self._place in (SecretPlace.KEY_STORE, SecretPlace.THIS_RUN)
        self.remove_button.setVisible(
            self._can_be_removed and is_ours and not is_typing and not self.is_removed
        )
        self.replace_button.setEnabled(self._place is not SecretPlace.ENVIRONMENT)
        has_old = self._place is not SecretPlace.ABSENT
        self._keep.setVisible((is_typing or self.is_removed) and has_old)
        words = {
            SecretPlace.ABSENT: self._hint,
            SecretPlace.KEY_STORE: self.tr("In the system's key store. It is never shown again."),
            SecretPlace.THIS_RUN: self.tr("Kept until the program ends: this computer has no key store."),
            SecretPlace.ENVIRONMENT: self.tr("Set by {0} in the environment. Change it there.").format(
                self._variable
            ),
        }
        self._note.setText(
            self.tr("It is forgotten when you save.") if self.is_removed else words[self._place]
        )
        self._note.setVisible(bool(self._note.text()))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        title = label(self.title, "fieldTitle")
        title.setBuddy(self.edit)
        column.addWidget(title)
        column.addLayout(FlowRow(self.edit, self._dots, self.replace_button, self.remove_button, self._keep))
        column.addWidget(self._error)
        column.addWidget(self._note)
        self._error.hide()
