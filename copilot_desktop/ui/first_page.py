"""FirstPage: between calls. Three choices, the first one focused; below, the last calls."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.line_state import CONNECT_PAGE, NUMBER_PAGE, LineState
from copilot_desktop.ui.shell import ScenarioCard
from copilot_desktop.ui.widgets.buttons import beside_icon
from copilot_desktop.ui.widgets.theme import Theme, label
from copilot_desktop.ui.widgets.wording import clock, mode_name, outcome_name, phone_number, when

_RECENT = 5
_WIDTH = 920
_MARGIN = 32


class ChoiceCard(QFrame):
    """One of the three large choices: an icon, words, what it is about, a button."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        title: str,
        text: str,
        button: QPushButton,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("look", "choice")
        picture = QLabel()
        theme.follow(picture, lambda: picture.setPixmap(theme.pixmap(icon, "caller", 32)))
        self._title, self._text, self._button = label("", "cardTitle"), label("", "muted"), button
        for words in (self._title, self._text):
            words.setWordWrap(True)
        self.extra = QVBoxLayout()
        self.extra.setSpacing(8)
        self.show_words(title, text)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addWidget(picture)
        column.addSpacing(4)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addLayout(self.extra)
        column.addStretch(1)
        column.addSpacing(8)
        column.addWidget(button)

    def show_words(self, title: str, text: str, button: str = "") -> None:
        """Show other words; without `button` its own stay."""
        self._title.setText(title)
        self._text.setText(text)
        self._button.setAccessibleName(title)
        self._button.setAccessibleDescription(text)
        if button:
            self._button.setText(button)


