"""ElidedLabel: a label that gives way to a narrow window."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


def plain_tip(text: str) -> str:
    """Return `text` for a tool-tip that takes nothing in it for markup: callers choose their own names."""
    return f"<qt>{escape(text)}</qt>".replace("\n", "<br>") if "<" in text else text


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
        self.setTextFormat(Qt.TextFormat.PlainText)
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
            self.setToolTip(plain_tip(text))
            self._shorten()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._shorten()

    def _shorten(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, self._elide, self.width()))
        self.setAccessibleName(self._whole)
