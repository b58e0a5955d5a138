"""Knowledge & playbook: what the assistant may answer from, and what it says by rule."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListWidget, QListWidgetItem

from copilot_desktop.calls.ports import Passage
from copilot_desktop.ui.settings.door import Document, PlaybookPart
from copilot_desktop.ui.settings.fields import FolderField
from copilot_desktop.ui.settings.flow import FlowRow
from copilot_desktop.ui.settings.page import Setting, SettingsPage
from copilot_desktop.ui.settings.push import push

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
        self._build_documents()
        self._build_try()
        self._build_playbook()

    def first_shown(self) -> None:
        """Read both lists."""
        self.refresh()

    def refresh(self) -> None:
        """Read the documents and the playbook again."""
        self.run(self.documents_result, self.tr("Reading the documents"), self._read())

    def ask(self) -> None:
        """Search for what stands in the field."""
        question = self.question.text().strip()
        if question:
            self.run(self.search_result, self.tr("Searching"), self._search(question))

    # Inside.

    async def _read(self) -> str:
        documents = await self.door.documents()
        parts = await self.door.playbook()
        self._show_documents(documents)
        self._show_playbook(parts)
        passages = sum(document.passages for document in documents)
        bad = sum(1 for document in documents if document.problem)
        told = self.tr("{0} files, {1} passages").format(len(documents), passages)
        return f"{told}, {self.tr('{0} could not be read').format(bad)}" if bad else told

    async def _search(self, question: str) -> str:
        passages = await self.door.search(question)
        self.answers.clear()
        for passage in passages[:_SHOWN]:
            self.answers.addItem(_item(*self._passage_words(passage)))
        self.answers.setVisible(bool(passages))
        _fit_height(self.answers)
        if passages:
            return self.tr("Best first. This is what the assistant reads before it answers.")
        return self.tr("Nothing in the documents fits. The assistant would say that it has to ask.")

    def _passage_words(self, passage: Passage) -> tuple[str, str]:
        text = " ".join(passage.text.split())
        cut = text if len(text) <= _LETTERS else text[: _LETTERS - 1].rstrip() + "…"
        return cut, source_words(passage)

    def _show_documents(self, documents: Sequence[Document]) -> None:
        self.documents.clear()
        for document in documents:
            if document.problem:
                detail = self.tr("✗ {0}").format(document.problem)
            elif document.passages == 1:
                detail = self.tr("✓ 1 passage")
            else:
                detail = self.tr("✓ {0} passages").format(document.passages)
            self.documents.addItem(_item(document.name, detail))
        _fit_height(self.documents)

    def _show_playbook(self, parts: Sequence[PlaybookPart]) -> None:
        self.playbook.clear()
        for part in parts:
            self.playbook.addItem(_item(part.name, part.says))
        _fit_height(self.playbook)

    def _build_documents(self) -> None:
        rows = self.group(self.tr("Documents"))
        self.documents = _list("documentList", self.tr("Documents"))
        rows.addWidget(self.documents)
        self.documents_result = self.result("documents")
        rows.addWidget(self.documents_result)
        again = push(self.tr("Read again"), "readAgain")
        again.clicked.connect(self.refresh)
        rows.addLayout(FlowRow(again))
        self.add(
            rows,
            FolderField(
                "documents_dir",
                self.tr("Folder with your own documents"),
                self.tr(
                    "Markdown files (.md), also in folders below. "
                    "Empty: the examples that came with the program."
                ),
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
        self.answers = _list("answerList", self.tr("What the documents say"))
        self.answers.hide()
        rows.addWidget(self.answers)
        self.search_result = self.result("search")
        rows.addWidget(self.search_result)

    def _build_playbook(self) -> None:
        rows = self.group(self.tr("Playbook"), self.tr("What is said at the same point of every call."))
        self.playbook = _list("playbookList", self.tr("Playbook"))
        rows.addWidget(self.playbook)


def source_words(passage: Passage) -> str:
    """Return where a passage stands: its document and heading."""
    source = passage.source
    page = QCoreApplication.translate("knowledge", "page {0}").format(source.page) if source.page else ""
    return " · ".join(part for part in (source.title, source.heading, page) if part)


def _item(title: str, detail: str) -> QListWidgetItem:
    item = QListWidgetItem(f"{title}\n{detail}" if detail else title)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title}: {detail}" if detail else title)
    return item


def _list(name: str, title: str) -> QListWidget:
    made = QListWidget()
    made.setObjectName(name)
    made.setAccessibleName(title)
    made.setProperty("look", "lines")
    made.setWordWrap(True)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    made.setUniformItemSizes(False)
    made.setFixedHeight(48)
    return made


def _fit_height(made: QListWidget, *, most: int = 6) -> None:
    """Be as high as the rows, or as high as a few of them."""
    made.doItemsLayout()
    rows = sum(made.sizeHintForRow(row) for row in range(min(made.count(), most)))
    made.setFixedHeight(max(48, rows + 10))
