"""How long people waited: answers, silence, hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median

from copilot_desktop.calls.events import CallEvent, Party, ResponseTimed
from copilot_desktop.report import intervals, making
from copilot_desktop.report.making import Kind, upward
from copilot_desktop.report.model import Measure, Span, Unit
from copilot_desktop.report.talk import STAFF, Talk, Turn

_DEAD_AIR_MS, _LONG_DEAD_AIR_MS = 10_000, 30_000
_SLOW_MS, _TOO_SLOW_MS = 800, 1500
_LONG_HOLD_MS, _TOO_LONG_HOLD_MS = 60_000, 120_000
_ANNOUNCEMENTS = (
    "one moment",
    "just a moment",
    "a moment",
    "one second",
    "just a second",
    "one minute",
    "a minute",
    "bear with me",
    "hold on",
    "let me check",
    "let me look",
    "i'll check",
    "i will check",
)

_AI_LIMITS = "Good under 0.8 s, to watch up to 1.5 s, then poor: callers begin to talk again."
_AI_MEDIAN = Kind(
    id="ai_response_median",
    name="AI's answer, median",
    unit=Unit.MS,
    definition="From the caller's last sound to our first sound sent to the line; the line's own delay "
    f"comes on top. {_AI_LIMITS}",
)
_AI_P95 = Kind(
    id="ai_response_p95",
    name="AI's answer, 95 %",
    unit=Unit.MS,
    definition=f"95 of 100 answers came within this time (nearest rank). {_AI_LIMITS}",
)
_AI_SLOWEST = Kind(
    id="ai_response_max",
    name="AI's answer, slowest",
    unit=Unit.MS,
    definition="The slowest answer of the AI.",
)
_AI_DROPPED = Kind(
    id="ai_dropped_replies",
    name="Answers begun early, thrown away",
    unit=Unit.COUNT,
    definition="So that callers need not wait, an answer is begun before it is certain that they are done. "
    "Where they went on, it was thrown away: nobody heard it, its engines were used all the same.",
)
_AGENT_MEDIAN = Kind(
    id="agent_response_median",
    name="Agent's answer, median",
    unit=Unit.MS,
    definition="From the end of the caller's speech to the start of the agent's, where there was a pause.",
)
_AGENT_SLOWEST = Kind(
    id="agent_response_max",
    name="Agent's answer, slowest",
    unit=Unit.MS,
    definition="The longest pause between the caller's speech and the agent's answer.",
)
_PATIENCE = Kind(
    id="patience",
    name="Patience",
    unit=Unit.MS,
    definition="Average wait from the end of the caller's speech to the start of ours, AI or agent. "
    "Only pauses count, not talking over.",
)
_AI_ANSWERS = (_AI_MEDIAN, _AI_P95, _AI_SLOWEST, _AI_DROPPED)
_ANSWERS = (*_AI_ANSWERS, _AGENT_MEDIAN, _AGENT_SLOWEST, _PATIENCE)

_SILENCE = Kind(
    id="longest_silence",
    name="Longest silence",
    unit=Unit.MS,
    definition="The longest gap in which nobody spoke, holds left out.",
)
_DEAD_AIR = Kind(
    id="dead_air",
    name="Dead air",
    unit=Unit.COUNT,
    definition='Gaps over 10 s in which nobody spoke, not on hold and not after a "one moment". '
    "None is good, one over 30 s is poor.",
)
_NON_TALK = Kind(
    id="non_talk_share",
    name="Nobody speaking",
    unit=Unit.SHARE,
    definition="All gaps, of the conversation without holds.",
)
_HOLD_TOTAL = Kind(
    id="hold_total",
    name="On hold",
    unit=Unit.MS,
    definition="All holds together. Left out of all other measures.",
)
_HOLD_COUNT = Kind(
    id="hold_count", name="Holds", unit=Unit.COUNT, definition="How often the caller was put on hold."
)
_HOLD_LONGEST = Kind(
    id="hold_longest",
    name="Longest hold",
    unit=Unit.MS,
    definition="Good under 1 minute, poor over 2 minutes.",
)
_SILENCES = (_SILENCE, _DEAD_AIR, _NON_TALK, _HOLD_TOTAL, _HOLD_COUNT, _HOLD_LONGEST)


def answers(talk: Talk | None, events: Sequence[CallEvent]) -> list[Measure]:
    """Return how fast the AI and the agent answered."""
    if talk is None:
        return [kind.missing(making.NOT_CONNECTED) for kind in _ANSWERS]
    pauses = _pauses(talk)
    staff = [pause for pause, _ in pauses]
    agent = [pause for pause, party in pauses if party is Party.AGENT]
    timed = [event for event in events if isinstance(event, ResponseTimed)]
    return [*_ai_answers(timed), *_agent_answers(agent), _patience(staff)]


def silences(talk: Talk | None) -> list[Measure]:
    """Return silence and hold."""
    if talk is None:
        return [kind.missing(making.NOT_CONNECTED) for kind in _SILENCES]
    return [*_gaps(talk), *_holds(talk)]


def nearest_rank(values: Sequence[int], share: float) -> int:
    """Return the smallest of `values` (at least one) that `share` of them do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _ai_answers(timed: Sequence[ResponseTimed]) -> list[Measure]:
    if not timed:
        return [kind.missing("the AI answered nothing by itself") for kind in _AI_ANSWERS]
    times_ms = [event.total_ms for event in timed]
    slowest = max(timed, key=lambda event: event.total_ms)
    middle, late = median(times_ms), nearest_rank(times_ms, 0.95)
    return [
        _AI_MEDIAN.of(
            middle, [_wait(event) for event in timed], grade=upward(middle, _SLOW_MS, _TOO_SLOW_MS)
        ),
        _AI_P95.of(late, grade=upward(late, _SLOW_MS, _TOO_SLOW_MS)),
        _AI_SLOWEST.of(slowest.total_ms, [_wait(slowest)]),
        _AI_DROPPED.of(sum(event.dropped_replies for event in timed)),
    ]


