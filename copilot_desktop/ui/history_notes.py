"""HistoryNotes: tells when calls cannot be kept, or not yet where they belong."""

from __future__ import annotations

from PySide6.QtCore import QObject

from copilot_desktop.calls.events import HistoryChanged
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.strip import Strip


class HistoryNotes(QObject):
    """Says it in `strip`, until it is over."""

    def __init__(self, bridge: Bridge, strip: Strip) -> None:
        super().__init__(strip)
        self._strip = strip
        bridge.history_changed.connect(self._changed)

    def _changed(self, fact: HistoryChanged) -> None:
        if fact.is_failing:
            title = self.tr("Calls are not being saved")
            text = self.tr("The disk may be full. Calls go on, but history and reports will have gaps.")
        elif fact.is_waiting:
            title = self.tr("The shared history cannot be reached")
            text = self.tr("Calls are kept on this computer until the server is back. Nothing is lost.")
        else:
            self._strip.dismiss()
            return
        self._strip.tell(title, text)
        announce(self._strip, f"{title}. {text}")
