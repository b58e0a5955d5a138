"""Where a moment of a call lies on its recording: late starts, pauses, a line that was lost and came back."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot_desktop.audio import g711
from copilot_desktop.calls.events import CallEvent, RecordingCause, RecordingPlaced
from copilot_desktop.calls.tape import Tape
from copilot_desktop.report import build
from copilot_desktop.report.recorded import Place, Recorded
from copilot_desktop.store.recordings import WavRecordings
from tests.unit.report.calls import AI, CALL, in_order, known_call, live, lost, over, recorded, ringing, sound
from tests.unit.store.test_recordings import sound as samples

LOUD = bytes([0x10]) * 160
SILENT = bytes([0xFF]) * 160


def placed(call_ms: int, recording_ms: int) -> RecordingPlaced:
    return RecordingPlaced(call_id=CALL, at_ms=call_ms, call_ms=call_ms, recording_ms=recording_ms)


def known(*places: tuple[int, int]) -> Recorded:
    return Recorded(places=tuple(Place(*place) for place in places), cuts=(), is_exact=True)


def test_a_recording_begins_later_than_its_call() -> None:
    track = known((2160, 0))
    assert [track.recording_ms(at_ms) for at_ms in (0, 2160, 3160)] == [0, 0, 1000]
    assert [track.call_ms(at_ms) for at_ms in (0, 1000)] == [2160, 3160]


def test_time_between_two_streams_is_not_on_it() -> None:
    track = known((2000, 0), (40_000, 20_000))
    assert track.recording_ms(21_999) == 19_999
    # In the hole, and so at the first sound after it.
    assert track.recording_ms(30_000) == 20_000
    assert track.recording_ms(41_000) == 21_000
    assert [track.call_ms(at_ms) for at_ms in (19_999, 20_000, 21_000)] == [21_999, 40_000, 41_000]


@pytest.mark.parametrize("at_ms", range(2000, 60_000, 1777))
def test_there_and_back_is_the_same_moment(at_ms: int) -> None:
    track = known((2000, 0), (40_000, 38_000))
    assert track.call_ms(track.recording_ms(at_ms)) == at_ms


def test_pauses_are_cuts_with_their_reason() -> None:
    track = build(known_call()).recorded
    assert track is not None
    assert [(cut.at_ms, cut.end_ms, cut.cause) for cut in track.cuts] == [
        (2000, 3600, RecordingCause.CALL_BEGAN),
        (31_000, 36_500, RecordingCause.CARD_NUMBER),
    ]
    cut = track.cut_at(33_000)
    assert cut is not None
    assert cut.cause is RecordingCause.CARD_NUMBER
    assert track.cut_at(36_500) is None


def test_older_calls_are_worked_out_from_their_states() -> None:
    events = in_order(
        ringing(),
        live(2000),
        recorded(2000, is_on=True, cause=RecordingCause.CALL_BEGAN),
        sound(AI, (3000, 4000)),
        lost(10_000),
        live(15_000),
        over(30_000),
    )
    track = build(events).recorded
    assert track is not None
    assert (track.places, track.is_exact) == ((Place(2000, 0), Place(15_000, 8000)), False)


def test_a_call_that_was_not_recorded_has_none() -> None:
    assert build(in_order(ringing(), live(2000), sound(AI, (3000, 4000)), over(9000))).recorded is None


def test_the_tape_tells_where_sound_lies_and_it_is_there(tmp_path: Path) -> None:
    """Two streams with a hole between them, a pause in the second: a loud frame is found at its second."""
    told: list[CallEvent] = []
    recordings = WavRecordings(tmp_path)
    tape = Tape(CALL, publish=told.append, now_ms=lambda: 0)
    assert tape.record(recordings)
    marks_ms = (3000, 8980, 21_000, 26_000)
    for at_ms in [*range(2160, 9160, 20), *range(20_000, 28_000, 20)]:
        tape.keeps_caller = tape.keeps_ours = not 22_000 <= at_ms < 25_000
        tape.hear(LOUD if at_ms in marks_ms else SILENT, SILENT, at_ms, None)
    tape.stop()
    recordings.close()
    track = build(in_order(ringing(), live(2000), told, over(30_000))).recorded
    assert track is not None
    assert track.places == (Place(2160, 0), Place(20_000, 7000))
    caller = samples(recordings.path(CALL))[:, 0]
    loud = g711.decode(LOUD)[0]
    for at_ms in marks_ms:
        first = track.recording_ms(at_ms) * 8
        assert (caller[first : first + 160] == loud).all(), at_ms
    assert sum(caller == loud) == 160 * len(marks_ms)
