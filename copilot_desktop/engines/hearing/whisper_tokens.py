"""WhisperTokens: the numbers Whisper writes ⇄ text.

Reading goes by the model's own vocabulary. Only a prompt needs the tokenizer's rules, and only then they are
loaded: that takes 70 ms in which nothing else in the process moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

_PROMPT_TOKENS = 100


class WhisperTokens:
    """`folder` holds vocabulary.txt and tokenizer.json. Raises OSError; ValueError if it is not Whisper's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Not splitlines(): some tokens are line separators of other alphabets.
        self._names = (folder / "vocabulary.txt").read_text("utf-8").rstrip("\n").split("\n")
        self._bytes = _bytes_by_sign()
        self.text_end = self._names.index("<|endoftext|>")
        self.start = [self._names.index(name) for name in ("<|startoftranscript|>", "<|notimestamps|>")]
        self._before = self._names.index("<|startofprev|>")
        self._tokenizer: Any = None

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of `ids` without control tokens."""
        signs = "".join(self._names[number] for number in ids if number < self.text_end)
        return bytes(self._bytes[sign] for sign in signs).decode("utf-8", "replace")

    def prompt(self, text: str) -> list[int]:
        """Return `text` as what was said before; the last 100 tokens of it."""
        if not text.strip():
            return []
        if self._tokenizer is None:
            from tokenizers import Tokenizer

            self._tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        ids: list[int] = self._tokenizer.encode(" " + text.strip(), add_special_tokens=False).ids
        return [self._before, *ids[-_PROMPT_TOKENS:]]


def _bytes_by_sign() -> dict[str, int]:
    """Return the byte each sign of the vocabulary stands for.

    Printable Latin-1 stands for itself; the other bytes, in order, are the signs from 256 on.
    """
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + n): byte for n, byte in enumerate(hidden)}
