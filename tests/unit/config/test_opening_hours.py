"""Opening hours: what people write, against a clock that is read minute by minute."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from copilot_desktop.config import OpeningHours

MONDAY = datetime(2026, 3, 9)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY = 24 * 60
WEEK = 7 * DAY


def at(words: str) -> datetime:
    """Return the moment of a week such as "Wed 09:30"."""
    day, clock = words.split()
    hours, minutes = clock.split(":")
    return MONDAY + timedelta(days=DAYS.index(day), hours=int(hours), minutes=int(minutes))


@pytest.mark.parametrize(
    ("text", "open_at", "closed_at"),
    [
        (
            "Mon-Fri 09:00-17:00; Sat 10:00-14:00",
            ["Mon 09:00", "Fri 16:59", "Sat 10:00"],
            ["Mon 17:00", "Sun 12:00"],
        ),
        ("Mon\u2013Fri 9:00\u201317:00", ["Tue 09:00"], ["Tue 08:59", "Sat 12:00"]),
        ("Mon-Fri 9-12, 13-17", ["Mon 11:59", "Mon 13:00"], ["Mon 12:00", "Mon 12:59"]),
        ("Mon, Wed, Fri 09.00-12.00", ["Wed 10:00"], ["Tue 10:00"]),
        ("monday - wednesday 8:00 - 10:00", ["Tue 09:00"], ["Thu 09:00"]),
        ("Mon 9-12, Tue 13-17 Wed 8-9", ["Mon 10:00", "Tue 16:00", "Wed 08:30"], ["Mon 14:00", "Tue 10:00"]),
        ("Tues. 9-12; Thurs 9-12; Sundays 9-12", ["Tue 10:00", "Thu 10:00", "Sun 10:00"], ["Wed 10:00"]),
        ("Fri-Mon 10:00-11:00", ["Fri 10:00", "Sun 10:30", "Mon 10:30"], ["Tue 10:30", "Thu 10:30"]),
        ("Fri 18:00-02:00", ["Fri 23:59", "Sat 00:00", "Sat 01:59"], ["Sat 02:00", "Fri 01:00"]),
        ("Sun 22:00-06:00", ["Sun 23:00", "Mon 05:59"], ["Mon 06:00", "Sun 05:00"]),
        ("daily 00:00-24:00", ["Mon 00:00", "Sun 23:59"], []),
        ("Daily: 9-17\n\n", ["Sun 12:00"], ["Sun 18:00"]),
        ("Sat 00:00-24:00", ["Sat 00:00", "Sat 23:59"], ["Sun 00:00", "Fri 23:59"]),
        ("", ["Sun 03:00"], []),
        (" ; \n", ["Sun 03:00"], []),
    ],
)
def test_what_people_write(text: str, open_at: list[str], closed_at: list[str]) -> None:
    hours = OpeningHours.parse(text)
    assert [moment for moment in open_at if not hours.is_open(at(moment))] == []
    assert [moment for moment in closed_at if hours.is_open(at(moment))] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("09:00-17:00", 'must name the days before "09:00-17:00"'),
        ("Mon-Fri", 'must name the times after "Mon-Fri"'),
        ("Mon 9am-5pm", 'must give times like 09:00-17:00, not "9am-5pm"'),
        ("Mon 9:00", 'must give times like 09:00-17:00, not "9:00"'),
        ("Mon 09:00-25:00", 'must give times from 00:00 to 24:00, not "09:00-25:00"'),
        ("Mon 24:00-25:00", "must give times from 00:00"),
        ("Mon 09:60-17:00", "must give times from 00:00"),
        ("Mon 09:00-09:00", "the whole day is 00:00-24:00"),
        ("Mun 09:00-17:00", 'must name days like Mon or Monday, not "Mun"'),
        ("T 09:00-17:00", 'not "T"'),
        ("Mon-Wed-Fri 09:00-17:00", 'not as "Mon-Wed-Fri"'),
        ("Mon,,Tue 09:00-17:00", "must name days"),
        ("Mon " + "x" * 500 + " 9-17", "…"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match="^must ") as refused:
        OpeningHours.parse(text)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 150


@given(st.text(alphabet="MonTueFri0123456789:-,; \n") | st.text())
def test_any_text_is_read_or_refused_in_one_sentence(text: str) -> None:
    try:
        words = f"must be like {OpeningHours.parse(text).stretches}"
    except ValueError as refused:
        words = str(refused)
    assert words.startswith("must ")


clock = st.integers(0, DAY)
spans = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, DAY - 1), clock).filter(
    lambda span: span[2] != span[3]
)


def written(span: tuple[int, int, int, int]) -> str:
    """Return how a person writes the span."""
    first, last, start, end = span
    times = "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (start, end))
    return f"{DAYS[first]}-{DAYS[last]} {times}"


def minutes_of(span: tuple[int, int, int, int]) -> set[int]:
    """Return every minute of the week in the span, counted one by one."""
    first, last, start, end = span
    days = [(first + ahead) % 7 for ahead in range((last - first) % 7 + 1)]
    length = (end - start) % DAY or DAY
    return {(day * DAY + start + minute) % WEEK for day in days for minute in range(length)}


@given(spans=st.lists(spans, min_size=1, max_size=4), seconds=st.integers(0, WEEK * 60 - 1))
@example(spans=[(0, 6, 0, DAY)], seconds=5)
@example(spans=[(6, 6, 22 * 60, 6 * 60)], seconds=WEEK * 60 - 1)
@example(spans=[(6, 6, 0, DAY), (0, 0, 0, 60)], seconds=WEEK * 60 - 60)
@example(spans=[(0, 0, 0, 60)], seconds=0)
def test_open_and_next_change_are_those_of_a_clock_read_minute_by_minute(
    spans: list[tuple[int, int, int, int]], seconds: int
) -> None:
    hours = OpeningHours.parse("; ".join(written(span) for span in spans))
    is_open = set[int]().union(*(minutes_of(span) for span in spans))
    moment = MONDAY + timedelta(seconds=seconds)
    now = seconds // 60
    assert hours.is_open(moment) == (now in is_open)
    changes = (
        minute
        for minute in range(now + 1, now + 1 + WEEK)
        if (minute % WEEK in is_open) != ((minute - 1) % WEEK in is_open)
    )
    expected = next(changes, None)
    assert hours.next_change(moment) == (None if expected is None else MONDAY + timedelta(minutes=expected))


def test_always_open_never_changes() -> None:
    assert OpeningHours.parse("").next_change(MONDAY) is None


def test_the_change_is_on_the_clock_of_the_moment() -> None:
    from zoneinfo import ZoneInfo

    hours = OpeningHours.parse("Mon 09:00-17:00")
    moment = datetime(2026, 3, 8, 0, 30, tzinfo=ZoneInfo("America/New_York"))
    change = hours.next_change(moment)
    # The clocks go forward in between; the shop opens at nine all the same.
    assert change == datetime(2026, 3, 9, 9, tzinfo=ZoneInfo("America/New_York"))
    assert change.utcoffset() == timedelta(hours=-4)
