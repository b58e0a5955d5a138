"""The second front end: no Qt. Prints a call as it happens, and decides for an agent who is not there.

In: facts. Out: lines of text, and orders to the desk. Used for practice calls and for a server on machines
without a screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TextIO

from copilot_desktop.calls.desk import CallDesk
from copilot_desktop.calls.errors import IllegalTransition, UnknownCall
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallRinging,
    Fact,
    LineChanged,
    ModeChanged,
    Party,
    Problem,
    ProblemRaised,
    RecordingChanged,
    ResponseTimed,
    Source,
    SuggestionReady,
    Tool,
    ToolResult,
    ToolUsed,
    UtteranceChanged,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.calls.line import LineStatus
from copilot_desktop.calls.states import Mode
from copilot_desktop.messages import BACKUPS, backup_message, line_message
from copilot_desktop.report import judgement_words, wording
from copilot_desktop.report.wording import clock

if TYPE_CHECKING:
    from copilot_desktop.report import CallReport

PARTY_WORDS = {Party.CALLER: "Caller", Party.ASSISTANT: "AI", Party.AGENT: "You"}
MODE_WORDS = {
    Mode.AI_SPEAKS: "the AI speaks",
    Mode.AGENT_APPROVES: "you approve each answer",
    Mode.AGENT_SPEAKS: "you speak",
}
PROBLEM_WORDS = {
    Problem.TRANSCRIBER_FAILED: "The transcript has stopped. The call goes on.",
    Problem.TRANSCRIBER_BEHIND: "The transcript is late.",
    Problem.WRITER_FAILED: "There is no answer from the AI.",
    Problem.WRITER_SLOW: "The AI is slow. The caller hears the waiting sentence.",
    Problem.VOICE_FAILED: "The AI's voice does not work.",
    Problem.BACKUP_TRANSCRIBER: "Another speech recognition listens.",
    Problem.BACKUP_WRITER: "Another AI answers.",
    Problem.BACKUP_VOICE: "Another voice speaks.",
    Problem.LINK_LOST: "The sound of the call is lost.",
    Problem.LINK_BAD_MESSAGES: "The phone line sends nonsense.",
    Problem.MICROPHONE_MISSING: "There is no microphone: typed words are spoken for you.",
    Problem.MICROPHONE_SILENT: "The microphone gives no sound. It may be switched off.",
    Problem.RECORDING_FAILED: "The call is not recorded.",
    Problem.STORE_FAILED: "The history cannot be written. The call goes on.",
    Problem.HANG_UP_FAILED: "The phone company did not confirm the hang-up.",
    Problem.NOTICE_FAILED: "The recording notice was not heard: nothing is recorded.",
    Problem.TRANSFER_FAILED: "The transfer failed: the caller is still here.",
    Problem.CRASHED: "This call broke inside the program.",
}


class LinePrinter:
    """Says on `out` when the phone line opens, is lost, and why. Subscribe it to a feed."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._told = ""

    def __call__(self, fact: Fact) -> None:
        if not isinstance(fact, LineChanged):
            return
        words = line_words(fact.status)
        if words and words != self._told:
            self._told = words
            print(words, file=self._out, flush=True)


def line_words(status: LineStatus) -> str:
    """Say how the line stands in one line; nothing while it is being set up."""
    if status.is_open:
        return f"Ready: calls to {status.number} ring here, through {status.public_url}."
    if status.problem is None:
        return ""
    message = line_message(status.problem, number=status.number, tries=status.tries)
    return f"{message.title}. {message.text}"


def source_words(sources: tuple[Source, ...]) -> str:
    """Say where an answer comes from, in one line."""
    if not sources:
        return "no source"
    first = sources[0]
    return f"{first.title}, {first.heading}" if first.heading else first.title


