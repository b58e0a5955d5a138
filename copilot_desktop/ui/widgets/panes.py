"""Panes: the parts of the window that F6 goes round."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QApplication, QWidget


class Panes:
    """`reveal` brings a pane to sight that lies behind a tab."""

    def __init__(self, panes: Sequence[QWidget], reveal: Callable[[QWidget], None]) -> None:
        self._panes, self._reveal = panes, reveal

    def move(self, step: int) -> None:
        """Put the focus into the next pane that is there, or the one before."""
        focused = QApplication.focusWidget()
        at = next((n for n, pane in enumerate(self._panes) if pane is focused), -1 if step > 0 else 0)
        for n in range(1, len(self._panes) + 1):
            pane = self._panes[(at + step * n) % len(self._panes)]
            self._reveal(pane)
            if pane.isVisible() and pane.isEnabled():
                pane.setFocus()
                return
