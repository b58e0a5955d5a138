"""PracticeResult: what a practice call was like for the caller, and how it is measured. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from copilot_desktop.audio.frame import FRAME_MS

JOIN_MS = 300
"""Sounds of one side with less silence than this between them are one interval."""

STOPPED_MS = 200
"""So long the assistant must be silent to count as stopped by an interruption."""


class PracticeOutcome(StrEnum):
    """How a practice call ended, from the caller's side."""

    COMPLETED = "completed"
    """Everything was said, and the goodbyes."""
    GAVE_UP = "gave_up"
    """Nobody answered any more, and the caller hung up."""
    HUNG_UP = "hung_up"
    """The other side ended the call before the caller was through."""
    DECLINED = "declined"
    """The call was rejected while it rang."""
    NOT_CONNECTED = "not_connected"
    """The answer to the call had no media stream, or the server refused it."""
    LOST = "lost"
    """The server or the stream went away without a goodbye."""
    OBJECTED = "objected"
    """The assistant did what the scenario does not allow, and the caller hung up; `detail` says what."""
    NO_VOICE = "no_voice"
    """The caller's own voice could not be made."""


class Interval(NamedTuple):
    """A stretch of time from the start of the media stream."""

    start_ms: int
    end_ms: int


class Said(NamedTuple):
    """One thing the caller said. `end_ms` is earlier than planned where the call ended in the middle."""

    start_ms: int
    end_ms: int
    text: str
    is_interruption: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeResult:
    """What happened. Times are milliseconds since the media stream began; all is as the caller heard it.

    `heard`: when the assistant was audible. `gaps_ms`: from the caller's last audible sound to the
    assistant's first, one for each thing said that was answered (0: it was talking already). `stops_ms`:
    from the start of each interruption to the assistant's silence. `faults`: what the carrier would have
    complained about, as its error number and words. The two tracks are µ-law of equal length, empty unless
    they were kept.
    """

    outcome: PracticeOutcome
    detail: str = ""
    duration_ms: int = 0
    said: tuple[Said, ...] = ()
    heard: tuple[Interval, ...] = ()
    gaps_ms: tuple[int, ...] = ()
    stops_ms: tuple[int, ...] = ()
    faults: tuple[str, ...] = ()
    caller_audio: bytes = b""
    heard_audio: bytes = b""


def intervals(audible: Sequence[int], join_ms: int = JOIN_MS) -> tuple[Interval, ...]:
    """Return the stretches of a track, given 1 or 0 for each of its frames, that can be heard."""
    found: list[Interval] = []
    for i, is_audible in enumerate(audible):
        if not is_audible:
            continue
        start_ms, end_ms = i * FRAME_MS, (i + 1) * FRAME_MS
        if found and start_ms - found[-1].end_ms < join_ms:
            start_ms = found.pop().start_ms
        found.append(Interval(start_ms, end_ms))
    return tuple(found)


def gaps_ms(said: Sequence[Said], own: Sequence[int], heard: Sequence[int]) -> tuple[int, ...]:
    """Return how long each answer took. `own` and `heard`: 1 or 0 for each frame of the two tracks."""
    found: list[int] = []
    for i, utterance in enumerate(said):
        last = _last(own, utterance.start_ms // FRAME_MS, utterance.end_ms // FRAME_MS)
        until = said[i + 1].start_ms // FRAME_MS if i + 1 < len(said) else len(heard)
        first = next((k for k in range(last + 1, until) if heard[k]), None) if last is not None else None
        if first is not None and last is not None:
            found.append((first - last - 1) * FRAME_MS)
    return tuple(found)


def stops_ms(said: Sequence[Said], heard: Sequence[int]) -> tuple[int, ...]:
    """Return how long the assistant went on talking into each interruption."""
    found: list[int] = []
    quiet_frames = STOPPED_MS // FRAME_MS
    for utterance in (utterance for utterance in said if utterance.is_interruption):
        start = utterance.start_ms // FRAME_MS
        stop = next((k for k in range(start, len(heard)) if not any(heard[k : k + quiet_frames])), len(heard))
        found.append((stop - start) * FRAME_MS)
    return tuple(found)


def _last(frames: Sequence[int], start: int, end: int) -> int | None:
    return next((k for k in range(min(end, len(frames)) - 1, start - 1, -1) if frames[k]), None)
