"""Arithmetic on stretches of time. Lists are sorted and free of overlap, unless said otherwise."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from copilot_desktop.report.model import Span

MERGE_BELOW_MS = 200
DROP_BELOW_MS = 120


def clean(spans: Iterable[Span]) -> list[Span]:
    """Return one owner's raw intervals, in any order, fit for measuring.

    Those less than 200 ms apart are one; what is then shorter than 120 ms is noise.
    """
    return [span for span in join(spans, below_ms=MERGE_BELOW_MS) if span.length_ms >= DROP_BELOW_MS]


def join(spans: Iterable[Span], *, below_ms: int = 1) -> list[Span]:
    """Return `spans`, in any order, with those that overlap or lie less than `below_ms` apart made one."""
    joined: list[Span] = []
    for span in sorted(spans):
        if span.length_ms <= 0:
            continue
        if joined and span.at_ms - joined[-1].end_ms < below_ms:
            joined[-1] = Span(joined[-1].at_ms, max(joined[-1].end_ms, span.end_ms))
        else:
            joined.append(span)
    return joined


def without(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    """Return what is left of `spans` outside `holes`."""
    left: list[Span] = []
    first = 0
    for span in spans:
        while first < len(holes) and holes[first].end_ms <= span.at_ms:
            first += 1
        at_ms, index = span.at_ms, first
        while index < len(holes) and holes[index].at_ms < span.end_ms:
            if holes[index].at_ms > at_ms:
                left.append(Span(at_ms, holes[index].at_ms))
            at_ms = max(at_ms, holes[index].end_ms)
            index += 1
        if at_ms < span.end_ms:
            left.append(Span(at_ms, span.end_ms))
    return left


def common(first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    """Return what lies in both."""
    both: list[Span] = []
    i = j = 0
    while i < len(first) and j < len(second):
        at_ms = max(first[i].at_ms, second[j].at_ms)
        end_ms = min(first[i].end_ms, second[j].end_ms)
        if at_ms < end_ms:
            both.append(Span(at_ms, end_ms))
        if first[i].end_ms < second[j].end_ms:
            i += 1
        else:
            j += 1
    return both


def total_ms(spans: Iterable[Span]) -> int:
    """Return how long all of them are together."""
    return sum(span.length_ms for span in spans)


def longest(spans: Iterable[Span]) -> Span | None:
    """Return the longest, the first of equals."""
    return max(spans, key=lambda span: span.length_ms, default=None)


def around(spans: Sequence[Span], at_ms: int) -> Span | None:
    """Return the one in which `at_ms` lies."""
    index = bisect_left(spans, (at_ms + 1,)) - 1
    return spans[index] if index >= 0 and at_ms < spans[index].end_ms else None


def is_met(span: Span, spans: Sequence[Span]) -> bool:
    """Return whether any of `spans` has a part in common with `span`."""
    index = bisect_left(spans, (span.end_ms,)) - 1
    return index >= 0 and spans[index].end_ms > span.at_ms
