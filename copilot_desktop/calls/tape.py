"""Tape: what both sides of a call sounded like: the recording, the levels, and when our side was audible."""

from __future__ import annotations

import logging
from collections.abc import Callable

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.audio.level import dbfs, is_audible
from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import (
    CallEvent,
    CallId,
    Party,
    Problem,
    ProblemRaised,
    RecordingChanged,
    SpeechMeasured,
)
from copilot_desktop.calls.ports import Recording, Recordings
from copilot_desktop.calls.turns import IntervalMeter
from copilot_desktop.calls.world import Levels

log = logging.getLogger("copilot.calls")

_SILENCE_DBFS = -90.0


class Tape:
    """Takes 20 ms of both sides at a time. Never waits."""

    def __init__(
        self, call_id: CallId, *, publish: Callable[[CallEvent], None], now_ms: Callable[[], int]
    ) -> None:
        self._call_id, self._publish, self._now_ms = call_id, publish, now_ms
        self._recording: Recording | None = None
        self._meter = IntervalMeter()
        self._party = Party.ASSISTANT
        self._last_frames = (SILENCE, SILENCE)

    def record(self, recordings: Recordings) -> None:
        """Keep the sound from now on; a failure is told and the call goes on."""
        try:
            self._recording = recordings.open(self._call_id)
        except StoreError:
            log.warning("%s: no recording", self._call_id)
            self._publish(
                ProblemRaised(call_id=self._call_id, at_ms=self._now_ms(), problem=Problem.RECORDING_FAILED)
            )
            return
        self._publish(
            RecordingChanged(
                call_id=self._call_id, at_ms=self._now_ms(), is_recording=True, cause="call began"
            )
        )

    def hear(self, caller: bytes, ours: bytes, at_ms: int, our_party: Party) -> None:
        """Take one frame of each side; `our_party` is who speaks on ours."""
        self._last_frames = (caller, ours)
        if self._recording is not None:
            self._recording.write(caller, ours)
        is_speech = is_audible(ours)
        if interval := self._meter.hear(is_speech, at_ms):
            self._measured(interval)
        if is_speech:
            self._party = our_party

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
