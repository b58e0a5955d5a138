"""SentBox: shows exactly what is sent to whom: the plan of each part, and the last requests as they were."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QPlainTextEdit, QVBoxLayout

from copilot_desktop.ui.settings.page import SettingsPage, words
from copilot_desktop.ui.settings.privacy_door import PlanLine, SentLine
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.choices import CalmCombo
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push

_LINES = 12


class SentBox:
    """A button, and the panel that it opens. Read anew at each opening and by "Look again"."""

    def __init__(self, page: SettingsPage, rows: QVBoxLayout) -> None:
        self._page = page
        tr = page.tr
        self.toggle = push(tr("Show exactly what is sent to whom"), "showSent")
        self.toggle.setCheckable(True)
        self.toggle.toggled.connect(self._open)
        rows.addLayout(FlowRow(self.toggle))
        self.panel = QFrame()
        self.panel.setObjectName("sentPanel")
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.verdict = words("", "fieldTitle")
        self.verdict.setObjectName("sentVerdict")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)
        self.seen = words("", "muted")
        self.seen.setObjectName("sentSeen")
        self.chooser = CalmCombo()
        self.chooser.setObjectName("sentChooser")
        self.chooser.setAccessibleName(tr("The last requests"))
        self.chooser.setSizeAdjustPolicy(CalmCombo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.chooser.currentIndexChanged.connect(self._show_body)
        self.body = QPlainTextEdit()
        self.body.setObjectName("sentBody")
        self.body.setAccessibleName(tr("The request, as it was sent"))
        self.body.setReadOnly(True)
        self.body.setTabChangesFocus(True)
        self.body.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.again = push(tr("Look again"), "sentAgain")
        self.again.clicked.connect(self.refresh)
        self.copy = push(tr("Copy"), "sentCopy")
        self.copy.clicked.connect(self._copy)
        column.addWidget(self.verdict)
        column.addLayout(self._grid)
        for each in (self.seen, self.chooser, self.body):
            column.addWidget(each)
        column.addLayout(FlowRow(self.again, self.copy))
        self._requests: list[SentLine] = []
        self.panel.hide()
        rows.addWidget(self.panel)

    def refresh(self) -> None:
        """Read the plan and the requests anew."""
        tr = self._page.tr
        plan, sent = self._page.door.privacy.plan(), self._page.door.privacy.sent()
        self._requests = list(sent.requests)
        is_elsewhere = any(line.hosts and line.is_used for line in plan)
        if sent.counts or is_elsewhere:
            self.verdict.setText(tr("What leaves this computer in a call"))
        else:
            self.verdict.setText(tr("Nothing leaves this computer."))
        self._show_plan(plan)
        counts = ", ".join(f"{host}: {count}" for host, count in sent.counts.items())
        self.seen.setText(
            tr("Requests to AI services since the program began: {0}. The last ones, without keys:").format(
                counts
            )
            if counts
            else tr("Since the program began, no request was sent to an AI service.")
        )
        self.chooser.blockSignals(True)
        self.chooser.clear()
        for line in self._requests:
            self.chooser.addItem(f"{line.at.astimezone():%H:%M:%S}  {line.host}  {line.path}")
        self.chooser.blockSignals(False)
        for each in (self.chooser, self.body, self.copy):
            each.setVisible(bool(self._requests))
        self.body.setMinimumHeight(self.body.fontMetrics().lineSpacing() * _LINES)
        self._show_body()

    def _open(self, is_open: bool) -> None:
        tr = self._page.tr
        text = tr("Hide what is sent to whom") if is_open else tr("Show exactly what is sent to whom")
        self.toggle.setText(text)
        self.toggle.setAccessibleName(text)
        self.panel.setVisible(is_open)
        if is_open:
            self.refresh()

    def _show_plan(self, plan: Sequence[PlanLine]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for row, line in enumerate(plan):
            title, what = self._words_of(line)
            self._grid.addWidget(words(title, "fieldTitle"), row, 0)
            self._grid.addWidget(words(what), row, 1)

    def _words_of(self, line: PlanLine) -> tuple[str, str]:
        tr = self._page.tr
        title, what, when = {
            "hearing": (tr("Speech to text"), tr("the sound of both sides"), tr("while somebody speaks")),
            "writer": (
                tr("Answers"),
                tr("the words of the call, your notes to the AI, the playbook, passages that fit"),
                tr("after each thing the caller says"),
            ),
            "voice": (tr("Voice"), tr("the sentences to be spoken"), tr("when the AI speaks")),
            "judge": (tr("Judging for the report"), tr("the words of the call"), tr("after the call")),
            "phone": (
                tr("Phone company"),
                tr("the sound both ways, the numbers, keys pressed"),
                tr("in each real call"),
            ),
            "tunnel": (tr("Public address"), tr("the same, passing through"), tr("in each real call")),
        }[line.part]
        if not line.is_used:
            return title, tr("Not used.")
        if not line.hosts:
            return title, tr("Stays on this computer.")
        return title, tr("{0}: {1}, {2}.").format(", ".join(line.hosts), what, when)

    def _show_body(self) -> None:
        row = self.chooser.currentIndex()
        self.body.setPlainText(self._requests[row].body if 0 <= row < len(self._requests) else "")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.body.toPlainText())
        announce(self._page, self._page.tr("Copied"))
