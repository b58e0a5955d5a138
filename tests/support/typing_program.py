"""A process on a real display: a letter is typed while the phone rings. Prints JSON of what came of it."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.main_window import MainWindow
from copilot_desktop.ui.ringing.ring_tone import RingTone
from tests.support.fake_bridge_desk import FakeBridgeDesk, HandClock
from tests.support.fake_shell import RESOURCES, FakeShell

LETTER = "Dear Maria, here are the prices you asked for."
_RING_AT = 12


class _NoTone(RingTone):
    def prepare(self) -> None:
        return

    def start(self) -> None:
        return


def _pass_time(seconds: float) -> None:
    ends_s = time.monotonic() + seconds
    while time.monotonic() < ends_s:
        QApplication.processEvents()
        time.sleep(0.005)


def main(folder: Path) -> None:
    """Type, ring in the middle, type on."""
    app = QApplication([])
    clock = HandClock()
    desk = FakeBridgeDesk(clock)
    shell = FakeShell(folder, desk.facts)
    window = MainWindow(Bridge(desk, clock), shell, tone=_NoTone(RESOURCES / "sounds" / "ring.wav"))
    window.show()
    letter = QLineEdit()
    letter.show()
    letter.activateWindow()
    letter.setFocus()
    ends_s = time.monotonic() + 5
    while app.focusWidget() is not letter and time.monotonic() < ends_s:
        _pass_time(0.02)
    lost_at: list[int] = []
    for number, sign in enumerate(LETTER):
        if number == _RING_AT:
            desk.ring()
            _pass_time(0.4)
        focused = app.focusWidget()
        if focused is not letter:
            lost_at.append(number)
        if focused is not None:
            QTest.keyClicks(focused, sign)
    ringing = window.ringing
    found = {
        "letter": letter.text(),
        "lost_at": lost_at,
        "is_ringing_shown": ringing.isVisible() and ringing.windowHandle().isExposed(),
        "orders": desk.names(),
    }
    print(json.dumps(found))
    window.finish()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
