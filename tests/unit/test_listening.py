"""What comes after the facts: the recording is found and listened to, the mood read; each may be missing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from copilot_desktop.audio import g711
from copilot_desktop.calls.events import RecordingPlaced
from copilot_desktop.engines.local_embedder import LocalEmbedder
from copilot_desktop.listening import Listening
from copilot_desktop.report import CallReport, build
from copilot_desktop.report.mood_line import NO_MODEL
from copilot_desktop.report.parts import with_parts
from copilot_desktop.store.recordings import WavRecordings
from tests.support.fake_shell import RESOURCES
from tests.unit.report.calls import CALL, in_order, known_call

TOKENIZER = RESOURCES / "models" / "minilm" / "tokenizer.json"


@pytest.fixture
def recordings(tmp_path: Path) -> Iterator[WavRecordings]:
    made = WavRecordings(tmp_path)
    yield made
    made.close()


@pytest.fixture
def report() -> CallReport:
    placed = RecordingPlaced(call_id=CALL, at_ms=2000, call_ms=2000, recording_ms=0)
    return build(in_order(known_call(), placed))


def record(recordings: WavRecordings) -> None:
    """A minute of the line's hiss, 30 s of it in one piece that still waits for the disk."""
    recording = recordings.open(CALL)
    hiss = np.random.default_rng(1).normal(0, 300, 10 * 8000).astype(np.int16)
    for _ in range(6):
        recording.write(g711.encode(hiss), g711.encode(hiss))
        recordings.flush().result(5)
    recording.close()


def test_a_recording_is_found_with_all_that_was_written(recordings: WavRecordings) -> None:
    listening = Listening(lambda: recordings, lambda: None)
    assert asyncio.run(listening.recording(CALL)) is None
    record(recordings)
    path = asyncio.run(listening.recording(CALL))
    assert path is not None
    assert path.stat().st_size == 44 + 60 * 8000 * 4
    assert asyncio.run(Listening(lambda: None, lambda: None).recording(CALL)) is None


def test_its_sound_joins_the_measures_of_the_line(recordings: WavRecordings, report: CallReport) -> None:
    record(recordings)
    listened = asyncio.run(Listening(lambda: recordings, lambda: None).sound(report))
    assert listened.has_been_listened
    assert listened.measure("line_level").value == pytest.approx(20 * np.log10(300 / 32768), abs=0.5)
    assert [group.title for group in listened.groups] == [group.title for group in report.groups]
    assert {measure.id for measure in listened.measures} > {measure.id for measure in report.measures}


def test_without_a_recording_the_report_stays_as_it_is(recordings: WavRecordings, report: CallReport) -> None:
    assert asyncio.run(Listening(lambda: recordings, lambda: None).sound(report)) == report


def test_the_mood_needs_a_model_and_says_so(recordings: WavRecordings, report: CallReport) -> None:
    without = asyncio.run(Listening(lambda: recordings, lambda: None).mood(report))
    assert without.mood is not None
    assert without.mood.missing_because == NO_MODEL
    embedder = LocalEmbedder(TOKENIZER)
    read = asyncio.run(Listening(lambda: recordings, lambda: embedder).mood(report))
    assert read.mood is not None
    assert len(read.mood.points) > 5


@pytest.mark.allow_warnings
def test_a_broken_model_is_no_mood_and_no_broken_report(report: CallReport, tmp_path: Path) -> None:
    broken = LocalEmbedder(tmp_path / "none.json")
    read = asyncio.run(Listening(lambda: None, lambda: broken).complete(report))
    assert read.mood is not None
    assert read.mood.missing_because == NO_MODEL


def test_parts_come_in_any_order_and_lose_nothing(recordings: WavRecordings, report: CallReport) -> None:
    record(recordings)
    listening = Listening(lambda: recordings, lambda: None)
    listened = asyncio.run(listening.sound(report))
    judged = replace(report, score_note="84 – good")
    both = with_parts(with_parts(judged, listened), asyncio.run(listening.mood(report)))
    assert both.score_note == "84 – good"
    assert both.has_been_listened
    assert both.mood is not None
    # A judgement that comes last brings neither, and takes neither away.
    assert with_parts(judged, both) == both
