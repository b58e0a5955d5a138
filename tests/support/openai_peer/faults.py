"""What the peer can do wrong, where, and how long it takes for what it does right."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto


class Where(StrEnum):
    """Which of the peer's services."""

    MODELS = auto()
    TRANSCRIPTIONS = auto()
    RESPONSES = auto()
    CHAT = auto()
    SPEECH = auto()
    REALTIME_TRANSCRIPTION = auto()
    REALTIME_VOICE = auto()


class Fault(StrEnum):
    """What goes wrong."""

    KEY_REFUSED = auto()
    MODEL_MISSING = auto()
    RATE_LIMITED = auto()
    NO_CREDIT = auto()
    SERVER_ERROR = auto()
    STALL_BEFORE = auto()
    """It takes the request and says nothing."""
    STALL_MIDWAY = auto()
    CUT_MIDWAY = auto()
    """The connection breaks in the middle of an answer."""
    GARBAGE = auto()
    EMPTY = auto()
    HUGE = auto()
    """An answer of a megabyte."""
    WRONG_FORMAT = auto()
    """A realtime session that will not take the sound format it was asked for."""
    REFUSED_SESSION = auto()
    """A realtime session that answers `session.update` with an error."""
    CLOSE_1000 = auto()
    CLOSE_1006 = auto()
    CLOSE_1011 = auto()
    CLOSE_4000 = auto()
    OTHER_WORDS = auto()
    """A realtime voice that says something else than it was given."""

    @property
    def close_code(self) -> int | None:
        """With what a WebSocket is closed; None: this is no such fault."""
        name = self.name.removeprefix("CLOSE_")
        return int(name) if name.isdigit() else None


ERRORS: dict[Fault, tuple[int, str, str]] = {
    Fault.KEY_REFUSED: (401, "invalid_request_error", "invalid_api_key"),
    Fault.MODEL_MISSING: (404, "invalid_request_error", "model_not_found"),
    Fault.RATE_LIMITED: (429, "requests", "rate_limit_exceeded"),
    Fault.NO_CREDIT: (429, "insufficient_quota", "insufficient_quota"),
    Fault.SERVER_ERROR: (500, "server_error", "server_error"),
}


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds; what is 0 happens at once."""

    transcription_s: float = 0.0
    """From a whole upload, or a commit, to the words."""
    delta_s: float = 0.1
    """From sound to the words in it, while a realtime session listens."""
    first_token_s: float = 0.0
    token_s: float = 0.0
    first_byte_s: float = 0.0
    speech_rate: float | None = None
    """How many times faster than real time sound is delivered; None: at once."""


class FaultPlan:
    """What goes wrong next, and where."""

    def __init__(self) -> None:
        self._planned: dict[Where, list[tuple[Fault, int | None]]] = {}

    def plan(self, where: Where, fault: Fault, times: int | None) -> None:
        """Let the next `times` requests go wrong; None: all of them."""
        self._planned.setdefault(where, []).append((fault, times))

    def clear(self) -> None:
        """All is well again."""
        self._planned.clear()

    def next(self, where: Where) -> Fault | None:
        """Return what goes wrong with this request."""
        planned = self._planned.get(where)
        if not planned:
            return None
        fault, times = planned[0]
        if times is not None:
            planned[0] = (fault, times - 1)
            if times <= 1:
                planned.pop(0)
        return fault
