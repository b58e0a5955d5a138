"""When the practice caller speaks: told frame by frame, without a clock."""

from __future__ import annotations

from collections.abc import Iterator

from copilot_desktop.practice.result import PracticeOutcome
from copilot_desktop.practice.scenario import Scenario, ScriptLine
from copilot_desktop.practice.turns import CallerTurns, HangUp, Patience, Say

SCENARIO = Scenario(
    name="x",
    title="x",
    goal="x",
    persona="x",
    lines=(ScriptLine("one", pause_ms=1000), ScriptLine("two", interrupts=True), ScriptLine("three")),
    farewell="bye",
)
OWN_MS = 2000


def moves(
    *sounds: tuple[int, int], scenario: Scenario = SCENARIO, **patience: int
) -> Iterator[tuple[int, str]]:
    """Yield when the caller does what, if the assistant sounds in `sounds` (start, end in ms)."""
    turns = CallerTurns(scenario, Patience(**patience))
    speaks_until_ms = 0
    for at_ms in range(20, 400_000, 20):
        hears = any(start < at_ms <= end for start, end in sounds)
        move = turns.tick(at_ms, hears=hears, is_speaking=at_ms <= speaks_until_ms)
        if isinstance(move, HangUp):
            yield at_ms, move.outcome
            return
        if isinstance(move, Say):
            yield at_ms, ("!" if move.is_interruption else "") + move.text
            speaks_until_ms = at_ms + OWN_MS
    raise AssertionError("the caller never hangs up")


def test_each_line_waits_for_the_end_of_an_answer() -> None:
    assert list(moves((500, 3000), (7000, 8000), (11_500, 13_000), (16_000, 17_000), (20_000, 21_000))) == [
        (4000, "one"),
        (8800, "two"),
        (13_800, "three"),
        (17_800, "bye"),
        (21_800, PracticeOutcome.COMPLETED),
    ]


def test_a_line_interrupts_a_long_answer() -> None:
    said = list(moves((0, 1000), (5000, 9000), (12_000, 13_000), (17_000, 18_000)))
    assert said[1] == (6220, "!two")


def test_a_click_is_no_answer() -> None:
    said = list(moves((0, 1000), (4500, 4600), (7000, 8000)))
    assert said[1] == (8800, "two")


def test_nobody_there_at_all() -> None:
    assert list(moves()) == [
        (4000, "one"),
        (26_000, SCENARIO.still_there),
        (32_000, SCENARIO.giving_up),
        (34_020, PracticeOutcome.GAVE_UP),
    ]


def test_an_answer_to_the_question_brings_the_talk_back() -> None:
    said = [text for _, text in moves((0, 1000), (26_500, 27_500), (32_000, 33_000))]
    assert said[:3] == ["one", SCENARIO.still_there, "two"]


def test_no_goodbye_back_is_no_hindrance() -> None:
    single = Scenario(name="x", title="x", goal="x", persona="x", lines=(ScriptLine("one"),), farewell="bye")
    assert list(moves((0, 1000), (4000, 5000), scenario=single))[-2:] == [
        (5800, "bye"),
        (10_300, PracticeOutcome.COMPLETED),
    ]


def test_a_talker_without_end() -> None:
    *said, (ended_ms, outcome) = moves((0, 400_000))
    assert [text for _, text in said] == ["one", "!two", "three", "bye"]
    assert outcome is PracticeOutcome.COMPLETED
    assert ended_ms < 120_000


def test_a_call_without_end_is_brought_to_one() -> None:
    endless = [(start, start + 500) for start in range(1000, 400_000, 700)]
    *_, bye, end = moves(*endless, call_ms=60_000)
    assert bye[1] == "bye"
    assert end[0] < 80_000
