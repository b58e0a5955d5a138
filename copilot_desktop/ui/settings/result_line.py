"""ResultLine: how a test or order went: seconds while it runs, then a tick or a sentence with remedies."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QElapsedTimer, QTime, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from copilot_desktop.ui.settings.door import Job
from copilot_desktop.ui.settings.remedies import Offer
from copilot_desktop.ui.settings.tab_order import put_after
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.theme import Theme, label, set_look

_LONG_S = 4


class ResultLine(QFrame):
    """Hidden until something was asked. `ended` is told after every success and failure."""

    ended = Signal()

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.setObjectName(f"{name}Result")
        self._theme, self._words = theme, ""
        self._job: Job | None = None
        self.is_working = self._is_patient = False
        self._icon_shown = ("waiting", "muted")
        self._icon = QLabel()
        self._title = _wrapped("fieldTitle", f"{name}ResultTitle")
        self._text = _wrapped("plain", f"{name}ResultText")
        self._cancel = push(self.tr("Stop"), f"{name}Cancel", role="link")
        self._cancel.clicked.connect(self.cancel)
        self._buttons: list[QPushButton] = []
        self._lay_out()
        self._cancel.hide()
        self._since = QElapsedTimer()
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._show_time)
        theme.follow(self, self._show_icon)
        self.hide()

    @property
    def text(self) -> str:
        """All that it says."""
        return "\n".join(part.text() for part in (self._title, self._text) if part.text())

    def start(self, words: str, *, is_patient: bool = False) -> None:
        """Say what is being done, with the seconds from the first on. `is_patient`: it may take long."""
        self._words, self.is_working, self._is_patient = words, True, is_patient
        self._since.start()
        self._tick.start()
        self._show("waiting", "muted", "", words, ())

    def go_on(self, words: str) -> None:
        """Say how far it is. What tells that may take long."""
        self._words, self._is_patient = words, True
        self._show_time()

    def allow_cancel(self, job: Job) -> None:
        """Offer "Stop", which gives up `job`."""
        self._job = job
        self._cancel.show()

    def cancel(self) -> None:
        """Give up what runs."""
        job, self._job = self._job, None
        if job is not None and self.is_working:
            job.cancel()
            self.clear()

    def succeed(self, text: str, *, is_timed: bool = True) -> None:
        """Say what came of it; with `is_timed` also when."""
        self._end()
        now = QTime.currentTime().toString("HH:mm")
        when = self.tr("Tested {0}").format(now) if is_timed else ""
        self._show("check", "success", "", " · ".join(filter(None, (text, when))), ())

    def fail(self, title: str, text: str, offers: Sequence[Offer] = (), *, tone: str = "danger") -> None:
        """Say what happened, what still works, and offer what helps; the first offer is the remedy."""
        self._end()
        self._show("failed" if tone == "danger" else "warning", tone, title, text, offers)

    def clear(self) -> None:
        """Say nothing."""
        self._end()
        self.hide()

    def _end(self) -> None:
        self.is_working = False
        self._tick.stop()
        self._job = None
        self._cancel.hide()
        self.ended.emit()

    def _show(self, icon: str, token: str, title: str, text: str, offers: Sequence[Offer]) -> None:
        self._icon_shown = (icon, token)
        self._show_icon()
        set_look(self, "tone", token)
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._text.setText(text)
        self.setAccessibleName(" ".join(filter(None, (title, text))))
        for old in self._buttons:
            self._row.removeWidget(old)
            old.deleteLater()
        self._buttons = [self._button(*offer) for offer in offers]
        put_after(self._text, self._buttons)
        self.show()
        announce(self, self.accessibleName())

    def _button(self, name: str, words: str, deed: Callable[[], None]) -> QPushButton:
        button = push(words, name)
        button.clicked.connect(deed)
        self._row.addWidget(button)
        button.show()
        return button

    def _show_time(self) -> None:
        seconds = self._since.elapsed() // 1000
        words = self.tr("{0} ({1} s)").format(self._words, seconds)
        if seconds >= _LONG_S and not self._is_patient:
            words += "  " + self.tr("This takes longer than usual.")
        self._text.setText(words)

    def _show_icon(self) -> None:
        self._icon.setPixmap(self._theme.pixmap(*self._icon_shown, self._theme.px(18)))

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._title)
        words.addWidget(self._text)
        self._row = FlowRow()
        words.addLayout(self._row)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(10)
        top = QVBoxLayout()
        top.addWidget(self._icon)
        top.addStretch(1)
        row.addLayout(top)
        row.addLayout(words, 1)
        row.addWidget(self._cancel)


def _wrapped(look: str, name: str) -> QLabel:
    made = label("", look)
    made.setObjectName(name)
    made.setWordWrap(True)
    return made
