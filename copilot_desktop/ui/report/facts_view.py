"""FactsView: the measured facts of a report, group by group, each with what it means."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from copilot_desktop.report import wording as report_wording
from copilot_desktop.report.model import CallReport, Grade, Measure, MeasureGroup
from copilot_desktop.ui.report.written_parts import written_parts
from copilot_desktop.ui.widgets.moments import button_of
from copilot_desktop.ui.widgets.theme import label, set_look
from copilot_desktop.ui.widgets.wording import clock

_LARGE_TEXT_PX = 24
_TONES = {Grade.GOOD: "success", Grade.WATCH: "warning", Grade.BAD: "danger"}


class FigureTile(QFrame):
    """One number that is read first."""

    def __init__(
        self, name: str, value: str, grade: Grade | None, tip: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("look", "tile")
        self.setToolTip(tip)
        word = report_wording.GRADES[grade] if grade else ""
        self.setAccessibleName(f"{name}: {value} {word}".strip())
        number = QHBoxLayout()
        number.setSpacing(8)
        number.addWidget(label(value, "figure"))
        if grade is not None:
            number.addWidget(grade_label(grade), 0, Qt.AlignmentFlag.AlignBottom)
        number.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 10)
        column.setSpacing(0)
        column.addWidget(label(name, "small"))
        column.addLayout(number)


class FactsView(QScrollArea):
    """All groups in one column. `moment_asked` carries milliseconds of the call."""

    moment_asked = Signal(int)

    def __init__(
        self, report: CallReport, parent: QWidget | None = None, *, above: QWidget | None = None
    ) -> None:
        """`above` stands over the facts, and scrolls with them."""
        super().__init__(parent)
        self.setObjectName("factsView")
        both, facts = self.tr("Judgement and measured facts"), self.tr("Measured facts")
        self.setAccessibleName(both if above is not None else facts)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        page.setObjectName("factsPage")
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 4, 24, 24)
        column.setSpacing(16)
        if above is not None:
            column.addWidget(above)
            title = label(self.tr("Measured by the program"), "cardTitle")
            title.setWordWrap(True)
            column.addWidget(title)
        if report.conversation is None:
            column.addWidget(
                label(self.tr("This call was never connected: there is nothing to measure."), "muted")
            )
        for part in written_parts(report, self.moment_asked.emit):
            column.addWidget(part)
        self._column, self._groups = column, dict[str, tuple[MeasureGroup, QWidget]]()
        for group in report.groups if report.conversation is not None else ():
            box = self._group(group)
            self._groups[group.title] = group, box
            column.addWidget(box)
        if above is None:
            note = label(report.score_note, "small")
            note.setWordWrap(True)
            column.addWidget(note)
        column.addStretch(1)
        self.setWidget(page)

    def renew(self, report: CallReport) -> None:
        """Show what has come in addition; what has not changed keeps its place."""
        for group in report.groups:
            shown, old = self._groups.get(group.title, (group, None))
            if old is None or shown == group:
                continue
            box = self._group(group)
            self._column.replaceWidget(old, box)
            self._groups[group.title] = group, box
            old.hide()
            old.deleteLater()

    def _group(self, group: MeasureGroup) -> QWidget:
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        grid.setColumnMinimumWidth(2, 56)
        grid.addWidget(label(group.title, "heading"), 0, 0, 1, 4)
        missing: dict[str, list[str]] = {}
        row = 1
        for measure in group.measures:
            if measure.value is None:
                missing.setdefault(measure.missing_because, []).append(measure.name.removeprefix("… "))
                continue
            self._fact(grid, row, measure)
            row += 2
        for reason, names in missing.items():
            note = label(self.tr("Not measured: {0} ({1})").format(", ".join(names), reason), "small")
            note.setWordWrap(True)
            grid.addWidget(note, row, 0, 1, 4)
            row += 1
        return box

    def _fact(self, grid: QGridLayout, row: int, measure: Measure) -> None:
        value = report_wording.value(measure)
        name = label(measure.name, "fact")
        name.setWordWrap(True)
        name.setToolTip(measure.definition)
        name.setAccessibleName(f"{measure.name}: {value}")
        number = label(value, "factValue")
        number.setToolTip(measure.definition)
        # With large text a value may take two lines; the page is never wider than its place.
        number.setWordWrap(True)
        number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        grid.addWidget(name, row, 0)
        grid.addWidget(number, row, 1, Qt.AlignmentFlag.AlignTop)
        if measure.grade is not None:
            grid.addWidget(
                grade_label(measure.grade), row, 2, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
            )
        if (button := button_of(measure)) is not None:
            button.asked.connect(self.moment_asked)
            if self.fontMetrics().height() > _LARGE_TEXT_PX:
                # Four things side by side would be wider than their place.
                grid.addWidget(button, row + 1, 0, 1, 4, Qt.AlignmentFlag.AlignLeft)
            else:
                grid.addWidget(button, row, 3, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)


def grade_label(grade: Grade) -> QLabel:
    """Return a grade as a word in its colour."""
    word = label(report_wording.GRADES[grade], "grade")
    set_look(word, "tone", _TONES[grade])
    return word


_FIGURES = (
    ("ai_response_median", "AI answered in"),
    ("longest_silence", "Longest silence"),
    ("line_mos", "Line (estimate)"),
)


def figures(report: CallReport) -> list[FigureTile]:
    """Return the numbers that are read first."""
    if report.conversation is None:
        return []
    tiles = [FigureTile("Conversation", clock(report.conversation.length_ms / 1000), None, "")]
    for name, measure in _first_measures(report):
        tip = measure.definition if measure.value is not None else measure.missing_because
        tiles.append(FigureTile(name, report_wording.value(measure), measure.grade, tip))
    return tiles


def figures_line(report: CallReport) -> str:
    """Return the same numbers in one line of words."""
    if report.conversation is None:
        return ""
    parts = [f"Conversation {clock(report.conversation.length_ms / 1000)}"]
    for name, measure in _first_measures(report):
        grade = f" ({report_wording.GRADES[measure.grade]})" if measure.grade else ""
        parts.append(f"{name} {report_wording.value(measure)}{grade}")
    return "   ·   ".join(parts)


def _first_measures(report: CallReport) -> list[tuple[str, Measure]]:
    found = {measure.id: measure for measure in report.measures}
    return [(name, found[id]) for id, name in _FIGURES if id in found]
