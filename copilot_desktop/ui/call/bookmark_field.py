"""BookmarkField: a word for the moment that was just marked. The mark stands already; the word may come."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QLineEdit, QWidget
from shiboken6 import isValid

from copilot_desktop.calls.agent_notes import MOST_MARK_WORDS
from copilot_desktop.calls.states import CallState
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.theme import Theme, label
from copilot_desktop.ui.widgets.wording import clock


class BookmarkField(QFrame):
    """Enter keeps the word, Escape leaves the bare mark, and the cursor goes back to where it was.

    A word that was begun is kept as well when the cursor leaves, the next mark is made or the call ends.
    `left` carries the widget that the cursor shall go back to.
    """

    left = Signal(QWidget)

    def __init__(self, theme: Theme, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bookmarkBox")
        self._bridge = bridge
        self._call: LiveCall | None = None
        self._moment_ms = 0
        self._came_from: QWidget | None = None
        icon = QLabel()
        theme.follow(self, lambda: icon.setPixmap(theme.pixmap("bookmark", "agent", 18)))
        self._title = label("", "guide")
        self.field = QLineEdit()
        self.field.setObjectName("bookmarkField")
        self.field.setMaxLength(MOST_MARK_WORDS)
        self.field.setPlaceholderText(self.tr("A word about it, if you like. Enter keeps it"))
        self.field.returnPressed.connect(self.keep)
        self.field.installEventFilter(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(8)
        row.addWidget(icon)
        row.addWidget(self._title)
        row.addWidget(self.field, 1)
        self.hide()

    def mark(self, call: LiveCall) -> None:
        """Mark this moment of `call`, at once, and offer to give it a word."""
        self.keep()
        known = set(call.bookmarks)
        if not self._bridge.bookmark(call.call_id):
            return
        new = [moment_ms for moment_ms in call.bookmarks if moment_ms not in known]
        if not new:
            return
        title = self.tr("Bookmark {0}").format(clock(new[0] / 1000))
        announce(self, title)
        parent = self.parentWidget()
        if parent is None or not parent.isVisible():
            return
        self._call, self._moment_ms = call, new[0]
        self._came_from = QApplication.focusWidget()
        self._title.setText(title)
        self.field.setAccessibleName(self.tr("{0}: a word about it, if you like").format(title))
        self.field.clear()
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_call(self, call: LiveCall | None) -> None:
        """Put away what belongs to another call, or to one that is over; a word that was begun is kept."""
        mine = self._call
        if mine is not None and (call is not mine or mine.state is CallState.ENDED):
            self.keep()

    def keep(self) -> None:
        """Give the moment the word that is typed, if there is one."""
        call, words = self._call, self.field.text().strip()
        self._close()
        if call is not None and words:
            self._bridge.bookmark(call.call_id, words, self._moment_ms)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self._close()
                return True
        elif event.type() is QEvent.Type.FocusOut and self.window().isActiveWindow():
            self.keep()
        return super().eventFilter(watched, event)

    def _close(self) -> None:
        # First: hiding takes the focus away, which comes back here.
        self._call = None
        came_from, self._came_from = self._came_from, None
        had_focus = self.field.hasFocus()
        self.field.clear()
        self.hide()
        if had_focus and came_from is not None and isValid(came_from):
            self.left.emit(came_from)
