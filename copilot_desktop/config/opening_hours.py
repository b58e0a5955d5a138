"""Opening hours as a person writes them: "Mon-Fri 09:00-12:00, 13:00-17:00; Sat 10:00-14:00". Pure.

Inside, the week is a line of minutes from Monday 00:00, and the hours are stretches of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

_DAY = 24 * 60
_WEEK = 7 * _DAY
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DASHES = str.maketrans("‐‑‒–—−", "------")
_SHOWN = 24
_EXAMPLE = '"Mon-Fri 09:00-17:00; Sat 10:00-14:00"'

_BETWEEN = re.compile(r"[;\n]|(?<=\d)(?:\s*,\s*|\s+)(?=[^\W\d])")
_PART = re.compile(r"(?P<days>[^\d]*)(?P<times>\d.*)?", re.DOTALL)
_TIMES = re.compile(r"(\d{1,2})(?:[:.](\d\d))?\s*-\s*(\d{1,2})(?:[:.](\d\d))?")


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When the business takes calls. Make it with `parse`.

    `stretches`: opened and closed, in minutes of the week, sorted, apart from each other; a stretch that runs
    over the end of the week is two.
    """

    stretches: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, text: str) -> OpeningHours:
        """Read `text`; empty text means always open.

        Parts stand between ";", on lines of their own, or each just begins with its days. A part is days
        (English, also short: "Mon", a span "Fri-Mon", several with commas, "daily"), then times of 24 hours,
        several with commas. A time that ends before it starts ends on the next day.

        Raises:
            ValueError: it cannot be read; the text is a sentence without its first word, "must …".
        """
        parts = [part for part in map(str.strip, _BETWEEN.split(text.translate(_DASHES))) if part]
        if not parts:
            return cls(((0, _WEEK),))
        return cls(_merged(stretch for part in parts for stretch in _read_part(part)))

    def is_open(self, moment: datetime) -> bool:
        """Tell whether the business is open at `moment`, whose own clock counts: give local time."""
        minute = moment.weekday() * _DAY + moment.hour * 60 + moment.minute
        return any(start <= minute < end for start, end in self.stretches)

    def next_change(self, moment: datetime) -> datetime | None:
        """Return when it opens or closes next, later than `moment` and on its clock; None: never.

        Summer time is the caller's affair: with local time without a zone, ask again after an hour at most.
        """
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        monday = midnight - timedelta(days=moment.weekday())
        for minute in self._changes(weeks=2):
            change = monday + timedelta(minutes=minute)
            if change > moment:
                return change
        return None

    def _changes(self, *, weeks: int) -> Iterator[int]:
        """Yield the minutes at which it opens or closes, over the ends of `weeks` weeks."""
        is_through_sunday = bool(self.stretches) and (
            self.stretches[0][0] == 0 and self.stretches[-1][1] == _WEEK
        )
        edges = [edge for stretch in self.stretches for edge in stretch]
        for week in range(weeks):
            for edge in edges:
                if not (is_through_sunday and edge in {0, _WEEK}):
                    yield week * _WEEK + edge


def _read_part(part: str) -> Iterator[tuple[int, int]]:
    match = _PART.fullmatch(part)
    assert match is not None, "both halves may be empty"
    days_text, times_text = match["days"].strip(" ,:\t"), (match["times"] or "").strip(" ,")
    if not days_text:
        raise ValueError(f"must name the days before {_quoted(part)}, as in {_EXAMPLE}")
    days = [day for span in days_text.split(",") for day in _read_days(span.strip())]
    if not times_text:
        raise ValueError(f"must name the times after {_quoted(part)}, as in {_EXAMPLE}")
    for span in times_text.split(","):
        start, end = _read_times(span.strip())
        for day in days:
            yield day * _DAY + start, day * _DAY + end


def _read_days(text: str) -> list[int]:
    """Return the days of "Mon", "Fri-Mon" or "daily"; 0 is Monday."""
    if text.lower() in {"daily", "every day"}:
        return list(range(7))
    names = [name.strip() for name in text.split("-")]
    if len(names) > 2:
        raise ValueError(f"must give days as in {_EXAMPLE}, not as {_quoted(text)}")
    first, last = _read_day(names[0]), _read_day(names[-1])
    return [(first + ahead) % 7 for ahead in range((last - first) % 7 + 1)]


def _read_day(name: str) -> int:
    short = name.lower().removesuffix(".")
    for day, full in enumerate(_NAMES):
        if len(short) >= 2 and (full.startswith(short) or short.removesuffix("s") == full):
            return day
    raise ValueError(f"must name days like Mon or Monday, not {_quoted(name)}")


def _read_times(text: str) -> tuple[int, int]:
    """Return start and end in minutes of their day; an end in the next day is more than a day."""
    match = _TIMES.fullmatch(text)
    if match is None:
        raise ValueError(f"must give times like 09:00-17:00, not {_quoted(text)}")
    hours_1, minutes_1, hours_2, minutes_2 = (int(group or 0) for group in match.groups())
    start, end = hours_1 * 60 + minutes_1, hours_2 * 60 + minutes_2
    if max(minutes_1, minutes_2) > 59 or start >= _DAY or end > _DAY:
        raise ValueError(f"must give times from 00:00 to 24:00, not {_quoted(text)}")
    if start == end:
        raise ValueError(f"must be longer than {_quoted(text)}; the whole day is 00:00-24:00")
    return start, end if end > start else end + _DAY


def _merged(stretches: Iterator[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return them sorted, cut at the end of the week, those that touch as one."""
    cut: list[tuple[int, int]] = []
    for start, end in stretches:
        cut.append((start, min(end, _WEEK)))
        if end > _WEEK:
            cut.append((0, end - _WEEK))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(cut):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return tuple(merged)


def _quoted(text: str) -> str:
    return f'"{text}"' if len(text) <= _SHOWN else f'"{text[: _SHOWN - 1]}…"'
