"""The error tree of the program. Rooms raise these; the desk catches what it can act on."""

from __future__ import annotations


class CopilotError(Exception):
    """Everything of ours that can go wrong."""


class IllegalTransition(CopilotError):
    """The order does not fit the call's state: a bug or a double click. Logged, never shown raw."""


class OrderRefused(CopilotError):
    """The order cannot be carried out. Its text says why, in a sentence for the agent."""


class UnknownCall(CopilotError):
    """No live call has this id."""


class EngineError(CopilotError):
    """A speech or language engine failed. `engine` names it in the user's words."""

    def __init__(self, engine: str, reason: str = "") -> None:
        super().__init__(f"{engine}: {reason}" if reason else engine)
        self.engine = engine


class EngineUnavailable(EngineError):
    """Network, time limit, overload. The adapter has tried again already."""


class EngineRejected(EngineError):
    """Key, quota or request refused. Trying again is useless; Settings can help."""


class CallControlError(CopilotError):
    """The carrier refused an order about a call."""

    def __init__(self, reason: str, *, is_retryable: bool) -> None:
        super().__init__(reason)
        self.is_retryable = is_retryable


class LinkClosed(CopilotError):
    """The media stream is gone."""


class StoreError(CopilotError):
    """The history could not be read or written."""


class DeviceError(CopilotError):
    """A microphone or speaker is missing or failed."""
