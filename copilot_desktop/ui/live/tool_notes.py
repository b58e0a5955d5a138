"""ToolNotes: what the AI did or wishes besides talking, as far as the agent must see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from copilot_desktop.calls.events import CallEvent, Tool, ToolResult, ToolUsed, TransferChanged

_SHOWN = {
    (Tool.ASK_AGENT, ToolResult.LEFT_TO_AGENT),
    (Tool.TRANSFER, ToolResult.LEFT_TO_AGENT),
    (Tool.TRANSFER, ToolResult.REFUSED),
    (Tool.TAKE_MESSAGE, ToolResult.DONE),
    (Tool.END_CALL, ToolResult.LEFT_TO_AGENT),
}
"""The rest is heard, or of no use to a person who is talking."""


@dataclass(frozen=True, slots=True)
class ToolNote:
    """One thing to be seen. `to` is whom the AI would pass the caller on to, as the settings call them."""

    tool: Tool
    result: ToolResult
    text: str = ""
    to: str = ""


class ToolNotes:
    """A call's notes; of one kind only the newest."""

    def __init__(self) -> None:
        self._notes: list[ToolNote] = []

    def all(self) -> list[ToolNote]:
        """Return the notes, those that wait for the agent first, and of these the newest."""
        newest = self._notes[::-1]
        return sorted(newest, key=lambda note: note.result is not ToolResult.LEFT_TO_AGENT)

    def apply(self, fact: CallEvent) -> bool:
        """Fold one fact in; tell whether it was about a tool."""
        if isinstance(fact, TransferChanged):
            self._drop(lambda note: note.tool is Tool.TRANSFER)
            return False
        if not isinstance(fact, ToolUsed):
            return False
        self._drop(lambda note: note.tool is fact.tool)
        if (fact.tool, fact.result) in _SHOWN:
            self._notes.append(ToolNote(fact.tool, fact.result, fact.text.strip(), fact.to.strip()))
        return True

    def dismiss(self, note: ToolNote) -> None:
        """The agent has seen it."""
        self._drop(lambda each: each is note)

    def answer(self) -> None:
        """The agent has told the AI something: what it asked is answered."""
        self._drop(lambda note: note.tool is Tool.ASK_AGENT)

    def _drop(self, is_over: Callable[[ToolNote], bool]) -> None:
        self._notes = [note for note in self._notes if not is_over(note)]
