"""What the engines are doing, as plain data for desk, settings and terminal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from copilot_desktop.calls.errors import EngineFault


class EnginePart(StrEnum):
    """What an engine is for."""

    HEARING = "hearing"
    WRITER = "writer"
    VOICE = "voice"
    JUDGE = "judge"


class EngineState(StrEnum):
    """How a part stands."""

    LOADING = "loading"
    READY = "ready"
    """The first choice works, or nothing has shown that it does not."""
    BACKUP = "backup"
    """The first choice has failed; another does its work."""
    FAILED = "failed"
    """Nothing does."""
    NONE = "none"
    """There is none, by choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """One part: which engine does the work just now, and why it is not the first choice."""

    part: EnginePart
    state: EngineState
    name: str = ""
    """The engine at work, in words for the screen: "OpenAI gpt-6-luna"."""
    fault: EngineFault | None = None
    """Why the first choice does not work."""
    latency_ms: int | None = None
    """How long it took last: to words, first text, first sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one request is charged for; what does not apply is 0."""

    part: EnginePart
    model: str
    host: str
    """Where it went; prices hold for one host only."""
    seconds: float = 0.0
    """Sound listened to."""
    characters: int = 0
    """Text spoken."""
    input_tokens: int = 0
    """All text tokens read, the cached ones among them."""
    cached_tokens: int = 0
    output_tokens: int = 0
    audio_input_tokens: int = 0
    audio_output_tokens: int = 0
    is_estimate: bool = False
    """Counted by us: the other side did not say, or was cut off."""
