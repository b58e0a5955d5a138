"""Shell: what `app.py` hands to the window besides the bridge: history, reports, practice, preferences."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QSettings

from copilot_desktop.calls.events import CallEvent, CallId
from copilot_desktop.calls.ports import CallSummary
from copilot_desktop.calls.states import Mode

if TYPE_CHECKING:
    from copilot_desktop.report import CallReport

EXPORT_FORMATS = ("pdf", "html", "json", "csv", "txt")


@dataclass(frozen=True, slots=True)
class ScenarioCard:
    """A practice scenario as the first page offers it; `name` is what `start_practice` takes."""

    name: str
    title: str
    description: str


class Shell(Protocol):
    """The rest of the program, as the window sees it. Coroutines may raise `CopilotError`; nothing blocks."""

    resources: Path
    preferences: QSettings
    """For sizes, theme and the like; never for secrets."""
    ring_s: float
    """How long a call rings before it is missed."""
    start_mode: Mode
    """What "Answer" means for real calls."""
    number_steps: Sequence[str]
    """How to connect a phone number, one step a line."""

    def has_microphone(self) -> bool:
        """Whether the agent's voice can reach the caller. Without, the agent types."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` as a task that the program owns and cancels at its end."""
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

    async def search_calls(self, words: str) -> list[CallSummary]:
        """Calls in which the words were said, best first."""
        ...

    async def read_call(self, call_id: CallId) -> list[CallEvent]:
        """Everything kept of a call, in order; empty if unknown."""
        ...

    async def build_report(self, events: Sequence[CallEvent]) -> CallReport:
        """Measure a call, off the loop."""
        ...

    def export_name(self, report: CallReport, extension: str) -> str:
        """A file name for an export."""
        ...

    async def export(self, call_id: CallId, extension: str, path: Path) -> None:
        """Write a report to `path` as one of `EXPORT_FORMATS`. Raises CopilotError or OSError."""
        ...
