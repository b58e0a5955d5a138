"""One request of every kind, of nobody: what the package builds on first use is not the loop's work."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from httpx2 import Request, Response

_RESPONSE = {
    "type": "response.output_text.delta",
    "delta": "",
    "item_id": "",
    "output_index": 0,
    "content_index": 0,
    "sequence_number": 0,
    "logprobs": [],
}
_CHAT = {
    "id": "",
    "object": "chat.completion.chunk",
    "created": 0,
    "model": "",
    "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": None}],
}
_WORDS = (
    {"type": "transcript.text.delta", "delta": ""},
    {"type": "transcript.text.done", "text": "", "usage": {"type": "duration", "seconds": 1}},
)


def rehearse() -> None:
    """Send requests that never leave this process, and read answers of ours. Blocks for some 200 ms."""
    import httpx2
    from openai import OpenAI

    transport = httpx2.MockTransport(_answer)
    with OpenAI(
        api_key="none",
        base_url="http://nobody.invalid/v1",
        max_retries=0,
        http_client=httpx2.Client(transport=transport, trust_env=False),
    ) as client:
        asked: Any = client
        said = [{"role": "user", "content": ""}]
        for _ in asked.responses.create(model="", input=said, stream=True):
            pass
        for _ in asked.chat.completions.create(model="", messages=said, stream=True):
            pass
        sound = ("a.wav", b"", "audio/wav")
        for _ in asked.audio.transcriptions.create(model="", file=sound, stream=True):
            pass
        speech = asked.audio.speech.with_streaming_response
        with speech.create(model="", voice="", input="", response_format="pcm") as answer:
            answer.read()
    for module in ("websockets.asyncio.client", "openai.lib._websocket"):
        importlib.import_module(module)


def _answer(request: Request) -> Response:
    import httpx2

    path = request.url.path
    if path.endswith("/speech"):
        return httpx2.Response(200, content=b"", headers={"content-type": "audio/pcm"})
    events: tuple[object, ...] = _WORDS
    if path.endswith("/responses"):
        events = (_RESPONSE,)
    elif path.endswith("/completions"):
        events = (_CHAT,)
    lines = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    return httpx2.Response(200, content=lines.encode(), headers={"content-type": "text/event-stream"})
