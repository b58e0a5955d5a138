"""WrapUpForm: what came of a call, in the agent's words; what an AI proposes is marked, never set."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from copilot_desktop.report.wrap_up import Proposal, WrapUp
from copilot_desktop.ui.widgets.choices import CalmCombo
from copilot_desktop.ui.widgets.theme import label, set_look

_MOST_LETTERS = 5000
_EDGES_PX = 28


class _TextBox(QPlainTextEdit):
    """As high as so many lines, at every size of text."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self._lines = lines
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.fontMetrics().lineSpacing() * self._lines + _EDGES_PX)


class WrapUpForm(QScrollArea):
    """`changed` follows every word of the agent; `values` is how the form stands."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("wrapUpForm")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._is_summary_own = False
        self._proposal = Proposal()
        self._outcomes: tuple[str, ...] = ()
        self._build()

    def show_form(self, wrap_up: WrapUp, outcomes: tuple[str, ...]) -> None:
        """Fill in what is kept of a call."""
        self._is_summary_own, self._proposal = wrap_up.is_summary_own, Proposal()
        self._outcomes = tuple(dict.fromkeys((*outcomes, *filter(None, (wrap_up.outcome,)))))
        with QSignalBlocker(self.outcome):
            self.outcome.clear()
            self.outcome.addItem(self.tr("Not chosen"), "")
            for outcome in self._outcomes:
                self.outcome.addItem(outcome, outcome)
            self.outcome.setCurrentIndex(max(0, self.outcome.findData(wrap_up.outcome)))
        for edit, text in ((self.summary, wrap_up.summary), (self.notes, wrap_up.notes)):
            with QSignalBlocker(edit):
                edit.setPlainText(text)
        lines = (wrap_up.follow_up, wrap_up.follow_up_by, wrap_up.follow_up_due, ", ".join(wrap_up.tags))
        for field, text in zip(self._lines, lines, strict=True):
            with QSignalBlocker(field):
                field.setText(text)
        self._show_proposal("")

    def values(self, *, is_saved: bool) -> WrapUp:
        """Return the form as it stands."""
        what, who, due, tags = (field.text().strip() for field in self._lines)
        return WrapUp(
            summary=self.summary.toPlainText().strip()[:_MOST_LETTERS],
            is_summary_own=self._is_summary_own,
            outcome=str(self.outcome.currentData() or ""),
            follow_up=what,
            follow_up_by=who,
            follow_up_due=due,
            tags=tuple(dict.fromkeys(tag for part in tags.split(",") if (tag := part.strip()))),
            notes=self.notes.toPlainText().strip()[:_MOST_LETTERS],
            is_saved=is_saved,
        )

    def propose(self, proposal: Proposal) -> None:
        """Show what an AI suggests. What the agent has typed stays as it is."""
        self._proposal = proposal
        is_free = not self._is_summary_own and not self.summary.toPlainText().strip()
        if proposal.summary and is_free:
            with QSignalBlocker(self.summary):
                self.summary.setPlainText(proposal.summary)
            self.changed.emit()
        self._show_proposal("" if proposal.summary else self.tr("No summary – write your own"))

    def tell_summary(self, words: str) -> None:
        """Say in words how the AI's part stands."""
        self._show_proposal(words)

    def start(self) -> None:
        """Put the cursor where typing begins."""
        self.summary.setFocus(Qt.FocusReason.OtherFocusReason)

    # Building.

    def _build(self) -> None:
        page = QWidget()
        page.setObjectName("wrapUpPage")
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 12, 24, 16)
        column.setSpacing(8)
        self.summary = self._text("wrapUpSummary", self.tr("Summary"), 4)
        self.summary_sign = label("", "muted")
        self.summary_sign.setObjectName("wrapUpSummarySign")
        self.summary_sign.setWordWrap(True)
        self.accept_button = self._small("acceptSummary", self.tr("Accept"), self._accept_summary)
        self.use_button = self._small("useSummary", self.tr("Use the AI's"), self._use_summary)
        self._row(
            column, self.tr("Summary"), self.summary, self.summary_sign, self.accept_button, self.use_button
        )
        self.outcome = CalmCombo()
        self.outcome.setObjectName("wrapUpOutcome")
        self.outcome.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.outcome.currentIndexChanged.connect(self._outcome_chosen)
        self.suggested = self._small("suggestedOutcome", "", self._take_outcome)
        self._row(column, self.tr("Outcome"), self.outcome, self.suggested)
        self._build_follow_up(column)
        self.tags = self._line("wrapUpTags", self.tr("Tags, divided by commas"))
        self._row(column, self.tr("Tags"), self.tags)
        self.notes = self._text("wrapUpNotes", self.tr("Notes"), 4)
        self._row(column, self.tr("Notes"), self.notes)
        column.addStretch(1)
        self._lines = (self.follow_up, self.follow_up_by, self.follow_up_due, self.tags)
        self.summary.textChanged.connect(self._summary_typed)
        self.notes.textChanged.connect(self.changed)
        self.setWidget(page)

    def _build_follow_up(self, column: QVBoxLayout) -> None:
        self.follow_up = self._line("wrapUpFollowUp", self.tr("What is to be done"))
        self.follow_up_by = self._line("wrapUpFollowUpBy", self.tr("Who does it"))
        self.follow_up_due = self._line("wrapUpFollowUpDue", self.tr("By when"))
        grid = QGridLayout()
        grid.setSpacing(8)
        grid.addWidget(self.follow_up, 0, 0, 1, 2)
        grid.addWidget(self.follow_up_by, 1, 0)
        grid.addWidget(self.follow_up_due, 1, 1)
        self.suggested_follow_up = self._small("suggestedFollowUp", "", self._take_follow_up)
        self.suggested_follow_up.hide()
        column.addWidget(label(self.tr("Follow-up"), "heading"))
        column.addLayout(grid)
        column.addWidget(self.suggested_follow_up, 0, Qt.AlignmentFlag.AlignLeft)

    def _row(self, column: QVBoxLayout, title: str, field: QWidget, *beside: QWidget) -> None:
        heading = label(title, "heading")
        heading.setBuddy(field)
        column.addWidget(heading)
        column.addWidget(field)
        if beside:
            row = QHBoxLayout()
            row.setSpacing(8)
            for widget in beside:
                row.addWidget(widget, 1 if isinstance(widget, QLabel) else 0)
            row.addStretch(0)
            column.addLayout(row)

    def _text(self, name: str, title: str, lines: int) -> QPlainTextEdit:
        edit = _TextBox(lines)
        edit.setObjectName(name)
        edit.setAccessibleName(title)
        edit.setTabChangesFocus(True)
        return edit

    def _line(self, name: str, title: str) -> QLineEdit:
        field = QLineEdit()
        field.setObjectName(name)
        field.setAccessibleName(title)
        field.setPlaceholderText(title)
        field.setMaxLength(300)
        field.textChanged.connect(self.changed)
        return field

    def _small(self, name: str, text: str, deed: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setAutoDefault(False)
        button.clicked.connect(deed)
        return button

    # What is proposed.

    def _show_proposal(self, words: str) -> None:
        text = self.summary.toPlainText().strip()
        is_draft = bool(text) and not self._is_summary_own
        if is_draft:
            words = self.tr("Draft by the AI – not kept as yours until you accept or change it")
        self.summary_sign.setText(words)
        set_look(self.summary_sign, "tone", "warning" if is_draft else "muted")
        self.accept_button.setVisible(is_draft)
        other = self._proposal.summary
        self.use_button.setVisible(bool(other) and self._is_summary_own and text != other)
        outcome = self._proposal.outcome
        self.suggested.setVisible(bool(outcome) and self.outcome.currentData() != outcome)
        self.suggested.setText(self.tr("Suggested: {0}").format(outcome))
        self.suggested.setAccessibleName(self.tr("Take the suggested outcome: {0}").format(outcome))
        due = next(iter(self._proposal.follow_ups), "")
        self.suggested_follow_up.setVisible(bool(due) and not self.follow_up.text().strip())
        self.suggested_follow_up.setText(self.tr("Suggested: {0}").format(_short(due)))
        self.suggested_follow_up.setAccessibleName(self.tr("Take the suggested follow-up: {0}").format(due))
        self.suggested_follow_up.setToolTip(due)

    def _summary_typed(self) -> None:
        self._is_summary_own = bool(self.summary.toPlainText().strip())
        self._show_proposal("")
        self.changed.emit()

    def _accept_summary(self) -> None:
        self._is_summary_own = True
        self._show_proposal(self.tr("✓ Accepted"))
        self.changed.emit()
        self.outcome.setFocus()

    def _use_summary(self) -> None:
        # Typed in, so to say: the agent's own words come back by undo.
        cursor = self.summary.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(self._proposal.summary)
        self.summary.setFocus()

    def _outcome_chosen(self) -> None:
        self._show_proposal(self.summary_sign.text())
        self.changed.emit()

    def _take_outcome(self) -> None:
        self.outcome.setCurrentIndex(max(0, self.outcome.findData(self._proposal.outcome)))
        self.outcome.setFocus()

    def _take_follow_up(self) -> None:
        self.follow_up.setText(next(iter(self._proposal.follow_ups), ""))
        self.follow_up_by.setFocus()
        self._show_proposal(self.summary_sign.text())


def _short(text: str, letters: int = 60) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"
