"""What charts say in words, and how their scales are chosen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from copilot_desktop.calls.trends import WEEK, Figure, Week, monday
from copilot_desktop.ui.trends import trend_words
from copilot_desktop.ui.trends.trend_scale import scale

THIS_WEEK = monday(date.today())


def week(ago: int, **about: object) -> Week:
    usual = Week(
        first_day=THIS_WEEK - WEEK * ago,
        calls=20,
        missed=2,
        scored=10,
        score=80.0,
        timed=12,
        response_median_ms=1000,
        response_p90_ms=2000,
        talks=18,
        take_overs=3,
        forms=frozenset({("Support", 1)}),
    )
    return replace(usual, **about)  # type: ignore[arg-type]


WEEKS = [
    week(8, score=82.0),
    week(7),
    week(6, scored=3, score=60.0),
    # No calls five weeks ago.
    week(4, missed=0, take_overs=0),
    week(3, scored=0, score=None),
    week(2, score=76.0),
]


@pytest.mark.parametrize(
    ("figure", "weeks", "words"),
    [
        (
            Figure.SCORE,
            WEEKS,
            "Score fell from 82 to 76 in 6 weeks; 43 calls scored."
            " 1 week with fewer than 5 calls shown hollow.",
        ),
        (
            Figure.RESPONSE,
            [week(2, response_median_ms=800), week(1, response_median_ms=1410)],
            "Response time (median) rose from 0.8\u00a0s to 1.4\u00a0s in 1 week;"
            " 9 of 10 at last within 2.0\u00a0s; 24 calls.",
        ),
        (Figure.TAKE_OVERS, [week(3), week(1)], "Take-overs a week the same, 3, after 2 weeks; 36 calls."),
        # This week is not over: it has not all its calls yet.
        (
            Figure.MISSED,
            [week(2, missed=1), week(1, missed=4), week(0, missed=0)],
            "Missed calls a week rose from 1 to 4 in 1 week; 60 calls.",
        ),
        (Figure.MISSED, [], "No calls in this time."),
        (Figure.SCORE, [week(1, scored=0, score=None)], "No call was scored in this time."),
        (
            Figure.SCORE,
            [week(2, scored=1, score=60.0), week(1, scored=3, score=80.0)],
            "Fewer than 5 calls a week, too few to tell a change: about 75 in 4 calls.",
        ),
        (
            Figure.MISSED,
            [week(2, calls=4, missed=1), week(1, calls=1, missed=1)],
            "Fewer than 5 calls a week, too few to tell a change: 2 in 5 calls.",
        ),
        (
            Figure.SCORE,
            [week(2, failed=1), week(1, forms=frozenset({("Support", 2)}))],
            "Score the same, 80, after 1 week; 20 calls scored. 1 call failed a criterion that must be met."
            " The form has changed in this time: scores before and after compare badly.",
        ),
    ],
)
def test_a_chart_in_words(figure: Figure, weeks: list[Week], words: str) -> None:
    assert trend_words.summary(figure, weeks, THIS_WEEK + timedelta(days=2)) == words


def test_one_week_is_named() -> None:
    said = trend_words.summary(Figure.SCORE, [replace(WEEKS[0], first_day=date(2025, 12, 29))], THIS_WEEK)
    assert said == "Score 82 in the week 29 Dec 2025 – 4 Jan 2026; 10 calls scored."


@pytest.mark.parametrize(
    ("figure", "weeks", "ticks"),
    [
        (Figure.SCORE, WEEKS, [40, 60, 80, 100]),
        (Figure.SCORE, [week(1, score=99.0)], [80, 90, 100]),
        (Figure.RESPONSE, WEEKS, [0, 1000, 2000]),
        (Figure.TAKE_OVERS, [week(1, take_overs=0)], [0, 1]),
        (Figure.MISSED, WEEKS, [0, 10, 20]),
        (Figure.MISSED, [], [0, 1]),
    ],
)
def test_scales_have_round_lines_that_hold_every_point(
    figure: Figure, weeks: list[Week], ticks: list[float]
) -> None:
    low, high, found = scale(figure, weeks)
    assert found == ticks
    amounts = [each.value(figure) for each in weeks] + [each.second_value(figure) for each in weeks]
    assert all(low < amount < high for amount in amounts if amount is not None)
