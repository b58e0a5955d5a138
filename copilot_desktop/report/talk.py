"""Talk: one call's facts made ready for measuring. Built once, read by every measure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    HoldChanged,
    ModeChanged,
    Party,
    SpeechMeasured,
    StateChanged,
    UtteranceFinished,
)
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.calls.transcript import Transcript, Utterance
from copilot_desktop.report import intervals
from copilot_desktop.report.model import Span

STAFF = (Party.ASSISTANT, Party.AGENT)
_BACK_CHANNEL_MS = 1000
_TEXT_IS_LATE_MS = 400
"""How far the times of words may lie off the sound they belong to."""
_LISTENING_WORDS = frozenset(
    {"mhm", "mm", "mmm", "hm", "hmm", "aha", "ah", "oh", "uh", "uh-huh", "huh", "yes", "yeah", "yep", "yup"}
    | {"ok", "okay", "right", "sure", "true", "i", "see", "good", "great", "fine", "really", "alright"}
    | {"exactly", "indeed"}
)


class Turn(NamedTuple):
    """One party audible for a while."""

    span: Span
    party: Party
    is_back_channel: bool = False
    """A listener's "mhm" inside the other's speech; it does not take the floor."""

    @property
    def is_staff(self) -> bool:
        """Ours, AI or agent."""
        return self.party is not Party.CALLER


@dataclass(frozen=True, slots=True)
class Talk:
    """`whole` runs from the first stream to the end. `stretches` are its parts off hold and on the line.

    `speech` is each party's, cleaned, within the stretches; `speech_with_holds` the same within `whole`.
    """

    whole: Span
    stretches: tuple[Span, ...]
    holds: tuple[Span, ...]
    modes: tuple[tuple[Mode, Span], ...]
    speech: dict[Party, list[Span]]
    speech_with_holds: dict[Party, list[Span]]
    turns: tuple[Turn, ...]
    words: Words

    @property
    def length_ms(self) -> int:
        """The conversation without holds and breaks: what rates and shares are taken of."""
        return intervals.total_ms(self.stretches)

    @property
    def staff_speech(self) -> list[Span]:
        """When either the AI or the agent was audible."""
        return intervals.join([*self.speech[Party.ASSISTANT], *self.speech[Party.AGENT]])

    @property
    def gaps(self) -> list[Span]:
        """When nobody was audible, off hold."""
        audible = intervals.join(span for spans in self.speech.values() for span in spans)
        return intervals.without(self.stretches, audible)


class Words:
    """What was said, to be looked up by time."""

    def __init__(self, utterances: Iterable[Utterance]) -> None:
        said = [utterance for utterance in utterances if utterance.text]
        self.of = {party: [each for each in said if each.party is party] for party in Party}
        self._starts = {party: [each.start_ms for each in of] for party, of in self.of.items()}
        self._longest_ms = max((_end_ms(each) - each.start_ms for each in said), default=0)

    def near(self, span: Span, party: Party) -> list[Utterance]:
        """Return what `party` said about the time of `span`."""
        at_ms, end_ms = span.at_ms - _TEXT_IS_LATE_MS, span.end_ms + _TEXT_IS_LATE_MS
        first = bisect_left(self._starts[party], at_ms - self._longest_ms)
        last = bisect_left(self._starts[party], end_ms)
        return [each for each in self.of[party][first:last] if _end_ms(each) > at_ms]

    def last_before(self, at_ms: int, parties: Sequence[Party]) -> Utterance | None:
        """Return what one of `parties` began to say last before `at_ms`."""
        found = [
            self.of[party][index - 1]
            for party in parties
            if (index := bisect_left(self._starts[party], at_ms)) > 0
        ]
        return max(found, key=lambda each: each.start_ms, default=None)


def read_talk(events: Sequence[CallEvent]) -> Talk | None:
    """Return the conversation in `events`, or None if the call was never connected."""
    whole = _whole(events)
    if whole is None:
        return None
    words = Words(Transcript.from_events(events).utterances)
    holds = _while_on(_hold_switches(events), whole)
    stretches = intervals.without(
        [whole], intervals.join([*holds, *_while_on(_break_switches(events), whole)])
    )
    audible = {party: intervals.common(_audible(events, party), [whole]) for party in Party}
    speech = {party: intervals.common(spans, stretches) for party, spans in audible.items()}
    return Talk(
        whole=whole,
        stretches=tuple(stretches),
        holds=tuple(holds),
        modes=tuple(_modes(events, whole)),
        speech=speech,
        speech_with_holds=audible,
        turns=tuple(_turns(speech, words)),
        words=words,
    )


def _whole(events: Sequence[CallEvent]) -> Span | None:
    live = [
        event.at_ms for event in events if isinstance(event, StateChanged) and event.new is CallState.LIVE
    ]
    speech = [event.start_ms for event in events if isinstance(event, SpeechMeasured | UtteranceFinished)]
    if not live and not speech:
        return None
    # A call whose beginning was lost still has its speech.
    at_ms = min(live or speech)
    ends = [event.at_ms for event in events if _is_end(event)]
    end_ms = min(ends) if ends else max(event.at_ms for event in events)
    return Span(at_ms, max(at_ms, end_ms))


def _is_end(event: CallEvent) -> bool:
    return isinstance(event, CallEnded) or (isinstance(event, StateChanged) and event.new is CallState.ENDED)


def _hold_switches(events: Iterable[CallEvent]) -> list[tuple[int, bool]]:
    return [(event.at_ms, event.is_on_hold) for event in events if isinstance(event, HoldChanged)]


def _break_switches(events: Iterable[CallEvent]) -> list[tuple[int, bool]]:
    """When the line was lost and came back."""
    changes = [event for event in events if isinstance(event, StateChanged)]
    if not any(change.new is CallState.LIVE for change in changes):
        return []
    return [(change.at_ms, change.new is not CallState.LIVE) for change in changes]


def _while_on(switches: Iterable[tuple[int, bool]], whole: Span) -> list[Span]:
    """Return the stretches within `whole` in which the last switch was on."""
    spans: list[Span] = []
    since_ms: int | None = None
    for at_ms, is_on in [*switches, (whole.end_ms, False)]:
        if is_on and since_ms is None:
            since_ms = at_ms
        elif not is_on and since_ms is not None:
            spans.append(Span(since_ms, at_ms))
            since_ms = None
    return intervals.common(intervals.join(spans), [whole])


def _modes(events: Iterable[CallEvent], whole: Span) -> list[tuple[Mode, Span]]:
    """Return who was to speak when. Every call begins with the AI until told otherwise."""
    mode, since_ms = Mode.AI_SPEAKS, whole.at_ms
    spans: list[tuple[Mode, Span]] = []
    for event in events:
        if isinstance(event, ModeChanged):
            at_ms = min(max(event.at_ms, whole.at_ms), whole.end_ms)
            spans.append((mode, Span(since_ms, at_ms)))
            mode, since_ms = event.new, at_ms
    spans.append((mode, Span(since_ms, whole.end_ms)))
    return [(mode, span) for mode, span in spans if span.length_ms > 0]


def _audible(events: Sequence[CallEvent], party: Party) -> list[Span]:
    """Return when `party` was audible.

    Where our side's sound was not measured, the times of its words are exact enough: they come from what the
    carrier played. The caller's come from the recogniser and are late, so they are no substitute.
    """
    measured = [
        Span(event.start_ms, event.end_ms)
        for event in events
        if isinstance(event, SpeechMeasured) and event.party is party
    ]
    if not measured and party in STAFF:
        measured = [
            Span(event.start_ms, event.end_ms)
            for event in events
            if isinstance(event, UtteranceFinished) and event.party is party and event.text
        ]
    return intervals.clean(measured)


def _turns(speech: dict[Party, list[Span]], words: Words) -> list[Turn]:
    turns = [Turn(span, party) for party, spans in speech.items() for span in spans]
    others = {
        True: speech[Party.CALLER],
        False: intervals.join([*speech[Party.ASSISTANT], *speech[Party.AGENT]]),
    }
    return sorted(
        turn._replace(is_back_channel=_is_back_channel(turn, others[turn.is_staff], words)) for turn in turns
    )


def _is_back_channel(turn: Turn, others: Sequence[Span], words: Words) -> bool:
    if turn.span.length_ms > _BACK_CHANNEL_MS:
        return False
    around = intervals.around(others, turn.span.at_ms)
    if around is None or around.at_ms == turn.span.at_ms or around.end_ms <= turn.span.end_ms:
        return False
    said = " ".join(each.text for each in words.near(turn.span, turn.party)).lower().split()
    return bool(said) and all(word.strip(".,!?…") in _LISTENING_WORDS for word in said)


def _end_ms(utterance: Utterance) -> int:
    return utterance.start_ms if utterance.end_ms is None else utterance.end_ms
