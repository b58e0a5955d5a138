"""OpenAIWriter: answers over the Responses protocol, which OpenAI recommends for its own models."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any

from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.ports import Knowledge
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.server.openai_faults import fault_of_code, told_as
from copilot_desktop.engines.writing.briefing import Briefing
from copilot_desktop.engines.writing.prompting import Prompt, ToolAsked, ToolForm, ToolRound
from copilot_desktop.engines.writing.remote_writer import RETRIEVAL_LIMIT_S, CutOff, Piece, RemoteWriter
from copilot_desktop.engines.writing.text_requests import OnUsage, TextRequests, sound

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_OPTIONAL = (
    "reasoning",
    "verbosity",
    "stream_options",
    "prompt_cache_key",
    "tool_choice",
    "format",
    "tools",
)


class OpenAIWriter(RemoteWriter):
    """A `ports.ReplyWriter` over `responses`.

    `briefing` is asked for each answer; `on_usage` is told of each request, on the loop.
    """

    def __init__(
        self,
        connections: OpenAIConnections,
        endpoint: Endpoint,
        *,
        briefing: Callable[[], Briefing],
        knowledge: Knowledge,
        on_usage: OnUsage,
        retrieval_limit_s: float = RETRIEVAL_LIMIT_S,
    ) -> None:
        requests = TextRequests(connections, endpoint, on_usage, optional=_OPTIONAL)
        super().__init__(
            ResponsesExchange(requests),
            briefing=briefing,
            knowledge=knowledge,
            retrieval_limit_s=retrieval_limit_s,
        )


class ResponsesExchange:
    """A `remote_writer.Exchange`."""

    def __init__(self, requests: TextRequests) -> None:
        self._requests = requests

    @property
    def name(self) -> str:
        """Server and model."""
        return self._requests.name

    async def stream(self, prompt: Prompt, call: CallId) -> AsyncGenerator[Piece, None]:
        """Yield text and calls. Raises EngineError; BROKEN_OFF if the other side ends without an end."""
        asked = prompt.characters()
        got, usage, is_over, model = 0, None, False, self._requests.first_model
        is_charged = True  # Who is cancelled while waiting has asked all the same.

        async def begin(client: AsyncOpenAI, model: str) -> Any:
            create: Any = client.responses.create
            return await create(stream=True, **self._fields(model, prompt, is_stream=True))

        try:
            with told_as(self.name):
                try:
                    model, events = await self._requests.begin(begin)
                except Exception:
                    is_charged = False
                    raise
                async with events:
                    async for event in events:
                        pieces = sound(self._pieces, event, self.name)
                        if event.type in ("response.completed", "response.incomplete"):
                            usage, is_over = getattr(event.response, "usage", None), True
                        for piece in pieces:
                            got += len(piece) if isinstance(piece, str) else 40
                            yield piece
                if not is_over:
                    raise EngineError(self.name, "it ended in the middle", fault=EngineFault.BROKEN_OFF)
        finally:
            if is_charged:
                self._requests.tell_usage(model, call, usage, asked=asked, got=got)

    async def ask(self, prompt: Prompt, call: CallId) -> str:
        """Return all the text of an answer. Raises EngineError."""

        async def make(client: AsyncOpenAI, model: str) -> Any:
            create: Any = client.responses.create
            return await create(**self._fields(model, prompt, is_stream=False))

        with told_as(self.name):
            model, response = await self._requests.begin(make)
            text = sound(lambda whole: str(whole.output_text or ""), response, self.name)
            asked = prompt.characters()
            self._requests.tell_usage(model, call, response.usage, asked=asked, got=len(text))
        return text

    def _pieces(self, event: Any) -> list[Piece]:
        """Return what one event says. Those of unknown types say nothing."""
        kind = event.type
        if kind in ("response.output_text.delta", "response.refusal.delta"):
            return [event.delta] if event.delta else []
        if kind == "response.output_item.done" and event.item.type == "function_call":
            item = event.item
            return [ToolAsked(item.call_id, item.name, item.arguments or "")]
        if kind == "response.incomplete":
            return [CutOff()]
        if kind == "response.failed":
            raise self._failed(getattr(event.response.error, "code", None))
        if kind == "error":
            raise self._failed(getattr(event, "code", None))
        return []

    def _failed(self, code: str | None) -> EngineError:
        fault = fault_of_code(code) or EngineFault.SERVER_FAILED
        return EngineError(self.name, "it failed in the middle", fault=fault)

    def _fields(self, model: str, prompt: Prompt, *, is_stream: bool) -> dict[str, Any]:
        """Return the request without what this model or server is not known to understand."""
        is_openai = self._requests.endpoint.is_openai
        fields: dict[str, Any] = {
            "model": model,
            "instructions": prompt.instructions,
            "input": _input(prompt, is_openai=is_openai),
            "max_output_tokens": prompt.most_tokens,
            "store": False,
            "text": _text(model, prompt),
            "tools": [_tool(form, is_strict=is_openai) for form in prompt.tools],
            "tool_choice": "auto" if prompt.may_call else "none",
        }
        if effort := least_effort(model):
            fields["reasoning"] = {"effort": effort}
        if is_openai:
            fields["prompt_cache_key"] = prompt.cache_key
            if is_stream:
                fields["stream_options"] = {"include_obfuscation": False}
        return self._known_fields(model, fields)

    def _known_fields(self, model: str, fields: dict[str, Any]) -> dict[str, Any]:
        knows = self._requests.knows
        for inner in ("verbosity", "format"):
            if not knows(model, inner):
                fields["text"].pop(inner, None)
        if not fields["tools"] or not knows(model, "tools"):
            del fields["tools"], fields["tool_choice"]
        return {name: value for name, value in fields.items() if knows(model, name) and value != {}}


def least_effort(model: str) -> str:
    """Return the least reasoning that a model of OpenAI's knows; empty for models that do not reason."""
    if model.startswith(("gpt-6", "gpt-5.")):
        return "none"
    if model.startswith("gpt-5"):
        return "minimal"
    return "low" if model.startswith(("o3", "o4")) else ""


def _text(model: str, prompt: Prompt) -> dict[str, Any]:
    text: dict[str, Any] = {"verbosity": "low"} if model.startswith(("gpt-5", "gpt-6")) else {}
    if prompt.schema is not None:
        form = {"type": "json_schema", "name": "answer", "schema": dict(prompt.schema), "strict": True}
        text["format"] = form
    return text


def _input(prompt: Prompt, *, is_openai: bool) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for message in prompt.messages:
        if isinstance(message, ToolRound):
            items += _round(message)
        else:
            is_ours = message.role == "developer"
            role = ("developer" if is_openai else "system") if is_ours else message.role
            items.append({"role": role, "content": message.text})
    return items


def _round(tools: ToolRound) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    if tools.text.strip():
        items.append({"role": "assistant", "content": tools.text})
    for call in tools.asked:
        items.append(
            {
                "type": "function_call",
                "call_id": call.call_id,
                "name": call.name,
                "arguments": call.sound_arguments,
            }
        )
    for call, output in zip(tools.asked, tools.outputs, strict=True):
        items.append({"type": "function_call_output", "call_id": call.call_id, "output": output})
    return items


def _tool(form: ToolForm, *, is_strict: bool) -> dict[str, Any]:
    return {
        "type": "function",
        "name": form.name,
        "description": form.description,
        "parameters": dict(form.parameters),
        "strict": is_strict,
    }
