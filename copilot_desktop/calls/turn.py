"""Turn: one utterance of a party in the making, and who is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from copilot_desktop.calls.events import UtteranceId


@dataclass(slots=True)
class Turn:
    """One utterance of the party, from its first sound."""

    utterance_id: UtteranceId
    start_ms: int
    end_ms: int = 0
    last_sound_ms: int = 0
    """End of its last audible frame; known when it is over."""
    text: str = ""
    has_all_words: bool = False
    """`text` was asked for in the pause that the turn is in, or ended with."""
    gap_ms: int | None = None
    """The silence since the turn before, if both may be one."""
    is_unheard: bool = False
    """Over, and its words never came."""


class EarlyListener(Protocol):
    """Who also acts on what is likely before it is certain. None may wait."""

    def words_rest(self, turn: Turn) -> None:
        """The voice has just fallen silent, and the words so far look like all."""
        ...

    def sounds_again(self, turn: Turn) -> None:
        """It goes on after all, without a pause between."""
        ...

    def turn_is_wordless(self, turn: Turn) -> None:
        """No words in the sound so far, which ended a while ago."""
        ...


class TurnListener(Protocol):
    """Who acts on what an ear hears. All on the loop; none may wait."""

    def speech_started(self, turn: Turn) -> None:
        """Somebody begins to speak: a turn may come of it, or a cough."""
        ...

    def words_moved(self, turn: Turn) -> None:
        """Partial words."""
        ...

    def turn_paused(self, turn: Turn, certainty: float) -> None:
        """Words up to a pause, and the probability that they end the turn."""
        ...

    def speech_resumed(self, turn: Turn) -> None:
        """The pause was none: the turn goes on."""
        ...

    def turn_ended(self, turn: Turn) -> None:
        """The turn is over; its final words may still differ."""
        ...

    def turn_finished(self, turn: Turn) -> None:
        """The final words are published; empty if there were none."""
        ...
