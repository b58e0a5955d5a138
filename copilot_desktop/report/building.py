"""The facts of one call → its CallReport."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from copilot_desktop.calls.events import (
    Bookmarked,
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    NotesChanged,
    NoticeGiven,
    Party,
    ProblemRaised,
    ResponseTimed,
    SummaryWritten,
)
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.transcript import Transcript, Utterance
from copilot_desktop.report import (
    line_quality,
    making,
    recording_facts,
    speech_facts,
    steps,
    together_facts,
    waiting_facts,
    word_facts,
    wording,
    wrap_up,
)
from copilot_desktop.report.line_strip import strip
from copilot_desktop.report.model import (
    CallReport,
    Handling,
    Mark,
    MarkKind,
    MeasureGroup,
    PartySpeech,
    ReportLine,
    Trouble,
)
from copilot_desktop.report.recorded import recorded
from copilot_desktop.report.talk import Talk, read_talk

_LEAST_CALLER_TURNS = 2
_NOBODY = "no AI was connected to judge the call. The facts below were measured"


def build(events: Sequence[CallEvent]) -> CallReport:
    """Measure the facts of one call, in order, with or without an end.

    Pure. An hour of talk takes a few tens of milliseconds, so not on the loop.

    Raises:
        ValueError: no events.
    """
    if not events:
        raise ValueError("a report needs the facts of a call")
    talk = read_talk(events)
    ringing = next((event for event in events if isinstance(event, CallRinging)), None)
    ended = next((event for event in events if isinstance(event, CallEnded)), None)
    groups = _groups(talk, events)
    unjudgeable = _unjudgeable(talk)
    slots = strip(talk.whole if talk else None, events)
    return CallReport(
        call_id=CallId(events[0].call_id),
        caller=ringing.caller if ringing else "",
        line=ringing.line if ringing else "",
        is_practice=ringing.is_practice if ringing else False,
        started_at=ringing.started_at if ringing else None,
        outcome=ended.outcome if ended else None,
        duration_ms=_end_ms(events),
        conversation=talk.whole if talk else None,
        handled_by=_handled_by(talk),
        groups=groups,
        speech=_speech(talk),
        holds=talk.holds if talk else (),
        marks=_marks(talk, events),
        troubles=_troubles(events),
        lines=_lines(events),
        score_note=_score_note(unjudgeable, talk),
        unjudgeable_because=unjudgeable,
        caution=line_quality.caution([measure for group in groups for measure in group.measures], slots),
        line_strip=slots,
        summary=_summary(events),
        happenings=tuple(sorted(recording_facts.happenings(events), key=lambda each: each.at_ms)),
        notes=_notes(events),
        wrap_up=wrap_up.read(events),
        checklist=steps.read(events),
        recorded=recorded(events, recording_facts.cuts(events, _end_ms(events), with_start=True)),
    )


def _end_ms(events: Sequence[CallEvent]) -> int:
    ended = next((event for event in events if isinstance(event, CallEnded)), None)
    return ended.duration_ms if ended else max(event.at_ms for event in events)


def _groups(talk: Talk | None, events: Sequence[CallEvent]) -> tuple[MeasureGroup, ...]:
    return (
        MeasureGroup(title="Who spoke", measures=tuple(speech_facts.who_spoke(talk))),
        MeasureGroup(title="Answers", measures=tuple(waiting_facts.answers(talk, events))),
        MeasureGroup(title="Silence and hold", measures=tuple(waiting_facts.silences(talk))),
        MeasureGroup(title="Speaking at once", measures=tuple(speech_facts.at_once(talk))),
        MeasureGroup(title="Words", measures=tuple(word_facts.in_words(talk))),
        MeasureGroup(title="Agent and AI", measures=tuple(together_facts.take_overs(talk, events))),
        MeasureGroup(title="Suggestions", measures=tuple(together_facts.suggestions(talk, events))),
        MeasureGroup(
            title="Recording",
            measures=(*recording_facts.recording(talk, events), *recording_facts.hidden(events)),
        ),
        MeasureGroup(title=line_quality.TITLE, measures=tuple(line_quality.line(events))),
    )


def _handled_by(talk: Talk | None) -> tuple[Handling, ...]:
    times_ms: dict[Mode, int] = {}
    for mode, span in talk.modes if talk else ():
        times_ms[mode] = times_ms.get(mode, 0) + span.length_ms
    return tuple(Handling(mode=mode, duration_ms=time_ms) for mode, time_ms in times_ms.items())


def _speech(talk: Talk | None) -> tuple[PartySpeech, ...]:
    if talk is None:
        return ()
    return tuple(PartySpeech(party=party, spans=tuple(talk.speech_with_holds[party])) for party in Party)


def _marks(talk: Talk | None, events: Sequence[CallEvent]) -> tuple[Mark, ...]:
    if talk is None:
        return ()
    taken, given = together_facts.mode_changes(talk, events)
    cut = [line for line in _lines(events) if line.cut_short and line.party is Party.ASSISTANT]
    problems = [event for event in events if isinstance(event, ProblemRaised) and not event.is_recovered]
    marks = [
        *(Mark(at_ms=event.at_ms, kind=MarkKind.TAKE_OVER) for event in taken),
        *(Mark(at_ms=event.at_ms, kind=MarkKind.HAND_BACK) for event in given),
        *(Mark(at_ms=line.end_ms, kind=MarkKind.CUT_SHORT) for line in cut),
        *(Mark(at_ms=event.at_ms, kind=MarkKind.PROBLEM) for event in problems),
        *(
            Mark(at_ms=event.at_ms, kind=MarkKind.NOTICE)
            for event in events
            if isinstance(event, NoticeGiven)
        ),
        *_bookmarks(events),
    ]
    return tuple(sorted(marks, key=lambda mark: mark.at_ms))


def _troubles(events: Sequence[CallEvent]) -> tuple[Trouble, ...]:
    return tuple(
        Trouble(at_ms=event.at_ms, problem=event.problem, is_recovered=event.is_recovered)
        for event in events
        if isinstance(event, ProblemRaised)
    )


def _lines(events: Sequence[CallEvent]) -> tuple[ReportLine, ...]:
    said = Transcript.from_events(events).utterances
    waits_ms = _waits_ms(said, events)
    return tuple(
        ReportLine(
            at_ms=each.start_ms,
            end_ms=each.start_ms if each.end_ms is None else each.end_ms,
            party=each.party,
            text=each.text,
            cut_short=each.cut_short,
            unheard=each.unheard,
            answered_after_ms=waits_ms.get(number),
        )
        for number, each in enumerate(said)
    )


def _waits_ms(said: Sequence[Utterance], events: Sequence[CallEvent]) -> dict[int, int]:
    """Return by number how long the caller waited: an answer is timed as its first sound goes out."""
    own = [number for number, each in enumerate(said) if each.party is Party.ASSISTANT]
    starts_ms = [said[number].start_ms for number in own]
    waits_ms: dict[int, int] = {}
    for event in events:
        if isinstance(event, ResponseTimed) and own:
            after = bisect_left(starts_ms, event.at_ms)
            near = min(own[max(0, after - 1) : after + 1], key=lambda n: abs(said[n].start_ms - event.at_ms))
            waits_ms.setdefault(near, event.total_ms)
    return waits_ms


def _unjudgeable(talk: Talk | None) -> str:
    """Say why the call cannot be scored, whoever judges; empty: it can."""
    if talk is None:
        return "the call was never connected"
    if talk.length_ms < making.SHORT_MS:
        return "a call shorter than 15 s is not judged"
    if sum(not turn.is_staff for turn in talk.turns) < _LEAST_CALLER_TURNS:
        return "the caller said too little to judge the call"
    return ""


def _score_note(unjudgeable: str, talk: Talk | None) -> str:
    if unjudgeable and talk is not None:
        length = wording.duration(talk.length_ms)
        return f"Not enough to judge (call {length}): {unjudgeable}."
    return f"No score: {unjudgeable or _NOBODY}."


def _bookmarks(events: Sequence[CallEvent]) -> list[Mark]:
    """Return one mark a moment, with the words that it was given last."""
    words = {event.moment_ms: event.text for event in events if isinstance(event, Bookmarked)}
    return [Mark(at_ms=at_ms, kind=MarkKind.BOOKMARK, text=text) for at_ms, text in words.items()]


def _notes(events: Sequence[CallEvent]) -> str:
    written = [event.text for event in events if isinstance(event, NotesChanged)]
    return written[-1].strip() if written else ""


def _summary(events: Sequence[CallEvent]) -> str | None:
    written = [event.text for event in events if isinstance(event, SummaryWritten)]
    return written[-1] if written else None
