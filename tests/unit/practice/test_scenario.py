"""Scenario files are read, and their mistakes named."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot_desktop.config import resources
from copilot_desktop.engines.voice.local_voice import PERSONAS
from copilot_desktop.practice.scenario import Scenario, ScenarioError, load_scenario, load_scenarios

GOOD = """
title = "A call"
goal = "Be answered."
persona = "caller-man"
farewell = "Bye, {name}."

[facts]
name = "Anna"

[[lines]]
say = "Hello, I am {name}."

[[lines]]
say = "No."
pause_ms = 1200
interrupts = true
"""


def load(tmp_path: Path, text: str) -> Scenario:
    path = tmp_path / "a-call.toml"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path)


def test_a_scenario_is_read(tmp_path: Path) -> None:
    scenario = load(tmp_path, GOOD)
    assert (scenario.name, scenario.farewell) == ("a-call", "Bye, Anna.")
    assert [line.say for line in scenario.lines] == ["Hello, I am Anna.", "No."]
    assert [line.interrupts for line in scenario.lines] == [False, True]
    assert scenario.lines[1].pause_ms == 1200
    assert scenario.sentences()[:3] == ("Hello, I am Anna.", "No.", "Bye, Anna.")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('title = "A call"', "", 'title = "…" is missing'),
        ('title = "A call"', "title = 3", 'title = "…" is missing'),
        ("goal =", "gaol =", '"gaol" has no meaning here'),
        ("{name}.", "{nam}.", "farewell: {nam} is not in [facts]"),
        ("I am {name}", "I am {nam}", "line 1: {nam} is not in [facts]"),
        ("pause_ms = 1200", "pause_ms = 12", "line 2: pause_ms must be a number from 300"),
        ("interrupts = true", "interrupts = 1", "line 2: interrupts must be true or false"),
        ('say = "No."', "", 'line 2: say = "…" is missing'),
        ("interrupts = true", "interupts = true", 'line 2: "interupts" has no meaning here'),
        ('"Anna"', "5", "[facts] must be names with texts"),
        ("[facts]", "[facts", "a-call.toml: "),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in GOOD
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path, GOOD.replace(old, new, 1))
    assert str(caught.value).startswith("a-call.toml: ")
    assert reason in str(caught.value)


def test_the_shipped_scenarios() -> None:
    scenarios = {scenario.name: scenario for scenario in load_scenarios(resources() / "practice")}
    assert {"late-order", "appointment-change", "billing-dispute"} <= set(scenarios)
    for scenario in scenarios.values():
        assert 4 <= len(scenario.lines) <= 6
        assert scenario.persona in PERSONAS
    assert sum(line.interrupts for line in scenarios["billing-dispute"].lines) == 1
    assert "4729-3318" in " ".join(scenarios["late-order"].sentences())
