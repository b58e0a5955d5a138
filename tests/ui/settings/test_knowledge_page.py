"""Knowledge & playbook: documents listed, added, removed and read; a question tried; a playbook chosen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QListWidget

from copilot_desktop.knowledge.reading import ReadFault
from copilot_desktop.ui.settings import document_words
from copilot_desktop.ui.settings.door import Document, DocumentFault
from copilot_desktop.ui.settings.knowledge import KnowledgePage
from tests.support.fake_door import READ_AT
from tests.ui.settings.conftest import SettingsStage, find


@pytest.fixture
def page(stage: SettingsStage) -> KnowledgePage:
    made = stage.open("knowledge")
    assert isinstance(made, KnowledgePage)
    stage.door.run()
    return made


def rows(stage: SettingsStage, name: str) -> list[str]:
    found = find(stage.dialog, name)
    assert isinstance(found, QListWidget)
    return [found.item(row).text() for row in range(found.count())]


def choose(stage: SettingsStage, row: int) -> None:
    found = find(stage.dialog, "documentList")
    assert isinstance(found, QListWidget)
    found.setCurrentRow(row)


def test_documents_are_listed_with_how_they_stand(stage: SettingsStage, page: KnowledgePage) -> None:
    read = f"read {document_words.day_of(READ_AT)}"
    assert rows(stage, "documentList") == [
        f"Delivery policy.pdf\n✓ 14 passages, 2 pages are only pictures, {read}",
        f"Returns and refunds.md\n✓ 22 passages, {read}",
        "Prices 2026.xlsx\n✗ could not be read: protected with a password",
    ]
    told = stage.says("documentsSummary")
    assert told.startswith("3 files, 36 passages, 1 could not be read, updated ")
    assert "examples" not in told


def test_why_is_told_with_what_helps(stage: SettingsStage, page: KnowledgePage) -> None:
    choose(stage, 0)
    assert not find(page, "documentWhyButton").isVisible()
    choose(stage, 2)
    stage.press("documentWhyButton")
    assert stage.says("documentWhy") == (
        "Prices 2026.xlsx: It opens only with a password. Add a copy that has none."
    )
    choose(stage, 1)
    assert not find(page, "documentWhy").isVisible()


def test_every_fault_has_words() -> None:
    assert {fault.value for fault in DocumentFault} == {fault.value for fault in ReadFault}
    for fault in DocumentFault:
        assert document_words.short(fault)
        assert document_words.why(fault).endswith(".")


@pytest.mark.parametrize("button", ["addDocumentsButton", "addDocumentFolderButton"])
def test_files_and_folders_are_added_at_once(
    stage: SettingsStage, page: KnowledgePage, tmp_path: Path, button: str
) -> None:
    stage.press(button)
    (dialog,) = page.findChildren(QFileDialog)
    assert dialog.isVisible()
    dialog.filesSelected.emit([str(tmp_path / "Menu.docx")])
    dialog.close()
    QApplication.processEvents()
    stage.door.run()
    assert stage.door.asked[-3:] == ["add_documents", "read_documents", "documents"]
    assert rows(stage, "documentList")[-1].startswith("Menu.docx\n✓ 3 passages")
    assert stage.dots() == [], "it is done without Save"


def test_a_document_is_removed(stage: SettingsStage, page: KnowledgePage) -> None:
    choose(stage, 1)
    stage.press("removeDocumentButton")
    stage.door.run()
    assert [row.split("\n")[0] for row in rows(stage, "documentList")] == [
        "Delivery policy.pdf",
        "Prices 2026.xlsx",
    ]


def test_examples_are_called_so_and_cannot_be_removed(stage: SettingsStage, page: KnowledgePage) -> None:
    stage.door.shelf = [Document(Path("/program/delivery.md"), 8, is_example=True)]
    stage.press("readAgainButton")
    stage.door.run()
    assert rows(stage, "documentList") == ["delivery.md\n✓ 8 passages, example"]
    assert "left out once you add documents of your own" in stage.says("documentsSummary")
    choose(stage, 0)
    assert not find(page, "removeDocumentButton").isVisible()


def test_reading_tells_how_far_it_is_and_can_be_stopped(stage: SettingsStage, page: KnowledgePage) -> None:
    stage.door.hold()
    stage.press("readAgainButton")
    stage.door.run()
    assert stage.door.asked[-1] == "read_documents: again"
    stage.door.read_told(2, 12)
    assert stage.says("documentsResultText").startswith("Reading 3 of 12 files")
    assert "longer than usual" not in stage.says("documentsResultText")
    before = stage.door.asked.count("documents")
    stage.press("documentsCancelButton")
    stage.door.release()
    assert not find(page, "documentsResult").isVisible()
    assert stage.door.asked.count("documents") == before + 1, "what was read is shown"
    stage.door.read_told(3, 12)
    assert not find(page, "documentsResult").isVisible()


def test_without_documents_it_says_what_is_left(stage: SettingsStage, page: KnowledgePage) -> None:
    stage.door.shelf = []
    stage.press("readAgainButton")
    stage.door.run()
    assert "knows only the playbook" in stage.says("documentsSummary")


def test_a_question_is_tried(stage: SettingsStage, page: KnowledgePage) -> None:
    QTest.keyClicks(page.question, "Can I return it?")
    QTest.keyClick(page.question, Qt.Key.Key_Return)
    assert rows(stage, "answerList") == [
        "Opened goods can be returned within 14 days, with the receipt.\nReturns and refunds · Opened goods"
    ]
    page.question.setText("who are you")
    stage.press("askKnowledgeButton")
    assert not page.answers.isVisible()
    assert "Nothing in the documents fits" in stage.says("searchResultText")


def test_an_own_folder_is_chosen(stage: SettingsStage, page: KnowledgePage, tmp_path: Path) -> None:
    stage.press("documents_dirChooseButton")
    (dialog,) = page.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path))
    dialog.close()
    stage.save()
    stage.door.run()
    assert stage.door.settings.documents_dir == tmp_path
    assert stage.door.asked[-1] != "save", "the documents are read again"


def test_the_playbook_shows_its_steps_and_words(stage: SettingsStage, page: KnowledgePage) -> None:
    assert rows(stage, "stepList") == [
        "Greeting (required)\nSay who you are.\nDone when: “Welcome to Harbor.”, “This is Harbor.”",
        "Number noted\nAsk for the order number.",
    ]
    assert rows(stage, "playbookList")[0].startswith("Greeting\n")
    assert stage.says("playbookWords") == "Words for the transcript: Harbor, Marlow"


def test_another_playbook_is_looked_at_and_saved(stage: SettingsStage, page: KnowledgePage) -> None:
    box = page.playbook.choice.box
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData("appointments"))
    stage.door.run()
    assert rows(stage, "stepList") == ["This playbook has no steps."]
    assert stage.dots() == ["Knowledge & playbook"]
    stage.save()
    assert stage.door.settings.playbook == "appointments"


def test_a_playbook_that_cannot_be_used_says_why(stage: SettingsStage, page: KnowledgePage) -> None:
    page.playbook.choice.show_value("broken")
    page.playbook.refresh()
    stage.door.run()
    assert stage.says("playbookProblem") == "broken.md, line 3: there is no topic"


def test_a_playbook_is_copied_to_be_changed(stage: SettingsStage, page: KnowledgePage) -> None:
    stage.press("editPlaybookButton")
    stage.door.run()
    assert f"open {(stage.door.folder / 'playbooks' / 'my-customer-service.md').as_uri()}" in stage.door.asked
    assert page.playbook.choice.value() == "my-customer-service"
    assert "my-customer-service.md is your own now." in stage.says("playbookResultText")
