"""Who spoke how much, for how long, and over whom."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from copilot_desktop.calls.events import Party
from copilot_desktop.report import intervals, making
from copilot_desktop.report.making import Kind
from copilot_desktop.report.model import Measure, Span, Unit
from copilot_desktop.report.talk import STAFF, Talk, Turn

_RUN_GAP_MS = 1000
_INTERRUPTION_MS = 300

_SHARES = {
    Party.CALLER: Kind(
        id="talk_share_caller",
        name="Caller's share",
        unit=Unit.SHARE,
        definition="The caller's speech, of all speech. Silence is left out.",
    ),
    Party.ASSISTANT: Kind(
        id="talk_share_ai",
        name="AI's share",
        unit=Unit.SHARE,
        definition="The AI's speech, of all speech. Silence is left out.",
    ),
    Party.AGENT: Kind(
        id="talk_share_agent",
        name="Agent's share",
        unit=Unit.SHARE,
        definition="The agent's speech, of all speech. Silence is left out.",
    ),
}
_TALK_TO_LISTEN = Kind(
    id="talk_to_listen",
    name="Talk to listen",
    unit=Unit.SHARE,
    definition="Our speech (AI or agent), of ours and the caller's. Silence is left out. "
    "A fact, not good or bad: sales and support differ.",
)
_MONOLOGUE = Kind(
    id="longest_monologue",
    name="Longest monologue",
    unit=Unit.MS,
    definition="The longest run of the AI or of the agent. Gaps under 1 s count as part of it "
    "if nobody else spoke in them.",
)
_STORY = Kind(
    id="longest_caller_story",
    name="Longest caller story",
    unit=Unit.MS,
    definition="The longest run of the caller, gaps under 1 s included if nobody else spoke in them.",
)
_INTERACTIVITY = Kind(
    id="interactivity",
    name="Turn changes",
    unit=Unit.PER_MINUTE,
    definition="How often the word passed between the caller and us, a minute of conversation. "
    'A listener\'s "mhm" is no turn.',
)
_INTERRUPTIONS = Kind(
    id="interruptions",
    name="Interruptions by us",
    unit=Unit.COUNT,
    definition="We began while the caller had been speaking for at least 300 ms, and both went on for "
    'at least 300 ms. A listener\'s "mhm" is not counted.',
)
_INTERRUPTION_RATE = Kind(
    id="interruptions_per_10_min",
    name="Interruptions, rate",
    unit=Unit.PER_10_MINUTES,
    definition="Interruptions by us, in ten minutes of conversation.",
)
_BACK_CHANNELS = Kind(
    id="back_channels",
    name="Listening words",
    unit=Unit.COUNT,
    definition='"Mhm", "yes", "I see": up to 1 s, wholly inside the other side\'s speech. On either side.',
)
_OVERTALK = Kind(
    id="overtalk_share",
    name="Overtalk",
    unit=Unit.SHARE,
    definition="Time in which both sides spoke at once, of the conversation without holds.",
)
_BARGE_INS = Kind(
    id="barge_ins",
    name="Caller broke in on AI",
    unit=Unit.COUNT,
    definition='The caller began while the AI was audible. A listener\'s "mhm" is not counted.',
)
_FALSE_BARGE_INS = Kind(
    id="false_barge_ins",
    name="… without words",
    unit=Unit.COUNT,
    definition="Of these, sounds in which no words were recognised: a cough, a noise.",
)
_BARGE_IN_STOP = Kind(
    id="barge_in_stop",
    name="… AI silent after",
    unit=Unit.MS,
    definition="Median time from the caller's first sound to the AI's silence, where words were recognised.",
)
_AT_ONCE = (
    _INTERRUPTIONS,
    _INTERRUPTION_RATE,
    _BACK_CHANNELS,
    _OVERTALK,
    _BARGE_INS,
    _FALSE_BARGE_INS,
    _BARGE_IN_STOP,
)
_WHO_SPOKE = (*_SHARES.values(), _TALK_TO_LISTEN, _MONOLOGUE, _STORY, _INTERACTIVITY)


def who_spoke(talk: Talk | None) -> list[Measure]:
    """Return the shares, the runs and the turns."""
    if talk is None or not talk.turns:
        return [kind.missing(_no_speech(talk)) for kind in _WHO_SPOKE]
    staff_runs = [run for party in STAFF for run in _runs(talk, party)]
    return [
        *_shares(talk),
        _longest(_MONOLOGUE, staff_runs, "neither the AI nor the agent spoke"),
        _longest(_STORY, _runs(talk, Party.CALLER), "the caller did not speak"),
        _interactivity(talk),
    ]


def at_once(talk: Talk | None) -> list[Measure]:
    """Return interruptions, overtalk and barge-ins."""
    if talk is None or not talk.turns:
        return [kind.missing(_no_speech(talk)) for kind in _AT_ONCE]
    interruptions = _interruptions(talk)
    both = intervals.common(talk.speech[Party.CALLER], talk.staff_speech)
    listening = [turn.span for turn in talk.turns if turn.is_back_channel]
    is_short = talk.length_ms < making.SHORT_MS
    ten_minutes = talk.length_ms / 600_000
    return [
        _INTERRUPTIONS.of(len(interruptions), interruptions),
        _INTERRUPTION_RATE.missing(making.TOO_SHORT)
        if is_short
        else _INTERRUPTION_RATE.of(len(interruptions) / ten_minutes),
        _BACK_CHANNELS.of(len(listening), listening),
        _OVERTALK.missing(making.TOO_SHORT)
        if is_short
        else _OVERTALK.of(intervals.total_ms(both) / talk.length_ms, both),
        *_barge_ins(talk),
    ]


def _no_speech(talk: Talk | None) -> str:
    return making.NOT_CONNECTED if talk is None else making.NO_SPEECH


def _shares(talk: Talk) -> list[Measure]:
    if talk.length_ms < making.SHORT_MS:
        return [kind.missing(making.TOO_SHORT) for kind in (*_SHARES.values(), _TALK_TO_LISTEN)]
    spoken_ms = {party: intervals.total_ms(spans) for party, spans in talk.speech.items()}
    staff_ms = intervals.total_ms(talk.staff_speech)
    all_ms = sum(spoken_ms.values())
    shares = [kind.of(spoken_ms[party] / all_ms, talk.speech[party]) for party, kind in _SHARES.items()]
    return [*shares, _TALK_TO_LISTEN.of(staff_ms / (staff_ms + spoken_ms[Party.CALLER]))]


def _runs(talk: Talk, party: Party) -> list[Span]:
    """Return `party`'s speech, with its short gaps where nobody else spoke in them and no hold was."""
    others = intervals.join(span for other in Party if other is not party for span in talk.speech[other])
    outside = intervals.without([talk.whole], talk.stretches)
    barriers = intervals.join([*others, *outside])
    runs: list[Span] = []
    for span in talk.speech[party]:
        gap = Span(runs[-1].end_ms, span.at_ms) if runs else None
        if gap and gap.length_ms < _RUN_GAP_MS and not intervals.is_met(gap, barriers):
            runs[-1] = Span(runs[-1].at_ms, span.end_ms)
        else:
            runs.append(span)
    return runs


