"""What is hidden in a talk: in each utterance, over pauses within a number, and when it was said. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from copilot_desktop.calls import card_numbers
from copilot_desktop.calls.events import Party
from copilot_desktop.privacy.redaction import ALL_KINDS, Hidden, Span, find

ON_WITHIN_MS = 8000
"""A number may go on after a pause of so long."""
MOST_PIECES = 6
_TAIL_SIGNS = 160
"""So much of the utterances before is read again with a new one."""
_MOST_CARD_DIGITS = 19
_MARGIN_MS = 300
_MARGIN_SHARE = 0.08
_DIGIT_WEIGHT = 5
"""A digit is a whole word when it is said."""


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance, in the call's time."""

    party: Party
    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Passage:
    """When something hidden was said, in the call's time, with a margin on both sides."""

    party: Party
    kind: Hidden
    start_ms: int
    end_ms: int


def find_over(
    texts: Sequence[str], kinds: Collection[Hidden] = ALL_KINDS, *, region: str = "US"
) -> list[list[Span]]:
    """Return the hidden parts of each of `texts`, which one party said one after the other.

    What begins in one and ends in another is cut at the border: each text has its own part.
    """
    found = [find(text, kinds, region=region) for text in texts]
    if len(texts) < 2:
        return found
    skipped = [max(0, len(text) - _TAIL_SIGNS) for text in texts]
    joined, starts = "", []
    for text, skip in zip(texts, skipped, strict=True):
        starts.append(len(joined))
        joined += text[skip:] + " "
    ends = [*starts[1:], len(joined)]
    for span in find(joined, kinds, region=region):
        if span.kind is Hidden.CARD and not _is_card(joined[span.start : span.end]):
            continue
        parts = [
            (
                i,
                Span(
                    span.kind,
                    skipped[i] + max(span.start, start) - start,
                    skipped[i] + min(span.end, end - 1) - start,
                ),
            )
            for i, (start, end) in enumerate(zip(starts, ends, strict=True))
            if span.start < end - 1 and start < span.end
        ]
        if len(parts) > 1:
            for i, part in parts:
                found[i] = _with(found[i], part)
    return found


def find_in_talk(
    said: Sequence[Said], kinds: Collection[Hidden] = ALL_KINDS, *, region: str = "US"
) -> list[list[Span]]:
    """Return the hidden parts of each utterance, in the order of `said`."""
    found: list[list[Span]] = [[] for _ in said]
    recent: dict[Party, list[int]] = {}
    for index, each in enumerate(said):
        before = recent.setdefault(each.party, [])
        if before and each.start_ms - said[before[-1]].end_ms > ON_WITHIN_MS:
            before.clear()
        before.append(index)
        del before[:-MOST_PIECES]
        for place, spans in zip(
            before, find_over([said[i].text for i in before], kinds, region=region), strict=True
        ):
            for span in spans:
                found[place] = _with(found[place], span)
    return found


def passages(
    said: Sequence[Said], kinds: Collection[Hidden] = ALL_KINDS, *, region: str = "US"
) -> list[Passage]:
    """Return when something of `kinds` was said, in order; for making a recording silent there."""
    found = [
        passage_of(each, span)
        for each, spans in zip(said, find_in_talk(said, kinds, region=region), strict=True)
        for span in spans
    ]
    return sorted(found, key=lambda passage: passage.start_ms)


def passage_of(said: Said, span: Span) -> Passage:
    """Return when `span` of `said.text` was said: by its share of the words, whose own times are unknown."""
    length_ms = max(0, said.end_ms - said.start_ms)
    whole = max(1, _weight(said.text))
    margin_ms = max(_MARGIN_MS, round(length_ms * _MARGIN_SHARE))
    start_ms = said.start_ms + length_ms * _weight(said.text[: span.start]) // whole - margin_ms
    end_ms = said.start_ms + length_ms * _weight(said.text[: span.end]) // whole + margin_ms
    return Passage(said.party, span.kind, max(0, start_ms), end_ms)


def _is_card(text: str) -> bool:
    """Over a pause, where another number may begin, the check digit must be right."""
    digits = "".join(run.digits for run in card_numbers.runs(text))
    return len(digits) <= _MOST_CARD_DIGITS and card_numbers.has_check_digit(digits)


def _weight(text: str) -> int:
    return sum(_DIGIT_WEIGHT if sign.isdigit() else 1 for sign in text)


def _with(found: Sequence[Span], more: Span) -> list[Span]:
    """Add `more`, joined with what it overlaps."""
    touching = [span for span in found if span.start < more.end and more.start < span.end]
    start = min(more.start, *(span.start for span in touching), more.start)
    end = max(more.end, *(span.end for span in touching), more.end)
    kind = touching[0].kind if touching else more.kind
    return sorted(
        [*(span for span in found if span not in touching), Span(kind, start, end)],
        key=lambda span: span.start,
    )
