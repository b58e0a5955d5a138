"""ChatWriter: answers over Chat Completions, which every server that speaks OpenAI's protocol knows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.ports import Knowledge
from copilot_desktop.engines.server.endpoint import Endpoint
from copilot_desktop.engines.server.openai_connection import OpenAIConnections
from copilot_desktop.engines.server.openai_faults import told_as
from copilot_desktop.engines.writing.briefing import Briefing
from copilot_desktop.engines.writing.openai_writer import least_effort
from copilot_desktop.engines.writing.prompting import Message, Prompt, ToolAsked, ToolForm, ToolRound
from copilot_desktop.engines.writing.remote_writer import RETRIEVAL_LIMIT_S, CutOff, Piece, RemoteWriter
from copilot_desktop.engines.writing.text_requests import OnUsage, TextRequests, sound

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_OPTIONAL = (
    "reasoning_effort",
    "verbosity",
    "stream_options",
    "prompt_cache_key",
    "response_format",
    "tool_choice",
    "tools",
    "store",
)
_MOST_CALL_CHARACTERS = 20_000
_THOUGHT, _END_OF_THOUGHT = "<think>", "</think>"


class ChatWriter(RemoteWriter):
    """A `ports.ReplyWriter` over `chat.completions`.

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
            ChatExchange(requests),
            briefing=briefing,
            knowledge=knowledge,
            retrieval_limit_s=retrieval_limit_s,
        )


class ChatExchange:
    """A `remote_writer.Exchange`."""

    def __init__(self, requests: TextRequests) -> None:
        self._requests = requests

    @property
    def name(self) -> str:
        """Server and model."""
        return self._requests.name

    async def stream(self, prompt: Prompt, call: CallId) -> AsyncGenerator[Piece, None]:
        """Yield text and calls. Raises EngineError; BROKEN_OFF if the other side ends without an end."""
        reading = _Reading()
        model = self._requests.first_model
        is_charged = True  # Who is cancelled while waiting has asked all the same.

        async def begin(client: AsyncOpenAI, model: str) -> Any:
            create: Any = client.chat.completions.create
            return await create(stream=True, **self._fields(model, prompt, is_stream=True))

        try:
            with told_as(self.name):
                try:
                    model, chunks = await self._requests.begin(begin)
                except Exception:
                    is_charged = False
                    raise
                async with chunks:
                    async for chunk in chunks:
                        if text := sound(reading.take, chunk, self.name):
                            yield text
                for piece in reading.rest():
                    yield piece
                if not reading.finish_reason:
                    raise EngineError(self.name, "it ended in the middle", fault=EngineFault.BROKEN_OFF)
        finally:
            if is_charged:
                asked = prompt.characters()
                self._requests.tell_usage(model, call, reading.usage, asked=asked, got=reading.characters)

    async def ask(self, prompt: Prompt, call: CallId) -> str:
        """Return all the text of an answer. Raises EngineError."""

        async def make(client: AsyncOpenAI, model: str) -> Any:
            create: Any = client.chat.completions.create
            return await create(**self._fields(model, prompt, is_stream=False))

        with told_as(self.name):
            model, answer = await self._requests.begin(make)
            text = sound(lambda whole: str(whole.choices[0].message.content or ""), answer, self.name)
            asked = prompt.characters()
            self._requests.tell_usage(model, call, answer.usage, asked=asked, got=len(text))
        return text.rpartition(_END_OF_THOUGHT)[2]

    def _fields(self, model: str, prompt: Prompt, *, is_stream: bool) -> dict[str, Any]:
        """Return the request; what only OpenAI knows goes to OpenAI only."""
        is_openai = self._requests.endpoint.is_openai
        fields: dict[str, Any] = {
            "model": model,
            "messages": _messages(prompt) if is_openai else _plain_messages(prompt),
        }
        if is_openai:
            fields |= {
                "max_completion_tokens": prompt.most_tokens,
                "store": False,
                "prompt_cache_key": prompt.cache_key,
            }
            if effort := least_effort(model):
                fields |= {"reasoning_effort": effort, "verbosity": "low"}
        else:
            fields["max_tokens"] = prompt.most_tokens
        if is_stream:
            fields["stream_options"] = {"include_usage": True}
        if prompt.schema is not None and is_openai:
            form = {"name": "answer", "schema": dict(prompt.schema), "strict": True}
            fields["response_format"] = {"type": "json_schema", "json_schema": form}
        # Others do not know how to show a tool and forbid it.
        if prompt.tools and self._requests.knows(model, "tools") and (is_openai or prompt.may_call):
            fields["tools"] = [_tool(form, is_strict=is_openai) for form in prompt.tools]
            if is_openai:
                fields["tool_choice"] = "auto" if prompt.may_call else "none"
        return {name: value for name, value in fields.items() if self._requests.knows(model, name)}


