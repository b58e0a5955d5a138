"""A model that cites what was never found: no source for the eye, and nothing more may be said for it."""

from __future__ import annotations

import asyncio
import json

import pytest

from copilot_desktop.calls.events import Tool
from copilot_desktop.calls.ports import Conversation
from copilot_desktop.calls.states import Mode
from tests.support.openai_peer import BrainAnswer
from tests.support.writer_desk import ASKED, CALL, KINDS, LAMPS, TIMES, answered, desk, drafts


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("mark", ["[2]", "[7]", "[0]", "【3】", "[source 9]", "[2, 99]"])
def test_a_citation_of_nothing_gives_no_source_and_carries_no_value(mark: str) -> None:
    draft = answered("responses", f"Gladly. It costs 45 dollars {mark}. May I note it?")
    assert draft.sources == ()
    assert draft.text == "Gladly. Let me check that with a colleague. May I note it?"
    assert [wish.tool for wish in draft.tools] == [Tool.ASK_AGENT]


def test_a_true_sentence_keeps_its_words_and_loses_the_false_number(kind: str) -> None:
    draft = answered(kind, "Parcels take 3 days [5].")
    assert (draft.text, draft.sources) == ("Parcels take 3 days.", ())


def test_no_draft_on_its_way_shows_a_source_that_was_not_found(kind: str) -> None:
    async def main() -> None:
        async with desk(kind, "Parcels take 3 days [4]. Shall I look [1]?") as at:
            for draft in await drafts(at):
                assert set(draft.sources) <= {TIMES.source}

    asyncio.run(main())


@pytest.mark.parametrize("end", [".", ""], ids=["whole sentence", "cut by the search"])
def test_a_number_is_not_made_true_by_a_search_that_comes_after_it(kind: str, end: str) -> None:
    async def main() -> None:
        query = json.dumps({"query": "lamp"})
        early = BrainAnswer(f"Let me look [2]{end}", (("search_knowledge", query),))
        async with desk(kind, early, "Shall I go on?") as at:
            draft = (await drafts(at))[-1]
            assert draft.sources == ()
        async with desk(kind, early, "The lamp costs 89 dollars [2].") as at:
            assert (await drafts(at))[-1].sources == (LAMPS.source,), "by now it is found"

    asyncio.run(main())


def test_other_things_one_could_say_lose_false_numbers_too(kind: str) -> None:
    async def main() -> None:
        texts = ["3 days, normally [6].", "It is 45 dollars [1]."]
        async with desk(kind, json.dumps({"alternatives": texts})) as at:
            about = Conversation(CALL, ASKED.lines, (), Mode.AGENT_APPROVES)
            (other,) = await at.writer.alternatives(about, "It takes 3 days.")
            assert (other.text, other.sources) == ("3 days, normally.", ())

    asyncio.run(main())
