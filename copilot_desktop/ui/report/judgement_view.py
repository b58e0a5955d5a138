"""JudgementView: the score of a call, each answer of the form with its quotes and times, and "I disagree"."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from copilot_desktop.report import judgement_words
from copilot_desktop.report.judgement import AnswerState, CriterionAnswer, Evidence, Judgement, SectionResult
from copilot_desktop.report.model import CallReport
from copilot_desktop.ui.report.objection_box import ObjectionBox
from copilot_desktop.ui.widgets.theme import label, set_look
from copilot_desktop.ui.widgets.wording import clock

_SHOWN_TITLES = 3
_OPEN = frozenset({AnswerState.CANNOT_TELL, AnswerState.UNVERIFIED, AnswerState.DISAGREED})
"""A judge was asked, and nothing stands."""
_TONES = {"✓": "success", "◐": "warning", "✗": "danger"}


class JudgementView(QWidget):
    """Shows the newest judgement; made anew by each `show_report`.

    `moment_asked` carries milliseconds; `judge_asked`: have the call judged, perhaps again;
    `objected` carries criterion, answer and reason.
    """

    moment_asked = Signal(int)
    judge_asked = Signal()
    objected = Signal(str, str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("judgementView")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._page: QWidget | None = None
        self.judge_button: QPushButton | None = None

    def show_report(self, report: CallReport, *, can_judge: bool, is_running: bool = False) -> None:
        """Show what `report` says; `can_judge`: there is an AI for it; `is_running`: it is at it now."""
        old, self._page = self._page, QWidget()
        if old is not None:
            self._column.removeWidget(old)
            old.hide()
            # Nobody may find it any more, though it lives until its own signal has come back.
            old.setParent(None)
            old.deleteLater()
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(12)
        self.judge_button = None
        judgement = report.judgement
        page.addWidget(self._score_box(report, judgement, can_judge=can_judge, is_running=is_running))
        if judgement is not None and not report.unjudgeable_because:
            self._drafts(page, judgement)
            for section in judgement.sections:
                page.addWidget(self._section(section, can_retry=can_judge and not is_running))
            page.addWidget(_wrapped(judgement_words.OPINION, "small"))
        self._column.addWidget(self._page)

    def focus_answer(self, id: str) -> None:
        """Put the focus where an answer can be changed."""
        box = self.findChild(ObjectionBox, f"objection_{id}")
        if box is not None:
            box.open_button.setFocus()

    # The score.

    def _score_box(
        self, report: CallReport, judgement: Judgement | None, *, can_judge: bool, is_running: bool
    ) -> QWidget:
        box = QFrame()
        box.setObjectName("scoreBox")
        box.setProperty("look", "tile")
        column = QVBoxLayout(box)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(6)
        score = _wrapped(report.score_note, "caller")
        score.setObjectName("scoreNote")
        if judgement is not None and judgement.failed:
            set_look(score, "tone", "danger")
        column.addWidget(score)
        if judgement is not None and not report.unjudgeable_because:
            for line in self._about(judgement):
                column.addWidget(_wrapped(line, "small"))
            self._judge_row(column, judgement, can_judge=can_judge, is_running=is_running)
        return box

    def _about(self, judgement: Judgement) -> list[str]:
        words = judgement_words
        numbers = [words.compliance(judgement), words.counts(judgement), words.form(judgement)]
        lines = ["   ·   ".join(part for part in numbers if part), words.judged_by(judgement)]
        if judgement.score is not None:
            lines.append(self._titles(self.tr("Good: {0}"), words.good(judgement)))
        lines.append(self._titles(self.tr("To improve: {0}"), words.to_improve(judgement)))
        if judgement.problem and judgement.judge:
            lines.append(self.tr("Not complete: {0}").format(judgement.problem))
        return [line for line in lines if line]

    def _titles(self, template: str, titles: list[str]) -> str:
        return template.format(" · ".join(titles[:_SHOWN_TITLES])) if titles else ""

    def _judge_row(
        self, column: QVBoxLayout, judgement: Judgement, *, can_judge: bool, is_running: bool
    ) -> None:
        if is_running:
            running = _wrapped(self.tr("The AI is judging this call. You need not wait for it."), "small")
            running.setObjectName("judgingState")
            column.addWidget(running)
            return
        if not can_judge:
            return
        words = self.tr("Judge again") if judgement.judge else self.tr("Judge this call now")
        self.judge_button = _slim(words, "judgeButton")
        self.judge_button.setToolTip(self.tr("The AI reads the transcript. What it said before is kept."))
        self.judge_button.clicked.connect(self.judge_asked)
        row = QHBoxLayout()
        row.addWidget(self.judge_button)
        row.addStretch(1)
        column.addLayout(row)

    def _drafts(self, page: QVBoxLayout, judgement: Judgement) -> None:
        said = [judgement_words.claim(each) for each in judgement.summary]
        if judgement.outcome is not None:
            outcome = judgement_words.claim(judgement.outcome)
            said.append(self.tr("Suggested outcome: {0}").format(outcome))
        said += [
            self.tr("Follow-up: {0}").format(judgement_words.claim(each)) for each in judgement.follow_ups
        ]
        if said:
            page.addWidget(label(self.tr("Drafted by the AI"), "heading"))
            for line in said:
                page.addWidget(_wrapped(line, "plain"))

    # The form.

    def _section(self, section: SectionResult, *, can_retry: bool) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(8)
        column.addWidget(_wrapped(f"{section.title}   {judgement_words.section_score(section)}", "heading"))
        if all(answer.state in _OPEN for answer in section.answers):
            column.addLayout(self._retry(section, can_retry=can_retry))
        for answer in section.answers:
            column.addWidget(self._answer(answer))
        return box

    def _retry(self, section: SectionResult, *, can_retry: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(_wrapped(self.tr("This section could not be judged."), "small"), 1)
        if can_retry:
            again = _slim(self.tr("Try again"), f"retry_{section.id}")
            again.setAccessibleName(self.tr("Try again to judge {0}").format(section.title))
            again.clicked.connect(self.judge_asked)
            row.addWidget(again)
        return row

    def _answer(self, answer: CriterionAnswer) -> QWidget:
        box = QWidget()
        box.setObjectName(f"answer_{answer.id}")
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._verdict(answer))
        for place in answer.evidence:
            column.addWidget(self._place(answer, place))
        if note := judgement_words.note(answer):
            column.addWidget(_wrapped(note, "small"))
        column.addWidget(self._objection(answer))
        return box

    def _verdict(self, answer: CriterionAnswer) -> QWidget:
        sign, verdict = judgement_words.sign(answer), judgement_words.verdict(answer)
        shown = _wrapped(f"{sign}  {answer.title}: {verdict}", "factValue")
        shown.setAccessibleName(f"{answer.title}: {verdict}")
        if sign in _TONES:
            set_look(shown, "tone", _TONES[sign])
        return shown

    def _place(self, answer: CriterionAnswer, place: Evidence) -> QWidget:
        words = judgement_words.evidence(place)
        if not place.is_checked:
            return _wrapped(words, "small")
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        go = _slim(f"▶ {clock(place.at_ms / 1000)}", f"show_{answer.id}")
        go.setAccessibleName(self.tr("Play and show in the transcript: {0}").format(words))
        go.clicked.connect(lambda _checked=False, at_ms=place.at_ms: self.moment_asked.emit(at_ms))
        if place.text or place.lines[1]:
            line.addWidget(_wrapped(words, "small"), 1)
        line.addWidget(go)
        if not place.text and not place.lines[1]:
            # A moment and no words: the button says it all.
            line.addStretch(1)
        return row

    def _objection(self, answer: CriterionAnswer) -> ObjectionBox:
        box = ObjectionBox(answer)
        box.objected.connect(lambda new, reason, id=answer.id: self.objected.emit(id, new, reason))
        return box


def _wrapped(text: str, look: str) -> QLabel:
    made = label(text, look)
    # What an AI or a caller said is never read as markup.
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return made


def _slim(words: str, name: str) -> QPushButton:
    button = QPushButton(words)
    button.setObjectName(name)
    button.setAccessibleName(words)
    button.setProperty("look", "slim")
    return button
