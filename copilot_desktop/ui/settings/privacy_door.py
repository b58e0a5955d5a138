"""PrivacyDoor: what the page Privacy asks of the program: what is kept, deleted, and sent to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class KeptLine:
    """What is kept on this computer, and the last clean-up; None: there was none."""

    calls: int = 0
    recordings_bytes: int = 0
    oldest: datetime | None = None
    cleared_at: datetime | None = None
    cleared_calls: int = 0
    cleared_recordings: int = 0


@dataclass(frozen=True, slots=True)
class PlanLine:
    """Where one part of a call's work is done by the settings in force; no hosts: on this computer.

    `part`: "hearing", "writer", "voice", "judge", "phone" or "tunnel".
    """

    part: str
    hosts: tuple[str, ...] = ()
    is_used: bool = True


@dataclass(frozen=True, slots=True)
class SentLine:
    """One request as it was sent, without keys."""

    at: datetime
    host: str
    path: str
    body: str


@dataclass(frozen=True, slots=True)
class SentOut:
    """The last requests to AI services, newest first, and how many went to each host since the start."""

    requests: Sequence[SentLine] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


class PrivacyDoor(Protocol):
    """Coroutines raise StoreError where the history cannot be read or written."""

    async def kept(self) -> KeptLine:
        """Return how much is kept, and when it was last cleaned up."""
        ...

    async def delete_everything(self) -> int:
        """Delete every call that has ended, with all that is kept of it; return how many there were."""
        ...

    def plan(self) -> Sequence[PlanLine]:
        """Where each part of a call's work is done. Fast."""
        ...

    def sent(self) -> SentOut:
        """What was sent to AI services. From memory."""
        ...
