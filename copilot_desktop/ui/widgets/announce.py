"""Announcements for screen readers: spoken at once, or when there is a pause."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent


def announce(source: QObject, text: str, *, is_urgent: bool = False) -> None:
    """Have `text` read out. Urgent ones interrupt: a ring, "you are live", the end of a call."""
    if not QAccessible.isActive():
        return
    event = QAccessibleAnnouncementEvent(source, text)
    assertive, polite = (
        QAccessible.AnnouncementPoliteness.Assertive,
        QAccessible.AnnouncementPoliteness.Polite,
    )
    event.setPoliteness(assertive if is_urgent else polite)
    QAccessible.updateAccessibility(event)
