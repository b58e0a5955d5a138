"""DraftWords: the sentence of a draft, never cut: where there is no room for all of it, it scrolls."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QWidget

LEAST_LINES = 2


class DraftWords(QScrollArea):
    """As high as its words are, and at the least two lines."""

    def __init__(self, words: QLabel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("draftWords")
        self._words = words
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self.setWidget(words)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._show_bar()

    def show_words(self, text: str) -> None:
        """Show another sentence, or more of it, from its beginning."""
        if text != self._words.text():
            self._words.setText(text)
            self.verticalScrollBar().setValue(0)
            self.updateGeometry()
            self._show_bar()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._words.heightForWidth(width)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.heightForWidth(max(self.width(), 200)))

    def minimumSizeHint(self) -> QSize:
        least = LEAST_LINES * self._words.fontMetrics().lineSpacing()
        return QSize(0, min(least, self.heightForWidth(max(self.width(), 200))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_bar()

    def _show_bar(self) -> None:
        """Left to itself the bar may stay because it takes the room that the words then lack."""
        is_scrolled = self.height() < self.heightForWidth(self.width())
        bars = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(bars.ScrollBarAlwaysOn if is_scrolled else bars.ScrollBarAlwaysOff)
        # Only what scrolls needs the focus, for the arrow keys.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if is_scrolled else Qt.FocusPolicy.NoFocus)
