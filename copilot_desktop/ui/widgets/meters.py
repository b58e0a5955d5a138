"""LevelMeter: how loud one side is, as bars; never the only sign of anything."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from copilot_desktop.ui.widgets.theme import Theme

_BARS = 7
_LOWEST_DBFS = -54.0
_HIGHEST_DBFS = -9.0
STEP_MS = 50
"""Drawn at most 20 times a second, however often a level is told."""
STILL_MS = 250
"""The same for those who want less motion."""


class LevelMeter(QWidget):
    """Seven bars in the colour `token`; as wide as a word. It moves at most 20 times a second."""

    def __init__(self, theme: Theme, name: str, token: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._token = theme, token
        self._lit = self._due = 0
        self._step = QTimer(self)
        self._step.setSingleShot(True)
        self._step.timeout.connect(self._follow)
        self.setAccessibleName(name)
        self.setFixedSize(self.sizeHint())

    def show_level(self, level_dbfs: float) -> None:
        """Show a loudness in dBFS; −90 is silence."""
        share = (level_dbfs - _LOWEST_DBFS) / (_HIGHEST_DBFS - _LOWEST_DBFS)
        self._due = round(min(max(share, 0.0), 1.0) * _BARS)
        if not self._step.isActive():
            self._follow()

    def _follow(self) -> None:
        if self._due != self._lit:
            self._lit = self._due
            self.update()
            self._step.start(STILL_MS if self._theme.is_motion_reduced else STEP_MS)

    def show_in(self, token: str) -> None:
        """Use another colour."""
        if token != self._token:
            self._token = token
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(_BARS * 5 - 2, 14)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit, unlit = self._theme.colour(self._token), self._theme.colour(self._token)
        unlit.setAlphaF(0.25)
        for bar in range(_BARS):
            painter.setBrush(lit if bar < self._lit else unlit)
            painter.setPen(lit if bar < self._lit else unlit)
            height = 4 + bar * 1.5
            rect = QRectF(bar * 5 + 0.5, (self.height() - height) / 2, 2, height)
            painter.drawRoundedRect(rect, 1, 1)
