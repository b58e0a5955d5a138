"""What is told of calls that are over: a broken-off one at the next start, and a budget that is used up."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from copilot_desktop.config import resources
from copilot_desktop.ui.after_notes import AfterNotes
from copilot_desktop.ui.widgets.strip import Strip
from copilot_desktop.ui.widgets.theme import Theme

NOON = datetime(2026, 11, 23, 12, 0)


@pytest.fixture
def strip(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Strip:
    """A strip of its own."""
    preferences = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    made = Strip(Theme(qapp, resources(), preferences), "afterStrip")
    qtbot.addWidget(made)
    return made


def told(strip: Strip) -> str:
    return strip.accessibleName() if strip.is_wanted else ""


def press(strip: Strip, words: str) -> None:
    (button,) = (each for each in strip.findChildren(QPushButton) if each.text() == words)
    button.click()


def test_an_interrupted_call_is_told_with_its_report_one_step_away(qtbot: QtBot, strip: Strip) -> None:
    notes = AfterNotes(strip)
    notes.interrupted("CA1", NOON.replace(hour=14, minute=31))
    assert told(strip).startswith("The last call was interrupted. It ended at ")
    with qtbot.waitSignal(notes.report_asked) as asked:
        press(strip, "Open the report")
    assert asked.args == ["CA1"]
    assert not told(strip)


def test_a_budget_is_told_once_a_month_and_only_when_it_is_used_up(qtbot: QtBot, strip: Strip) -> None:
    notes = AfterNotes(strip)
    for spent, budget in ((100.0, 0.0), (9.99, 10.0)):
        notes.look_at_costs(spent, budget, NOON)
        assert not told(strip)
    notes.look_at_costs(10.25, 10.0, NOON)
    assert "10.25 $ of 10.00 $" in told(strip)
    with qtbot.waitSignal(notes.page_asked) as asked:
        press(strip, "See the costs")
    assert asked.args == ["ai"]
    notes.look_at_costs(11.0, 10.0, NOON)
    assert not told(strip)
    notes.look_at_costs(11.0, 10.0, NOON.replace(month=12))
    assert "11.00 $" in told(strip)


def test_a_disk_that_fills_is_told_once_until_there_is_room_again(strip: Strip) -> None:
    notes = AfterNotes(strip)
    notes.look_at_disk(2_100_000_000)
    assert not told(strip)
    notes.look_at_disk(1_200_000_000)
    assert told(strip).startswith("Only 1.2 GB left on this computer. Recording needs")
    strip.dismiss()
    for free in (1_100_000_000, 2_200_000_000, 1_900_000_000):
        notes.look_at_disk(free)
        assert not told(strip)
    notes.look_at_disk(3_000_000_000)
    notes.look_at_disk(900_000_000)
    assert "900.0 MB" in told(strip)
