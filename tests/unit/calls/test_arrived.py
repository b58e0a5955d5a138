"""How evenly a stream came: jitter, holes and late frames, worked out by hand."""

from __future__ import annotations

import pytest

from copilot_desktop.calls.arrived import Arrived
from copilot_desktop.calls.events import CallId, LineSpan


def streamed(*frames: tuple[int, float]) -> Arrived:
    """Note frames of 20 ms, each stamped and arrived."""
    arrived, due_ms = Arrived(), None
    for stamp_ms, arrived_ms in frames:
        arrived.note(stamp_ms, arrived_ms, place_ms=stamp_ms, due_ms=due_ms)
        due_ms = stamp_ms + 20
    return arrived


def test_an_even_stream_has_no_jitter_no_holes_and_nothing_late() -> None:
    arrived = streamed(*((20 * number, 500.0 + 20 * number) for number in range(500)))
    assert (arrived.jitter_ms, arrived.jitter_p95_ms, arrived.jitter_worst_ms) == (0.0, 0.0, 0.0)
    assert (arrived.gap_count, arrived.late_frames) == (0, 0)


def test_jitter_is_the_running_estimate_of_the_standard() -> None:
    arrived = streamed((0, 0.0), (20, 36.0), (40, 40.0))
    first = 16 / 16
    second = first + (16 - first) / 16
    assert arrived.jitter_ms == pytest.approx((first + second) / 2)
    assert arrived.jitter_worst_ms == pytest.approx(second)


def test_the_95th_percentile_is_not_the_mean() -> None:
    calm = [(20 * number, 20.0 * number) for number in range(900)]
    # One frame in two comes 60 ms off from there on: the estimate climbs to nearly 60.
    rough = [(20 * number, 20.0 * number + 60 * (number % 2)) for number in range(900, 1000)]
    arrived = streamed(*calm, *rough)
    assert arrived.jitter_ms < 8
    assert 50 <= arrived.jitter_p95_ms <= 60


def test_holes_are_told_with_their_times_in_the_call() -> None:
    arrived = streamed((0, 0.0), (20, 20.0), (440, 440.0), (460, 460.0))
    assert (arrived.gap_count, arrived.gap_ms) == (1, 400)
    fact = arrived.fact(CallId("c"), 9000, 2000)
    assert fact.gaps == (LineSpan(at_ms=2440, end_ms=2840),)


def test_a_frame_is_late_against_the_fastest_before_it() -> None:
    frames = [(20 * number, 100.0 + 20 * number) for number in range(10)]
    frames += [(200, 100.0 + 200 + 60), (220, 100.0 + 220 + 61), (240, 100.0 + 240 + 200), (260, 100.0 + 260)]
    arrived = streamed(*frames)
    assert arrived.late_frames == 2
    assert arrived.late == [(220, 260)]
    fact = arrived.fact(CallId("c"), 0, 1000)
    assert (fact.late_frames, fact.late) == (2, (LineSpan(at_ms=1220, end_ms=1260),))


def test_a_hopeless_stream_keeps_no_more_than_a_few_hundred_times() -> None:
    frames = [(4000 * number, 4000.0 * number + 500 * (number % 2)) for number in range(1000)]
    arrived = streamed(*frames)
    assert (arrived.gap_count, arrived.late_frames) == (999, 500)
    assert (len(arrived.gaps), len(arrived.late)) == (200, 200)
