"""LocalVoice: text to speech on this machine (hibari's "heart"), as the assistant or as a caller.

The first sound of a sentence is there after some 40–60 ms; a second of speech takes about 10–20 ms.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.frame import FRAME_BYTES, SAMPLE_RATE_HZ, pad
from copilot_desktop.audio.resample import whole
from copilot_desktop.calls.errors import EngineUnavailable
from copilot_desktop.calls.events import CallId
from copilot_desktop.engines.voice.pronunciation import load_pronunciation
from copilot_desktop.engines.voice.spoken_text import spoken

NAME = "voice"
SHA256 = "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"

_VOICE = "heart"
"""The only voice in the package: any other would be downloaded."""
_LOUDNESS = 10 ** (-20 / 20)
"""RMS of the active speech."""
_ACTIVE = 0.02
"""Parts of a sentence's peak above which a sample counts as speech."""
_LEAD_SAMPLES = SAMPLE_RATE_HZ * 40 // 1000
_TAIL_SAMPLES = SAMPLE_RATE_HZ * 120 // 1000
_LONG_CHARS = 90
_SHORTEST_PIECE_CHARS = 25
_CLAUSE_END = re.compile(r"(?<=[,;:—])\s+")

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Persona:
    """How a voice differs from the original: pitch and resonances, as factors."""

    pitch: float = 1.0
    resonance: float = 1.0


PERSONAS = {
    "assistant": Persona(),
    "caller-man": Persona(0.58, 0.86),
    "caller-low": Persona(0.72, 0.92),
    "caller-woman": Persona(1.15, 1.06),
}


