"""The timeline: by mouse, by keyboard and as a table; nothing of it is cut off at any size of the text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from copilot_desktop.calls.events import LineSpan, Outcome, Party
from copilot_desktop.report import CallReport, build
from copilot_desktop.report.model import Grade, Mark, MarkKind, PartySpeech, Span
from copilot_desktop.report.mood_line import HINT, NO_MODEL, Mood, MoodLine, MoodPoint, MoodTrend
from copilot_desktop.ui.report import timeline_words
from copilot_desktop.ui.report.player import PlayerState
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.ui.report.timeline_picture import TimelinePicture
from copilot_desktop.ui.widgets.theme import ThemeChoice
from tests.support.loudspeaker import Loudspeaker
from tests.ui.conftest import Stage
from tests.ui.test_player import wav as wav
from tests.unit.report.calls import CALL, known_call, line, live, over, ringing

MOOD = MoodLine(
    points=(
        MoodPoint(at_ms=4000, end_ms=9000, party=Party.CALLER, mood=Mood.NEGATIVE),
        MoodPoint(at_ms=28_000, end_ms=32_000, party=Party.CALLER, mood=Mood.NEUTRAL),
        MoodPoint(at_ms=55_500, end_ms=56_000, party=Party.CALLER, mood=Mood.POSITIVE),
    ),
    trends=(MoodTrend(party=Party.CALLER, start=-1.0, end=1.0),),
)


def opened(stage: Stage, *, path: Path | None = None, mood: MoodLine | None = MOOD) -> ReportView:
    stage.shell.facts[CALL] = known_call()
    if path is not None:
        stage.shell.recordings[CALL] = path
    if mood is not None:
        stage.shell.moods[CALL] = mood
    stage.window.open_report(CALL)
    QApplication.processEvents()
    view = stage.window.pages.currentWidget()
    assert isinstance(view, ReportView)
    return view


def state(view: ReportView) -> PlayerState:
    return view.player.state


def picture(view: ReportView, report: CallReport, width: float = 900) -> TimelinePicture:
    return TimelinePicture(
        view.recording._theme,
        report,
        width,
        mood_word="Mood (hint)",
        line_word="Line",
        no_line="not measured",
    )


def test_keys_skip_play_and_go_from_mark_to_mark(stage: Stage, wav: Path) -> None:
    view = opened(stage, path=wav)
    view.player.open_output = Loudspeaker().opened
    lanes = view.recording.lanes
    lanes.setFocus()
    assert lanes.hasFocus()
    view.player.seek(20_000)
    for key, at_ms in ((Qt.Key.Key_Right, 25_000), (Qt.Key.Key_Left, 20_000), (Qt.Key.Key_Home, 2000)):
        QTest.keyClick(lanes, key)
        assert view.player.at_ms == at_ms
    assert view.report is not None
    view.player.pause()
    QTest.keyClick(lanes, Qt.Key.Key_Space)
    assert state(view) is PlayerState.PLAYING
    QTest.keyClick(lanes, Qt.Key.Key_Space)
    assert state(view) is PlayerState.PAUSED
    times = [mark.at_ms for mark in view.report.marks]
    view.player.seek(0)
    for at_ms in times[:3]:
        QTest.keyClick(lanes, Qt.Key.Key_PageDown)
        assert view.player.asked_ms == at_ms
        view.player.pause()


def test_keys_of_the_player_bar(stage: Stage, wav: Path) -> None:
    view = opened(stage, path=wav)
    view.player.open_output = Loudspeaker().opened
    bar = view.recording.bar
    view.player.seek(20_000)
    bar.play_button.setFocus()
    QTest.keyClick(bar.play_button, Qt.Key.Key_Right)
    QTest.keyClick(bar.slider, Qt.Key.Key_Right)
    assert view.player.at_ms == 30_000
    QTest.keyClick(bar.back, Qt.Key.Key_Space)
    assert (view.player.at_ms, view.player.state) == (25_000, PlayerState.PAUSED)
    QTest.keyClick(bar.slider, Qt.Key.Key_Space)
    assert state(view) is PlayerState.PLAYING
    assert bar.play_button.text().strip() == "Pause"
    view.player.close()


def test_without_a_recording_it_says_so_and_moments_lead_to_the_words(stage: Stage) -> None:
    view = opened(stage)
    bar = view.recording.bar
    assert bar.note.text().startswith("Recording missing")
    assert not bar.play_button.isEnabled()
    view.recording.lanes.moment_asked.emit(28_500)
    assert view.transcript is not None
    assert view.transcript.list.currentIndex().row() >= 0


@pytest.mark.parametrize("steps", [0, 7])
@pytest.mark.parametrize("width", [620, 980, 1230])
def test_no_letter_of_it_is_cut_off(stage: Stage, steps: int, width: int) -> None:
    """Drawn on a larger ground: what is painted outside its own size would be cut off."""
    view = opened(stage)
    view.recording._theme.resize_text(0)
    if steps:
        view.recording._theme.resize_text(steps)
    assert view.report is not None
    drawn = picture(view, view.report, width)
    ground = QImage(width + 200, round(drawn.height) + 200, QImage.Format.Format_ARGB32)
    ground.fill(0)
    painter = QPainter(ground)
    painter.translate(100, 100)
    drawn.paint(painter)
    painter.end()
    inked = np.frombuffer(ground.constBits(), np.uint8).reshape(ground.height(), -1, 4)[:, :, 3] > 30
    assert inked.sum() > 1000
    inked[99 : 100 + round(drawn.height), 100 : 100 + width] = False
    assert not inked.any()
    assert view.recording.lanes.sizeHint().height() >= drawn.height - 1
    metrics = QFontMetricsF(view.recording._theme.font(12))
    assert drawn.left >= metrics.horizontalAdvance("Mood (hint)")
    view.recording._theme.resize_text(0)


def test_the_table_says_what_the_picture_shows(stage: Stage) -> None:
    view = opened(stage)
    view.recording.table_button.click()
    assert view.recording.table.isVisible()
    assert view.report is not None
    rows = timeline_words.rows(view.report)
    assert [row.at_ms for row in rows] == sorted(row.at_ms for row in rows)
    what = {row.what for row in rows}
    assert {"Caller", "AI", "You", "On hold", "Recording cut (card number)", "You took over"} <= what
    assert "Caller sounds upset (hint)" in what
    (said,) = [row for row in rows if row.what == "Caller" and row.at_ms == 16_000]
    assert said.about == "The number is four seven one one two."
    view.recording.table_button.click()
    assert view.recording.lanes.isVisible()


def test_the_words_of_the_picture(stage: Stage) -> None:
    view = opened(stage)
    told = view.recording.lanes.accessibleDescription()
    for part in ("Caller spoke 00:", "AI spoke", "on hold 00:10", "You took over at 00:47", HINT):
        assert part in told, part
    assert "Caller upset at first, pleased at the end" in told


def test_without_a_model_there_is_no_mood_and_that_is_said(stage: Stage) -> None:
    view = opened(stage, mood=None)
    assert NO_MODEL[1:] in view.recording.words.text()
    assert view.report is not None
    assert view.report.mood == MoodLine(missing_because=NO_MODEL)


def test_a_rough_line_differs_in_shape_and_not_only_in_colour(stage: Stage) -> None:
    rough = replace(line(3000, 1, 1500, 4.0), gaps=(LineSpan(at_ms=30_000, end_ms=31_500),))
    report = build([ringing(), live(2000), *[each for each in known_call()[2:-2]], rough, *over(62_000)])
    assert Grade.BAD in {slot.grade for slot in report.line_strip}
    view = opened(stage)
    drawn = picture(view, report)
    ground = QImage(900, round(drawn.height), QImage.Format.Format_Grayscale8)
    ground.fill(255)
    painter = QPainter(ground)
    drawn.paint(painter)
    painter.end()

    def height(grade: Grade) -> int:
        slot = next(slot for slot in report.line_strip if slot.grade is grade)
        x = round(drawn.x((slot.at_ms + slot.end_ms) // 2))
        rows = range(round(drawn.line_top), round(drawn.line_top + drawn.line_height))
        return sum(ground.pixelColor(x, y).lightness() < 200 for y in rows)

    assert height(Grade.BAD) > 2 * height(Grade.GOOD) > 0


def test_an_hour_is_drawn_at_once(stage: Stage) -> None:
    """By work, not by the clock: each span and mark is drawn once."""
    view = opened(stage)
    assert view.report is not None
    spans = tuple(Span(at_ms, at_ms + 2500) for at_ms in range(0, 3_600_000, 6000))
    hour = replace(
        view.report,
        duration_ms=3_600_000,
        conversation=Span(0, 3_600_000),
        speech=tuple(PartySpeech(party=party, spans=spans) for party in Party),
        marks=tuple(Mark(at_ms=at_ms, kind=MarkKind.BOOKMARK) for at_ms in range(0, 3_600_000, 60_000)),
    )
    view.recording.lanes.show_report(hour)
    view.recording.lanes.grab()
    first = view.recording.lanes._drawn
    for at_ms in range(0, 20_000, 1000):
        view.recording.lanes.show_moment(at_ms)
        view.recording.lanes.grab()
    # The playhead moves over a picture that stands.
    assert view.recording.lanes._drawn is first


def test_too_short_a_call_is_not_drawn(stage: Stage) -> None:
    view = opened(stage)
    assert view.report is not None
    view.recording.lanes.show_report(replace(view.report, conversation=Span(0, 400)))
    assert view.recording.lanes.is_too_short
    assert not view.recording.lanes.grab().isNull()


def test_no_report_for_missed_calls(stage: Stage) -> None:
    stage.shell.facts[CALL] = [ringing(), over(25_000, Outcome.MISSED)[1]]
    stage.window.open_report(CALL)
    QApplication.processEvents()
    view = stage.window.pages.currentWidget()
    assert isinstance(view, ReportView)
    texts = [label.text() for label in view.findChildren(QLabel) if label.isVisibleTo(view)]
    assert "No report for missed calls" in texts
    assert not view.recording.isVisible()


def test_parts_come_one_after_the_other_and_then_it_is_done(stage: Stage, wav: Path) -> None:
    view = opened(stage, path=wav)
    assert view.head is not None
    assert view.head.progress.text().startswith("Done ")
    assert view.report is not None
    assert view.report.has_been_listened
    assert view.report.mood == MOOD
    assert view.facts is not None
    shown = [label.text() for label in view.facts.findChildren(QLabel)]
    assert "Caller's loudness" in shown


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_large_text_leaves_nothing_wider_than_its_place(stage: Stage, choice: ThemeChoice) -> None:
    stage.window.resize(1280, 800)
    view = opened(stage)
    theme = view.recording._theme
    theme.choose(choice)
    theme.resize_text(7)
    view = reopened(stage, view)
    assert view.facts is not None
    page = view.facts.widget()
    assert page is not None
    assert page.minimumSizeHint().width() <= view.facts.viewport().width()
    theme.resize_text(0)


def reopened(stage: Stage, view: ReportView) -> ReportView:
    stage.window.tabs._close_report(stage.window.pages.indexOf(view))
    return opened(stage)
