"""Functions that a model calls: what fits is done or wished, and nothing else ever is."""

from __future__ import annotations

import asyncio
import json

import pytest

from copilot_desktop.calls.events import Source, Tool
from copilot_desktop.calls.ports import Passage, ToolCall
from copilot_desktop.calls.states import Mode
from copilot_desktop.engines.writing.briefing import Briefing
from copilot_desktop.engines.writing.prompting import ToolAsked
from copilot_desktop.engines.writing.writer_tools import Answered, Toolbox, own_sentence
from tests.support.virtual_time import run_virtual

BRIEFING = Briefing(transfer_targets=("Billing", "Kim Lee"), tools=frozenset(Tool))


class Shelf:
    """Implements `ports.Knowledge`: all passages that share a word with the query."""

    def __init__(self, *texts: str, delay_s: float = 0.0) -> None:
        self._texts, self._delay_s = texts, delay_s

    async def search(self, query: str, limit: int) -> list[Passage]:
        await asyncio.sleep(self._delay_s)
        words = set(query.lower().split())
        found = [text for text in self._texts if words & set(text.lower().split())]
        return [Passage(text, Source(title="Shelf", text=text), 1.0) for text in found[:limit]]


SHELF = Shelf("parcels take 3 days", "lamps cost 89 dollars")


def box(mode: Mode = Mode.AI_SPEAKS, briefing: Briefing = BRIEFING, shelf: Shelf = SHELF) -> Toolbox:
    return Toolbox(briefing, mode, shelf)


def call(name: str, arguments: object, to: Toolbox | None = None) -> Answered:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    answered: Answered = run_virtual((to or box()).answer(ToolAsked("c1", name, text)))
    return answered


def names(toolbox: Toolbox) -> set[str]:
    return {form.name for form in toolbox.forms()}


@pytest.mark.parametrize(
    ("name", "arguments", "wish"),
    [
        ("end_call", {}, ToolCall(Tool.END_CALL)),
        ("end_call", "", ToolCall(Tool.END_CALL)),
        ("ask_agent", {"question": " May I? "}, ToolCall(Tool.ASK_AGENT, "May I?")),
        ("take_message", {"text": "Call Anna."}, ToolCall(Tool.TAKE_MESSAGE, "Call Anna.")),
        ("transfer", {"to": "kim lee"}, ToolCall(Tool.TRANSFER, to="Kim Lee")),
    ],
)
def test_a_wish_goes_out_and_nothing_is_done(name: str, arguments: object, wish: ToolCall) -> None:
    answered = call(name, arguments)
    assert answered.wish == wish
    assert not answered.is_error
    assert not answered.needs_round


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("format_disk", {}),
        ("ask_agent", {}),
        ("ask_agent", {"question": ""}),
        ("ask_agent", {"question": 5}),
        ("ask_agent", {"question": "x" * 301}),
        ("ask_agent", {"question": "May I?", "as": "root"}),
        ("take_message", "not json"),
        ("take_message", '["a list"]'),
        ("take_message", {"text": "x" * 9000}),
        ("transfer", {"to": "+12025550199"}),
        ("transfer", {"to": "Nobody"}),
        ("search_knowledge", {"query": " "}),
    ],
)
def test_what_does_not_fit_is_answered_and_wished_by_nobody(name: str, arguments: object) -> None:
    answered = call(name, arguments)
    assert answered.is_error
    assert answered.needs_round
    assert answered.wish is None
    assert json.loads(answered.output)["error"]


def test_a_complaint_does_not_repeat_what_was_given() -> None:
    assert "4111" not in call("ask_agent", {"question": "4111 " * 100}).output


def test_a_search_numbers_on_from_what_is_there() -> None:
    found = Passage("windows are wide", Source(title="Shelf"), 1.0)
    toolbox = Toolbox(BRIEFING, Mode.AI_SPEAKS, SHELF, [found])
    answered = call("search_knowledge", {"query": "lamps"}, toolbox)
    assert 'number="2"' in answered.output
    assert "89 dollars" in answered.output
    assert answered.needs_round
    assert answered.wish == ToolCall(Tool.SEARCH, "lamps")
    assert [passage.text for passage in toolbox.passages] == ["windows are wide", "lamps cost 89 dollars"]


def test_what_is_known_is_not_given_twice() -> None:
    toolbox = box()
    call("search_knowledge", {"query": "lamps"}, toolbox)
    assert call("search_knowledge", {"query": "lamps cost"}, toolbox).output == "Nothing further was found."
    assert len(toolbox.passages) == 1


def test_a_third_search_is_refused() -> None:
    toolbox = box()
    outputs = [call("search_knowledge", {"query": "parcels"}, toolbox) for _ in range(3)]
    assert [answered.is_error for answered in outputs] == [False, False, True]


def test_a_slow_search_is_given_up() -> None:
    answered = call("search_knowledge", {"query": "lamps"}, box(shelf=Shelf("lamps", delay_s=60)))
    assert "too long" in answered.output
    assert not answered.is_error


def test_only_what_the_owner_allows_is_offered() -> None:
    assert names(box()) == {"search_knowledge", "ask_agent", "transfer", "take_message", "end_call"}
    few = Briefing(tools=frozenset({Tool.END_CALL, Tool.TRANSFER}))
    assert names(box(briefing=few)) == {"end_call"}  # Nobody to transfer to.
    assert call("ask_agent", {"question": "May I?"}, box(briefing=few)).is_error


def test_while_the_agent_speaks_it_can_only_search() -> None:
    assert names(box(Mode.AGENT_SPEAKS)) == {"search_knowledge"}
    assert call("end_call", {}, box(Mode.AGENT_SPEAKS)).is_error


def test_forms_name_the_targets_and_allow_nothing_else() -> None:
    forms = {form.name: form.parameters for form in box().forms()}
    assert forms["transfer"]["properties"]["to"]["enum"] == ["Billing", "Kim Lee"]
    for parameters in forms.values():
        assert parameters["additionalProperties"] is False
        assert parameters["required"] == list(parameters["properties"])


def test_a_mute_wish_has_words_of_ours() -> None:
    phrases = Briefing().spare_phrases
    assert "Kim Lee" in own_sentence([ToolCall(Tool.TRANSFER, to="Kim Lee")], phrases)
    both = own_sentence([ToolCall(Tool.TAKE_MESSAGE, "x"), ToolCall(Tool.END_CALL)], phrases)
    assert both == f"{phrases.noted} {phrases.goodbye}"
    assert own_sentence([ToolCall(Tool.SEARCH, "x")], phrases) == ""
