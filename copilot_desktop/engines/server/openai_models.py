"""Which models there are, what they are for, and when OpenAI shuts them down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.engines.server.openai_faults import told_as

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_WARN_DAYS = 90
_MOST_MODELS = 1000
_LONGEST_ID = 200
_LIST_S = 10.0


class ModelUse(StrEnum):
    """What a model does, as far as its name tells."""

    HEARING = "hearing"
    SPEECH = "speech"
    REALTIME = "realtime"
    TEXT = "text"
    OTHER = "other"
    """Pictures, search, sorting: nothing of ours."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model of a server."""

    id: str
    shutdown: date | None = None
    """The first day on which it is not there; None: none is known."""


@dataclass(frozen=True, slots=True)
class ModelWarning:
    """A model that is gone, or will be soon."""

    model: str
    shutdown: date
    is_gone: bool
    successor: str = ""
    """What takes its place, where that is known."""

    def __str__(self) -> str:
        when = f"{self.shutdown.day} {self.shutdown:%B %Y}"
        told = f"gone since {when}" if self.is_gone else f"shuts down on {when}"
        return f"{told}; use {self.successor}" if self.successor else told


_TEXT = ("gpt-6-luna", "gpt-6.1-terra", "gpt-4o-mini")
_JUDGING = ("gpt-6-luna", "gpt-6-sol")

DEFAULT_MODELS: Mapping[EnginePart, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        EnginePart.HEARING: {
            # Without them one request an utterance comes next: sooner than a session that hears in turns.
            "live": ("gpt-live-transcribe", "gpt-realtime-whisper"),
            "file": ("gpt-transcribe", "gpt-4o-transcribe", "whisper-1"),
        },
        EnginePart.WRITER: {"responses": _TEXT, "chat": _TEXT},
        EnginePart.VOICE: {
            "speech": ("gpt-4o-mini-tts", "tts-1"),
            "realtime": ("gpt-realtime-2.1-mini", "gpt-realtime-2.1"),
        },
        EnginePart.JUDGE: {"responses": _JUDGING, "chat": _JUDGING},
    }
)
"""By part and kind of engine, best first, where the owner names none."""

_SHUTDOWNS: tuple[tuple[date, str, tuple[str, ...]], ...] = (
    (
        date(2026, 10, 23),
        "gpt-6-luna",
        ("gpt-4.1-nano", "o4-mini", "o3-mini", "o1", "gpt-4", "gpt-4-turbo", "gpt-3.5-turbo"),
    ),
    (date(2026, 12, 11), "gpt-6-luna", ("gpt-5", "gpt-5-mini", "gpt-5-nano", "o3")),
    (
        date(2027, 1, 6),
        "gpt-realtime-2.1-mini over the Realtime protocol",
        ("tts-1", "tts-1-hd", "gpt-4o-mini-tts"),
    ),
    (date(2027, 1, 14), "gpt-6-luna", ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini")),
    (date(2027, 1, 20), "gpt-realtime-2.1", ("gpt-realtime",)),
    (date(2027, 1, 20), "gpt-realtime-2.1-mini", ("gpt-realtime-mini", "gpt-audio-mini")),
    (
        date(2027, 2, 26),
        "gpt-transcribe",
        ("whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-4o-transcribe-diarize"),
    ),
    (date(2027, 4, 1), "gpt-6-luna", ("gpt-5.1", "gpt-5.4-nano")),
)
"""Announced by November 2026. What the server itself says goes before this."""

_ANNOUNCED = {name: (day, successor) for day, successor, names in _SHUTDOWNS for name in names}
_DATED = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{4}|\d{8})$")
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")

_USES = (
    (
        ModelUse.OTHER,
        r"embed|moderation|dall-e|image|sora|video|search|diarize|translat|rerank|computer-use|codex"
        r"|babbage|davinci|turbo-instruct|guard|gpt-live-\d",
    ),
    (ModelUse.HEARING, r"transcribe|whisper|parakeet|canary|moonshine|\basr\b|speech-to-text|\bstt\b"),
    (ModelUse.REALTIME, r"realtime"),
    (ModelUse.SPEECH, r"\btts|tts\b|kokoro|piper|orpheus|text-to-speech|chatterbox"),
    (ModelUse.OTHER, r"audio"),
)
"""The first that is found in a name counts; what holds none of them writes text."""

