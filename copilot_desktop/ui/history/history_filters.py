"""HistoryFilters: which calls of the history are wanted, beside the words that are searched for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QSettings, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from copilot_desktop.calls.archive import CallQuery, Handler, ScoreRange
from copilot_desktop.calls.events import Outcome
from copilot_desktop.ui.widgets.choices import CalmCombo
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.wording import outcome_name

_DAYS = {"today": 1, "week": 7, "month": 30, "quarter": 90}
_OUTCOMES: dict[str, frozenset[Outcome]] = {
    "answered": frozenset({Outcome.COMPLETED, Outcome.TRANSFERRED, Outcome.INTERRUPTED}),
    "missed": frozenset({Outcome.MISSED}),
    "declined": frozenset({Outcome.DECLINED}),
    "voicemail": frozenset({Outcome.VOICEMAIL}),
    "failed": frozenset({Outcome.FAILED}),
}


class HistoryFilters(QWidget):
    """A row of choices, each "all" at first; remembered. `changed`: other calls are wanted."""

    changed = Signal()

    def __init__(self, preferences: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("historyFilters")
        self._preferences = preferences
        tr = self.tr
        self.time = self._box(
            "historyTime",
            tr("When"),
            (
                (tr("Any time"), ""),
                (tr("Today"), "today"),
                (tr("7 days"), "week"),
                (tr("30 days"), "month"),
                (tr("90 days"), "quarter"),
            ),
        )
        self.outcome = self._box(
            "historyOutcome",
            tr("Outcome"),
            (
                (tr("Any outcome"), ""),
                (tr("Answered"), "answered"),
                *((outcome_name(next(iter(_OUTCOMES[name]))), name) for name in list(_OUTCOMES)[1:]),
            ),
        )
        self.handler = self._box(
            "historyHandler",
            tr("Who spoke"),
            (
                (tr("Whoever spoke"), ""),
                (tr("AI alone"), Handler.AI.value),
                (tr("You, or both"), Handler.AGENT.value),
                (tr("Nobody"), Handler.NOBODY.value),
            ),
        )
        self.score = self._box(
            "historyScore",
            tr("Score"),
            (
                (tr("Any score"), ""),
                (tr("75 and more"), ScoreRange.GOOD.value),
                (tr("50 to 74"), ScoreRange.FAIR.value),
                (tr("Below 50"), ScoreRange.POOR.value),
                (tr("Failed"), ScoreRange.FAILED.value),
                (tr("No score"), ScoreRange.NONE.value),
            ),
        )
        self.desk = self._box("historyDesk", tr("Desk"), ((tr("All desks"), ""),))
        self.desk.hide()
        self.practice = QCheckBox(tr("Practice calls"))
        self.practice.setObjectName("historyPractice")
        self.practice.setAccessibleName(tr("Show practice calls too"))
        self.practice.toggled.connect(self._chosen)
        self.setLayout(FlowRow(*self._boxes, self.practice))
        self._recall()

    def query(self, words: str) -> CallQuery:
        """Return what is wanted now."""
        days = _DAYS.get(str(self.time.currentData()), 0)
        midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        handler, score = str(self.handler.currentData()), str(self.score.currentData())
        return CallQuery(
            words=words,
            since=(midnight - timedelta(days=days - 1)).astimezone(UTC) if days else None,
            outcomes=_OUTCOMES.get(str(self.outcome.currentData()), frozenset()),
            handler=Handler(handler) if handler else None,
            score=ScoreRange(score) if score else None,
            desk=str(self.desk.currentData() or ""),
            with_practice=self.practice.isChecked(),
        )

    @property
    def is_narrow(self) -> bool:
        """Something but practice is left out."""
        return any(box.currentIndex() > 0 for box in self._boxes)

    def clear(self) -> None:
        """Leave nothing out any more; practice calls stay as they are."""
        for box in self._boxes:
            with QSignalBlocker(box):
                box.setCurrentIndex(0)
        self._chosen()

    def offer_desks(self, names: Sequence[str]) -> None:
        """Let a desk be chosen, if there are several."""
        known = [self.desk.itemData(row) for row in range(1, self.desk.count())]
        if known == list(names):
            return
        chosen = self.desk.currentData() or str(self._preferences.value("history/historyDesk", "") or "")
        with QSignalBlocker(self.desk):
            while self.desk.count() > 1:
                self.desk.removeItem(1)
            for name in names:
                self.desk.addItem(name, name)
            self.desk.setCurrentIndex(max(0, self.desk.findData(chosen)))
        self.desk.setVisible(bool(names))
        if self.desk.currentIndex() > 0:
            self.changed.emit()

    # Inside.

    @property
    def _boxes(self) -> tuple[QComboBox, ...]:
        return self.time, self.outcome, self.handler, self.score, self.desk

    def _box(self, name: str, title: str, options: Sequence[tuple[str, str]]) -> CalmCombo:
        box = CalmCombo()
        box.setObjectName(name)
        box.setAccessibleName(title)
        box.setToolTip(title)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for words, value in options:
            box.addItem(words, value)
        box.currentIndexChanged.connect(self._chosen)
        return box

    def _chosen(self) -> None:
        for box in self._boxes:
            self._preferences.setValue(f"history/{box.objectName()}", box.currentData() or "")
        self._preferences.setValue("history/practice", self.practice.isChecked())
        self.changed.emit()

    def _recall(self) -> None:
        for box in self._boxes:
            with QSignalBlocker(box):
                kept = self._preferences.value(f"history/{box.objectName()}", "")
                box.setCurrentIndex(max(0, box.findData(kept)))
        with QSignalBlocker(self.practice):
            self.practice.setChecked(
                str(self._preferences.value("history/practice", False)).lower() == "true"
            )
