"""What calls are given: settings, engines and ports. Light to import, for a window stands on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from copilot_desktop.calls.events import EventFeed, Tool, Treatment
from copilot_desktop.calls.ports import AgentAudio, CallControl, Checklist, Engines, Recordings
from copilot_desktop.calls.states import Mode

Action = Mode | Literal[Treatment.MESSAGE, Treatment.VOICEMAIL] | None
"""What becomes of a call that no person takes: a mode to answer in, a treatment, or None: it is not taken."""


class Hours(Protocol):
    """When calls are taken."""

    def is_open(self, moment: datetime) -> bool:
        """Tell for a moment of local time."""
        ...


@dataclass(frozen=True, slots=True)
class AnsweringSettings:
    """Sentences and times of our side."""

    greeting: str
    waiting_sentence: str
    waiting_after_ms: int = 2500
    """In "I approve": silence without the agent's decision."""
    slow_after_ms: int = 2500
    """In "AI speaks": silence without a first sound."""
    still_waiting_sentence: str = "Someone will be with you in a moment."
    """Said where the waiting sentence was followed by nothing; then the hold sound plays."""
    notice: str = ""
    """Said before anything else on a recorded call; empty: none is needed."""


@dataclass(frozen=True, slots=True)
class CallSettings:
    """What the desk decides once for all calls."""

    answering: AnsweringSettings
    ring_s: float = 12.0
    unanswered: Action = None
    """When nobody accepted it in time."""
    closed: Action = Treatment.MESSAGE
    """Outside the opening hours, or while nobody is ready."""
    anonymous: Literal["ring", "message", "never"] = "ring"
    """For callers who withhold their number."""
    blocked: frozenset[str] = frozenset()
    """Numbers in E.164 whose calls are never taken."""
    max_calls: int = 10
    """At once, those that ring among them; one more is not taken."""
    opening_hours: Hours | None = None
    """None: always open."""
    hand_back_to: Mode = Mode.AI_SPEAKS
    grace_s: float = 3.0
    """How long a lost stream may be away …"""
    agent_grace_s: float = 15.0
    """… and while the agent speaks."""
    farewell_pause_s: float = 1.5
    ai_tools: frozenset[Tool] = frozenset(Tool) - {Tool.TRANSFER}
    """What the AI may do besides talking."""
    transfer_targets: Mapping[str, str] = field(default_factory=dict)
    """Whom the AI may pass a caller on to: a number or SIP address by name."""
    is_recording: bool = True
    is_card_number_hidden: bool = True
    hold_sound: Literal["music", "silence"] = "music"
    message: str = "Thank you for calling. We cannot take your call right now. We will call you back."
    voicemail_prompt: str = "We cannot take your call right now. Please leave a message after the tone."
    voicemail_thanks: str = "Thank you. We will call you back. Goodbye."
    voicemail_pause_s: float = 5.0
    """Silence after the caller's words that ends the message …"""
    voicemail_limit_s: float = 180.0
    """… and its greatest length."""
    back_sentence: str = "Sorry, we lost the connection for a moment. We can hear you again."
    """Said when a lost stream is back."""
    transfer_failed_sentence: str = "Sorry, nobody there can take your call right now. You are back with us."


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
    new_checklist: Callable[[], Checklist | None] = lambda: None
    """The steps of a call that begins; None: there are none."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Loudness of the last 20 ms, dBFS; −90 is silence."""

    caller_dbfs: float
    ours_dbfs: float
