"""The page Privacy: what is hidden, how long things are kept, deleting all, and what is sent to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPlainTextEdit, QPushButton, QWidget

from copilot_desktop.ui.settings.privacy_door import KeptLine, PlanLine, SentLine, SentOut
from tests.ui.settings.conftest import SettingsStage, find

NOW = datetime.now(UTC)
KEPT = KeptLine(412, 1_800_000_000, NOW - timedelta(days=80), NOW, 4, 2)


def opened(stage: SettingsStage) -> QWidget:
    page = stage.open("privacy")
    stage.door.run()
    QApplication.processEvents()
    return page


def test_what_is_hidden_is_saved_kind_by_kind(stage: SettingsStage) -> None:
    opened(stage)
    assert list(stage.door.settings.hidden_in_history) == ["bank"]
    stage.press("hidden_in_history_phone")
    stage.press("hidden_in_exports_card")
    stage.save()
    stage.door.run()
    assert list(stage.door.settings.hidden_in_history) == ["bank", "phone"]
    assert list(stage.door.settings.hidden_in_exports) == ["bank", "email", "phone"]


def test_how_long_things_are_kept(stage: SettingsStage) -> None:
    page = stage.open("privacy")
    page.fields["keep_recordings_days"].box.setValue(90)  # type: ignore[attr-defined]
    stage.save()
    stage.door.run()
    assert stage.door.settings.keep_recordings_days == 90
    assert stage.door.settings.keep_calls_days == 0


def test_what_is_kept_and_the_last_clean_up_are_told(stage: SettingsStage) -> None:
    stage.door.privacy.kept_line = KEPT
    opened(stage)
    assert "412 calls" in stage.says("keptLine")
    assert "1.8" in stage.says("keptLine")
    assert stage.says("clearedLine").startswith("Last clean-up: today ")
    assert stage.says("clearedLine").endswith("4 calls and 2 recordings")


def test_a_history_that_cannot_be_read_is_told(stage: SettingsStage) -> None:
    stage.door.privacy.is_broken = True
    opened(stage)
    assert stage.says("keptLine") == "What is kept cannot be read just now."


def test_deleting_everything_needs_a_typed_word(stage: SettingsStage) -> None:
    stage.door.privacy.kept_line = KEPT
    opened(stage)
    question = find(stage.dialog, "deleteAllQuestion")
    assert not question.isVisible()
    stage.press("deleteAllButton")
    sure = find(stage.dialog, "deleteAllSureButton")
    assert question.isVisible()
    assert not sure.isEnabled()
    stage.type("deleteAllField", "delete")
    assert not sure.isEnabled()
    stage.type("deleteAllField", "DELETE")
    stage.press("deleteAllSureButton")
    stage.door.run()
    assert stage.door.privacy.deletions == 1
    assert not question.isVisible()
    assert stage.says("keptLine") == "No calls are kept."


def test_keep_everything_deletes_nothing_and_forgets_the_word(stage: SettingsStage) -> None:
    stage.door.privacy.kept_line = KEPT
    opened(stage)
    stage.press("deleteAllButton")
    stage.type("deleteAllField", "DELETE")
    stage.press("deleteAllStayButton")
    stage.press("deleteAllButton")
    assert not find(stage.dialog, "deleteAllSureButton").isEnabled()
    assert stage.door.privacy.deletions == 0


def test_with_everything_here_nothing_leaves(stage: SettingsStage) -> None:
    opened(stage)
    stage.press("showSentButton")
    assert stage.says("sentVerdict") == "Nothing leaves this computer."
    assert stage.says("sentSeen") == "Since the program began, no request was sent to an AI service."
    assert not find(stage.dialog, "sentBody").isVisible()


def test_what_was_seen_weighs_more_than_the_plan(stage: SettingsStage) -> None:
    stage.door.privacy.sent_out = SentOut((), {"ai.example.com": 3})
    opened(stage)
    stage.press("showSentButton")
    assert stage.says("sentVerdict") != "Nothing leaves this computer."
    assert "ai.example.com: 3" in stage.says("sentSeen")


def test_each_part_says_who_gets_what_and_when(stage: SettingsStage) -> None:
    stage.door.privacy.plan_lines = [
        PlanLine("hearing"),
        PlanLine("writer", ("api.openai.com",)),
        PlanLine("judge", is_used=False),
    ]
    page = opened(stage)
    stage.press("showSentButton")
    told = [each.text() for each in page.findChildren(QLabel) if each.isVisible()]
    assert told[told.index("Speech to text") + 1] == "Stays on this computer."
    assert told[told.index("Answers") + 1].startswith("api.openai.com: the words of the call")
    assert told[told.index("Judging for the report") + 1] == "Not used."


def test_the_last_requests_can_be_read_and_copied(stage: SettingsStage) -> None:
    lines = [SentLine(NOW, "ai.example.com", "/v1/responses", f'{{"number": {number}}}') for number in (2, 1)]
    stage.door.privacy.sent_out = SentOut(lines, {"ai.example.com": 2})
    opened(stage)
    stage.press("showSentButton")
    body, chooser = find(stage.dialog, "sentBody"), find(stage.dialog, "sentChooser")
    assert isinstance(body, QPlainTextEdit)
    assert isinstance(chooser, QComboBox)
    assert body.toPlainText() == '{"number": 2}'
    chooser.setCurrentIndex(1)
    stage.press("sentCopyButton")
    assert QGuiApplication.clipboard().text() == '{"number": 1}'
    button = find(stage.dialog, "showSentButton")
    assert isinstance(button, QPushButton)
    stage.press("showSentButton")
    assert not body.isVisible()
