"""LineState: phone line and readiness as the window knows them, in words for switch, lights and page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, QObject, Signal

from copilot_desktop.calls.events import LineChanged, Readiness, ReadyChanged
from copilot_desktop.calls.line import LineProblem, LineStatus, Step, StepState
from copilot_desktop.messages import LineMessage, Remedy, line_message
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.shell import Shell, WhenClosed
from copilot_desktop.ui.widgets.wording import ordinal, phone_number, quoted

CONNECT_PAGE = "connect"
ACCOUNTS_PAGE, NUMBER_PAGE, ADDRESS_PAGE = "accounts", "number", "address"
AI_PAGE, ABOUT_PAGE = "ai", "about"
_PAGES = {
    Remedy.ENTER_KEY_AGAIN: ACCOUNTS_PAGE,
    Remedy.OPEN_KEY_PAGE: ACCOUNTS_PAGE,
    Remedy.OPEN_ACCOUNT_PAGE: ACCOUNTS_PAGE,
    Remedy.CHOOSE_NUMBER: NUMBER_PAGE,
    Remedy.POINT_HERE: NUMBER_PAGE,
    Remedy.CLEAR_OVERRIDE: NUMBER_PAGE,
    Remedy.LEAVE_IT: NUMBER_PAGE,
    Remedy.SAVE_REPORT: ABOUT_PAGE,
}
"""Where a remedy is at hand, if not on the page of the public address."""
_ADDRESS_STEPS = (Step.HELPER, Step.CONNECTED, Step.REACHABLE)


class LightState(StrEnum):
    """How something the program stands on is doing."""

    OK = "ok"
    WORKING = "working"
    SLOW = "slow"
    FAILED = "failed"
    NOT_SET_UP = "not_set_up"


@dataclass(frozen=True, slots=True)
class Light:
    """One light: `word` stands beside it, `tip` says more, `page` of the settings is where to change it."""

    state: LightState
    word: str
    tip: str
    page: str


@dataclass(frozen=True, slots=True)
class ReadyWords:
    """What the ready switch says. `page`: where its button leads; empty: no button."""

    tone: str
    title: str
    detail: str
    is_on: bool
    can_switch: bool
    button: str = ""
    page: str = ""
    why_not: str = ""

    @property
    def whole(self) -> str:
        """Title and detail in one."""
        if not self.detail or self.detail.startswith("("):
            return f"{self.title} {self.detail}".strip()
        return f"{self.title} – {self.detail}"


class LineState(QObject):
    """Folds `LineChanged` and `ReadyChanged`. `changed` follows every one of them."""

    changed = Signal()

    def __init__(self, bridge: Bridge, shell: Shell, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._shell = bridge, shell
        self.status = LineStatus()
        self.readiness = bridge.readiness
        self.sent_to = ""
        """Who gets what is said in a practice call, by name; empty: nobody."""
        bridge.line_changed.connect(self._take_line)
        bridge.ready_changed.connect(self._take_readiness)

    @property
    def is_ready(self) -> bool:
        """Real calls ring here."""
        return self.status.is_open and self.readiness is Readiness.READY

    @property
    def problem(self) -> LineProblem | None:
        """Why calls cannot reach this program, as far as anybody knows; None also while nothing is set up."""
        problem = self.status.problem
        if not self.status.is_wanted or problem is LineProblem.NOT_SET_UP:
            return None
        if problem is None and self.status.lost_at is not None and not self.status.is_open:
            return LineProblem.ADDRESS_LOST
        return problem

    def message(self) -> LineMessage | None:
        """Return what to tell about the problem, translated; None without one."""
        problem = self.problem
        return None if problem is None else self.told(problem)

    def told(self, problem: LineProblem) -> LineMessage:
        """Return the words for `problem` as the line stands now."""
        status = self.status
        return line_message(
            problem,
            translated,
            number=phone_number(status.number) if status.number else "",
            lost_at=_hour(status.lost_at),
            tries=status.tries,
            outage=self._shell.outage,
        )

    def toggle(self) -> None:
        """Let calls ring, or not."""
        if self.ready_words().can_switch:
            self._bridge.set_ready(self.readiness is not Readiness.READY)

    # Words.

    def ready_words(self) -> ReadyWords:
        """Return what the ready switch says."""
        status = self.status
        if not status.is_wanted or status.problem is LineProblem.NOT_SET_UP:
            return ReadyWords(
                "muted",
                self.tr("Not set up"),
                self.tr("real calls do not ring here"),
                is_on=False,
                can_switch=False,
                button=self.tr("Set up"),
                page=CONNECT_PAGE,
                why_not=self.tr("Connect your phone number first"),
            )
        if not status.is_open:
            return self._closed_line()
        return self._open_line()

    def _closed_line(self) -> ReadyWords:
        message = self.message()
        if message is None:
            return ReadyWords(
                "working",
                self.tr("Getting ready…"),
                self.tr("({0})").format(self._step_name()),
                is_on=False,
                can_switch=False,
                why_not=self.tr("Wait until the phone line is open"),
            )
        page = page_of(message.remedies[0]) if message.remedies else ADDRESS_PAGE
        return ReadyWords(
            "danger",
            self.tr("Not ready"),
            self.tr("because: {0}").format(message.title),
            is_on=False,
            can_switch=False,
            button=self.tr("Fix"),
            page=page,
            why_not=message.title,
        )

    def _open_line(self) -> ReadyWords:
        if self.readiness is Readiness.READY:
            return ReadyWords("success", self.tr("Ready"), self.tr("calls will ring"), True, True)
        heard = self._heard(self._shell.when_closed())
        if self.readiness is Readiness.NOT_READY:
            return ReadyWords("muted", self.tr("Not ready"), heard, False, True)
        return ReadyWords(
            "muted",
            self.tr("Closed now"),
            heard,
            is_on=False,
            can_switch=False,
            button=self.tr("Hours"),
            page=NUMBER_PAGE,
            why_not=self.tr("Your opening hours are over. They stand in the settings."),
        )

    def _heard(self, closed: WhenClosed) -> str:
        return {
            "message": self.tr("callers hear: {0}").format(quoted(closed.message)),
            "voicemail": self.tr("callers can leave a message"),
            "ai": self.tr("the AI answers callers"),
            "never": self.tr("callers hear that the line is busy"),
        }[closed.way]

    def _step_name(self) -> str:
        """The step that is under way, in words."""
        names = {
            Step.HELPER: self.tr("helper program"),
            Step.CONNECTED: self.tr("public address"),
            Step.REACHABLE: self.tr("public address"),
            Step.NUMBER: self.tr("phone number"),
            Step.TEST_CALL: self.tr("phone number"),
        }
        under_way = next((v.step for v in self.status.steps if v.state is not StepState.DONE), Step.NUMBER)
        return names[under_way]

    def phone_light(self) -> Light:
        """Return how account and number are."""
        view = self.status.view(Step.NUMBER)
        number = phone_number(self.status.number) if self.status.number else ""
        if not self.status.is_wanted:
            return self._not_set_up(CONNECT_PAGE)
        if view.state is StepState.DONE:
            return Light(
                LightState.OK, self.tr("OK"), self.tr("Calls to {0} come here.").format(number), NUMBER_PAGE
            )
        if view.problem is not None:
            return self._failed(view.problem, self.tr("Not working"), NUMBER_PAGE)
        return Light(LightState.WORKING, self.tr("checking"), self.tr("Not checked yet."), NUMBER_PAGE)

    def address_light(self) -> Light:
        """Return how the public address is."""
        status = self.status
        views = [status.view(step) for step in _ADDRESS_STEPS]
        if not status.is_wanted:
            return self._not_set_up(CONNECT_PAGE)
        if all(view.state is StepState.DONE for view in views):
            return Light(LightState.OK, self.tr("OK"), status.public_url, ADDRESS_PAGE)
        problem = next((view.problem for view in views if view.problem is not None), None)
        if status.lost_at is not None:
            return self._failed(problem or LineProblem.ADDRESS_LOST, self._since(), ADDRESS_PAGE)
        if problem is not None:
            return self._failed(problem, self.tr("Not working"), ADDRESS_PAGE)
        return Light(LightState.WORKING, self.tr("checking"), self.tr("Not checked yet."), ADDRESS_PAGE)

    def _since(self) -> str:
        lost = self.tr("lost at {0}").format(_hour(self.status.lost_at))
        if self.status.tries < 1:
            return lost
        return self.tr("{0}, {1} try").format(lost, ordinal(self.status.tries))

    def _failed(self, problem: LineProblem, word: str, page: str) -> Light:
        message = self.told(problem)
        page = page_of(message.remedies[0]) if message.remedies else page
        return Light(LightState.FAILED, word, f"{message.title}. {message.text}", page)

    def _not_set_up(self, page: str) -> Light:
        return Light(
            LightState.NOT_SET_UP, self.tr("Not set up"), self.tr("Press to connect your phone number."), page
        )

    def page_line(self) -> str:
        """Return the sentence under the first page's title."""
        number = phone_number(self.status.number)
        if self.is_ready:
            return self.tr("Ready – calls to {0} ring here.").format(number)
        if not self.status.is_wanted and self.sent_to:
            return self.tr(
                "You can try everything now – no phone number. What is said in practice goes to {0}."
            ).format(self.sent_to)
        if not self.status.is_wanted:
            return self.tr(
                "You can try everything now – no account, no phone number, nothing is sent anywhere."
            )
        return self.ready_words().whole

    # Facts.

    def _take_line(self, fact: LineChanged) -> None:
        self.status = fact.status
        self.changed.emit()

    def _take_readiness(self, fact: ReadyChanged) -> None:
        self.readiness = fact.readiness
        self.changed.emit()


def page_of(remedy: Remedy) -> str:
    """Return the page of the settings on which a remedy is at hand."""
    return _PAGES.get(remedy, ADDRESS_PAGE)


def translated(text: str) -> str:
    """Return one of the texts of `messages` in the user's language."""
    return QCoreApplication.translate("messages", text)


def _hour(moment: datetime | None) -> str:
    return moment.astimezone().strftime("%H:%M") if moment is not None else ""
