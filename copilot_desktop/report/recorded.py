"""Recorded: where each moment of a call lies on its recording, and where nothing was kept."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from copilot_desktop.calls.events import (
    CallEvent,
    RecordingCause,
    RecordingChanged,
    RecordingPlaced,
    StateChanged,
)
from copilot_desktop.calls.states import CallState


class Place(NamedTuple):
    """From `call_ms` on both run side by side."""

    call_ms: int
    recording_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A stretch of the call, in its own time, that is silent on the recording on purpose."""

    at_ms: int
    end_ms: int
    cause: RecordingCause


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Of a call with a recording: `places` in order, at least one.

    A recording begins later than the call, which rang first, and knows no time between two streams. What was
    paused is in it, as silence. `is_exact`: told by the recorder, not worked out from the call's states.
    """

    places: tuple[Place, ...]
    cuts: tuple[Cut, ...]
    is_exact: bool

    @property
    def begins_ms(self) -> int:
        """The call's time of the recording's first sample."""
        return self.places[0].call_ms

    def recording_ms(self, call_ms: int) -> int:
        """Return where `call_ms` is heard; what was between two streams leads to the later one."""
        at = max(bisect_right([place.call_ms for place in self.places], call_ms) - 1, 0)
        place = self.places[at]
        wanted_ms = place.recording_ms + max(0, call_ms - place.call_ms)
        if at + 1 < len(self.places):
            return min(wanted_ms, self.places[at + 1].recording_ms)
        return wanted_ms

    def call_ms(self, recording_ms: int) -> int:
        """Return the call's time of a moment of the recording."""
        at = max(bisect_right([place.recording_ms for place in self.places], recording_ms) - 1, 0)
        place = self.places[at]
        return place.call_ms + max(0, recording_ms - place.recording_ms)

    def cut_at(self, call_ms: int) -> Cut | None:
        """Return why nothing is to be heard at `call_ms`, if that was on purpose."""
        return next((cut for cut in self.cuts if cut.at_ms <= call_ms < cut.end_ms), None)


def recorded(events: Sequence[CallEvent], cuts: Sequence[Cut]) -> Recorded | None:
    """Return how the recording lies under the call; None: it was never recorded."""
    told = tuple(
        Place(event.call_ms, event.recording_ms) for event in events if isinstance(event, RecordingPlaced)
    )
    if told:
        return Recorded(places=told, cuts=tuple(cuts), is_exact=True)
    began = next((event for event in events if isinstance(event, RecordingChanged)), None)
    if began is None:
        return None
    return Recorded(places=_worked_out(events, began.at_ms), cuts=tuple(cuts), is_exact=False)


def _worked_out(events: Sequence[CallEvent], began_ms: int) -> tuple[Place, ...]:
    """Calls of older programs: the recording runs while the call is live."""
    places = [Place(began_ms, 0)]
    changes = [event for event in events if isinstance(event, StateChanged) and event.at_ms > began_ms]
    is_live = [event.new is CallState.LIVE for event in changes]
    for (gone, was_live), (back, now_live) in pairwise(zip(changes, is_live, strict=True)):
        if not was_live and now_live:
            last = places[-1]
            places.append(Place(back.at_ms, last.recording_ms + gone.at_ms - last.call_ms))
    return tuple(places)
