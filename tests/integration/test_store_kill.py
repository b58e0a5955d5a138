"""A program killed in mid-call loses nothing that was older than a quarter of a second.

Run as a program, this file is the one that gets killed.
"""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import sys
import time
import wave
from datetime import UTC, datetime
from pathlib import Path

import pytest

from copilot_desktop import report
from copilot_desktop.calls.events import (
    CallEnded,
    CallId,
    CallRinging,
    NotesChanged,
    Outcome,
    Party,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.store import open_store

CALL = CallId("CA-killed")
ROOT = Path(__file__).parents[2]
UTTERANCES_BEFORE_THE_KILL = 15
FRAME_S, FRAMES_PER_UTTERANCE = 0.02, 5


def talk_for_ever(data_dir: Path) -> None:
    """Append an utterance each 100 ms and sound each 20 ms, and tell standard output when."""
    store = open_store(data_dir)
    store.append(
        CallRinging(
            call_id=CALL, at_ms=0, caller="+15550100142", line="+15550100100", started_at=datetime.now(UTC)
        )
    )
    recording = store.recordings.open(CALL)
    for number in range(10_000):
        for _ in range(FRAMES_PER_UTTERANCE):
            recording.write(b"\x80" * 160, b"\xff" * 160)
            time.sleep(FRAME_S)
        store.append(utterance(number))
        store.append(NotesChanged(call_id=CALL, at_ms=100 * (number + 1), text=f"noted {number}"))
        print(number, time.monotonic(), flush=True)


def utterance(number: int) -> UtteranceFinished:
    at_ms = 100 * (number + 1)
    return UtteranceFinished(
        call_id=CALL,
        at_ms=at_ms,
        utterance_id=UtteranceId(f"u{number}"),
        party=Party.CALLER,
        text=f"sentence number {number}",
        start_ms=at_ms - 90,
        end_ms=at_ms - 10,
    )


def kill_in_mid_call(data_dir: Path) -> tuple[float, dict[int, float]]:
    """Return when the program was killed, and when it appended each utterance, on one clock."""
    command = [sys.executable, __file__, str(data_dir)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as program:
        assert program.stdout is not None
        appended: dict[int, float] = {}
        for line in program.stdout:
            number, at = line.split()
            appended[int(number)] = float(at)
            if len(appended) == UTTERANCES_BEFORE_THE_KILL:
                break
        program.kill()
        return time.monotonic(), appended


@pytest.mark.kill
@pytest.mark.allow_warnings
def test_a_killed_program_keeps_the_call(tmp_path: Path) -> None:
    killed_at, appended = kill_in_mid_call(tmp_path)
    must_be_there = [number for number, at in appended.items() if at < killed_at - 0.25]
    assert len(must_be_there) >= 10

    store = open_store(tmp_path)
    assert store.repair() == [CALL]
    events = asyncio.run(store.read(CALL))
    path = store.recording_path(CALL)
    (row,) = asyncio.run(store.search(f"number {must_be_there[-1]}", 5))
    store.close()

    (notes,) = [event.text for event in events if isinstance(event, NotesChanged)]
    assert int(notes.removeprefix("noted ")) >= must_be_there[-1]
    said = [event for event in events if isinstance(event, UtteranceFinished)]
    assert isinstance(events[0], CallRinging)
    assert said == [utterance(number) for number in range(len(said))]
    assert len(said) > must_be_there[-1]
    assert events[-1] == CallEnded(
        call_id=CALL, at_ms=said[-1].at_ms, outcome=Outcome.INTERRUPTED, duration_ms=said[-1].at_ms
    )
    assert row.outcome is Outcome.INTERRUPTED

    assert path is not None
    with wave.open(str(path), "rb") as file:
        recorded_s = file.getnframes() / file.getframerate()
    written_s = len(appended) * FRAMES_PER_UTTERANCE * FRAME_S
    assert math.isclose(recorded_s, written_s, abs_tol=0.6)

    made = report.build(events)
    assert [line.text for line in made.lines] == [event.text for event in said]


if __name__ == "__main__":
    talk_for_ever(Path(sys.argv[1]))
