"""The mood of what is said, by the model that is shipped: how often it is right, and what is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from copilot_desktop.engines.local_embedder import LocalEmbedder
from copilot_desktop.report import CallReport, build
from copilot_desktop.report.model import ReportLine
from copilot_desktop.report.mood import EXAMPLES, MoodReader
from copilot_desktop.report.mood_line import Mood
from tests.support.fake_shell import RESOURCES
from tests.unit.report.calls import AGENT, CALLER, known_call
from tests.unit.report.mood_sentences import FRESH, TRIED

Sentences = Mapping[Mood, Sequence[str]]


@pytest.fixture(scope="module")
def reader() -> MoodReader:
    return MoodReader(LocalEmbedder(RESOURCES / "models" / "minilm" / "tokenizer.json").embed)


def hits(reader: MoodReader, sentences: Sentences) -> dict[Mood, float]:
    """The share of each mood's sentences that are told right."""
    return {
        mood: sum(found is mood for found in reader.read(texts)) / len(texts)
        for mood, texts in sentences.items()
    }


def test_the_labelled_sentences_are_none_of_the_examples() -> None:
    labelled = [text for sentences in (TRIED, FRESH) for texts in sentences.values() for text in texts]
    assert len(labelled) == len(set(labelled)) == 114
    assert not set(labelled) & {text for texts in EXAMPLES.values() for text in texts}
    assert all(4 <= len(texts) <= 6 for texts in EXAMPLES.values())


def test_sentences_that_nothing_was_tuned_to(reader: MoodReader) -> None:
    """Measured: 47 of 54, 87 %; of the angry ones 16 of 18. The floor leaves room for another build."""
    found = hits(reader, FRESH)
    assert sum(found.values()) / 3 >= 0.80
    assert found[Mood.NEGATIVE] >= 0.80
    assert min(found.values()) >= 0.70


def test_sentences_that_the_examples_were_chosen_with(reader: MoodReader) -> None:
    """Measured: 53 of 60, 88 %."""
    assert sum(hits(reader, TRIED).values()) / 3 >= 0.80


def test_an_angry_sentence_is_hardly_ever_taken_for_a_happy_one(reader: MoodReader) -> None:
    angry = [*TRIED[Mood.NEGATIVE], *FRESH[Mood.NEGATIVE]]
    assert sum(found is Mood.POSITIVE for found in reader.read(angry)) <= 2


def said(*lines: tuple[int, str]) -> CallReport:
    """60 s of conversation from 2 s on, in which the caller says this."""
    spoken = [ReportLine(at_ms=at_ms, end_ms=at_ms + 2000, party=CALLER, text=text) for at_ms, text in lines]
    return replace(build(known_call()), lines=tuple(spoken))


def test_a_caller_who_calms_down_changes_for_the_better(reader: MoodReader) -> None:
    line = reader.of_call(
        said(
            (4000, "This is ridiculous, I am very angry with you."),
            (9000, "I am so disappointed, it is broken again."),
            (30_000, "The order number is eight eight one."),
            (55_000, "Thank you very much, that is wonderful."),
        )
    )
    assert [point.mood for point in line.points] == [-1, -1, 0, 1]
    (trend,) = line.trends
    assert (trend.party, trend.start, trend.end, trend.change) == (CALLER, -1.0, 1.0, 2.0)
    assert line.of(AGENT) == ()


def test_too_little_said_has_no_trend(reader: MoodReader) -> None:
    assert (
        reader.of_call(said((4000, "I am very angry with you."), (55_000, "Thank you very much."))).trends
        == ()
    )


def test_a_yes_says_nothing(reader: MoodReader) -> None:
    assert reader.of_call(said((4000, "Yes."), (6000, "4711"), (8000, "…"))).points == ()
    assert reader.read([]) == []


def test_a_mood_is_no_measure(reader: MoodReader) -> None:
    report = said((4000, "I am very angry with you."))
    with_mood = replace(report, mood=reader.of_call(report))
    assert with_mood.measures == report.measures
    assert with_mood.score_note == report.score_note


def test_the_model_is_where_the_program_looks(tmp_path: Path) -> None:
    from copilot_desktop.calls.errors import EngineUnavailable

    with pytest.raises(EngineUnavailable):
        MoodReader(LocalEmbedder(tmp_path / "none.json").embed)
