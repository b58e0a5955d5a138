"""Speaker: paces our voice to the line and knows what the caller has heard of it.

The carrier holds sound that was sent and not yet played. The speaker keeps the same queue here, moved on
20 ms by every frame of the caller's: so its clock is the line's own, and no timer is needed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SILENCE
from copilot_desktop.audio.level import is_audible
from copilot_desktop.calls.ports import AudioLink
from copilot_desktop.calls.speech import Sentence, Speech

AHEAD_MS = 400
"""How much the carrier is given beyond what has played: enough against gaps, little to take back."""
ONE_MESSAGE_MS = 200
MARK_GRACE_MS = 2000
"""How long the echo of the last mark may be missing before the sound counts as heard."""


class LineSound(Enum):
    """What the caller hears of us in a frame."""

    NOTHING = auto()
    VOICE = auto()
    MICROPHONE = auto()
    KEYS = auto()
    HIDDEN_KEYS = auto()
    """Keypad tones that nobody may read from a recording."""
    BACKGROUND = auto()


@dataclass(slots=True, eq=False)
class _Queued:
    audio: bytes
    sentence: Sentence | None
    sound: LineSound


class Speaker:
    """Says one `Speech` at a time over a link, and passes live microphone sound.

    Keypad tones go before what is being said; a background sounds while nothing is, or none of it is made.
    `on_audible(speech, ahead_ms)`: its first audible frame was sent and will play in `ahead_ms`.
    `on_finished(speech)`: the caller has heard all of it.
    """

    def __init__(
        self,
        on_audible: Callable[[Speech, int], None],
        on_finished: Callable[[Speech], None],
    ) -> None:
        self._on_audible = on_audible
        self._on_finished = on_finished
        self._link: AudioLink | None = None
        self._speech: Speech | None = None
        self._next = 0
        self._is_paused = False
        self._was_audible = False
        self._waited_for_mark_ms = 0
        self._generation = 0
        self._mark_count = 0
        self._marks: dict[str, Sentence] = {}
        self._line: deque[_Queued] = deque()
        self._keys: deque[_Queued] = deque()
        self._background = b""
        self._background_at = 0
        self.sound = LineSound.NOTHING
        """What the frame was that `advance` returned last."""

    def attach(self, link: AudioLink | None) -> None:
        """Speak over `link` from now on; what the old one still held is lost."""
        self._forget_line(keep=True)
        self._link = link
        self.pump()

    @property
    def speech(self) -> Speech | None:
        """What is being said, paused or not."""
        return self._speech

    @property
    def is_audible(self) -> bool:
        """True while the caller hears, or is about to hear, more of us than a background."""
        return any(queued.sound is not LineSound.BACKGROUND for queued in self._line)

    @property
    def is_paused(self) -> bool:
        """True between `pause` and `resume` or `stop`."""
        return self._is_paused

    def remaining_ms(self) -> int:
        """Sound of the current speech that the caller has not heard, as far as it is made."""
        if self._speech is None:
            return 0
        on_the_line = sum(1 for queued in self._line if queued.sentence is not None)
        return (on_the_line + self._speech.unsent_count()) * FRAME_MS

    def say(self, speech: Speech, *, is_held: bool = False) -> None:
        """Begin `speech`, held as by `pause` if so ordered; the one before it must be over or stopped."""
        self._silence()
        self._speech, self._next, self._is_paused = speech, 0, is_held
        self._was_audible, self._waited_for_mark_ms = False, 0
        speech.on_change = self.pump
        self.pump()

    @property
    def is_busy(self) -> bool:
        """True while our voice or keypad tones are on their way: the microphone must wait, or both garble."""
        if (self._speech is not None and not self._is_paused) or self._keys:
            return True
        return any(queued.sound is not LineSound.MICROPHONE for queued in self._line)

    def send_live(self, frame: bytes) -> None:
        """Pass 20 ms of the agent's microphone to the caller at once."""
        if self._link is not None:
            self._link.send(frame)
            self._line.append(_Queued(frame, None, LineSound.MICROPHONE))

    def send_keys(self, tones: bytes, *, is_hidden: bool) -> None:
        """Send keypad tones next; what is being said goes on after them. Only the call's end cuts them."""
        sound = LineSound.HIDDEN_KEYS if is_hidden else LineSound.KEYS
        for start in range(0, len(tones), FRAME_BYTES):
            self._keys.append(_Queued(tones[start : start + FRAME_BYTES], None, sound))
        self.pump()

    def play_background(self, loop: bytes) -> None:
        """Play `loop`, whole frames, round and round while nothing is said; empty ends it at once."""
        was_cut = self._cut_background()
        self._background, self._background_at = loop, 0
        if loop or was_cut:
            self.pump()

    @property
    def has_background(self) -> bool:
        """True from `play_background` to its end, heard or not."""
        return bool(self._background)

    def _cut_background(self) -> bool:
        if not any(queued.sound is LineSound.BACKGROUND for queued in self._line):
            return False
        self._clear()
        self._forget_line(keep=True)
        return True

    def pump(self) -> None:
        """Give the line what it may have now. Cheap when there is nothing to do."""
        speech, link = self._speech, self._link
        if link is None:
            return
        if speech is not None and speech.has_sound and not self._is_paused:
            self._cut_background()
        room = AHEAD_MS // FRAME_MS - len(self._line)
        if self._keys:
            room -= self._send_keys(link, room)
        if speech is None or not (speech.has_sound or self._is_paused):
            self._send_background(link, room)
        if speech is None or self._is_paused:
            return
        while room > 0 and (sentence := self._sentence_to_send(speech, link)) is not None:
            # The first frame goes alone, so that nothing holds it back.
            limit = ONE_MESSAGE_MS // FRAME_MS if self._line else 1
            room -= self._send(link, sentence, min(room, limit))
        speech.made_room()

    def advance(self) -> bytes:
        """20 ms have passed on the line: return the frame that the caller heard meanwhile."""
        if not self._line:
            self.sound = LineSound.NOTHING
            self._finish_if_due()
            return SILENCE
        played = self._line.popleft()
        self.sound = played.sound
        if played.sentence is not None:
            played.sentence.played_count += 1
        elif played.sound is LineSound.BACKGROUND:
            self._finish_if_due()
        return played.audio

    def mark_played(self, name: str) -> None:
        """The carrier echoed a mark. Those of an older generation were thrown away, not heard."""
        sentence = self._marks.pop(name, None)
        if sentence is not None:
            sentence.is_confirmed = True
            self._finish_if_due()

    def pause(self) -> None:
        """Silence at once, keeping the unheard rest for `resume`."""
        if self._speech is not None and not self._is_paused:
            self._is_paused = True
            self._clear()
            self._forget_line(keep=True)

    def resume(self) -> None:
        """Go on from the first frame not heard."""
        self._is_paused = False
        self.pump()

    def stop(self) -> Speech | None:
        """Silence at once and for good; return what was being said. Keys and background go on."""
        speech = self._silence()
        self.pump()
        return speech

    def _silence(self) -> Speech | None:
        speech, self._speech = self._speech, None
        if speech is not None:
            speech.on_change = lambda: None
        if self._line:
            self._clear()
        self._is_paused = False
        self._forget_line(keep=False)
        return speech

    def _sentence_to_send(self, speech: Speech, link: AudioLink) -> Sentence | None:
        while self._next < len(speech.sentences):
            sentence = speech.sentences[self._next]
            if sentence.frames:
                return sentence
            if not sentence.is_complete:
                return None
            self._mark(link, sentence)
            self._next += 1
        return None

    def _mark(self, link: AudioLink, sentence: Sentence) -> None:
        if sentence.is_marked:
            return
        sentence.is_marked = True
        self._mark_count += 1
        name = f"g{self._generation}-{self._mark_count}"
        self._marks[name] = sentence
        link.mark(name)

    def _send(self, link: AudioLink, sentence: Sentence, limit: int) -> int:
        frames = [sentence.frames.popleft() for _ in range(min(limit, len(sentence.frames)))]
        ahead_ms = len(self._line) * FRAME_MS
        link.send(b"".join(frames))
        self._line.extend(_Queued(frame, sentence, LineSound.VOICE) for frame in frames)
        if not self._was_audible:
            self._look_for_sound(frames, ahead_ms)
        return len(frames)

    def _send_keys(self, link: AudioLink, room: int) -> int:
        sent = [self._keys.popleft() for _ in range(min(max(room, 0), len(self._keys)))]
        if sent:
            link.send(b"".join(queued.audio for queued in sent))
            self._line.extend(sent)
        return len(sent)

    def _send_background(self, link: AudioLink, room: int) -> None:
        while self._background and room > 0:
            count = min(
                room, ONE_MESSAGE_MS // FRAME_MS, (len(self._background) - self._background_at) // FRAME_BYTES
            )
            audio = self._background[self._background_at : self._background_at + count * FRAME_BYTES]
            self._background_at = (self._background_at + len(audio)) % len(self._background)
            link.send(audio)
            for start in range(0, len(audio), FRAME_BYTES):
                self._line.append(_Queued(audio[start : start + FRAME_BYTES], None, LineSound.BACKGROUND))
            room -= count

    def _look_for_sound(self, frames: list[bytes], ahead_ms: int) -> None:
        for index, frame in enumerate(frames):
            if is_audible(frame):
                self._was_audible = True
                if self._speech is not None:
                    self._on_audible(self._speech, ahead_ms + index * FRAME_MS)
                return

    def _finish_if_due(self) -> None:
        speech = self._speech
        if speech is None or self.is_audible or not speech.is_complete or speech.unsent_count():
            return
        if self._next < len(speech.sentences) or self._is_paused:
            return
        self._waited_for_mark_ms += FRAME_MS
        if self._marks and self._waited_for_mark_ms < MARK_GRACE_MS:
            return
        self._speech = None
        self._marks.clear()
        self._on_finished(speech)

    def _clear(self) -> None:
        self._generation += 1
        self._marks.clear()
        if self._link is not None:
            self._link.clear()

    def _forget_line(self, *, keep: bool) -> None:
        """Empty our picture of the line; with `keep`, put unheard frames back before the unsent ones.

        Unheard keys are put back always.
        """
        self._marks.clear()
        for queued in reversed(self._line):
            if queued.sound in (LineSound.KEYS, LineSound.HIDDEN_KEYS):
                self._keys.appendleft(queued)
        if keep:
            for queued in reversed(self._line):
                if queued.sentence is not None:
                    queued.sentence.frames.appendleft(queued.audio)
            self._rewind()
        self._line.clear()

    def _rewind(self) -> None:
        if self._speech is None:
            return
        for index, sentence in enumerate(self._speech.sentences[: self._next + 1]):
            if not sentence.is_confirmed:
                sentence.is_marked = False
            if sentence.frames:
                self._next = index
                return
