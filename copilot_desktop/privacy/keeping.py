"""Keeping: the facts of calls as they may be written down: nothing private in their words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Any

from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    DigitPressed,
    DigitsSent,
    NoticeGiven,
    Party,
    RecordingPlaced,
    UtteranceFinished,
    WrapUpChanged,
)
from copilot_desktop.privacy.redaction import Hidden, Span, masked, redact
from copilot_desktop.privacy.talk import MOST_PIECES, ON_WITHIN_MS, Said, find_over, passage_of

HIDDEN_DIGIT = "•"
_SHOWN_KEYS = 4
"""From the fifth key in a row on, keys may be a phone number."""
_KEYS_WITHIN_MS = 5000
_LEAST_SENT = 7
_USUAL_REGION = "US"
_MOST_CALLS = 200


@dataclass(frozen=True, slots=True)
class Mute:
    """A stretch of a recording, in its own time, in which something hidden was said."""

    call_id: CallId
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What to write for one fact: corrections of words before it, then itself. And what to make silent."""

    events: tuple[CallEvent, ...]
    mutes: tuple[Mute, ...] = ()


@dataclass(slots=True)
class _Piece:
    """One utterance as it was said, and as it was written down."""

    fact: UtteranceFinished
    spans: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class _Call:
    """What is remembered of a call that goes on."""

    region: str = _USUAL_REGION
    places: list[RecordingPlaced] = field(default_factory=list)
    pieces: dict[Party, list[_Piece]] = field(default_factory=dict)
    key_count: int = 0
    last_key_ms: int = 0


class Keeping:
    """Takes the facts of all calls in their order, each once; from one thread. `kinds` is asked for each."""

    def __init__(self, kinds: Callable[[], Collection[Hidden]]) -> None:
        self._kinds = kinds
        self._calls: dict[CallId, _Call] = {}

    def keep(self, event: CallEvent) -> Kept:
        """Return `event` as it may be written, with what it changes of facts before it."""
        kinds = self._kinds()
        call = self._call(event.call_id)
        if isinstance(event, CallRinging):
            call.region = region_of(event.line) if Hidden.PHONE in kinds else _USUAL_REGION
        elif isinstance(event, RecordingPlaced):
            call.places.append(event)
        elif isinstance(event, CallEnded):
            call.pieces.clear()
        if not kinds:
            return Kept((event,))
        if isinstance(event, UtteranceFinished):
            return self._said(call, event, kinds)
        return Kept((self._plain(call, event, kinds),))

    def _call(self, call_id: CallId) -> _Call:
        """Return what is known of a call. Only the newest are remembered: a little may come after an end."""
        call = self._calls.setdefault(call_id, _Call())
        if len(self._calls) > _MOST_CALLS:
            del self._calls[next(iter(self._calls))]
        return call

    def _said(self, call: _Call, event: UtteranceFinished, kinds: Collection[Hidden]) -> Kept:
        pieces = call.pieces.setdefault(event.party, [])
        known = next((piece for piece in pieces if piece.fact.utterance_id == event.utterance_id), None)
        if known is None:
            if pieces and event.start_ms - pieces[-1].fact.end_ms > ON_WITHIN_MS:
                pieces.clear()
            pieces.append(_Piece(event))
            del pieces[:-MOST_PIECES]
        else:
            known.fact, known.spans = event, []
        corrections: list[CallEvent] = []
        mutes: list[Mute] = []
        found = find_over([piece.fact.text for piece in pieces], kinds, region=call.region)
        for piece, spans in zip(pieces, found, strict=True):
            is_new = piece.fact is event
            fresh = [span for span in spans if span not in piece.spans]
            if not fresh and not is_new:
                continue
            piece.spans = spans
            mutes += [mute for span in fresh if (mute := _mute(call, piece.fact, span)) is not None]
            if not is_new:
                corrections.append(self._written(piece, event, call, kinds))
        own = next(piece for piece in pieces if piece.fact is event)
        return Kept((*corrections, self._written(own, event, call, kinds)), tuple(mutes))

    def _written(
        self, piece: _Piece, event: UtteranceFinished, call: _Call, kinds: Collection[Hidden]
    ) -> UtteranceFinished:
        fact = piece.fact
        unheard = redact(fact.unheard, kinds, region=call.region).text
        _, rest = find_over([fact.text, fact.unheard], kinds, region=call.region)
        unheard = masked(fact.unheard, rest) if rest else unheard
        written = replace(fact, text=masked(fact.text, piece.spans), unheard=unheard)
        if fact is event:
            return written
        return replace(written, at_ms=event.at_ms, is_correction=True)

    def _plain(self, call: _Call, event: CallEvent, kinds: Collection[Hidden]) -> CallEvent:
        if isinstance(event, DigitPressed):
            return replace(event, digit=_key(call, event)) if Hidden.PHONE in kinds else event
        if isinstance(event, DigitsSent):
            is_long = sum(map(str.isdigit, event.digits)) >= _LEAST_SENT and Hidden.PHONE in kinds
            return replace(event, digits=HIDDEN_DIGIT * len(event.digits)) if is_long else event
        if isinstance(event, NoticeGiven):
            # What callers were told is the owner's own text, and evidence.
            return event
        if isinstance(event, WrapUpChanged):
            return _form(event, kinds, call.region)
        text: Any = getattr(event, "text", None)
        if not isinstance(text, str) or not text:
            return event
        hidden = redact(text, kinds, region=call.region).text
        return replace(event, text=hidden) if hidden != text else event  # type: ignore[call-arg]


def _form(event: WrapUpChanged, kinds: Collection[Hidden], region: str) -> WrapUpChanged:
    def hide(text: str) -> str:
        return redact(text, kinds, region=region).text

    return replace(
        event,
        summary=hide(event.summary),
        follow_up=hide(event.follow_up),
        notes=hide(event.notes),
        tags=tuple(map(hide, event.tags)),
    )


def region_of(line: str) -> str:
    """Return the country of a number in E.164 as ISO 3166 calls it; "US" where it has none."""
    if not line.startswith("+"):
        return _USUAL_REGION
    import phonenumbers

    try:
        found = phonenumbers.region_code_for_number(phonenumbers.parse(line, None))
    except phonenumbers.NumberParseException:
        return _USUAL_REGION
    return found if found and found.isalpha() else _USUAL_REGION


def _key(call: _Call, event: DigitPressed) -> str:
    if not event.digit.isdigit() or event.at_ms - call.last_key_ms > _KEYS_WITHIN_MS:
        call.key_count = 0
    call.key_count += event.digit.isdigit()
    call.last_key_ms = event.at_ms
    return HIDDEN_DIGIT if call.key_count > _SHOWN_KEYS else event.digit


def _mute(call: _Call, fact: UtteranceFinished, span: Span) -> Mute | None:
    """Return where `span` lies on the recording; None where nothing was recorded."""
    passage = passage_of(Said(fact.party, fact.text, fact.start_ms, fact.end_ms), span)
    earlier = [place for place in call.places if place.call_ms <= passage.end_ms]
    if not earlier:
        return None
    start = next((place for place in reversed(earlier) if place.call_ms <= passage.start_ms), earlier[0])
    return Mute(
        fact.call_id,
        start.recording_ms + max(0, passage.start_ms - start.call_ms),
        earlier[-1].recording_ms + passage.end_ms - earlier[-1].call_ms,
    )
