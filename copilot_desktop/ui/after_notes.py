"""AfterNotes: what calls leave behind: one broken off, what they have cost, a disk that fills."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QLocale, QObject, QTime, Signal

from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.strip import Strip

_AI_PAGE, _ABOUT_PAGE, _PRIVACY_PAGE = "ai", "about", "privacy"
_LOW_BYTES, _ENOUGH_BYTES = 2_000_000_000, 2_500_000_000
"""Told below the first; told again only after there was as much as the second."""


class AfterNotes(QObject):
    """Tells it in `strip`. `report_asked` carries a call, `page_asked` a page of the settings."""

    report_asked = Signal(str)
    page_asked = Signal(str)

    def __init__(self, strip: Strip) -> None:
        super().__init__(strip)
        self._strip = strip
        self._told_month: tuple[int, int] | None = None
        """Of which month it was said that the budget is used up."""
        self._is_disk_low = False

    def interrupted(self, call_id: str, ended_at: datetime) -> None:
        """The program stopped in the middle of a call; `ended_at` in local time."""
        time = QTime(ended_at.hour, ended_at.minute)
        self._tell(
            self.tr("The last call was interrupted"),
            self.tr(
                "It ended at {0} because the program stopped. "
                "Recording and notes up to that second are saved."
            ).format(QLocale().toString(time, QLocale.FormatType.ShortFormat)),
            (self.tr("Open the report"), lambda: self.report_asked.emit(call_id)),
            (self.tr("Save a problem report"), lambda: self.page_asked.emit(_ABOUT_PAGE)),
        )

    def stopped_badly(self) -> None:
        """The program ended last time without being asked to, between calls."""
        self._tell(
            self.tr("The program stopped unexpectedly last time"),
            self.tr("No call was running. A problem report says where; you see it before it is saved."),
            (self.tr("Make a problem report"), lambda: self.page_asked.emit(_ABOUT_PAGE)),
            (self.tr("Not now"), lambda: None),
        )

    def look_at_costs(self, spent_usd: float, budget_usd: float, today: datetime) -> None:
        """Say once a month that more was spent than the owner wished; a budget of 0 is none."""
        month = today.year, today.month
        if not 0 < budget_usd <= spent_usd or month == self._told_month:
            return
        self._told_month = month
        self._tell(
            self.tr("This month's AI budget is used up"),
            self.tr("About {0} $ of {1} $ are spent. Calls go on as before.").format(
                QLocale().toString(spent_usd, "f", 2), QLocale().toString(budget_usd, "f", 2)
            ),
            (self.tr("See the costs"), lambda: self.page_asked.emit(_AI_PAGE)),
        )

    def look_at_disk(self, free_bytes: int) -> None:
        """Say once that the disk with the recordings is nearly full."""
        if free_bytes >= _LOW_BYTES:
            self._is_disk_low = self._is_disk_low and free_bytes < _ENOUGH_BYTES
            return
        if self._is_disk_low:
            return
        self._is_disk_low = True
        free = QLocale().formattedDataSize(free_bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
        self._tell(
            self.tr("Only {0} left on this computer").format(free),
            self.tr("Recording needs 1–2 MB a minute. Calls go on; without room they are not kept."),
            (self.tr("Free up space…"), lambda: self.page_asked.emit(_PRIVACY_PAGE)),
            (self.tr("Stop recording…"), lambda: self.page_asked.emit(_PRIVACY_PAGE)),
        )

    def _tell(self, title: str, text: str, *deeds: tuple[str, Callable[[], object]]) -> None:
        self._strip.tell(title, text, buttons=deeds)
        announce(self._strip, f"{title}. {text}")
