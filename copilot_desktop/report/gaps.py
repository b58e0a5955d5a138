"""What a report does not hold, and why: a reader must not take a gap for a nought."""

from __future__ import annotations

from collections.abc import Iterator

from copilot_desktop.report.model import CallReport


def gaps(report: CallReport) -> list[str]:
    """Return one sentence for each part that is missing; measures say it in their own group."""
    return list(_gaps(report))


def _gaps(report: CallReport) -> Iterator[str]:
    if report.outcome is None:
        yield "The call is still running, or its end is not known."
    if report.conversation is None:
        yield "Nothing was measured: the call was never connected."
        return
    if not report.lines:
        yield "No transcript: nothing was said, or nothing was understood."
    judgement = report.judgement
    if judgement is None or judgement.score is None:
        yield report.score_note
    elif judgement.problem and judgement.judge:
        yield f"The judgement is not complete: {judgement.problem}"
    if report.recorded is None:
        yield "No recording: the call was not recorded, so nothing of its sound was measured afterwards."
    elif not report.has_been_listened:
        yield "The recording's sound was not measured."
    if report.mood is None:
        yield "No mood: it was not read."
    elif report.mood.missing_because:
        reason = report.mood.missing_because
        yield reason[:1].upper() + reason[1:] + "."
    elif not report.mood.points:
        yield "No mood: too little was said."
