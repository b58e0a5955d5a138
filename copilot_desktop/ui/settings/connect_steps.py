"""ConnectSteps: from nothing to a phone that rings here, in five steps that can be left and resumed."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from copilot_desktop.calls.line import Step, StepState
from copilot_desktop.config import SecretPlace
from copilot_desktop.messages import Remedy
from copilot_desktop.ui.settings.connect_parts import (
    AccountStep,
    AddressStep,
    CallStep,
    NumberStep,
    SoundStep,
    StepPart,
)
from copilot_desktop.ui.settings.door import SettingsDoor
from copilot_desktop.ui.settings.listen import SamplePlayer
from copilot_desktop.ui.settings.page import words
from copilot_desktop.ui.settings.remedies import Remedies
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.buttons import beside_icon
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.theme import Theme, label, set_look
from copilot_desktop.ui.widgets.wording import phone_number

_WIDTH = 720
_SKIPPED = "connect/skipped"
_HEARD = "connect/heard"


class ConnectStep(StrEnum):
    """The five, in order."""

    ACCOUNT = "account"
    NUMBER = "number"
    ADDRESS = "address"
    SOUND = "sound"
    CALL = "call"


class _Card(QFrame):
    """One step: its number or tick, its title, what came of it; and, while it is its turn, its part."""

    def __init__(self, number: int, step: ConnectStep, title: str, part: StepPart, skip: str) -> None:
        super().__init__()
        self.setObjectName(f"connect_{step}")
        self.setProperty("look", "stepCard")
        self.step, self.number, self.part, self._name = step, number, part, title
        self.badge = label(str(number), "badge")
        self.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = label(title, "cardTitle")
        self.summary = words("", "muted")
        self.again = push(self.tr("Change"), f"connect_{step}_again", role="link")
        self.again.setAccessibleName(self.tr("Change: {0}").format(title))
        self.skip = push(skip, f"connect_{step}_skip", role="link")
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(12)
        column.addWidget(part)
        column.addLayout(FlowRow(self.skip))
        self.inner = inner
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 14, 16, 14)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.badge, 0, 0)
        grid.addWidget(self.title, 0, 1)
        grid.addWidget(self.again, 0, 2)
        grid.addWidget(self.summary, 1, 1, 1, 2)
        grid.addWidget(inner, 2, 1, 1, 2)

    def show_state(self, stands: str, summary: str) -> None:
        """`stands`: done, skipped, now or later."""
        self.badge.setText("✓" if stands == "done" else "–" if stands == "skipped" else str(self.number))
        for widget in (self, self.badge):
            set_look(widget, "stands", stands)
        self.inner.setVisible(stands == "now")
        self.again.setVisible(stands in ("done", "skipped"))
        self.summary.setText(summary)
        self.summary.setVisible(bool(summary) and stands != "now")
        self.setAccessibleName(f"{self.number}. {self._name}. {summary}")


class ConnectSteps(QWidget):
    """A page for the main window. `left`: back to where the person came from; all done is kept by then.

    `saved` carries the settings after each step that kept something, `page_asked` a page of the settings
    dialog on which more can be set. Between `begin` and `end` the page follows the line.
    """

    left = Signal()
    saved = Signal(object)
    page_asked = Signal(str)

    def __init__(
        self,
        door: SettingsDoor,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        player: SamplePlayer | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("connectSteps")
        self._door, self._theme = door, theme
        self._player = player or SamplePlayer(self)
        self._chosen: ConnectStep | None = None
        self._shown: ConnectStep | None = None
        self._unfollow: Callable[[], None] | None = None
        self._cards: dict[ConnectStep, _Card] = {}
        self._build()

    # For the window.

    def begin(self) -> None:
        """Go on where it was left; to be called when the page comes into view."""
        if self._unfollow is None:
            self._unfollow = self._door.follow(self._follow)
        self._chosen = self._shown = None
        self._show()

    def end(self) -> None:
        """The page is out of view."""
        if self._unfollow is not None:
            self._unfollow()
            self._unfollow = None
        self._player.stop()
        if self._shown is not None:
            self._cards[self._shown].part.leave()
            self._shown = None

    @property
    def current(self) -> ConnectStep | None:
        """The step whose turn it is; None: all are done or skipped."""
        if self._chosen is not None:
            return self._chosen
        return next(
            (step for step in ConnectStep if not self.is_done(step) and not self._is_skipped(step)), None
        )

    def is_done(self, step: ConnectStep) -> bool:
        """Whether a step has come to its end, now or in an earlier run."""
        settings, status = self._door.settings, self._door.line_status
        return {
            ConnectStep.ACCOUNT: bool(settings.twilio_account_sid) and self._has_token(),
            ConnectStep.NUMBER: bool(settings.twilio_number),
            ConnectStep.ADDRESS: status.is_open,
            ConnectStep.SOUND: self._door.preferences.value(_HEARD, "") == "yes",
            ConnectStep.CALL: status.view(Step.TEST_CALL).state is StepState.DONE,
        }[step]

    # Inside.

    def _has_token(self) -> bool:
        return self._door.secret_place("twilio_auth_token") is not SecretPlace.ABSENT

    def _skipped(self) -> set[str]:
        return set(filter(None, str(self._door.preferences.value(_SKIPPED, "")).split(",")))

    def _is_skipped(self, step: ConnectStep) -> bool:
        return step.value in self._skipped()

    def _skip(self, step: ConnectStep) -> None:
        self._keep_skipped(self._skipped() | {step.value})
        self._next()

    def _keep_skipped(self, skipped: set[str]) -> None:
        self._door.preferences.setValue(_SKIPPED, ",".join(sorted(skipped)))

    def _go_back_to(self, step: ConnectStep) -> None:
        self._keep_skipped(self._skipped() - {step.value})
        self._chosen = step
        self._show()

    def _done(self, step: ConnectStep) -> None:
        """The person, or the part, says that this step is finished."""
        if step is ConnectStep.SOUND:
            self._door.preferences.setValue(_HEARD, "yes")
        self._keep_skipped(self._skipped() - {step.value})
        self._next()

    def _next(self) -> None:
        self._chosen = None
        self._show()

    def _follow(self) -> None:
        """The line stands differently."""
        for card in self._cards.values():
            card.part.show_line()
        if self._chosen in (ConnectStep.ADDRESS, ConnectStep.CALL) and self.is_done(self._chosen):
            self._chosen = None
        self._show()

    def _show(self) -> None:
        current = self.current
        for step, card in self._cards.items():
            if step is current:
                stands = "now"
            elif self.is_done(step):
                stands = "done"
            else:
                stands = "skipped" if self._is_skipped(step) else "later"
            card.show_state(stands, self._summary(step, stands))
        is_all = all(self.is_done(step) for step in ConnectStep)
        self._ready.setVisible(current is None)
        self._ready_title.setText(
            self.tr("It works. Real calls ring here.") if is_all else self.tr("That is all for now.")
        )
        self._ready_text.setText(
            self.tr("You can close this page.")
            if is_all
            else self.tr("Steps that you skipped can be done later. You can practise at any time.")
        )
        if current is not self._shown:
            if self._shown is not None:
                self._cards[self._shown].part.leave()
            self._shown = current
            self._enter(current)

    def _enter(self, step: ConnectStep | None) -> None:
        if step is None:
            self.done_button.setFocus()
            announce(self, self._ready_title.text())
            return
        card = self._cards[step]
        card.part.enter()
        announce(self, card.accessibleName())
        if (first := card.part.first) is not None:
            first.setFocus()
            self._area.ensureWidgetVisible(card)

    def _summary(self, step: ConnectStep, stands: str) -> str:
        if stands == "skipped":
            return self.tr("Skipped")
        if stands != "done":
            return ""
        settings = self._door.settings
        return {
            ConnectStep.ACCOUNT: self.tr("Signed in"),
            ConnectStep.NUMBER: phone_number(settings.twilio_number) if settings.twilio_number else "",
            ConnectStep.ADDRESS: self._door.line_status.public_url,
            ConnectStep.SOUND: self.tr("Heard"),
            ConnectStep.CALL: self.tr("A real call arrived"),
        }[step]

    # Building.

    def _build(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(10)
        column.addWidget(label(self.tr("Connect my phone number"), "title"))
        column.addWidget(
            words(self.tr("About five minutes. Leave at any time: everything that is done is kept."), "lead")
        )
        column.addSpacing(8)
        for number, (step, title, part, skip) in enumerate(self._steps(), 1):
            card = _Card(number, step, title, part, skip)
            card.skip.clicked.connect(lambda _=False, step=step: self._skip(step))
            card.again.clicked.connect(lambda _=False, step=step: self._go_back_to(step))
            part.saved.connect(self.saved)
            part.done.connect(lambda step=step: self._done(step))
            self._cards[step] = card
            column.addWidget(card)
        column.addWidget(self._build_ready())
        back = push(beside_icon(self.tr("Back")), "connectBack")
        back.setAccessibleName(self.tr("Back"))
        back.setIconSize(QSize(18, 18))
        self._theme.set_icon(back, "back")
        back.clicked.connect(self.left)
        column.addSpacing(8)
        column.addLayout(FlowRow(back))
        self._frame(column)

    def _build_ready(self) -> QFrame:
        self._ready = QFrame()
        self._ready.setProperty("look", "stepCard")
        self._ready.setProperty("stands", "now")
        self._ready_title = label("", "cardTitle")
        self._ready_title.setObjectName("connectReady")
        self._ready_text = words("", "muted")
        self.done_button = push(self.tr("Done"), "connectDone", role="accent")
        self.done_button.clicked.connect(self.left)
        column = QVBoxLayout(self._ready)
        column.setContentsMargins(16, 14, 16, 14)
        column.addWidget(self._ready_title)
        column.addWidget(self._ready_text)
        column.addLayout(FlowRow(self.done_button))
        self._ready.hide()
        return self._ready

    def _steps(self) -> tuple[tuple[ConnectStep, str, StepPart, str], ...]:
        door, theme = self._door, self._theme
        remedies = Remedies(self._deeds())
        no_calls = self.tr("Skip – you can practise, real calls will not ring")
        return (
            (ConnectStep.ACCOUNT, self.tr("Phone account"), AccountStep(theme, door, remedies), no_calls),
            (ConnectStep.NUMBER, self.tr("Phone number"), NumberStep(theme, door, remedies), no_calls),
            (ConnectStep.ADDRESS, self.tr("Public address"), AddressStep(theme, door, remedies), no_calls),
            (
                ConnectStep.SOUND,
                self.tr("Sound"),
                SoundStep(theme, door, remedies, self._player),
                self.tr("Skip – without hearing it"),
            ),
            (
                ConnectStep.CALL,
                self.tr("Call your number now"),
                CallStep(theme, door, remedies),
                self.tr("Skip – without trying a real call"),
            ),
        )

    def _deeds(self) -> dict[Remedy, Callable[[], None]]:
        """Remedies beyond a step's own lead back to a step or to the settings."""
        open_address = lambda: self.page_asked.emit("address")  # noqa: E731 - one deed for six remedies
        return {
            Remedy.ENTER_KEY_AGAIN: lambda: self._go_back_to(ConnectStep.ACCOUNT),
            Remedy.OPEN_KEY_PAGE: AccountStep.console(self._door),
            Remedy.OPEN_ACCOUNT_PAGE: AccountStep.console(self._door),
            Remedy.PRACTISE: self._door.start_practice,
            Remedy.CHOOSE_NUMBER: lambda: self._go_back_to(ConnectStep.NUMBER),
            Remedy.DOWNLOAD_HELPER: open_address,
            Remedy.OWN_ADDRESS: open_address,
            Remedy.ENTER_HELPER_KEY: open_address,
            Remedy.TRY_ANOTHER_WAY: open_address,
            Remedy.ASK_IT: open_address,
            Remedy.SHOW_DETAILS: open_address,
            Remedy.OPEN_SETTINGS: open_address,
            Remedy.SAVE_REPORT: lambda: self.page_asked.emit("about"),
        }

    def _frame(self, column: QVBoxLayout) -> None:
        inner = QWidget()
        self._theme.follow(inner, lambda: inner.setMaximumWidth(self._theme.px(_WIDTH)))
        column.setContentsMargins(0, 0, 0, 0)
        inner.setLayout(column)
        body = QWidget()
        body.setObjectName("pageBody")
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(inner, 100)
        middle.addStretch(1)
        outer = QVBoxLayout(body)
        outer.setContentsMargins(32, 32, 32, 32)
        outer.addLayout(middle)
        outer.addStretch(1)
        self._area = QScrollArea()
        self._area.setObjectName("settingsScroll")
        self._area.setAccessibleName(self.tr("Connect my phone number"))
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(body)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._area)
