"""Hiding: what a batch of facts becomes before it is written, so that nothing hidden is ever on the disk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.calls.events import CallEvent, CallId, UtteranceFinished
from copilot_desktop.privacy.keeping import Keeping, Kept, Mute
from copilot_desktop.privacy.redaction import Hidden

log = logging.getLogger("copilot.store")

Kinds = Callable[[], Collection[Hidden]]


class Hiding:
    """Belongs to the journal's thread. `blank(call, start_ms, end_ms)` makes a recording silent there.

    A batch that could not be written comes again, perhaps with more behind it: what was worked out is kept
    until `written`.
    """

    def __init__(self, kinds: Kinds, blank: Callable[[CallId, int, int], None]) -> None:
        self._keeping, self._blank = Keeping(kinds), blank
        self._known: dict[int, Kept] = {}
        self._facts: list[CallEvent] = []
        """Held, so that no other fact gets the identity of one of them meanwhile."""

    def batch(self, events: Sequence[CallEvent]) -> list[CallEvent]:
        """Return what to write in the place of `events`."""
        written: list[CallEvent] = []
        for event in events:
            kept = self._known.get(id(event))
            if kept is None:
                kept = self._known[id(event)] = self._keeping.keep(event)
                self._facts.append(event)
            for correction in kept.events[:-1]:
                _put(written, correction)
            written.append(kept.events[-1])
        return written

    def written(self) -> None:
        """The batch is on the disk: now what was said in it is taken out of the recordings."""
        mutes = [mute for kept in self._known.values() for mute in kept.mutes]
        self._known, self._facts = {}, []
        for mute in mutes:
            self._silence(mute)

    def _silence(self, mute: Mute) -> None:
        try:
            self._blank(mute.call_id, mute.start_ms, mute.end_ms)
        except StoreError as error:
            log.error("%s: a hidden passage is still in the recording: %s", mute.call_id, error)


def _put(written: list[CallEvent], correction: CallEvent) -> None:
    """Let `correction` take the place of what it corrects, if that is in this batch: it is never written."""
    assert isinstance(correction, UtteranceFinished)
    for index, other in enumerate(written):
        if not isinstance(other, UtteranceFinished) or other.is_correction:
            continue
        if (other.call_id, other.utterance_id) == (correction.call_id, correction.utterance_id):
            written[index] = replace(correction, at_ms=other.at_ms, is_correction=False)
            return
    written.append(correction)
