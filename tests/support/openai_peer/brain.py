"""What the peer understands, answers and says: behind every service stands one Brain."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

RATE_HZ = 24000
WORD_MS = 300


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """What a text service is asked, the same for both of its protocols."""

    instructions: str
    messages: tuple[tuple[str, str], ...]
    """Role and text, oldest first."""
    tools: tuple[str, ...] = ()
    tool_results: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    """The JSON schema of a structured answer."""
    is_streamed: bool = True

    @property
    def last_user_text(self) -> str:
        """The newest message that is not the model's own."""
        return next((text for role, text in reversed(self.messages) if role == "user"), "")


@dataclass(frozen=True, slots=True)
class BrainAnswer:
    """A text, and functions to be called: name and arguments as JSON."""

    text: str
    tool_calls: tuple[tuple[str, str], ...] = ()


class Brain(Protocol):
    """Writes on the loop, so be fast; hears and speaks in threads, and may take its time."""

    def transcribe(self, ulaw: bytes) -> str:
        """Return the words in µ-law sound of 8 kHz."""
        ...

    def hear_so_far(self, ulaw: bytes) -> str:
        """Return the words in sound that goes on; asked often, once at a time for each session."""
        ...

    def answer(self, request: AnswerRequest) -> BrainAnswer:
        """Return what the model writes."""
        ...

    def speak(self, text: str) -> bytes:
        """Return `text` as speech, s16le 24 kHz."""
        ...


@dataclass
class ScriptedBrain:
    """Hears `utterances` by their length of sound, answers in turn, speaks in a tone as long as the text.

    `utterances` are taken one a transcription; without any, what is loud is "hello", the rest nothing.
    `answers` are texts, BrainAnswers, or functions of the request; the last one stays.
    """

    utterances: Sequence[str] = ()
    answers: Sequence[str | BrainAnswer | Callable[[AnswerRequest], BrainAnswer]] = (
        "It left our warehouse this morning.",
    )
    asked: list[AnswerRequest] = field(default_factory=list)
    heard: int = 0
    _answered: int = 0

    def transcribe(self, ulaw: bytes) -> str:
        if self.utterances:
            words = self.utterances[min(self.heard, len(self.utterances) - 1)]
            self.heard += 1
            return words
        return "hello" if _is_loud(ulaw) else ""

    def hear_so_far(self, ulaw: bytes) -> str:
        """Utterances are told in turn: one that goes on must not take the next."""
        return "" if self.utterances else self.transcribe(ulaw)

    def answer(self, request: AnswerRequest) -> BrainAnswer:
        self.asked.append(request)
        chosen = self.answers[min(self._answered, len(self.answers) - 1)]
        self._answered += 1
        if isinstance(chosen, str):
            return BrainAnswer(chosen)
        return chosen(request) if callable(chosen) else chosen

    def speak(self, text: str) -> bytes:
        count = max(1, len(re.findall(r"\w+", text)))
        time_s = np.arange(count * WORD_MS * RATE_HZ // 1000) / RATE_HZ
        # One word a beat, so that the length can be counted in words.
        beat = (time_s * 1000 % WORD_MS) < WORD_MS * 0.8
        return (np.sin(2 * np.pi * 440 * time_s) * 9000 * beat).astype("<i2").tobytes()


def tokens(text: str) -> Iterator[str]:
    """Yield pieces about as a model would write them; together they are `text`."""
    yield from re.findall(r"\s*\S{1,6}", text)


def _is_loud(ulaw: bytes) -> bool:
    samples = np.frombuffer(ulaw, np.uint8)
    return len(samples) > 0 and float(np.mean((samples & 0x7F) < 0x50)) > 0.1
