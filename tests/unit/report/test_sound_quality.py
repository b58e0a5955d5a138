"""What a recording tells of the line: planted sound, and what must be found in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from copilot_desktop.calls.events import LineSpan, RecordingCause, RecordingPlaced
from copilot_desktop.report import CallReport, build
from copilot_desktop.report.line_quality import caution
from copilot_desktop.report.line_strip import poor_share
from copilot_desktop.report.model import Grade, Span
from copilot_desktop.report.sound_quality import listened
from tests.unit.report.calls import (
    AI,
    CALL,
    CALLER,
    in_order,
    line,
    live,
    over,
    recorded,
    ringing,
    sound,
    words,
)

RATE_HZ = 8000
SECONDS = 60
SPOKEN = ((4000, 12_000), (24_000, 32_000))
OURS = ((13_000, 23_000), (33_000, 40_000))
LATER_MS = 2000
"""The recording begins so long after the call."""

Side = NDArray[np.float64]


def report(*more: object, quality: object = None) -> CallReport:
    parts = in_order(
        ringing(),
        live(LATER_MS),
        sound(CALLER, *SPOKEN),
        sound(AI, *OURS),
        words(CALLER, 4000, 12_000, "Hello, my order is late."),
        words(CALLER, 24_000, 32_000, "It should have been here."),
        recorded(LATER_MS, is_on=True, cause=RecordingCause.CALL_BEGAN),
        RecordingPlaced(call_id=CALL, at_ms=LATER_MS, call_ms=LATER_MS, recording_ms=0),
        quality or line(3000, 0, 0, 2.0),  # type: ignore[arg-type]
        *more,  # type: ignore[arg-type]
        over(LATER_MS + SECONDS * 1000),
    )
    return build(parts)


def at(call_ms: int) -> int:
    return (call_ms - LATER_MS) * RATE_HZ // 1000


def hiss(level_dbfs: float, seed: int = 3) -> Side:
    return np.random.default_rng(seed).normal(0, 10 ** (level_dbfs / 20), SECONDS * RATE_HZ)


def spoken(level_dbfs: float, spans: tuple[tuple[int, int], ...], seed: int) -> Side:
    """Noise through a slow throat: as loud as asked while there is speech, and silence between."""
    made = np.zeros(SECONDS * RATE_HZ)
    rough = np.random.default_rng(seed).normal(0, 1, len(made) + 9)
    voice = np.convolve(rough, np.ones(10) / 10, "valid")
    voice *= 10 ** (level_dbfs / 20) / np.std(voice)
    for start_ms, end_ms in spans:
        made[at(start_ms) : at(end_ms)] = voice[at(start_ms) : at(end_ms)]
    return made


def pieces(caller: Side, ours: Side | None = None) -> Iterator[NDArray[np.int16]]:
    both = np.stack([caller, spoken(-20, OURS, 9) if ours is None else ours], axis=1)
    pcm = np.clip(np.rint(both * 32768), -32124, 32124).astype(np.int16)
    # Pieces that end in the middle of a frame.
    for start in range(0, len(pcm), 77_777):
        yield pcm[start : start + 77_777]


def test_level_noise_and_their_distance_are_what_was_planted() -> None:
    found = listened(report(), pieces(spoken(-22, SPOKEN, 1) + hiss(-50)))
    assert found.has_been_listened
    assert found.measure("line_level").value == pytest.approx(-22, abs=0.5)
    assert found.measure("line_noise").value == pytest.approx(-50, abs=0.5)
    assert found.measure("line_snr").value == pytest.approx(28, abs=0.8)
    grades = [found.measure(id).grade for id in ("line_level", "line_snr", "line_clipped", "line_silence")]
    assert grades == [Grade.GOOD] * 4
    assert found.measure("line_echo").missing_because == "no echo was found"


@pytest.mark.parametrize(
    ("level", "noise", "level_grade", "snr_grade"),
    [
        (-35, -52, Grade.WATCH, Grade.WATCH),
        (-45, -52, Grade.BAD, Grade.BAD),
        (-20, -30, Grade.GOOD, Grade.BAD),
        (-13, -60, Grade.WATCH, Grade.GOOD),
    ],
)
def test_quiet_and_noisy_lines_are_graded(
    level: float, noise: float, level_grade: Grade, snr_grade: Grade
) -> None:
    found = listened(report(), pieces(spoken(level, SPOKEN, 1) + hiss(noise)))
    assert found.measure("line_level").grade is level_grade
    assert found.measure("line_snr").grade is snr_grade


def test_clipping_is_found_where_it_is() -> None:
    caller = spoken(-22, SPOKEN, 1) + hiss(-50)
    caller[at(26_000) : at(26_000) + 400] = 1.0
    found = listened(report(), pieces(caller))
    clipped = found.measure("line_clipped")
    assert clipped.value == pytest.approx(400 / (16 * RATE_HZ), rel=0.02)
    assert clipped.grade is Grade.BAD
    assert clipped.moments[0].at_ms == pytest.approx(26_000, abs=20)
    (slot,) = [slot for slot in found.line_strip if slot.because]
    assert (slot.grade, slot.because) == (Grade.BAD, "distorted")
    assert slot.at_ms <= 26_000 < slot.end_ms


def test_one_loud_sample_is_not_clipping() -> None:
    caller = spoken(-22, SPOKEN, 1) + hiss(-50)
    caller[at(26_000)] = 1.0
    assert listened(report(), pieces(caller)).measure("line_clipped").value == 0


def test_a_dead_microphone_is_found_on_a_line_with_noise() -> None:
    caller = spoken(-22, SPOKEN, 1) + hiss(-50)
    caller[at(45_000) : at(54_000)] = 0.0
    dead = listened(report(), pieces(caller)).measure("line_silence")
    assert dead.value == pytest.approx(9000, abs=40)
    assert dead.grade is Grade.WATCH
    assert dead.moments[0].at_ms == pytest.approx(45_000, abs=20)


def test_a_constant_level_is_dead_too() -> None:
    caller = spoken(-22, SPOKEN, 1) + hiss(-50)
    caller[at(45_000) : at(54_000)] = 0.2
    assert listened(report(), pieces(caller)).measure("line_silence").value == pytest.approx(9000, abs=40)


def test_a_line_that_is_silent_between_words_is_not_called_dead() -> None:
    found = listened(report(), pieces(spoken(-22, SPOKEN, 1)))
    assert found.measure("line_silence").value == 0
    assert found.measure("line_snr").missing_because == "the line is digitally silent between words"


def test_what_was_paused_is_neither_dead_nor_quiet() -> None:
    pause = (
        recorded(44_000, is_on=False, cause=RecordingCause.CARD_NUMBER),
        recorded(56_000, is_on=True, cause=RecordingCause.CARD_NUMBER_OVER),
    )
    caller = spoken(-22, SPOKEN, 1) + hiss(-50)
    caller[at(44_000) : at(56_000)] = 0.0
    assert listened(report(*pause), pieces(caller)).measure("line_silence").value == 0


@pytest.mark.parametrize("delay_ms", [60, 180, 420])
def test_an_echo_is_found_with_its_strength(delay_ms: int) -> None:
    ours = spoken(-20, OURS, 9)
    back = np.roll(ours, delay_ms * RATE_HZ // 1000) * 10 ** (-18 / 20)
    found = listened(report(), pieces(spoken(-22, SPOKEN, 1) + hiss(-60) + back, ours))
    echo = found.measure("line_echo")
    assert echo.value == pytest.approx(18, abs=1.5)
    assert echo.grade is Grade.WATCH


def test_an_offset_is_found() -> None:
    found = listened(report(), pieces(spoken(-22, SPOKEN, 1) + hiss(-50) + 0.03))
    offset = found.measure("line_offset")
    assert offset.value == pytest.approx(0.03, abs=0.002)
    assert offset.grade is Grade.WATCH


def test_without_a_recording_nothing_changes() -> None:
    facts = replace(report(), recorded=None)
    assert listened(facts, pieces(hiss(-20))) == facts
    assert listened(report(), iter(())) == report()


def test_a_poor_line_has_one_sentence_and_touches_nothing_else() -> None:
    quality = replace(
        line(3000, 2, 2600, 4.0),
        gaps=(LineSpan(at_ms=10_000, end_ms=11_300), LineSpan(at_ms=40_000, end_ms=41_300)),
    )
    poor = report(quality=quality)
    bad = [slot for slot in poor.line_strip if slot.grade is Grade.BAD]
    assert [Span(slot.at_ms, slot.end_ms) for slot in bad] == [Span(7000, 12_000), Span(37_000, 42_000)]
    assert poor_share(poor.line_strip) == pytest.approx(10 / 60)
    assert poor.caution == "The line was poor for 17 % of the call; answers about listening may be affected."
    good = report()
    assert good.caution == ""
    assert (poor.score_note, poor.unjudgeable_because) == (good.score_note, good.unjudgeable_because)
    assert [span.at_ms for span in poor.measure("line_gaps").moments] == [10_000, 40_000]


def test_late_sound_counts_like_missing_sound() -> None:
    late = replace(line(1000, 0, 0, 4.0), late_frames=50, late=(LineSpan(at_ms=10_000, end_ms=12_000),))
    found = report(quality=late)
    assert found.measure("line_lost_share").value == pytest.approx(0.05)
    assert found.measure("line_late").moments == (Span(10_000, 12_000),)
    assert [slot.because for slot in found.line_strip if slot.because] == ["sound late"]


def test_a_sentence_is_only_said_of_a_poor_line() -> None:
    assert caution(report().measures, report().line_strip) == ""
