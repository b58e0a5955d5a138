"""The functions a language model may call, checked: what does not fit is answered, never carried out.

Nothing is done here but searching. A wish to do something goes out with the draft, and the call decides.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from copilot_desktop.calls.events import Tool
from copilot_desktop.calls.ports import Knowledge, Passage, ToolCall
from copilot_desktop.calls.states import Mode
from copilot_desktop.engines.writing.briefing import Briefing, Phrases
from copilot_desktop.engines.writing.prompting import ToolAsked, ToolForm, passages_text

log = logging.getLogger("copilot.engines")

MOST_CALLS = 4
"""In one round; a model that wants more has lost its way."""
SEARCH_LIMIT_S = 1.0
_PASSAGES = 3
_MOST_ARGUMENTS = 8000

_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1500)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Search(_Strict):
    query: _Line


class _AskAgent(_Strict):
    question: _Line


class _Transfer(_Strict):
    to: _Line


class _TakeMessage(_Strict):
    text: _Text


class _EndCall(_Strict):
    pass


@dataclass(frozen=True, slots=True)
class _Kind:
    """One function: its name for the model, and what its arguments mean."""

    tool: Tool
    name: str
    description: str
    form: type[_Strict]
    fields: Mapping[str, str]


_KINDS = (
    _Kind(
        Tool.SEARCH,
        "search_knowledge",
        "Search the business's documents. Returns numbered passages.",
        _Search,
        {"query": "What to look for, in plain words, with all names and codes that matter."},
    ),
    _Kind(
        Tool.ASK_AGENT,
        "ask_agent",
        "Ask your human colleague something that only a person can know or decide. The answer comes later.",
        _AskAgent,
        {"question": "The question, in one sentence, understandable without the call."},
    ),
    _Kind(
        Tool.TRANSFER,
        "transfer",
        "Pass the caller on to somebody else.",
        _Transfer,
        {"to": "To whom."},
    ),
    _Kind(
        Tool.TAKE_MESSAGE,
        "take_message",
        "Write down a message or request of the caller for your colleagues.",
        _TakeMessage,
        {"text": "The message with all names, numbers and wishes the caller gave."},
    ),
    _Kind(Tool.END_CALL, "end_call", "End the call once your sentence has been heard.", _EndCall, {}),
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one function call: the text the model is given, and the wish, if there is one."""

    output: str
    wish: ToolCall | None = None
    is_error: bool = False
    needs_round: bool = False
    """The model has to read the output before it can speak."""


class Toolbox:
    """The functions for one answer, and the passages that its searches found, numbered on from `found`."""

    def __init__(
        self, briefing: Briefing, mode: Mode, knowledge: Knowledge, found: Sequence[Passage] = ()
    ) -> None:
        self._targets, self._knowledge = briefing.transfer_targets, knowledge
        self.passages: list[Passage] = list(found)
        self._kinds = {kind.name: kind for kind in _KINDS if kind.tool in allowed(briefing, mode)}
        self.searches_left = 2

    def forms(self) -> tuple[ToolForm, ...]:
        """Return the functions as the model is shown them."""
        return tuple(self._shown(kind) for kind in self._kinds.values())

    async def answer(self, asked: ToolAsked) -> Answered:
        """Check one call and, if it is a search, carry it out. Never raises; within SEARCH_LIMIT_S."""
        kind = self._kinds.get(asked.name)
        if kind is None:
            return _refused("There is no such function.")
        if len(asked.arguments) > _MOST_ARGUMENTS:
            return _refused("The arguments are too long.")
        try:
            given = kind.form.model_validate_json(asked.arguments.strip() or "{}")
        except ValidationError as error:
            return _refused(_complaint(error))
        if isinstance(given, _Search):
            return await self._search(given.query)
        if isinstance(given, _Transfer):
            return self._transfer(given.to)
        text = "".join(str(value) for value in given.model_dump().values())
        return Answered("Noted. Go on with the call.", ToolCall(kind.tool, text))

    async def _search(self, query: str) -> Answered:
        wish = ToolCall(Tool.SEARCH, query)
        if self.searches_left <= 0:
            return _refused("No more searches now. Answer with what you have, or say that it is not there.")
        self.searches_left -= 1
        try:
            async with asyncio.timeout(SEARCH_LIMIT_S):
                found = await self._knowledge.search(query, _PASSAGES)
        except TimeoutError:
            log.info("a search in the documents took too long")
            slow = "The search took too long. Say that you cannot see it now."
            return Answered(slow, wish, needs_round=True)
        known = {passage.text for passage in self.passages}
        fresh = [passage for passage in found if passage.text not in known]
        if not fresh:
            return Answered("Nothing further was found.", wish, needs_round=True)
        first = len(self.passages) + 1
        self.passages += fresh
        return Answered(passages_text(fresh, first), wish, needs_round=True)

    def _transfer(self, to: str) -> Answered:
        names = {name.casefold(): name for name in self._targets}
        name = names.get(to.casefold())
        if name is None:
            return _refused("Nobody of that name. Possible: " + "; ".join(self._targets))
        noted = "Asked for. It happens once your sentence was heard."
        return Answered(noted, ToolCall(Tool.TRANSFER, to=name))

    def _shown(self, kind: _Kind) -> ToolForm:
        fields: dict[str, Any] = {
            name: {"type": "string", "description": meaning} for name, meaning in kind.fields.items()
        }
        if kind.tool is Tool.TRANSFER:
            fields["to"]["enum"] = list(self._targets)
        schema = {
            "type": "object",
            "properties": fields,
            "required": list(fields),
            "additionalProperties": False,
        }
        return ToolForm(name=kind.name, description=kind.description, parameters=schema)


def allowed(briefing: Briefing, mode: Mode) -> frozenset[Tool]:
    """Return what a model may be offered: while the agent speaks, only to search."""
    tools = briefing.tools if briefing.transfer_targets else briefing.tools - {Tool.TRANSFER}
    return tools & {Tool.SEARCH} if mode is Mode.AGENT_SPEAKS else tools


def own_sentence(wishes: Sequence[ToolCall], phrases: Phrases) -> str:
    """Return what to say when a model did something and said nothing; empty if that needs no words."""
    by_tool = {wish.tool: wish for wish in wishes}
    if wish := by_tool.get(Tool.TRANSFER):
        return phrases.putting_through.replace("{name}", wish.to)
    if Tool.ASK_AGENT in by_tool:
        return phrases.asking
    said = [phrases.noted] if Tool.TAKE_MESSAGE in by_tool else []
    if Tool.END_CALL in by_tool:
        said.append(phrases.goodbye)
    return " ".join(said)


def _refused(reason: str) -> Answered:
    return Answered(json.dumps({"error": reason}), is_error=True, needs_round=True)


def _complaint(error: ValidationError) -> str:
    """Name fields and rules only: what was given in them may be the caller's words."""
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: {fault['type']}"
        for fault in error.errors(include_input=False, include_url=False, include_context=False)[:5]
    )
