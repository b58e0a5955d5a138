"""SystemMotion: whether the person has asked their system for less movement on the screen.

Qt does not tell, so each system is asked in its own way. One that cannot be asked does not wish for less.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

log = logging.getLogger("copilot.ui")

_PORTAL = (
    "org.freedesktop.portal.Desktop",
    "/org/freedesktop/portal/desktop",
    "org.freedesktop.portal.Settings",
)
_WISHES: Mapping[tuple[str, str], Callable[[object], bool]] = {
    ("org.freedesktop.appearance", "reduced-motion"): lambda value: value == 1,
    ("org.gnome.desktop.interface", "enable-animations"): lambda value: value is False,
}
"""Where a Linux desktop keeps it: the common place, and GNOME's own, which is older."""
_LIMIT_MS = 2000
_SPI_GETCLIENTAREAANIMATION = 0x1042


class SystemMotion(QObject):
    """`is_reduced` is looked up anew whenever the program comes to the front, as it is set elsewhere."""

    changed = Signal()
    answered = Signal()
    """The system has told, whether that changed anything or not."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_reduced = False
        self._asked: dict[tuple[str, str], bool] = {}
        self._calls: list[QObject] = []

    def begin(self) -> None:
        """Ask, and ask again from time to time. Not before the window shows: it loads a library."""
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.applicationStateChanged.connect(self._state_changed)
        self.look()

    def look(self) -> None:
        """Ask now. On Linux the answer comes later."""
        if sys.platform == "win32":
            self._take(_windows_reduces())
        elif sys.platform == "darwin":
            self._take(_mac_reduces())
        elif _has_session_bus():
            self._ask_portal()

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self.look()

    def _take(self, is_reduced: bool) -> None:
        if is_reduced is not self.is_reduced:
            self.is_reduced = is_reduced
            self.changed.emit()
        self.answered.emit()

    def _ask_portal(self) -> None:
        from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher

        if self._calls:
            return
        for wish in _WISHES:
            question = QDBusMessage.createMethodCall(*_PORTAL, "Read")
            question.setArguments(list(wish))
            watcher = QDBusPendingCallWatcher(
                QDBusConnection.sessionBus().asyncCall(question, _LIMIT_MS), self
            )
            self._calls.append(watcher)
            watcher.finished.connect(lambda done, wish=wish: self._answered(done, wish))

    def _answered(self, watcher: QObject, wish: tuple[str, str]) -> None:
        from PySide6.QtDBus import QDBusMessage, QDBusPendingCallWatcher

        assert isinstance(watcher, QDBusPendingCallWatcher)
        answer = watcher.reply()
        if answer.type() is QDBusMessage.MessageType.ReplyMessage and answer.arguments():
            self._asked[wish] = _WISHES[wish](_plain(answer.arguments()[0]))
        else:
            self._asked.pop(wish, None)
        self._calls = [each for each in self._calls if each is not watcher]
        watcher.deleteLater()
        if not self._calls:
            self._take(any(self._asked.values()))


def _plain(value: object) -> object:
    """Return what is inside a variant, however often it is wrapped."""
    while hasattr(value, "variant"):
        value = value.variant()
    return value


def _has_session_bus() -> bool:
    """Whether there is a bus to ask: without one, looking for it would start programs."""
    if os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return True
    folder = os.environ.get("XDG_RUNTIME_DIR")
    return bool(folder) and (Path(str(folder)) / "bus").exists()


def _windows_reduces() -> bool:
    """Settings ▸ Accessibility ▸ Visual effects ▸ Animation effects."""
    import ctypes

    is_animated = ctypes.c_int(1)
    try:
        user = ctypes.windll.user32  # type: ignore[attr-defined,unused-ignore]
        user.SystemParametersInfoW(_SPI_GETCLIENTAREAANIMATION, 0, ctypes.byref(is_animated), 0)
    except (AttributeError, OSError):
        log.info("the system does not tell about movement")
    return not is_animated.value


def _mac_reduces() -> bool:
    """System Settings ▸ Accessibility ▸ Display ▸ Reduce motion."""
    import ctypes.util

    try:
        objc = ctypes.CDLL(ctypes.util.find_library("objc") or "libobjc.dylib")
        objc.objc_getClass.restype = objc.sel_registerName.restype = ctypes.c_void_p
        objc.objc_getClass.argtypes = objc.sel_registerName.argtypes = [ctypes.c_char_p]
        send = ctypes.cast(objc.objc_msgSend, ctypes.c_void_p).value or 0
        to_object = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(send)
        to_bool = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p)(send)
        workspace = to_object(objc.objc_getClass(b"NSWorkspace"), objc.sel_registerName(b"sharedWorkspace"))
        return bool(to_bool(workspace, objc.sel_registerName(b"accessibilityDisplayShouldReduceMotion")))
    except (AttributeError, OSError):
        log.info("the system does not tell about movement")
        return False
