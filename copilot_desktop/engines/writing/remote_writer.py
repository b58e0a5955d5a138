"""RemoteWriter: an answer from a language model elsewhere, whatever protocol it speaks.

It gathers what the model needs, lets it search and wish, and checks what may be said.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, ValidationError

from copilot_desktop.calls.errors import CopilotError, EngineError, EngineFault, EngineUnavailable
from copilot_desktop.calls.events import CallId, Tool
from copilot_desktop.calls.ports import Conversation, Draft, Knowledge, Passage, ToolCall
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.words import same_words
from copilot_desktop.engines.writing import prompting, writer_tools
from copilot_desktop.engines.writing.answer_text import AnswerText
from copilot_desktop.engines.writing.briefing import Briefing
from copilot_desktop.engines.writing.fact_check import Evidence, LineFacts
from copilot_desktop.engines.writing.prompting import Message, Prompt, ToolAsked, ToolRound
from copilot_desktop.engines.writing.writer_tools import Toolbox

log = logging.getLogger("copilot.engines")

RETRIEVAL_LIMIT_S = 0.03
_PASSAGES = 3
_SHORT_QUESTION_WORDS = 5
_MOST_ROUNDS = 3
"""Requests for one answer: two searches, and what is said then."""
_ALTERNATIVES_LIMIT_S = 8.0
_MOST_ALTERNATIVES = 2
_MOST_QUESTION_CHARACTERS = 300


class _Alternatives(BaseModel):
    alternatives: list[str]


_ALTERNATIVES_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"alternatives": {"type": "array", "items": {"type": "string"}}},
    "required": ["alternatives"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class CutOff:
    """The model was stopped before its end: too long, or by a filter of its owner."""


Piece = str | ToolAsked | CutOff


class Exchange(Protocol):
    """One protocol to one server."""

    @property
    def name(self) -> str:
        """Server and model, in words for the screen."""
        ...

    def stream(self, prompt: Prompt, call: CallId) -> AsyncGenerator[Piece, None]:
        """Yield what comes. Closed early, the request ends at once. Raises EngineError."""
        ...

    async def ask(self, prompt: Prompt, call: CallId) -> str:
        """Return all the text of a small answer. Raises EngineError."""
        ...


class RemoteWriter:
    """A `ports.ReplyWriter`. Holds no state of a call; any number of replies may run at once."""

    def __init__(
        self,
        exchange: Exchange,
        *,
        briefing: Callable[[], Briefing],
        knowledge: Knowledge,
        retrieval_limit_s: float = RETRIEVAL_LIMIT_S,
    ) -> None:
        self._exchange, self._briefing, self._knowledge = exchange, briefing, knowledge
        self._retrieval_limit_s = retrieval_limit_s
        self._known: tuple[Briefing, Evidence] | None = None
        self._line_facts = LineFacts()

    @property
    def origin(self) -> str:
        """Server and model."""
        return self._exchange.name

    async def prepare(self) -> None:
        """Read the briefing through, which the first reply would have to wait for."""
        await self._owners_facts(self._briefing())

    async def reply(self, talk: Conversation) -> AsyncGenerator[Draft, None]:
        """Yield growing drafts from the first word on. Raises EngineError; closed early, nothing goes on."""
        work = await self._work(talk)
        last = ""
        async with aclosing(self._rounds(work)) as growing:
            async for _ in growing:
                last = work.answer.text
                yield Draft(last, sources=work.answer.sources, tools=tuple(work.wishes))
        text = work.answer.text.rstrip()
        if not text:
            raise EngineError(self.origin, "the answer was empty", fault=EngineFault.BAD_ANSWER)
        wishes = tuple(_kept(work))
        yield Draft(
            # A draft never loses what one before it had, were it but a blank.
            text if len(text) >= len(last) else last,
            is_complete=True,
            sources=work.answer.sources,
            ends_call=any(wish.tool is Tool.END_CALL for wish in wishes),
            tools=wishes,
        )

    async def alternatives(self, talk: Conversation, answer: str) -> Sequence[Draft]:
        """Return up to two other replies, none while the AI speaks for itself. Raises EngineError."""
        if talk.mode is Mode.AI_SPEAKS or not answer.strip():
            return ()
        work = await self._work(talk)
        prompt = Prompt(
            instructions=work.instructions,
            messages=(*work.messages, prompting.alternatives_wish(answer)),
            tools=work.box.forms(),
            may_call=False,
            schema=_ALTERNATIVES_SCHEMA,
            most_tokens=250,
        )
        try:
            async with asyncio.timeout(_ALTERNATIVES_LIMIT_S):
                written = await self._exchange.ask(prompt, talk.call_id)
        except TimeoutError:
            slow = EngineFault.TOO_SLOW
            raise EngineUnavailable(self.origin, "no alternatives in time", fault=slow) from None
        return self._usable(work, _read_alternatives(written), answer)

    # What an answer rests on.

    async def _work(self, talk: Conversation) -> _Work:
        briefing = self._briefing()
        of_this_call = [briefing.moment, *talk.notes, *(line.text for line in talk.lines)]
        passages, said, owners = await asyncio.gather(
            self._retrieve(talk), self._line_facts.of(of_this_call), self._owners_facts(briefing)
        )
        box = Toolbox(briefing, talk.mode, self._knowledge, passages)
        evidence = Evidence.joined((owners, said))
        for passage in passages:
            evidence.add(_all_of(passage))
        tools = writer_tools.allowed(briefing, talk.mode)
        return _Work(
            talk=talk,
            briefing=briefing,
            box=box,
            evidence=evidence,
            answer=AnswerText(evidence, box.passages, _bridge(briefing, talk.mode, tools)),
            instructions=prompting.instructions(briefing, tools),
            messages=prompting.conversation(prompting.Turn(talk, passages), briefing),
            wishes=[],
        )

    async def _owners_facts(self, briefing: Briefing) -> Evidence:
        """Return what the owner's own words hold; read again only when they changed."""
        if self._known is None or _lasting(self._known[0]) != _lasting(briefing):
            self._known = (briefing, await asyncio.to_thread(Evidence, _lasting(briefing)))
        return self._known[1]

    async def _retrieve(self, talk: Conversation) -> Sequence[Passage]:
        """Return passages for what the caller said last; none rather than late ones."""
        said = talk.last_caller_text
        if not said.strip():
            return ()
        if len(said.split()) < _SHORT_QUESTION_WORDS:
            # "And for furniture?" says little without what went before.
            said = f"{_question_before(talk)} {said}".strip()
        try:
            async with asyncio.timeout(self._retrieval_limit_s):
                return await self._knowledge.search(said, _PASSAGES)
        except TimeoutError:
            log.info("%s: the documents were not searched in time", talk.call_id)
        except CopilotError as error:
            log.warning("%s: the documents cannot be searched (%s)", talk.call_id, type(error).__name__)
        return ()

    # Asking.

    async def _rounds(self, work: _Work) -> AsyncGenerator[None, None]:
        """Ask until the answer stands; yield whenever its text grew."""
        rounds: list[ToolRound] = []
        had_error = is_cut = False
        for number in range(1, _MOST_ROUNDS + 1):
            asked: list[ToolAsked] = []
            said: list[str] = []
            prompt = Prompt(
                instructions=work.instructions,
                messages=(*work.messages, *rounds),
                tools=work.box.forms(),
                may_call=number < _MOST_ROUNDS,
            )
            async with aclosing(self._exchange.stream(prompt, work.talk.call_id)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, ToolAsked):
                        asked.append(piece)
                    elif isinstance(piece, CutOff):
                        is_cut = True
                    else:
                        said.append(piece)
                        if work.answer.feed(piece):
                            yield
                    if work.answer.is_full:
                        break
            outputs, is_error, is_unread = await self._carry_out(work, asked[: writer_tools.MOST_CALLS])
            is_mute = not work.answer.text and not "".join(said).strip() and work.briefing.phrases is None
            if work.answer.is_full or not asked or not (is_unread or is_mute) or (is_error and had_error):
                break
            had_error = had_error or is_error
            rounds.append(ToolRound("".join(said), tuple(asked[: writer_tools.MOST_CALLS]), tuple(outputs)))
            work.answer.end_round()
        self._close(work, is_cut=is_cut)

    async def _carry_out(self, work: _Work, asked: Sequence[ToolAsked]) -> tuple[list[str], bool, bool]:
        """Return the outputs, whether one is an error, and whether the model has to read them."""
        results = [await work.box.answer(call) for call in asked]
        for passage in work.box.passages[work.passages_read :]:
            work.evidence.add(_all_of(passage))
        work.passages_read = len(work.box.passages)
        work.wishes += [r.wish for r in results if r.wish is not None and r.wish not in work.wishes]
        return (
            [result.output for result in results],
            any(result.is_error for result in results),
            any(result.needs_round for result in results),
        )

    def _close(self, work: _Work, *, is_cut: bool) -> None:
        work.answer.finish(is_cut=is_cut)
        own = writer_tools.own_sentence(work.wishes, work.briefing.spare_phrases)
        if own and not work.answer.text.strip():
            work.answer.say(own)

    def _usable(self, work: _Work, texts: Sequence[str], answer: str) -> tuple[Draft, ...]:
        """Return those texts that may be said and differ from `answer`."""
        drafts: list[Draft] = []
        for text in texts:
            other = AnswerText(work.evidence, work.box.passages, "")
            other.feed(text)
            other.finish()
            kept = other.text.strip()
            known = [answer, *(draft.text for draft in drafts)]
            if kept and not other.has_checked and not any(same_words(kept, one) for one in known):
                drafts.append(Draft(kept, is_complete=True, sources=other.sources))
        return tuple(drafts[:_MOST_ALTERNATIVES])