def _longest(kind: Kind, runs: Sequence[Span], otherwise: str) -> Measure:
    run = intervals.longest(runs)
    return kind.of(run.length_ms, [run]) if run else kind.missing(otherwise)


def _interactivity(talk: Talk) -> Measure:
    if talk.length_ms < making.SHORT_MS:
        return _INTERACTIVITY.missing(making.TOO_SHORT)
    sides = [turn.is_staff for turn in talk.turns if not turn.is_back_channel]
    changes = sum(before is not after for before, after in pairwise(sides))
    return _INTERACTIVITY.of(changes / (talk.length_ms / 60_000))


def _interruptions(talk: Talk) -> list[Span]:
    """Return the overtalk that each interruption by us began."""
    turns = (turn.span for turn in talk.turns if turn.is_staff and not turn.is_back_channel)
    overlaps = (_talked_over(span, talk.speech[Party.CALLER]) for span in turns)
    return [overlap for overlap in overlaps if overlap]


def _talked_over(ours: Span, caller: Sequence[Span]) -> Span | None:
    spoken = intervals.around(caller, ours.at_ms)
    if spoken is None or ours.at_ms - spoken.at_ms < _INTERRUPTION_MS:
        return None
    overlap = Span(ours.at_ms, min(ours.end_ms, spoken.end_ms))
    return overlap if overlap.length_ms >= _INTERRUPTION_MS else None


def _barge_ins(talk: Talk) -> list[Measure]:
    ai = talk.speech[Party.ASSISTANT]
    if not ai:
        because = "the AI did not speak"
        return [kind.missing(because) for kind in (_BARGE_INS, _FALSE_BARGE_INS, _BARGE_IN_STOP)]
    overlaps = [
        (turn, overlap)
        for turn in talk.turns
        if not turn.is_staff and not turn.is_back_channel and (overlap := _broke_in(turn, ai))
    ]
    false = [overlap for turn, overlap in overlaps if not talk.words.near(turn.span, Party.CALLER)]
    real = [overlap for _, overlap in overlaps if overlap not in false]
    return [
        _BARGE_INS.of(len(overlaps), [overlap for _, overlap in overlaps]),
        _FALSE_BARGE_INS.of(len(false), false),
        _BARGE_IN_STOP.of(median(overlap.length_ms for overlap in real), real)
        if real
        else _BARGE_IN_STOP.missing("the caller did not break in with words"),
    ]


def _broke_in(turn: Turn, ai: Sequence[Span]) -> Span | None:
    """Return from the caller's first sound to the AI's silence, if the AI was audible before it."""
    spoken = intervals.around(ai, turn.span.at_ms)
    if spoken is None or spoken.at_ms == turn.span.at_ms:
        return None
    return Span(turn.span.at_ms, spoken.end_ms)
