"""Reading: one sentence on its way through a realtime session, from the request to its last frame."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected, EngineUnavailable
from copilot_desktop.calls.events import CallId
from copilot_desktop.engines.server.openai_faults import fault_of_code
from copilot_desktop.engines.voice.phone_sound import PhoneSound
from copilot_desktop.engines.voice.reading_check import ReadingCheck

_LETTERS_A_TOKEN = 4
_REQUEST_TOKENS = 80
"""What the instructions and the frame of a request take."""
_MS_AN_AUDIO_TOKEN = 50


class NotTaken(EngineError):
    """The session took no notice of the request: another one may be asked at once."""


class SessionBusy(NotTaken):
    """It reads one sentence at a time."""


@dataclass(frozen=True, slots=True)
class SoundForm:
    """What a session sends: µ-law of 8 kHz, or 16-bit samples of `rate_hz`."""

    is_ulaw: bool
    rate_hz: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a reading is charged for."""

    text_in: int
    cached: int
    text_out: int
    audio_out: int
    is_estimate: bool


class Reading:
    """Fed by the session's reader, which never waits; emptied by whoever speaks.

    `number` is what the session calls it, until it has given it a `response_id`. What waits here is bounded
    by how long the sentence can be.
    """

    def __init__(self, sentence: str, call: CallId | None, number: str, form: SoundForm, engine: str) -> None:
        self.sentence, self.call, self.number = sentence, call, number
        self.response_id = ""
        self.is_over = False
        """Nothing more will come of it."""
        self.is_stopped = False
        """The other side was told to stop."""
        self.given_up_s = float("inf")
        """Since when nobody listens any more."""
        self.begun_s = time.monotonic()
        self._form, self._engine = form, engine
        self._sound = PhoneSound(form.rate_hz, sentence)
        self._check = ReadingCheck(sentence)
        self._frames: deque[bytes] = deque()
        self._has_sound = self._has_words = False
        self._error: EngineError | None = None
        self._news = asyncio.Event()

    @property
    def is_given_up(self) -> bool:
        """Whether nobody listens any more."""
        return self.given_up_s != float("inf")

    def give_up(self) -> None:
        """Whoever listened is gone."""
        self.given_up_s = min(self.given_up_s, time.monotonic())
        self._frames.clear()

    async def next(self, stall_s: float) -> bytes | None:
        """Return the next frames, None after the last.

        Raises:
            EngineError: it failed; after the sound that was good, but at once if it reads something else.
        """
        while not self._frames:
            if self._error is not None:
                raise self._error
            if self.is_over:
                return None
            self._news.clear()
            try:
                async with asyncio.timeout(stall_s):
                    await self._news.wait()
            except TimeoutError:
                self.fail(EngineUnavailable(self._engine, "nothing came", fault=EngineFault.TOO_SLOW))
        return self._frames.popleft()

    def take_sound(self, delta: object) -> None:
        """Take the next sound, in base64."""
        if self.is_over or self.is_given_up:
            return
        try:
            data = base64.b64decode(delta if isinstance(delta, str) else "", validate=True)
            frames = self._sound.push_ulaw(data) if self._form.is_ulaw else self._sound.push(data)
        except ValueError as error:
            self._fail_at_once(str(error))
        else:
            self._give(frames)

    def take_words(self, delta: object) -> None:
        """Take the next words of what it says that it reads."""
        if self.is_over or self.is_given_up:
            return
        if isinstance(delta, str):
            self._has_words = True
            if not self._check.hear(delta):
                self._fail_at_once("it reads something else")

    def take_transcript(self, text: object) -> None:
        """Take all its words, from a server that has not told them before."""
        if not self._has_words:
            self.take_words(text)

    def finish(self, response: Mapping[str, Any]) -> None:
        """The session says that it is done, or why not."""
        if self.is_over:
            return
        if response.get("status", "completed") != "completed":
            self.fail(self._failure(response))
            return
        try:
            frames = self._sound.finish()
        except ValueError as error:
            self._fail_at_once(str(error))
            return
        self._give(frames)
        if self._sound.is_cut_short:
            self.fail(EngineError(self._engine, "it ended too soon", fault=EngineFault.BROKEN_OFF))
        elif not self._check.finish():
            self.fail(EngineError(self._engine, "it read something else", fault=EngineFault.BAD_ANSWER))
        self.is_over = True
        self._news.set()

    def fail(self, error: EngineError) -> None:
        """Let it end with `error`, or BROKEN_OFF if some of its sound is out."""
        if self.is_over:
            return
        if self._has_sound and error.fault is not EngineFault.BAD_ANSWER:
            error = EngineError(self._engine, "broke off", fault=EngineFault.BROKEN_OFF)
        self._error, self.is_over = error, True
        self._news.set()

    def tokens(self, usage: object) -> Tokens:
        """Return what it costs, from the session's own count where there is one."""
        if not isinstance(usage, dict) or not usage:
            return self._estimate()
        read, said = _part(usage, "input_token_details"), _part(usage, "output_token_details")
        return Tokens(
            text_in=_count(read, "text_tokens") or _count(usage, "input_tokens"),
            cached=_count(read, "cached_tokens"),
            text_out=_count(said, "text_tokens"),
            audio_out=_count(said, "audio_tokens") if said else _count(usage, "output_tokens"),
            is_estimate=False,
        )

    def _estimate(self) -> Tokens:
        text = len(self.sentence) // _LETTERS_A_TOKEN + 1
        audio = self._sound.duration_ms // _MS_AN_AUDIO_TOKEN
        return Tokens(_REQUEST_TOKENS + text, 0, text if audio else 0, audio, is_estimate=True)

    def _give(self, frames: bytes) -> None:
        if frames:
            self._has_sound = True
            self._frames.append(frames)
            self._news.set()

    def _fail_at_once(self, reason: str) -> None:
        """What waits must not be said either."""
        self._frames.clear()
        self.fail(EngineError(self._engine, reason, fault=EngineFault.BAD_ANSWER))

    def _failure(self, response: Mapping[str, Any]) -> EngineError:
        code = _part(_part(response, "status_details"), "error").get("code")
        fault = fault_of_code(code if isinstance(code, str) else None) or EngineFault.SERVER_FAILED
        return (EngineRejected if fault.is_lasting else EngineUnavailable)(self._engine, fault=fault)


def request(reading: Reading) -> dict[str, Any]:
    """Return the event that asks for `reading`, beside any conversation."""
    text = json.dumps(
        {"response_text": reading.sentence, "require_repeat_verbatim": True}, ensure_ascii=False
    )
    return {
        "type": "response.create",
        "event_id": reading.number,
        "response": {
            "conversation": "none",
            "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}],
            "output_modalities": ["audio"],
            "metadata": {"id": reading.number},
        },
    }


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, dict) else {}


def _count(whole: Mapping[str, Any], name: str) -> int:
    count = whole.get(name)
    return count if isinstance(count, int) and count > 0 else 0
