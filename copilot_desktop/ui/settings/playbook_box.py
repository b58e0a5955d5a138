"""PlaybookBox: the playbook that is chosen: its steps, what is said by rule, its words."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from copilot_desktop.ui.settings.door import PlaybookSheet, PlaybookStep
from copilot_desktop.ui.settings.line_list import fit_height, item, line_list
from copilot_desktop.ui.settings.page import SettingsPage, words
from copilot_desktop.ui.widgets.choices import ChoiceField, Option
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.theme import label


class PlaybookBox(QWidget):
    """`choice` is the setting; what is below it shows the chosen playbook, saved or not."""

    def __init__(self, page: SettingsPage) -> None:
        super().__init__()
        self._page, self._door = page, page.door
        self._sheet = PlaybookSheet("")
        self.choice = ChoiceField(
            "playbook",
            self.tr("Playbook"),
            [],
            self.tr("Which steps belong in a call, and what is said at the same point of every call."),
        )
        self.choice.changed.connect(self.refresh)
        self.problem = words("", "plain", "danger")
        self.problem.setObjectName("playbookProblem")
        self.steps = line_list("stepList", self.tr("Steps"))
        self.parts = line_list("playbookList", self.tr("What is said by rule"))
        self.vocabulary = words("", "plain")
        self.vocabulary.setObjectName("playbookWords")
        self.copy_button = push(self.tr("Change it in a text editor"), "editPlaybook")
        self.copy_button.clicked.connect(self.edit)
        self.result = page.result("playbook")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.problem)
        column.addWidget(label(self.tr("Steps"), "fieldTitle"))
        column.addWidget(self.steps)
        column.addWidget(label(self.tr("What is said by rule"), "fieldTitle"))
        column.addWidget(self.parts)
        column.addWidget(self.vocabulary)
        column.addLayout(FlowRow(self.copy_button))
        column.addWidget(self.result)
        self.show_sheet(self._sheet)

    def refresh(self) -> None:
        """Read the chosen playbook."""
        self._door.spawn(self._read(str(self.choice.value() or self._door.settings.playbook)))

    def edit(self) -> None:
        """Open the chosen playbook in the system's editor: a copy, if it came with the program."""
        name = str(self.choice.value() or self._door.settings.playbook)
        self._page.run(self.result, self.tr("Copying the playbook"), self._edit(name))

    async def _read(self, name: str) -> None:
        sheet = await self._door.playbook(name)
        if isValid(self):
            self.show_sheet(sheet)

    def show_sheet(self, sheet: PlaybookSheet) -> None:
        """Show this one."""
        self._sheet = sheet
        self.choice.offer([Option(name, title) for name, title in sheet.choices.items()])
        self.problem.setText(sheet.problem)
        self.problem.setVisible(bool(sheet.problem))
        self.steps.clear()
        for step in sheet.steps:
            self.steps.addItem(item(self._title_of(step), self._detail_of(step)))
        if not sheet.steps:
            self.steps.addItem(item(self.tr("This playbook has no steps."), ""))
        self.parts.clear()
        for part in sheet.parts:
            self.parts.addItem(item(part.name, part.says))
        for each in (self.steps, self.parts):
            fit_height(each)
        told = ", ".join(sheet.words)
        self.vocabulary.setText(self.tr("Words for the transcript: {0}").format(told))
        self.vocabulary.setVisible(bool(told))

    def _title_of(self, step: PlaybookStep) -> str:
        name = step.name[:1].upper() + step.name[1:]
        return self.tr("{0} (required)").format(name) if step.is_required else name

    def _detail_of(self, step: PlaybookStep) -> str:
        if not step.examples:
            return step.hint
        done = self.tr("Done when: “{0}”").format("”, “".join(step.examples[:2]))
        return "\n".join(filter(None, (step.hint, done)))

    async def _edit(self, name: str) -> str:
        path = await self._door.own_playbook(name)
        self._door.open_outside(path.as_uri())
        sheet = await self._door.playbook(path.stem)
        if isValid(self):
            self.show_sheet(sheet)
            self.choice.choose(path.stem)
        told = self.tr("{0} is your own now. Change and save it in the editor, then save here.")
        later = self.tr("What you change later counts from the next start on.")
        return f"{told.format(path.name)} {later}"
