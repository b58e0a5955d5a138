"""Suggestions: what was proposed to the agent in one call, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from copilot_desktop.calls.events import (
    CallEvent,
    Decision,
    Source,
    SuggestionChanged,
    SuggestionDecided,
    SuggestionId,
    SuggestionReady,
    UtteranceId,
)

MOST_ALTERNATIVES = 2
_KEPT = 20


@dataclass(slots=True)
class Suggestion:
    """One proposed answer. `changed_s` is when its text last moved, on the window's clock."""

    suggestion_id: SuggestionId
    text: str
    changed_s: float
    answers: UtteranceId | None = None
    sources: tuple[Source, ...] = ()
    origin: str = ""
    is_ready: bool = False
    decision: Decision | None = None
    rank: int = 0
    """0: the answer; others: something else that could be said instead."""
    is_dismissed: bool = False
    """The agent does not want to see it any more."""

    @property
    def is_open(self) -> bool:
        """Complete, and nobody has decided about it yet."""
        return self.is_ready and self.decision is None


class Suggestions:
    """A call's suggestions in the order in which they came; the last `_KEPT` of them."""

    def __init__(self) -> None:
        self._by_id: dict[SuggestionId, Suggestion] = {}
        self.origin = ""
        """Who writes, in words, once known."""

    def apply(self, fact: CallEvent, now_s: float) -> bool:
        """Fold one fact in; tell whether it was about suggestions."""
        if isinstance(fact, SuggestionChanged):
            self._write(fact.suggestion_id, fact.text, now_s).answers = fact.answers
        elif isinstance(fact, SuggestionReady):
            self._ready(fact, now_s)
        elif isinstance(fact, SuggestionDecided):
            if suggestion := self._by_id.get(fact.suggestion_id):
                suggestion.decision = fact.decision
        else:
            return False
        return True

    def newest(self) -> Suggestion | None:
        """The answer that came last, whatever became of it."""
        return next((each for each in reversed(self._by_id.values()) if each.rank == 0), None)

    def recent(self, limit: int) -> list[Suggestion]:
        """The last complete answers, newest first."""
        ready = [each for each in self._by_id.values() if each.is_ready and each.rank == 0]
        ready = [each for each in ready if not each.is_dismissed]
        return ready[-limit:][::-1]

    def alternatives(self) -> list[Suggestion]:
        """What else could be said instead of the newest answer, while that can still be said, best first."""
        others: list[Suggestion] = []
        for each in reversed(self._by_id.values()):
            if each.rank == 0:
                break
            if each.is_open:
                others.append(each)
        return sorted(others, key=lambda each: each.rank)[:MOST_ALTERNATIVES]

    def _ready(self, fact: SuggestionReady, now_s: float) -> None:
        suggestion = self._write(fact.suggestion_id, fact.text, now_s)
        suggestion.answers, suggestion.sources = fact.answers, fact.sources
        suggestion.origin, suggestion.is_ready, suggestion.rank = fact.origin, True, fact.rank
        self.origin = fact.origin or self.origin

    def _write(self, suggestion_id: SuggestionId, text: str, now_s: float) -> Suggestion:
        suggestion = self._by_id.get(suggestion_id)
        if suggestion is None:
            suggestion = Suggestion(suggestion_id, text, now_s)
            self._by_id[suggestion_id] = suggestion
            if len(self._by_id) > _KEPT:
                del self._by_id[next(iter(self._by_id))]
        elif suggestion.text != text:
            suggestion.text, suggestion.changed_s = text, now_s
        return suggestion
