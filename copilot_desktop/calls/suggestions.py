"""Suggestions: the drafts that the agent sees, and what becomes of each."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from copilot_desktop.calls.card_watch import CardWatch
from copilot_desktop.calls.events import (
    CallEvent,
    CallId,
    Decision,
    Party,
    SuggestionChanged,
    SuggestionDecided,
    SuggestionId,
    SuggestionReady,
)
from copilot_desktop.calls.ports import Draft
from copilot_desktop.calls.reply import Reply
from copilot_desktop.calls.words import same_words


class Suggestions:
    """The undecided drafts of a call. The agent reads them with card numbers hidden; the voice says them."""

    def __init__(
        self,
        call_id: CallId,
        cards: CardWatch,
        *,
        publish: Callable[[CallEvent], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._call_id, self._cards, self._publish, self._now_ms = call_id, cards, publish, now_ms
        self._ready: dict[SuggestionId, SuggestionReady] = {}
        self._answer_of: dict[SuggestionId, SuggestionId] = {}
        """Of other things one could say: the answer they stand beside."""

    def __bool__(self) -> bool:
        return bool(self._ready)

    def __contains__(self, suggestion_id: SuggestionId) -> bool:
        return suggestion_id in self._ready

    def texts(self) -> list[str]:
        """Return the words of all that is undecided."""
        return [ready.text for ready in self._ready.values()]

    def show(self, reply: Reply, *, last_sound_ms: int) -> None:
        """Tell how far the text of `reply` has come; complete, it may be decided on."""
        if not reply.is_complete:
            self._publish(
                SuggestionChanged(
                    call_id=self._call_id,
                    at_ms=self._now_ms(),
                    suggestion_id=reply.suggestion_id,
                    answers=reply.answers,
                    text=reply.text,
                )
            )
            return
        ready = SuggestionReady(
            call_id=self._call_id,
            at_ms=self._now_ms(),
            suggestion_id=reply.suggestion_id,
            answers=reply.answers,
            text=reply.text,
            sources=reply.sources,
            latency_ms=max(0, (reply.first_text_ms or self._now_ms()) - last_sound_ms),
            origin=reply.origin,
        )
        self._ready[reply.suggestion_id] = ready
        self._publish(ready)

    def show_beside(self, reply: Reply, suggestion_id: SuggestionId, draft: Draft, *, rank: int) -> None:
        """Show something else that could be said, while the answer itself is undecided."""
        answer = self._ready.get(reply.suggestion_id)
        if answer is None:
            return
        ready = replace(
            answer,
            at_ms=self._now_ms(),
            suggestion_id=suggestion_id,
            text=draft.text,
            sources=draft.sources,
            rank=rank,
        )
        self._ready[suggestion_id] = ready
        self._answer_of[suggestion_id] = reply.suggestion_id
        self._publish(ready)

    def take(self, suggestion_id: SuggestionId, text: str) -> str:
        """The agent lets it be said as `text`; return what is to be said. Raises KeyError."""
        ready = self._ready.pop(suggestion_id)
        if same_words(text, self._cards.mask(ready.text)):
            text = ready.text
        is_as_it_was = same_words(text, ready.text)
        self.decided(suggestion_id, Decision.SAID if is_as_it_was else Decision.EDITED, text, Party.AGENT)
        self._expire_beside(suggestion_id)
        return text

    def skip(self, suggestion_id: SuggestionId) -> None:
        """The agent does not want it. A late click does nothing."""
        if ready := self._ready.pop(suggestion_id, None):
            self._answer_of.pop(suggestion_id, None)
            self.decided(suggestion_id, Decision.SKIPPED, ready.text, Party.AGENT)

    def drop(self, reply: Reply, decision: Decision) -> None:
        """`reply` is given up, or was said; decided as `decision`, by the assistant."""
        self._ready.pop(reply.suggestion_id, None)
        self.decided(reply.suggestion_id, decision, reply.text, Party.ASSISTANT)
        self._expire_beside(reply.suggestion_id)

    def expire(self, but: Collection[SuggestionId]) -> None:
        """All are out of date, except `but`."""
        for suggestion_id, ready in tuple(self._ready.items()):
            if self._answer_of.get(suggestion_id, suggestion_id) not in but:
                self._expire(ready)

    def _expire_beside(self, suggestion_id: SuggestionId) -> None:
        """One of a group was chosen, or its answer went: the others go too."""
        group = self._answer_of.get(suggestion_id, suggestion_id)
        for other, ready in tuple(self._ready.items()):
            if self._answer_of.get(other, other) == group:
                self._expire(ready)

    def _expire(self, ready: SuggestionReady) -> None:
        del self._ready[ready.suggestion_id]
        self._answer_of.pop(ready.suggestion_id, None)
        self.decided(ready.suggestion_id, Decision.EXPIRED, ready.text, Party.ASSISTANT)

    def decided(self, suggestion_id: SuggestionId, decision: Decision, text: str, by: Party) -> None:
        """Publish what became of one."""
        self._publish(
            SuggestionDecided(
                call_id=self._call_id,
                at_ms=self._now_ms(),
                suggestion_id=suggestion_id,
                decision=decision,
                text=text,
                by=by,
            )
        )
