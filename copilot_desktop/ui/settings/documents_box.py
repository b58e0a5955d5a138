"""DocumentsBox: the documents that the assistant answers from: listed, added, removed, read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QListWidget, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from copilot_desktop.ui.settings import document_words
from copilot_desktop.ui.settings.door import Document
from copilot_desktop.ui.settings.line_list import fit_height, item, line_list
from copilot_desktop.ui.settings.page import SettingsPage, words
from copilot_desktop.ui.widgets.buttons import beside_icon
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push

_KINDS = "*.pdf *.docx *.xlsx *.xlsm *.csv *.md *.markdown *.txt *.html *.htm"


class DocumentsBox(QWidget):
    """What is done here is done at once, without Save. Nothing is read before `refresh`."""

    def __init__(self, page: SettingsPage) -> None:
        super().__init__()
        self._page, self._door = page, page.door
        self._documents: Sequence[Document] = ()
        self.dialog: QFileDialog | None = None
        self.summary = words("", "plain")
        self.summary.setObjectName("documentsSummary")
        self.list: QListWidget = line_list("documentList", self.tr("Documents"))
        self.list.currentRowChanged.connect(lambda _: self._show_choice())
        self.result = page.result("documents")
        self.result.ended.connect(self._list_again)
        self.why_note = words("", "muted")
        self.why_note.setObjectName("documentWhy")
        self.why_note.hide()
        self._build_buttons()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.summary)
        column.addWidget(self.list)
        column.addWidget(self.why_note)
        column.addLayout(FlowRow(self.why_button, self.remove_button))
        column.addWidget(self.result)
        column.addLayout(FlowRow(self.add_files_button, self.add_folder_button, self.again_button))
        self._show_choice()

    def refresh(self, *, again: bool = False) -> None:
        """Read what is new or changed; `again`: also what failed."""
        self._page.run(self.result, self.tr("Reading the documents"), self._read(again))

    def add(self, paths: Sequence[Path]) -> None:
        """Answer from these files and folders too."""
        if paths:
            self._page.run(self.result, self.tr("Reading the documents"), self._add(paths))

    def remove(self) -> None:
        """Answer from the chosen document no more."""
        document = self._chosen()
        if document is not None:
            self._page.run(self.result, self.tr("Removing"), self._remove(document))

    def explain(self) -> None:
        """Say why the chosen document could not be read."""
        document = self._chosen()
        if document is not None and document.fault is not None:
            self.why_note.setText(f"{document.name}: {document_words.why(document.fault)}")
            self.why_note.show()

    # Inside.

    async def _read(self, again: bool) -> str:
        await self._door.read_documents(self._tell, again)
        return ""

    async def _add(self, paths: Sequence[Path]) -> str:
        await self._door.add_documents(paths)
        return await self._read(again=False)

    async def _remove(self, document: Document) -> str:
        await self._door.remove_document(document.path)
        return await self._read(again=False)

    def _tell(self, done: int, of: int) -> None:
        if isValid(self.result) and self.result.is_working:
            self.result.go_on(self.tr("Reading {0} of {1} files").format(min(done + 1, of), of))

    def _list_again(self) -> None:
        """Show what there is now: also after a stop and after a failure."""
        self._door.spawn(self._list())

    async def _list(self) -> None:
        documents = await self._door.documents()
        if isValid(self):
            self.show_documents(documents)

    def show_documents(self, documents: Sequence[Document]) -> None:
        """Show these."""
        chosen = self._chosen()
        self._documents = documents
        self.list.blockSignals(True)
        self.list.clear()
        for document in documents:
            made = item(document.name, document_words.line_for(document))
            made.setToolTip(str(document.path))
            self.list.addItem(made)
        if chosen is not None:
            paths = [document.path for document in documents]
            self.list.setCurrentRow(paths.index(chosen.path) if chosen.path in paths else -1)
        self.list.blockSignals(False)
        fit_height(self.list)
        self._show_summary()
        self._show_choice()

    def _show_summary(self) -> None:
        documents = self._documents
        if not documents:
            self.summary.setText(self.tr("There are no documents. The assistant knows only the playbook."))
            return
        passages = sum(document.passages for document in documents)
        bad = sum(1 for document in documents if document.fault)
        parts = [self.tr("{0} files, {1} passages").format(len(documents), passages)]
        if bad:
            parts.append(self.tr("{0} could not be read").format(bad))
        newest = max((document.read_at for document in documents if document.read_at), default=None)
        if newest is not None:
            parts.append(self.tr("updated {0}").format(document_words.day_of(newest)))
        told = ", ".join(parts) + "."
        if all(document.is_example for document in documents):
            told += " " + self.tr("These are examples. They are left out once you add documents of your own.")
        self.summary.setText(told)

    def _show_choice(self) -> None:
        document = self._chosen()
        self.why_note.hide()
        self.why_button.setVisible(document is not None and document.fault is not None)
        self.remove_button.setVisible(document is not None and not document.is_example)
        if document is not None:
            self.why_button.setAccessibleName(self.tr("Why? {0}").format(document.name))
            self.remove_button.setAccessibleName(self.tr("Remove {0}").format(document.name))

    def _chosen(self) -> Document | None:
        row = self.list.currentRow()
        return self._documents[row] if 0 <= row < len(self._documents) else None

    def _build_buttons(self) -> None:
        self.why_button = push(self.tr("Why?"), "documentWhy")
        self.why_button.clicked.connect(self.explain)
        self.remove_button = push(self.tr("Remove from the list"), "removeDocument")
        self.remove_button.clicked.connect(self.remove)
        self.add_files_button = self._adder(self.tr("Add files…"), "addDocuments")
        self.add_files_button.clicked.connect(lambda: self._ask(QFileDialog.FileMode.ExistingFiles))
        self.add_folder_button = self._adder(self.tr("Add a folder…"), "addDocumentFolder")
        self.add_folder_button.clicked.connect(lambda: self._ask(QFileDialog.FileMode.Directory))
        self.again_button = push(self.tr("Read again"), "readAgain")
        self.again_button.clicked.connect(lambda: self.refresh(again=True))

    def _adder(self, text: str, name: str) -> QPushButton:
        made = push(beside_icon(text), name)
        made.setAccessibleName(text)
        self._page.theme.set_icon(made, "plus")
        return made

    def _ask(self, mode: QFileDialog.FileMode) -> None:
        """Let the person look for files or a folder; never blocks."""
        dialog = QFileDialog(self, self.tr("Documents that the assistant may answer from"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        if mode is QFileDialog.FileMode.ExistingFiles:
            dialog.setNameFilters([self.tr("Documents ({0})").format(_KINDS), self.tr("All files (*)")])
        dialog.filesSelected.connect(lambda names: self.add([Path(name) for name in names]))
        self.dialog = dialog
        dialog.open()
