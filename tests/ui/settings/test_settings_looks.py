"""What everyone must be able to see and reach in the settings: names, room, keys, contrast, speed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QWidget,
)

from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.calls.line import LineProblem, StepState
from copilot_desktop.ui.settings.connect_steps import ConnectSteps
from copilot_desktop.ui.settings.dialog import NAMES
from copilot_desktop.ui.settings.page import SettingsPage
from copilot_desktop.ui.settings.shortcuts import ShortcutsPage
from copilot_desktop.ui.widgets.theme import Theme, ThemeChoice
from copilot_desktop.ui.widgets.tokens import DARK_HIGH, LIGHT_HIGH, Tokens, contrast
from tests.support.fake_door import GOOD_SID, GOOD_TOKEN, FakeDoor
from tests.ui.settings.conftest import SettingsStage, delete_now

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
    QPlainTextEdit,
)


def controls(widget: QWidget) -> list[QWidget]:
    """Return what people use, without what Qt makes as part of something else."""
    return [
        each
        for each in widget.findChildren(QWidget)
        if isinstance(each, CONTROLS)
        and not isinstance(each, QScrollBar)
        and each.isVisible()
        and not each.objectName().startswith("qt_")
        and not isinstance(each.parentWidget(), QComboBox | QAbstractSpinBox | QAbstractItemView | QLineEdit)
        and type(each).__name__ not in ("QComboBoxListView", "QHeaderView")
    ]


def full(stage: SettingsStage) -> Iterator[tuple[str, SettingsPage]]:
    """Show every page with as much on it as there can be."""
    stage.open("accounts")
    stage.type("twilio_account_sidField", GOOD_SID)
    stage.type("twilio_auth_tokenField", GOOD_TOKEN)
    stage.press("testAccountButton")
    stage.save()
    done, failed, waiting = StepState.DONE, StepState.FAILED, StepState.WAITING
    stage.door.show_steps(done, done, failed, waiting, waiting, problem=LineProblem.ADDRESS_NOT_REACHABLE)
    for name in NAMES:
        page = stage.open(name)
        if name == "number":
            for button in ("blocked_numbersAddButton", "transfer_numbersAddButton", "outage_forward"):
                stage.press(button)
            stage.type("opening_hoursField", "never")
            page.focus_field("ring_s")
        elif name == "address":
            stage.press("tunnel_cloudflared_named")
            stage.press("lineDetailsButton")
        elif name == "ai":
            for part in ("hearing", "writer", "voice", "judge"):
                stage.press(f"{part}ServerButton")
                stage.press(f"{part}ModelsButton")
            stage.door.trouble["test_engine"] = EngineError("OpenAI", fault=EngineFault.NO_CREDIT)
            stage.press("voiceTestButton")
        elif isinstance(page, ShortcutsPage):
            page.choose("hold")
            page.take("F8")
        elif name == "about":
            stage.press("runChecksButton")
            stage.press("problemReportButton")
        QApplication.processEvents()
        yield name, page


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_every_control_has_a_name(stage: SettingsStage, choice: ThemeChoice) -> None:
    stage.theme.choose(choice)
    for name, _ in full(stage):
        found = controls(stage.dialog)
        assert len(found) >= 5
        for control in found:
            where = f"{name}: {type(control).__name__} {control.objectName()}"
            assert control.accessibleName(), where
            assert control.objectName(), where


def _lacks_room(label: QLabel) -> bool:
    """Whether a text does not fit into its label."""
    text = label.text()
    if not text or not label.isVisible() or label.pixmap().width() > 0:
        return False
    room = label.contentsRect()
    if label.wordWrap():
        return label.height() + 1 < label.heightForWidth(label.width())
    return QFontMetrics(label.font()).horizontalAdvance(text) > room.width() + 1


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
@pytest.mark.parametrize(
    ("steps", "width", "height"), [(0, 860, 620), (0, 560, 420), (3, 860, 620), (5, 860, 620)]
)
def test_no_text_is_cut(
    stage: SettingsStage, choice: ThemeChoice, steps: int, width: int, height: int
) -> None:
    stage.theme.choose(choice)
    stage.theme.resize_text(steps)
    for name, page in full(stage):
        stage.dialog.resize(width, height)
        page.refit()
        for _ in range(3):
            QApplication.processEvents()
        assert stage.dialog.width() == width, f"{name} needs {stage.dialog.minimumSizeHint()}"
        for label in stage.dialog.findChildren(QLabel):
            assert not _lacks_room(label), f"{name}: {label.text()!r} in {label.size()}"
        for button in stage.dialog.findChildren(QAbstractButton):
            if button.isVisible() and button.text():
                hint = min(button.sizeHint().width(), button.minimumSizeHint().width())
                assert button.width() >= hint, f"{name}: {button.text()} {button.size()}"
                assert button.height() >= 24, f"{name}: {button.text()} {button.size()}"
        bar = page._area.horizontalScrollBar()
        assert bar.maximum() == 0, f"{name} is {bar.maximum()} px too wide"


def test_tab_walks_each_page_in_reading_order(stage: SettingsStage) -> None:
    for name, page in full(stage):
        stage.dialog.resize(860, 900)
        stage.dialog.nav.list.setFocus()
        QApplication.processEvents()
        seen: list[QWidget] = []
        for _ in range(80):
            QTest.keyClick(QApplication.focusWidget() or stage.dialog, Qt.Key.Key_Tab)
            focused = QApplication.focusWidget()
            assert focused is not None, name
            if focused is stage.dialog.nav.list:
                break
            seen.append(focused)
        assert stage.dialog.nav.list.hasFocus(), f"{name}: Tab does not come round"
        assert seen[-1].objectName() == "settingsSaveButton" or not stage.dialog.save_button.isEnabled()
        inside = [each for each in seen if page.isAncestorOf(each)]
        tops = [each.mapTo(page, each.rect().center()).y() for each in inside]
        for before, after in zip(tops, tops[1:], strict=False):
            assert after >= before - 40, f"{name}: {[each.objectName() for each in inside]}"


def test_the_list_is_worked_by_arrow_keys(stage: SettingsStage) -> None:
    stage.open("accounts")
    QTest.keyClick(stage.dialog.nav.list, Qt.Key.Key_Down)
    assert stage.dialog.page("number").isVisible()


def test_a_narrow_dialog_chooses_pages_in_one_line(stage: SettingsStage) -> None:
    stage.open("accounts")
    assert stage.dialog.nav.list.isVisible()
    stage.theme.resize_text(5)
    stage.dialog.resize(860, 620)
    QApplication.processEvents()
    chooser = stage.dialog.nav.chooser
    assert chooser.isVisible()
    assert not stage.dialog.nav.list.isVisible()
    chooser.setCurrentIndex(NAMES.index("privacy"))
    assert stage.dialog.page("privacy").isVisible()
    stage.press("is_recordingField")
    assert "●" in chooser.currentText()


@pytest.mark.parametrize("tokens", [LIGHT_HIGH, DARK_HIGH])
def test_high_contrast_is_high(tokens: Tokens) -> None:
    for ground in (tokens.background, tokens.panel):
        assert contrast(tokens.text, ground) >= 15
        assert contrast(tokens.muted, ground) >= 7
        assert contrast(tokens.edge, ground) >= 7
        assert contrast(tokens.hairline, ground) >= 4.5
    for name in ("caller", "ai", "agent", "danger", "warning", "success"):
        assert contrast(getattr(tokens, name), tokens.background) >= 4.5


def test_there_is_no_modal_dialog(stage: SettingsStage) -> None:
    for _, page in full(stage):
        assert not [d for d in page.findChildren(QDialog) if d.isVisible()]
    assert stage.dialog.windowModality() is Qt.WindowModality.NonModal


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
@pytest.mark.parametrize("steps", [0, 5])
def test_no_text_of_the_connecting_steps_is_cut(
    door: FakeDoor, theme: Theme, choice: ThemeChoice, steps: int, qtbot: object
) -> None:
    theme.choose(choice)
    theme.resize_text(steps)
    page = ConnectSteps(door, theme)
    page.resize(1024, 560)
    page.begin()
    page.show()
    for number in range(5):
        for _ in range(3):
            QApplication.processEvents()
        for control in controls(page):
            assert control.accessibleName(), control.objectName()
        for label in page.findChildren(QLabel):
            assert not _lacks_room(label), f"{number}: {label.text()!r} in {label.size()}"
        assert page._area.horizontalScrollBar().maximum() == 0
        assert page.current is not None
        page._cards[page.current].skip.click()
    page.end()
    delete_now(page)
