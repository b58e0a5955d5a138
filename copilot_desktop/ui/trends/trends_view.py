"""TrendsView: how score, response time, take-overs and missed calls go over the weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.trends import WEEK, CallFilter, Figure, Week, monday
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.trends import trend_words
from copilot_desktop.ui.trends.trend_calls import MOST, TrendCalls
from copilot_desktop.ui.trends.trend_cards import TrendCard, TrendCards
from copilot_desktop.ui.trends.trends_table import TrendsTable
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.theme import Theme, label

SPANS = (12, 26, 52)
_SPAN_KEY, _TABLE_KEY = "trends/weeks", "trends/as_table"
_LIST_PX = 210
_LOOK_AGAIN_MS = 3000
_CHARTS = "copilot_desktop.ui.trends.trends_chart"


class TrendsView(QWidget):
    """`report_asked` carries a call's id."""

    report_asked = Signal(str)

    def __init__(self, theme: Theme, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trendsPage")
        self._theme, self._shell = theme, shell
        self.weeks: Sequence[Week] = ()
        self._asked = self._asked_calls = 0
        self._has_begun = self._is_table_new = False
        self._opener: QWidget | None = None
        self._build_head()
        self.place = TrendCards(theme)
        self.table = TrendsTable(theme)
        self.table.opened.connect(self._open_cell)
        self.calls = TrendCalls(theme)
        self.calls.report_asked.connect(self.report_asked)
        self.calls.closed.connect(self._close_calls)
        self._message = label(self.tr("Adding up the weeks…"), "empty")
        self._message.setObjectName("trendsMessage")
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setWordWrap(True)
        self.again_button = QPushButton(self.tr("Try again"))
        self.again_button.setObjectName("trendsAgain")
        self.again_button.setAccessibleName(self.tr("Try again"))
        self.again_button.clicked.connect(self.refresh)
        self._lay_out()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_LOOK_AGAIN_MS)
        self._later.timeout.connect(self._look_again)
        self._shell.spawn(self._begin())

    @property
    def cards(self) -> Sequence[TrendCard]:
        """The charts, once they are built."""
        return self.place.cards

    def card(self, figure: Figure) -> TrendCard:
        """Return the card of a figure."""
        return next(card for card in self.cards if card.figure is figure)

    def refresh(self) -> None:
        """Add up the weeks again."""
        self._shell.spawn(self._load())

    def focus_first(self) -> None:
        """Put the focus where the keys work: on the first chart, or on the table."""
        first: QWidget = self.span_box
        if self._body.currentWidget() is self._shown:
            charts = [card.chart for card in self.cards]
            first = self.table if self.table_button.isChecked() else next(iter(charts), self.span_box)
        first.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._has_begun and not event.spontaneous():
            self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.calls.isVisible():
            self._close_calls()
            return
        super().keyPressEvent(event)

    # Loading.

    async def _begin(self) -> None:
        await self._load()
        if not isValid(self):
            return
        # What draws is loaded when this page is opened first, and chart by chart: a call goes on meanwhile.
        await self._shell.load(_CHARTS)
        for figure in Figure:
            await self._shell.pause()
            if not isValid(self):
                return
            card = self._add_card(figure)
            await self._shell.pause()
            if isValid(self) and self.weeks:
                card.show_weeks(self.weeks, self._today)
        self._has_begun = True
        if self.span_box.hasFocus():  # And not where somebody has gone meanwhile.
            self.focus_first()

    async def _load(self) -> None:
        self._asked += 1
        asked, today = self._asked, date.today()
        until = monday(today) + WEEK
        try:
            weeks = await self._shell.trends().weeks(until - WEEK * self._span(), until, self._filter())
        except CopilotError:
            if isValid(self) and asked == self._asked:
                self._fail()
            return
        # Another time may have been asked for meanwhile, or the tab closed.
        if not isValid(self) or asked != self._asked:
            return
        self.weeks, self._today = weeks, today
        self._show_weeks()
        for card in tuple(self.cards):
            await self._shell.pause()
            if not isValid(self) or asked != self._asked:
                return
            card.show_weeks(weeks, today)

    def _add_card(self, figure: Figure) -> TrendCard:
        card = TrendCard(self._theme, figure)
        card.chart.opened.connect(lambda number: self._open_point(figure, number))
        card.chart.moved.connect(lambda number: self._mark(card, number))
        self.place.add(card)
        return card

    def _show_weeks(self) -> None:
        """All but the charts, which are drawn one after the other."""
        count = sum(week.calls for week in self.weeks)
        if not count:
            self._say_empty()
            return
        self._is_table_new = True
        self._state.setText(self._state_words(count))
        self._body.setCurrentWidget(self._shown)
        self._show_twin()

    def _state_words(self, count: int) -> str:
        unmeasured = sum(week.unmeasured for week in self.weeks)
        words = self.tr("{0} in {1}").format(trend_words.calls(count), trend_words.weeks(len(self.weeks)))
        if not unmeasured:
            return words
        # They are worked out beside the calls, a few at a time.
        self._later.start()
        return self.tr("{0} · {1} not measured yet").format(words, unmeasured)

    def _look_again(self) -> None:
        if self.isVisible() and self.calls.isHidden():
            self.refresh()

    def _say_empty(self) -> None:
        self._state.setText("")
        self._tell(
            self.tr("No calls in these {0}. After the first calls their figures stand here.").format(
                trend_words.weeks(self._span())
            )
            + ("" if self.practice_box.isChecked() else "\n" + self.tr("Practice calls are left out."))
        )

    def _fail(self) -> None:
        self._state.setText("")
        self._tell(self.tr("The figures of your calls could not be read. The calls themselves are kept."))
        self.again_button.show()

    def _tell(self, words: str) -> None:
        self._message.setText(words)
        self.again_button.hide()
        self._close_calls()
        self._body.setCurrentWidget(self._message_place)
        announce(self, words)

    # What was chosen.

    def _span(self) -> int:
        return int(self.span_box.currentData())

    def _filter(self) -> CallFilter:
        return CallFilter(with_practice=self.practice_box.isChecked())

    def _span_chosen(self) -> None:
        self._shell.preferences.setValue(_SPAN_KEY, self._span())
        self._close_calls()
        self.refresh()

    def _practice_chosen(self) -> None:
        self._close_calls()
        self.refresh()

    def _table_chosen(self) -> None:
        self._shell.preferences.setValue(_TABLE_KEY, "yes" if self.table_button.isChecked() else "no")
        self._close_calls()
        self._name_table_button()
        self._show_twin()

    def _show_twin(self) -> None:
        is_table = self.table_button.isChecked()
        if is_table and self._is_table_new and self.weeks:
            self._is_table_new = False
            self.table.show_weeks(self.weeks, self._today)
        self._twins.setCurrentWidget(self.table if is_table else self.place)

    def _name_table_button(self) -> None:
        is_table = self.table_button.isChecked()
        words = self.tr("Show as charts") if is_table else self.tr("Show as table")
        self.table_button.setText(words)
        self.table_button.setAccessibleName(words)

    # The calls behind a point.

    def _mark(self, moved: TrendCard, number: int) -> None:
        for card in self.cards:
            if card is not moved:
                card.chart.mark(number)
        self.place.ensureWidgetVisible(moved, 0, 0)

    def _open_point(self, figure: Figure, number: int) -> None:
        self._opener = chart = self.card(figure).chart
        self._shell.spawn(self._list(figure, chart.weeks[number].first_day))

    def _open_cell(self, figure: Figure | None, week: date) -> None:
        self._opener = self.table
        self._shell.spawn(self._list(figure, week))

    async def _list(self, figure: Figure | None, week: date) -> None:
        self._asked_calls += 1
        asked = self._asked_calls
        try:
            calls = await self._shell.trends().calls_behind(figure, week, self._filter(), MOST)
        except CopilotError:
            if isValid(self) and asked == self._asked_calls:
                self.calls.show()
                self.calls.show_failure(self.tr("The calls could not be read from the history."))
            return
        if isValid(self) and asked == self._asked_calls:
            self.calls.show()
            self.calls.show_calls(figure, week, calls)

    def _close_calls(self) -> None:
        if self.calls.isHidden():
            return
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.calls.isAncestorOf(focused)
        self.calls.hide()
        if had_focus and self._opener is not None and isValid(self._opener):
            self._opener.setFocus()

    # Building.

    def _build_head(self) -> None:
        self.span_box = QComboBox()
        self.span_box.setObjectName("trendsSpan")
        self.span_box.setAccessibleName(self.tr("Time shown"))
        kept = str(self._shell.preferences.value(_SPAN_KEY, SPANS[0]))
        for weeks in SPANS:
            self.span_box.addItem(trend_words.weeks(weeks), weeks)
            if kept == str(weeks):
                self.span_box.setCurrentIndex(self.span_box.count() - 1)
        self.span_box.currentIndexChanged.connect(self._span_chosen)
        self.practice_box = QCheckBox(self.tr("With practice calls"))
        self.practice_box.setObjectName("trendsPractice")
        self.practice_box.setAccessibleName(self.practice_box.text())
        self.practice_box.toggled.connect(self._practice_chosen)
        self.table_button = QPushButton()
        self.table_button.setObjectName("trendsTableButton")
        self.table_button.setCheckable(True)
        self.table_button.setChecked(str(self._shell.preferences.value(_TABLE_KEY, "")) == "yes")
        self.table_button.toggled.connect(self._table_chosen)
        self._name_table_button()
        self._state = label("", "muted")
        self._state.setObjectName("trendsState")
        self._state.setWordWrap(True)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(24, 16, 24, 4)
        head.setSpacing(12)
        head.addWidget(label(self.tr("Trends"), "title"))
        head.addStretch(1)
        head.addWidget(self.span_box)
        head.addWidget(self.table_button)
        below = QHBoxLayout()
        below.setContentsMargins(24, 0, 24, 8)
        below.addWidget(self._state, 1)
        below.addWidget(self.practice_box)
        self._twins = QStackedWidget()
        self._twins.addWidget(self.place)
        self._twins.addWidget(self.table)
        self._shown = QSplitter(Qt.Orientation.Horizontal)
        self._shown.setChildrenCollapsible(False)
        self._shown.setHandleWidth(1)
        self._shown.addWidget(self._twins)
        self._shown.addWidget(self.calls)
        self._shown.setStretchFactor(0, 1)
        self._theme.follow(self.calls, lambda: self.calls.setMinimumWidth(self._theme.px(_LIST_PX)))
        self.calls.hide()
        self._message_place = QWidget()
        said = QVBoxLayout(self._message_place)
        said.addStretch(1)
        said.addWidget(self._message)
        said.addWidget(self.again_button, 0, Qt.AlignmentFlag.AlignHCenter)
        said.addStretch(2)
        self.again_button.hide()
        self._body = QStackedWidget()
        self._body.addWidget(self._message_place)
        self._body.addWidget(self._shown)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(below)
        column.addWidget(self._body, 1)
