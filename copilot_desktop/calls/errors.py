"""The error tree of the program. Rooms raise these; the desk catches what it can act on."""

from __future__ import annotations

from enum import StrEnum


class CopilotError(Exception):
    """Everything of ours that can go wrong."""


class IllegalTransition(CopilotError):
    """The order does not fit the call's state: a bug or a double click. Logged, never shown raw."""


class OrderRefused(CopilotError):
    """The order cannot be carried out. Its text says why, in a sentence for the agent."""


class UnknownCall(CopilotError):
    """No live call has this id."""


class EngineFault(StrEnum):
    """Why an engine failed; the front ends own the sentences."""

    KEY_REFUSED = "key_refused"
    NO_CREDIT = "no_credit"
    """The account is used up, or its owner's limit is reached."""
    MODEL_MISSING = "model_missing"
    """The model does not exist any more, or the account may not use it."""
    REQUEST_REFUSED = "request_refused"
    """Something in what we asked is not understood there."""
    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"
    TOO_SLOW = "too_slow"
    SERVER_FAILED = "server_failed"
    BROKEN_OFF = "broken_off"
    """It ended in the middle."""
    BAD_ANSWER = "bad_answer"
    """What came cannot be used."""
    NOT_LOADED = "not_loaded"
    """An engine of this computer cannot be loaded."""

    @property
    def is_lasting(self) -> bool:
        """Whether trying again is useless until a person has changed something."""
        return self in (
            EngineFault.KEY_REFUSED,
            EngineFault.NO_CREDIT,
            EngineFault.MODEL_MISSING,
            EngineFault.REQUEST_REFUSED,
        )


class EngineError(CopilotError):
    """A speech or language engine failed. `engine` names it in the user's words."""

    def __init__(self, engine: str, reason: str = "", *, fault: EngineFault | None = None) -> None:
        super().__init__(f"{engine}: {reason}" if reason else engine)
        self.engine = engine
        self.fault = fault or self._usual_fault

    _usual_fault = EngineFault.BROKEN_OFF


class EngineUnavailable(EngineError):
    """Network, time limit, overload. The adapter has tried again already."""

    _usual_fault = EngineFault.UNREACHABLE


class EngineRejected(EngineError):
    """Key, quota or request refused. Trying again is useless; Settings can help."""

    _usual_fault = EngineFault.REQUEST_REFUSED


class CallControlError(CopilotError):
    """The carrier refused an order about a call."""

    def __init__(self, reason: str, *, is_retryable: bool) -> None:
        super().__init__(reason)
        self.is_retryable = is_retryable


class LinkClosed(CopilotError):
    """The media stream is gone."""


class StoreError(CopilotError):
    """The history could not be read or written."""


class RecordingElsewhere(StoreError):
    """The call is another desk's, and its sound lies there."""


class DeviceError(CopilotError):
    """A microphone or speaker is missing or failed."""
