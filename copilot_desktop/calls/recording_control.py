"""RecordingControl: whether sound is kept just now, and why not."""

from __future__ import annotations

from collections.abc import Callable

from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.events import (
    CallEvent,
    CallId,
    NoticeGiven,
    Party,
    RecordingCause,
    RecordingChanged,
    RecordingState,
)
from copilot_desktop.calls.ports import Recordings
from copilot_desktop.calls.tape import Tape

_BEFORE_MS = 400
"""A word begins before it is noticed."""
_GOES_ON = frozenset({RecordingCause.NOTICE_GIVEN, RecordingCause.CARD_NUMBER_OVER})


class RecordingControl:
    """Tells the tape what to keep. The time line always goes on: what is not kept is silence.

    Nothing is kept before the caller knows of it, while the agent has paused, and around a card number.
    """

    def __init__(
        self, call_id: CallId, tape: Tape, *, publish: Callable[[CallEvent], None], now_ms: Callable[[], int]
    ) -> None:
        self._call_id, self._tape, self._publish, self._now_ms = call_id, tape, publish, now_ms
        self.notice_given_ms: int | None = None
        self.is_deaf = False
        """Paused by the agent: what is said now is for nobody's ears but the two."""
        self._is_told = False
        self._is_telling = False
        self._card_until_ms: int | None = None

    @property
    def state(self) -> RecordingState:
        """How it stands."""
        if not self._tape.is_recording:
            return RecordingState.OFF
        if self.is_deaf or self._card_until_ms is not None:
            return RecordingState.PAUSED
        return RecordingState.ON if self._is_told else RecordingState.WAITING_FOR_NOTICE

    @property
    def is_hiding(self) -> bool:
        """True while what is pressed on a keypad must not be kept either."""
        return self.is_deaf or self._card_until_ms is not None

    def begin(self, recordings: Recordings, *, needs_notice: bool) -> None:
        """Open the file; with `needs_notice` nothing is kept in it yet. A failure is told."""
        self._is_told = not needs_notice
        if self._tape.record(recordings):
            self._change(RecordingCause.CALL_BEGAN)

    def tick(self) -> None:
        """A frame passed: a card number may be over."""
        if self._card_until_ms is not None and self._now_ms() >= self._card_until_ms:
            self._card_until_ms = None
            self._change(RecordingCause.CARD_NUMBER_OVER)

    # The notice.

    def notice_begins(self) -> None:
        """From here to its end our side is kept: it is the proof."""
        self._is_telling = True
        self._tell_tape()

    def notice_ended(self) -> None:
        """One that was said again is over, heard or not."""
        self._is_telling = False
        self._tell_tape()

    def notice_given(self, text: str, by: Party) -> None:
        """The caller knows. The first time counts."""
        if self.notice_given_ms is not None:
            self.notice_ended()
            return
        self._is_telling = False
        self.notice_given_ms = self._now_ms()
        self._publish(NoticeGiven(call_id=self._call_id, at_ms=self.notice_given_ms, text=text, by=by))
        self._is_told = True
        self._change(RecordingCause.NOTICE_GIVEN)

    def notice_failed(self) -> None:
        """The caller does not know, or not all of it."""
        self._is_telling = False
        self._change(RecordingCause.NOTICE_FAILED)

    # Pauses.

    def pause(self) -> None:
        """The agent wants nothing kept. Once paused, again changes nothing.

        Raises:
            IllegalTransition: the call is not recorded.
        """
        self._need_tape()
        if not self.is_deaf:
            self.is_deaf = True
            self._change(RecordingCause.AGENT)

    def resume(self) -> None:
        """Go on, also if a card number was the reason; if none was, nothing changes.

        Raises:
            IllegalTransition: the call is not recorded.
        """
        self._need_tape()
        if self.is_hiding:
            self.is_deaf, self._card_until_ms = False, None
            # Without its notice the recording waits on.
            self._change(RecordingCause.AGENT if self._is_told else RecordingCause.NOTICE_FAILED)

    def card_number(self, start_ms: int, until_ms: int) -> None:
        """A card number has been coming since `start_ms`: nothing from then to `until_ms` stays."""
        if not self._tape.is_recording:
            return
        was_paused, self._card_until_ms = self._card_until_ms is not None, until_ms
        if not was_paused:
            self._change(RecordingCause.CARD_NUMBER)
        self._tape.blank(start_ms - _BEFORE_MS)

    # Inside.

    def _need_tape(self) -> None:
        if not self._tape.is_recording:
            raise IllegalTransition("this call is not recorded")

    def _change(self, cause: RecordingCause) -> None:
        self._tell_tape()
        is_on = self.state is RecordingState.ON
        if not is_on and (cause in _GOES_ON or self.state is RecordingState.OFF):
            # One reason is gone and another still stands, or there is nothing to change.
            return
        self._publish(
            RecordingChanged(call_id=self._call_id, at_ms=self._now_ms(), is_recording=is_on, cause=cause)
        )

    def _tell_tape(self) -> None:
        is_on = self.state is RecordingState.ON
        self._tape.keeps_caller = is_on
        self._tape.keeps_ours = is_on or (self._is_telling and not self.is_hiding)
