"""HearingHints: what a remote transcriber is told beforehand: the language, and names and words to expect."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_FORBIDDEN = re.compile(r"[<>\r\n\x00-\x1f]+")
"""A single one of these lets the whole request be refused."""
_MOST_WORDS, _LONGEST = 100, 60
_MOST_CHARACTERS = 600
"""Older models read the last 224 tokens only."""
_KEYWORD_MODELS = ("gpt-transcribe", "gpt-live-transcribe")
_PROMPT_FREE = ("gpt-realtime-whisper", "gpt-4o-transcribe-diarize")


@dataclass(frozen=True, slots=True)
class HearingHints:
    """Cleaned. `language` is ISO-639-1, or empty."""

    language: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, language: str, vocabulary: Sequence[str]) -> HearingHints:
        """Return `vocabulary` without what servers refuse, without doubles, not too long."""
        cleaned = (" ".join(_FORBIDDEN.sub(" ", word).split()) for word in vocabulary)
        kept = dict.fromkeys(word for word in cleaned if 0 < len(word) <= _LONGEST)
        return cls(language.strip().lower()[:2], tuple(kept)[:_MOST_WORDS])

    def fields(self, model: str) -> dict[str, Any]:
        """Return them as OpenAI's `model` takes them."""
        if model.startswith(_KEYWORD_MODELS):
            fields: dict[str, Any] = {"languages": [self.language]} if self.language else {}
            return fields | ({"keywords": list(self.words)} if self.words else {})
        return self.plain_fields(has_prompt=model not in _PROMPT_FREE)

    def plain_fields(self, *, has_prompt: bool = True) -> dict[str, Any]:
        """Return them as every model before, and every server like OpenAI's, takes them."""
        fields: dict[str, Any] = {"language": self.language} if self.language else {}
        if has_prompt and self.words:
            fields["prompt"] = self.prompt
        return fields

    @property
    def prompt(self) -> str:
        """The words as a text, cut behind a whole one."""
        text = ""
        for word in self.words:
            if len(text) + len(word) + 2 > _MOST_CHARACTERS:
                break
            text += f", {word}" if text else word
        return text
