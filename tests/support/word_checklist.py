"""A checklist that needs no model: a step is done when its own name is said."""

from __future__ import annotations

from dataclasses import replace

from copilot_desktop.calls.events import ChecklistItem, Party


class WordChecklist:
    """The steps `names`; those that end in "!" are required. It fails while `is_broken`."""

    def __init__(self, *names: str) -> None:
        self._items = {
            name.rstrip("!"): ChecklistItem(step=name.rstrip("!"), is_required=name.endswith("!"))
            for name in names
        }
        self.heard: list[str] = []
        self.is_broken = False

    @property
    def items(self) -> tuple[ChecklistItem, ...]:
        """How they stand."""
        return tuple(self._items.values())

    def load(self) -> None:
        """Nothing is to be loaded."""

    def hear(self, party: Party, text: str, at_ms: int) -> tuple[str, ...]:
        """Return the steps whose names stand in `text` and that were open."""
        if self.is_broken:
            raise RuntimeError("the model is gone")
        self.heard.append(text)
        done = [
            item.step
            for item in self._items.values()
            if item.step in text.lower() and not (item.is_done or item.is_by_agent)
        ]
        for step in done:
            self._items[step] = replace(self._items[step], is_done=True, done_ms=at_ms)
        return tuple(done)

    def set_done(self, step: str, is_done: bool, at_ms: int) -> None:
        """Raises KeyError."""
        done_ms = at_ms if is_done else None
        self._items[step] = replace(self._items[step], is_done=is_done, is_by_agent=True, done_ms=done_ms)
