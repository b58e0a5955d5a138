"""What a call's timeline shows, in words: a summary, and one row for each thing, in order of time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from copilot_desktop.calls.events import Party, RecordingCause
from copilot_desktop.report.model import CallReport, Grade, Mark, MarkKind
from copilot_desktop.report.mood_line import HINT, Mood
from copilot_desktop.ui.widgets.wording import clock, party_name


def _tr(text: str) -> str:
    return QCoreApplication.translate("Timeline", text)


class Row(NamedTuple):
    """One row of the table: when, what it is, and what there is to say about it."""

    at_ms: int
    end_ms: int
    what: str
    about: str = ""


def mark_name(mark: Mark) -> str:
    """Return what a mark says: "Bookmark: order number"."""
    names = {
        MarkKind.TAKE_OVER: _tr("You took over"),
        MarkKind.HAND_BACK: _tr("Given back to the AI"),
        MarkKind.CUT_SHORT: _tr("AI cut short"),
        MarkKind.PROBLEM: _tr("Technical problem"),
        MarkKind.NOTICE: _tr("Notice given"),
        MarkKind.BOOKMARK: _tr("Bookmark"),
    }
    return f"{names[mark.kind]}: {mark.text}" if mark.text else names[mark.kind]


def mood_name(mood: Mood) -> str:
    """Return a mood as a word."""
    return {
        Mood.POSITIVE: _tr("sounds pleased"),
        Mood.NEUTRAL: _tr("sounds neutral"),
        Mood.NEGATIVE: _tr("sounds upset"),
    }[mood]


def grade_name(grade: Grade) -> str:
    """Return a grade of the line as a word."""
    return {Grade.GOOD: _tr("good"), Grade.WATCH: _tr("watch"), Grade.BAD: _tr("poor")}[grade]


def cut_name(cause: RecordingCause) -> str:
    """Return why nothing was recorded for a while."""
    reasons = {
        RecordingCause.CARD_NUMBER: _tr("card number"),
        RecordingCause.CALL_BEGAN: _tr("before the notice"),
        RecordingCause.NOTICE_FAILED: _tr("notice not given"),
    }
    return _tr("Recording cut ({0})").format(reasons.get(cause, _tr("paused by you")))


def summary(report: CallReport) -> str:
    """Return what the picture shows, for those who cannot see it."""
    parts = [
        _tr("{0} spoke {1}").format(
            party_name(speech.party), clock(sum(span.length_ms for span in speech.spans) / 1000)
        )
        for speech in report.speech
    ]
    if report.holds:
        held = clock(sum(span.length_ms for span in report.holds) / 1000)
        parts.append(_tr("on hold {0}").format(held))
    parts += [
        _tr("{0} at {1}").format(mark_name(mark), clock(mark.at_ms / 1000))
        for mark in report.marks
        if mark.kind in (MarkKind.BOOKMARK, MarkKind.TAKE_OVER)
    ]
    return ". ".join([", ".join(parts), line_summary(report), mood_summary(report)]) + "."


def line_summary(report: CallReport) -> str:
    """Return how the line was: "Line: good throughout"."""
    if not report.line_strip:
        return _tr("Line not measured")
    rough = [slot for slot in report.line_strip if slot.grade is not Grade.GOOD]
    if not rough:
        return _tr("Line good throughout")
    times = ", ".join(clock(slot.at_ms / 1000) for slot in rough[:5])
    more = _tr(" and later") if len(rough) > 5 else ""
    return _tr("Line not good at {0}{1}").format(times, more)


def mood_summary(report: CallReport) -> str:
    """Return how the mood moved: "Mood: Caller upset at first, neutral at the end. Hint …"."""
    mood = report.mood
    if mood is None:
        return _tr("Mood not read yet")
    if mood.missing_because:
        return mood.missing_because[:1].upper() + mood.missing_because[1:]
    trends = [
        _tr("{0} {1} at first, {2} at the end").format(
            party_name(trend.party), _height(trend.start), _height(trend.end)
        )
        for trend in mood.trends
        if trend.party is not Party.ASSISTANT
    ]
    return _tr("Mood: {0}. {1}").format("; ".join(trends) or _tr("too little was said for a trend"), HINT)


def rows(report: CallReport) -> list[Row]:
    """Return everything on the timeline, in order of time."""
    return sorted(
        [*_speech(report), *_marks(report), *_line(report), *_mood(report)], key=lambda row: row.at_ms
    )


def _speech(report: CallReport) -> Iterator[Row]:
    for speech in report.speech:
        lines = sorted(
            (line for line in report.lines if line.party is speech.party), key=lambda line: line.at_ms
        )
        starts = [line.at_ms for line in lines]
        for span in speech.spans:
            # What one person says does not overlap: two lines back is far enough.
            last = bisect_left(starts, span.end_ms)
            said = [line.text for line in lines[max(0, last - 3) : last] if span.at_ms < line.end_ms]
            yield Row(span.at_ms, span.end_ms, party_name(speech.party), " ".join(said))
    for hold in report.holds:
        yield Row(hold.at_ms, hold.end_ms, _tr("On hold"))
    for cut in report.recorded.cuts if report.recorded is not None else ():
        yield Row(cut.at_ms, cut.end_ms, cut_name(cut.cause))


def _marks(report: CallReport) -> Iterator[Row]:
    for mark in report.marks:
        yield Row(mark.at_ms, mark.at_ms, mark_name(mark))


def _line(report: CallReport) -> Iterator[Row]:
    for slot in report.line_strip:
        if slot.grade is not Grade.GOOD:
            yield Row(slot.at_ms, slot.end_ms, _tr("Line {0}").format(grade_name(slot.grade)), slot.because)


def _mood(report: CallReport) -> Iterator[Row]:
    for point in report.mood.points if report.mood is not None else ():
        if point.mood is not Mood.NEUTRAL and point.party is not Party.ASSISTANT:
            what = _tr("{0} {1} (hint)").format(party_name(point.party), mood_name(point.mood))
            yield Row(point.at_ms, point.end_ms, what)


def _height(mean: float) -> str:
    if mean > 1 / 3:
        return _tr("pleased")
    return _tr("upset") if mean < -1 / 3 else _tr("neutral")
