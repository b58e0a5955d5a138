"""Keypad: digits both ways, as sound and as facts, the secret ones hidden."""

from __future__ import annotations

from collections.abc import Callable

from copilot_desktop.audio import tones
from copilot_desktop.calls.card_numbers import LEAST_DIGITS
from copilot_desktop.calls.card_watch import HIDDEN_DIGIT, CardWatch
from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.events import CallEvent, CallId, DigitPressed, DigitsSent
from copilot_desktop.calls.recording_control import RecordingControl
from copilot_desktop.calls.speaker import Speaker

_MOST_DIGITS = 64


class Keypad:
    """One call's keys."""

    def __init__(
        self,
        call_id: CallId,
        speaker: Speaker,
        recording: RecordingControl,
        cards: CardWatch,
        *,
        publish: Callable[[CallEvent], None],
        now_ms: Callable[[], int],
    ) -> None:
        self._call_id, self._speaker = call_id, speaker
        self._recording, self._cards = recording, cards
        self._publish, self._now_ms = publish, now_ms

    def send(self, digits: str, *, is_hidden: bool) -> None:
        """Let the other side hear keypad tones, next, even in the middle of a sentence.

        Hidden ones, those sent while nothing is kept, and a card number are silence on the recording.

        Raises:
            IllegalTransition: a sign that no keypad has, or too many.
        """
        if not digits or len(digits) > _MOST_DIGITS or set(digits.upper()) - set(tones.KEYS):
            raise IllegalTransition("these are no keys")
        is_hidden = is_hidden or self._recording.is_hiding or len(digits) >= LEAST_DIGITS
        self._speaker.send_keys(tones.dtmf(digits), is_hidden=is_hidden)
        shown = HIDDEN_DIGIT * len(digits) if is_hidden else digits
        self._publish(DigitsSent(call_id=self._call_id, at_ms=self._now_ms(), digits=shown))

    def pressed(self, digit: str) -> None:
        """The caller pressed a key."""
        shown = self._cards.pressed(digit)
        if self._recording.is_hiding:
            shown = HIDDEN_DIGIT
        self._publish(DigitPressed(call_id=self._call_id, at_ms=self._now_ms(), digit=shown))
