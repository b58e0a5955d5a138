"""What a call's law asks for, in sentences: the notice, what was kept, where nothing was, what is hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from copilot_desktop.calls.events import RecordingCause
from copilot_desktop.report.model import CallReport, HappeningKind
from copilot_desktop.report.wording import clock, duration

_HIDDEN = re.compile(r"\[([^\[\]]+) hidden\]")
_MOST_TIMES = 6
_CAUSES = {
    RecordingCause.CALL_BEGAN: "before the notice",
    RecordingCause.NOTICE_FAILED: "the notice was not given",
    RecordingCause.AGENT: "paused by the agent",
    RecordingCause.CARD_NUMBER: "a card number",
    RecordingCause.FAILED: "the recording failed",
}
_NOTICES = {HappeningKind.NOTICE: "by the AI", HappeningKind.NOTICE_BY_AGENT: "by the agent"}


class LegalFact(NamedTuple):
    """`name`: what it is about. `at_ms`: where in the call, if at one moment."""

    name: str
    words: str
    at_ms: int | None = None


def legal_facts(report: CallReport) -> list[LegalFact]:
    """Return them in the order in which they are read; none of a call that was never connected."""
    if report.conversation is None:
        return []
    return [*_notices(report), *_kept(report), *_hidden(report)]


def _notices(report: CallReport) -> Iterator[LegalFact]:
    given = [each for each in report.happenings if each.kind in _NOTICES]
    for each in given:
        words = f"given {_NOTICES[each.kind]} at {clock(each.at_ms)}"
        yield LegalFact("Notice", words + (f": “{each.detail}”" if each.detail else ""), each.at_ms)
    if not given:
        yield LegalFact("Notice", "none was given")


def _kept(report: CallReport) -> Iterator[LegalFact]:
    if report.recorded is None:
        yield LegalFact("Recording", "none")
        return
    whole = "the whole call" if not report.recorded.cuts else "the call, but for what follows"
    yield LegalFact("Recording", whole)
    for cut in report.recorded.cuts:
        length = duration(cut.end_ms - cut.at_ms)
        when = f"{clock(cut.at_ms)} to {clock(cut.end_ms)} ({length}): {_CAUSES.get(cut.cause, 'paused')}"
        yield LegalFact("Not kept", when, cut.at_ms)


def _hidden(report: CallReport) -> Iterator[LegalFact]:
    times: dict[str, list[int]] = {}
    for line in report.lines:
        for what in _HIDDEN.findall(f"{line.text} {line.unheard}"):
            times.setdefault(what, []).append(line.at_ms)
    for what, at in times.items():
        shown = ", ".join(clock(each) for each in at[:_MOST_TIMES])
        more = f" +{len(at) - _MOST_TIMES}" if len(at) > _MOST_TIMES else ""
        yield LegalFact("Hidden in the words", f"{what}, {len(at)} ×, at {shown}{more}", at[0])