def _wait(event: ResponseTimed) -> Span:
    """The fact is told when the answer begins to sound, so the wait lies before it."""
    return Span(max(0, event.at_ms - event.total_ms), event.at_ms)


def _agent_answers(pauses: Sequence[Span]) -> list[Measure]:
    if not pauses:
        return [
            kind.missing("the agent did not answer the caller") for kind in (_AGENT_MEDIAN, _AGENT_SLOWEST)
        ]
    slowest = max(pauses, key=lambda pause: pause.length_ms)
    return [
        _AGENT_MEDIAN.of(median(pause.length_ms for pause in pauses), pauses),
        _AGENT_SLOWEST.of(slowest.length_ms, [slowest]),
    ]


def _patience(pauses: Sequence[Span]) -> Measure:
    if not pauses:
        return _PATIENCE.missing("nobody answered the caller after a pause")
    return _PATIENCE.of(fmean(pause.length_ms for pause in pauses), pauses)


def _pauses(talk: Talk) -> list[tuple[Span, Party]]:
    """Return each pause between the caller's speech and ours, and who of us ended it."""
    found: list[tuple[Span, Party]] = []
    last: Turn | None = None
    for turn in talk.turns:
        if last is not None and not last.is_staff and turn.is_staff:
            pause = Span(last.span.end_ms, turn.span.at_ms)
            # A hold between the two is no waiting for an answer.
            if (
                pause.length_ms > 0
                and intervals.total_ms(intervals.common([pause], talk.stretches)) == pause.length_ms
            ):
                found.append((pause, turn.party))
        if last is None or turn.span.end_ms >= last.span.end_ms:
            last = turn
    return found


def _gaps(talk: Talk) -> list[Measure]:
    if not talk.turns:
        return [kind.missing(making.NO_SPEECH) for kind in (_SILENCE, _DEAD_AIR, _NON_TALK)]
    gaps = talk.gaps
    dead = [gap for gap in gaps if gap.length_ms > _DEAD_AIR_MS and not _is_announced(gap, talk)]
    longest_ms = max((gap.length_ms for gap in dead), default=0)
    silence = intervals.longest(gaps)
    share = intervals.total_ms(gaps) / talk.length_ms if talk.length_ms else 0.0
    return [
        _SILENCE.of(silence.length_ms, [silence]) if silence else _SILENCE.missing("there was no silence"),
        _DEAD_AIR.of(len(dead), dead, grade=upward(longest_ms, _DEAD_AIR_MS, _LONG_DEAD_AIR_MS)),
        _NON_TALK.missing(making.TOO_SHORT)
        if talk.length_ms < making.SHORT_MS
        else _NON_TALK.of(share, gaps),
    ]


def _is_announced(gap: Span, talk: Talk) -> bool:
    """Return whether the last thing we said before `gap` asked the caller to wait."""
    said = talk.words.last_before(gap.at_ms, STAFF)
    text = said.text.lower() if said else ""
    return any(words in text for words in _ANNOUNCEMENTS)


def _holds(talk: Talk) -> list[Measure]:
    longest = intervals.longest(talk.holds)
    return [
        _HOLD_TOTAL.of(intervals.total_ms(talk.holds), talk.holds),
        _HOLD_COUNT.of(len(talk.holds), talk.holds),
        _HOLD_LONGEST.of(
            longest.length_ms,
            [longest],
            grade=upward(longest.length_ms, _LONG_HOLD_MS, _TOO_LONG_HOLD_MS),
        )
        if longest
        else _HOLD_LONGEST.missing("the caller was never on hold"),
    ]
