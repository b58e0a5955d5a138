"""Shell: what `app.py` hands to the window besides the bridge: history, reports, practice, preferences."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QSettings

from copilot_desktop.calls.archive import Archive
from copilot_desktop.calls.events import CallEvent, CallId, Source, WrapUpChanged
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.trends import CallFilter, Figure, TrendCall, Week

if TYPE_CHECKING:
    from copilot_desktop.report import CallReport
    from copilot_desktop.report.choice import ExportChoice


@dataclass(frozen=True, slots=True)
class ScenarioCard:
    """A practice scenario as the first page offers it; `name` is what `start_practice` takes."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class WhenClosed:
    """`way` is "message", "voicemail", "ai" or "never"; `message` what is said to callers."""

    way: str
    message: str = ""


class TrendSource(Protocol):
    """The figures of past calls, by weeks of this computer's clock. Both raise CopilotError."""

    async def weeks(self, since: date, until: date, which: CallFilter) -> list[Week]:
        """The weeks that begin in this time, oldest first, those without calls too."""
        ...

    async def calls_behind(
        self, figure: Figure | None, week: date, which: CallFilter, limit: int
    ) -> list[TrendCall]:
        """The calls behind a figure of the week that begins on `week`, newest first; None: all of it."""
        ...


class Shell(Protocol):
    """The rest of the program, as the window sees it. Coroutines may raise `CopilotError`; nothing blocks.

    Everything but the first two is asked for anew each time: it may change while the window stands.
    """

    resources: Path
    preferences: QSettings
    """For sizes, theme and the like; never for secrets."""

    @property
    def ring_s(self) -> float:
        """How long a call rings before it is missed."""
        ...

    @property
    def start_mode(self) -> Mode:
        """What "Answer" means for real calls."""
        ...

    @property
    def opens_report(self) -> bool:
        """Whether a call's report opens by itself when the call has ended."""
        ...

    @property
    def wraps_up(self) -> bool:
        """Whether a form asks what came of a call when it has ended."""
        ...

    @property
    def outcomes(self) -> Sequence[str]:
        """How calls end, in the owner's words."""
        ...

    @property
    def wrap_up_pause_s(self) -> int:
        """So long after a call no other rings, unless the form is saved before; 0: they ring at once."""
        ...

    @property
    def hold_sound(self) -> str:
        """What callers on hold hear: "music" or "silence"."""
        ...

    @property
    def waiting_sentence(self) -> str:
        """What the assistant's voice says while a caller waits."""
        ...

    @property
    def transfer_targets(self) -> Mapping[str, str]:
        """Whom calls can be passed on to: name → number or SIP address."""
        ...

    @property
    def outage(self) -> str:
        """What callers meet while we cannot be reached: "message", "forward", "address"; empty: nothing."""
        ...

    def when_closed(self) -> WhenClosed:
        """What callers get while calls do not ring here."""
        ...

    def asks_put_back(self) -> bool:
        """Whether the end of the program must be preceded by a question: the number points here."""
        ...

    def has_microphone(self) -> bool:
        """Whether the agent's voice can reach the caller. Without, the agent types."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` as a task that the program owns and cancels at its end."""
        ...

    async def pause(self) -> None:
        """Let the window paint and answer before the next piece of work."""
        ...

    def scenarios(self) -> Sequence[ScenarioCard]:
        """Practice scenarios, the first one to be offered first."""
        ...

    def start_practice(self, name: str, mode: Mode) -> None:
        """Let the practice caller ring; `mode` is how it will be answered. Returns at once."""
        ...

    async def recent_calls(self) -> list[CallSummary]:
        """Newest first."""
        ...

    def archive(self) -> Archive:
        """All past calls. Raises CopilotError while there is no history."""
        ...

    async def calls_from(self, number: str) -> list[CallSummary]:
        """The last few calls from this number, newest first; practice calls are not among them."""
        ...

    def trends(self) -> TrendSource:
        """The figures of past calls. Raises CopilotError while there is no history."""
        ...

    async def load(self, module: str) -> None:
        """Return when a module that takes long to load is loaded; not on the loop."""
        ...

    async def ask_documents(self, question: str) -> list[Source]:
        """What the business's documents say about it, best first, each with its words in `text`."""
        ...

    def keep_wrap_up(self, fact: WrapUpChanged) -> None:
        """Keep what the agent wrote down after a call. Never waits."""
        ...

    async def open_wrap_ups(self) -> list[WrapUpChanged]:
        """Forms of the last days that were begun here and never saved, oldest first."""
        ...

    async def flush(self) -> None:
        """Return when all that was told of calls so far is on the disk. Raises CopilotError."""
        ...

    async def read_call(self, call_id: CallId) -> list[CallEvent]:
        """Everything kept of a call, in order; empty if unknown."""
        ...

    async def build_report(self, events: Sequence[CallEvent]) -> CallReport:
        """Measure a call, off the loop, and lay over it what was judged."""
        ...

    async def recording(self, call_id: CallId) -> Path | None:
        """Where the call's recording lies, all of it written; None: there is none.

        Raises RecordingElsewhere for another desk's call.
        """
        ...

    async def listen(self, report: CallReport) -> CallReport:
        """The report with what its recording tells of the line; as it was without one. Takes a second."""
        ...

    async def read_mood(self, report: CallReport) -> CallReport:
        """The report with the mood of what was said, or with why there is none. Takes a second."""
        ...

    def can_judge(self) -> bool:
        """Whether there is an AI that can judge calls."""
        ...

    def is_judging(self, call_id: CallId) -> bool:
        """Whether it is at that call now, or will be in a moment."""
        ...

    async def judge_call(self, call_id: CallId) -> None:
        """Have a call judged, perhaps again. Its stages are told as facts. Takes up to minutes."""
        ...

    async def object_to(self, call_id: CallId, criterion: str, answer: str, reason: str) -> None:
        """Put the agent's answer in the place of one in the judgement; both stay visible."""
        ...

    def export_name(self, report: CallReport, extension: str) -> str:
        """A file name for an export."""
        ...

    async def export(
        self,
        calls: Sequence[CallId],
        choice: ExportChoice,
        target: Path,
        told: Callable[[int, int], None],
    ) -> list[Path]:
        """Write one call to the file `target`; many as CSV to it, else one by one into the folder `target`.

        `told` hears how many of how many are done; what it raises ends the export. Returns what was written.
        Raises CopilotError or OSError.
        """
        ...
