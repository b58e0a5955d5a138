"""Criteria that the program answers itself, from the measured facts of a report. No AI is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from copilot_desktop.calls import card_numbers
from copilot_desktop.calls.events import Party
from copilot_desktop.report.judgement import Evidence
from copilot_desktop.report.model import CallReport, HappeningKind, Measure, ReportLine, Span

_FEW_PER_10_MINUTES = 3.0
_MATTER_WORDS = 5
"""Shorter things that callers say first are greetings, not what they call about."""
_LATE_MS = 1000
"""The fact that a sentence was heard may come this long after its words' end."""
_NOTICES = (HappeningKind.NOTICE, HappeningKind.NOTICE_BY_AGENT)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was measured. `answer` None: it could not be, and `note` says why."""

    answer: str | None
    note: str
    moments: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """A criterion that can be measured; `answers` are those that it may give."""

    find: Callable[[CallReport], Finding]
    answers: frozenset[str] = field(default_factory=frozenset)


def _notice(report: CallReport) -> Finding:
    has_recording = report.measure("recording_paused").value is not None
    has_ai = any(speech.party is Party.ASSISTANT and speech.spans for speech in report.speech)
    given = next((each for each in report.happenings if each.kind in _NOTICES), None)
    if given is None:
        if not has_recording and not has_ai:
            return Finding("na", "Nothing was recorded and no AI spoke.")
        return Finding("no", "No notice was given.")
    at = (_moment(Span(given.at_ms, given.at_ms)),)
    answer = _first_answer_to_the_matter(report, given.at_ms)
    if answer is not None and answer.at_ms < given.at_ms:
        return Finding("no", "The matter was talked about before the notice had been heard.", at)
    return Finding("yes", "The notice had been heard before we first answered to the matter.", at)


def _first_answer_to_the_matter(report: CallReport, notice_ms: int) -> ReportLine | None:
    """Return the first thing we said after the caller had told their matter, the notice itself left out."""
    matter = next(
        (
            line
            for line in report.lines
            if line.party is Party.CALLER and len(line.text.split()) >= _MATTER_WORDS
        ),
        None,
    )
    if matter is None:
        return None
    for line in report.lines:
        is_notice = line.at_ms <= notice_ms <= line.end_ms + _LATE_MS
        if line.party is not Party.CALLER and line.at_ms >= matter.at_ms and line.text and not is_notice:
            return line
    return None


def _talking_over(report: CallReport) -> Finding:
    count = report.measure("interruptions")
    if count.value is None:
        return _unmeasured(count)
    if count.value == 0:
        return Finding("yes", "We never began while the caller was speaking.")
    rate = report.measure("interruptions_per_10_min").value
    is_rare = count.value <= 1 or (rate is not None and rate <= _FEW_PER_10_MINUTES)
    times = "once" if count.value == 1 else f"{count.value:.0f} times"
    moments = tuple(map(_moment, count.moments))
    return Finding("partly" if is_rare else "no", f"We began {times} while the caller was speaking.", moments)


def _silence(report: CallReport) -> Finding:
    gaps = report.measure("dead_air")
    if gaps.value is None:
        return _unmeasured(gaps)
    if gaps.value == 0:
        return Finding("yes", "There was no unannounced silence over 10 s.")
    longest_s = max(gap.length_ms for gap in gaps.moments) / 1000
    times = "Once" if gaps.value == 1 else f"{gaps.value:.0f} times"
    note = f"{times} it was silent for more than 10 s, {longest_s:.0f} s at the longest."
    return Finding("no", note, tuple(map(_moment, gaps.moments)))


def _card_number(report: CallReport) -> Finding:
    kept = [line for line in report.lines if card_numbers.mask(f"{line.text} {line.unheard}") != _said(line)]
    if kept:
        note = "A card number stands in the transcript."
        return Finding("no", note, tuple(_moment(Span(line.at_ms, line.end_ms)) for line in kept))
    hidden = [line for line in report.lines if card_numbers.HIDDEN in _said(line)]
    pauses = [each for each in report.happenings if each.kind is HappeningKind.PAUSED_FOR_CARD]
    if not hidden and not pauses:
        return Finding("na", "No card number came up.")
    moments = [Span(line.at_ms, line.end_ms) for line in hidden] or [Span(p.at_ms, p.at_ms) for p in pauses]
    return Finding("yes", "A card number came up; its digits were not kept.", tuple(map(_moment, moments)))


def _said(line: ReportLine) -> str:
    return f"{line.text} {line.unheard}"


def _unmeasured(measure: Measure) -> Finding:
    return Finding(None, f"Not measured: {measure.missing_because}.")


def _moment(span: Span) -> Evidence:
    return Evidence(at_ms=span.at_ms, end_ms=span.end_ms, is_checked=True)


MEASURED: Mapping[str, Measured] = MappingProxyType(
    {
        "notice": Measured(_notice, frozenset({"yes", "no", "na"})),
        "talking_over": Measured(_talking_over, frozenset({"yes", "partly", "no"})),
        "silence": Measured(_silence, frozenset({"yes", "no"})),
        "card_number": Measured(_card_number, frozenset({"yes", "no", "na"})),
    }
)
"""By the name that forms call them."""
