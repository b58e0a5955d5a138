"""What the callers of the benchmark say: spoken by our own voice, with the end of every word known."""

from __future__ import annotations

import asyncio
import difflib
import pickle
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, SILENCE
from copilot_desktop.audio.level import is_audible

SENTENCES = (
    "I would like to know where my order is, please.",
    "Can I return the garden chairs that I bought last week?",
    "My name is Maria Keller and I need an invoice.",
    "What are your opening hours on Saturday?",
    "The lamp arrived broken this morning.",
    "I want to change the delivery address.",
    "How much is express shipping to Boston?",
    "Could you tell me when the parcel will arrive?",
    "I have been waiting for two weeks now.",
    "Is the oak table still available in white?",
    "Please cancel my order, I do not need it any more.",
    "Do you deliver on Sundays as well?",
    "I paid by credit card, but I got no receipt.",
    "Where can I find the assembly instructions?",
    "Thank you, that was all I wanted to know.",
)
PAUSED = (
    ("My order number is four seven two nine and", "I ordered it on Monday."),
    ("I would like to return the", "chairs that I bought last week."),
    ("Could you please tell me if", "the oak table is still available?"),
    ("I am calling because", "the lamp arrived broken."),
    ("I want to change the delivery address to", "seventeen Elm Street in Boston."),
    ("We ordered two chairs and a", "table for the garden."),
    ("The parcel came yesterday but", "one of the boxes was empty."),
    ("I was wondering whether you", "deliver on Sundays as well."),
    ("My name is", "Maria Keller."),
    ("Can I pay the invoice with", "my credit card?"),
    ("It was delivered to the", "wrong house number."),
    ("I need it before the", "end of next week."),
    ("We have been customers for", "more than ten years."),
    ("The instructions say that I", "need a second person."),
    ("I spoke to somebody called", "Peter about this on Friday."),
    ("Is there a way to", "track where it is?"),
    ("The colour on the picture is", "not what I got."),
    ("I would prefer to get my", "money back."),
    ("Your driver told me that", "he would come again."),
    ("Before I order I want to", "see the fabric."),
)
LISTENING = ("Uh-huh.", "Mm-hmm.", "Yeah.", "Okay.", "Right.", "I see.", "Yes.")
"""What people say to show that they listen, each in three voices."""
_VOICES = ("", "caller-man", "caller-woman")
PAUSE_MS = 600
_STEP_FRAMES = 3
_KEPT = Path(".benchmarks") / "voice-corpus-2.pickle"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One recording. `word_ends`: after which frame each word of `text` can be understood."""

    text: str
    ulaw: bytes
    word_ends: tuple[int, ...]

    @property
    def frames(self) -> list[bytes]:
        """The sound, 20 ms a piece."""
        return [self.ulaw[start : start + FRAME_BYTES] for start in range(0, len(self.ulaw), FRAME_BYTES)]

    @property
    def last_audible(self) -> int:
        """The number of the last frame that can be heard."""
        return max(number for number, frame in enumerate(self.frames) if is_audible(frame))


@dataclass(frozen=True, slots=True)
class Corpus:
    """All that is said."""

    sentences: tuple[Spoken, ...]
    paused: tuple[tuple[Spoken, Spoken], ...]
    listening: tuple[Spoken, ...]


def corpus() -> Corpus:
    """Return it; the first time takes a minute or two, then it is kept on disk."""
    if _KEPT.exists():
        kept: Corpus = pickle.loads(_KEPT.read_bytes())
        return kept
    made = asyncio.run(_make())
    _KEPT.parent.mkdir(exist_ok=True)
    _KEPT.write_bytes(pickle.dumps(made))
    return made


async def _make() -> Corpus:
    from copilot_desktop.engines.hearing.whisper_model import WhisperModel
    from copilot_desktop.engines.voice.local_voice import LocalVoice

    voice, model = LocalVoice(), WhisperModel(None, threads=1)
    personas = {name: voice.as_persona(name) if name else voice for name in _VOICES if _known(voice, name)}
    names = list(personas)

    async def say(text: str, number: int) -> Spoken:
        persona = personas[names[number % len(names)]]
        ulaw = b"".join([piece async for piece in persona.speak(text)])
        return Spoken(text, ulaw, _word_ends(text, ulaw, model))

    sentences = [await say(text, number) for number, text in enumerate(SENTENCES)]
    paused = [(await say(one, number), await say(two, number)) for number, (one, two) in enumerate(PAUSED)]
    listening = [await say(text, number) for number in range(3) for text in LISTENING]
    voice.close()
    return Corpus(tuple(sentences), tuple(paused), tuple(listening))


def _known(voice: object, name: str) -> bool:
    try:
        if name:
            voice.as_persona(name)  # type: ignore[attr-defined]
    except ValueError:
        return False
    return True


def _word_ends(text: str, ulaw: bytes, model: object) -> tuple[int, ...]:
    """Let a real recognizer hear the sound up to one place after another: that is where words begin to be."""
    words = [_plain(word) for word in text.split()]
    count = len(ulaw) // FRAME_BYTES
    ends = [count] * len(words)
    for frames in range(_STEP_FRAMES * 3, count + 1, _STEP_FRAMES):
        heard = model.transcribe(ulaw[: frames * FRAME_BYTES], prompt="", is_final=True)  # type: ignore[attr-defined]
        said = [_plain(word) for word in heard.text.split()]
        match = difflib.SequenceMatcher(None, words, said, autojunk=False)
        for block in match.get_matching_blocks():
            for place in range(block.a, block.a + block.size):
                ends[place] = min(ends[place], frames)
    for place in range(len(words) - 2, -1, -1):
        ends[place] = min(ends[place], ends[place + 1])
    last = max(number for number in range(count) if is_audible(ulaw[number * 160 : number * 160 + 160]))
    return tuple(min(end, last - 1) for end in ends)


def _plain(word: str) -> str:
    return re.sub(r"[^\w]", "", word.lower())


def noises(count: int = 20) -> list[bytes]:
    """Return coughs, clicks, breaths and bangs, made of noise; the same every time."""
    made = []
    for number in range(count):
        random = np.random.default_rng(number)
        length = int(8000 * random.uniform(0.12, 0.45))
        noise = random.normal(0, 1, length)
        smooth = np.convolve(noise, np.ones(2 + number % 5) / (2 + number % 5), mode="same")
        bursts = 1 + number % 3
        place = np.arange(length) / length * bursts % 1
        shape = np.exp(-place * random.uniform(3, 7)) * np.minimum(place * 40, 1)
        sound = smooth / np.abs(smooth).max() * shape * 10 ** (-random.uniform(8, 20) / 20)
        ulaw = g711.encode((sound * 32767).astype(np.int16))
        made.append(ulaw + SILENCE[: -len(ulaw) % FRAME_BYTES])
    return made
