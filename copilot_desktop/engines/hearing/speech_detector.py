"""LocalSpeechDetector: is somebody speaking (Silero), and do the words so far look finished (a rule)."""

from __future__ import annotations

import re

import numpy as np

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import AudioFrame
from copilot_desktop.audio.resample import Upsampler
from copilot_desktop.engines.hearing.silero import CHUNK_SAMPLES, Silero, SileroWeights

FINISHED = 1.0
UNFINISHED = 0.1
UNSURE = 0.5
"""A short run of digits: more of them may follow."""
OPENING = 0.75
"""A greeting or a word of assent: whole as it stands, yet people often go on after it."""

_WHOLE_NUMBER_DIGITS = 8
_HANGING = ("...", "…", ",", "-", "–", "—", ":")
_OPEN_WORDS = (
    # Conjunctions and prepositions …
    "and or but nor so because since if unless until while whereas although though whether than as of to for "
    "from with without by at in into onto on about between through during under near per via "
    # … articles, determiners and pronouns that lead on …
    "a an the my your his our their its every each which whose who i we they he she "
    # … auxiliaries …
    "is are was were am be been have has had does did can could will would shall should may might must "
    "i'm i'd i'll i've it's we're we've they're there's that's let's "
    # … and words that fill a gap in thinking.
    "um uh uhm umm er erm hmm well"
)
_CLOSED_ENDINGS = re.compile(
    r"\b(?:(?:log|sign|come|check|plug|fill) in|(?:hold|go|turn|switch|later|moving) on"
    r"|(?:calling|asking|worried) about|(?:looking|waiting|asking|paid) for"
    r"|(?:i|it|that|this|they|he|she|we) (?:is|are|was|were|am|did|does|have|has|had|can|could|will|would)"
    r"|(?:think|hope|guess) so|as well|start with)[.!]?$"
)
_OPENINGS = re.compile(
    r"(?:\W*\b(?:hello|hi|hey|good (?:morning|afternoon|evening)|yes|no|okay|ok|all right|alright|sure|fine"
    r"|great|of course|i see|exactly|thank you|thanks|very much|so much)\b)+\W*"
)
_DIGIT_WORDS = "zero oh one two three four five six seven eight nine double triple"
_WORD = re.compile(r"[a-z']+|\d")
# A number with a unit, an amount, a time or an ordinal is whole as it stands.
_MEASURED = re.compile(r"(?:[$€£]\s?[\d.,]+|\d(?:st|nd|rd|th|%|am|pm)|\d{1,2}[:.]\d{2})[.!?]?$")


class LocalSpeechDetector:
    """One party's detector. Implements `calls.ports.SpeechDetector`.

    `weights` may be shared between detectors; without them the bundled file is read, some 10 ms.
    Raises EngineUnavailable if it cannot be.
    """

    def __init__(self, weights: SileroWeights | None = None) -> None:
        self._network = Silero(weights or SileroWeights())
        self._upsampler = Upsampler()
        self._waiting = np.zeros(0, dtype=np.float32)
        self._probability = 0.0

    def hear(self, frame: AudioFrame) -> float:
        """Take 20 ms; return the newest probability of speech, which is at most 32 ms old."""
        sound = self._upsampler.push(g711.decode(frame.data)).astype(np.float32) / 32768
        self._waiting = np.concatenate((self._waiting, sound))
        while len(self._waiting) >= CHUNK_SAMPLES:
            self._probability = self._network.hear(self._waiting[:CHUNK_SAMPLES])
            self._waiting = self._waiting[CHUNK_SAMPLES:]
        return self._probability

    def warm_up(self) -> None:
        """Run the network once and forget it."""
        self._network.hear(np.zeros(CHUNK_SAMPLES, dtype=np.float32))
        self._network.reset()

    async def turn_is_over(self, text: str) -> float:
        """Return how finished `text` looks. A matter of microseconds."""
        return looks_finished(text)


def looks_finished(text: str) -> float:
    """Return `FINISHED`, `OPENING`, `UNSURE` or `UNFINISHED` for `text`. Empty text is unsure."""
    line = text.strip().lower().replace("’", "'")
    words = _WORD.findall(line)
    if not words:
        return UNSURE
    if line.endswith(_HANGING):
        return UNFINISHED
    if line.endswith("?"):
        return FINISHED
    if 0 < _digits_at_end(line, words) < _WHOLE_NUMBER_DIGITS:
        return UNSURE
    if words[-1] in _OPEN_WORDS.split() and not _CLOSED_ENDINGS.search(line):
        return UNFINISHED
    # "Yes" alone is the answer to a question; "yes, of course" begins one.
    if len(words) > 1 and _OPENINGS.fullmatch(line):
        return OPENING
    return FINISHED


def _digits_at_end(line: str, words: list[str]) -> int:
    """Return how many digits, typed or said one by one, end the line; 0 for amounts, times and the like."""
    if _MEASURED.search(line):
        return 0
    count = 0
    for word in reversed(words):
        if not (word.isdigit() or word in _DIGIT_WORDS.split()):
            break
        count += 1
    # "The blue one": a single word is no number being read out.
    return count if count > 1 or words[-1].isdigit() else 0
