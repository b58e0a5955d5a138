"""How people and the AI shared the work: take-overs and suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from statistics import median

from copilot_desktop.calls.events import (
    CallEvent,
    Decision,
    ModeChanged,
    Party,
    SuggestionDecided,
    SuggestionId,
    SuggestionReady,
)
from copilot_desktop.calls.states import Mode
from copilot_desktop.report import making
from copilot_desktop.report.making import Kind
from copilot_desktop.report.model import Measure, Span, Unit
from copilot_desktop.report.talk import Talk

_TAKE_OVERS = Kind(
    id="take_overs",
    name="Take-overs",
    unit=Unit.COUNT,
    definition="How often the agent took the call over from the AI. Answering in person is none.",
)
_TAKE_OVER_LATENCY = Kind(
    id="take_over_latency",
    name="AI stopped within",
    unit=Unit.MS,
    definition="From the agent's order to our sound being stopped on our side; the slowest take-over.",
)
_FLOOR = Kind(
    id="agent_floor_time",
    name="Agent was live",
    unit=Unit.MS,
    definition='Time in "I speak", holds included.',
)
_HAND_BACKS = Kind(
    id="hand_backs",
    name="Hand-backs",
    unit=Unit.COUNT,
    definition="How often the agent gave the call back to the AI.",
)
_MODES = (_TAKE_OVERS, _TAKE_OVER_LATENCY, _FLOOR, _HAND_BACKS)

_SHOWN = Kind(
    id="suggestions_shown",
    name="Suggestions shown",
    unit=Unit.COUNT,
    definition="Suggestions that waited for the agent. What the AI said by itself is not among them.",
)
_DECISIONS = {
    Decision.SAID: Kind(
        id="suggestions_used",
        name="… used as written",
        unit=Unit.COUNT,
        definition="Said or kept without a change.",
    ),
    Decision.EDITED: Kind(
        id="suggestions_edited",
        name="… edited",
        unit=Unit.COUNT,
        definition="Said after the agent changed the words.",
    ),
    Decision.SKIPPED: Kind(
        id="suggestions_skipped", name="… skipped", unit=Unit.COUNT, definition="Put away by the agent."
    ),
    Decision.EXPIRED: Kind(
        id="suggestions_expired",
        name="… expired",
        unit=Unit.COUNT,
        definition="The caller spoke on before the agent decided.",
    ),
}
_WORDS_CHANGED = Kind(
    id="suggestion_words_changed",
    name="Words changed, median",
    unit=Unit.WORDS,
    definition="Words added, taken away or replaced in an edited suggestion.",
)
_SUGGESTIONS = (_SHOWN, *_DECISIONS.values(), _WORDS_CHANGED)


def take_overs(talk: Talk | None, events: Sequence[CallEvent]) -> list[Measure]:
    """Return who took the floor, and how fast."""
    if talk is None:
        return [kind.missing(making.NOT_CONNECTED) for kind in _MODES]
    taken, given = mode_changes(talk, events)
    floor = [span for mode, span in talk.modes if mode is Mode.AGENT_SPEAKS]
    return [
        _TAKE_OVERS.of(len(taken), [_point(event) for event in taken]),
        _TAKE_OVER_LATENCY.of(max(event.latency_ms for event in taken))
        if taken
        else _TAKE_OVER_LATENCY.missing("nobody took over"),
        _FLOOR.of(sum(span.length_ms for span in floor), floor),
        _HAND_BACKS.of(len(given), [_point(event) for event in given]),
    ]


def mode_changes(talk: Talk, events: Sequence[CallEvent]) -> tuple[list[ModeChanged], list[ModeChanged]]:
    """Return the take-overs and the hand-backs. The mode chosen when answering is neither."""
    changes = [
        event for event in events if isinstance(event, ModeChanged) and event.at_ms >= talk.whole.at_ms
    ]
    taken = [event for event in changes if event.new is Mode.AGENT_SPEAKS and event.old is not event.new]
    given = [event for event in changes if event.old is Mode.AGENT_SPEAKS and event.old is not event.new]
    return taken, given


def suggestions(talk: Talk | None, events: Sequence[CallEvent]) -> list[Measure]:
    """Return what became of the suggestions that the agent saw."""
    if talk is None:
        return [kind.missing(making.NOT_CONNECTED) for kind in _SUGGESTIONS]
    decided = {event.suggestion_id: event for event in events if isinstance(event, SuggestionDecided)}
    shown = [
        event
        for event in events
        if isinstance(event, SuggestionReady) and not _is_the_ais_own(decided.get(event.suggestion_id))
    ]
    if not shown:
        return [kind.missing("no suggestion waited for the agent") for kind in _SUGGESTIONS]
    return [_SHOWN.of(len(shown), [_point(event) for event in shown]), *_decisions(shown, decided)]


def _is_the_ais_own(decided: SuggestionDecided | None) -> bool:
    return decided is not None and decided.by is Party.ASSISTANT and decided.decision is Decision.SAID


def _decisions(
    shown: Sequence[SuggestionReady], decided: dict[SuggestionId, SuggestionDecided]
) -> list[Measure]:
    measures: list[Measure] = []
    for decision, kind in _DECISIONS.items():
        found = [
            decided[ready.suggestion_id]
            for ready in shown
            if ready.suggestion_id in decided and decided[ready.suggestion_id].decision is decision
        ]
        measures.append(kind.of(len(found), [_point(event) for event in found]))
    changed = [
        words_changed(ready.text, decided[ready.suggestion_id].text)
        for ready in shown
        if ready.suggestion_id in decided and decided[ready.suggestion_id].decision is Decision.EDITED
    ]
    measures.append(
        _WORDS_CHANGED.of(median(changed)) if changed else _WORDS_CHANGED.missing("none was edited")
    )
    return measures


def words_changed(before: str, after: str) -> int:
    """Return how many words were added, taken away or replaced."""
    changes = SequenceMatcher(None, before.split(), after.split(), autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in changes if tag != "equal")


def _point(event: CallEvent) -> Span:
    return Span(event.at_ms, event.at_ms)
