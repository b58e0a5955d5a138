"""A report comes in parts: facts, judgement, the recording's sound, mood. This joins them."""

from __future__ import annotations

from dataclasses import replace

from copilot_desktop.report.model import CallReport


def with_parts(report: CallReport, newer: CallReport) -> CallReport:
    """Return `report`, its facts and judgement as they are, with what else `newer` has of the same call."""
    if newer.has_been_listened:
        report = replace(
            report,
            groups=newer.groups,
            line_strip=newer.line_strip,
            caution=newer.caution,
            has_been_listened=True,
        )
    return replace(report, mood=newer.mood) if newer.mood is not None else report
