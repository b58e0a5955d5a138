"""Call facts ⇄ rows. The names and versions written here stay readable for ever."""

from __future__ import annotations

import logging
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from copilot_desktop.calls import events
from copilot_desktop.calls.events import CallEvent, CallId
from copilot_desktop.calls.ports import CallSummary

log = logging.getLogger("copilot.store")

VERSION = 1
"""Of every body written today. Raise it when the meaning of a field changes, and let `decode` read both."""

KINDS: MappingProxyType[str, type[CallEvent]] = MappingProxyType(
    {
        "call_ringing": events.CallRinging,
        "state_changed": events.StateChanged,
        "utterance_finished": events.UtteranceFinished,
        "speech_measured": events.SpeechMeasured,
        "suggestion_ready": events.SuggestionReady,
        "suggestion_decided": events.SuggestionDecided,
        "treatment_changed": events.TreatmentChanged,
        "notice_given": events.NoticeGiven,
        "digit_pressed": events.DigitPressed,
        "digits_sent": events.DigitsSent,
        "transfer_changed": events.TransferChanged,
        "mode_changed": events.ModeChanged,
        "hold_changed": events.HoldChanged,
        "recording_changed": events.RecordingChanged,
        "recording_placed": events.RecordingPlaced,
        "response_timed": events.ResponseTimed,
        "tool_used": events.ToolUsed,
        "engine_used": events.EngineUsed,
        "bookmarked": events.Bookmarked,
        "notes_changed": events.NotesChanged,
        "wrap_up_changed": events.WrapUpChanged,
        "checklist_changed": events.ChecklistChanged,
        "line_measured": events.LineMeasured,
        "problem_raised": events.ProblemRaised,
        "call_ended": events.CallEnded,
        "summary_written": events.SummaryWritten,
    }
)
"""Names on disk, apart from the classes' own: renaming a class must not lose old calls."""

_NAMES = MappingProxyType({kind: name for name, kind in KINDS.items()})


class Row(NamedTuple):
    """One fact as it lies on disk; the call and the time are columns, the rest is JSON."""

    call_id: str
    at_ms: int
    kind: str
    version: int
    body: str


def is_kept(fact: object) -> bool:
    """Return whether `fact` belongs on disk: a call's own, and not one that only moves on the screen."""
    return type(fact) in _NAMES


def name_of(kind: type[CallEvent]) -> str:
    """Return the name on disk of a kept kind of fact."""
    return _NAMES[kind]


def encode(event: CallEvent) -> Row:
    """Return the row of a kept `event`. Raises ValueError where its text cannot be written."""
    body: dict[str, Any] = msgspec.to_builtins(event)
    del body["call_id"], body["at_ms"]
    text = msgspec.json.encode(body).decode()
    return Row(str(event.call_id), event.at_ms, _NAMES[type(event)], VERSION, text)


def decode(row: Row) -> CallEvent | None:
    """Return the fact in `row`, or None where a newer program wrote what this one does not know.

    Fields added later are ignored; fields that an older program did not write take their defaults.
    """
    kind = KINDS.get(row.kind)
    if kind is None:
        return None
    try:
        body = msgspec.json.decode(row.body, type=dict[str, Any])
        return msgspec.convert({**body, "call_id": CallId(row.call_id), "at_ms": row.at_ms}, type=kind)
    except msgspec.MsgspecError:
        log.warning("a %s of version %d could not be read and was left out", row.kind, row.version)
        return None


def to_jsonable(record: CallEvent | CallSummary) -> dict[str, Any]:
    """Return a kept fact, led by its name on disk, or a row of the history, as plain JSON values."""
    body: dict[str, Any] = msgspec.to_builtins(record)
    return body if isinstance(record, CallSummary) else {"fact": _NAMES[type(record)], **body}
