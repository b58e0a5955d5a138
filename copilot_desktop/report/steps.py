"""Steps: what the checklist of a call comes to, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from copilot_desktop.calls.events import CallEvent, ChecklistChanged, ChecklistItem
from copilot_desktop.report import wording


def read(events: Sequence[CallEvent]) -> tuple[ChecklistItem, ...]:
    """Return how the steps stood at the end; empty: the call had no checklist."""
    told = [event for event in events if isinstance(event, ChecklistChanged)]
    return told[-1].items if told else ()


def missing(items: Sequence[ChecklistItem]) -> list[str]:
    """Return the required steps that were not done."""
    return [item.step for item in items if item.is_required and not item.is_done]


def headline(items: Sequence[ChecklistItem]) -> str:
    """Return "4 of 6 steps done. Required and not done: order number." """
    done = f"{sum(item.is_done for item in items)} of {len(items)} steps done."
    left = missing(items)
    return f"{done} Required and not done: {', '.join(left)}." if left else done


def title(item: ChecklistItem) -> str:
    """Return one step with its sign: "✓ Greeting" or "○ Order number (required)"."""
    name = item.step[:1].upper() + item.step[1:]
    return f"✓ {name}" if item.is_done else f"○ {name}{' (required)' if item.is_required else ''}"


def line(item: ChecklistItem) -> str:
    """Return one step with its sign, its time and whose tick it is."""
    parts = [title(item)]
    if item.done_ms is not None:
        parts.append(wording.clock(item.done_ms))
    if item.is_by_agent:
        parts.append("by the agent")
    return ", ".join(parts)
