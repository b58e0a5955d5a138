"""Checklist: the five steps from nothing to a phone that rings here, as they stand at this moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QTimer
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from copilot_desktop.calls.line import LineProblem, LineStatus, Step, StepState, StepView
from copilot_desktop.messages import Remedy
from copilot_desktop.ui.settings.door import SettingsDoor
from copilot_desktop.ui.settings.remedies import Offer, Remedies, offers, told
from copilot_desktop.ui.settings.tab_order import put_after
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.theme import Theme, label, set_look
from copilot_desktop.ui.widgets.wording import phone_number

_SIGNS = {StepState.WAITING: "–", StepState.WORKING: "◌", StepState.DONE: "✓", StepState.FAILED: "✗"}
_TONES = {
    StepState.WAITING: "muted",
    StepState.WORKING: "muted",
    StepState.DONE: "success",
    StepState.FAILED: "danger",
}
_OWN = "own"
_Failure = tuple[str, Sequence[Offer]]


class StepRow(QWidget):
    """One step: number, sign, words; when it failed one sentence and what helps."""

    def __init__(self, theme: Theme, step: Step, number: int, *beside: QWidget) -> None:
        super().__init__()
        self.setObjectName(f"step_{step}")
        self._step, self._view, self._words = step, StepView(step=step), ""
        self._since = QElapsedTimer()
        self.sign = label(_SIGNS[StepState.WAITING], "stepSign")
        self.sign.setObjectName(f"stepSign_{step}")
        self.text = _wrapped("plain")
        self.text.setObjectName(f"stepText_{step}")
        self.sentence = _wrapped("muted")
        self.sentence.setObjectName(f"stepSentence_{step}")
        self.sentence.hide()
        self._offers: list[QPushButton] = []
        self._row = FlowRow()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 6, 0, 6)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        for place, widget in enumerate((label(str(number), "stepNumber"), self.sign, self.text, *beside)):
            grid.addWidget(widget, 0, place)
        grid.addWidget(self.sentence, 1, 2, 1, 2)
        grid.addLayout(self._row, 2, 2, 1, 2)

    def show_view(self, view: StepView, words: str, failure: _Failure) -> None:
        """Show how the step stands; `failure` is its sentence and what to offer."""
        if view.state is StepState.WORKING and self._view.state is not StepState.WORKING:
            self._since.start()
        has_moved = view.state is not self._view.state
        self._view, self._words = view, words
        self.sign.setText(_SIGNS[view.state])
        set_look(self.sign, "tone", _TONES[view.state])
        set_look(self.text, "tone", "muted" if view.state is StepState.WAITING else "")
        self.sentence.setText(failure[0])
        self.sentence.setVisible(bool(failure[0]))
        self._offer(failure[1])
        self.show_time()
        if has_moved and view.state in (StepState.DONE, StepState.FAILED):
            announce(self, f"{words}. {failure[0]}")

    def show_time(self) -> None:
        """While it works, say for how long."""
        text = self._words
        if self._view.state is StepState.WORKING:
            text = self.tr("{0} … {1} s").format(text, self._since.elapsed() // 1000)
        self.text.setText(text)
        self.setAccessibleName(f"{_state_name(self._view.state)}: {text}")

    def _offer(self, offered: Sequence[Offer]) -> None:
        if [button.objectName() for button in self._offers] == [f"{name}Button" for name, _, _ in offered]:
            return
        for old in self._offers:
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._offers = []
        for name, words, deed in offered:
            button = push(words, name)
            button.clicked.connect(deed)
            self._row.addWidget(button)
            button.show()
            self._offers.append(button)
        put_after(self.sentence, self._offers)


class Checklist(QFrame):
    """All five steps. `show_status` on every change; seconds run by themselves."""

    def __init__(
        self, theme: Theme, door: SettingsDoor, remedies: Remedies, copy: Callable[[str], None]
    ) -> None:
        super().__init__()
        self.setObjectName("checklist")
        self._door, self._remedies, self._status = (
            door,
            remedies.having({Remedy.LEAVE_IT: self.leave}),
            LineStatus(),
        )
        self._left: LineProblem | None = None
        self._copy = push(self.tr("Copy"), "copyAddress")
        self._copy.setAccessibleName(self.tr("Copy the public address"))
        self._copy.clicked.connect(lambda: copy(self._status.public_url))
        self._copy.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.rows: dict[Step, StepRow] = {}
        for number, step in enumerate(Step, 1):
            beside = (self._copy,) if step is Step.CONNECTED else ()
            self.rows[step] = StepRow(theme, step, number, *beside)
            column.addWidget(self.rows[step])
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._show_times)
        self.show_status(self._status)

    def show_status(self, status: LineStatus) -> None:
        """Show how the line stands."""
        self._status = status
        for view in status.steps:
            self.rows[view.step].show_view(view, self._words(view), self._failure(view))
        self._copy.setVisible(bool(status.public_url))
        is_working = any(view.state is StepState.WORKING for view in status.steps)
        self._tick.start() if is_working else self._tick.stop()

    def _show_times(self) -> None:
        for row in self.rows.values():
            row.show_time()

    def _failure(self, view: StepView) -> _Failure:
        if view.state is not StepState.FAILED or view.problem is None:
            return "", ()
        if view.problem is self._left:
            return "", ()
        message = told(view.problem, self._door)
        return f"{message.title}. {message.text}", offers(message.remedies, self._remedies)

    def leave(self) -> None:
        """The person wants it as it is: say no more about this problem, until there is another."""
        self._left = self._status.problem
        self.show_status(self._status)

    def _words(self, view: StepView) -> str:
        is_done, is_own = view.state is StepState.DONE, self._status.tunnel == _OWN
        if view.step is Step.HELPER:
            words = self.tr("Helper program found") if is_done else self.tr("Helper program")
            if is_own:
                words = self.tr("No helper program needed: you have your own address")
            return self._with(words, view.detail if not is_own else "")
        if view.step is Step.CONNECTED:
            address = self._status.public_url or view.detail
            return self._with(
                self.tr("Connected") if is_done else self.tr("Connect to the internet"), address
            )
        if view.step is Step.REACHABLE:
            return self.tr("Reachable from the internet")
        if view.step is Step.NUMBER:
            number = phone_number(self._status.number) if self._status.number else ""
            return self._with(self.tr("Your number points here"), number)
        return self._with(
            self.tr("A test call arrived") if is_done else self.tr("A test call: call your number now"),
            view.detail if is_done else "",
        )

    def _with(self, words: str, detail: str) -> str:
        return self.tr("{0} – {1}").format(words, detail) if detail else words


def _state_name(state: StepState) -> str:
    names = {
        StepState.WAITING: QCoreApplication.translate("checklist", "Waiting"),
        StepState.WORKING: QCoreApplication.translate("checklist", "Working"),
        StepState.DONE: QCoreApplication.translate("checklist", "Done"),
        StepState.FAILED: QCoreApplication.translate("checklist", "Failed"),
    }
    return names[state]


def _wrapped(look: str) -> QLabel:
    made = label("", look)
    made.setWordWrap(True)
    return made
