"""TranscriptModel: a call's utterances as rows, and what else happened between them.

Words move only inside rows that are not final.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from copilot_desktop.calls.events import CallEvent, CallId, Fact, Party, UtteranceChanged, UtteranceFinished
from copilot_desktop.calls.transcript import Utterance
from copilot_desktop.ui.transcript.transcript_hearing import Hearing
from copilot_desktop.ui.transcript.transcript_lines import SystemLine, SystemLines
from copilot_desktop.ui.transcript.transcript_words import spoken, words_of

Index = QModelIndex | QPersistentModelIndex
Turn = Utterance | SystemLine


class Role(IntEnum):
    """What a row offers besides its text."""

    TURN = Qt.ItemDataRole.UserRole + 1


class TranscriptModel(QAbstractListModel):
    """Rows in the order in which they began.

    `stood` carries an `Utterance` whose words stand from now on; `state_moved`: how the words come in, or
    whether the call is on hold, may have changed.
    """

    stood = Signal(object)
    state_moved = Signal()

    def __init__(self, events: Iterable[Fact] = (), *, hearing: Hearing | None = None) -> None:
        super().__init__()
        self.call_id: CallId | None = None
        self.hearing = hearing or Hearing()
        self._lines = SystemLines()
        self._rows: list[Turn] = []
        self._at: dict[str, int] = {}
        for event in events:
            self.apply(event)

    def apply(self, fact: Fact) -> None:
        """Fold one fact in."""
        if isinstance(fact, CallEvent):
            self.call_id = fact.call_id
        if isinstance(fact, UtteranceChanged):
            self._put(
                Utterance(
                    utterance_id=fact.utterance_id,
                    party=fact.party,
                    text=fact.text,
                    start_ms=fact.start_ms,
                    heard_length=fact.heard_length,
                )
            )
        elif isinstance(fact, UtteranceFinished):
            self._finish(fact)
        elif line := self._lines.apply(fact):
            self._put(line)
        if self.hearing.apply(fact):
            self.state_moved.emit()

    def turn(self, row: int) -> Turn:
        """Return the utterance, or the line of the system, of a row."""
        return self._rows[row]

    def last_of(self, party: Party) -> Utterance | None:
        """Return what `party` said last."""
        said = (row for row in reversed(self._rows) if isinstance(row, Utterance))
        return next((row for row in said if row.party is party), None)

    def rows_with(self, words: str) -> list[int]:
        """Return the rows in which `words` occur, large or small letters alike."""
        wanted = words.lower()
        return [row for row, turn in enumerate(self._rows) if wanted in words_of(turn).lower()]

    def row_before(self, at_ms: int) -> int:
        """Return the last row that began by `at_ms`; −1 if none had."""
        return bisect_right(self._rows, at_ms, key=lambda turn: turn.start_ms) - 1

    def letters(self, row: int) -> int:
        """Return how long the text of a row is."""
        return len(words_of(self._rows[row]))

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: N802
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        turn = self._rows[index.row()]
        if role == Role.TURN:
            return turn
        if role == Qt.ItemDataRole.DisplayRole:
            return turn.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(turn)
        return None

    def _finish(self, fact: UtteranceFinished) -> None:
        if not fact.text and not fact.unheard:
            self._remove(fact.utterance_id)
            return
        at = self._at.get(fact.utterance_id)
        before = self._rows[at] if at is not None else None
        stands = _finished(fact)
        self._put(stands)
        if not (isinstance(before, Utterance) and before.is_final):
            self.stood.emit(stands)

    def _put(self, turn: Turn) -> None:
        row = self._at.get(_id(turn))
        if row is None:
            self._insert(turn)
        elif self._rows[row] != turn and not _is_step_back(self._rows[row], turn):
            self._rows[row] = turn
            index = self.index(row)
            self.dataChanged.emit(index, index)

    def _insert(self, turn: Turn) -> None:
        row = self.row_before(turn.start_ms) + 1
        self.beginInsertRows(QModelIndex(), row, row)
        self._rows.insert(row, turn)
        self._number_from(row)
        self.endInsertRows()

    def _remove(self, turn_id: str) -> None:
        row = self._at.get(turn_id)
        if row is None:
            return
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._rows[row]
        del self._at[turn_id]
        self._number_from(row)
        self.endRemoveRows()

    def _number_from(self, first: int) -> None:
        for row in range(first, len(self._rows)):
            self._at[_id(self._rows[row])] = row


def _id(turn: Turn) -> str:
    return turn.utterance_id if isinstance(turn, Utterance) else turn.line_id


def _is_step_back(old: Turn, new: Turn) -> bool:
    """Whether words that stand would begin to move again."""
    return isinstance(old, Utterance) and old.is_final and isinstance(new, Utterance) and not new.is_final


def _finished(fact: UtteranceFinished) -> Utterance:
    return Utterance(
        utterance_id=fact.utterance_id,
        party=fact.party,
        text=fact.text,
        start_ms=fact.start_ms,
        end_ms=fact.end_ms,
        confidence=fact.confidence,
        cut_short=fact.cut_short,
        unheard=fact.unheard,
    )
