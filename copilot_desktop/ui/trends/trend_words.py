"""Trends in words: names, values, weeks, and a sentence for each chart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from copilot_desktop.calls.trends import WEEK, Figure, TrendCall, Week
from copilot_desktop.ui.widgets.wording import clock

FEW = 5
"""A week with fewer calls says little: its point is hollow, and joined to no other."""
_COUNTED = (Figure.TAKE_OVERS, Figure.MISSED)
"""Of these a week that is not over yet has not all."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Trends", text)


def title(figure: Figure) -> str:
    """Return what a chart shows."""
    return {
        Figure.SCORE: _tr("Score"),
        Figure.RESPONSE: _tr("Response time"),
        Figure.TAKE_OVERS: _tr("Take-overs"),
        Figure.MISSED: _tr("Missed calls"),
    }[figure]


def definition(figure: Figure) -> str:
    """Return what exactly that is."""
    return {
        Figure.SCORE: _tr("Mean score of the week's calls, of 100."),
        Figure.RESPONSE: _tr("From the caller's last sound to our first; the line's own delay comes on top."),
        Figure.TAKE_OVERS: _tr("How often somebody took a call over from the AI."),
        Figure.MISSED: _tr("Calls that rang until the caller gave up, and all calls of the week."),
    }[figure]


def legend(figure: Figure, *, has_few: bool) -> str:
    """Return which sign means what."""
    signs = {
        Figure.SCORE: (_tr("● mean of the week"),),
        Figure.RESPONSE: (_tr("● median"), _tr("▲ 9 of 10 within")),
        Figure.TAKE_OVERS: (_tr("● in the week"),),
        Figure.MISSED: (_tr("● missed"), _tr("■ all calls")),
    }[figure]
    few = (_tr("○ fewer than {0} calls").format(FEW),) if has_few else ()
    return "   ".join((*signs, *few))


def value(figure: Figure, amount: float) -> str:
    """Return a value with its unit."""
    return _tr("{0}\u00a0s").format(f"{amount / 1000:.1f}") if figure is Figure.RESPONSE else f"{amount:.0f}"


def calls(count: int) -> str:
    """Return a number of calls."""
    return _tr("1 call") if count == 1 else _tr("{0} calls").format(count)


def weeks(count: int) -> str:
    """Return a number of weeks."""
    return _tr("1 week") if count == 1 else _tr("{0} weeks").format(count)


def short_day(day: date) -> str:
    """Return "9 Mar", for the axis."""
    return QLocale().toString(QDate(day.year, day.month, day.day), "d MMM")


def week_name(first_day: date) -> str:
    """Return "9 Mar – 15 Mar 2026"."""
    last = first_day + WEEK * 6 / 7
    year = "" if first_day.year == last.year else f" {first_day.year}"
    return f"{short_day(first_day)}{year} – {short_day(last)} {last.year}"


def point(figure: Figure, week: Week, today: date) -> str:
    """Return what a point says: "9 Mar – 15 Mar 2026: 82, 12 calls"."""
    amount = week.value(figure)
    name = week_name(week.first_day)
    if _is_running(week, today):
        name = _tr("{0} (so far)").format(name)
    if amount is None:
        return _tr("{0}: nothing to show").format(name)
    behind = week.behind(figure)
    few = _tr(", fewer than {0}").format(FEW) if behind < FEW else ""
    if figure is Figure.MISSED:
        return _tr("{0}: {1} missed of {2}").format(name, value(figure, amount), calls(behind)) + few
    second = week.second_value(figure)
    beside = _tr(", 9 of 10 within {0}").format(value(figure, second)) if second is not None else ""
    return f"{name}: {value(figure, amount)}{beside}, {calls(behind)}{few}"


def cell(figure: Figure, week: Week, amount: float | None) -> str:
    """Return what stands in the table; weeks with few calls say how few."""
    if amount is None:
        return "–"
    behind = week.behind(figure)
    shown = value(figure, amount)
    return f"{shown} ({calls(behind)})" if behind < FEW and figure is not Figure.MISSED else shown


def summary(figure: Figure, shown: Sequence[Week], today: date) -> str:
    """Return what the chart shows, in a sentence or two."""
    points = [week for week in shown if week.value(figure) is not None]
    count = sum(week.behind(figure) for week in points)
    if not points:
        return nothing(figure)
    firm = [week for week in points if week.behind(figure) >= FEW]
    if figure in _COUNTED and len(firm) > 1 and _is_running(firm[-1], today):
        firm.pop()
    parts = [_change(figure, firm, count) if firm else _too_few(figure, points, count)]
    few = sum(week.behind(figure) < FEW for week in points)
    if few and firm:
        words = _tr("{0} with fewer than {1} calls shown hollow.")
        parts.append(words.format(weeks(few), FEW))
    if figure is Figure.SCORE:
        parts += _about_scores(points)
    return " ".join(parts)


