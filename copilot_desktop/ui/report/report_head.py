"""ReportHead: whose call it was, the numbers that are read first, how far the report is, and the export."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QTime
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from copilot_desktop.report.model import CallReport
from copilot_desktop.ui.report.facts_view import figures, figures_line
from copilot_desktop.ui.widgets.elided import ElidedLabel
from copilot_desktop.ui.widgets.theme import Theme, label, set_look
from copilot_desktop.ui.widgets.wording import mode_name, outcome_name, phone_number, when


class ReportHead(QFrame):
    """`state` is the export's word, `export_button` the way to it; both are the page's."""

    def __init__(
        self,
        theme: Theme,
        report: CallReport,
        state: QLabel,
        export_button: QPushButton,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("reportHead")
        self._theme = theme
        title = ElidedLabel("title")
        title.setObjectName("reportTitle")
        title.show_text(phone_number(report.caller))
        about = ElidedLabel("muted")
        about.show_text("   ·   ".join(self._about(report)))
        self.progress = label("", "small")
        self.progress.setObjectName("reportProgress")
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(title)
        names.addWidget(about)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addLayout(names, 1)
        line.addWidget(self.progress)
        line.addWidget(state)
        line.addWidget(export_button)
        self._column = QVBoxLayout(self)
        self._column.addLayout(line)
        self._figures(report)

    def show_progress(self, words: str) -> None:
        """Say what is still to come."""
        self.progress.setText(words)
        set_look(self.progress, "tone", "muted")

    def show_done(self) -> None:
        """All that can come is there."""
        now = QLocale().toString(QTime.currentTime(), QLocale.FormatType.ShortFormat)
        self.progress.setText(self.tr("Done {0}").format(now))
        set_look(self.progress, "tone", "success")

    def make_room(self, is_roomy: bool) -> None:
        """Show the numbers as tiles, or in one line where there is little room."""
        self._tiles.setVisible(is_roomy and self._has_figures)
        self._line.setVisible(not is_roomy and self._has_figures)
        self._column.setContentsMargins(24, 16 if is_roomy else 8, 24, 12 if is_roomy else 4)
        self._column.setSpacing(16 if is_roomy else 4)

    def _figures(self, report: CallReport) -> None:
        tiles = figures(report)
        self._has_figures = bool(tiles)
        self._tiles = QWidget()
        row = QHBoxLayout(self._tiles)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for tile in tiles:
            row.addWidget(tile, 1)
        self._line = ElidedLabel("plain")
        self._line.setObjectName("figuresLine")
        self._line.show_text(figures_line(report))
        self._column.addWidget(self._tiles)
        self._column.addWidget(self._line)
        self.make_room(True)

    def _about(self, report: CallReport) -> list[str]:
        began = when(report.started_at) if report.started_at else ""
        modes = " + ".join(mode_name(handling.mode) for handling in report.handled_by)
        line = self.tr("to {0}").format(phone_number(report.line)) if report.line else ""
        return [part for part in (began, outcome_name(report.outcome), modes, line) if part]
