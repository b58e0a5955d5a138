"""Which voice speaks where: OpenAI's services do not all have the same ones, and refuse what they lack."""

from __future__ import annotations

_OLD_MODELS = "tts-1"
_LACKED_BY_OLD_MODELS = frozenset(("ballad", "verse", "marin", "cedar"))
_LACKED_BY_REALTIME = frozenset(("fable", "onyx", "nova"))
_INSTEAD_OLD, _INSTEAD_REALTIME = "nova", "marin"


def for_speech(voice: str, model: str) -> str:
    """Return the voice to ask the speech service for: `voice`, or one that `model` has."""
    is_lacked = model.startswith(_OLD_MODELS) and voice in _LACKED_BY_OLD_MODELS
    return _INSTEAD_OLD if is_lacked else voice


def for_realtime(voice: str, *, is_openai: bool) -> str:
    """Return the voice to ask a realtime session for. Other servers have voices of their own."""
    return _INSTEAD_REALTIME if is_openai and voice in _LACKED_BY_REALTIME else voice
