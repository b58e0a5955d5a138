"""Traffic: the last requests to engines elsewhere, as they were sent. In memory only, never in a log."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

MOST_REQUESTS = 20
MOST_LETTERS = 64 * 1024
_KEY = re.compile(r"\b(?:sk|ek|pk)[-_][\w-]{6,}|(?i:bearer\s+)\S+")
_GONE = "***"
_SOUND = ("audio", "data", "input_audio")
_LEAST_SOUND = 200
_APPENDED = '"input_audio_buffer.append"'
_WAV_HEADER = 44


@dataclass(frozen=True, slots=True)
class SentRequest:
    """One request: to whom, what for, and its body in words, without keys; sound only by its length."""

    at: datetime
    host: str
    path: str
    body: str


class Traffic:
    """Filled where requests leave; `last` reads. One loop. `host_count` counts also what is no more kept."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._kept: deque[SentRequest] = deque(maxlen=MOST_REQUESTS)
        self._streamed: dict[str, float] = {}
        self.counts: dict[str, int] = {}
        """How many requests went to each host since the program began."""

    @property
    def last(self) -> tuple[SentRequest, ...]:
        """The newest requests, newest first."""
        return tuple(reversed(self._kept))

    def sent(self, host: str, path: str, content_type: str, body: bytes, key: str = "") -> None:
        """Remember a request. `key`: what must not be seen, wherever it stands."""
        self._keep(host, path, _without_keys(_in_words(content_type, body), key))

    def streamed(self, host: str, text: str, bytes_a_second: int, key: str = "") -> None:
        """Remember a message on an open connection. Sound that goes on adds to the entry before."""
        if _APPENDED in text[:80]:
            before = (
                self._streamed.get(host, 0.0) if self._kept and self._is_sound(self._kept[-1], host) else 0.0
            )
            seconds = before + len(text) * 3 / 4 / bytes_a_second
            self._streamed[host] = seconds
            words = f"{seconds:.1f} s of sound, as it was spoken"
            if before:
                self._kept[-1] = replace(self._kept[-1], at=self._now(), body=words)
            else:
                self._keep(host, "realtime: sound", words)
            return
        self._keep(host, "realtime", _without_keys(_in_words("application/json", text.encode()), key))

    def _is_sound(self, entry: SentRequest, host: str) -> bool:
        return entry.host == host and entry.path == "realtime: sound"

    def _keep(self, host: str, path: str, body: str) -> None:
        self.counts[host] = self.counts.get(host, 0) + 1
        self._kept.append(SentRequest(self._now(), host, path, body[:MOST_LETTERS]))


def _in_words(content_type: str, body: bytes) -> str:
    if not body:
        return "(nothing but the address)"
    if "multipart" in content_type:
        return _parts(content_type, body)
    try:
        return json.dumps(_without_sound(json.loads(body)), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return f"({len(body)} bytes)"


def _parts(content_type: str, body: bytes) -> str:
    """Return the fields of a form, a line each."""
    border = content_type.partition("boundary=")[2].strip('"').encode()
    lines = []
    for part in body.split(b"--" + border)[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        if name is None:
            continue
        content = content.removesuffix(b"\r\n")
        is_file = b"filename=" in head
        words = _sound_words(content) if is_file else content.decode("utf-8", "replace")
        lines.append(f"{name[1].decode('utf-8', 'replace')}: {words}")
    return "\n".join(lines)


def _sound_words(content: bytes) -> str:
    """Return how long a WAV is; of other files, how large."""
    if content[:4] == b"RIFF" and len(content) > _WAV_HEADER:
        bytes_a_second = int.from_bytes(content[28:32], "little")
        if bytes_a_second:
            return f"{(len(content) - _WAV_HEADER) / bytes_a_second:.1f} s of sound"
    return f"{len(content)} bytes"


def _without_sound(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: f"({len(each) * 3 // 4} bytes of sound)"
            if name in _SOUND and isinstance(each, str) and len(each) > _LEAST_SOUND
            else _without_sound(each)
            for name, each in value.items()
        }
    return [_without_sound(each) for each in value] if isinstance(value, list) else value


def _without_keys(text: str, key: str) -> str:
    return _KEY.sub(_GONE, text.replace(key, _GONE) if key else text)
