"""The transcript as the page shows it: what was said, and between it what happened, by time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from copilot_desktop.report import wording
from copilot_desktop.report.model import CallReport, MarkKind, ReportLine
from copilot_desktop.report.timeline import COLOURS

_MARK_NOTES = {
    MarkKind.TAKE_OVER: "The agent took over",
    MarkKind.HAND_BACK: "The agent gave the call back to the AI",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: an utterance, or a note between them when `who` is empty. `waited`: for the AI."""

    at_ms: int
    text: str
    who: str = ""
    colour: str = ""
    is_cut: bool = False
    unheard: str = ""
    waited: str = ""

    @property
    def time(self) -> str:
        """When, as a clock says it."""
        return wording.clock(self.at_ms)


def rows(report: CallReport) -> list[Row]:
    """Return the transcript with what happened between the words, by time."""
    return sorted([*map(_said, report.lines), *_notes(report)], key=lambda row: row.at_ms)


def _said(line: ReportLine) -> Row:
    waited_ms = line.answered_after_ms
    return Row(
        line.at_ms,
        line.text,
        wording.PARTIES[line.party],
        COLOURS[line.party],
        line.cut_short,
        line.unheard if line.cut_short else "",
        f"after {wording.duration(waited_ms)}" if waited_ms is not None else "",
    )


def _notes(report: CallReport) -> Iterator[Row]:
    for mark in report.marks:
        if mark.kind in _MARK_NOTES:
            yield Row(mark.at_ms, _MARK_NOTES[mark.kind])
        elif mark.kind is MarkKind.BOOKMARK:
            yield Row(mark.at_ms, wording.bookmark(mark))
    for hold in report.holds:
        yield Row(hold.at_ms, f"On hold for {wording.duration(hold.length_ms)}")
    for happening in report.happenings:
        yield Row(happening.at_ms, wording.happening(happening))
    for trouble in report.troubles:
        words = wording.PROBLEMS[trouble.problem]
        yield Row(trouble.at_ms, f"Working again: {words}" if trouble.is_recovered else f"Problem: {words}")
