"""ObjectionBox: "I disagree", or "Answer it myself", and what the agent answers, with the reason."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from copilot_desktop.report.judgement import CriterionAnswer

_MOST_LETTERS = 500


class ObjectionBox(QWidget):
    """Closed it is one button. `objected` carries the answer's id and the reason."""

    objected = Signal(str, str)

    def __init__(self, answer: CriterionAnswer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"objection_{answer.id}")
        self._answer = answer
        words = self.tr("I disagree…") if answer.answer else self.tr("Answer it myself…")
        self.open_button = QPushButton(words)
        self.open_button.setObjectName(f"disagree_{answer.id}")
        self.open_button.setAccessibleName(f"{words.rstrip('…')}: {answer.title}")
        self.open_button.setProperty("look", "slim")
        self.open_button.clicked.connect(self.open)
        first = QHBoxLayout()
        first.addWidget(self.open_button)
        first.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(6)
        column.addLayout(first)
        self._editor: QWidget | None = None
        self.choice = QComboBox()
        self.reason = QLineEdit()

    def open(self) -> None:
        """Show the fields."""
        if self._editor is None:
            self._editor = self._make_editor()
            layout = self.layout()
            assert layout is not None
            layout.addWidget(self._editor)
        self.open_button.hide()
        self._editor.show()
        self.choice.setFocus()

    def close_editor(self) -> None:
        """Change nothing."""
        if self._editor is not None:
            self._editor.hide()
        self.open_button.show()
        self.open_button.setFocus()

    def _make_editor(self) -> QWidget:
        answer = self._answer
        self.choice.setObjectName(f"newAnswer_{answer.id}")
        self.choice.setAccessibleName(self.tr("Your answer: {0}").format(answer.title))
        for id, words in answer.options:
            if id != answer.answer:
                self.choice.addItem(words, id)
        self.reason.setObjectName(f"reason_{answer.id}")
        self.reason.setAccessibleName(self.tr("Your reason: {0}").format(answer.title))
        self.reason.setPlaceholderText(self.tr("Why? Kept with your answer."))
        self.reason.setMaxLength(_MOST_LETTERS)
        self.reason.returnPressed.connect(self._save)
        save = self._button(self.tr("Save my answer"), f"saveAnswer_{answer.id}")
        save.clicked.connect(self._save)
        cancel = self._button(self.tr("Cancel"), f"cancelAnswer_{answer.id}")
        cancel.clicked.connect(self.close_editor)
        buttons = QHBoxLayout()
        buttons.addWidget(save)
        buttons.addWidget(cancel)
        buttons.addStretch(1)
        editor = QWidget()
        column = QVBoxLayout(editor)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.choice)
        column.addWidget(self.reason)
        column.addLayout(buttons)
        return editor

    def _button(self, words: str, name: str) -> QPushButton:
        button = QPushButton(words)
        button.setObjectName(name)
        button.setAccessibleName(f"{words}: {self._answer.title}")
        button.setProperty("look", "slim")
        return button

    def _save(self) -> None:
        if self.choice.currentIndex() >= 0:
            self.objected.emit(str(self.choice.currentData()), self.reason.text().strip())
