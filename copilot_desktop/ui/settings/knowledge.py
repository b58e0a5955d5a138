"""Knowledge & playbook: what the assistant may answer from, and what it says by rule."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLineEdit

from copilot_desktop.calls.ports import Passage
from copilot_desktop.config import Settings
from copilot_desktop.ui.settings.documents_box import DocumentsBox
from copilot_desktop.ui.settings.line_list import fit_height, item, line_list
from copilot_desktop.ui.settings.page import Setting, SettingsPage
from copilot_desktop.ui.settings.playbook_box import PlaybookBox
from copilot_desktop.ui.widgets.fields import FolderField
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push

_SHOWN = 3
_LETTERS = 320


class KnowledgePage(SettingsPage):
    """Lists are read when the page is first seen."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(
            setting,
            "knowledge",
            self.tr("Knowledge & playbook"),
            self.tr("The assistant answers from these documents and never from its own imagination."),
        )
        self._is_seen = False
        self._build_documents()
        self._build_try()
        self._build_playbook()

    def first_shown(self) -> None:
        """Read both lists."""
        self._is_seen = True
        self.documents.refresh()
        self.playbook.refresh()

    def show_settings(self, settings: Settings) -> None:
        """Also after a save: another folder, another playbook."""
        super().show_settings(settings)
        if self._is_seen:
            self.documents.refresh()
            self.playbook.refresh()

    def ask(self) -> None:
        """Search for what stands in the field."""
        question = self.question.text().strip()
        if question:
            self.run(self.search_result, self.tr("Searching"), self._search(question))

    # Inside.

    async def _search(self, question: str) -> str:
        passages = await self.door.search(question)
        self.answers.clear()
        for passage in passages[:_SHOWN]:
            self.answers.addItem(item(*self._passage_words(passage)))
        self.answers.setVisible(bool(passages))
        fit_height(self.answers)
        if passages:
            return self.tr("Best first. This is what the assistant reads before it answers.")
        return self.tr("Nothing in the documents fits. The assistant would say that it has to ask.")

    def _passage_words(self, passage: Passage) -> tuple[str, str]:
        text = " ".join(passage.text.split())
        cut = text if len(text) <= _LETTERS else text[: _LETTERS - 1].rstrip() + "…"
        return cut, source_words(passage)

    def _build_documents(self) -> None:
        rows = self.group(self.tr("Documents"))
        self.documents = DocumentsBox(self)
        rows.addWidget(self.documents)
        self.add(
            rows,
            FolderField(
                "documents_dir",
                self.tr("A folder besides"),
                self.tr("All documents in it and in folders below. This one can be set in .env too."),
            ),
        )

    def _build_try(self) -> None:
        rows = self.group(self.tr("Try it"))
        self.question = QLineEdit()
        self.question.setObjectName("knowledgeQuestion")
        self.question.setAccessibleName(self.tr("A question as a caller would ask it"))
        self.question.setPlaceholderText(self.tr("Can I return opened goods?"))
        self.question.setMinimumWidth(160)
        policy = self.question.sizePolicy()
        policy.setHorizontalPolicy(policy.Policy.Expanding)
        self.question.setSizePolicy(policy)
        self.question.returnPressed.connect(self.ask)
        self.ask_button = push(self.tr("Ask"), "askKnowledge")
        self.ask_button.clicked.connect(self.ask)
        rows.addLayout(FlowRow(self.question, self.ask_button))
        self.answers = line_list("answerList", self.tr("What the documents say"))
        self.answers.hide()
        rows.addWidget(self.answers)
        self.search_result = self.result("search")
        rows.addWidget(self.search_result)

    def _build_playbook(self) -> None:
        rows = self.group(self.tr("Playbook"))
        self.playbook = PlaybookBox(self)
        self.add(rows, self.playbook.choice)
        rows.addWidget(self.playbook)


def source_words(passage: Passage) -> str:
    """Return where a passage stands: its document and heading."""
    source = passage.source
    page = QCoreApplication.translate("knowledge", "page {0}").format(source.page) if source.page else ""
    return " · ".join(part for part in (source.title, source.heading, page) if part)
