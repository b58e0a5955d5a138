"""TextRequests: what all requests for text to one server share: which model, which fields, what it cost."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected
from copilot_desktop.calls.events import CallId
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.server.openai_faults import fault_of

if TYPE_CHECKING:
    from openai import AsyncOpenAI

log = logging.getLogger("copilot.engines")

T = TypeVar("T")
OnUsage = Callable[[Usage, CallId | None], None]

_CHARACTERS_PER_TOKEN = 4
_MOST_TRIES = 8
"""Of one model, each with one field less."""


class TextRequests:
    """One server, for one writer.

    Not every model knows every field. Those it may do without are in `optional`; what a model refuses is
    left out from then on. Models that are gone are passed over.
    """

    def __init__(
        self,
        connections: OpenAIConnections,
        endpoint: Endpoint,
        on_usage: OnUsage,
        *,
        optional: tuple[str, ...],
    ) -> None:
        self.endpoint = endpoint
        self._connections, self._on_usage, self._optional = connections, on_usage, optional
        self._left_out: dict[str, set[str]] = {}

    @property
    def name(self) -> str:
        """Server and model, in words for the screen."""
        host = "OpenAI" if self.endpoint.is_openai else self.endpoint.host
        models = self._connections.alive(self.endpoint) or self.endpoint.models
        return f"{host} {models[0]}" if models else host

    @property
    def first_model(self) -> str:
        """The one that a request would go to now."""
        return next(iter(self._connections.alive(self.endpoint)), "")

    def knows(self, model: str, field: str) -> bool:
        """Return whether `model` has not refused `field` so far."""
        return field not in self._left_out.get(model, ())

    async def begin(self, make: Callable[[AsyncOpenAI, str], Awaitable[T]]) -> tuple[str, T]:
        """Return the model that took the request, and what `make` got for it.

        Raises:
            EngineRejected: no model of the endpoint is there.
            openai.OpenAIError: what `make` raised.
        """
        client = await self._connections.client(self.endpoint)
        for model in self._connections.alive(self.endpoint):
            for _ in range(_MOST_TRIES):
                try:
                    return model, await make(client, model)
                except Exception as error:
                    fault = fault_of(error)
                    if fault is EngineFault.MODEL_MISSING:
                        self._connections.is_gone(self.endpoint, model)
                        break
                    if fault is not EngineFault.REQUEST_REFUSED or not self._learn(model, error):
                        raise
        raise EngineRejected(self.name, "none of its models is there", fault=EngineFault.MODEL_MISSING)

    def _learn(self, model: str, error: Exception) -> bool:
        """Leave out what was refused; return False if that is not the reason."""
        left_out = self._left_out.setdefault(model, set())
        named = f"{getattr(error, 'param', None) or ''} {getattr(error, 'message', None) or ''}".lower()
        open_fields = [field for field in self._optional if field not in left_out]
        refused = [field for field in open_fields if field.replace("_", "") in named.replace("_", "")]
        if not refused and not self.endpoint.is_openai:
            refused = open_fields
        left_out.update(refused)
        if refused:
            log.info("%s: left out from now on: %s", self.name, ", ".join(refused))
        return bool(refused)

    def tell_usage(self, model: str, call: CallId | None, usage: Any, *, asked: int, got: int) -> None:
        """Report what one request is charged for; without `usage`, estimated from the characters."""
        tokens = _count(usage)
        is_estimate = tokens is None
        read, cached, written = tokens or (asked // _CHARACTERS_PER_TOKEN, 0, got // _CHARACTERS_PER_TOKEN)
        self._on_usage(
            Usage(
                part=EnginePart.WRITER,
                model=model,
                host=self.endpoint.host,
                input_tokens=read,
                cached_tokens=cached,
                output_tokens=written,
                is_estimate=is_estimate,
            ),
            call,
        )


def sound(read: Callable[[Any], T], given: Any, engine: str) -> T:
    """Return what `read` makes of something of theirs; the package lets through what has no such form.

    Raises:
        EngineError: BAD_ANSWER.
    """
    try:
        return read(given)
    except (AttributeError, TypeError, LookupError):
        raise EngineError(engine, "it answered in another form", fault=EngineFault.BAD_ANSWER) from None


def _count(usage: Any) -> tuple[int, int, int] | None:
    """Return tokens read, cached among them, written: under the names of both protocols. None: not told."""
    if usage is None:
        return None
    read = _number(usage, "input_tokens", "prompt_tokens")
    written = _number(usage, "output_tokens", "completion_tokens")
    if not read and not written:
        return None
    details = getattr(usage, "input_tokens_details", None) or getattr(usage, "prompt_tokens_details", None)
    return read, _number(details, "cached_tokens"), written


def _number(holder: Any, *names: str) -> int:
    values = [getattr(holder, name, None) for name in names]
    return next((value for value in values if isinstance(value, int)), 0)
