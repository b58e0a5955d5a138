"""Tape: what both sides of a call sounded like: the recording, the levels, and when our side was audible."""

from __future__ import annotations

import logging
from collections.abc import Callable

from copilot_desktop.audio.frame import FRAME_MS, SILENCE
from copilot_desktop.audio.level import dbfs, is_audible
from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import (
    CallEvent,
    CallId,
    Party,
    Problem,
    ProblemRaised,
    RecordingPlaced,
    SpeechMeasured,
)
from copilot_desktop.calls.ports import Recording, Recordings
from copilot_desktop.calls.turns import IntervalMeter
from copilot_desktop.calls.world import Levels

log = logging.getLogger("copilot.calls")

_SILENCE_DBFS = -90.0


class Tape:
    """Takes 20 ms of both sides at a time. Never waits.

    A side that is not kept is silence on the recording, so that its times stay right.
    """

    def __init__(
        self, call_id: CallId, *, publish: Callable[[CallEvent], None], now_ms: Callable[[], int]
    ) -> None:
        self._call_id, self._publish, self._now_ms = call_id, publish, now_ms
        self.keeps_caller = self.keeps_ours = True
        self._recording: Recording | None = None
        self._length_ms = 0
        self._places: list[tuple[int, int]] = []
        """From when on the call's time runs with the recording's: (call, recording), one for each stream."""
        self._next_ms = 0
        self._meter = IntervalMeter()
        self._party = Party.ASSISTANT
        self._last_frames = (SILENCE, SILENCE)

    @property
    def is_recording(self) -> bool:
        """True while there is a file, whatever is kept in it."""
        return self._recording is not None

    def record(self, recordings: Recordings) -> bool:
        """Keep the sound from now on; return whether there is a file. A failure is told, no more."""
        try:
            self._recording = recordings.open(self._call_id)
        except StoreError:
            log.warning("%s: no recording", self._call_id)
            self._publish(
                ProblemRaised(call_id=self._call_id, at_ms=self._now_ms(), problem=Problem.RECORDING_FAILED)
            )
            return False
        self._length_ms = self._recording.length_ms
        self._places.clear()
        return True

    def hear(
        self, caller: bytes, ours: bytes, at_ms: int, our_party: Party | None, *, is_secret: bool = False
    ) -> None:
        """Take one frame of each side.

        `our_party` is who speaks on ours, None for sound that is not speech. `is_secret`: ours is never kept.
        """
        self._last_frames = (caller, ours)
        if self._recording is not None:
            self._keep(self._recording, caller, SILENCE if is_secret else ours, at_ms)
        is_speech = our_party is not None and is_audible(ours)
        if is_speech and our_party is not None and our_party is not self._party:
            self.change_speaker()
            self._party = our_party
        if interval := self._meter.hear(is_speech, at_ms):
            self._measured(interval)

    def blank(self, start_ms: int) -> None:
        """Make what was kept since `start_ms` of the call silent, on both sides."""
        if self._recording is None or not self._places:
            return
        earlier = [place for place in self._places if place[0] <= start_ms] or self._places[:1]
        call_ms, recording_ms = earlier[-1]
        self._recording.blank(recording_ms + max(0, start_ms - call_ms), self._length_ms)

    def _keep(self, recording: Recording, caller: bytes, ours: bytes, at_ms: int) -> None:
        if at_ms != self._next_ms or not self._places:
            self._places.append((at_ms, self._length_ms))
            self._publish(
                RecordingPlaced(
                    call_id=self._call_id,
                    at_ms=self._now_ms(),
                    call_ms=at_ms,
                    recording_ms=self._length_ms,
                )
            )
        recording.write(caller if self.keeps_caller else SILENCE, ours if self.keeps_ours else SILENCE)
        self._length_ms += FRAME_MS
        self._next_ms = at_ms + FRAME_MS

    def change_speaker(self) -> None:
        """What was audible on our side until now belongs to who spoke until now."""
        if interval := self._meter.finish():
            self._measured(interval)

    def levels(self) -> Levels:
        """Loudness of the newest frames."""
        caller, ours = self._last_frames
        return Levels(max(dbfs(caller), _SILENCE_DBFS), max(dbfs(ours), _SILENCE_DBFS))

    def stop(self) -> None:
        """Close the recording. Safe twice."""
        recording, self._recording = self._recording, None
        if recording is not None:
            recording.close()

    def _measured(self, interval: tuple[int, int]) -> None:
        self._publish(
            SpeechMeasured(
                call_id=self._call_id,
                at_ms=self._now_ms(),
                party=self._party,
                start_ms=interval[0],
                end_ms=interval[1],
            )
        )