_PART_USES = {
    EnginePart.HEARING: ModelUse.HEARING,
    EnginePart.WRITER: ModelUse.TEXT,
    EnginePart.JUDGE: ModelUse.TEXT,
}


def default_models(part: EnginePart, kind: str) -> tuple[str, ...]:
    """Return what to try for `part` by an engine of `kind` ("live", "speech"…), best first; maybe none."""
    return DEFAULT_MODELS[part].get(kind, ())


async def models_of(client: AsyncOpenAI) -> tuple[ModelInfo, ...]:
    """Return what a server has, as it lists it; at most 1000.

    Raises:
        EngineError: it cannot be asked, or answers with something else.
    """
    name = client.base_url.host
    with told_as(name):
        page = await client.models.list(timeout=_LIST_S)
    listed = getattr(page, "data", None)
    if not isinstance(listed, list):
        raise EngineError(name, "it lists no models", fault=EngineFault.BAD_ANSWER)
    is_openai = name == "api.openai.com" or name.endswith(".api.openai.com")
    found = (_info(model, may_know=is_openai) for model in listed[:_MOST_MODELS])
    return tuple({info.id: info for info in found if info is not None}.values())


def use_of(model: str) -> ModelUse:
    """Return what a model is for, by its name."""
    for use, pattern in _USES:
        if re.search(pattern, model.lower()):
            return use
    return ModelUse.TEXT


def fitting(models: Iterable[ModelInfo], part: EnginePart, kind: str = "") -> tuple[ModelInfo, ...]:
    """Return those that `part` can use, our own choices first, then the newest names.

    Where no name tells that it fits, as on many private servers, all are returned that may.
    """
    use = _PART_USES.get(part) or (ModelUse.REALTIME if kind == "realtime" else ModelUse.SPEECH)
    known = [(model, use_of(model.id)) for model in models]
    fit = [model for model, its_use in known if its_use is use]
    if part is EnginePart.HEARING and kind == "file":
        fit = [model for model in fit if not _is_live_only(model.id)]
    if not fit:
        fit = [model for model, its_use in known if its_use in (ModelUse.TEXT, ModelUse.OTHER)]
    preferred = default_models(part, kind) or tuple(
        name for names in DEFAULT_MODELS[part].values() for name in names
    )
    return tuple(sorted(fit, key=lambda model: _place(model.id, preferred)))


def warning(model: ModelInfo, today: date) -> ModelWarning | None:
    """Return what is to be told of a model that is gone or shuts down within 90 days; else None."""
    if model.shutdown is None or (model.shutdown - today).days > _WARN_DAYS:
        return None
    _, successor = _announced(model.id) or (None, "")
    return ModelWarning(model.id, model.shutdown, model.shutdown <= today, successor)


def known(model: str) -> ModelInfo:
    """Return what is known of one of OpenAI's models without asking."""
    announced = _announced(model)
    return ModelInfo(model, announced[0] if announced else None)


def _announced(model: str) -> tuple[date, str] | None:
    """A snapshot of a day goes with the model that it is a snapshot of."""
    return _ANNOUNCED.get(model) or _ANNOUNCED.get(_DATED.sub("", model))


def _info(model: Any, *, may_know: bool) -> ModelInfo | None:
    name = getattr(model, "id", None)
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_ID:
        return None
    told = _day(getattr(model, "shutdown_date", None))
    return ModelInfo(name, told or (known(name).shutdown if may_know else None))


def _day(told: object) -> date | None:
    """A day as servers write it: ISO 8601, or seconds since 1970."""
    try:
        if isinstance(told, str):
            return date.fromisoformat(told[:10])
        if isinstance(told, int | float) and told > 0:
            return datetime.fromtimestamp(told, UTC).date()
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _is_live_only(model: str) -> bool:
    return "live" in model or "realtime" in model


def _place(model: str, preferred: tuple[str, ...]) -> tuple[object, ...]:
    """Ours in their order; then the rest from high numbers to low ones, snapshots of a day last."""
    if model in preferred:
        return (0, preferred.index(model), (), model)
    numbers = tuple(-float(number) for number in re.findall(r"\d+(?:\.\d+)?", _SNAPSHOT.sub("", model)))
    return (1, int(_SNAPSHOT.search(model) is not None), numbers, model)
