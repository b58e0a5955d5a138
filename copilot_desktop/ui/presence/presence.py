"""Presence: the window outside its frame: title, tray, messages, and how it goes and comes back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QMainWindow

from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.line_state import LineState
from copilot_desktop.ui.live.glance import glance, title
from copilot_desktop.ui.live.live_call import LiveCall, LiveCalls
from copilot_desktop.ui.presence.notifications import Note, Notifications
from copilot_desktop.ui.presence.tray import TrayIcon
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.ui.widgets.actions import Actions

_TRAY_WATCH_MS = 5000

PhraseOf = Callable[[LiveCall | None, float], str]
"""The words at "who speaks" for a call at a moment of the window's clock."""


class Presence(QObject):
    """`report_asked` carries the id of a call whose notification was clicked."""

    report_asked = Signal(str)

    def __init__(
        self,
        window: QMainWindow,
        bridge: Bridge,
        calls: LiveCalls,
        line: LineState,
        actions: Actions,
        phrase: PhraseOf,
        tray: TrayIcon | None = None,
    ) -> None:
        super().__init__(window)
        self._window, self._bridge = window, bridge
        self._calls, self._line, self._phrase = calls, line, phrase
        self.tray = tray or TrayIcon(actions, self)
        self.notifications = Notifications(calls, line, self.is_seen, self)
        self._is_put_away = False
        self._watch = QTimer(self)
        self._watch.setInterval(_TRAY_WATCH_MS)
        self._watch.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._watch.timeout.connect(self._see_to_tray)
        self._wire()
        # What is begun from the tray must be seen.
        for name in ("take_over", "practice"):
            actions[name].triggered.connect(self._come_if_away)

    def put_up(self) -> None:
        """Show the tray icon, now or as soon as the desktop has a tray."""
        self._watch.start()
        self._see_to_tray()

    def close(self) -> None:
        """The program ends: no icon, no watch. Safe twice."""
        self._watch.stop()
        self.tray.take_down()

    def show(self) -> None:
        """Tell the task bar and the tray how the desk stands now."""
        now_s = self._bridge.now_s()
        phrase = self._phrase(self._calls.current, now_s)
        self._window.setWindowTitle(title(self._calls, self._line, phrase, now_s))
        self.tray.show(glance(self._calls, self._line, now_s))

    def is_seen(self) -> bool:
        """Whether the agent looks at the window: it is on screen, and they are in one of ours."""
        return not self._is_away() and QApplication.activeWindow() is not None

    def put_away(self) -> bool:
        """Hide the window while a call goes on.

        False, and nothing done, without a call, and where no tray could bring the window back.
        """
        call = self._calls.current or next(iter(self._calls), None)
        if call is None or not self.tray.is_there:
            return False
        self._is_put_away = True
        self._window.hide()
        self.notifications.goes_on(call)
        return True

    def bring_back(self) -> None:
        """Show the window, over the others, wherever it was."""
        self._is_put_away = False
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()

    def await_report(self, view: ReportView, call: LiveCall) -> None:
        """Say it when the report in `view` has come, unless the agent sees that for themselves."""

        def finished() -> None:
            if self._is_away():
                self.notifications.report_finished(view.call_id, call.who, is_practice=call.is_practice)

        if view.report is not None:
            finished()
        else:
            view.titled.connect(finished)

    def _wire(self) -> None:
        self._calls.rang.connect(self.show)
        self._calls.ended.connect(self.show)
        self._calls.current_changed.connect(self.show)
        self._line.changed.connect(self.show)
        self.tray.show_asked.connect(self.bring_back)
        self.tray.message_clicked.connect(self.notifications.clicked)
        self.notifications.told.connect(self._tell)
        self.notifications.window_asked.connect(self.bring_back)
        self.notifications.report_asked.connect(self.bring_back)
        self.notifications.report_asked.connect(self.report_asked)

    def _tell(self, note: Note) -> None:
        if not self.tray.tell(note.title, note.text):
            # No tray, no message: the task bar's entry asks for a look.
            QApplication.alert(self._window)

    def _is_away(self) -> bool:
        return self._window.isMinimized() or not self._window.isVisible()

    def _come_if_away(self) -> None:
        if self._is_away():
            self.bring_back()

    def _see_to_tray(self) -> None:
        """Panels start after programs, and may go; a window that hid in a tray must not be lost with it."""
        if not self.tray.is_there:
            self.tray.put_up()
            self.show()
        if self._is_put_away and not self.tray.is_there:
            self.bring_back()
