"""Trends: what is kept of each ended call in figures, and what becomes of them week by week. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median

from copilot_desktop.calls.events import CallId

WEEK = timedelta(days=7)


class Figure(StrEnum):
    """What is followed over the weeks."""

    SCORE = "score"
    RESPONSE = "response"
    TAKE_OVERS = "take_overs"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFigures:
    """One ended call. `score` is 0 to 100; `is_failed`: a fatal criterion was not met, whatever the score.

    `form` and `form_version` are those of the score. `responses_ms`: from the caller's last sound to our
    first, one for each of the AI's answers. `take_overs` is None for a call that was never connected.
    `judgements`: how many judgements and objections there were when this was worked out.
    """

    call_id: CallId
    score: float | None = None
    is_failed: bool = False
    form: str = ""
    form_version: int = 0
    responses_ms: tuple[int, ...] = ()
    take_overs: int | None = None
    judgements: int = 0

    @property
    def response_median_ms(self) -> float | None:
        """The middle of the answers' times; None without answers."""
        return median(self.responses_ms) if self.responses_ms else None


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls count."""

    with_practice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The calls that began from Monday, `first_day`, to Sunday, by the clock on this computer's wall.

    `calls` are all that have ended, `missed` those of them that nobody took. `scored`, `timed` and `talks`
    are the calls behind `score` (their mean), the response times (of all their answers) and `take_overs`
    (their sum). `unmeasured` calls have no figures yet. None is where there is nothing to tell, and never 0.
    `forms`: what the scores were given by, title and version.
    """

    first_day: date
    calls: int = 0
    missed: int = 0
    unmeasured: int = 0
    scored: int = 0
    failed: int = 0
    score: float | None = None
    timed: int = 0
    response_median_ms: float | None = None
    response_p90_ms: float | None = None
    talks: int = 0
    take_overs: int | None = None
    forms: frozenset[tuple[str, int]] = frozenset()

    def value(self, figure: Figure) -> float | None:
        """Return where the week's point lies; None: it has none."""
        return {
            Figure.SCORE: self.score,
            Figure.RESPONSE: self.response_median_ms,
            Figure.TAKE_OVERS: self.take_overs,
            Figure.MISSED: self.missed if self.calls else None,
        }[figure]

    def second_value(self, figure: Figure) -> float | None:
        """Return what is shown beside it: the slow answers, all calls."""
        if figure is Figure.RESPONSE:
            return self.response_p90_ms
        return self.calls if figure is Figure.MISSED and self.calls else None

    def behind(self, figure: Figure) -> int:
        """Return how many calls the point rests on."""
        return {
            Figure.SCORE: self.scored,
            Figure.RESPONSE: self.timed,
            Figure.TAKE_OVERS: self.talks,
            Figure.MISSED: self.calls,
        }[figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendCall:
    """One of the calls behind a point, as a list shows it."""

    call_id: CallId
    started_at: datetime
    caller: str
    is_practice: bool
    duration_ms: int
    score: float | None = None
    is_failed: bool = False
    response_median_ms: float | None = None
    take_overs: int | None = None


def monday(day: date) -> date:
    """Return the first day of the week in which `day` lies."""
    return day - timedelta(days=day.weekday())
