"""CardWatch: nothing that is said or pressed in a call leaves it with a card number in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from copilot_desktop.calls import card_numbers
from copilot_desktop.calls.events import CallEvent, Party, UtteranceChanged, UtteranceFinished, UtteranceId
from copilot_desktop.calls.spoken_digits import DigitRun
from copilot_desktop.calls.words import is_real_words

HIDDEN_DIGIT = "•"
AFTER_MS = 5000
"""How long after a card number nothing is kept: its date and its security code may follow."""
_WORDS_LIMIT_MS = 15_000
"""How long the final words of an utterance with a card number in it may take."""
_ON_WITHIN_MS = 8000
"""A number may go on after a pause of so long."""
_CODE_DIGITS = 3
"""From so many digits on, what the same party says just after a card number is hidden with it."""
_SHOWN_KEYS = 8
_MOST_PIECES = 12

E = TypeVar("E", bound=CallEvent)
Moving = TypeVar("Moving", UtteranceChanged, UtteranceFinished)


@dataclass(slots=True)
class _OpenRun:
    """Digits at the end of what one party said last, utterance by utterance."""

    pieces: list[str] = field(default_factory=list)
    said: list[UtteranceFinished] = field(default_factory=list)
    is_card: bool = False
    is_interrupted: bool = False
    """Somebody else said real words since."""

    def begins_at(self, digits: str) -> int | None:
        """Return with which utterance the card number begins that `digits` complete, or None."""
        pieces = [*self.pieces, digits]
        if not self.is_interrupted:
            is_card = self.is_card or sum(map(len, pieces)) >= card_numbers.LEAST_DIGITS
            return 0 if is_card else None
        places = range(len(self.pieces))
        return next((place for place in places if card_numbers.is_card_in_pieces(pieces[place:])), None)


@dataclass(slots=True)
class _Reading:
    """What was found in one text."""

    runs: list[DigitRun]
    cards: list[DigitRun]
    head: DigitRun | None
    first_said: int | None
    """Which of the earlier utterances the card number began with, if it did not begin here."""


class CardWatch:
    """Reads every utterance and every key before anybody else does.

    `found(start_ms, until_ms)`: a card number is being given since `start_ms`; keep no sound before
    `until_ms`. Called again as more becomes known. `correct`: words that stood hold the beginning of one.
    """

    def __init__(
        self,
        *,
        is_on: bool,
        now_ms: Callable[[], int],
        found: Callable[[int, int], None],
        correct: Callable[[UtteranceFinished], None],
    ) -> None:
        self._is_on, self._now_ms, self._found, self._correct = is_on, now_ms, found, correct
        self._open: dict[Party, _OpenRun] = {}
        self._found_in: set[UtteranceId] = set()
        self._until_ms: dict[Party, int] = {}
        self._key_count = 0
        self._keys_since_ms = self._last_key_ms = 0

    def mask(self, text: str) -> str:
        """Return `text` without card numbers; remembers nothing."""
        return card_numbers.mask(text) if self._is_on else text

    def masked(self, event: E) -> E:
        """Return `event` with every card number in its words hidden; remembers nothing."""
        if not self._is_on:
            return event
        masked: dict[str, Any] = {}
        for name in ("text", "unheard"):
            text = getattr(event, name, None)
            if text and (hidden := self.mask(text)) != text:
                masked[name] = hidden
        return replace(event, **masked) if masked else event

    def read(self, fact: Moving) -> Moving:
        """Return what an utterance may be known as, moving or final. Every utterance goes through here."""
        if not self._is_on:
            return fact
        reading = self._reading(fact, fact.text)
        if reading.cards:
            self._tell(fact, reading)
        text = card_numbers.hide(fact.text, reading.cards)
        if isinstance(fact, UtteranceFinished):
            self._close(fact, reading)
            return replace(fact, text=text, unheard=self._hidden_rest(fact))
        return replace(fact, text=text)

    def pressed(self, digit: str) -> str:
        """Return how a key that the caller pressed may be known: from the ninth of one number on, not."""
        if not self._is_on:
            return digit
        now_ms = self._now_ms()
        if not digit.isdigit() or now_ms - self._last_key_ms > AFTER_MS:
            self._key_count = 0
        if self._key_count == 0:
            self._keys_since_ms = now_ms
        self._key_count += digit.isdigit()
        self._last_key_ms = now_ms
        if self._key_count >= card_numbers.LEAST_DIGITS:
            self._found(self._keys_since_ms, now_ms + AFTER_MS)
        return HIDDEN_DIGIT if self._key_count > _SHOWN_KEYS else digit

    # Inside.

    def _reading(self, fact: UtteranceChanged | UtteranceFinished, text: str) -> _Reading:
        runs = card_numbers.runs(text)
        is_after = fact.start_ms < self._until_ms.get(fact.party, 0)
        is_known = is_after or fact.utterance_id in self._found_in
        least = _CODE_DIGITS if is_known else card_numbers.LEAST_DIGITS
        cards = [run for run in runs if len(run.digits) >= least]
        head, before = card_numbers.head(text, runs), self._before(fact)
        first_said = before.begins_at(head.digits) if before is not None and head is not None else None
        if first_said is not None and head is not None and head not in cards:
            cards.insert(0, head)
        return _Reading(runs, cards, head, first_said)

    def _before(self, fact: UtteranceChanged | UtteranceFinished) -> _OpenRun | None:
        """Return the digits that `fact`'s party ended with, if `fact` can go on with them."""
        before = self._open.get(fact.party)
        if before is None or not before.said or fact.start_ms - before.said[-1].end_ms > _ON_WITHIN_MS:
            return None
        return before

    def _tell(self, fact: UtteranceChanged | UtteranceFinished, reading: _Reading) -> None:
        self._found_in.add(fact.utterance_id)
        start_ms = fact.start_ms
        before = self._before(fact)
        if before is not None and reading.first_said is not None:
            earlier = before.said[reading.first_said :]
            start_ms = earlier[0].start_ms
            self._correct_all(earlier)
            before.is_card = True
        if isinstance(fact, UtteranceFinished):
            until_ms = fact.end_ms + AFTER_MS
        else:
            until_ms = self._now_ms() + _WORDS_LIMIT_MS
        self._until_ms[fact.party] = until_ms
        self._found(start_ms, until_ms)

    def _correct_all(self, said: Sequence[UtteranceFinished]) -> None:
        for fact in said:
            if fact.utterance_id in self._found_in:
                continue
            self._found_in.add(fact.utterance_id)
            tail = card_numbers.tail(fact.text, card_numbers.runs(fact.text))
            text = card_numbers.hide(fact.text, [tail] if tail is not None else [])
            self._correct(replace(fact, at_ms=self._now_ms(), text=text, is_correction=True))

    def _close(self, fact: UtteranceFinished, reading: _Reading) -> None:
        """Remember how `fact` ends, for what its party says next."""
        if is_real_words(fact.text):
            for party, other in self._open.items():
                other.is_interrupted |= party is not fact.party
        if not fact.text:
            return
        tail = card_numbers.tail(fact.text, reading.runs)
        before = self._before(fact) if tail is not None and tail is reading.head else None
        self._open.pop(fact.party, None)
        if tail is None:
            return
        run = before or _OpenRun()
        run.pieces = [*run.pieces, tail.digits][-_MOST_PIECES:]
        run.said = [*run.said, fact][-_MOST_PIECES:]
        run.is_card = run.is_card or tail in reading.cards
        self._open[fact.party] = run

    def _hidden_rest(self, fact: UtteranceFinished) -> str:
        """Return the words that were cut off; a number that began in the heard ones goes on in them."""
        is_known = fact.utterance_id in self._found_in
        least = _CODE_DIGITS if is_known else card_numbers.LEAST_DIGITS
        runs = card_numbers.runs(fact.unheard)
        return card_numbers.hide(fact.unheard, [run for run in runs if len(run.digits) >= least])
