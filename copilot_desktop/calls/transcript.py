"""Transcript: who said what; rebuilt from events by the same code on screen, on paper and after a restart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from copilot_desktop.calls.events import Fact, Party, UtteranceChanged, UtteranceFinished, UtteranceId
from copilot_desktop.calls.ports import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One party's words, as far as they are known. `end_ms` is None while they are still moving."""

    utterance_id: UtteranceId
    party: Party
    text: str
    start_ms: int
    end_ms: int | None = None
    confidence: float | None = None
    cut_short: bool = False
    unheard: str = ""
    heard_length: int | None = None
    """While our voice says it: so many of its letters the caller has heard; None: not known."""

    @property
    def is_final(self) -> bool:
        """True once the words stand."""
        return self.end_ms is not None


class Transcript:
    """Utterances in the order in which they began. An utterance that ends without words disappears."""

    def __init__(self) -> None:
        self._by_id: dict[UtteranceId, Utterance] = {}

    @classmethod
    def from_events(cls, events: Iterable[Fact]) -> Transcript:
        """Fold `events`, which need hold nothing but one call's facts in order."""
        transcript = cls()
        for event in events:
            transcript.apply(event)
        return transcript

    def apply(self, event: Fact) -> None:
        """Fold one fact in; others than utterances change nothing."""
        if isinstance(event, UtteranceChanged):
            self._by_id[event.utterance_id] = Utterance(
                utterance_id=event.utterance_id, party=event.party, text=event.text, start_ms=event.start_ms
            )
        elif isinstance(event, UtteranceFinished):
            self._finish(event)

    def _finish(self, event: UtteranceFinished) -> None:
        if not event.text and not event.unheard:
            self._by_id.pop(event.utterance_id, None)
            return
        self._by_id[event.utterance_id] = Utterance(
            utterance_id=event.utterance_id,
            party=event.party,
            text=event.text,
            start_ms=event.start_ms,
            end_ms=event.end_ms,
            confidence=event.confidence,
            cut_short=event.cut_short,
            unheard=event.unheard,
        )

    def is_final(self, utterance_id: UtteranceId) -> bool:
        """True once the words of this utterance stand."""
        utterance = self._by_id.get(utterance_id)
        return utterance is not None and utterance.is_final

    @property
    def utterances(self) -> tuple[Utterance, ...]:
        """All of them, by start."""
        return tuple(sorted(self._by_id.values(), key=lambda utterance: utterance.start_ms))

    def lines(self) -> tuple[Line, ...]:
        """What stands, as a writer sees it."""
        return tuple(
            Line(utterance.party, utterance.text, utterance.cut_short)
            for utterance in self.utterances
            if utterance.is_final and utterance.text
        )
