"""ElidedLabel: a label that gives way to a narrow window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class ElidedLabel(QLabel):
    """Too long a text ends (or begins) in "…" and stands whole in the tool-tip."""

    def __init__(
        self,
        look: str,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("look", look)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._elide = elide
        self._whole = ""

    @property
    def whole(self) -> str:
        """The text in full."""
        return self._whole

    def show_text(self, text: str) -> None:
        """Show `text`, shortened to the room there is."""
        if text != self._whole:
            self._whole = text
            self.setToolTip(text)
            self._shorten()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._shorten()

    def _shorten(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, self._elide, self.width()))
        self.setAccessibleName(self._whole)
