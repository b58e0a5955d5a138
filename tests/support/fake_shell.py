"""FakeShell: the rest of the program for window tests: a history in memory, no loop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings

from copilot_desktop import report as report_room
from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallEvent, CallId, CallRinging, Outcome, Party, Source, WrapUpChanged
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.trends import CallFilter, Figure, TrendCall, Week
from copilot_desktop.report import CallReport
from copilot_desktop.report.choice import ExportChoice
from copilot_desktop.report.judging.forms import load_form
from copilot_desktop.report.judging.marking import judged
from copilot_desktop.report.judging.verdict import KeptVerdict
from copilot_desktop.report.mood_line import NO_MODEL, MoodLine
from copilot_desktop.report.sound_quality import listened
from copilot_desktop.store.wav import pieces
from copilot_desktop.ui.shell import ScenarioCard, TrendSource, WhenClosed
from tests.support.fake_archive import FakeArchive

RESOURCES = Path(__file__).parents[2] / "resources"


class FakeTrends:
    """`by_filter` are all weeks, `calls` those of a figure and a Monday; `asked` what was asked for."""

    def __init__(self) -> None:
        self.by_filter: dict[CallFilter, list[Week]] = {}
        self.calls: dict[tuple[Figure | None, date], list[TrendCall]] = {}
        self.asked: list[tuple[date, date, CallFilter]] = []
        self.trouble: CopilotError | None = None

    async def weeks(self, since: date, until: date, which: CallFilter) -> list[Week]:
        self.asked.append((since, until, which))
        if self.trouble is not None:
            raise self.trouble
        there = {week.first_day: week for week in self.by_filter.get(which, [])}
        days = [since + timedelta(days=day) for day in range(0, (until - since).days, 7)]
        return [there.get(day, Week(first_day=day)) for day in days]

    async def calls_behind(
        self, figure: Figure | None, week: date, which: CallFilter, limit: int
    ) -> list[TrendCall]:
        if self.trouble is not None:
            raise self.trouble
        return self.calls.get((figure, week), [])[:limit]


class FakeShell:
    """`calls` is the history, `facts` what `read_call` gives; `practices`, `exports` and
    `questions` what was asked for.

    `judgements` are what an AI said about calls, `judge_orders` and `objections` what was asked for.
    `recordings` and `moods` are what there is of calls besides.
    `documents_trouble` and `disk_trouble` are what asking the documents, and writing, come to.
    """

    def __init__(
        self, folder: Path, facts: dict[CallId, list[CallEvent]], *, has_microphone: bool = False
    ) -> None:
        self.resources = RESOURCES
        self.preferences = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        self.ring_s = 12.0
        self.start_mode = Mode.AI_SPEAKS
        self.outage = "message"
        self.opens_report = True
        self.wraps_up, self.wrap_up_pause_s = False, 0
        self.outcomes: Sequence[str] = ("Resolved", "Follow-up needed", "No solution")
        self.wrap_ups: list[WrapUpChanged] = []
        """What was kept; those that were never saved come back."""
        self.hold_sound = "music"
        self.waiting_sentence = "One moment, please."
        self.transfer_targets: Mapping[str, str] = {"Anna": "+12025550133", "Workshop": "+12025550134"}
        self.closed = WhenClosed("message", "Thank you for calling Harbor Plumbing. We will call you back.")
        self.is_pointed_here = False
        self.facts, self._has_microphone = facts, has_microphone
        self.calls: list[CallSummary] = []
        self.kept_calls = FakeArchive(self.calls)
        self.practices: list[tuple[str, Mode]] = []
        self.documents: list[Source] = []
        self.questions: list[str] = []
        self.documents_trouble: CopilotError | None = None
        self.disk_trouble: CopilotError | None = None
        self.exports: list[tuple[tuple[CallId, ...], ExportChoice, Path]] = []
        self.recordings: dict[CallId, Path] = {}
        self.moods: dict[CallId, MoodLine] = {}
        self.figures = FakeTrends()
        self.has_judge = False
        self.being_judged: set[CallId] = set()
        self.judgements: dict[CallId, KeptVerdict] = {}
        self.judge_orders: list[CallId] = []
        self.objections: list[tuple[CallId, str, str, str]] = []

    def when_closed(self) -> WhenClosed:
        return self.closed

    def asks_put_back(self) -> bool:
        return self.is_pointed_here

    def has_microphone(self) -> bool:
        return self._has_microphone

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run to the end at once: nothing here ever waits."""
        try:
            work.send(None)
        except StopIteration:
            return
        raise AssertionError("work of the window waited for something that this shell does not have")

    async def pause(self) -> None:
        return

    def scenarios(self) -> Sequence[ScenarioCard]:
        return (
            ScenarioCard("late-order", "Late order (calm)", "A parcel is two days late."),
            ScenarioCard("appointment", "Appointment change", "A technician's visit must move."),
            ScenarioCard("billing", "Billing dispute (angry, interrupts)", "Charged twice."),
        )

    def start_practice(self, name: str, mode: Mode) -> None:
        self.practices.append((name, mode))

    async def recent_calls(self) -> list[CallSummary]:
        return list(self.calls)

    def archive(self) -> FakeArchive:
        return self.kept_calls

    async def calls_from(self, number: str) -> list[CallSummary]:
        return [call for call in self.calls if call.caller == number and not call.is_practice]

    def trends(self) -> TrendSource:
        return self.figures

    async def load(self, module: str) -> None:
        import_module(module)

    async def ask_documents(self, question: str) -> list[Source]:
        self.questions.append(question)
        if self.documents_trouble is not None:
            raise self.documents_trouble
        return [source for source in self.documents if question.lower() in source.text.lower()]

    def keep_wrap_up(self, fact: WrapUpChanged) -> None:
        self.wrap_ups.append(fact)

    async def open_wrap_ups(self) -> list[WrapUpChanged]:
        newest = {fact.call_id: fact for fact in self.wrap_ups}
        return [fact for fact in newest.values() if not fact.is_saved]

    async def flush(self) -> None:
        if self.disk_trouble is not None:
            raise self.disk_trouble

    async def read_call(self, call_id: CallId) -> list[CallEvent]:
        return list(self.facts.get(call_id, []))

    async def build_report(self, events: Sequence[CallEvent]) -> CallReport:
        report = report_room.build(events)
        return judged(report, load_form(), self.judgements.get(report.call_id))

    async def recording(self, call_id: CallId) -> Path | None:
        return self.recordings.get(call_id)

    async def listen(self, report: CallReport) -> CallReport:
        path = self.recordings.get(report.call_id)
        return listened(report, pieces(path)) if path is not None else report

    async def read_mood(self, report: CallReport) -> CallReport:
        return replace(report, mood=self.moods.get(report.call_id, MoodLine(missing_because=NO_MODEL)))

    def can_judge(self) -> bool:
        return self.has_judge

    def is_judging(self, call_id: CallId) -> bool:
        return call_id in self.being_judged

    async def judge_call(self, call_id: CallId) -> None:
        self.judge_orders.append(call_id)

    async def object_to(self, call_id: CallId, criterion: str, answer: str, reason: str) -> None:
        if self.disk_trouble is not None:
            raise self.disk_trouble
        self.objections.append((call_id, criterion, answer, reason))

    def export_name(self, report: CallReport, extension: str) -> str:
        return f"report.{extension}"

    async def export(
        self,
        calls: Sequence[CallId],
        choice: ExportChoice,
        target: Path,
        told: Callable[[int, int], None],
    ) -> list[Path]:
        if not target.parent.is_dir():
            raise OSError("no such folder")
        for done in range(len(calls)):
            told(done, len(calls))
        self.exports.append((tuple(calls), choice, target))
        return [target]

    def remember(self, count: int) -> None:
        """Put `count` calls into the history."""
        outcomes = (
            Outcome.COMPLETED,
            Outcome.COMPLETED,
            Outcome.MISSED,
            Outcome.DECLINED,
            Outcome.INTERRUPTED,
        )
        for number in range(count):
            outcome = outcomes[number % len(outcomes)]
            was_answered = outcome in (Outcome.COMPLETED, Outcome.INTERRUPTED)
            self.calls.append(
                CallSummary(
                    call_id=CallId(f"old-{number}"),
                    started_at=datetime(2026, 3, 12, 14, 28, tzinfo=UTC) - timedelta(hours=5 * number),
                    caller=f"+120255501{number % 90 + 10}",
                    line="+12025550140",
                    is_practice=number % 4 == 1,
                    outcome=outcome,
                    duration_ms=(91 + 37 * number) * 1000 if was_answered else 0,
                    handled_by=(Party.ASSISTANT, Party.AGENT)[: 1 + number % 2] if was_answered else (),
                    snippet="…my order should have been here on Friday…" if was_answered else "",
                )
            )

    def add(self, ringing: CallRinging) -> None:
        """Put one call of the desk into the history."""
        self.calls.insert(
            0,
            CallSummary(
                call_id=ringing.call_id,
                started_at=ringing.started_at,
                caller=ringing.caller,
                line=ringing.line,
                is_practice=ringing.is_practice,
                outcome=Outcome.COMPLETED,
                duration_ms=60_000,
                handled_by=(Party.ASSISTANT,),
            ),
        )
