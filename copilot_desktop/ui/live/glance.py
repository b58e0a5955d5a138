"""Glance: how the desk stands in a few words, for whoever does not look at it: task bar and tray."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from copilot_desktop.calls.events import Readiness, Treatment
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.ui.line_state import LineState
from copilot_desktop.ui.live.live_call import LiveCall, LiveCalls
from copilot_desktop.ui.widgets.wording import clock, mode_name, problem_message

PROGRAM = "AI Call CoPilot"


def _tr(text: str) -> str:
    return QCoreApplication.translate("glance", text)


class Sign(StrEnum):
    """What the tray icon shows."""

    READY = "ready"
    NOT_READY = "not_ready"
    RINGING = "ringing"
    AI = "ai"
    """In a call, and the caller does not hear the agent."""
    YOU = "you"
    """In a call that the agent speaks in."""
    HOLD = "hold"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Glance:
    """`words` say the state, `who` the caller it is about, `aside` what else must not be forgotten."""

    sign: Sign
    words: str
    who: str = ""
    aside: str = ""
    is_practice: bool = False

    @property
    def whole(self) -> str:
        """All of it in one line."""
        practice = f"{_tr('PRACTICE')} – " if self.is_practice else ""
        return practice + " · ".join(part for part in (self.words, self.who, self.aside) if part)


def rings_here(call: LiveCall, readiness: Readiness) -> bool:
    """Whether the agent is asked about `call`. While closed or not ready the desk deals with real calls."""
    return call.state is CallState.RINGING and (call.is_practice or readiness is Readiness.READY)


def ringing(calls: Iterable[LiveCall], readiness: Readiness) -> LiveCall | None:
    """Return the call that has been waiting longest for the agent's answer."""
    return next((call for call in calls if rings_here(call, readiness)), None)


def glance(calls: LiveCalls, line: LineState, now_s: float) -> Glance:
    """Return how the desk stands: trouble in a call before a ring, a ring before the call that runs."""
    waiting, current = ringing(calls, line.readiness), calls.current
    if current is not None and (trouble := _trouble(current, now_s)):
        return _about(current, Sign.PROBLEM, trouble, _held_aside(calls, current, now_s))
    if waiting is not None:
        words = _tr("RINGING {0}").format(clock(waiting.elapsed_s(now_s)))
        held = _hold_words(current, now_s) if current is not None and current.is_on_hold else ""
        return _about(waiting, Sign.RINGING, words, held or _held_aside(calls, current, now_s))
    if current is None:
        return _between_calls(line)
    if current.is_on_hold:
        words = _tr("HOLD {0}").format(clock(now_s - current.hold_since_s))
        return _about(current, Sign.HOLD, words, "")
    aside = _held_aside(calls, current, now_s)
    if current.is_talk and current.mode is Mode.AGENT_SPEAKS:
        words = _tr("YOU ARE MUTED") if current.is_muted else _tr("YOU ARE LIVE")
        return _about(current, Sign.YOU, words, aside)
    return _about(current, Sign.AI, _quiet_words(current), aside)


def title(calls: LiveCalls, line: LineState, phrase: str, now_s: float) -> str:
    """Return the window's title. `phrase` is what stands at "who speaks" about the current call."""
    current, waiting = calls.current, ringing(calls, line.readiness)
    if current is None:
        about = glance(calls, line, now_s)
        return f"{about.whole} – {PROGRAM}" if about.sign in (Sign.RINGING, Sign.PROBLEM) else PROGRAM
    parts = [_state_words(current, phrase, now_s), _held_aside(calls, current, now_s)]
    if waiting is not None:
        parts.insert(0, _tr("SECOND CALL"))
    practice = f"{_tr('PRACTICE')} – " if current.is_practice else ""
    return f"{practice}{' · '.join(part for part in parts if part)} – {PROGRAM}"


def _state_words(call: LiveCall, phrase: str, now_s: float) -> str:
    if call.is_lost:
        phrase = f"{phrase} {clock(now_s - call.lost_since_s)}"
    elif call.is_on_hold:
        return f"{_tr('ON HOLD {0}').format(clock(now_s - call.hold_since_s))} · {call.who}"
    elif call.mode is Mode.AGENT_SPEAKS:
        phrase = phrase.upper()
    return f"{clock(call.elapsed_s(now_s))} · {call.who} · {phrase}"


def _about(call: LiveCall, sign: Sign, words: str, aside: str) -> Glance:
    return Glance(sign, words, call.who, aside, is_practice=call.is_practice)


def _trouble(call: LiveCall, now_s: float) -> str:
    """What is wrong with the call that the agent should see to; empty: nothing."""
    if call.is_lost:
        return _tr("The sound is lost {0}").format(clock(now_s - call.lost_since_s))
    if call.mode is Mode.AGENT_SPEAKS:
        return _tr("We cannot hear you") if call.is_microphone_silent and call.is_talk else ""
    if call.problem is not None and (message := problem_message(call.problem)).offers_take_over:
        return message.title
    return ""


def _quiet_words(call: LiveCall) -> str:
    if call.is_passing_on:
        return _tr("Passing the call on…")
    if call.treatment is Treatment.MESSAGE:
        return _tr("Caller hears your message")
    if call.treatment is not Treatment.TALK:
        return _tr("Caller leaves a message")
    return mode_name(call.mode)


def _held_aside(calls: LiveCalls, shown: LiveCall | None, now_s: float) -> str:
    """Of the other calls the one that has been on hold longest."""
    held = [call for call in calls.connected() if call.is_on_hold and call is not shown]
    return _hold_words(min(held, key=lambda call: call.hold_since_s), now_s) if held else ""


def _hold_words(call: LiveCall, now_s: float) -> str:
    return _tr("on hold: {0} {1}").format(call.who, clock(now_s - call.hold_since_s))


def _between_calls(line: LineState) -> Glance:
    words = line.ready_words()
    if words.is_on:
        return Glance(Sign.READY, words.whole)
    return Glance(Sign.PROBLEM if words.tone == "danger" else Sign.NOT_READY, words.whole)
