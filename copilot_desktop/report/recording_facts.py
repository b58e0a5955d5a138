"""What happened to the call besides the talk: notice, recording, keys, transfer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from copilot_desktop.calls.events import (
    CallEvent,
    DigitPressed,
    DigitsSent,
    NoticeGiven,
    Party,
    RecordingCause,
    RecordingChanged,
    TransferChanged,
    TransferResult,
    UtteranceFinished,
)
from copilot_desktop.privacy import telling
from copilot_desktop.report import intervals, making
from copilot_desktop.report.making import Kind
from copilot_desktop.report.model import Happening, HappeningKind, Measure, Span, Unit
from copilot_desktop.report.recorded import Cut
from copilot_desktop.report.talk import Talk

_HIDDEN = "What was said there is hidden, a number or an address: in the words, and silent in the recording."
_ONE_ENTRY_MS = 5000
"""Keys pressed with less time between them are one entry."""

_NOTICE = Kind(
    id="notice_given",
    name="Notice given after",
    unit=Unit.MS,
    definition="From the start of the conversation until the caller had heard that the call is recorded.",
)
_PAUSED = Kind(
    id="recording_paused",
    name="Recording paused",
    unit=Unit.MS,
    definition="Time in which nothing was kept: by the agent's order, or around a card number.",
)
_PAUSES = {
    RecordingCause.AGENT: HappeningKind.PAUSED,
    RecordingCause.CARD_NUMBER: HappeningKind.PAUSED_FOR_CARD,
    RecordingCause.NOTICE_FAILED: HappeningKind.WAITS_FOR_NOTICE,
}
_CAUSES = frozenset(RecordingCause)
_TRANSFERS = {
    TransferResult.ASKED: HappeningKind.TRANSFER_ASKED,
    TransferResult.CONNECTED: HappeningKind.TRANSFERRED,
    TransferResult.REFUSED: HappeningKind.TRANSFER_REFUSED,
}


def recording(talk: Talk | None, events: Sequence[CallEvent]) -> list[Measure]:
    """Return when the caller knew, and how long nothing was kept."""
    if talk is None:
        return [kind.missing(making.NOT_CONNECTED) for kind in (_NOTICE, _PAUSED)]
    changes = [event for event in events if isinstance(event, RecordingChanged)]
    given = next((event for event in events if isinstance(event, NoticeGiven)), None)
    spans = [Span(cut.at_ms, cut.end_ms) for cut in cuts(events, talk.whole.end_ms)]
    pauses = intervals.common(spans, [talk.whole])
    return [
        _NOTICE.of(max(0, given.at_ms - talk.whole.at_ms), [Span(given.at_ms, given.at_ms)])
        if given
        else _NOTICE.missing("no notice was given"),
        _PAUSED.of(intervals.total_ms(pauses), pauses)
        if changes
        else _PAUSED.missing("the call was not recorded"),
    ]


def hidden(events: Sequence[CallEvent]) -> list[Measure]:
    """Return how much of what was said is hidden, and of which kinds; nothing where nothing is."""
    said = {event.utterance_id: event for event in events if isinstance(event, UtteranceFinished)}
    counts = telling.count(event.text for event in said.values())
    if not counts:
        return []
    kinds = ", ".join(kind.words for kind in counts)
    kind = Kind(id="hidden_passages", name=f"Passages hidden ({kinds})", unit=Unit.COUNT, definition=_HIDDEN)
    moments = [Span(each.start_ms, each.end_ms) for each in said.values() if telling.count([each.text])]
    return [kind.of(sum(counts.values()), moments)]


def happenings(events: Sequence[CallEvent]) -> Iterator[Happening]:
    """Yield what is told between the words; an entry of several keys comes after what lies within it."""
    pressed: list[DigitPressed] = []
    for event in events:
        if isinstance(event, DigitPressed):
            if pressed and event.at_ms - pressed[-1].at_ms > _ONE_ENTRY_MS:
                yield _keys(pressed)
                pressed = []
            pressed.append(event)
        elif (happening := _happening(event)) is not None:
            yield happening
    if pressed:
        yield _keys(pressed)


def _happening(event: CallEvent) -> Happening | None:
    detail = ""
    match event:
        case NoticeGiven():
            is_agents = event.by is Party.AGENT
            kind = HappeningKind.NOTICE_BY_AGENT if is_agents else HappeningKind.NOTICE
            detail = event.text
        case RecordingChanged(
            is_recording=True, cause=RecordingCause.AGENT | RecordingCause.CARD_NUMBER_OVER
        ):
            kind = HappeningKind.RESUMED
        case RecordingChanged(is_recording=False) if event.cause in _PAUSES:
            kind = _PAUSES[RecordingCause(event.cause)]
        case DigitsSent():
            kind, detail = HappeningKind.KEYS_SENT, event.digits
        case TransferChanged():
            kind, detail = _TRANSFERS[event.result], event.to
        case _:
            return None
    return Happening(at_ms=event.at_ms, kind=kind, detail=detail)


def _keys(pressed: Sequence[DigitPressed]) -> Happening:
    digits = "".join(event.digit for event in pressed)
    return Happening(at_ms=pressed[0].at_ms, kind=HappeningKind.KEYS_PRESSED, detail=digits)


def cuts(events: Sequence[CallEvent], end_ms: int, *, with_start: bool = False) -> list[Cut]:
    """Return the stretches from a pause to the next moment in which all was kept again.

    `with_start`: also the beginning, in which the caller is not kept because the notice is still to come.
    """
    found: list[Cut] = []
    since: RecordingChanged | None = None
    for change in events:
        if not isinstance(change, RecordingChanged):
            continue
        if change.is_recording and since is not None:
            found.append(_cut(since, change.at_ms))
            since = None
        elif (
            not change.is_recording
            and since is None
            and (change.cause in _PAUSES or with_start)
            and change.cause in _CAUSES
        ):
            since = change
    if since is not None:
        found.append(_cut(since, max(since.at_ms, end_ms)))
    return found


def _cut(since: RecordingChanged, end_ms: int) -> Cut:
    return Cut(at_ms=since.at_ms, end_ms=end_ms, cause=RecordingCause(since.cause))
