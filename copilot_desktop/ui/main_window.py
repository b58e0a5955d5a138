"""MainWindow: the call desk, the history and the reports; a call's bars stay in sight on every page."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

from PySide6.QtCore import QByteArray, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import (
    CallEvent,
    CallId,
    LineChanged,
    ModeChanged,
    Problem,
    ProblemRaised,
    ResponseTimed,
    StateChanged,
)
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.ui import wording
from copilot_desktop.ui.actions import Actions
from copilot_desktop.ui.announce import announce
from copilot_desktop.ui.bands import PracticeBand, StateBand, Strip
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.call_bar import CallBar
from copilot_desktop.ui.call_orders import CallOrders
from copilot_desktop.ui.call_page import CallPage
from copilot_desktop.ui.control_bar import ControlBar
from copilot_desktop.ui.first_page import FirstPage
from copilot_desktop.ui.hand_back_strip import HandBackStrip
from copilot_desktop.ui.header import Header
from copilot_desktop.ui.history_view import HistoryView
from copilot_desktop.ui.live_call import LiveCall, LiveCalls
from copilot_desktop.ui.report_view import ReportView
from copilot_desktop.ui.ring_tone import RingTone
from copilot_desktop.ui.ringing_window import RingingWindow
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.shortcut_sheet import ShortcutSheet
from copilot_desktop.ui.theme import Theme

MOST_REPORTS = 3
_CLOCK_MS = 250
_DESK, _HISTORY = 0, 1
_TAB_LETTERS = 20


class MainWindow(QMainWindow):
    """`close_asked`: the user wants to quit; the program stops in order and then calls `finish`."""

    close_asked = Signal()

    def __init__(
        self, bridge: Bridge, shell: Shell, *, theme: Theme | None = None, tone: RingTone | None = None
    ) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self._bridge, self._shell = bridge, shell
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.theme = theme or Theme(app, shell.resources, shell.preferences)
        self.actions_ = Actions(self)
        self.calls = LiveCalls(bridge, has_microphone=shell.has_microphone())
        self._practice_mode = Mode.AI_SPEAKS
        self._is_looking_around = False
        self._may_close = False
        self.tone = tone or RingTone(self.theme.resource("sounds", "ring.wav"), self)
        self._build()
        self._lay_out()
        self._wire_actions()
        self._wire_calls()
        self._clock = QTimer(self)
        self._clock.setInterval(_CLOCK_MS)
        self._clock.timeout.connect(self._tick)
        self.resize(1280, 800)
        self.setMinimumSize(1024, 640)
        geometry = shell.preferences.value("window/geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        self._show_call()
        self.theme.dress()
        self.first_page.focus_first()

    # For app.py.

    def show_engine_line(self, text: str) -> None:
        """Say in the header what listens, thinks and speaks, or what of it is still loading."""
        self.header.engine_line.show_text(text)

    def refresh_history(self) -> None:
        """Read the list of calls again."""
        self.history.refresh()
        self._shell.spawn(self._load_recent())

    def open_report(self, call_id: str) -> None:
        """Open the report of a call as a tab, or go to it."""
        for number in range(_HISTORY + 1, self.pages.count()):
            page = self.pages.widget(number)
            if isinstance(page, ReportView) and page.call_id == call_id:
                self.header.tabs.setCurrentIndex(number)
                return
        if self.pages.count() - _HISTORY - 1 >= MOST_REPORTS:
            self._close_report(_HISTORY + 1)
        view = ReportView(self.theme, self._shell, CallId(call_id))
        self.pages.addWidget(view)
        number = self.header.add_report(self.tr("Report"))
        view.titled.connect(lambda words: self._title_report(view, words))
        if view.title:
            self._title_report(view, view.title)
        self.header.tabs.setCurrentIndex(number)

    def start_practice(self, name: str, mode: Mode) -> None:
        """Let the practice caller ring; "Answer" will then mean `mode`."""
        self._practice_mode = mode
        self._shell.start_practice(name, mode)

    def finish(self) -> None:
        """Close for good, after the orderly stop. Safe twice."""
        self._may_close = True
        self._clock.stop()
        self._bridge.close()
        self.ringing.hide()
        self.close()

    # Building.

    def _build(self) -> None:
        theme, actions = self.theme, self.actions_
        self.setWindowIcon(QIcon(str(theme.resource("icons", "app.svg"))))
        self.header = Header(theme, actions)
        self.practice_band = PracticeBand(
            theme, self.tr("PRACTICE – nobody real is calling. Nothing leaves this computer.")
        )
        self.call_bar = CallBar(theme)
        self.state_band = StateBand(theme)
        self.hand_back_strip = HandBackStrip()
        self.problem_strip = Strip(theme, "problemStrip")
        self.second_strip = Strip(theme, "secondCallStrip")
        self.quit_strip = Strip(theme, "quitStrip")
        self.first_page = FirstPage(theme, self._shell.scenarios(), self._shell.number_steps)
        self.call_page = CallPage(theme, actions, self._bridge, self._shell.preferences)
        self.history = HistoryView(theme, self._shell)
        self.control_bar = ControlBar(theme, actions)
        self.ringing = RingingWindow(theme, actions, self.tone, self._shell.ring_s)
        self.ringing.setWindowIcon(self.windowIcon())
        self.orders = CallOrders(
            self._bridge, self.calls, self.ringing, self.control_bar, self.call_page, self.hand_back_strip
        )

    def _lay_out(self) -> None:
        self.desk = QStackedWidget()
        self.desk.setObjectName("deskPage")
        self.desk.addWidget(self.first_page)
        self.desk.addWidget(self.call_page)
        self.pages = QStackedWidget()
        self.pages.setObjectName("pages")
        self.pages.addWidget(self.desk)
        self.pages.addWidget(self.history)
        whole = QWidget()
        whole.setObjectName("whole")
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bands = (
            self.header,
            self.quit_strip,
            self.practice_band,
            self.call_bar,
            self.state_band,
            self.hand_back_strip,
            self.problem_strip,
            self.second_strip,
        )
        for band in bands:
            column.addWidget(band)
        column.addWidget(self.pages, 1)
        column.addWidget(self.control_bar)
        self.setCentralWidget(whole)
        self._panes = (
            self.call_bar.who_speaks,
            self.call_page.transcript.list,
            self.call_page.suggestions.guide_box.field,
            self.control_bar.take_over_button,
        )
        if sys.platform == "darwin":
            for menu in self.header.menu.actions():
                self.menuBar().addAction(menu)

    def _wire_actions(self) -> None:
        orders: dict[str, Callable[[], None]] = {
            **self.orders.by_action(),
            "practice": self.first_page.start_practice,
            "type": lambda: self._go_to_call(self.call_page.say_box.focus),
            "guide": lambda: self._go_to_call(self.call_page.suggestions.guide_box.focus),
            "desk": lambda: self.header.tabs.setCurrentIndex(_DESK),
            "history": self._go_to_history,
            "find": self._find,
            "jump": self._jump,
            "export": self._export,
            "next_pane": lambda: self._move_pane(1),
            "previous_pane": lambda: self._move_pane(-1),
            "larger": lambda: self.theme.resize_text(1),
            "smaller": lambda: self.theme.resize_text(-1),
            "normal_size": lambda: self.theme.resize_text(0),
            "shortcuts": lambda: ShortcutSheet(self.actions_, self).show(),
        }
        for name, action in self.actions_.by_name.items():
            action.triggered.connect(lambda _checked=False, order=orders[name]: order())
            self.addAction(action)

    def _wire_calls(self) -> None:
        self.calls.rang.connect(self._ring)
        self.calls.changed.connect(self._call_changed)
        self.calls.ended.connect(self._call_ended)
        self.calls.current_changed.connect(self._current_changed)
        self._bridge.fact_told.connect(self._show_problem)
        self._bridge.line_changed.connect(self._line_changed)
        self._bridge.order_refused.connect(self._order_refused)
        self.orders.answered.connect(self._come_forward)
        self.orders.given.connect(self._show_call)
        self.first_page.practice_asked.connect(self.start_practice)
        self.first_page.look_around_asked.connect(self._look_around)
        self.first_page.report_asked.connect(self.open_report)
        self.history.report_asked.connect(self.open_report)
        self.header.page_chosen.connect(self._page_chosen)
        self.header.close_asked.connect(self._close_report)

    # Calls.

    def _now_s(self) -> float:
        return self._bridge.now_s()

    def _ring(self, call: LiveCall) -> None:
        self._clock.start()
        if self.calls.connected():
            who = wording.phone_number(call.caller)
            self.second_strip.tell(
                self.tr("Second call: {0}").format(who),
                self.tr("It goes on ringing; your call is not touched."),
                "info",
                ((self.tr("Decline   Shift+F2"), self.orders.decline),),
            )
        elif self.ringing.call is None:
            mode = self._practice_mode if call.is_practice else self._shell.start_mode
            self.ringing.ring(call, mode, self._now_s())
        self._enable_ringing()

    def _come_forward(self) -> None:
        # Whoever answers wants the call's keys to work, F8 first of all.
        self.raise_()
        self.activateWindow()

    def _call_changed(self, call: LiveCall) -> None:
        if call.state is not CallState.RINGING:
            self.ringing.follow(call)
            if not any(other.state is CallState.RINGING for other in self.calls):
                self.second_strip.hide()
        self._enable_ringing()
        if call is self.calls.current:
            self._show_call()

    def _current_changed(self) -> None:
        if self.calls.current is not None:
            self._is_looking_around = False
            self.header.tabs.setCurrentIndex(_DESK)
        self.hand_back_strip.hide()
        self.problem_strip.hide()
        self._show_call()

    def _call_ended(self, call: LiveCall) -> None:
        self.ringing.follow(call)
        self._enable_ringing()
        if not any(self.calls):
            self._clock.stop()
            self.second_strip.hide()
            self.quit_strip.hide()
        announce(self, self.tr("Call ended"), is_urgent=True)
        self.refresh_history()
        if call.was_connected and self.calls.current is None:
            self.open_report(call.call_id)

    def _tick(self) -> None:
        if self.ringing.call is not None:
            self.ringing.show_time(self._now_s())
        self._show_call()

    def _show_call(self) -> None:
        call, now_s = self.calls.current, self._now_s()
        has_call = call is not None
        self.desk.setCurrentIndex(1 if has_call or self._is_looking_around else 0)
        is_shown = has_call or (self._is_looking_around and self.pages.currentIndex() == _DESK)
        self.call_bar.setVisible(is_shown)
        self.control_bar.setVisible(is_shown)
        self.practice_band.setVisible(call is not None and call.is_practice)
        self.call_bar.show_call(call, now_s)
        self.call_page.show_call(call, now_s)
        self.control_bar.show_call(call)
        if call is None or call.mode is not Mode.AGENT_SPEAKS:
            self.hand_back_strip.hide()
        # The strip of the hand-back stands in the band's place.
        self.state_band.show_call(None if self.hand_back_strip.isVisible() else call, now_s)
        self.first_page.enable_practice(not any(self.calls), self.tr("A call is running"))
        self.actions_.enable("practice", not any(self.calls), self.tr("A call is running"))
        self._show_title(call, now_s)

    def _show_title(self, call: LiveCall | None, now_s: float) -> None:
        name = "AI Call CoPilot"
        if call is None:
            self.setWindowTitle(name)
            return
        who = wording.phone_number(call.caller)
        clock = wording.clock(call.elapsed_s(now_s))
        state = self.call_bar.who_speaks.phrase(call, now_s).title
        if call.is_on_hold:
            clock, state = self.tr("ON HOLD"), wording.clock(now_s - call.hold_since_s)
        elif call.mode is Mode.AGENT_SPEAKS:
            state = state.upper()
        practice = self.tr("PRACTICE") + " – " if call.is_practice else ""
        self.setWindowTitle(f"{practice}{clock} · {who} · {state} – {name}")

    def _enable_ringing(self) -> None:
        is_ringing = self.ringing.call is not None
        reason = self.tr("No call is ringing")
        self.actions_.enable("answer", is_ringing, reason)
        self.actions_.enable("answer_myself", is_ringing, reason)
        self.actions_.enable("decline", self.calls.ringing() is not None, reason)

    def _show_problem(self, fact: CallEvent) -> None:
        call = self.calls.current
        if call is None or fact.call_id != call.call_id:
            return
        if isinstance(fact, ResponseTimed | ModeChanged | StateChanged):
            # An answer came, a person took over, or the line is back: the old message is no longer true.
            self.problem_strip.hide()
        if not isinstance(fact, ProblemRaised):
            return
        if fact.is_recovered:
            self.problem_strip.hide()
            return
        if fact.problem is Problem.MICROPHONE_MISSING:
            return  # The band over the call says it for as long as it matters.
        message = wording.problem_message(fact.problem)
        is_taken = call.mode is Mode.AGENT_SPEAKS
        offers = message.offers_take_over and not is_taken
        take_over = ((self.tr("Take over   F8"), self.actions_["take_over"].trigger),) if offers else ()
        self.problem_strip.tell(message.title, message.text, "warning", take_over)

    # Pages.

    def _order_refused(self, order: str) -> None:
        self.ringing.refused()
        if self.calls.current is not None:
            self.problem_strip.tell(self.tr("Not now"), wording.order_name(order), "info")
        self._show_call()

    def _look_around(self) -> None:
        self._is_looking_around = True
        self._show_call()
        self.call_page.transcript.list.setFocus()

    def _page_chosen(self, number: int) -> None:
        if number == _DESK and self.calls.current is None:
            self._is_looking_around = False
        self.pages.setCurrentIndex(number)
        if number == _HISTORY:
            self.history.refresh()
        self.actions_.enable("export", number > _HISTORY, self.tr("Open a report first"))
        self._show_call()

    def _go_to_call(self, then: Callable[[], None]) -> None:
        self.header.tabs.setCurrentIndex(_DESK)
        then()

    def _go_to_history(self) -> None:
        self.header.tabs.setCurrentIndex(_HISTORY)
        self.history.focus_search()

    def _find(self) -> None:
        page = self.pages.currentWidget()
        if page is self.history:
            self.history.focus_search()
        elif isinstance(page, ReportView) and page.transcript is not None:
            page.transcript.start_find()
        elif self.desk.currentIndex() == 1:
            self.call_page.transcript.start_find()

    def _jump(self) -> None:
        self._go_to_call(self.call_page.transcript.jump_to_now)

    def _export(self) -> None:
        page = self.pages.currentWidget()
        if isinstance(page, ReportView):
            page.choose_export()

    def _move_pane(self, step: int) -> None:
        focused = QApplication.focusWidget()
        at = next((n for n, pane in enumerate(self._panes) if pane is focused), -1 if step > 0 else 0)
        for n in range(1, len(self._panes) + 1):
            pane = self._panes[(at + step * n) % len(self._panes)]
            if pane.isVisible() and pane.isEnabled():
                pane.setFocus()
                return

    def _title_report(self, view: ReportView, words: str) -> None:
        number = self.pages.indexOf(view)
        if number >= 0:
            short = words if len(words) <= _TAB_LETTERS else words[: _TAB_LETTERS - 1] + "…"
            self.header.tabs.setTabText(number, self.tr("Report · {0}").format(short))
            self.header.tabs.setTabToolTip(number, words)

    def _close_report(self, number: int) -> None:
        page = self.pages.widget(number)
        self.header.tabs.removeTab(number)
        if page is not None:
            self.pages.removeWidget(page)
            page.deleteLater()
        self.pages.setCurrentIndex(self.header.tabs.currentIndex())

    def _line_changed(self, fact: LineChanged) -> None:
        number = wording.phone_number(fact.status.number)
        self.first_page.show_line(is_open=fact.status.is_open, number=number)

    async def _load_recent(self) -> None:
        try:
            self.first_page.show_recent(await self._shell.recent_calls())
        except CopilotError:
            self.first_page.show_recent([])

    # Qt.

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        if not event.spontaneous():
            threading.Thread(target=wording.warm_up, name="phone numbers", daemon=True).start()
            self._shell.spawn(self._load_recent())

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self._shell.preferences.setValue("window/geometry", self.saveGeometry())
        self.call_page.save_layout()
        if self._may_close:
            event.accept()
            return
        event.ignore()
        call = self.calls.current
        if call is None:
            self.close_asked.emit()
            return
        who = wording.phone_number(call.caller)
        self.quit_strip.tell(
            self.tr("The call with {0} is still running").format(who),
            self.tr("If you quit, the call ends for the caller too."),
            "warning",
            (
                (self.tr("Stay in the call"), lambda: None),
                (self.tr("End call and quit"), self.close_asked.emit),
            ),
            is_guarded=True,
        )
