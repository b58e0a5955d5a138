"""Reads the answer to an upload: a transcript at once, or in pieces, as the server likes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

MOST_BYTES = 400_000
"""Nobody says so much in half a minute."""


async def read_transcript(
    response: Any, on_words: Callable[[str], None], most_characters: int
) -> tuple[str, float | None]:
    """Return the text, and the seconds it is charged for if the server says; `on_words` gets what grows.

    `response` is one of the package's streamed responses. What grows beyond `most_characters` is read no
    further: each piece is looked at anew, and that must not take the time of calls.

    Raises:
        ValueError, TypeError, LookupError: what came is no transcript; also what the connection raises.
    """
    if "event-stream" in response.headers.get("content-type", ""):
        return await _read_events(response, on_words, most_characters)
    body = bytearray()
    async for data in response.iter_bytes():
        body += data
        if len(body) > MOST_BYTES:
            raise ValueError("too long")
    return _read(json.loads(body))


async def _read_events(
    response: Any, on_words: Callable[[str], None], most_characters: int
) -> tuple[str, float | None]:
    text = ""
    size = 0
    async for line in response.iter_lines():
        size += len(line)
        if size > MOST_BYTES:
            raise ValueError("too long")
        if not line.startswith("data:") or (data := line[5:].strip()) == "[DONE]":
            continue
        event = json.loads(data)
        kind = event.get("type")
        if kind == "transcript.text.done":
            return _read(event)
        if kind == "transcript.text.delta" and event["delta"]:
            text += event["delta"]
            if len(text) > most_characters:
                raise ValueError("too long")
            on_words(text)
        elif kind == "error" or "error" in event:
            raise ValueError("an error")
    raise ValueError("broken off")


def _read(told: Any) -> tuple[str, float | None]:
    text = told["text"]
    if not isinstance(text, str):
        raise TypeError("no text")
    usage = told.get("usage")
    seconds = usage.get("seconds") if isinstance(usage, dict) else None
    return text, float(seconds) if isinstance(seconds, int | float) else None
