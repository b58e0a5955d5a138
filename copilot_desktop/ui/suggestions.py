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
        """The one that came last, whatever became of it."""
        return next(reversed(self._by_id.values()), None)

    def recent(self, limit: int) -> list[Suggestion]:
        """The last complete ones, newest first."""
        ready = [suggestion for suggestion in self._by_id.values() if suggestion.is_ready]
        return ready[-limit:][::-1]

    def _ready(self, fact: SuggestionReady, now_s: float) -> None:
        suggestion = self._write(fact.suggestion_id, fact.text, now_s)
        suggestion.answers, suggestion.sources = fact.answers, fact.sources
        suggestion.origin, suggestion.is_ready = fact.origin, True
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
