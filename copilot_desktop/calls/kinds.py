"""What the facts of a call may say: the kinds of parties, outcomes, decisions and problems.

`events` hands all of them on, beside the facts that carry them.
"""

from __future__ import annotations

from enum import StrEnum


class Party(StrEnum):
    """Who said something."""

    CALLER = "caller"
    ASSISTANT = "assistant"
    AGENT = "agent"


class Outcome(StrEnum):
    """How a call ended."""

    COMPLETED = "completed"
    MISSED = "missed"
    DECLINED = "declined"
    FAILED = "failed"
    VOICEMAIL = "voicemail"
    """Nobody took it; the caller left a message."""
    TRANSFERRED = "transferred"
    INTERRUPTED = "interrupted"
    """The program stopped in mid-call; written at its next start."""


class Treatment(StrEnum):
    """What an answered call is for."""

    TALK = "talk"
    MESSAGE = "message"
    """The caller hears a message, then the call ends."""
    VOICEMAIL = "voicemail"
    """The caller hears a prompt and a tone, and speaks on tape."""


class Readiness(StrEnum):
    """Whether calls ring here."""

    READY = "ready"
    NOT_READY = "not_ready"
    """The agent's choice."""
    CLOSED = "closed"
    """Outside the opening hours."""


class RecordingCause(StrEnum):
    """Why the recording changed."""

    CALL_BEGAN = "call_began"
    NOTICE_GIVEN = "notice_given"
    NOTICE_FAILED = "notice_failed"
    AGENT = "agent"
    CARD_NUMBER = "card_number"
    CARD_NUMBER_OVER = "card_number_over"
    FAILED = "failed"


class RecordingState(StrEnum):
    """How the recording of a live call stands."""

    OFF = "off"
    WAITING_FOR_NOTICE = "waiting_for_notice"
    """Nothing is recorded until the caller has been told."""
    ON = "on"
    PAUSED = "paused"


class TransferResult(StrEnum):
    """How far a transfer came."""

    ASKED = "asked"
    CONNECTED = "connected"
    REFUSED = "refused"
    """The carrier did not take the order, or nobody answered; the caller is back."""


class Decision(StrEnum):
    """What became of a suggestion."""

    SAID = "said"
    EDITED = "edited"
    SKIPPED = "skipped"
    EXPIRED = "expired"


class Tool(StrEnum):
    """What the AI can do besides talking."""

    SEARCH = "search"
    END_CALL = "end_call"
    ASK_AGENT = "ask_agent"
    TRANSFER = "transfer"
    TAKE_MESSAGE = "take_message"


class ToolResult(StrEnum):
    """What became of it."""

    DONE = "done"
    REFUSED = "refused"
    """Our rules do not allow it here."""
    LEFT_TO_AGENT = "left_to_agent"
    """The agent sees it and decides."""


class JudgementStage(StrEnum):
    """How far the judging of a call is. A person who changes a judgement is DONE too."""

    BEGAN = "began"
    DONE = "done"
    FAILED = "failed"


class Problem(StrEnum):
    """Reasons; the front ends own the sentences."""

    TRANSCRIBER_FAILED = "transcriber_failed"
    TRANSCRIBER_BEHIND = "transcriber_behind"
    WRITER_FAILED = "writer_failed"
    WRITER_SLOW = "writer_slow"
    VOICE_FAILED = "voice_failed"
    BACKUP_TRANSCRIBER = "backup_transcriber"
    """Another engine listens; `detail` is the EngineFault of the first."""
    BACKUP_WRITER = "backup_writer"
    BACKUP_VOICE = "backup_voice"
    LINK_LOST = "link_lost"
    LINK_BAD_MESSAGES = "link_bad_messages"
    MICROPHONE_MISSING = "microphone_missing"
    MICROPHONE_SILENT = "microphone_silent"
    """It is open and gives no sound at all: it may be switched off on the headset."""
    RECORDING_FAILED = "recording_failed"
    STORE_FAILED = "store_failed"
    HANG_UP_FAILED = "hang_up_failed"
    NOTICE_FAILED = "notice_failed"
    """The recording's notice was not heard; nothing is recorded until it is, or the agent gave it."""
    TRANSFER_FAILED = "transfer_failed"
    CRASHED = "crashed"