class LocalVoice:
    """Implements `calls.ports.Voice`.

    `persona` is a key of `PERSONAS`; ValueError if not. `model` is another file of the same network.
    Voices made by `as_persona` share the model and the thread of the first.
    """

    def __init__(self, persona: str = "assistant", *, model: Path | None = None) -> None:
        self._persona = _persona(persona)
        self._synthesizer = _Synthesizer(model)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="voice")

    def as_persona(self, persona: str) -> LocalVoice:
        """Return another voice over the same model. Raises ValueError for an unknown name."""
        other = object.__new__(LocalVoice)
        other._persona = _persona(persona)
        other._synthesizer, other._worker = self._synthesizer, self._worker
        return other

    def load(self) -> None:
        """Read the model and the lexicon, 0.5 s; blocks, safe to call twice. Raises EngineUnavailable."""
        self._synthesizer.load()

    def warm_up(self) -> None:
        """Say a sentence to nobody, so that the first one is not slow. Blocks. Raises EngineUnavailable."""
        self._sound("Good morning, how can I help you?")

    def close(self) -> None:
        """Let the thread end, for all voices that share it."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
        """Yield µ-law in whole frames, a clause at a time if the sentence is long.

        Cancelled or closed, it yields no more; a clause begun ends unheard. Raises EngineUnavailable.
        """
        loop, rest = asyncio.get_running_loop(), b""
        for piece in pieces(spoken(sentence)):
            sound = rest + await loop.run_in_executor(self._worker, self._sound, piece)
            whole_bytes = len(sound) - len(sound) % FRAME_BYTES
            rest = sound[whole_bytes:]
            if whole_bytes:
                yield sound[:whole_bytes]
        if rest:
            yield pad(rest)

    def _sound(self, piece: str) -> bytes:
        sound = self._synthesizer.say(piece, self._persona)
        return g711.encode_float(_levelled(_trimmed(whole(sound, self._synthesizer.rate_hz, SAMPLE_RATE_HZ))))


class _Synthesizer:
    """The network and the pronunciation rules. Blocking."""

    def __init__(self, model: Path | None) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._hibari: Any = None
        self.rate_hz = 24000

    def load(self) -> None:
        with self._lock:
            if self._hibari is not None:
                return
            try:
                from hibari import Hibari

                model = str(self._model) if self._model else None
                self._hibari = Hibari(_VOICE, model=model, g2p=load_pronunciation())
            except Exception as error:
                # The runtime has exception types of its own for a missing or broken file.
                raise EngineUnavailable(NAME, "the model cannot be loaded") from error

    def say(self, text: str, persona: Persona) -> Sound:
        """Return `text` spoken, at `rate_hz`; empty if there is nothing to pronounce."""
        self.load()
        try:
            parts = [self._say(phonemes, persona) for phonemes in self._hibari.phonemize(text)]
        except Exception as error:
            # The rules walk through any text that a writer may invent; a failure there is one sentence lost.
            raise EngineUnavailable(NAME, "a sentence could not be spoken") from error
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)

    def _say(self, phonemes: str, persona: Persona) -> Sound:
        """As hibari 0.2.1 does it, with the voice changed between its network and its filter."""
        from hibari import dsp

        ids = np.asarray([self._hibari.ids(phonemes)], dtype=np.int64)
        given = {"ids": ids, "speed": np.ones(1, dtype=np.float32)}
        lh, th, ln, lr, phi, f0 = (part[0] for part in self._hibari.sess.run(None, given))
        if persona != Persona():
            lh, ln, lr = (_stretched(envelope, persona.resonance) for envelope in (lh, ln, lr))
            f0 = f0 * persona.pitch
        # A fixed seed: the same sentence always sounds the same.
        sound: Sound = dsp.synth(lh, th, ln, lr, phi, f0, np.random.default_rng(0))
        return sound


def pieces(sentence: str) -> list[str]:
    """Return `sentence` whole, or cut at clauses if it is long, so that its first sound comes early."""
    if len(sentence) <= _LONG_CHARS:
        return [sentence] if sentence else []
    out = [""]
    for clause in _CLAUSE_END.split(sentence):
        # The first piece may be short, so that it comes soon; the others as long as they like.
        if len(out[-1]) >= (_SHORTEST_PIECE_CHARS if len(out) == 1 else _LONG_CHARS):
            out.append(clause)
        else:
            out[-1] = f"{out[-1]} {clause}".strip()
    return out


def _persona(name: str) -> Persona:
    if name not in PERSONAS:
        raise ValueError(f"no voice {name!r}; there are {', '.join(PERSONAS)}")
    return PERSONAS[name]


def _stretched(envelope: Sound, factor: float) -> Sound:
    """Move the resonances of a spectral envelope [bins, time] up by `factor`."""
    last = envelope.shape[0] - 1
    place = np.minimum(np.arange(last + 1) / factor, last)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, last)
    share = (place - below).astype(np.float32)[:, None]
    out: Sound = envelope[below] * (1 - share) + envelope[above] * share
    return out


def _trimmed(sound: Sound) -> Sound:
    """Cut silence at both ends but for 40 ms before and 120 ms behind."""
    active = np.flatnonzero(_is_active(sound))
    if not len(active):
        return sound[:0]
    return sound[max(0, active[0] - _LEAD_SAMPLES) : active[-1] + _TAIL_SAMPLES]


def _levelled(sound: Sound) -> Sound:
    """Bring the active speech to −20 dBFS."""
    active = sound[_is_active(sound)]
    if not len(active):
        return sound
    return sound * np.float32(_LOUDNESS / float(np.sqrt(np.mean(active**2))))


def _is_active(sound: Sound) -> NDArray[np.bool_]:
    """Which samples belong to speech: those in 10 ms that are loud enough against the peak."""
    step = SAMPLE_RATE_HZ // 100
    padded = np.pad(np.abs(sound), (0, -len(sound) % step))
    loud = padded.reshape(-1, step).max(axis=1) if len(sound) else np.zeros(0, dtype=np.float32)
    limit = _ACTIVE * (loud.max() if len(loud) else 1.0)
    return np.repeat(loud > limit, step)[: len(sound)]


def bundled_model() -> Path:
    """Return the installed voice file. Raises ImportError."""
    from hibari.voices import voice_path

    return Path(voice_path(_VOICE, download_missing=False))
