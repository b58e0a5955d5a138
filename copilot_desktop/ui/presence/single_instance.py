"""SingleInstance: one window per data folder; whoever comes second has the first one's window shown."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

log = logging.getLogger("copilot.ui")

_LOCK = "window.lock"
_SHOW = b"show yourself"
_SHOWN = b"shown"
_TRY_S = 0.05
_READ_MS = 2000
_MOST_BYTES = 512
_MOST_GUESTS = 8
_TOKEN = "XDG_ACTIVATION_TOKEN"


class Claim(StrEnum):
    """Who may open the window of a data folder."""

    FIRST = "first"
    """This process."""
    SHOWN = "shown"
    """Another one does, and has been brought to the front."""
    SILENT = "silent"
    """Another one does, and does not answer."""


class SingleInstance(QObject):
    """`claim` before anything is built, `listen` once the window is there, `release` at the end.

    `show_asked`: another start wants this window seen.
    """

    show_asked = Signal()

    def __init__(self, data_dir: Path) -> None:
        super().__init__()
        # The folder's own name, however it was written: two ways to one folder are one window.
        digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:24]
        self._name = f"ai-call-copilot-{digest}"
        self._lock = QLockFile(str(data_dir / _LOCK))
        # Never by age: a window may be open for weeks.
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None
        self._guests: set[QLocalSocket] = set()

    def claim(self, wait_s: float = 5.0) -> Claim:
        """Become the one, or have the other show itself. Blocks, for `wait_s` if the other is silent."""
        if self._take_lock():
            return Claim.FIRST
        until_s = time.monotonic() + wait_s
        while True:
            left_s = until_s - time.monotonic()
            if self._ask(max(left_s, _TRY_S)):
                return Claim.SHOWN
            # It has ended meanwhile, or it was killed and another process has its number by now.
            if self._take_lock() or (self._lock.removeStaleLockFile() and self._take_lock()):
                return Claim.FIRST
            if left_s <= 0:
                return Claim.SILENT
            # The other may have begun a moment ago, and not listen yet.
            time.sleep(_TRY_S)

    def listen(self) -> None:
        """Answer those who come later. Without a socket it goes on, and they are told that we are silent."""
        # Imported here because no window waits for it.
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.setMaxPendingConnections(_MOST_GUESTS)
        server.newConnection.connect(self._welcome)
        # What a killed one has left behind; the lock says that nobody uses it.
        QLocalServer.removeServer(self._name)
        if not server.listen(self._name):
            log.warning("other starts cannot find this window: %s", server.errorString())
        self._server = server

    def close_door(self) -> None:
        """The end has begun: whoever comes now waits for it and then opens a window of its own."""
        for guest in tuple(self._guests):
            guest.abort()
        if self._server is not None:
            self._server.close()
            self._server = None

    def release(self) -> None:
        """Make room for the next one. Safe twice."""
        self.close_door()
        self._lock.unlock()

    def _take_lock(self) -> bool:
        if self._lock.tryLock(0):
            return True
        if self._lock.error() is QLockFile.LockError.LockFailedError:
            return False
        # No lock can be had in this folder at all; the history says what is wrong with it.
        log.warning("the window's lock file cannot be written")
        return True

    # The second one.

    def _ask(self, wait_s: float) -> bool:
        """Ask the first one to show itself; True when it has."""
        from PySide6.QtNetwork import QLocalSocket

        wait_ms = max(1, int(wait_s * 1000))
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(wait_ms):
            return False
        _let_it_come_forward()
        token = os.environ.get(_TOKEN, "").encode()[: _MOST_BYTES // 2]
        socket.write(_SHOW + b"\t" + token + b"\n")
        is_shown = socket.waitForReadyRead(wait_ms) and bytes(socket.readLine().data()).strip() == _SHOWN
        socket.abort()
        return is_shown

    # The first one.

    def _welcome(self) -> None:
        while self._server is not None and self._server.hasPendingConnections():
            guest = self._server.nextPendingConnection()
            if len(self._guests) >= _MOST_GUESTS:
                guest.abort()
                guest.deleteLater()
                continue
            self._guests.add(guest)
            guest.setReadBufferSize(_MOST_BYTES)
            guest.readyRead.connect(lambda guest=guest: self._read(guest))
            guest.disconnected.connect(lambda guest=guest: self._leave(guest))
            QTimer.singleShot(_READ_MS, guest, guest.abort)
            self._read(guest)

    def _read(self, guest: QLocalSocket) -> None:
        if not guest.canReadLine():
            if guest.bytesAvailable() >= _MOST_BYTES:
                guest.abort()
            return
        words, _, token = bytes(guest.readLine(_MOST_BYTES).data()).strip().partition(b"\t")
        if words != _SHOW:
            guest.abort()
            return
        if token:
            # Wayland lets a window come forward only with the right that the second start was given.
            os.environ[_TOKEN] = token.decode(errors="ignore")
        self.show_asked.emit()
        guest.write(_SHOWN + b"\n")
        guest.flush()
        guest.disconnectFromServer()

    def _leave(self, guest: QLocalSocket) -> None:
        self._guests.discard(guest)
        guest.deleteLater()


def _let_it_come_forward() -> None:
    """Windows lets another program's window come forward only with the leave of the one in front."""
    if sys.platform == "win32":
        import ctypes

        any_process = 0xFFFFFFFF
        ctypes.windll.user32.AllowSetForegroundWindow(any_process)
