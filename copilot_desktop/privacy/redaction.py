"""redact: finds private numbers and addresses in a text, written or spoken, and hides them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from copilot_desktop.calls import card_numbers
from copilot_desktop.privacy import bank_numbers, email_addresses, phone_numbers


class Hidden(StrEnum):
    """A kind of thing that can be hidden; the value is its name in settings and files."""

    CARD = "card"
    BANK = "bank"
    EMAIL = "email"
    PHONE = "phone"

    @property
    def words(self) -> str:
        """What it is called in a mark and in a report, in small letters."""
        return _WORDS[self]

    @property
    def mark(self) -> str:
        """What stands in the text in its place."""
        return f"[{_WORDS[self]} hidden]"


_WORDS = {
    Hidden.CARD: "card number",
    Hidden.BANK: "bank account",
    Hidden.EMAIL: "e-mail address",
    Hidden.PHONE: "phone number",
}

ALL_KINDS = frozenset(Hidden)


@dataclass(frozen=True, slots=True)
class Span:
    """One hidden thing: `text[start:end]` of the text as it was."""

    kind: Hidden
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with marks in it, and where in the text as it was they hide something, in order."""

    text: str
    spans: tuple[Span, ...] = ()

    @property
    def counts(self) -> dict[Hidden, int]:
        """How many of each kind were hidden; kinds without any are absent."""
        kinds = [span.kind for span in self.spans]
        return {kind: kinds.count(kind) for kind in Hidden if kind in kinds}


def redact(text: str, kinds: Collection[Hidden] = ALL_KINDS, *, region: str = "US") -> Redacted:
    """Return `text` with everything of `kinds` hidden; a text without any comes back as it is.

    `region`: where phone numbers without a country code belong, as ISO 3166 calls it. The first text that
    looks like a bank account or a phone number loads the tables of all countries, 0.1 s.
    """
    spans = find(text, kinds, region=region)
    return Redacted(masked(text, spans), tuple(spans))


def find(text: str, kinds: Collection[Hidden] = ALL_KINDS, *, region: str = "US") -> list[Span]:
    """Return where `text` holds something of `kinds`, in order; no two of them overlap."""
    if not kinds or not text:
        return []
    found: list[Span] = []
    # From the surest to the vaguest: what overlaps is called what was found first.
    if Hidden.BANK in kinds:
        _add(found, Hidden.BANK, bank_numbers.find(text))
    if Hidden.EMAIL in kinds:
        _add(found, Hidden.EMAIL, email_addresses.find(text))
    if Hidden.CARD in kinds:
        _add(found, Hidden.CARD, _cards(text))
    if Hidden.PHONE in kinds:
        _add(found, Hidden.PHONE, phone_numbers.find(text, region))
    return sorted(found, key=lambda span: span.start)


def masked(text: str, spans: Iterable[Span]) -> str:
    """Return `text` with marks in the place of `spans`, which must not overlap."""
    for span in sorted(spans, key=lambda span: span.start, reverse=True):
        text = text[: span.start] + span.kind.mark + text[span.end :]
    return text


def _cards(text: str) -> list[tuple[int, int]]:
    """As calls hide them: without a look at the check digit, for recognisers mishear digits."""
    runs = card_numbers.runs(text)
    return [(run.start, run.end) for run in runs if len(run.digits) >= card_numbers.LEAST_DIGITS]


def _add(found: list[Span], kind: Hidden, places: Sequence[tuple[int, int]]) -> None:
    """Add `places`; one that overlaps what was found makes that longer, for no part of it may stay."""
    for start, end in places:
        touching = [span for span in found if span.start < end and start < span.end]
        for span in touching:
            found.remove(span)
            start, end = min(start, span.start), max(end, span.end)
        found.append(Span(touching[0].kind if touching else kind, start, end))