class FirstPage(QWidget):
    """`practice_asked` carries the scenario's name and the mode, `connect_asked` a page of the settings."""

    practice_asked = Signal(str, Mode)
    connect_asked = Signal(str)
    look_around_asked = Signal()
    report_asked = Signal(str)

    def __init__(
        self,
        theme: Theme,
        scenarios: Sequence[ScenarioCard],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("firstPage")
        self._theme, self._scenarios = theme, scenarios
        self._connect_page = CONNECT_PAGE
        self._build_practice()
        self._title = label(self.tr("Welcome"), "title")
        self._line = label("", "lead")
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scrolled(self._choices_page()))
        self.show_recent([])
        theme.changed.connect(self._fit)

    def focus_first(self) -> None:
        """Put the focus on the first choice."""
        self.practice_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def start_practice(self) -> None:
        """Ask for a practice call as chosen."""
        if self._scenarios and self.practice_button.isEnabled():
            name = self._scenarios[max(0, self.scenario_box.currentIndex())].name
            self.practice_asked.emit(name, self.mode_box.currentData())

    def enable_practice(self, is_enabled: bool, reason: str = "") -> None:
        """No practice call while another one rings or runs."""
        can = is_enabled and bool(self._scenarios)
        self.practice_button.setEnabled(can)
        self.practice_button.setToolTip("" if can else reason or self.tr("There is no practice script"))

    def show_line(self, line: LineState) -> None:
        """Say whether real calls can ring, and offer what comes next."""
        self._line.setText(line.page_line())
        is_set_up = line.status.is_wanted
        self._connect_page = NUMBER_PAGE if is_set_up else CONNECT_PAGE
        if is_set_up:
            text = self.tr("Which number it is, when it rings, and what callers hear when nobody answers.")
            self._connect.show_words(self.tr("My phone number"), text, self.tr("Phone settings"))
        else:
            text = self.tr("About 5 minutes, in five steps. Until then real calls do not ring here.")
            self._connect.show_words(self.tr("Connect my phone number"), text, self.tr("Show the steps"))

    def show_recent(self, calls: Sequence[CallSummary]) -> None:
        """Show the last calls."""
        while (item := self._recent.takeAt(0)) is not None:
            if widget := item.widget():
                widget.deleteLater()
        self._recent_box.setVisible(bool(calls))
        self._title.setText(self.tr("Welcome back") if calls else self.tr("Welcome"))
        for number, call in enumerate(calls[:_RECENT]):
            self._recent.addWidget(self._recent_row(number, call))

    def _recent_row(self, number: int, call: CallSummary) -> QPushButton:
        began = when(call.started_at)
        who = self.tr("PRACTICE") if call.is_practice else phone_number(call.caller)
        row = QPushButton()
        row.setObjectName(f"recentCall{number}")
        row.setProperty("look", "row")
        row.setAutoDefault(False)
        grid = QGridLayout(row)
        grid.setContentsMargins(12, 0, 12, 0)
        length = clock(call.duration_ms / 1000)
        for column, (text, look, share) in enumerate(
            (
                (began, "muted", 2),
                (who, "plain", 3),
                (length, "muted", 1),
                (outcome_name(call.outcome), "muted", 2),
            )
        ):
            cell = label(text, look)
            cell.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            grid.addWidget(cell, 0, column)
            grid.setColumnStretch(column, share)
        row.setAccessibleName(self.tr("Report: {0}, {1}, {2}").format(who, began, length))
        row.clicked.connect(lambda: self.report_asked.emit(call.call_id))
        return row

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        """Put the cards one below the other where they have no room side by side."""
        self._cards.setDirection(QBoxLayout.Direction.LeftToRight)
        if self._cards.minimumSize().width() > self.width() - 2 * _MARGIN - 16:
            self._cards.setDirection(QBoxLayout.Direction.TopToBottom)

    # Building.

    def _build_practice(self) -> None:
        self.practice_button = QPushButton(beside_icon(self.tr("Start a practice call")))
        self.practice_button.setObjectName("startPracticeButton")
        self.practice_button.setProperty("role", "primary")
        self.practice_button.setIconSize(QSize(20, 20))
        self._theme.set_icon(self.practice_button, "practice", "label")
        self.practice_button.clicked.connect(self.start_practice)
        self.scenario_box = QComboBox()
        self.scenario_box.setObjectName("scenarioBox")
        self.scenario_box.setAccessibleName(self.tr("Who calls"))
        for row, scenario in enumerate(self._scenarios):
            self.scenario_box.addItem(scenario.title)
            self.scenario_box.setItemData(row, scenario.description, Qt.ItemDataRole.ToolTipRole)
        self.mode_box = QComboBox()
        self.mode_box.setObjectName("practiceModeBox")
        self.mode_box.setAccessibleName(self.tr("Who speaks to the caller"))
        for mode in Mode:
            self.mode_box.addItem(mode_name(mode), mode)

    def _choices_page(self) -> QWidget:
        steps = self.connect_button = self._choice_button(self.tr("Show the steps"), "connectButton")
        steps.clicked.connect(lambda: self.connect_asked.emit(self._connect_page))
        look = self._choice_button(self.tr("Look around"), "lookAroundButton")
        look.clicked.connect(self.look_around_asked)
        practice = ChoiceCard(
            self._theme,
            "practice",
            self.tr("Start a practice call"),
            self.tr("2 minutes. Answer, let the AI speak, take over, see the report."),
            self.practice_button,
        )
        practice.setProperty("look", "choiceFirst")
        practice.extra.addSpacing(4)
        practice.extra.addWidget(self.scenario_box)
        practice.extra.addWidget(self.mode_box)
        connect = self._connect = ChoiceCard(
            self._theme, "connect", self.tr("Connect my phone number"), "", steps
        )
        around = ChoiceCard(
            self._theme,
            "look",
            self.tr("Look around first"),
            self.tr("See the desk where calls are handled, before the first one rings."),
            look,
        )
        cards = self._cards = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        cards.setSpacing(16)
        for card, share in ((practice, 4), (connect, 3), (around, 3)):
            cards.addWidget(card, share)
        self._recent_box = QWidget()
        recent = QVBoxLayout(self._recent_box)
        recent.setContentsMargins(0, 24, 0, 0)
        recent.setSpacing(8)
        recent.addWidget(label(self.tr("Last calls"), "heading"))
        recent.addLayout(self._recent)
        return self._page((self._title, self._line), cards, self._recent_box)

    def _choice_button(self, text: str, name: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        return button

    def _page(self, heads: Sequence[QLabel], body: QBoxLayout, foot: QWidget) -> QWidget:
        inner = QWidget()
        inner.setMaximumWidth(_WIDTH)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for head in heads:
            head.setWordWrap(True)
            column.addWidget(head)
        column.addSpacing(20)
        column.addLayout(body)
        column.addWidget(foot)
        page = QWidget()
        page.setObjectName("pageBody")
        centre = QHBoxLayout()
        centre.addStretch(1)
        centre.addWidget(inner, 100)
        centre.addStretch(1)
        outer = QVBoxLayout(page)
        outer.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        outer.addStretch(2)
        outer.addLayout(centre)
        outer.addStretch(3)
        return page

    def _scrolled(self, page: QWidget) -> QScrollArea:
        area = QScrollArea()
        area.setObjectName("pageScroll")
        area.setAccessibleName(self.tr("Start"))
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(page)
        return area
