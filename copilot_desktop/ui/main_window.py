"""MainWindow: the call desk, the history and the reports; a call's bars stay in sight on every page."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

from PySide6.QtCore import QTimer, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QIcon, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import Treatment
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.after_notes import AfterNotes
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.call.call_bar import CallBar
from copilot_desktop.ui.call.call_messages import CallMessages
from copilot_desktop.ui.call.call_orders import CallOrders
from copilot_desktop.ui.call.call_page import CallPage
from copilot_desktop.ui.call.call_switcher import CallSwitcher
from copilot_desktop.ui.call.control_bar import ControlBar
from copilot_desktop.ui.call.ear_notes import EarNotes
from copilot_desktop.ui.call.hand_back_strip import HandBackStrip
from copilot_desktop.ui.call.keypad_panel import KeypadPanel
from copilot_desktop.ui.call.sound_notes import SoundNotes
from copilot_desktop.ui.call.transfer_strip import TransferStrip
from copilot_desktop.ui.desk_pages import DeskPages
from copilot_desktop.ui.first_page import FirstPage
from copilot_desktop.ui.header import Header
from copilot_desktop.ui.health_strip import HealthStrip, Part
from copilot_desktop.ui.history_notes import HistoryNotes
from copilot_desktop.ui.line_desk import LineDesk
from copilot_desktop.ui.line_state import Light
from copilot_desktop.ui.live.bands import PracticeBand, StateBand
from copilot_desktop.ui.live.live_call import LiveCall, LiveCalls
from copilot_desktop.ui.presence.presence import Presence
from copilot_desktop.ui.quitting import Quitting
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.ui.ringing.incoming import Incoming
from copilot_desktop.ui.ringing.ring_tone import RingTone
from copilot_desktop.ui.ringing.ringing_window import RingingWindow
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.shortcut_sheet import ShortcutSheet
from copilot_desktop.ui.widgets import wording
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.panes import Panes
from copilot_desktop.ui.widgets.sound_choice import SoundChoices
from copilot_desktop.ui.widgets.strip import Strip, StripStack
from copilot_desktop.ui.widgets.theme import Theme
from copilot_desktop.ui.window_state import WindowState
from copilot_desktop.ui.wrap_up.wrap_up_page import WrapUpPage
from copilot_desktop.ui.wrap_up.wrap_ups import WrapUps

_CLOCK_MS = 250
_ROOMY_PX = 340


class MainWindow(QMainWindow):
    """Signals ask the program for what is not the window's.

    `close_asked`: the user wants to quit; the program stops in order and then calls `finish`.
    `put_back_asked`: the same, but first the phone number gets its old address back.
    `settings_asked`: open the settings on a page; "connect" are the five steps, empty is wherever it was.
    `set_up_asked`: run the checklist of the phone line anew.
    """

    close_asked = Signal()
    put_back_asked = Signal()
    settings_asked = Signal(str)
    set_up_asked = Signal()

    def __init__(
        self, bridge: Bridge, shell: Shell, *, theme: Theme | None = None, tone: RingTone | None = None
    ) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self._bridge, self._shell = bridge, shell
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.theme = theme or Theme(app, shell.resources, shell.preferences)
        self.actions_ = Actions(self, shell.preferences)
        self.calls = LiveCalls(bridge, has_microphone=shell.has_microphone())
        self._is_looking_around = False
        self._may_close = False
        self.tone = tone or RingTone(self.theme.resource("sounds"), parent=self)
        self._build()
        self._build_parts()
        self._lay_out()
        self._wire_actions()
        self._wire_calls()
        self._clock = QTimer(self)
        self._clock.setInterval(_CLOCK_MS)
        self._clock.timeout.connect(self._tick)
        self.resize(1280, 800)
        self.setMinimumSize(1024, 640)
        self.window_state.restore()
        self._show_call()
        self.theme.dress()
        self.first_page.focus_first()

    # For app.py.

    def show_engine_line(self, text: str) -> None:
        """Say in the status bar what listens, thinks and speaks, or what of it is still loading."""
        self.health.engine_line.show_text(text)

    def show_light(self, part: Part, light: Light) -> None:
        """Show in the status bar how speech-to-text or the AI is; the line's lights follow its facts."""
        self.line.show_light(part, light)

    def refresh_history(self) -> None:
        """Read the list of calls again."""
        self.tabs.history.refresh()
        self._shell.spawn(self._load_recent())

    def open_report(self, call_id: str) -> None:
        """Open the report of a call as a tab, or go to it."""
        self.tabs.open_report(call_id)

    def start_practice(self, name: str, mode: Mode) -> None:
        """Let the practice caller ring; "Answer" will then mean `mode`."""
        self.incoming.practice_mode = mode
        self._shell.start_practice(name, mode)

    def finish(self) -> None:
        """Close for good, after the orderly stop. Safe twice."""
        self._may_close = True
        self._clock.stop()
        self._bridge.close()
        self.presence.close()
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
        self.switcher = CallSwitcher(theme, actions.keys("next_call"))
        self.call_bar = CallBar(theme, actions)
        self.state_band = StateBand(theme)
        self.hand_back_strip = HandBackStrip()
        self.transfer_strip = TransferStrip()
        self.problem_strip = Strip(theme, "problemStrip")
        self.recording_strip = Strip(theme, "recordingStrip")
        self.second_strip = Strip(theme, "secondCallStrip")
        self.line_strip = Strip(theme, "lineStrip")
        self.store_strip = Strip(theme, "storeStrip")
        self.microphone_strip = Strip(theme, "microphoneStrip")
        self.sound_strip = Strip(theme, "soundStrip")
        self.after_strip = Strip(theme, "afterStrip")
        self.strips = StripStack(
            (
                self.microphone_strip,
                self.problem_strip,
                self.recording_strip,
                self.second_strip,
                self.sound_strip,
                self.line_strip,
                self.store_strip,
                self.after_strip,
            )
        )
        self.quit_strip = Strip(theme, "quitStrip")
        self.first_page = FirstPage(theme, self._shell.scenarios())
        self.call_page = CallPage(theme, actions, self._bridge, self._shell)
        self.control_bar = ControlBar(theme, actions)
        self.health = HealthStrip(theme)
        self.ringing = RingingWindow(theme, actions, self.tone)
        self.ringing.setWindowIcon(self.windowIcon())

    def _build_parts(self) -> None:
        """What joins the widgets with each other and with the bridge."""
        theme, actions, calls = self.theme, self.actions_, self.calls
        bridge, shell = self._bridge, self._shell
        self.desk = QStackedWidget()
        self.desk.setObjectName("deskPage")
        self.desk.addWidget(self.first_page)
        self.desk.addWidget(self.call_page)
        self.wrap_ups = WrapUps(bridge, shell, WrapUpPage(theme, actions))
        self.desk.addWidget(self.wrap_ups.page)
        self.whole = QWidget()
        self.whole.setObjectName("whole")
        self.keypad = KeypadPanel(theme, self.whole)
        self.tabs = DeskPages(theme, shell, actions, self.header, self.desk)
        self.pages, self.history = self.tabs.stack, self.tabs.history
        self.history.changed.connect(self.refresh_history)
        self.orders = CallOrders(
            bridge,
            calls,
            shell,
            self.control_bar,
            self.call_page,
            self.hand_back_strip,
            self.transfer_strip,
            self.keypad,
            self.call_bar.recording_sign,
        )
        self.messages = CallMessages(bridge, calls, actions, self.problem_strip, self.recording_strip)
        self.incoming = Incoming(bridge, calls, shell, actions, self.ringing, self.second_strip)
        self.line = LineDesk(
            bridge,
            shell,
            actions,
            calls,
            self.header.ready_switch,
            self.health,
            self.first_page,
            self.line_strip,
        )
        self.sound_notes = SoundNotes(
            bridge, calls, shell, actions, plain=self.sound_strip, urgent=self.microphone_strip
        )
        self.after_notes = AfterNotes(self.after_strip)
        self.history_notes = HistoryNotes(bridge, self.store_strip)
        self.ear_notes = EarNotes(
            bridge, calls, shell.preferences, second=self.second_strip, problems=self.problem_strip
        )
        self.quitting = Quitting(self.quit_strip, shell, self.line.state, calls)
        who = self.call_bar.who_speaks
        self.presence = Presence(
            self, bridge, calls, self.line.state, actions, lambda call, now_s: who.phrase(call, now_s).title
        )
        self.window_state = WindowState(self, self.history.table.horizontalHeader(), shell.preferences)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self.whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bands = (
            self.header,
            self.quit_strip,
            self.practice_band,
            self.switcher,
            self.call_bar,
            self.state_band,
            self.hand_back_strip,
            self.transfer_strip,
            self.strips,
        )
        for band in bands:
            column.addWidget(band)
        column.addWidget(self.pages, 1)
        column.addWidget(self.control_bar)
        column.addWidget(self.health)
        self.setCentralWidget(self.whole)
        self._panes = Panes(
            (
                self.call_bar.who_speaks,
                self.call_page.transcript.list,
                self.call_page.suggestions.guide_box.field,
                self.control_bar.take_over_button,
                self.health.light(Part.PHONE_LINE),
            ),
            self.call_page.columns.reveal,
        )
        if sys.platform == "darwin":
            for menu in self.header.menu.actions():
                self.menuBar().addAction(menu)

    def _wire_actions(self) -> None:
        orders: dict[str, Callable[[], None]] = {
            **self.orders.by_action(),
            **self.incoming.by_action(),
            **self.tabs.by_action(),
            "ready": self.line.state.toggle,
            "settings": lambda: self.settings_asked.emit(""),
            "practice": self.first_page.start_practice,
            "type": lambda: self._go_to_call(self.call_page.type),
            "guide": lambda: self._go_to_call(self.call_page.guide),
            "notes": lambda: self._go_to_call(self.call_page.write_notes),
            "knowledge": self._ask_documents,
            "find": self._find,
            "jump": lambda: self._go_to_call(self.call_page.transcript.jump_to_now),
            "next_pane": lambda: self._panes.move(1),
            "previous_pane": lambda: self._panes.move(-1),
            "wrap_up_save": self.wrap_ups.save,
            "wrap_up_ready": lambda: self.wrap_ups.save(is_ready=True),
            "larger": lambda: self.theme.resize_text(1),
            "smaller": lambda: self.theme.resize_text(-1),
            "normal_size": lambda: self.theme.resize_text(0),
            "shortcuts": lambda: ShortcutSheet(self.actions_, self).show(),
            "quit": lambda: self.quitting.ask(),
        }
        for name, action in self.actions_.by_name.items():
            action.triggered.connect(lambda _checked=False, order=orders[name]: order())
            self.addAction(action)

    def _wire_calls(self) -> None:
        self.calls.rang.connect(self._call_rang)
        self.calls.changed.connect(self._call_changed)
        self.calls.ended.connect(self._call_ended)
        self.calls.current_changed.connect(self._current_changed)
        self._bridge.order_refused.connect(self._order_refused)
        self._bridge.judgement_changed.connect(self.tabs.judgement_changed)
        # Whoever answers wants the call's keys to work, F8 first of all.
        self.incoming.answered.connect(self.presence.bring_back)
        self.orders.given.connect(self._show_call)
        self.switcher.chosen.connect(self.calls.choose)
        self.wrap_ups.changed.connect(self._show_call)
        self.wrap_ups.saved.connect(self.open_report)
        self.header.wrap_up_button.clicked.connect(self._go_to_wrap_up)
        self.first_page.practice_asked.connect(self.start_practice)
        self.first_page.look_around_asked.connect(self._look_around)
        self.first_page.report_asked.connect(self.open_report)
        self.first_page.connect_asked.connect(self.settings_asked)
        self.line.page_asked.connect(self.settings_asked)
        self.line.set_up_asked.connect(self.set_up_asked)
        self.line.practice_asked.connect(self.first_page.start_practice)
        self.messages.page_asked.connect(self.settings_asked)
        self.call_page.suggestions.knowledge.page_asked.connect(self.settings_asked)
        self.call_page.context.caller.report_asked.connect(self.open_report)
        self.sound_notes.page_asked.connect(self.settings_asked)
        self.after_notes.page_asked.connect(self.settings_asked)
        self.after_notes.report_asked.connect(self.open_report)
        self.messages.outside_asked.connect(lambda url: QDesktopServices.openUrl(QUrl(url)))
        self.line.engines.changed.connect(
            lambda: self.practice_band.show_words(*self.line.engines.practice_words())
        )
        self.tabs.turned.connect(self._page_turned)
        self.quitting.close_asked.connect(self.close_asked)
        self.quitting.put_back_asked.connect(self.put_back_asked)
        self.quitting.asking.connect(self.presence.bring_back)
        self.presence.report_asked.connect(self.open_report)

    # Calls.

    def _now_s(self) -> float:
        return self._bridge.now_s()

    def _call_rang(self) -> None:
        self._clock.start()
        self.tone.choose(SoundChoices.load(self._shell.preferences))

    def _call_changed(self, call: LiveCall) -> None:
        # Drawn once for all the facts of an order: what it stops must be stopped before.
        if call is self.calls.current and not self._bridge.is_giving:
            self._show_call()

    def _current_changed(self) -> None:
        if self.calls.current is not None:
            self._is_looking_around = False
            self.wrap_ups.put_aside()
            self.tabs.go_to_desk()
        self.hand_back_strip.hide()
        self.transfer_strip.hide()
        self.quitting.forget_call()
        self._show_call()
        if self.calls.current is not None and len(self.calls.connected()) > 1:
            announce(self, self.tr("On screen: {0}").format(self.calls.current.who))

    def _call_ended(self, call: LiveCall) -> None:
        if not any(self.calls):
            self._clock.stop()
            self.quitting.forget_call()
        announce(self, wording.how_it_ended(call.outcome, call.who, call.transfer_name), is_urgent=True)
        self.refresh_history()
        if self.wrap_ups.call_ended(call, self._now_s()):
            return
        is_wanted = self._shell.opens_report and call.was_connected and call.treatment is Treatment.TALK
        if is_wanted and self.calls.current is None:
            self.open_report(call.call_id)
            view = self.pages.currentWidget()
            assert isinstance(view, ReportView)
            self.presence.await_report(view, call)

    def _tick(self) -> None:
        self.incoming.show_time()
        self._show_call()

    def _show_call(self) -> None:
        call, now_s = self.calls.current, self._now_s()
        has_call = call is not None
        page = 1 if has_call or self._is_looking_around else 2 if self.wrap_ups.is_on_screen else 0
        has_come, has_form_come = (page == number != self.desk.currentIndex() for number in (1, 2))
        has_come = has_come and has_call
        self.desk.setCurrentIndex(page)
        self._show_wrap_ups(page)
        if has_form_come:
            self.wrap_ups.page.form.start()
        is_shown = has_call or (self._is_looking_around and self.tabs.is_at_desk)
        self.call_bar.setVisible(is_shown)
        self.control_bar.setVisible(is_shown)
        if has_come:
            # The button that had the focus is gone. Where it is now no stray key does anything.
            self.call_bar.who_speaks.setFocus()
        # With very large text in a small window the words of the call need the room.
        is_roomy = call is None or self.height() >= _ROOMY_PX * self.theme.scale
        self.header.setVisible(is_roomy)
        self.call_bar.tighten(not is_roomy)
        self.health.setVisible(is_roomy)
        self.practice_band.setVisible(call is not None and call.is_practice)
        self.state_band.hold_sound = self.call_bar.who_speaks.hold_sound = self._shell.hold_sound
        self.switcher.show_calls(self.calls, now_s)
        self.call_bar.show_call(call, now_s)
        self.call_page.show_call(call, now_s)
        self.control_bar.show_call(call)
        self.keypad.show_call(call)
        self.messages.show_call(call, now_s)
        self._show_bands(call, now_s)
        why = self.tr("A call is running")
        self.first_page.enable_practice(not any(self.calls), why)
        self.actions_.enable("practice", not any(self.calls), why)
        self.actions_.enable("next_call", len(self.calls.connected()) > 1, self.tr("There is one call only"))
        self.presence.show()

    def _show_wrap_ups(self, page: int) -> None:
        """Forms that wait are in the top bar; their keys work while one is on screen."""
        self.header.show_wrap_ups(self.wrap_ups.aside)
        is_form = page == 2 and self.tabs.is_at_desk
        for name in ("wrap_up_save", "wrap_up_ready"):
            self.actions_.enable(name, is_form, self.tr("No form is open"))
        self.actions_.enable("confirm", not is_form, self.tr("There is no call"))

    def _go_to_wrap_up(self) -> None:
        self._is_looking_around = False
        self.tabs.go_to_desk()
        if self.calls.current is None:
            self.wrap_ups.show_next()

    def _show_bands(self, call: LiveCall | None, now_s: float) -> None:
        if call is None or call.mode is not Mode.AGENT_SPEAKS:
            self.hand_back_strip.hide()
        if call is None or not self.actions_["transfer"].isEnabled():
            self.transfer_strip.hide()
        # A strip that asks about the whole call stands in the band's place.
        is_asked = self.hand_back_strip.isVisible() or self.transfer_strip.isVisible()
        self.state_band.show_call(None if is_asked else call, now_s)

    # Pages.

    def _order_refused(self, order: str, reason: str) -> None:
        self.incoming.refused()
        self.messages.refuse(order, reason)
        self._show_call()

    def _look_around(self) -> None:
        self._is_looking_around = True
        self._show_call()
        self.call_page.transcript.list.setFocus()

    def _page_turned(self) -> None:
        if self.tabs.is_at_desk and self.calls.current is None:
            self._is_looking_around = False
        self._show_call()

    def _go_to_call(self, then: Callable[[], None]) -> None:
        self.tabs.go_to_desk()
        then()

    def _ask_documents(self) -> None:
        """Also between calls: the column is there to look around in."""
        self.tabs.go_to_desk()
        if self.desk.currentIndex() == 0:
            self._look_around()
        self.call_page.ask_documents()

    def _find(self) -> None:
        if not self.tabs.find() and self.desk.currentIndex() == 1:
            self.call_page.transcript.start_find()

    async def _load_recent(self) -> None:
        try:
            self.first_page.show_recent(await self._shell.recent_calls())
        except CopilotError:
            self.first_page.show_recent([])

    # Qt.

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Its neighbours have their new places only after this.
        QTimer.singleShot(0, self.keypad, self.keypad.settle)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        if not event.spontaneous():
            threading.Thread(target=wording.warm_up, name="phone numbers", daemon=True).start()
            self._shell.spawn(self._load_recent())

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.window_state.remember()
        if self._may_close:
            event.accept()
            return
        event.ignore()
        # The cross at the window is not "Quit"; the end of the session, and macOS' own "Quit", are.
        if not (event.spontaneous() and self.presence.put_away()):
            self.quitting.ask()
