"""What every Checklist promises."""

from __future__ import annotations

import pytest

from copilot_desktop.calls.events import ChecklistItem, Party
from copilot_desktop.calls.ports import Checklist
from copilot_desktop.config import resources
from copilot_desktop.knowledge import checklist as knowledge
from copilot_desktop.knowledge.playbook_reader import load_playbook
from tests.support.local_engines import local_engines
from tests.support.word_checklist import WordChecklist

GREETING = "Harbor Home Supply, you are speaking with Joanna. What can I do for you? Greeting done."


@pytest.fixture(params=["playbook", "words"])
def steps(request: pytest.FixtureRequest) -> Checklist:
    if request.param == "words":
        return WordChecklist("greeting!", "goodbye")
    playbook = load_playbook(resources() / "playbooks" / "customer-service.md")
    return knowledge.Checklist(playbook, local_engines().embedder)


def item(steps: Checklist, name: str) -> ChecklistItem:
    (found,) = [item for item in steps.items if item.step == name]
    return found


def test_all_is_open_at_first(steps: Checklist) -> None:
    assert len(steps.items) >= 2
    assert not any(each.is_done or each.is_by_agent for each in steps.items)


def test_what_is_said_ticks_once_and_keeps_the_time(steps: Checklist) -> None:
    steps.load()
    assert steps.hear(Party.ASSISTANT, GREETING, 4000)
    assert item(steps, "greeting").is_done
    assert item(steps, "greeting").done_ms == 4000
    steps.hear(Party.ASSISTANT, GREETING, 9000)
    assert item(steps, "greeting").done_ms == 4000


def test_the_agents_word_stands(steps: Checklist) -> None:
    steps.set_done("greeting", False, 100)
    assert not steps.hear(Party.ASSISTANT, GREETING, 4000)
    assert not item(steps, "greeting").is_done
    steps.set_done("greeting", True, 5000)
    assert item(steps, "greeting").done_ms == 5000
    assert item(steps, "greeting").is_by_agent
    steps.set_done("greeting", False, 6000)
    assert item(steps, "greeting").done_ms is None


def test_a_step_that_is_not_there_is_refused(steps: Checklist) -> None:
    with pytest.raises(KeyError):
        steps.set_done("sing a song", True, 0)


def test_nothing_said_ticks_nothing(steps: Checklist) -> None:
    assert not steps.hear(Party.CALLER, "", 0)
    assert not steps.hear(Party.CALLER, "Mm-hmm.", 0)
