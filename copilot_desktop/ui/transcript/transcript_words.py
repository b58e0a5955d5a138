"""How a turn of a transcript reads on screen, aloud and in the clipboard, and which parts look different."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QCoreApplication

from copilot_desktop.calls.card_numbers import HIDDEN
from copilot_desktop.calls.saying import PRIVATE
from copilot_desktop.calls.transcript import Utterance
from copilot_desktop.ui.transcript.transcript_lines import SystemLine
from copilot_desktop.ui.widgets.wording import party_name

UNCERTAIN_BELOW = 0.5
"""What a recogniser itself holds for less likely than this is marked."""

_NO_BREAK = "\u00a0"
_SCISSORS = "\u2702\ufe0e"
_HIDDEN = re.compile("|".join(re.escape(text.replace(" ", _NO_BREAK)) for text in (HIDDEN, PRIVATE)))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Transcript", text)


class Part(Enum):
    """How a piece of a text looks."""

    HEARD = "heard"
    """Of words that our voice is saying: the caller has heard these; the rest is queued."""
    CUT = "cut"
    """The sign for the place where the caller heard no more."""
    UNHEARD = "unheard"
    HIDDEN = "hidden"
    BRACKET = "bracket"
    """Around something hidden: keeps room for its box, and is not seen."""
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Piece:
    """`length` letters from `start` on that look different."""

    part: Part
    start: int
    length: int


def words_of(turn: Utterance | SystemLine) -> str:
    """Return all words of a turn, also those that were not heard."""
    if isinstance(turn, Utterance) and turn.unheard:
        return f"{turn.text} {turn.unheard}"
    return turn.text


def display(turn: Utterance | SystemLine) -> tuple[str, list[Piece]]:
    """Return a turn as it is drawn, and its pieces in order; later ones are laid over earlier ones."""
    if isinstance(turn, SystemLine):
        return turn.text, []
    if not turn.is_final:
        text = _unbroken(f"{turn.text} …")
        heard = [Piece(Part.HEARD, 0, turn.heard_length)] if turn.heard_length else []
        return text, [*heard, *_hidden(text)]
    pieces = []
    text = turn.text
    if is_uncertain(turn):
        pieces.append(Piece(Part.UNCERTAIN, 0, len(text)))
    if turn.unheard:
        mark = f" {_SCISSORS}{_NO_BREAK}{_tr('cut here').replace(' ', _NO_BREAK)} "
        pieces.append(Piece(Part.CUT, len(text), len(mark)))
        pieces.append(Piece(Part.UNHEARD, len(text) + len(mark), len(turn.unheard)))
        text = f"{text}{mark}{turn.unheard}"
    text = _unbroken(text)
    return text, [*pieces, *_hidden(text)]


def is_uncertain(turn: Utterance) -> bool:
    """Whether the recogniser itself was not sure. Many never say."""
    return turn.confidence is not None and turn.confidence < UNCERTAIN_BELOW


def hits(text: str, words: str) -> Iterator[int]:
    """Yield where `words` begin in a text made by `display`, large or small letters alike."""
    searched, wanted = text.lower().replace(_NO_BREAK, " "), words.lower()
    start = searched.find(wanted) if wanted else -1
    while start >= 0:
        yield start
        start = searched.find(wanted, start + len(wanted))


def spoken(turn: Utterance | SystemLine) -> str:
    """Return a turn as a screen reader says it: "Caller, 2 minutes 12: My order…"."""
    at = spoken_clock(turn.start_ms / 1000)
    if isinstance(turn, SystemLine):
        return f"{at}: {turn.text}"
    states = []
    if not turn.is_final:
        states.append(_tr("still speaking"))
    if is_uncertain(turn):
        states.append(_tr("not certain"))
    about = ", ".join((party_name(turn.party), at, *states))
    said = f"{about}: {turn.text}"
    return _tr("{0} – cut here, not heard: {1}").format(said, turn.unheard) if turn.unheard else said


def spoken_clock(seconds: float) -> str:
    """Return 12 seconds, 1 minute, 2 minutes 12, 1 hour 2 minutes 12."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if not hours and not minutes:
        return _tr("1 second") if rest == 1 else _tr("{0} seconds").format(rest)
    parts = []
    if hours:
        parts.append(_tr("1 hour") if hours == 1 else _tr("{0} hours").format(hours))
    if minutes or rest:
        parts.append(_tr("1 minute") if minutes == 1 else _tr("{0} minutes").format(minutes))
    if rest:
        parts.append(str(rest))
    return " ".join(parts)


def _unbroken(text: str) -> str:
    """Keep the words for something hidden on one line, so that its box is one box."""
    for marker in (HIDDEN, PRIVATE):
        text = text.replace(marker, marker.replace(" ", _NO_BREAK))
    return text


def _hidden(text: str) -> Iterator[Piece]:
    for found in _HIDDEN.finditer(text):
        start, end = found.span()
        yield Piece(Part.HIDDEN, start, end - start)
        yield Piece(Part.BRACKET, start, 1)
        yield Piece(Part.BRACKET, end - 1, 1)
