"""EngineLights: what the engines are doing, in words for the lights, the practice band and the first page."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from copilot_desktop.calls.engine_status import EnginePart, EngineState, EngineStatus
from copilot_desktop.calls.events import EnginesChanged
from copilot_desktop.messages import engine_message, fault_words
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.line_state import AI_PAGE, Light, LightState, translated

_SLOW_MS = {EnginePart.HEARING: 1500, EnginePart.WRITER: 2500, EnginePart.VOICE: 1500}
"""Longer than that and callers notice."""
_HERE = "this computer"
_GRAVITY = (EngineState.FAILED, EngineState.BACKUP, EngineState.LOADING, EngineState.READY, EngineState.NONE)


class EngineLights(QObject):
    """Folds `EnginesChanged`; `changed` follows each. Until the first one, nothing is known."""

    changed = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._parts: dict[EnginePart, EngineStatus] = {}
        bridge.engines_changed.connect(self._take)

    @property
    def are_known(self) -> bool:
        """Whether the engines have told how they are."""
        return bool(self._parts)

    def speech_light(self) -> Light:
        """Return how speech-to-text is."""
        return self._light(self._parts.get(EnginePart.HEARING), (EnginePart.HEARING,))

    def ai_light(self) -> Light:
        """Return how answers and voice are: the worse of both."""
        both = [self._parts[part] for part in (EnginePart.WRITER, EnginePart.VOICE) if part in self._parts]
        worst = min(both, key=lambda each: _GRAVITY.index(each.state), default=None)
        return self._light(worst, (EnginePart.WRITER, EnginePart.VOICE))

    def sent_to(self) -> str:
        """Return who gets something of a call just now, by name; empty: everything stays here."""
        return next((each.name for each in self._parts.values() if _is_elsewhere(each)), "")

    def practice_words(self) -> tuple[str, str]:
        """Return what the band of a practice call says: at length, and in short."""
        writer = self._parts.get(EnginePart.WRITER)
        if writer is not None and _is_elsewhere(writer):
            return (
                self.tr("PRACTICE – nobody real is calling. The AI's answers come from {0}.").format(
                    writer.name
                ),
                self.tr("PRACTICE – answers from {0}").format(writer.name),
            )
        if name := self.sent_to():
            return (
                self.tr("PRACTICE – nobody real is calling. What is said goes to {0}.").format(name),
                self.tr("PRACTICE – words go to {0}").format(name),
            )
        return (
            self.tr("PRACTICE – nobody real is calling. Nothing leaves this computer."),
            self.tr("PRACTICE – nothing leaves this computer"),
        )

    # Inside.

    def _take(self, fact: EnginesChanged) -> None:
        self._parts = {each.part: each for each in fact.parts}
        self.changed.emit()

    def _light(self, status: EngineStatus | None, parts: tuple[EnginePart, ...]) -> Light:
        if status is None:
            return Light(LightState.WORKING, self.tr("loading"), "", AI_PAGE)
        tip = "\n".join(self._tip(self._parts[part]) for part in parts if part in self._parts)
        state, word = self._word(status)
        return Light(state, word, tip, AI_PAGE)

    def _word(self, status: EngineStatus) -> tuple[LightState, str]:
        seconds = _seconds(status.latency_ms)
        match status.state:
            case EngineState.LOADING:
                return LightState.WORKING, self.tr("loading")
            case EngineState.BACKUP:
                return LightState.SLOW, self.tr("backup in use")
            case EngineState.FAILED:
                return LightState.FAILED, self.tr("Not working")
            case EngineState.NONE:
                return LightState.NOT_SET_UP, self.tr("none")
            case EngineState.READY:
                if (status.latency_ms or 0) > _SLOW_MS.get(status.part, 0):
                    return LightState.SLOW, self.tr("slow, {0}").format(seconds)
                return LightState.OK, seconds or self.tr("OK")

    def _tip(self, status: EngineStatus) -> str:
        """Return which engine does the work of one part, and why it is not the first."""
        names = {
            EnginePart.HEARING: self.tr("Speech-to-text: {0}"),
            EnginePart.WRITER: self.tr("Answers: {0}"),
            EnginePart.VOICE: self.tr("Voice: {0}"),
            EnginePart.JUDGE: self.tr("Reports: {0}"),
        }
        if status.state is EngineState.FAILED and status.fault is not None:
            message = engine_message(status.fault, status.name, translated)
            return names[status.part].format(f"{message.title}. {message.text}")
        words = names[status.part].format(status.name or self.tr("none"))
        if status.state is EngineState.BACKUP and status.fault is not None:
            words = f"{words}. {fault_words(status.fault, translated)}"
        return words


def _is_elsewhere(status: EngineStatus) -> bool:
    is_at_work = status.state in (EngineState.READY, EngineState.BACKUP)
    return is_at_work and bool(status.name) and _HERE not in status.name


def _seconds(latency_ms: int | None) -> str:
    if latency_ms is None:
        return ""
    # Engines of this computer often need next to nothing, and never nothing.
    return f"{latency_ms / 1000:.1f} s" if latency_ms >= 50 else "< 0.1 s"
