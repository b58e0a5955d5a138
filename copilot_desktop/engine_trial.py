"""Trying engines out: a sentence spoken, heard, answered or judged, and how that went, in words."""

from __future__ import annotations

import asyncio
import time

from pydantic import BaseModel

from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SILENCE, AudioFrame
from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineUnavailable
from copilot_desktop.calls.events import CallId, Party
from copilot_desktop.calls.ports import (
    Conversation,
    HeardStage,
    Hearing,
    Judge,
    Line,
    ReplyWriter,
    Transcriber,
    Voice,
)
from copilot_desktop.engine_set import EngineSet

SENTENCE = "Your order leaves our warehouse tomorrow morning."
_QUESTION = "Hello, can you tell me in one short sentence what you can do for me?"
_LIMIT_S = 20.0
_PACE = 2.5
"""Times real time; services that listen live lose sound that comes much faster."""
_TRAILING_FRAMES = 20


async def try_part(tried: EngineSet, part: EnginePart, own_voice: Voice) -> str:
    """Try one part of `tried`, which has no stand-ins; `own_voice` speaks what is to be heard.

    Raises:
        EngineError: it does not work.
    """
    engines = tried.engines
    try:
        async with asyncio.timeout(_LIMIT_S):
            match part:
                case EnginePart.HEARING:
                    return await _try_hearing(engines.transcriber, own_voice)
                case EnginePart.WRITER:
                    return await _try_writer(engines.writer)
                case EnginePart.VOICE:
                    return await _try_voice(engines.voice)
                case EnginePart.JUDGE:
                    return await _try_judge(tried.judge)
    except TimeoutError:
        raise EngineUnavailable("the engine", "no answer in time", fault=EngineFault.TOO_SLOW) from None


async def sound_of(voice: Voice, text: str) -> bytes:
    """Return `text` spoken, µ-law. Raises EngineError."""
    return b"".join([piece async for piece in voice.speak(text)])


async def words_of(transcriber: Transcriber, sound: bytes) -> tuple[str, float]:
    """Return what is heard in µ-law sound, and how many seconds after its end. Raises EngineError."""
    frames = [sound[start : start + FRAME_BYTES] for start in range(0, len(sound), FRAME_BYTES)]
    async with transcriber.open(CallId("trial"), Party.CALLER) as hearing:
        listening = asyncio.create_task(_final(hearing))
        try:
            hearing.speech_started(0)
            for number, data in enumerate([*frames, *[SILENCE] * _TRAILING_FRAMES]):
                hearing.feed(AudioFrame(data, number * FRAME_MS))
                await asyncio.sleep(FRAME_MS / 1000 / _PACE)
            begun_s = time.monotonic()
            hearing.commit()
            words = await listening
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    return words, time.monotonic() - begun_s


async def _final(hearing: Hearing) -> str:
    async for heard in hearing:
        if heard.stage is HeardStage.FINAL:
            return heard.text
    return ""


async def _try_hearing(transcriber: Transcriber, voice: Voice) -> str:
    words, took_s = await words_of(transcriber, await sound_of(voice, SENTENCE))
    if not words:
        raise EngineError("speech recognition", "no words", fault=EngineFault.BAD_ANSWER)
    return f"Heard: “{words}” – {took_s:.1f} s after the last word."


async def _try_writer(writer: ReplyWriter) -> str:
    talk = Conversation(CallId("trial"), (Line(Party.CALLER, _QUESTION),))
    begun_s = time.monotonic()
    first_s, text = None, ""
    async for draft in writer.reply(talk):
        first_s = first_s if first_s is not None or not draft.text else time.monotonic() - begun_s
        text = draft.text
    return f"Wrote: “{text.strip()}” – first words after {first_s or 0:.1f} s."


async def _try_voice(voice: Voice) -> str:
    begun_s = time.monotonic()
    first_s, count = None, 0
    async for piece in voice.speak(SENTENCE):
        first_s = first_s if first_s is not None else time.monotonic() - begun_s
        count += len(piece)
    return f"Spoke {count / 8000:.1f} s of speech – first sound after {first_s or 0:.1f} s."


class _Opinion(BaseModel):
    """What the judge is asked in a trial."""

    is_polite: bool
    quote: str


async def _try_judge(judge: Judge | None) -> str:
    if judge is None:
        raise EngineUnavailable("the judge", "there is none", fault=EngineFault.NOT_LOADED)
    begun_s = time.monotonic()
    opinion = await judge.judge(
        "Say whether the agent is polite, and quote the words that show it.",
        "Agent: Good morning, how can I help you?\nCaller: Hello.",
        _Opinion,
    )
    verdict = "polite" if opinion.is_polite else "not polite"
    return f"Judged a line in {time.monotonic() - begun_s:.1f} s: {verdict}, “{opinion.quote}”."
