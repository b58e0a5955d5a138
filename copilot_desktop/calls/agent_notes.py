"""AgentNotes: what the agent writes down for themselves: marked moments, and free notes."""

from __future__ import annotations

from collections.abc import Callable

from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.events import Bookmarked, CallEvent, CallId, NotesChanged
from copilot_desktop.calls.states import CallState

MOST_NOTES, MOST_MARK_WORDS = 10_000, 80
"""Characters that are kept; what is longer is cut."""


class AgentNotes:
    """One call's. Neither the caller nor the AI learns of them; card numbers are hidden by `publish`."""

    def __init__(
        self,
        call_id: CallId,
        *,
        publish: Callable[[CallEvent], None],
        now_ms: Callable[[], int],
        state: Callable[[], CallState],
    ) -> None:
        self._call_id, self._publish, self._now_ms, self._state = call_id, publish, now_ms, state
        self._text = ""
        self._marks: dict[int, str] = {}

    def bookmark(self, words: str, moment_ms: int | None = None) -> None:
        """Mark this moment, or `moment_ms` of the call; a moment that is marked has these words now.

        Raises:
            IllegalTransition: there is no talk to mark, or that moment is still to come.
        """
        now_ms = self._now_ms()
        if moment_ms is None or moment_ms not in self._marks:
            moment_ms = now_ms if moment_ms is None else moment_ms
            if self._state() in (CallState.RINGING, CallState.ENDED):
                raise IllegalTransition("a bookmark while nobody is connected")
            if not 0 <= moment_ms <= now_ms:
                raise IllegalTransition("a bookmark outside the call")
        words = " ".join(words.split())[:MOST_MARK_WORDS]
        known = self._marks.get(moment_ms)
        if known is not None and words in ("", known):
            return
        self._marks[moment_ms] = words
        self._publish(Bookmarked(call_id=self._call_id, at_ms=now_ms, moment_ms=moment_ms, text=words))

    def take(self, text: str) -> None:
        """Keep `text` as the call's notes: all of them, each time. At any time of the call."""
        # Half a sign, as a broken clipboard gives it, could not be written to the disk.
        text = text[:MOST_NOTES].encode(errors="replace").decode()
        if text != self._text:
            self._text = text
            self._publish(NotesChanged(call_id=self._call_id, at_ms=self._now_ms(), text=text))