def nothing(figure: Figure) -> str:
    """Return why a chart is empty."""
    return {
        Figure.SCORE: _tr("No call was scored in this time."),
        Figure.RESPONSE: _tr("The AI answered nobody in this time."),
        Figure.TAKE_OVERS: _tr("Nobody was talked to in this time."),
        Figure.MISSED: _tr("No calls in this time."),
    }[figure]


def no_calls(figure: Figure | None) -> str:
    """Return what stands in an empty list of calls."""
    return {
        None: _tr("No calls in this week."),
        Figure.SCORE: _tr("No call was scored in this week."),
        Figure.RESPONSE: _tr("The AI answered nobody in this week."),
        Figure.TAKE_OVERS: _tr("Nobody took a call over in this week."),
        Figure.MISSED: _tr("No call was missed in this week."),
    }[figure]


def of_call(call: TrendCall) -> str:
    """Return a call's own figures: "82 · 1.1 s · 2 take-overs · 03:20"."""
    parts = []
    if call.is_failed:
        parts.append(_tr("failed a must"))
    if call.score is not None:
        parts.append(_tr("score {0}").format(value(Figure.SCORE, call.score)))
    if call.response_median_ms is not None:
        parts.append(_tr("answers {0}").format(value(Figure.RESPONSE, call.response_median_ms)))
    if call.take_overs:
        parts.append(
            _tr("1 take-over") if call.take_overs == 1 else _tr("{0} take-overs").format(call.take_overs)
        )
    return " · ".join([*parts, clock(call.duration_ms / 1000)])


def _is_running(week: Week, today: date) -> bool:
    return week.first_day <= today < week.first_day + WEEK


def _change(figure: Figure, firm: Sequence[Week], count: int) -> str:
    """Compare the first and the last week that have enough calls."""
    first, last = _shown(figure, firm[0]), _shown(figure, firm[-1])
    lead = _lead(figure)
    tail = _tail(figure, firm, count)
    if len(firm) == 1:
        name = week_name(firm[0].first_day)
        return _tr("{0} {1} in the week {2}; {3}.").format(lead, first, name, tail)
    span = weeks(round((firm[-1].first_day - firm[0].first_day) / WEEK))
    if first == last:
        return _tr("{0} the same, {1}, after {2}; {3}.").format(lead, last, span, tail)
    rises = (firm[-1].value(figure) or 0) > (firm[0].value(figure) or 0)
    rose, fell = _tr("{0} rose from {1} to {2} in {3}; {4}."), _tr("{0} fell from {1} to {2} in {3}; {4}.")
    return (rose if rises else fell).format(lead, first, last, span, tail)


def _lead(figure: Figure) -> str:
    return {
        Figure.SCORE: _tr("Score"),
        Figure.RESPONSE: _tr("Response time (median)"),
        Figure.TAKE_OVERS: _tr("Take-overs a week"),
        Figure.MISSED: _tr("Missed calls a week"),
    }[figure]


def _tail(figure: Figure, firm: Sequence[Week], count: int) -> str:
    slow_ms = firm[-1].response_p90_ms
    if figure is Figure.RESPONSE and slow_ms is not None:
        return _tr("9 of 10 at last within {0}; {1}").format(value(figure, slow_ms), calls(count))
    return _tr("{0} scored").format(calls(count)) if figure is Figure.SCORE else calls(count)


def _shown(figure: Figure, week: Week) -> str:
    amount = week.value(figure)
    return value(figure, amount) if amount is not None else "–"


def _too_few(figure: Figure, points: Sequence[Week], count: int) -> str:
    if figure in _COUNTED:
        total = sum(week.value(figure) or 0 for week in points)
        found = _tr("{0} in {1}").format(value(figure, total), calls(count))
    else:
        mean = sum((week.value(figure) or 0) * week.behind(figure) for week in points) / count
        found = _tr("about {0} in {1}").format(value(figure, mean), calls(count))
    return _tr("Fewer than {0} calls a week, too few to tell a change: {1}.").format(FEW, found)


def _about_scores(points: Sequence[Week]) -> list[str]:
    said = []
    failed = sum(week.failed for week in points)
    if failed:
        said.append(_tr("{0} failed a criterion that must be met.").format(calls(failed)))
    if len({form for week in points for form in week.forms}) > 1:
        said.append(_tr("The form has changed in this time: scores before and after compare badly."))
    return said
