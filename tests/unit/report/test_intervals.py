"""Arithmetic on stretches agrees with counting milliseconds one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.report import intervals
from copilot_desktop.report.model import Span

RAW = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 12)).map(lambda pair: Span(pair[0], sum(pair))), max_size=8
)
SORTED = RAW.map(intervals.join)


def milliseconds(spans: list[Span]) -> set[int]:
    return {ms for span in spans for ms in range(span.at_ms, span.end_ms)}


def is_sorted_and_apart(spans: list[Span]) -> bool:
    return all(a.end_ms <= b.at_ms for a, b in zip(spans, spans[1:], strict=False)) and all(
        span.length_ms > 0 for span in spans
    )


@given(RAW)
def test_joining_keeps_every_millisecond(raw: list[Span]) -> None:
    assert milliseconds(intervals.join(raw)) == milliseconds(raw)
    assert is_sorted_and_apart(intervals.join(raw))


@given(SORTED, SORTED)
def test_without_and_common_are_set_arithmetic(first: list[Span], second: list[Span]) -> None:
    left, both = intervals.without(first, second), intervals.common(first, second)
    assert milliseconds(left) == milliseconds(first) - milliseconds(second)
    assert milliseconds(both) == milliseconds(first) & milliseconds(second)
    assert is_sorted_and_apart(left)
    assert is_sorted_and_apart(both)
    assert intervals.total_ms(left) + intervals.total_ms(both) == intervals.total_ms(first)


@given(SORTED, st.integers(0, 75), st.integers(1, 10))
def test_looking_up_is_membership(spans: list[Span], at_ms: int, length_ms: int) -> None:
    found = intervals.around(spans, at_ms)
    assert (found is not None) == (at_ms in milliseconds(spans))
    window = Span(at_ms, at_ms + length_ms)
    assert intervals.is_met(window, spans) == bool(milliseconds([window]) & milliseconds(spans))


def test_cleaning_merges_first_and_drops_then() -> None:
    raw = [Span(1000, 1060), Span(1259, 1330), Span(2000, 2119), Span(3000, 3120), Span(3320, 3500)]
    assert intervals.clean(raw) == [Span(1000, 1330), Span(3000, 3120), Span(3320, 3500)]
