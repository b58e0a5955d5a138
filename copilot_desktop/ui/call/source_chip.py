"""SourceChip: where a suggestion's words come from, or that nobody knows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from copilot_desktop.calls.events import Source
from copilot_desktop.ui.widgets.elided import ElidedLabel, plain_tip
from copilot_desktop.ui.widgets.theme import Theme, set_look


class SourceChip(QFrame):
    """One line; the passage itself is in its tool-tip."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sourceChip")
        self._theme = theme
        self._is_sourced: bool | None = None
        self._icon = QLabel()
        self.text = ElidedLabel("chip")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        theme.follow(self, self._show_icon)

    def show_sources(self, sources: Sequence[Source], *, is_known: bool) -> None:
        """Show the first source; `is_known` False: the answer is still being written."""
        self.setVisible(is_known)
        is_sourced = bool(sources)
        self.text.show_text(
            source_line(sources[0]) if sources else self.tr("No source found – check before you say it")
        )
        self.text.setToolTip(plain_tip("\n\n".join(source.text or source_line(source) for source in sources)))
        if is_sourced is not self._is_sourced:
            self._is_sourced = is_sourced
            set_look(self.text, "tone", "muted" if is_sourced else "warning")
            self._show_icon()

    def _show_icon(self) -> None:
        icon, token = ("source", "muted") if self._is_sourced else ("warning", "warning")
        self._icon.setPixmap(self._theme.pixmap(icon, token, 16))


def source_line(source: Source) -> str:
    """Return a source in one line: "Delivery policy · Late parcels · p. 2"."""
    parts = [source.title, source.heading if source.heading != source.title else ""]
    if source.page is not None:
        parts.append(f"p. {source.page}")
    return " · ".join(part for part in parts if part)
