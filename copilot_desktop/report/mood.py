"""Mood: how what was said sounds, sentence by sentence, as a hint. Never scored, and never a fact.

A turn is compared with a few examples of each feeling by meaning; the mean of the two nearest decides. So it
reads words only, not the tone of a voice, and irony not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.calls.events import Party
from copilot_desktop.report.model import CallReport, ReportLine, Span
from copilot_desktop.report.mood_line import Mood, MoodLine, MoodPoint, MoodTrend

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Gives one L2-normalised row a text."""

EXAMPLES = MappingProxyType(
    {
        Mood.POSITIVE: (
            "Thank you very much for your help.",
            "That is wonderful news, how nice.",
            "Great, it works perfectly now.",
            "I am very happy and relieved.",
            "You have been so kind and friendly.",
            "Excellent work, I would recommend you.",
        ),
        Mood.NEUTRAL: (
            "The order number is four seven one one two.",
            "When do you open on Monday?",
            "My name is Maria Keller and I live in Hamburg.",
            "Could you please send me the invoice?",
            "One moment, please, I will look it up.",
            "Does it come with a warranty, and what does it cost?",
        ),
        Mood.NEGATIVE: (
            "This is unacceptable, I am really angry.",
            "I am very disappointed, it does not work again.",
            "Nobody came and nobody called me back.",
            "It is broken, and nobody helps me.",
            "I want my money back, this is a fraud.",
            "I am fed up with your service.",
        ),
    }
)
_SHORTEST_LETTERS = 8
"""A "yes" says nothing about how somebody feels."""
_LEAST_TURNS = 3
"""Of one person, for a start, an end and a change."""


class MoodReader:
    """Knows the examples as numbers, once. `embed` may take milliseconds a text: off the loop."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._moods = tuple(EXAMPLES)
        self._rows = [embed(EXAMPLES[mood]) for mood in self._moods]

    def read(self, texts: Sequence[str]) -> list[Mood]:
        """Return the mood of each of `texts`."""
        if not texts:
            return []
        rows = self._embed(texts)
        nearness = np.stack([_top_two(rows @ examples.T) for examples in self._rows], axis=1)
        return [self._moods[best] for best in np.argmax(nearness, axis=1)]

    def of_call(self, report: CallReport) -> MoodLine:
        """Return the mood of a call. Blocks for some milliseconds a turn."""
        lines = [line for line in report.lines if _says_something(line)]
        moods = self.read([line.text for line in lines])
        points = tuple(
            MoodPoint(at_ms=line.at_ms, end_ms=max(line.at_ms, line.end_ms), party=line.party, mood=mood)
            for line, mood in zip(lines, moods, strict=True)
        )
        whole = report.conversation
        return MoodLine(points=points, trends=tuple(_trends(points, whole)) if whole else ())


def _top_two(similarities: NDArray[np.float32]) -> NDArray[np.float32]:
    best: NDArray[np.float32] = np.sort(similarities, axis=1)[:, -2:].mean(axis=1)
    return best


def _says_something(line: ReportLine) -> bool:
    return sum(letter.isalpha() for letter in line.text) >= _SHORTEST_LETTERS


def _trends(points: Sequence[MoodPoint], whole: Span) -> list[MoodTrend]:
    third_ms = whole.length_ms / 3
    trends = []
    for party in Party:
        own = [point for point in points if point.party is party]
        start = [point.mood for point in own if point.at_ms < whole.at_ms + third_ms]
        end = [point.mood for point in own if point.at_ms >= whole.end_ms - third_ms]
        if len(own) >= _LEAST_TURNS and start and end:
            trends.append(MoodTrend(party=party, start=float(np.mean(start)), end=float(np.mean(end))))
    return trends
