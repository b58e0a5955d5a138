"""KeptBrain: knows every recording of the benchmark, so that words are right and delays are exact."""

from __future__ import annotations

import numpy as np

from copilot_desktop.audio.frame import FRAME_BYTES
from copilot_desktop.audio.level import is_audible
from tests.benchmarks.voice.corpus import Corpus, Spoken
from tests.support.openai_peer import AnswerRequest, BrainAnswer

ANSWER = "Of course, I can help you with that. One of my colleagues will call you back today."
_WORD_S = 0.15


class KeptBrain:
    """A `Brain`. Phone sound comes without loss, so single frames tell which recording it is, and where."""

    def __init__(self, corpus: Corpus) -> None:
        pairs = [part for pair in corpus.paused for part in pair]
        self._known: list[Spoken] = [*corpus.sentences, *pairs, *corpus.listening]
        self._places: dict[bytes, tuple[int, int]] = {}
        for number, spoken in enumerate(self._known):
            for place, frame in enumerate(spoken.frames):
                if is_audible(frame):
                    self._places.setdefault(frame, (number, place))

    def transcribe(self, ulaw: bytes) -> str:
        """Return the words of all recordings in the sound, as far as each got."""
        reached: dict[int, int] = {}
        for start in range(len(ulaw) // FRAME_BYTES * FRAME_BYTES - FRAME_BYTES, -1, -FRAME_BYTES):
            found = self._places.get(ulaw[start : start + FRAME_BYTES])
            if found is not None and found[0] not in reached:
                reached[found[0]] = found[1]
                # A sentence is one recording, or two with a pause between.
                if len(reached) == 2 or not self._is_second(found[0]):
                    break
        return " ".join(filter(None, (self._words(number, reached[number]) for number in sorted(reached))))

    def hear_so_far(self, ulaw: bytes) -> str:
        """Return the words so far."""
        return self.transcribe(ulaw)

    def answer(self, request: AnswerRequest) -> BrainAnswer:
        """Return the same every time."""
        return BrainAnswer(ANSWER)

    def speak(self, text: str) -> bytes:
        """Return a tone without the shortest pause: what is silent in it at the far end is a hole."""
        time_s = np.arange(int(24000 * _WORD_S * max(1, len(text.split())))) / 24000
        return (np.sin(2 * np.pi * 440 * time_s) * 9000).astype("<i2").tobytes()

    def _words(self, number: int, place: int) -> str:
        spoken = self._known[number]
        words = spoken.text.split()
        said = words[: sum(end <= place + 1 for end in spoken.word_ends)]
        text = " ".join(said)
        return text if len(said) == len(words) else text.rstrip(".,?!")

    def _is_second(self, number: int) -> bool:
        return number > 0 and not self._known[number].text[:1].isupper()
