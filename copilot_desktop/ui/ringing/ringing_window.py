"""RingingWindow: an incoming call, over all other windows, without taking the keyboard from anyone."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QCursor,
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSpacerItem, QVBoxLayout, QWidget

from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.ringing.ring_tone import RingTone
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.buttons import GuardedButton, beside_icon, name_button
from copilot_desktop.ui.widgets.elided import ElidedLabel
from copilot_desktop.ui.widgets.theme import Theme, label
from copilot_desktop.ui.widgets.wording import is_withheld, phone_number

GUARD_S = 0.7
"""For so long after it appears, clicks and keys were meant for something else."""
_WIDTH = 540
_GONE_MS = 3000


class RingingWindow(QWidget):
    """Shows one ringing call. Closing it, or Esc, only silences the bell."""

    answered = Signal(LiveCall, Mode)
    declined = Signal(LiveCall)

    def __init__(self, theme: Theme, actions: Actions, tone: RingTone) -> None:
        super().__init__(None, Qt.WindowType.Tool | Qt.WindowType.WindowStaysOnTopHint)
        self.setObjectName("incomingWindow")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        # Of a hidden tool window nobody should think that the program may end.
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self._theme, self._actions, self._tone = theme, actions, tone
        self._ring_s = 0.0
        self.call: LiveCall | None = None
        self._mode = Mode.AI_SPEAKS
        self._is_asked = False
        self._leave = QTimer(self)
        self._leave.setSingleShot(True)
        self._leave.setInterval(_GONE_MS)
        self._leave.timeout.connect(self.hide)
        self._build()
        self._lay_out()
        # Nothing in it has the focus at first: no key may find a button by chance.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.follow(self, self._restyle)

    def ring(self, call: LiveCall, mode: Mode, now_s: float, ring_s: float) -> None:
        """Show `call`, which rings for `ring_s` at most; "Answer" will start in `mode`."""
        self._leave.stop()
        self._ring_s = ring_s
        self.call, self._mode, self._is_asked = call, mode, False
        call.shown_s = now_s
        self._show_words(call)
        self.show_time(now_s)
        self._enable(True)
        self._move_to_agent()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.show()
        # The bell may have to load the sound system first; the window must not wait for that.
        QTimer.singleShot(0, self, self._start_tone)
        announce(self, self.tr("Incoming call from {0}").format(call.who), is_urgent=True)

    def show_time(self, now_s: float) -> None:
        """Show how long it has been ringing."""
        if self.call is not None and self.call.state is CallState.RINGING:
            seconds = int(self.call.elapsed_s(now_s))
            self._time.setText(self.tr("ringing {0} s of {1}").format(seconds, round(self._ring_s)))

    def follow(self, call: LiveCall) -> None:
        """The call's state moved: close, or say that the caller has gone."""
        if call is not self.call or call.state is CallState.RINGING:
            return
        self._tone.stop()
        was_asked = self._is_asked
        self.call = None
        self._enable(False)
        if call.state is CallState.ENDED and not was_asked:
            self._title.setText(self.tr("The caller has hung up"))
            self._time.setText("")
            self._leave.start()
        else:
            self.hide()

    def answer(self, mode: Mode | None, now_s: float) -> None:
        """Answer in `mode`, by default the one on the button. Too early a press does nothing."""
        if self._may_act(now_s) and self.call is not None:
            self._is_asked = True
            self._enable(False)
            self.answer_button.setText(self.tr("Answering…"))
            self.answered.emit(self.call, mode or self._mode)

    def decline(self, now_s: float) -> None:
        """Refuse the call. Too early a press does nothing."""
        if self._may_act(now_s) and self.call is not None:
            self._is_asked = True
            self._enable(False)
            self.declined.emit(self.call)

    def put_away(self) -> None:
        """The agent talks by now: no window and no bell, unless the call is being answered."""
        if self.call is not None and not self._is_asked:
            self.call = None
            self._enable(False)
            self.hide()

    def refused(self) -> None:
        """The desk did not take the order: offer the choice again."""
        if self.call is not None:
            self._is_asked = False
            self._show_words(self.call)
            self._enable(True)

    def silence(self) -> None:
        """Stop the bell; the call goes on ringing."""
        self._tone.stop()
        self._silence.setEnabled(False)
        self._silence.setText(self.tr("Silenced"))

    def _start_tone(self) -> None:
        if self.call is not None and self.isVisible():
            self._tone.start()
            self._no_sound.setVisible(not self._tone.is_available)

    def _may_act(self, now_s: float) -> bool:
        return self.call is not None and not self._is_asked and now_s - self.call.shown_s >= GUARD_S

    # Qt.

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.silence()
        # All other keys are somebody's typing; orders have shortcuts of their own.
        event.accept()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.silence()
        event.accept()

    def hideEvent(self, event: QHideEvent) -> None:
        self._tone.stop()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("background"))
        is_practice = self.call is not None and self.call.is_practice
        style = Qt.PenStyle.DashLine if is_practice else Qt.PenStyle.SolidLine
        painter.setPen(QPen(self._theme.colour("warning" if is_practice else "answer"), 3, style))
        painter.drawRect(self.rect().adjusted(1, 1, -2, -2))

    # Inside.

    def _show_words(self, call: LiveCall) -> None:
        self.setWindowTitle(self.tr("Incoming call"))
        self._title.setText(self.tr("Incoming call"))
        self._caller.show_text(call.who)
        about = self._about(call)
        self._known.show_text(about)
        self._known.setVisible(bool(about))
        self._to.setText(self.tr("to {0}").format(phone_number(call.line)) if call.line else "")
        self._practice.setVisible(call.is_practice)
        words = {
            Mode.AI_SPEAKS: self.tr("Answer – AI speaks"),
            Mode.AGENT_APPROVES: self.tr("Answer – I approve"),
            Mode.AGENT_SPEAKS: self.tr("Answer – I speak"),
        }[self._mode]
        self.answer_button.setText(beside_icon(f"{words}   {self._actions.keys('answer')}"))
        name_button(self.answer_button, words, self._actions["answer"])
        self._silence.setText(beside_icon(self.tr("Silence ring   Esc")))
        self._no_sound.hide()

    def _about(self, call: LiveCall) -> str:
        """What is known of the caller besides what stands in the first line."""
        number = phone_number(call.caller)
        if call.caller_name:
            first = number
        elif call.is_practice or is_withheld(call.caller):
            first = ""
        else:
            first = self.tr("Not in your contacts")
        return "   ·   ".join(part for part in (first, call.place) if part)

    def _enable(self, is_enabled: bool) -> None:
        for button in (self.answer_button, self.myself_button, self.decline_button, self._silence):
            button.setEnabled(is_enabled)

    def _move_to_agent(self) -> None:
        screen = QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()
        room: QRect = screen.availableGeometry()
        self.adjustSize()
        self.move(room.right() - self.width() - 32, room.top() + 48)

    def _restyle(self) -> None:
        self._icon.setPixmap(
            self._theme.pixmap("answer", "answer" if not self._theme.tokens.is_dark else "success", 20)
        )
        self.update()

    def _build(self) -> None:
        self._icon = QLabel()
        self._title = label("", "heading")
        self._time = label("", "small")
        self._time.setObjectName("ringingTime")
        self._caller = ElidedLabel("ringCaller")
        self._caller.setObjectName("ringingCaller")
        self._known = ElidedLabel("muted")
        self._known.setObjectName("ringingKnown")
        self._to = label("", "muted")
        self._practice = label(self.tr("PRACTICE – nobody real is calling"), "practice")
        self._no_sound = label(self.tr("No sound on this computer: the ring is only shown."), "small")
        self.answer_button = self._button("answer", "", "answer", "label")
        self.answer_button.setProperty("role", "answer")
        self.myself_button = self._button("answer_myself", self.tr("Answer and I speak"), "mic", "text")
        self.decline_button = self._button("decline", self.tr("Decline"), "hang-up", "label")
        self.decline_button.setProperty("role", "hangUp")
        self._silence = QPushButton()
        self._silence.setObjectName("silenceButton")
        self._silence.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._silence.setProperty("role", "link")
        self._silence.setAccessibleName(self.tr("Silence ring, Escape"))
        self._silence.clicked.connect(self.silence)
        self._theme.set_icon(self._silence, "silence", "muted")

    def _button(self, name: str, text: str, icon: str, token: str) -> QPushButton:
        button = GuardedButton(beside_icon(f"{text}   {self._actions.keys(name)}") if text else "")
        button.setObjectName(f"{name}Button")
        button.setIconSize(QSize(20, 20))
        self._theme.set_icon(button, icon, token)
        name_button(button, text, self._actions[name])
        # The action carries the guard against early presses; a click must pass it as well.
        button.clicked.connect(self._actions[name].trigger)
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._icon)
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self._time)
        answers = QVBoxLayout()
        answers.setSpacing(8)
        answers.addWidget(self.answer_button)
        answers.addWidget(self.myself_button)
        refusals = QVBoxLayout()
        refusals.addWidget(self.decline_button)
        refusals.addStretch(1)
        buttons = QHBoxLayout()
        buttons.addLayout(refusals)
        buttons.addStretch(1)
        buttons.addSpacing(100)
        buttons.addLayout(answers)
        foot = QHBoxLayout()
        foot.addWidget(self._no_sound)
        foot.addStretch(1)
        foot.addWidget(self._silence)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 12)
        column.setSpacing(4)
        column.addLayout(head)
        column.addSpacing(12)
        for words in (self._caller, self._known, self._practice, self._to):
            column.addWidget(words)
        column.addItem(QSpacerItem(_WIDTH - 48, 20))
        column.addLayout(buttons)
        column.addSpacing(4)
        column.addLayout(foot)
