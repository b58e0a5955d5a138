"""Of a report, the few figures that are kept for the trends."""

from __future__ import annotations

from copilot_desktop.calls.trends import CallFigures
from copilot_desktop.report.model import CallReport


def figures(report: CallReport, judgements: int = 0) -> CallFigures:
    """Return what is kept of a call. `judgements`: how many there are, objections counted in."""
    judgement = report.judgement
    score = judgement.score if judgement is not None else None
    take_overs = report.measure("take_overs").value
    answers = report.measure("ai_response_median").moments
    return CallFigures(
        call_id=report.call_id,
        score=score,
        is_failed=judgement is not None and bool(judgement.failed),
        form=judgement.form_title if judgement is not None and score is not None else "",
        form_version=judgement.form_version if judgement is not None and score is not None else 0,
        responses_ms=tuple(sorted(span.length_ms for span in answers)),
        take_overs=None if take_overs is None else round(take_overs),
        judgements=judgements,
    )
