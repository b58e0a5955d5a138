"""ReportPlayer: a report's recording and its timeline, as picture or table; what is asked for here plays."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from copilot_desktop.report.model import CallReport
from copilot_desktop.ui.report.player import CallPlayer
from copilot_desktop.ui.report.player_bar import PlayerBar
from copilot_desktop.ui.report.timeline_table import TimelineTable
from copilot_desktop.ui.report.timeline_view import TimelineView
from copilot_desktop.ui.report.timeline_words import line_summary, mood_summary
from copilot_desktop.ui.widgets.theme import Theme, label

_TABLE_PX = 170


class ReportPlayer(QFrame):
    """`moment_asked` carries milliseconds of the call."""

    moment_asked = Signal(int)

    def __init__(self, theme: Theme, player: CallPlayer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reportPlayer")
        self._theme = theme
        self._report: CallReport | None = None
        self._is_table_new = True
        self.bar = PlayerBar(theme, player)
        self.lanes = TimelineView(theme, player)
        self.lanes.moment_asked.connect(self.moment_asked)
        self.table = TimelineTable()
        self.table.moment_asked.connect(self.moment_asked)
        self.twins = QStackedWidget()
        self.twins.addWidget(self.lanes)
        self.twins.addWidget(self.table)
        self.words = label("", "small")
        self.words.setObjectName("timelineWords")
        self.words.setWordWrap(True)
        self._build_buttons()
        self._lay_out()

    def show_report(self, report: CallReport) -> None:
        """Draw a call, or more of it."""
        self._report, self._is_table_new = report, True
        self.lanes.show_report(report)
        parts = [line_summary(report), mood_summary(report) if report.mood is not None else ""]
        self.words.setText(".   ".join(part for part in parts if part) + ".")
        if self.is_table:
            self._fill_table()
        self._fit()

    def make_room(self, is_roomy: bool) -> None:
        """Show the drawing, or leave its room to the words, unless somebody has chosen."""
        if not self._is_chosen:
            self.is_shown = is_roomy
            self._show_parts()

    # Inside.

    def _build_buttons(self) -> None:
        self._is_chosen = False
        self.is_shown, self.is_table = True, False
        self.lanes_button = self._button("lanesButton")
        self.lanes_button.clicked.connect(self._choose)
        self.table_button = self._button("tableButton")
        self.table_button.clicked.connect(self._choose_table)
        self._name_buttons()

    def _button(self, name: str) -> QPushButton:
        button = QPushButton()
        button.setObjectName(name)
        button.setProperty("look", "slim")
        return button

    def _name_buttons(self) -> None:
        """The words say what a press does."""
        shown = self.tr("Hide timeline") if self.is_shown else self.tr("Show timeline")
        as_table = self.tr("Show as table")
        for button, words in (
            (self.lanes_button, shown),
            (self.table_button, self.tr("Show as picture") if self.is_table else as_table),
        ):
            button.setText(words)
            button.setAccessibleName(words)

    def _lay_out(self) -> None:
        switches = QHBoxLayout()
        switches.setSpacing(8)
        switches.addWidget(self.words, 1)
        switches.addWidget(self.lanes_button)
        switches.addWidget(self.table_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 8, 24, 8)
        column.setSpacing(6)
        column.addWidget(self.bar)
        column.addWidget(self.twins)
        column.addLayout(switches)

    def _choose(self) -> None:
        self._is_chosen, self.is_shown = True, not self.is_shown
        self._show_parts()

    def _choose_table(self) -> None:
        # Whoever wants the table where the picture is hidden wants to see it.
        self._is_chosen, self.is_table = True, not self.is_table or not self.is_shown
        self.is_shown = True
        if self.is_table and self._is_table_new:
            self._fill_table()
        self._show_parts()

    def _show_parts(self) -> None:
        self.twins.setVisible(self.is_shown)
        self.twins.setCurrentWidget(self.table if self.is_table else self.lanes)
        self._name_buttons()
        self._fit()

    def _fit(self) -> None:
        """The drawing is as high as it must be, the table as its rows need, up to a third of the page."""
        height = self._theme.px(_TABLE_PX) if self.is_table else self.lanes.sizeHint().height()
        self.twins.setFixedHeight(height)

    def _fill_table(self) -> None:
        if self._report is not None:
            self.table.show_report(self._report)
            self._is_table_new = False


class PlayerPlace(QScrollArea):
    """Where the player stands: as high as it is, and where there is no room for that, it scrolls."""

    def __init__(self, player: ReportPlayer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("playerPlace")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._player = player
        self.setWidget(player)

    def sizeHint(self) -> QSize:  # noqa: N802
        player = self._player
        wanted = player.sizeHint()
        if player.hasHeightForWidth() and self.width() > 0:
            wanted.setHeight(player.heightForWidth(self.width()))
        return wanted

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        least = 3 * self.fontMetrics().height()
        return QSize(self._player.minimumSizeHint().width(), min(least, self.sizeHint().height()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()
