"""TranscriptModel: a call's utterances as rows; words move only inside rows that are not final."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from copilot_desktop.calls.events import Fact, Party, UtteranceChanged, UtteranceFinished, UtteranceId
from copilot_desktop.calls.transcript import Utterance
from copilot_desktop.ui.wording import clock, party_name

Index = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    """What a row offers besides its text."""

    UTTERANCE = Qt.ItemDataRole.UserRole + 1


class TranscriptModel(QAbstractListModel):
    """Rows in the order in which the utterances began."""

    def __init__(self, events: Iterable[Fact] = ()) -> None:
        super().__init__()
        self._rows: list[Utterance] = []
        self._at: dict[UtteranceId, int] = {}
        for event in events:
            self.apply(event)

    def apply(self, fact: Fact) -> None:
        """Fold one fact in; others than utterances change nothing."""
        if isinstance(fact, UtteranceChanged):
            self._put(
                Utterance(
                    utterance_id=fact.utterance_id, party=fact.party, text=fact.text, start_ms=fact.start_ms
                )
            )
        elif isinstance(fact, UtteranceFinished):
            if fact.text or fact.unheard:
                self._put(_finished(fact))
            else:
                self._remove(fact.utterance_id)

    def utterance(self, row: int) -> Utterance:
        """Return the utterance of a row."""
        return self._rows[row]

    def last_of(self, party: Party) -> Utterance | None:
        """Return what `party` said last."""
        return next((row for row in reversed(self._rows) if row.party is party), None)

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: N802
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == Role.UTTERANCE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{party_name(row.party)}, {clock(row.start_ms / 1000)}: {row.text}"
        return None

    def _put(self, utterance: Utterance) -> None:
        row = self._at.get(utterance.utterance_id)
        if row is None:
            self._insert(utterance)
        elif self._rows[row] != utterance and not (self._rows[row].is_final and not utterance.is_final):
            self._rows[row] = utterance
            index = self.index(row)
            self.dataChanged.emit(index, index)

    def _insert(self, utterance: Utterance) -> None:
        row = bisect_right(self._rows, utterance.start_ms, key=lambda other: other.start_ms)
        self.beginInsertRows(QModelIndex(), row, row)
        self._rows.insert(row, utterance)
        self._number_from(row)
        self.endInsertRows()

    def _remove(self, utterance_id: UtteranceId) -> None:
        row = self._at.get(utterance_id)
        if row is None:
            return
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._rows[row]
        del self._at[utterance_id]
        self._number_from(row)
        self.endRemoveRows()

    def _number_from(self, first: int) -> None:
        for row in range(first, len(self._rows)):
            self._at[self._rows[row].utterance_id] = row


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