@dataclass(slots=True)
class _Call:
    """A function call whose pieces are still coming."""

    call_id: str = ""
    name: str = ""
    arguments: str = ""


class _Reading:
    """Puts the chunks of one stream together."""

    def __init__(self) -> None:
        self.finish_reason = ""
        self.usage: Any = None
        self.characters = 0
        self._calls: dict[int, _Call] = {}
        self._thoughts = _Thoughts()

    def take(self, chunk: Any) -> str:
        """Return the text of one chunk; calls are kept for the end."""
        self.usage = getattr(chunk, "usage", None) or self.usage
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        self.finish_reason = choice.finish_reason or self.finish_reason
        delta = choice.delta
        if delta is None:
            return ""
        for part in delta.tool_calls or ():
            self._take_call(part)
        text = (delta.content or "") + (getattr(delta, "refusal", None) or "")
        self.characters += len(text)
        return self._thoughts.without(text)

    def rest(self) -> list[Piece]:
        """Return what can be told only at the end."""
        pieces: list[Piece] = [self._thoughts.rest()]
        for index in sorted(self._calls):
            call = self._calls[index]
            if call.name:
                pieces.append(ToolAsked(call.call_id or f"call-{index}", call.name, call.arguments))
        if self.finish_reason in ("length", "content_filter"):
            pieces.append(CutOff())
        return [piece for piece in pieces if piece != ""]

    def _take_call(self, part: Any) -> None:
        # Some servers send each call whole and leave out its number.
        number = part.index if part.index is not None else len(self._calls)
        call = self._calls.setdefault(number, _Call())
        call.call_id = part.id or call.call_id
        if part.function is not None:
            call.name = part.function.name or call.name
            if len(call.arguments) < _MOST_CALL_CHARACTERS:
                call.arguments += part.function.arguments or ""
            self.characters += len(part.function.arguments or "")


class _Thoughts:
    """Leaves out what some models think aloud before they answer."""

    def __init__(self) -> None:
        self._held = ""
        self._is_over = False

    def without(self, text: str) -> str:
        """Return what of `text` is the answer."""
        if self._is_over:
            return text
        self._held += text
        begun = self._held.lstrip()
        if begun.startswith(_THOUGHT):
            thought, end, answer = begun.partition(_END_OF_THOUGHT)
            self._is_over = bool(end)
            # Of a long thought only its end matters.
            self._held = "" if end else _THOUGHT + thought[len(_THOUGHT) :][-len(_END_OF_THOUGHT) :]
            return answer.lstrip()
        if _THOUGHT.startswith(begun):
            return ""
        self._is_over, held, self._held = True, self._held, ""
        return held

    def rest(self) -> str:
        """Return what was held back for nothing."""
        held = self._held
        return "" if self._is_over or held.lstrip().startswith(_THOUGHT) else held


def _messages(prompt: Prompt) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "system", "content": prompt.instructions}]
    for message in prompt.messages:
        if isinstance(message, ToolRound):
            messages += _round(message)
        else:
            messages.append({"role": message.role, "content": message.text})
    return messages


def _plain_messages(prompt: Prompt) -> list[dict[str, Any]]:
    """Return messages as the strictest chat templates want them.

    One "system" at the beginning, then user and assistant by turns, the user first. What is ours in
    between goes into the user's message, in marks that a caller's words cannot have.
    """
    messages: list[dict[str, Any]] = [{"role": "system", "content": prompt.instructions}]
    for message in prompt.messages:
        if isinstance(message, ToolRound):
            messages += _round(message)
            continue
        role, text = _plain(message)
        if messages[-1]["role"] == role:
            messages[-1]["content"] += "\n" + text
            continue
        if len(messages) == 1 and role == "assistant":
            messages.append({"role": "user", "content": "(The call begins.)"})
        messages.append({"role": role, "content": text})
    return messages


def _plain(message: Message) -> tuple[str, str]:
    if message.role == "developer":
        return "user", f"<instruction>\n{message.text}\n</instruction>"
    return message.role, message.text


def _round(tools: ToolRound) -> list[dict[str, Any]]:
    calls = [
        {
            "id": call.call_id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.sound_arguments},
        }
        for call in tools.asked
    ]
    messages: list[dict[str, Any]] = [{"role": "assistant", "content": tools.text, "tool_calls": calls}]
    for call, output in zip(tools.asked, tools.outputs, strict=True):
        messages.append({"role": "tool", "tool_call_id": call.call_id, "content": output})
    return messages


def _tool(form: ToolForm, *, is_strict: bool) -> dict[str, Any]:
    function: dict[str, Any] = {
        "name": form.name,
        "description": form.description,
        "parameters": dict(form.parameters),
    }
    return {"type": "function", "function": function | ({"strict": True} if is_strict else {})}
