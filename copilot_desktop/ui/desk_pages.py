"""DeskPages: the desk, the history and the open reports, as the header's tabs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from copilot_desktop.calls.events import CallId, JudgementChanged
from copilot_desktop.ui.header import Header
from copilot_desktop.ui.history.history_view import HistoryView
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.trends.trends_view import TrendsView
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.theme import Theme

MOST_REPORTS = 3
DESK, HISTORY = 0, 1
_TAB_LETTERS = 20


class _Pages(QStackedWidget):
    """Asks for no more room than the page on screen needs: a report behind it presses no call together."""

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        page = self.currentWidget()
        return super().minimumSizeHint() if page is None else page.minimumSizeHint()


class DeskPages(QObject):
    """`turned` follows every change of the page and carries its number."""

    turned = Signal(int)

    def __init__(self, theme: Theme, shell: Shell, actions: Actions, header: Header, desk: QWidget) -> None:
        super().__init__()
        self._theme, self._shell, self._actions, self._header = theme, shell, actions, header
        self.history = HistoryView(theme, shell)
        self.stack = _Pages()
        self.stack.setObjectName("pages")
        self.stack.addWidget(desk)
        self.stack.addWidget(self.history)
        self.history.report_asked.connect(self._open_from_history)
        self.history.trends_button.clicked.connect(actions["trends"].trigger)
        header.page_chosen.connect(self._turn)
        header.close_asked.connect(self._close_report)
        actions.enable("export", False, self.tr("Open a report first"))

    @property
    def is_at_desk(self) -> bool:
        """The desk is on screen."""
        return self.stack.currentIndex() == DESK

    def by_action(self) -> dict[str, Callable[[], None]]:
        """Return what each action about pages does."""
        return {
            "desk": self.go_to_desk,
            "history": self._go_to_history,
            "trends": self.open_trends,
            "export": self._export,
        }

    def go_to_desk(self) -> None:
        """Show the desk."""
        self._header.tabs.setCurrentIndex(DESK)

    def find(self) -> bool:
        """Begin to search on this page, if it is one of these; False on the desk."""
        page = self.stack.currentWidget()
        if page is self.history:
            self.history.focus_search()
        elif isinstance(page, ReportView) and page.transcript is not None:
            page.transcript.start_find()
        return not self.is_at_desk

    def judgement_changed(self, fact: JudgementChanged) -> None:
        """Let the open report of that call show it."""
        for number in range(HISTORY + 1, self.stack.count()):
            page = self.stack.widget(number)
            if isinstance(page, ReportView):
                page.judgement_changed(fact)

    def open_report(self, call_id: str) -> None:
        """Open the report of a call as a tab, or go to it."""
        for number in range(HISTORY + 1, self.stack.count()):
            page = self.stack.widget(number)
            if isinstance(page, ReportView) and page.call_id == call_id:
                self._header.tabs.setCurrentIndex(number)
                return
        open_now = [n for n in range(self.stack.count()) if isinstance(self.stack.widget(n), ReportView)]
        if len(open_now) >= MOST_REPORTS:
            self._close_report(open_now[0])
        view = ReportView(self._theme, self._shell, CallId(call_id))
        self.stack.addWidget(view)
        number = self._header.add_report(self.tr("Report"))
        view.titled.connect(lambda words: self._title_report(view, words))
        if view.title:
            self._title_report(view, view.title)
        self._header.tabs.setCurrentIndex(number)

    def _open_from_history(self, call_id: str, plays: bool) -> None:
        self.open_report(call_id)
        page = self.stack.currentWidget()
        if plays and isinstance(page, ReportView):
            page.play_when_ready()

    def open_trends(self) -> None:
        """Open the trends as a tab, or go to them."""
        for number in range(HISTORY + 1, self.stack.count()):
            page = self.stack.widget(number)
            if isinstance(page, TrendsView):
                self._header.tabs.setCurrentIndex(number)
                page.focus_first()
                return
        page = TrendsView(self._theme, self._shell)
        page.report_asked.connect(self.open_report)
        self.stack.addWidget(page)
        number = self._header.add_report(self.tr("Trends"), self.tr("Close the trends"))
        self._header.tabs.setCurrentIndex(number)
        page.focus_first()

    def _turn(self, number: int) -> None:
        self.stack.setCurrentIndex(number)
        page = self.stack.currentWidget()
        if page is self.history:
            self.history.refresh()
        is_report = isinstance(page, ReportView)
        self._actions.enable("export", is_report, self.tr("Open a report first"))
        self.turned.emit(number)

    def _go_to_history(self) -> None:
        self._header.tabs.setCurrentIndex(HISTORY)
        self.history.focus_search()

    def _export(self) -> None:
        page = self.stack.currentWidget()
        if isinstance(page, ReportView):
            page.choose_export()

    def _title_report(self, view: ReportView, words: str) -> None:
        number = self.stack.indexOf(view)
        if number >= 0:
            short = words if len(words) <= _TAB_LETTERS else words[: _TAB_LETTERS - 1] + "…"
            self._header.tabs.setTabText(number, self.tr("Report · {0}").format(short))
            self._header.tabs.setTabToolTip(number, words)

    def _close_report(self, number: int) -> None:
        page = self.stack.widget(number)
        self._header.tabs.removeTab(number)
        if page is not None:
            self.stack.removeWidget(page)
            page.deleteLater()
        self.stack.setCurrentIndex(self._header.tabs.currentIndex())
