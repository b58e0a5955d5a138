"""What speech recognition of Whisper's kind writes where nobody spoke, and how to know it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS

LEAST_SPEECH_MS = 200
"""Less sound than this holds no word worth a request."""
_GATE_DBFS = -45.0
_MOST_LETTERS_A_SECOND = 40
_FEWEST_FREE_LETTERS = 60
_MOST_LETTERS = 20_000
_REPEATS = 4
_AROUND_LETTERS = 24

_NEVER_SAID = (
    "thank you for watching",
    "thanks for watching",
    "thank you so much for watching",
    "please subscribe",
    "like and subscribe",
    "don t forget to subscribe",
    "see you in the next video",
    "subtitles by",
    "subtitles by the amara org community",
    "transcription by castingwords",
    "untertitel der amara org community",
    "untertitel im auftrag des zdf",
    "vielen dank für s zuschauen",
    "sous titres réalisés par la communauté d amara org",
    "merci d avoir regardé",
    "gracias por ver el video",
    "subtítulos realizados por la comunidad de amara org",
    "sottotitoli creati dalla comunità amara org",
    "legendas pela comunidade amara org",
)
"""Endings of videos: nobody says them on the phone."""
_SAID_SELDOM = frozenset(
    ("you", "thank you", "thanks", "bye", "bye bye", "okay", "so", "the", "hmm", "music", "applause")
)
"""What is written most where there was next to nothing."""
_NOTE = re.compile(r"^\s*[\[(♪*].*[\])♪*]\s*$")
_NO_LETTER = re.compile(r"[^\w]+")


def speech_ms(ulaw: bytes) -> int:
    """Return how much of the sound is loud enough for a voice near a phone, in ms."""
    count = len(ulaw) // FRAME_BYTES
    if not count:
        return 0
    frames = g711.decode(ulaw[: count * FRAME_BYTES]).astype(np.float32).reshape(count, FRAME_BYTES) / 32768
    level = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)
    return int(np.count_nonzero(level > _GATE_DBFS)) * FRAME_MS


def believed(text: str, sound_ms: int, prompts: Iterable[str] = ()) -> str:
    """Return `text` as far as it can have been said in `sound_ms` of speech; empty: it was made up.

    `prompts` are what the recognizer was given: on silence some give it back.
    """
    text = " ".join(text[:_MOST_LETTERS].split())
    plain = _plain(text)
    if not plain or _NOTE.match(text) or sound_ms < LEAST_SPEECH_MS:
        return ""
    if any(plain == _plain(prompt) for prompt in prompts if prompt):
        return ""
    if any(phrase in plain and len(plain) < len(phrase) + _AROUND_LETTERS for phrase in _NEVER_SAID):
        return ""
    if plain in _SAID_SELDOM and sound_ms < LEAST_SPEECH_MS + 60:
        return ""
    if len(text) > _FEWEST_FREE_LETTERS and len(text) > sound_ms / 1000 * _MOST_LETTERS_A_SECOND:
        return ""
    return _without_loop(text)


def _without_loop(text: str) -> str:
    """Cut what is said over and over, as recognizers do when they have lost the thread."""
    words = text.split()
    for size in range(1, 9):
        for start in range(len(words) - size * _REPEATS + 1):
            piece = [_plain(word) for word in words[start : start + size]]
            count = 1
            while [
                _plain(word) for word in words[start + count * size : start + (count + 1) * size]
            ] == piece:
                count += 1
            if count >= _REPEATS + (4 if size == 1 else 0):
                return " ".join(words[: start + size])
    return text


def _plain(text: str) -> str:
    return _NO_LETTER.sub(" ", text.lower()).strip()
