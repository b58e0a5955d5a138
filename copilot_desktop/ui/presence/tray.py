"""TrayIcon: the state of the desk in the desktop's tray, and a menu with what is worth a click from there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from copilot_desktop.ui.live.glance import PROGRAM, Glance, Sign
from copilot_desktop.ui.presence.tray_signs import icon
from copilot_desktop.ui.widgets.actions import Actions

_SHOWN_MS = 6000
_CLICKS = (
    QSystemTrayIcon.ActivationReason.Trigger,
    QSystemTrayIcon.ActivationReason.DoubleClick,
    QSystemTrayIcon.ActivationReason.MiddleClick,
)


class TrayIcon(QObject):
    """Follows what `show` is given. Where the desktop has no tray nothing is seen, and `is_there` says so.

    `has_tray` is asked anew each time: panels start after programs, and may go.
    """

    show_asked = Signal()
    message_clicked = Signal()

    def __init__(
        self,
        actions: Actions,
        parent: QObject | None = None,
        has_tray: Callable[[], bool] = QSystemTrayIcon.isSystemTrayAvailable,
    ) -> None:
        super().__init__(parent)
        self._actions, self._has_tray = actions, has_tray
        self._icons: dict[Sign, QIcon] = {}
        self._now = Glance(Sign.NOT_READY, "")
        self._offered: tuple[str, ...] = ()
        self.system: QSystemTrayIcon | None = None
        """Qt's icon, once it was put up."""
        self.menu = QMenu()
        self.menu.setObjectName("trayMenu")
        self.menu.setAccessibleName(PROGRAM)
        self._state = self._own("trayState", "")
        self._state.setEnabled(False)
        self._show = self._own("trayShow", self.tr("Show window"))
        self._show.triggered.connect(self.show_asked)
        self.quit_action = actions["quit"]
        self.quit_action.setMenuRole(QAction.MenuRole.QuitRole)

    @property
    def is_there(self) -> bool:
        """Whether the agent can see it: a window that hides can be brought back from it."""
        return self.system is not None and self._has_tray()

    @property
    def sign(self) -> Sign:
        """What it shows."""
        return self._now.sign

    def put_up(self) -> None:
        """Show it from now on, if the desktop has a tray. Takes some milliseconds the first time."""
        # Where there is none, Qt's icon would do nothing but complain.
        if self.system is None and self._has_tray():
            self.system = QSystemTrayIcon(self)
            self.system.setContextMenu(self.menu)
            self.system.activated.connect(self._activated)
            self.system.messageClicked.connect(self.message_clicked)
            self._dress()
            self._offer()
            self.system.show()

    def take_down(self) -> None:
        """Remove it. Safe twice."""
        if self.system is not None:
            self.system.hide()
            self.system.deleteLater()
            self.system = None

    def show(self, now: Glance) -> None:
        """Show how the desk stands."""
        before, self._now = self._now, now
        if self.system is None:
            return
        if before != now:
            self._dress()
        self._offer()

    def tell(self, title: str, text: str) -> bool:
        """Have the desktop show a message for some seconds; False where there is no tray to say it."""
        if self.system is None or not self.is_there or not QSystemTrayIcon.supportsMessages():
            return False
        self.system.showMessage(title, text, self._icon(), _SHOWN_MS)
        return True

    def _own(self, name: str, text: str) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        return action

    def _dress(self) -> None:
        assert self.system is not None
        self.system.setIcon(self._icon())
        self.system.setToolTip(f"{PROGRAM}\n{self._now.whole}")
        self._state.setText(self._now.whole.replace("&", "&&"))
        self._state.setIcon(self._icon())

    def _icon(self) -> QIcon:
        sign = self._now.sign
        if sign not in self._icons:
            self._icons[sign] = icon(sign)
        return self._icons[sign]

    def _offer(self) -> None:
        """Fill the menu, if what can be done has changed."""
        wanted = ("answer", "answer_second", "decline", "take_over")
        offered = tuple(name for name in wanted if self._actions[name].isEnabled())
        if offered == self._offered and not self.menu.isEmpty():
            return
        self._offered = offered
        self.menu.clear()
        self.menu.addAction(self._state)
        self.menu.addSeparator()
        for name in offered:
            self.menu.addAction(self._actions[name])
        if offered:
            self.menu.addSeparator()
        for name in ("ready", "practice"):
            self.menu.addAction(self._actions[name])
        self.menu.addSeparator()
        self.menu.addAction(self._show)
        self.menu.addAction(self.quit_action)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in _CLICKS:
            self.show_asked.emit()
