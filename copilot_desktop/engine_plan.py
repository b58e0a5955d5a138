"""What the settings say about engines: which listens, answers, speaks and judges, and their stand-ins."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.config import Settings, plain
from copilot_desktop.config.servers import is_same_server
from copilot_desktop.engines.server.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Sequence


_IN_CALL = (EnginePart.HEARING, EnginePart.WRITER, EnginePart.VOICE)


class EngineKind(StrEnum):
    """How an engine is reached."""

    EMBEDDED = "embedded"
    LIVE = "live"
    """Words come while somebody speaks."""
    FILE = "file"
    """One request an utterance."""
    RESPONSES = "responses"
    CHAT = "chat"
    SPEECH = "speech"
    REALTIME = "realtime"


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """One engine for one part. `endpoint` is None for those of this computer."""

    kind: EngineKind
    endpoint: Endpoint | None = None


_OPENAI_FIRST: dict[EnginePart, tuple[EngineKind, ...]] = {
    EnginePart.HEARING: (EngineKind.LIVE, EngineKind.FILE),
    EnginePart.WRITER: (EngineKind.RESPONSES,),
    EnginePart.VOICE: (EngineKind.SPEECH, EngineKind.REALTIME),
    EnginePart.JUDGE: (EngineKind.RESPONSES,),
}
_OTHERS_FIRST: dict[EnginePart, tuple[EngineKind, ...]] = {
    EnginePart.HEARING: (EngineKind.FILE,),
    EnginePart.WRITER: (EngineKind.CHAT,),
    EnginePart.VOICE: (EngineKind.SPEECH,),
    EnginePart.JUDGE: (EngineKind.CHAT,),
}
"""What private servers that speak OpenAI's protocol all know."""


def choices(settings: Settings, part: EnginePart) -> Sequence[EngineChoice]:
    """Return the engines for `part`, best first; for the judge there may be none.

    A part at a server of its own gets its own key or none, never the common one.
    """
    from copilot_desktop.engines.server.openai_models import default_models

    wanted = getattr(settings, f"{part.value}_engine")
    base_url = getattr(settings, f"{part.value}_base_url") or settings.openai_base_url
    key = _key(settings, part, base_url)
    model = getattr(settings, f"{part.value}_model")
    embedded = () if part is EnginePart.JUDGE else (EngineChoice(EngineKind.EMBEDDED),)

    def remote(kind: EngineKind) -> EngineChoice:
        models = tuple(dict.fromkeys([*([model] if model else []), *default_models(part, kind.value)]))
        known = Endpoint(base_url, models, key)
        if model and not known.is_openai:
            # Another's server knows what was typed; without that it is asked for ours.
            known = Endpoint(base_url, (model,), key)
        return EngineChoice(kind, known)

    if wanted in ("embedded", "none"):
        return embedded
    if wanted != "auto":
        return (remote(EngineKind(wanted)), *embedded)
    is_openai = Endpoint(base_url, ()).is_openai
    if is_openai and not key:
        return embedded
    kinds = (_OPENAI_FIRST if is_openai else _OTHERS_FIRST)[part]
    return (*map(remote, kinds), *embedded)


def hosts(settings: Settings) -> tuple[str, ...]:
    """Return the servers that get something of a practice call; none with this computer's engines alone.

    The judge's is among them only if there are others: else practice is not judged.
    """
    found = _hosts(settings, _IN_CALL)
    if not found or not settings.judge_calls:
        return found
    return tuple(dict.fromkeys([*found, *_hosts(settings, (EnginePart.JUDGE,))]))


def _hosts(settings: Settings, parts: Sequence[EnginePart]) -> tuple[str, ...]:
    endpoints = (choice.endpoint for part in parts for choice in choices(settings, part))
    return tuple(dict.fromkeys(each.host for each in endpoints if each is not None))


def _key(settings: Settings, part: EnginePart, base_url: str) -> str:
    """Return the part's own key, or the common one where it is at the server for which that was given."""
    if own := plain(getattr(settings, f"{part.value}_api_key")):
        return own
    return plain(settings.openai_api_key) if is_same_server(base_url, settings.openai_base_url) else ""
