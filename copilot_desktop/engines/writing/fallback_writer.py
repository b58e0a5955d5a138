"""FallbackWriter: several writers behind one port; when one fails, the next answers in the same turn."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.calls.ports import Conversation, Draft, ReplyWriter
from copilot_desktop.calls.sentences import SentenceCutter
from copilot_desktop.engines.engine_health import PATIENCE_S, EngineHealth, fault_in
from copilot_desktop.engines.trials import Trials, closed_after, next_within

log = logging.getLogger("copilot.engines")

_LEAST_WORDS = 4
"""Less than this is no answer to end with: "Sure."."""
_SENTENCE_END = re.compile(r"""[.!?…]["')\]]*$""")


class FallbackWriter:
    """Implements `calls.ports.ReplyWriter` over `writers`, best first; `health` has one name for each.

    `first_text_limit_s` is asked anew each time; later text may take as long. Drafts grow from one writer
    to the next too, as far as they can have been spoken. Raises EngineError when nobody is left.
    `close` ends trials.
    """

    def __init__(
        self, writers: Sequence[ReplyWriter], health: EngineHealth, *, first_text_limit_s: Callable[[], float]
    ) -> None:
        if len(writers) != len(health):
            raise ValueError("each writer needs a name")
        self._writers, self._health, self._limit_s = tuple(writers), health, first_text_limit_s
        self._trials = Trials(health)
        self._newest: int | None = None

    @property
    def origin(self) -> str:
        """Who wrote the newest draft; before the first, who would."""
        return self._writers[self._health.likely() if self._newest is None else self._newest].origin

    async def close(self) -> None:
        """Give up what is tried in the background. Nothing may be writing."""
        await self._trials.close()

    async def reply(self, talk: Conversation) -> AsyncIterator[Draft]:
        """Yield growing drafts."""
        error: Exception | None = None
        told = _Told()
        for index, is_patient in self._health.attempts():
            told.begin_anew()
            try:
                async with closed_after(self._write(index, talk, told, is_patient=is_patient)) as drafts:
                    async for draft in drafts:
                        self._newest = index
                        yield draft
            except Exception as failure:
                self._health.failed(index, fault_in(failure))
                error = failure
                if (ending := told.ending()) is not None:
                    self._newest = index
                    yield ending
                    return
                continue
            self._trials.begin(index, lambda better: self._try(better, talk))
            return
        if isinstance(error, EngineError):
            raise error
        raise self._health.refusal()

    async def alternatives(self, talk: Conversation, answer: str) -> Sequence[Draft]:
        """Return what the first usable writer has to add; nothing if it fails, for nobody waits for it."""
        for index, _ in self._health.attempts():
            try:
                async with asyncio.timeout(PATIENCE_S):
                    return await self._writers[index].alternatives(talk, answer)
            except (EngineError, TimeoutError) as error:
                log.debug("no other things to say (%s)", type(error).__name__)
            return ()
        return ()

    async def _write(
        self, index: int, talk: Conversation, told: _Told, *, is_patient: bool
    ) -> AsyncIterator[Draft]:
        """Yield the drafts of one writer, behind what the one before has said. Raises what it raises."""
        name = self._health.name(index)
        limit_s = max(self._limit_s(), PATIENCE_S if is_patient else 0.0)
        pace = _Pace(_now_s())
        async with closed_after(self._writers[index].reply(talk)) as stream:
            try:
                while (draft := await next_within(stream, pace.left_s(limit_s, _now_s()), name)) is not None:
                    if draft.is_complete and not (draft.text or draft.tools or draft.ends_call):
                        raise EngineError(name, "no text", fault=EngineFault.BAD_ANSWER)
                    pace.take(draft, _now_s())
                    yield told.take(draft)
                    if draft.is_complete:
                        self._served(index, pace, talk)
                        await self._drain(stream, name)
                        return
            except (asyncio.CancelledError, GeneratorExit):
                # Nobody wants to know the rest; so far it has worked.
                self._served(index, pace, talk)
                raise
        raise EngineError(name, "the answer broke off", fault=EngineFault.BROKEN_OFF)

    def _served(self, index: int, pace: _Pace, talk: Conversation) -> None:
        if pace.latency_ms is not None:
            self._health.served(index, pace.latency_ms, talk.call_id)

    async def _drain(self, stream: AsyncIterator[Draft], name: str) -> None:
        """Let the writer finish its books; what comes after the complete answer is nobody's."""
        try:
            while await next_within(stream, self._limit_s(), name) is not None:
                pass
        except EngineError as error:
            log.debug("%s failed after its answer (%s)", name, error.fault.value)

    async def _try(self, index: int, talk: Conversation) -> None:
        name, begun_s = self._health.name(index), _now_s()
        async with closed_after(self._writers[index].reply(talk)) as stream:
            while draft := await next_within(stream, begun_s + self._limit_s() - _now_s(), name):
                if draft.text:
                    return
        raise EngineError(name, "no text", fault=EngineFault.BAD_ANSWER)


class _Pace:
    """When one writer last got further: more text, or one more tool used."""

    def __init__(self, now_s: float) -> None:
        self._begun_s = self._moved_s = now_s
        self._text, self._tool_count = "", 0
        self.latency_ms: int | None = None
        """To the first text, or to the end without any."""

    def left_s(self, limit_s: float, now_s: float) -> float:
        return max(0.0, self._moved_s + limit_s - now_s)

    def take(self, draft: Draft, now_s: float) -> None:
        if draft.text != self._text or len(draft.tools) > self._tool_count:
            self._moved_s = now_s
        self._text, self._tool_count = draft.text, len(draft.tools)
        if self.latency_ms is None and (draft.text or draft.is_complete):
            self.latency_ms = round((now_s - self._begun_s) * 1000)


class _Told:
    """What the reader has got so far, and how much of it can have been spoken.

    The reader cuts the same drafts with the same cutter, so the pieces here are the pieces there.
    """

    def __init__(self) -> None:
        self._cutter = SentenceCutter()
        self._newest = Draft("")
        self._before = ""
        """Spoken words of a writer that failed: the next one's answer stands behind them."""
        self._spoken_end = 0

    def begin_anew(self) -> None:
        """The next writer begins: what nobody can have heard is forgotten."""
        text = self._newest.text
        rest = text[self._spoken_end :]
        self._before = text[: self._spoken_end + len(rest) - len(rest.lstrip())] if self._spoken_end else ""

    def take(self, draft: Draft) -> Draft:
        """Return `draft` as the reader is to get it."""
        if self._before:
            gap = "" if self._before[-1].isspace() else " "
            draft = replace(draft, text=f"{self._before}{gap}{draft.text}" if draft.text else self._before)
        self._newest = draft
        for piece in self._cutter.feed(draft.text, is_complete=draft.is_complete):
            at = draft.text.find(piece, self._spoken_end)
            self._spoken_end = (at if at >= 0 else self._spoken_end) + len(piece)
        return draft

    def ending(self) -> Draft | None:
        """Return an end for an answer that broke off, if whole sentences of it can have been spoken."""
        text = self._newest.text[: self._spoken_end].rstrip()
        if _SENTENCE_END.search(text) is None or len(text.split()) < _LEAST_WORDS:
            return None
        return replace(self._newest, text=text, is_complete=True)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
