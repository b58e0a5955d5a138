"""LineDesk: shows line and engines wherever they matter: ready switch, lights, first page, and the strip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from copilot_desktop.calls.events import CallEvent, Problem, ProblemRaised, ResponseTimed, UtteranceFinished
from copilot_desktop.calls.line import LineProblem
from copilot_desktop.messages import LineMessage, Remedy, remedy_words
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.engine_lights import EngineLights
from copilot_desktop.ui.first_page import FirstPage
from copilot_desktop.ui.health_strip import HealthStrip, Part
from copilot_desktop.ui.line_state import AI_PAGE, Light, LightState, LineState, page_of, translated
from copilot_desktop.ui.live.live_call import LiveCalls
from copilot_desktop.ui.ready_switch import ReadySwitch
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.widgets.actions import Actions
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.strip import Strip

_HEARING = (Problem.TRANSCRIBER_FAILED, Problem.TRANSCRIBER_BEHIND)
_ANSWERING = (Problem.WRITER_FAILED, Problem.WRITER_SLOW, Problem.VOICE_FAILED)
_MOST_REMEDIES = 2
_SLOW = (Problem.TRANSCRIBER_BEHIND, Problem.WRITER_SLOW)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the strip was last about."""

    problem: LineProblem
    lost_at: datetime | None
    is_in_call: bool

    def is_as_old_as(self, other: _Told) -> bool:
        """Whether both are about the same loss, seen from the same place."""
        return self.lost_at is not None and (self.lost_at, self.is_in_call) == (
            other.lost_at,
            other.is_in_call,
        )


class LineDesk(QObject):
    """`page_asked` carries the page of the settings on which something can be mended."""

    page_asked = Signal(str)
    set_up_asked = Signal()
    practice_asked = Signal()

    def __init__(
        self,
        bridge: Bridge,
        shell: Shell,
        actions: Actions,
        calls: LiveCalls,
        switch: ReadySwitch,
        health: HealthStrip,
        page: FirstPage,
        strip: Strip,
    ) -> None:
        super().__init__()
        self.state = LineState(bridge, shell, self)
        self.engines = EngineLights(bridge, self)
        self._actions, self._calls = actions, calls
        self._switch, self._health, self._page, self._strip = switch, health, page, strip
        self._told: _Told | None = None
        self._usual: dict[Part, Light] = {}
        self._troubled: set[Part] = set()
        """What a call has found wrong, until a call finds it right."""
        self.engines.changed.connect(self._show_engines)
        self.state.changed.connect(self.show)
        actions.keys_changed.connect(self.show)
        calls.current_changed.connect(self.show)
        switch.toggled.connect(self.state.toggle)
        switch.page_asked.connect(self.page_asked)
        health.page_asked.connect(self.page_asked)
        bridge.fact_told.connect(self._take)
        self.show()

    def show(self) -> None:
        """Show how the line stands."""
        words = self.state.ready_words()
        self._switch.show_words(words, self._actions.keys("ready"))
        self._actions.enable("ready", words.can_switch, words.why_not)
        self._health.show_light(Part.PHONE_LINE, self.state.phone_light())
        self._health.show_light(Part.ADDRESS, self.state.address_light())
        self._page.show_line(self.state)
        self._show_strip()

    def show_light(self, part: Part, light: Light) -> None:
        """Show how speech-to-text or the AI is, as long as the engines do not tell it themselves."""
        if not self.engines.are_known:
            self._show_usual(part, light)

    def _show_engines(self) -> None:
        self._show_usual(Part.SPEECH, self.engines.speech_light())
        self._show_usual(Part.AI, self.engines.ai_light())
        self.state.sent_to = self.engines.sent_to()
        self._page.show_line(self.state)

    def _show_usual(self, part: Part, light: Light) -> None:
        self._usual[part] = light
        if part not in self._troubled or light.state is LightState.FAILED:
            self._health.show_light(part, light)

    def _show_strip(self) -> None:
        message, problem = self.state.message(), self.state.problem
        is_in_call = self._calls.talking()
        is_lost = self.state.status.lost_at is not None
        # In a call only what is new matters; that nothing is set up right can wait.
        if message is None or problem is None or (is_in_call and not is_lost):
            self._told = None
            self._strip.dismiss()
            return
        text = message.text
        if is_lost and is_in_call:
            text = self.tr("{0} This call goes on.").format(text)
        told, self._told = self._told, _Told(problem, self.state.status.lost_at, is_in_call)
        if told == self._told:
            # The number of tries moves; what was closed stays closed.
            self._strip.reword(message.title, text)
        elif told is None or not told.is_as_old_as(self._told):
            self._tell(message, text)
            announce(self._strip, f"{message.title}. {text}", is_urgent=True)
        elif self._strip.is_wanted:
            # Still the same loss: each new try may fail for another reason, and is not told aloud.
            self._tell(message, text)

    def _tell(self, message: LineMessage, text: str) -> None:
        remedies = tuple(
            (translated(remedy_words(each)), self._deed(each)) for each in message.remedies[:_MOST_REMEDIES]
        )
        self._strip.tell(message.title, text, "warning", remedies)

    def _deed(self, remedy: Remedy) -> Callable[[], object]:
        if remedy in (Remedy.SET_UP_AGAIN, Remedy.CHECK_AGAIN):
            return self.set_up_asked.emit
        if remedy is Remedy.PRACTISE:
            return self.practice_asked.emit
        if remedy is Remedy.LEAVE_IT:
            return self._strip.dismiss
        return lambda: self.page_asked.emit(page_of(remedy))

    def _take(self, fact: CallEvent) -> None:
        """A call shows how hearing and answering really are."""
        if isinstance(fact, ProblemRaised):
            part = Part.SPEECH if fact.problem in _HEARING else Part.AI
            if fact.problem not in _HEARING + _ANSWERING:
                return
            if fact.is_recovered:
                self._recover(part)
            else:
                self._trouble(part, is_slow=fact.problem in _SLOW)
        elif isinstance(fact, ResponseTimed):
            self._recover(Part.AI)
        elif isinstance(fact, UtteranceFinished):
            self._recover(Part.SPEECH)

    def _trouble(self, part: Part, *, is_slow: bool) -> None:
        self._troubled.add(part)
        state = LightState.SLOW if is_slow else LightState.FAILED
        word = self.tr("slow") if is_slow else self.tr("Not working")
        usual = self._usual.get(part)
        self._health.show_light(part, Light(state, word, usual.tip if usual else "", AI_PAGE))

    def _recover(self, part: Part) -> None:
        self._troubled.discard(part)
        ok = Light(LightState.OK, self.tr("OK"), "", AI_PAGE)
        self._health.show_light(part, self._usual.get(part, ok))
