"""Tab order for what appears later: Qt puts a new control last of all, wherever it stands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def put_after(place: QWidget, stops: Sequence[QWidget]) -> None:
    """Let Tab reach `stops`, in this order, when it comes past `place`, which itself may take no focus."""
    before: QWidget | None = place
    # Qt leaves the order as it is if one of two neighbours takes no focus.
    while before is not None and (before.focusPolicy() is Qt.FocusPolicy.NoFocus or before in stops):
        before = before.previousInFocusChain()
        if before is place:
            return
    if before is not None:
        for one, next_one in zip((before, *stops), stops, strict=False):
            QWidget.setTabOrder(one, next_one)


def last_stop(inside: QWidget) -> QWidget | None:
    """Return the last control below `inside` that Tab reaches; None: there is none."""
    last, each = None, inside.nextInFocusChain()
    while each is not None and inside.isAncestorOf(each):
        if each.focusPolicy() is not Qt.FocusPolicy.NoFocus:
            last = each
        each = each.nextInFocusChain()
    return last
