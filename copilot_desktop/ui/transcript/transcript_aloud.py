"""TurnsAloud: has a screen reader say finished turns, if that is wished: it talks while the caller does."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject, QSettings

from copilot_desktop.calls.events import Party
from copilot_desktop.calls.transcript import Utterance
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.wording import party_name

KEY = "transcript/read_aloud"


class Aloud(StrEnum):
    """Whose turns are read out by themselves."""

    NOBODY = "off"
    CALLER = "caller"
    EVERYBODY = "everything"

    @classmethod
    def load(cls, preferences: QSettings) -> Aloud:
        """Return what was chosen."""
        try:
            return cls(str(preferences.value(KEY, cls.NOBODY.value)))
        except ValueError:
            return cls.NOBODY

    def save(self, preferences: QSettings) -> None:
        """Keep it."""
        preferences.setValue(KEY, self.value)


class TurnsAloud(QObject):
    """Speaks for `source`; looks at `preferences` each time, so that a change holds at once."""

    def __init__(self, source: QObject, preferences: QSettings) -> None:
        super().__init__(source)
        self._source, self._preferences = source, preferences

    def tell(self, turn: Utterance) -> None:
        """Have a turn said whose words stand now, if it is wished."""
        wish = Aloud.load(self._preferences)
        if not turn.text or wish is Aloud.NOBODY or (wish is Aloud.CALLER and turn.party is not Party.CALLER):
            return
        announce(self._source, f"{party_name(turn.party)}: {turn.text}")
