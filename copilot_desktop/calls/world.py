"""What calls are given: settings, engines and ports. Light to import, for a window stands on it."""

from __future__ import annotations

from dataclasses import dataclass

from copilot_desktop.calls.events import EventFeed
from copilot_desktop.calls.ports import AgentAudio, CallControl, Engines, Recordings
from copilot_desktop.calls.states import Mode


@dataclass(frozen=True, slots=True)
class AnsweringSettings:
    """Sentences and times of our side."""

    greeting: str
    waiting_sentence: str
    waiting_after_ms: int = 2500
    """In "I approve": silence without the agent's decision."""
    slow_after_ms: int = 4000
    """In "AI speaks": silence without a first sound."""


@dataclass(frozen=True, slots=True)
class CallSettings:
    """What the desk decides once for all calls."""

    answering: AnsweringSettings
    ring_s: float = 12.0
    unanswered: Mode | None = None
    """Who answers when nobody did: a mode, or None for "missed"."""
    hand_back_to: Mode = Mode.AI_SPEAKS
    grace_s: float = 3.0
    """How long a lost stream may be away …"""
    agent_grace_s: float = 15.0
    """… and while the agent speaks."""
    farewell_pause_s: float = 1.5
    is_recording: bool = True


@dataclass(slots=True)
class World:
    """What a session needs from outside. `control`, `recordings` and `headset` may be missing.

    Read when a call needs it, so a program may fill it in after its window stands.
    """

    feed: EventFeed
    engines: Engines
    control: CallControl | None = None
    recordings: Recordings | None = None
    headset: AgentAudio | None = None


@dataclass(frozen=True, slots=True)
class Levels:
    """Loudness of the last 20 ms, dBFS; −90 is silence."""

    caller_dbfs: float
    ours_dbfs: float
