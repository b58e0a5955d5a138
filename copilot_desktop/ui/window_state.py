"""WindowState: where the main window stands and how its pages are divided, from one start to the next."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject, QPoint, QRect, QSettings, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHeaderView, QMainWindow

_PLACE = "window/geometry"
_HISTORY = "window/history_columns_7"
_GRIP_PX, _HEAD_PX = 120, 32
"""So much of the window's head must be on a screen, or nobody could drag it back."""


class WindowState(QObject):
    """Keeps `window` and the columns of `history` in `preferences`. Text size and theme are the theme's."""

    def __init__(self, window: QMainWindow, history: QHeaderView, preferences: QSettings) -> None:
        super().__init__(window)
        self._window, self._history, self._preferences = window, history, preferences
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.screenRemoved.connect(self._screen_gone)

    def restore(self) -> None:
        """Put all as it was when it was last remembered; on screens that are there."""
        place = self._preferences.value(_PLACE)
        if isinstance(place, QByteArray):
            self._window.restoreGeometry(place)
        columns = self._preferences.value(_HISTORY)
        if isinstance(columns, QByteArray):
            self._history.restoreState(columns)
        self.keep_on_screen()

    def remember(self) -> None:
        """Keep how all is now."""
        self._preferences.setValue(_PLACE, self._window.saveGeometry())
        self._preferences.setValue(_HISTORY, self._history.saveState())

    def _screen_gone(self) -> None:
        # Qt and the desktop move the window first, if they do.
        QTimer.singleShot(0, self, self.keep_on_screen)

    def keep_on_screen(self) -> None:
        """Move the window to a screen that is there, if its own is gone."""
        window = self._window
        rooms = [screen.availableGeometry() for screen in QGuiApplication.screens()]
        # With all screens off the desktop places the window itself when one is back.
        if not rooms or _shows_head(window.geometry(), rooms):
            return
        room = QGuiApplication.primaryScreen().availableGeometry()
        size = window.size().boundedTo(room.size()).expandedTo(window.minimumSize())
        window.resize(size)
        middle = room.center() - QPoint(size.width() // 2, size.height() // 2)
        window.move(max(middle.x(), room.left()), max(middle.y(), room.top()))


def _shows_head(window: QRect, rooms: list[QRect]) -> bool:
    head = QRect(window.left(), window.top(), window.width(), _HEAD_PX)
    seen = [room.intersected(head) for room in rooms]
    return any(each.width() >= _GRIP_PX and each.height() >= _HEAD_PX // 2 for each in seen)
