"""TranscriptView: the live transcript with its find field and the way back to now."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from copilot_desktop.ui.theme import Theme, label
from copilot_desktop.ui.transcript_list import TranscriptList
from copilot_desktop.ui.transcript_model import TranscriptModel


class TranscriptView(QWidget):
    """Shows one `TranscriptModel`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, is_live: bool = True) -> None:
        super().__init__(parent)
        self.setObjectName("transcriptPane")
        self._model = TranscriptModel()
        self._unseen = 0
        self._is_live = is_live
        self.list = TranscriptList(theme, self.tr("Words appear here when someone speaks."), self)
        self.list.setObjectName("transcriptView")
        self.list.setAccessibleName(self.tr("Transcript"))
        self.list.following_changed.connect(self._show_jump)
        self._build_find()
        self._build_jump(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self.list, 1)
        self.list.installEventFilter(self)
        self.list.setModel(self._model)
        self._model.rowsInserted.connect(self._count_unseen)
        self._show_jump(True)

    def show_transcript(self, model: TranscriptModel) -> None:
        """Show another call's words."""
        if self._model is model:
            return
        self._model.rowsInserted.disconnect(self._count_unseen)
        self._model = model
        self.list.setModel(model)
        model.rowsInserted.connect(self._count_unseen)
        self._show_jump(True)

    def start_find(self) -> None:
        """Put the cursor into the find field."""
        self.find_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.find_field.selectAll()

    def jump_to_now(self) -> None:
        """Go to the newest words and follow them."""
        self.list.follow()

    def show_moment(self, at_ms: int) -> None:
        """Go to what was said at `at_ms` of the call, or last before it."""
        rows = range(self._model.rowCount())
        before = [row for row in rows if self._model.utterance(row).start_ms <= at_ms]
        if before:
            self.list.show_row(before[-1])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._place_jump()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape and self.find_field.hasFocus():
            self.find_field.clear()
            self.list.setFocus()
            return
        super().keyPressEvent(event)

    def _build_find(self) -> None:
        self._head = QWidget()
        row = QHBoxLayout(self._head)
        row.setContentsMargins(16, 8, 16, 8)
        row.addWidget(label(self.tr("Transcript"), "heading"))
        row.addStretch(1)
        self._hits = QLabel("")
        self._hits.setProperty("look", "muted")
        row.addWidget(self._hits)
        self.find_field = QLineEdit()
        self.find_field.setObjectName("transcriptFind")
        self.find_field.setAccessibleName(self.tr("Find in transcript, Ctrl+F"))
        self.find_field.setPlaceholderText(self.tr("Find  Ctrl+F"))
        self.find_field.setClearButtonEnabled(True)
        self.find_field.setMaximumWidth(200)
        self.find_field.textChanged.connect(self._search)
        self.find_field.returnPressed.connect(self._next_hit)
        row.addWidget(self.find_field)

    def _build_jump(self, theme: Theme) -> None:
        self.jump_button = QPushButton(self.list)
        self.jump_button.setObjectName("jumpToNow")
        self.jump_button.setProperty("look", "floating")
        theme.set_icon(self.jump_button, "down")
        self.jump_button.clicked.connect(self.jump_to_now)

    def _count_unseen(self, _parent: object, first: int, last: int) -> None:
        if not self.list.is_following:
            self._unseen += last - first + 1
            self._show_jump(False)

    def _show_jump(self, is_following: bool) -> None:
        if is_following:
            self._unseen = 0
        text = self.tr("Jump to now") if self._is_live else self.tr("To the end")
        if self._unseen:
            text = (
                self.tr("1 new line") if self._unseen == 1 else self.tr("{0} new lines").format(self._unseen)
            )
        self.jump_button.setText(text)
        self.jump_button.setAccessibleName(self.tr("{0}, Ctrl+End").format(text))
        self.jump_button.setVisible(not is_following)
        self._place_jump()

    def _place_jump(self) -> None:
        self.jump_button.adjustSize()
        x = self.list.width() - self.jump_button.width() - 24
        self.jump_button.move(x, self.list.height() - self.jump_button.height() - 16)

    def _matching_rows(self) -> list[int]:
        words = self.find_field.text().strip().lower()
        if not words:
            return []
        rows = range(self._model.rowCount())
        return [row for row in rows if words in self._model.utterance(row).text.lower()]

    def _search(self) -> None:
        self.list.turns.search = self.find_field.text().strip()
        hits = self._matching_rows()
        found = self.tr("1 turn") if len(hits) == 1 else self.tr("{0} turns").format(len(hits))
        self._hits.setText(found if self.list.turns.search else "")
        if hits:
            self.list.show_row(hits[-1])
        self.list.viewport().update()

    def _next_hit(self) -> None:
        hits, current = self._matching_rows(), self.list.currentIndex().row()
        if hits:
            before = [row for row in hits if row < current]
            self.list.show_row(before[-1] if before else hits[-1])