class CallPrinter:
    """A listener that writes one line a fact that a person would want to read.

    An answer is often out before the words it answers are final; it is written below them all the same.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._moving: set[UtteranceId] = set()
        self._held: list[tuple[UtteranceId | None, Fact]] = []

    def __call__(self, fact: Fact) -> None:
        """Write `fact` if it is worth a line, at its place."""
        if isinstance(fact, UtteranceChanged) and fact.party is Party.CALLER:
            self._moving.add(fact.utterance_id)
        elif isinstance(fact, UtteranceFinished | CallEnded):
            self._release(fact)
        elif isinstance(fact, SuggestionReady) and fact.answers in self._moving:
            self._held.append((fact.answers, fact))
        elif isinstance(fact, ResponseTimed) and fact.utterance_id in self._moving:
            self._held.append((fact.utterance_id, fact))
        else:
            self._write(fact)

    def _release(self, fact: UtteranceFinished | CallEnded) -> None:
        """Write `fact`, and what waited for it; at the end of the call all that waits."""
        if isinstance(fact, UtteranceFinished):
            self._write(fact)
            self._moving.discard(fact.utterance_id)
        else:
            self._moving.clear()
        due = [held for answers, held in self._held if answers not in self._moving]
        self._held = [(answers, held) for answers, held in self._held if answers in self._moving]
        for held in due:
            self._write(held)
        if isinstance(fact, CallEnded):
            self._write(fact)

    def _write(self, fact: Fact) -> None:
        if isinstance(fact, UtteranceFinished):
            self._utterance(fact)
        elif isinstance(fact, SuggestionReady):
            self._line(fact.at_ms, "", f"◇ {fact.text}")
            self._line(fact.at_ms, "", f"  from: {source_words(fact.sources)} · {fact.origin}")
        elif isinstance(fact, ResponseTimed):
            self._line(fact.at_ms, "", f"  answered in {fact.total_ms / 1000:.2f} s")
        elif isinstance(fact, CallEvent) and (line := _milestone(fact)):
            self._line(fact.at_ms, "·", line)

    def _utterance(self, fact: UtteranceFinished) -> None:
        if not fact.text and not fact.unheard:
            return
        cut = f" ✂ ({fact.unheard})" if fact.cut_short else ""
        self._line(fact.start_ms, PARTY_WORDS[fact.party], fact.text + cut)

    def _line(self, at_ms: int, who: str, text: str) -> None:
        print(f"{clock(at_ms):>6}  {who:<7} {text}", file=self._out, flush=True)


def _milestone(fact: CallEvent) -> str:
    match fact:
        case CallRinging():
            return f"{'PRACTICE: ' if fact.is_practice else ''}{fact.caller} calls {fact.line}"
        case ModeChanged():
            return f"Now {MODE_WORDS[fact.new]} (our sound stopped after {fact.latency_ms} ms)"
        case ToolUsed():
            return tool_words(fact)
        case ProblemRaised() if not fact.is_recovered and fact.problem in BACKUPS:
            message = backup_message(fact.problem, fact.detail)
            return f"{message.title}. {message.text}"
        case ProblemRaised() if not fact.is_recovered:
            return PROBLEM_WORDS[fact.problem]
        case ProblemRaised():
            return f"Working again. ({PROBLEM_WORDS[fact.problem]})"
        case RecordingChanged():
            return "Recording" if fact.is_recording else "Not recording"
        case CallEnded():
            return f"Call ended: {fact.outcome}, {clock(fact.duration_ms)}"
        case _:
            return ""


def tool_words(used: ToolUsed) -> str:
    """Return what the AI did, or wished to do, besides talking."""
    words = {
        Tool.SEARCH: f"The AI looked up: {used.text}",
        Tool.END_CALL: "The AI holds the call to be over",
        Tool.ASK_AGENT: f"The AI asks you: {used.text}",
        Tool.TRANSFER: f"The AI wishes to pass the caller on to {used.to}",
        Tool.TAKE_MESSAGE: f"The AI has written down: {used.text}",
    }[used.tool]
    return f"{words} (not allowed)" if used.result is ToolResult.REFUSED else words


def report_lines(report: CallReport) -> Iterator[str]:
    """Yield the measured facts under their headings; what could not be measured says why."""
    yield f"Report: {wording.outcome(report)}, {clock(report.duration_ms)}"
    for group in report.groups:
        yield f"  {group.title}"
        for measure in group.measures:
            value = wording.value(measure) if measure.value is not None else f"– ({measure.missing_because})"
            grade = f"  {wording.GRADES[measure.grade]}" if measure.grade else ""
            yield f"    {measure.name:<44} {value}{grade}"
    if report.judgement is None:
        yield f"  {report.score_note}"
    yield from (f"  {line}".rstrip() for line in judgement_words.as_text(report))


class Autopilot:
    """Stands in for the agent: answers in `mode`, and lets suggestions be said after a moment's reading.

    In "I approve" it approves each; in takeover it types each suggestion as its own words, if it `types`.
    """

    def __init__(
        self, desk: CallDesk, mode: Mode | None, *, reading_s: float = 0.4, types: bool = True
    ) -> None:
        self._desk, self._mode, self._reading_s, self._types = desk, mode, reading_s, types

    def __call__(self, fact: Fact) -> None:
        """React to `fact`; orders are given on later turns of the loop."""
        loop = asyncio.get_running_loop()
        if isinstance(fact, CallRinging) and self._mode is not None:
            loop.call_soon(self._try, partial(self._desk.accept, fact.call_id, self._mode))
        elif isinstance(fact, SuggestionReady) and not fact.rank:
            loop.call_later(self._reading_s, self._try, partial(self._say, fact))

    @staticmethod
    def _try(order: Callable[[], None]) -> None:
        # The call may have gone on meanwhile: the caller spoke again, or left.
        with suppress(UnknownCall, IllegalTransition):
            order()

    def _say(self, ready: SuggestionReady) -> None:
        mode = next((view.mode for view in self._desk.live_calls() if view.call_id == ready.call_id), None)
        if mode is Mode.AGENT_APPROVES:
            self._desk.say(ready.call_id, ready.suggestion_id, ready.text)
        elif mode is Mode.AGENT_SPEAKS and self._types:
            self._desk.say_text(ready.call_id, ready.text)
