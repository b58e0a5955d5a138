"""LiveTurn: what one turn of a party became in a realtime session: stretches of sound, and their words."""

from __future__ import annotations

from dataclasses import dataclass, field

from copilot_desktop.audio.frame import FRAME_MS, AudioFrame
from copilot_desktop.engines.hearing.loudness import Evidence

SHORTEST_MS = 100
"""Services take no less."""


@dataclass(eq=False, slots=True)
class Part:
    """A stretch of a turn, which the service writes as one item. Kept until its words stand."""

    end_ms: int
    frames: list[bytes] = field(default_factory=list)
    length_ms: int = 0
    """How much sound it is."""
    loud_ms: int = 0
    """How much of it was loud."""
    is_sealed: bool = False
    """No more sound comes; the service was told, or will be."""
    item_id: str = ""
    moving: str = ""
    """Words that came before the end, on this connection."""
    told: str = ""
    """The same on a connection before, until this one knows as much."""
    text: str | None = None
    """The words that stand."""

    @property
    def words(self) -> str:
        """The best words so far."""
        if self.text is not None:
            return self.text
        return self.moving if len(self.moving) >= len(self.told) else self.told

    def begin_again(self) -> None:
        """Its connection is gone; another will hear it from the beginning."""
        self.told = self.words
        self.moving, self.item_id = "", ""


@dataclass(eq=False, slots=True)
class LiveTurn:
    """One turn; `end_ms` moves while it runs."""

    start_ms: int
    end_ms: int
    parts: list[Part] = field(default_factory=list)
    evidence: Evidence = Evidence.NONE
    """Set when it is committed."""
    committed_s: float | None = None
    begun_s: float = 0.0
    lag_s: float | None = None
    """How long after the last loud sound the last words came before the commit."""
    early_words: str = ""
    """What was known at the commit."""

    @property
    def open_part(self) -> Part | None:
        """The part that sound goes to."""
        return self.parts[-1] if self.parts and not self.parts[-1].is_sealed else None

    @property
    def words(self) -> str:
        """The best words so far of all its parts."""
        return " ".join(words for part in self.parts if (words := part.words.strip()))

    @property
    def length_s(self) -> float:
        """How much sound it is."""
        return sum(part.length_ms for part in self.parts) / 1000

    @property
    def understood_ms(self) -> int:
        """Up to where the words stand."""
        known = [part.end_ms for part in self.parts if part.text is not None]
        return max(known, default=self.start_ms)

    @property
    def is_understood(self) -> bool:
        """Whether the words of everything sealed stand."""
        return all(part.text is not None for part in self.parts if part.is_sealed)

    def add(self, frame: AudioFrame, *, is_loud: bool) -> None:
        """Take 20 ms."""
        part = self.open_part
        if part is None:
            part = Part(frame.at_ms)
            self.parts.append(part)
        part.frames.append(frame.data)
        part.end_ms = frame.at_ms + FRAME_MS
        part.length_ms += FRAME_MS
        part.loud_ms += FRAME_MS if is_loud else 0
        self.end_ms = frame.at_ms + FRAME_MS


class Lag:
    """How far the words of a service that writes along are behind the sound; learned, 0.05 to 0.7 s."""

    def __init__(self) -> None:
        self.s = 0.25
        self.is_known = False
        self._count = 0

    def learn(self, sample_s: float) -> None:
        """In some silence the last words came `sample_s` after the sound."""
        sample_s = min(0.7, max(0.05, sample_s))
        # Words that come too late cost more than a moment's wait.
        self.s = sample_s if sample_s > self.s or not self._count else 0.7 * self.s + 0.3 * sample_s
        self._count += 1
        self.is_known = self._count >= 3
