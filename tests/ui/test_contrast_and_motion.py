"""High contrast and less motion: as chosen here, and as the system asks, while the window stands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from copilot_desktop.ui.widgets.meters import LevelMeter
from copilot_desktop.ui.widgets.theme import Theme, ThemeChoice
from copilot_desktop.ui.widgets.tokens import DARK_HIGH, LIGHT, LIGHT_HIGH, Tokens, contrast, of_system
from tests.support.fake_shell import RESOURCES

ROOT = Path(__file__).parents[2]
HIGH, USUAL = Qt.ContrastPreference.HighContrast, Qt.ContrastPreference.NoPreference


@pytest.fixture
def theme(qapp: QApplication, tmp_path: Path) -> Iterator[Theme]:
    made = Theme(qapp, RESOURCES, QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    made.choose(ThemeChoice.LIGHT)
    made.dress()
    yield made
    made.choose_motion(False)
    made.deleteLater()
    qapp.setStyleSheet("")


def system(theme: Theme, preference: Qt.ContrastPreference) -> None:
    """What the system tells when a person turns its high contrast on or off."""
    QGuiApplication.styleHints().accessibility().contrastPreferenceChanged.emit(preference)


def black_and_yellow() -> QPalette:
    palette = QPalette(QColor("#000000"), QColor("#000000"))
    palette.setColor(QPalette.ColorRole.WindowText, QColor("#FFFF00"))
    palette.setColor(QPalette.ColorRole.Highlight, QColor("#1AEBFF"))
    palette.setColor(QPalette.ColorRole.HighlightedText, QColor("#000000"))
    palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText, QColor("#3FF23F"))
    return palette


def colours(tokens: Tokens) -> set[str]:
    return {colour.upper() for colour in tokens.as_dict().values()}


def test_the_systems_high_contrast_is_followed_while_the_window_stands(
    theme: Theme, qapp: QApplication, qtbot: QtBot
) -> None:
    shown = QLabel("words")
    qtbot.addWidget(shown)
    with qtbot.waitSignal(theme.changed):
        system(theme, HIGH)
    standard = QApplication.style().standardPalette()
    assert theme.tokens == of_system(standard)
    assert QApplication.palette().color(QPalette.ColorRole.Window) == standard.color(
        QPalette.ColorRole.Window
    ), "native parts have the system's colours too"
    assert theme.tokens.primary in qapp.styleSheet()
    assert LIGHT.primary not in qapp.styleSheet()
    theme.choose(ThemeChoice.DARK)
    assert theme.tokens == of_system(QApplication.style().standardPalette()), "the system's wish goes first"
    theme.choose(ThemeChoice.LIGHT)
    with qtbot.waitSignal(theme.changed):
        system(theme, USUAL)
    assert theme.tokens == LIGHT


def test_of_the_system_only_its_own_colours_are_used() -> None:
    tokens = of_system(black_and_yellow())
    assert colours(tokens) == {"#000000", "#FFFF00", "#1AEBFF", "#3FF23F"}
    assert tokens.is_dark
    for text, ground in (
        (tokens.text, tokens.background),
        (tokens.danger, tokens.danger_tint),
        (tokens.caller, tokens.hover),
        (tokens.label, tokens.hang_up),
        (tokens.take_over_label, tokens.take_over),
        (tokens.live_label, tokens.live),
        (tokens.faint, tokens.panel),
    ):
        assert contrast(text, ground) >= 4.5


def test_what_is_disabled_can_be_seen_where_the_system_hides_it() -> None:
    palette = black_and_yellow()
    palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText, QColor("#101010"))
    assert of_system(palette).faint == "#ffff00"


@pytest.mark.parametrize("tokens", [LIGHT_HIGH, DARK_HIGH])
def test_with_the_switch_words_and_what_is_under_the_mouse_can_be_read(tokens: Tokens) -> None:
    for ground in (tokens.background, tokens.panel, tokens.raised, tokens.hover):
        assert contrast(tokens.text, ground) >= 7
        assert contrast(tokens.faint, tokens.background) >= 4.5
    assert tokens.faint != tokens.text, "what is disabled looks so"


def test_the_switch_is_kept_and_needs_no_restart(theme: Theme, qapp: QApplication) -> None:
    theme.choose_contrast(True)
    assert theme.tokens == LIGHT_HIGH
    again = Theme(qapp, RESOURCES, theme._preferences)
    assert again.is_high_contrast
    again.deleteLater()
    theme.choose_contrast(False)
    assert theme.tokens == LIGHT


# Motion.


@pytest.mark.parametrize(("is_still", "most_a_second"), [(False, 20), (True, 4)])
def test_a_meter_moves_so_often_and_not_more(
    theme: Theme, qtbot: QtBot, is_still: bool, most_a_second: int
) -> None:
    theme.choose_motion(is_still)
    meter = LevelMeter(theme, "Loudness", "success")
    qtbot.addWidget(meter)
    meter.show_level(-9.0)
    loud = meter.grab().toImage()
    for _ in range(50):
        meter.show_level(-90.0)
        meter.show_level(-30.0)
    assert meter.grab().toImage() == loud, "it is not its turn yet"
    assert meter._step.interval() == 1000 / most_a_second
    qtbot.waitUntil(lambda: meter.grab().toImage() != loud)
    meter.show_level(-9.0)
    assert meter.grab().toImage() != loud
    qtbot.waitUntil(lambda: meter.grab().toImage() == loud)


def test_less_motion_stills_what_qt_moves(theme: Theme, qapp: QApplication) -> None:
    assert not theme.is_motion_reduced
    usual_ms = qapp.cursorFlashTime()
    assert usual_ms == 0 or usual_ms >= 500, "at most two a second"
    theme.choose_motion(True)
    assert qapp.cursorFlashTime() == 0
    assert "widget-animation-duration: 0" in qapp.styleSheet()
    assert not any(qapp.isEffectEnabled(effect) for effect in Qt.UIEffect)
    again = Theme(qapp, RESOURCES, theme._preferences)
    assert again.is_motion_reduced
    again.deleteLater()
    theme.choose_motion(False)
    assert "widget-animation-duration" not in qapp.styleSheet()


# The system's own wish, over a real bus.

ASK = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication
from copilot_desktop.ui.widgets.theme import Theme

app = QApplication([])
theme = Theme(app, Path("resources"), QSettings(sys.argv[1], QSettings.Format.IniFormat))
theme.motion.answered.connect(app.quit)
QTimer.singleShot(20000, app.quit)
QTimer.singleShot(0, theme.motion.begin)
app.exec()
print(json.dumps(theme.is_motion_reduced))
"""


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A session bus of the test's own; yields the environment that leads to it."""
    if shutil.which("dbus-daemon") is None or sys.platform in ("win32", "darwin"):
        pytest.skip("there is no D-Bus here")
    pytest.importorskip("jeepney")
    with subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as daemon:
        assert daemon.stdout is not None
        address = daemon.stdout.readline().strip()
        yield {**os.environ, "DBUS_SESSION_BUS_ADDRESS": address, "QT_QPA_PLATFORM": "offscreen"}
        daemon.terminate()


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("key", "value", "is_reduced"),
    [
        ("reduced-motion", "1", True),
        ("enable-animations", "false", True),
        ("something-else", "1", False),
    ],
)
def test_the_systems_wish_for_less_motion_is_followed(
    bus: dict[str, str], tmp_path: Path, key: str, value: str, is_reduced: bool
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.settings_portal", key, value],
        env=bus,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as portal:
        assert portal.stdout is not None
        assert portal.stdout.readline().strip() == "ready"
        done = subprocess.run(
            [sys.executable, "-c", ASK, str(tmp_path / "window.ini")],
            env=bus,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        portal.terminate()
    assert json.loads(done.stdout) is is_reduced
