"""The export panel: what it offers, what it remembers, and how the window goes on beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QRadioButton, QWidget

from copilot_desktop.calls.events import CallId
from copilot_desktop.report.choice import ExportChoice, ExportFormat, Paper
from copilot_desktop.ui.export import paper
from copilot_desktop.ui.export.export_panel import ExportPanel
from copilot_desktop.ui.export.exporter import Exporter
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.ui.widgets.strip import Strip
from copilot_desktop.ui.widgets.theme import Theme
from tests.support.fake_shell import RESOURCES, FakeShell
from tests.ui.conftest import Stage

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def theme(qapp: QApplication, preferences: QSettings) -> Theme:
    return Theme(qapp, RESOURCES, preferences)


@pytest.fixture
def preferences(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


def panel_of(theme: Theme, preferences: QSettings, count: int = 1, has_recording: bool = True) -> ExportPanel:
    panel = ExportPanel(theme, preferences, count=count, has_recording=has_recording)
    panel.show()
    return panel


def pick(panel: ExportPanel, format: ExportFormat) -> None:
    QTest.mouseClick(panel._formats[format], Qt.MouseButton.LeftButton)


def test_it_offers_the_careful_choice_and_remembers_another(theme: Theme, preferences: QSettings) -> None:
    panel = panel_of(theme, preferences)
    chosen: list[object] = []
    panel.chosen.connect(chosen.append)
    assert panel.choice == ExportChoice(paper=paper.default_paper())
    assert not panel.isModal()
    pick(panel, ExportFormat.HTML)
    panel.recording_box.setChecked(True)
    panel.hidden_box.setChecked(False)
    panel.paper_box.setCurrentText("Letter")
    QTest.mouseClick(panel.save_button, Qt.MouseButton.LeftButton)
    wanted = ExportChoice(
        format=ExportFormat.HTML, is_redacted=False, with_recording=True, paper=Paper.LETTER
    )
    assert chosen == [wanted]
    panel.close()
    again = panel_of(theme, preferences)
    assert again.choice == wanted
    again.close()


def test_what_does_not_apply_says_why(theme: Theme, preferences: QSettings) -> None:
    panel = panel_of(theme, preferences)
    panel.recording_box.setChecked(True)
    assert panel.choice.with_recording
    steps: tuple[tuple[Callable[[], None], str], ...] = (
        (lambda: pick(panel, ExportFormat.CSV), "A table has no sound."),
        (lambda: panel.names_box.setChecked(False), "A table has no sound."),
        (lambda: pick(panel, ExportFormat.TXT), "A recording says the names aloud, so it stays here."),
    )
    for change, words in steps:
        change()
        assert not panel.recording_box.isEnabled()
        assert panel.recording_box.accessibleDescription() == words
        assert not panel.choice.with_recording
        assert not panel.paper_box.isEnabled()
    panel.names_box.setChecked(True)
    assert panel.choice.with_recording, "the wish comes back with the possibility"
    panel.close()
    without = panel_of(theme, preferences, has_recording=False)
    assert without.recording_box.accessibleDescription() == "There is no recording."
    without.close()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("en_US.UTF-8", Paper.LETTER),
        ("fr_CA", Paper.LETTER),
        ("de_DE.UTF-8", Paper.A4),
        ("en_GB@euro", Paper.A4),
    ],
)
def test_the_paper_is_the_regions(monkeypatch: pytest.MonkeyPatch, said: str, expected: Paper) -> None:
    for name in ("LC_ALL", "LC_PAPER", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8" if expected is Paper.A4 else "de_DE")
    monkeypatch.setenv("LC_PAPER", said)
    assert paper.default_paper() is expected


def test_every_part_has_a_name_and_is_reached_by_tab(theme: Theme, preferences: QSettings) -> None:
    panel = panel_of(theme, preferences)
    parts: list[QWidget] = [
        *panel._formats.values(),
        panel.names_box,
        panel.hidden_box,
        panel.recording_box,
        panel.paper_box,
        panel.cancel_button,
        panel.save_button,
    ]
    for part in parts:
        assert part.objectName()
        assert part.accessibleName()
        # Of a group of choices Tab reaches the one that is chosen; the arrows lead to its neighbours.
        is_neighbour = isinstance(part, QRadioButton) and not part.isChecked()
        assert is_neighbour or part.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert panel.focusWidget() is panel._formats[panel.choice.format]
    panel.close()


def test_by_key_from_the_report(stage: Stage, tmp_path: Path) -> None:
    call = stage.call()
    stage.clock.wait(5)
    stage.key(Qt.Key.Key_F12, CTRL)
    page = stage.window.pages.currentWidget()
    assert isinstance(page, ReportView)
    stage.key(Qt.Key.Key_E, CTRL, SHIFT)
    panel = page.exporter.panel
    assert panel is not None
    assert panel.isVisible()
    pick(panel, ExportFormat.TXT)
    QTest.mouseClick(panel.save_button, Qt.MouseButton.LeftButton)
    dialog = page.exporter.dialog
    assert dialog is not None
    assert dialog.isVisible()
    dialog.fileSelected.emit(str(tmp_path / "report.txt"))
    ((calls, choice, path),) = stage.shell.exports
    assert (calls, choice.format, path) == ((call,), ExportFormat.TXT, tmp_path / "report.txt")
    assert page._state.text() == "Saved as report.txt"
    assert stage.shell.preferences.value("export/folder") == str(tmp_path)
    dialog.close()


class StoppingShell(FakeShell):
    """Somebody presses Stop while the second file is written."""

    panel: ExportPanel | None = None

    async def export(self, calls, choice, target, told):  # type: ignore[no-untyped-def]
        told(0, len(calls))
        assert self.panel is not None
        assert self.panel.progress.isVisible()
        self.exports.append((tuple(calls[:1]), choice, target))
        QTest.mouseClick(self.panel.cancel_button, Qt.MouseButton.LeftButton)
        told(1, len(calls))
        raise AssertionError("another file after Stop")


def test_many_calls_go_into_a_folder_and_stop_between_two(theme: Theme, tmp_path: Path) -> None:
    owner, said = QWidget(), list[tuple[str, str]]()
    shell = StoppingShell(tmp_path, {})
    exporter = Exporter(owner, theme, shell, Strip(theme, "s", owner), lambda *words: said.append(words))
    calls = [CallId("a"), CallId("b"), CallId("c")]
    exporter.ask_for_calls(calls)
    assert exporter.panel is not None
    assert exporter.panel.windowTitle() == "Export 3 calls"
    shell.panel = exporter.panel
    exporter.export_to(ExportChoice(format=ExportFormat.JSON), tmp_path)
    assert [exported for exported, _, _ in shell.exports] == [(CallId("a"),)]
    assert said[-1] == ("Stopped; what is written is whole.", "muted")
    assert exporter.panel.save_button.isEnabled()
    exporter.panel.close()
    owner.deleteLater()