@dataclass(slots=True)
class _Work:
    """One answer in the making."""

    talk: Conversation
    briefing: Briefing
    box: Toolbox
    evidence: Evidence
    answer: AnswerText
    instructions: str
    messages: tuple[Message, ...]
    wishes: list[ToolCall]
    passages_read: int = 0


def _lasting(briefing: Briefing) -> tuple[str, ...]:
    return (
        briefing.business_name,
        briefing.playbook,
        briefing.waiting_sentence,
        *briefing.vocabulary,
        *briefing.transfer_targets,
    )


def _bridge(briefing: Briefing, mode: Mode, tools: frozenset[Tool]) -> str:
    phrases = briefing.spare_phrases
    if mode is Mode.AGENT_SPEAKS:
        return phrases.look_up
    return phrases.check if Tool.ASK_AGENT in tools else phrases.not_at_hand


def _kept(work: _Work) -> list[ToolCall]:
    """Return the wishes that go with what is really said."""
    wishes = list(work.wishes)
    if not work.answer.has_checked:
        return wishes
    # Who says "let me check that" must not hang up, and must check.
    wishes = [wish for wish in wishes if wish.tool is not Tool.END_CALL]
    can_ask = Tool.ASK_AGENT in writer_tools.allowed(work.briefing, work.talk.mode)
    if can_ask and not any(wish.tool is Tool.ASK_AGENT for wish in wishes):
        question = work.talk.last_caller_text.strip()[:_MOST_QUESTION_CHARACTERS]
        wishes.append(ToolCall(Tool.ASK_AGENT, question))
    return wishes


def _question_before(talk: Conversation) -> str:
    """Return what was said just before the caller's last words: that is what they hang on."""
    lines = [line.text for line in talk.lines]
    last = talk.last_caller_text
    before = [text for text in lines if text not in last]
    return " ".join(before[-2:])


def _all_of(passage: Passage) -> str:
    return f"{passage.source.title}. {passage.source.heading}. {passage.text}"


def _read_alternatives(written: str) -> list[str]:
    """Return the texts of the JSON in `written`, none if it cannot be used: they are only an offer."""
    found = re.search(r"\{.*\}", written, re.DOTALL)
    try:
        return _Alternatives.model_validate(json.loads(found[0])).alternatives if found else []
    except (ValueError, ValidationError):
        log.info("alternatives came in a form that cannot be read")
        return []
