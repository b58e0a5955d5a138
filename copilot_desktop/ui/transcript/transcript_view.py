"""TranscriptView: the live transcript with its find field, its state, and the way back to now."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSettings, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from copilot_desktop.calls.transcript import Utterance
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.transcript.transcript_aloud import TurnsAloud
from copilot_desktop.ui.transcript.transcript_hearing import Heard
from copilot_desktop.ui.transcript.transcript_list import TranscriptList
from copilot_desktop.ui.transcript.transcript_menu import TurnMenu
from copilot_desktop.ui.transcript.transcript_model import TranscriptModel
from copilot_desktop.ui.widgets.theme import Theme, label, set_look

_TICK_MS = 500
_LEAST_PX = 60
"""Of the words, where room is scarce: the newest line at the largest text."""


class TranscriptView(QWidget):
    """Shows one `TranscriptModel`. With a `bridge` a turn can be bookmarked; with `preferences`, read out."""

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        is_live: bool = True,
        bridge: Bridge | None = None,
        preferences: QSettings | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("transcriptPane")
        self._model = TranscriptModel()
        self._bridge = bridge
        self._unseen = 0
        self._is_live, self._is_compact = is_live, False
        self.list = TranscriptList(theme, self)
        self.list.setObjectName("transcriptView")
        self.list.setAccessibleName(self.tr("Transcript"))
        self.list.following_changed.connect(self._show_jump)
        self.menu = TurnMenu(theme, self.list)
        self.menu.bookmark = self._bookmark if bridge is not None else None
        self._aloud = TurnsAloud(self.list, preferences) if preferences is not None else None
        self._ticks = QTimer(self)
        self._ticks.setInterval(_TICK_MS)
        self._ticks.timeout.connect(self._show_state)
        self._build_find()
        self._build_jump(theme)
        self._build_state()
        self._lay_out()
        self.list.installEventFilter(self)
        self.list.setModel(self._model)
        self._watch(self._model)
        self._show_jump(True)
        self._show_state()

    def show_transcript(self, model: TranscriptModel) -> None:
        """Show another call's words."""
        if self._model is model:
            return
        self._model.rowsInserted.disconnect(self._count_unseen)
        self._model.stood.disconnect(self._tell)
        self._model.state_moved.disconnect(self._show_state)
        self._model = model
        self.list.setModel(model)
        self._watch(model)
        self._show_jump(True)
        self._show_state()

    def show_compact(self, is_compact: bool) -> None:
        """Leave the words all the room: heading and find field come only for a search."""
        self._is_compact = is_compact
        self._head.setVisible(not is_compact or bool(self.find_field.text()))
        self.list.setMinimumHeight(_LEAST_PX if is_compact else 0)

    def start_find(self) -> None:
        """Put the cursor into the find field."""
        self._head.show()
        self.find_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.find_field.selectAll()

    def jump_to_now(self) -> None:
        """Go to the newest words and follow them."""
        self.list.follow()

    def show_moment(self, at_ms: int) -> None:
        """Go to what was said at `at_ms` of the call, or last before it."""
        row = self._model.row_before(at_ms)
        if row >= 0:
            self.list.show_row(row)

    def show_playing(self, at_ms: int | None) -> None:
        """Mark what was said at that moment of the call, and keep it in sight; None: nothing is playing."""
        row = self._model.row_before(at_ms) if at_ms is not None else -1
        if row != self.list.turns.playing_row:
            self.list.turns.playing_row = row
            self.list.viewport().update()
            if row >= 0:
                self.list.scrollTo(self._model.index(row, 0))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._place_jump()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape and self.find_field.hasFocus():
            self.find_field.clear()
            self.list.setFocus()
            self.show_compact(self._is_compact)
            return
        super().keyPressEvent(event)

    # Building.

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

    def _build_state(self) -> None:
        self.state_line = label("", "small")
        self.state_line.setObjectName("transcriptState")
        self.state_line.setWordWrap(True)
        self.state_line.hide()
        self.again_button = QPushButton(self.tr("Reconnect"))
        self.again_button.setObjectName("transcriptReconnect")
        self.again_button.setAccessibleName(self.tr("Reconnect the transcript now"))
        self.again_button.setProperty("look", "slim")
        self.again_button.setAutoDefault(False)
        self.again_button.clicked.connect(self._transcribe_again)
        self.again_button.hide()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self.list, 1)
        self._foot = QWidget()
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(16, 2, 16, 8)
        foot.setSpacing(12)
        foot.addWidget(self.state_line, 1)
        foot.addWidget(self.again_button, 0, Qt.AlignmentFlag.AlignRight)
        self._foot.hide()
        column.addWidget(self._foot)

    # What comes in.

    def _watch(self, model: TranscriptModel) -> None:
        model.rowsInserted.connect(self._count_unseen)
        model.stood.connect(self._tell)
        model.state_moved.connect(self._show_state)

    def _tell(self, turn: Utterance) -> None:
        if self._aloud is not None:
            self._aloud.tell(turn)

    def _bookmark(self, words: str) -> None:
        if self._bridge is not None and self._model.call_id is not None:
            self._bridge.bookmark(self._model.call_id, words)

    def _transcribe_again(self) -> None:
        if self._bridge is not None and self._model.call_id is not None:
            self._bridge.transcribe_again(self._model.call_id)

    def _show_state(self) -> None:
        """Say how the words come in: in the middle while there are none, else under them."""
        hearing = self._model.hearing
        words, is_empty = hearing.words() if self._is_live else "", not self._model.rowCount()
        here = self.tr("Words appear here when someone speaks.")
        nothing = here if self._is_live else self.tr("No words were understood in this call.")
        self.list.show_empty(words or nothing)
        self.list.setAccessibleDescription((words or nothing) if is_empty else words)
        self.list.show_greyed(self._is_live and hearing.is_on_hold)
        self.state_line.setText(words)
        is_worry = hearing.state() in (Heard.STOPPED, Heard.NEVER)
        set_look(self.state_line, "tone", "warning" if is_worry else "muted")
        says, offers = bool(words) and not is_empty, bool(words) and is_worry and self._bridge is not None
        self.state_line.setVisible(says)
        self.again_button.setVisible(offers)
        self._foot.setVisible(says or offers)
        if self._is_live and hearing.is_moving:
            self._ticks.start()
        else:
            self._ticks.stop()

    # The way back to now.

    def _count_unseen(self, _parent: object, first: int, last: int) -> None:
        if not self.list.is_following:
            self._unseen += last - first + 1
            self._show_jump(False)
        if self._model.rowCount() == last - first + 1:
            self._show_state()

    def _show_jump(self, is_following: bool) -> None:
        if is_following:
            self._unseen = 0
        text = self.tr("Jump to now")
        if self._unseen:
            text = (
                self.tr("1 new line") if self._unseen == 1 else self.tr("{0} new lines").format(self._unseen)
            )
        self.jump_button.setText(text)
        self.jump_button.setAccessibleName(self.tr("{0}, Ctrl+End").format(text))
        # In a report there is no now, and the button would lie over words.
        self.jump_button.setVisible(self._is_live and not is_following)
        self._place_jump()

    def _place_jump(self) -> None:
        self.jump_button.adjustSize()
        x = self.list.width() - self.jump_button.width() - 24
        self.jump_button.move(x, self.list.height() - self.jump_button.height() - 16)

    # Finding.

    def _search(self) -> None:
        words = self.find_field.text().strip()
        self.list.turns.search = words
        hits = self._model.rows_with(words) if words else []
        found = self.tr("1 turn") if len(hits) == 1 else self.tr("{0} turns").format(len(hits))
        self._hits.setText(found if words else "")
        if hits:
            self.list.show_row(hits[-1])
        self.list.viewport().update()

    def _next_hit(self) -> None:
        words, current = self.find_field.text().strip(), self.list.currentIndex().row()
        hits = self._model.rows_with(words) if words else []
        if hits:
            before = [row for row in hits if row < current]
            self.list.show_row(before[-1] if before else hits[-1])
