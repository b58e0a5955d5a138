"""The two text services: Responses and Chat Completions, streamed and whole, with functions and schemas."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

from aiohttp import web

from tests.support.openai_peer.brain import AnswerRequest, BrainAnswer, tokens
from tests.support.openai_peer.faults import Fault
from tests.support.openai_peer.peer import OpenAIPeer, Seen, json_body
from tests.support.openai_peer.stream import EventStream

_HUGE_WORDS = 170_000
_ids = itertools.count(1)


async def responses(
    peer: OpenAIPeer, request: web.Request, seen: Seen, fault: Fault | None
) -> web.StreamResponse:
    """POST /v1/responses."""
    body = seen.body = await json_body(request)
    peer.check("/responses", body)
    peer.need_model(body.get("model"))
    asked = _asked_of_responses(body)
    answer = _answer(peer, asked, fault)
    whole = _response(body, asked, answer)
    if not body.get("stream"):
        await asyncio.sleep(peer.delays.first_token_s + peer.delays.token_s * len(list(tokens(answer.text))))
        return web.json_response(whole, headers={"x-request-id": "req_peer"})
    stream = EventStream(request, fault)
    await stream.begin()
    number = itertools.count()

    async def send(kind: str, **rest: Any) -> None:
        await stream.send({"type": kind, "sequence_number": next(number), **rest})

    started = {**whole, "status": "in_progress", "output": [], "usage": None}
    await send("response.created", response=started)
    await send("response.in_progress", response=started)
    await asyncio.sleep(peer.delays.first_token_s)
    place = 0
    if answer.text:
        item = whole["output"][0]
        await send("response.output_item.added", output_index=0, item={**item, "content": []})
        where = {"item_id": item["id"], "output_index": 0, "content_index": 0}
        await send("response.content_part.added", part={**item["content"][0], "text": ""}, **where)
        if await _send_text(peer, stream, send, answer.text, where):
            return stream.response
        await send("response.output_text.done", text=answer.text, logprobs=[], **where)
        await send("response.content_part.done", part=item["content"][0], **where)
        await send("response.output_item.done", output_index=0, item=item)
        place = 1
    for index, item in enumerate(whole["output"][place:], place):
        where = {"item_id": item["id"], "output_index": index}
        await send("response.output_item.added", output_index=index, item={**item, "arguments": ""})
        await send("response.function_call_arguments.delta", delta=item["arguments"], **where)
        done = {"arguments": item["arguments"], "name": item["name"]}
        await send("response.function_call_arguments.done", **done, **where)
        await send("response.output_item.done", output_index=index, item=item)
    last = {"type": "response.completed", "sequence_number": next(number), "response": whole}
    return await stream.send_all([last])


async def _send_text(
    peer: OpenAIPeer, stream: EventStream, send: Any, text: str, where: dict[str, Any]
) -> bool:
    """Send the words; True: the answer broke off."""
    pieces = list(tokens(text))
    for count, piece in enumerate(pieces):
        if count == max(1, len(pieces) // 2) and await stream.break_if_due():
            return True
        if count:
            await asyncio.sleep(peer.delays.token_s)
        await send("response.output_text.delta", delta=piece, logprobs=[], **where)
    return False


async def chat(peer: OpenAIPeer, request: web.Request, seen: Seen, fault: Fault | None) -> web.StreamResponse:
    """POST /v1/chat/completions."""
    body = seen.body = await json_body(request)
    peer.check("/chat/completions", body)
    peer.need_model(body.get("model"))
    asked = _asked_of_chat(body)
    answer = _answer(peer, asked, fault)
    common = {"id": f"chatcmpl-{next(_ids)}", "created": 1, "model": body["model"]}
    calls = [
        {
            "index": index,
            "id": f"call_{next(_ids)}",
            "type": "function",
            "function": {"name": name, "arguments": given},
        }
        for index, (name, given) in enumerate(answer.tool_calls)
    ]
    reason = "tool_calls" if calls else "stop"
    usage = _chat_usage(asked, answer)
    if not body.get("stream"):
        await asyncio.sleep(peer.delays.first_token_s + peer.delays.token_s * len(list(tokens(answer.text))))
        message: dict[str, Any] = {"role": "assistant", "content": answer.text or None, "refusal": None}
        if calls:
            message["tool_calls"] = [{key: call[key] for key in ("id", "type", "function")} for call in calls]
        choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
        return web.json_response({**common, "object": "chat.completion", "choices": [choice], "usage": usage})
    stream = EventStream(request, fault)
    await stream.begin()

    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return {**common, "object": "chat.completion.chunk", "choices": [choice]}

    await asyncio.sleep(peer.delays.first_token_s)
    await stream.send(chunk({"role": "assistant", "content": ""}))
    pieces = list(tokens(answer.text))
    for count, piece in enumerate(pieces):
        if count == max(1, len(pieces) // 2) and await stream.break_if_due():
            return stream.response
        if count:
            await asyncio.sleep(peer.delays.token_s)
        await stream.send(chunk({"content": piece}))
    last: list[dict[str, Any] | str] = [chunk({"tool_calls": [call]}) for call in calls]
    last.append(chunk({}, reason))
    if (body.get("stream_options") or {}).get("include_usage"):
        last.append({**common, "object": "chat.completion.chunk", "choices": [], "usage": usage})
    return await stream.send_all([*last, "[DONE]"])


def _answer(peer: OpenAIPeer, asked: AnswerRequest, fault: Fault | None) -> BrainAnswer:
    if fault is Fault.EMPTY:
        return BrainAnswer("")
    if fault is Fault.HUGE:
        return BrainAnswer("never " * _HUGE_WORDS)
    if fault is Fault.GARBAGE and not asked.is_streamed:
        return BrainAnswer('{"this is": not JSON')
    return peer.brain.answer(asked)


def _asked_of_responses(body: dict[str, Any]) -> AnswerRequest:
    given = body.get("input", "")
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    messages, results = [], []
    for item in items:
        if item.get("type") == "function_call_output":
            results.append(str(item["output"]))
        elif "role" in item:
            messages.append((item["role"], _text_of(item["content"])))
    form = (body.get("text") or {}).get("format") or {}
    return AnswerRequest(
        instructions=body.get("instructions") or "",
        messages=tuple(messages),
        tools=tuple(tool["name"] for tool in body.get("tools") or ()),
        tool_results=tuple(results),
        schema=form.get("schema"),
        is_streamed=bool(body.get("stream")),
    )


def _asked_of_chat(body: dict[str, Any]) -> AnswerRequest:
    messages, results, instructions = [], [], []
    for message in body["messages"]:
        text = _text_of(message.get("content") or "")
        if message["role"] in ("system", "developer"):
            instructions.append(text)
        elif message["role"] == "tool":
            results.append(text)
        else:
            messages.append((message["role"], text))
    form = (body.get("response_format") or {}).get("json_schema") or {}
    return AnswerRequest(
        instructions="\n".join(instructions),
        messages=tuple(messages),
        tools=tuple(tool["function"]["name"] for tool in body.get("tools") or ()),
        tool_results=tuple(results),
        schema=form.get("schema"),
        is_streamed=bool(body.get("stream")),
    )


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def _counts(asked: AnswerRequest, answer: BrainAnswer) -> tuple[int, int]:
    read = len(asked.instructions.split()) + sum(len(text.split()) for _, text in asked.messages)
    return max(1, read), max(1, len(list(tokens(answer.text))) + 8 * len(answer.tool_calls))


def _chat_usage(asked: AnswerRequest, answer: BrainAnswer) -> dict[str, Any]:
    read, written = _counts(asked, answer)
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def _response(body: dict[str, Any], asked: AnswerRequest, answer: BrainAnswer) -> dict[str, Any]:
    output: list[dict[str, Any]] = []
    if answer.text:
        part = {"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}
        output.append(
            {
                "type": "message",
                "id": f"msg_{next(_ids)}",
                "role": "assistant",
                "status": "completed",
                "content": [part],
            }
        )
    for name, arguments in answer.tool_calls:
        call = {
            "type": "function_call",
            "id": f"fc_{next(_ids)}",
            "call_id": f"call_{next(_ids)}",
            "status": "completed",
        }
        output.append({**call, "name": name, "arguments": arguments})
    read, written = _counts(asked, answer)
    return {
        "id": f"resp_{next(_ids)}",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "metadata": {},
        "model": body["model"],
        "output": output,
        "parallel_tool_calls": True,
        "temperature": None,
        "tool_choice": "auto",
        "tools": json.loads(json.dumps(body.get("tools") or [])),
        "top_p": None,
        "store": body.get("store"),
        "service_tier": "default",
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + written,
        },
    }
