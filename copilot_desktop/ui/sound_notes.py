"""SoundNotes: says in a strip which microphone or speaker came, went, or took over."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from copilot_desktop.ui.announce import announce
from copilot_desktop.ui.strip import Strip


class SoundNotes(QObject):
    """`page_asked` carries the page of the settings where devices are chosen."""

    page_asked = Signal(str)

    def __init__(self, strip: Strip) -> None:
        super().__init__(strip)
        self._strip = strip

    def gone(self, name: str, now: str, *, is_microphone: bool, is_in_call: bool) -> None:
        """`name` was unplugged; `now` is what is used instead, empty: nothing is left."""
        title = self.tr("{0} was removed").format(name)
        if now:
            text = self.tr("Using {0} now.").format(now)
            tone = "info"
        elif is_microphone:
            text = self.tr("We cannot find your microphone. Type, and the assistant's voice says your words.")
            tone = "danger" if is_in_call else "warning"
        else:
            text = self.tr("There is no other sound output. You do not hear callers.")
            tone = "danger" if is_in_call else "warning"
        self._tell(title, text, tone)

    def came(self, name: str, *, is_in_use: bool) -> None:
        """`name` was plugged in."""
        if is_in_use:
            self._tell(self.tr("{0} was plugged in").format(name), self.tr("It is used from now on."), "info")

    def _tell(self, title: str, text: str, tone: str) -> None:
        change = (self.tr("Change"), lambda: self.page_asked.emit("sound"))
        self._strip.tell(title, text, tone, (change,))
        announce(self._strip, f"{title}. {text}", is_urgent=tone == "danger")
