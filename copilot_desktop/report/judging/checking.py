"""The check of a judge's answers: evidence is looked up, and what is not found there falls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Protocol

from copilot_desktop.calls.events import Party
from copilot_desktop.report.judgement import AnswerState, Claim, Evidence
from copilot_desktop.report.judging.forms import Criterion, Option
from copilot_desktop.report.judging.numbered import NumberedLine
from copilot_desktop.report.judging.quotes import Found, Quotes
from copilot_desktop.report.judging.tokens import tokens
from copilot_desktop.report.judging.verdict import JudgedAnswer

UNVERIFIED = "The evidence could not be verified."
_CANNOT_TELL = "The AI could not tell it from the transcript."
_EDGE_LINES = 6
"""What "opening" and "closing" mean at least."""
_MOST_QUOTES = 8
_MOST_CHARACTERS = 600
_STAFF = (Party.ASSISTANT, Party.AGENT)
_SPEAKERS: dict[str, tuple[Party, ...]] = {
    "staff": _STAFF,
    "caller": (Party.CALLER,),
    "anyone": tuple(Party),
    "absence": tuple(Party),
}
_WHO = {"staff": "the AI or the agent", "caller": "the caller", "anyone": "anybody", "absence": "anybody"}


class GivenQuote(Protocol):
    """`asking.Quote`."""

    line: int
    quote: str


class GivenRange(Protocol):
    """`asking.Searched`."""

    first_line: int
    last_line: int


def needed_lines(criterion: Criterion, count: int) -> tuple[int, int]:
    """Return the first and last line that must have been searched before something is held to be absent."""
    match criterion.where:
        case "opening":
            return 1, min(_EDGE_LINES, count)
        case "closing":
            return max(1, count - _EDGE_LINES + 1), count
        case _:
            return 1, count


class Checker:
    """Checks answers and claims about one call."""

    def __init__(self, lines: Sequence[NumberedLine]) -> None:
        self._lines = tuple(lines)
        self._quotes = Quotes(lines)

    def answer(
        self,
        criterion: Criterion,
        *,
        answer: str,
        evidence: Sequence[GivenQuote],
        searched: GivenRange | None,
        reasoning: str,
        confidence: str,
    ) -> tuple[JudgedAnswer, str]:
        """Return the answer as it stands after the check, and what is wrong with it, for the judge."""
        option = criterion.option(answer)
        told = JudgedAnswer(
            state=AnswerState.CANNOT_TELL,
            raw_answer=answer,
            reasoning=_short(reasoning),
            confidence=confidence,
            note=_CANNOT_TELL,
        )
        if option is None:
            return told, ""
        if option.shown_by == "absence":
            found, complaint = self._absence(criterion, searched)
        else:
            found, complaint = self._proof(evidence, option)
        told = replace(told, evidence=found)
        if complaint:
            fallen = replace(told, state=AnswerState.UNVERIFIED, note=UNVERIFIED)
            return fallen, f"{criterion.id}: {complaint}"
        return replace(told, state=AnswerState.CHECKED, answer=answer, note=""), ""

    def claim(self, text: str, evidence: Sequence[GivenQuote]) -> Claim:
        """Return a claim with its evidence looked up; figures in it must stand in the lines that it cites."""
        found, _ = self._look_up(evidence, tuple(Party))
        held = {number for each in found for number in self._numbers_about(each)}
        has_figures = held.issuperset(_numbers(tokens(text)))
        if not has_figures:
            found = tuple(replace(each, is_checked=False) for each in found)
        return Claim(text=_short(text), evidence=found)

    def _proof(self, evidence: Sequence[GivenQuote], option: Option) -> tuple[tuple[Evidence, ...], str]:
        if not evidence:
            return (), f'"{option.id}" needs a quote by {_WHO[option.shown_by]}, and there is none.'
        found, wrong = self._look_up(evidence, _SPEAKERS[option.shown_by])
        return found, wrong.format(who=_WHO[option.shown_by]) if wrong else ""

    def _absence(self, criterion: Criterion, searched: GivenRange | None) -> tuple[tuple[Evidence, ...], str]:
        count = len(self._lines)
        first, last = needed_lines(criterion, count)
        if searched is None or searched.first_line > first or searched.last_line < last:
            return (), f'where something is absent, "searched" must hold lines {first} to {last}.'
        # More than there is cannot have been searched.
        first, last = max(1, searched.first_line), min(count, searched.last_line)
        begin, end = self._lines[first - 1], self._lines[last - 1]
        place = Evidence(
            at_ms=begin.at_ms, end_ms=max(begin.at_ms, end.end_ms), lines=(first, last), is_checked=True
        )
        return (place,), ""

    def _look_up(
        self, evidence: Sequence[GivenQuote], parties: Collection[Party]
    ) -> tuple[tuple[Evidence, ...], str]:
        """Return each quote with where it was found, and what is wrong with the first that was not."""
        looked_up: list[Evidence] = []
        wrong = ""
        for given in evidence[:_MOST_QUOTES]:
            place = self._quotes.find(given.quote, given.line, parties)
            if place.found is Found.HERE:
                looked_up.append(
                    Evidence(
                        at_ms=place.lines[0].at_ms,
                        end_ms=place.lines[-1].end_ms,
                        text=_short(given.quote),
                        party=place.lines[0].party,
                        lines=(place.lines[0].number, place.lines[-1].number),
                        is_checked=True,
                    )
                )
                continue
            looked_up.append(self._not_found(given))
            said = (
                "was not said by {who}" if place.found is Found.WRONG_SPEAKER else "is not in the transcript"
            )
            wrong = wrong or f"the quote given for line {given.line} {said}."
        return tuple(looked_up), wrong

    def _not_found(self, given: GivenQuote) -> Evidence:
        number = given.line if 1 <= given.line <= len(self._lines) else 0
        at = self._lines[number - 1] if number else None
        return Evidence(
            at_ms=at.at_ms if at else 0,
            end_ms=at.end_ms if at else 0,
            text=_short(given.quote),
            lines=(number, number),
        )

    def _numbers_about(self, evidence: Evidence) -> set[str]:
        first, last = evidence.lines
        near = self._lines[max(0, first - 2) : last + 1]
        return {number for line in near for number in _numbers(tokens(line.text))}


def _numbers(words: Sequence[str]) -> set[str]:
    """Return every whole number: "11" does not stand in "4711"."""
    return set("".join(word if word.isdigit() else " " for word in words).split())


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"
