"""Everything in a report that offers a moment plays its second, and that second is whose it should be.

The call is a real one on the real desk, in virtual time, with its real recording: a notice before anything is
kept, a pause, a hold, a line that was lost and came back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from copilot_desktop.calls.events import CallEvent, Fact
from copilot_desktop.report import build
from copilot_desktop.report.judgement import AnswerState, Evidence
from copilot_desktop.report.judging.verdict import JudgedAnswer, KeptVerdict
from copilot_desktop.report.model import MarkKind, Span
from copilot_desktop.store import Store, open_store
from copilot_desktop.store.recordings import WavRecordings
from copilot_desktop.ui.report.player import PlayerState
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.ui.widgets.moments import MomentsButton
from tests.support.loudspeaker import Loudspeaker
from tests.support.virtual_call import CALL, SETTINGS, VirtualCall
from tests.support.virtual_time import run_virtual
from tests.support.walked import Ears, moments
from tests.ui.conftest import Stage
from tests.unit.report.judging.test_marking import verdict

NOTICE = replace(SETTINGS, answering=replace(SETTINGS.answering, notice="This call is recorded."))


class Kept:
    """The call's facts and its recording."""

    def __init__(self, folder: Path) -> None:
        store = open_store(folder)
        # In virtual time a call is over before the disk has turned: all of it must be able to wait.
        recordings = WavRecordings(folder, limit_bytes=10_000_000)
        try:
            run_virtual(self._run(store, recordings))
            asyncio.run(store.flush())
            self.facts = asyncio.run(store.read(CALL))
            self.path = recordings.path(CALL)
        finally:
            recordings.close()
            store.close()

    async def _run(self, store: Store, recordings: WavRecordings) -> None:
        call = VirtualCall(greeting="Hello, how can I help?", settings=NOTICE, recordings=recordings)

        def keep(fact: Fact) -> None:
            if isinstance(fact, CallEvent):
                store.append(fact)

        call.feed.subscribe(keep)
        await call.connect()
        await call.listen_to_end()
        await call.speak("My order has not arrived and I want to know where it is.", 3000)
        await call.listen_to_end()
        call.desk.bookmark(CALL, "order")
        call.desk.pause_recording(CALL)
        await call.speak("My secret word is banana.", 2000)
        await call.listen_to_end()
        call.desk.resume_recording(CALL)
        await call.speak("Where is it now, please?", 2000)
        await call.listen_to_end()
        call.lose_link()
        await asyncio.sleep(2)
        call.open_link()
        await call.listen_to_end()
        await call.speak("That was strange, the line was gone.", 2500)
        await call.listen_to_end()
        call.desk.hold(CALL)
        await call.listen(4000)
        call.desk.resume(CALL)
        await call.speak("Are you still there?", 1500)
        await call.listen_to_end()
        await call.hang_up()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return Kept(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def speaker() -> Loudspeaker:
    return Loudspeaker()


@pytest.fixture
def view(stage: Stage, kept: Kept, speaker: Loudspeaker) -> Iterator[ReportView]:
    """The report of it, judged: each of the form's answers quotes another line of the transcript."""
    lines = build(kept.facts).lines
    answers = {}
    for number, criterion in enumerate(verdict().answers):
        line = lines[number % len(lines)]
        place = Evidence(
            at_ms=line.at_ms,
            end_ms=line.end_ms,
            text=line.text,
            party=line.party,
            lines=(number % len(lines) + 1,) * 2,
            is_checked=True,
        )
        answers[criterion] = JudgedAnswer(
            state=AnswerState.CHECKED, answer="yes", raw_answer="yes", evidence=(place,), reasoning="There."
        )
    stage.shell.facts[CALL] = kept.facts
    stage.shell.recordings[CALL] = kept.path
    stage.shell.judgements[CALL] = KeptVerdict(version=1, verdict=verdict(answers))
    stage.window.open_report(CALL)
    QApplication.processEvents()
    page = stage.window.pages.currentWidget()
    assert isinstance(page, ReportView)
    page.player.open_output = speaker.opened
    yield page
    page.player.close()


def test_the_recording_is_shorter_than_the_call_and_has_a_pause(kept: Kept) -> None:
    track = build(kept.facts).recorded
    assert track is not None
    assert track.is_exact
    assert len(track.places) == 2
    gap_ms = track.places[1].call_ms - track.places[0].call_ms - track.places[1].recording_ms
    assert gap_ms >= 1800
    assert [cut.cause.value for cut in track.cuts] == ["call_began", "agent"]


def test_every_moment_lies_at_its_second_on_the_right_side(view: ReportView, kept: Kept) -> None:
    assert view.report is not None
    ears = Ears(view.report, kept.path)
    walked = list(moments(view.report))
    assert len(walked) > 30
    assert {"patience", "notice", "bookmark", "greeting", "resolved"} <= {name for name, _, _ in walked}
    assert [wrong for _, moment, party in walked for wrong in ears.belongs(moment, party)] == []


def test_these_ears_notice_a_recording_that_is_off(view: ReportView, kept: Kept) -> None:
    """The test before this one could fail: half a second off is found, and found often."""
    assert view.report is not None
    track = view.report.recorded
    assert track is not None
    places = tuple(place._replace(call_ms=place.call_ms + 500) for place in track.places)
    ears = Ears(replace(view.report, recorded=replace(track, places=places)), kept.path)
    walked = list(moments(view.report))
    assert len([wrong for _, moment, party in walked for wrong in ears.belongs(moment, party)]) > 3


def test_every_button_of_a_moment_plays_it(view: ReportView) -> None:
    assert view.facts is not None
    buttons = view.facts.findChildren(MomentsButton)
    assert len(buttons) > 8
    for button in buttons:
        if len(button.moments) == 1:
            view.player.pause()
            button.click()
            assert view.player.asked_ms == button.moments[0].at_ms, button.accessibleName()
            assert view.player.state is PlayerState.PLAYING
            continue
        actions = button.menu_of_moments().actions()
        for action, moment in zip(actions, button.moments, strict=False):
            action.trigger()
            assert view.player.asked_ms == moment.at_ms, button.accessibleName()


def test_every_quote_plays_its_line(view: ReportView, kept: Kept, speaker: Loudspeaker) -> None:
    assert view.report is not None
    assert view.report.judgement is not None
    track = view.report.recorded
    assert track is not None
    played = 0
    for answer in view.report.judgement.answers:
        box = view.judgement.findChild(QPushButton, f"show_{answer.id}")
        if box is None:
            continue
        box.click()
        assert view.player.asked_ms == answer.evidence[0].at_ms
        # What follows is played from there, and the transcript says where that is.
        speaker.play_on(view.player, 100)
        assert view.player.at_ms == pytest.approx(
            max(answer.evidence[0].at_ms, track.begins_ms) + 100, abs=40
        )
        assert view.transcript is not None
        assert view.transcript.list.turns.playing_row >= 0
        played += 1
    assert played >= 8


def test_marks_and_lanes_play_where_they_are_pressed(view: ReportView) -> None:
    assert view.report is not None
    lanes = view.recording.lanes
    for mark in view.report.marks:
        place = QPointF(lanes.x_of(mark.at_ms), 6).toPoint()
        QTest.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=place)
        near = [each.at_ms for each in view.report.marks if abs(lanes.x_of(each.at_ms) - place.x()) <= 8]
        assert view.player.asked_ms in near
    whole_ms = view.report.duration_ms
    for share in (0.2, 0.5, 0.9):
        at_ms = round(share * whole_ms)
        QTest.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=QPointF(lanes.x_of(at_ms), 40).toPoint())
        assert view.player.asked_ms == pytest.approx(at_ms, abs=whole_ms / 200)


def test_a_bookmark_plays(view: ReportView) -> None:
    assert view.report is not None
    assert view.facts is not None
    (mark,) = [mark for mark in view.report.marks if mark.kind is MarkKind.BOOKMARK]
    button = view.facts.findChild(MomentsButton, "bookmark_0")
    assert button is not None
    button.click()
    assert view.player.asked_ms == mark.at_ms


def test_every_turn_plays_from_its_menu(view: ReportView) -> None:
    transcript = view.transcript
    assert transcript is not None
    assert view.report is not None
    starts = []
    for row in range(transcript.list.model().rowCount()):
        turn = transcript.list.turn(row)
        names = {action.objectName(): action for action in transcript.menu.menu_for(turn).actions()}
        if "playTurn" in names:
            names["playTurn"].trigger()
            starts.append(view.player.asked_ms)
    assert starts == sorted(line.at_ms for line in view.report.lines)


def test_every_row_of_the_table_plays(view: ReportView) -> None:
    view.recording.table_button.click()
    table = view.recording.table
    assert table.isVisible()
    model = table.model()
    assert model.rowCount() > 10
    for row in range(model.rowCount()):
        table.activated.emit(model.index(row, 0))
        assert view.player.asked_ms == view.recording.table.model().rows[row].at_ms  # type: ignore[attr-defined]


def test_leaving_the_page_is_silence(view: ReportView, stage: Stage) -> None:
    view.player.play_from(5000)
    stage.window.tabs.go_to_desk()
    QApplication.processEvents()
    assert view.player.state is PlayerState.PAUSED


def test_words_that_were_paused_are_not_on_it(view: ReportView, kept: Kept) -> None:
    assert view.report is not None
    assert view.report.recorded is not None
    (cut,) = [cut for cut in view.report.recorded.cuts if cut.cause.value == "agent"]
    caller, ours = Ears(view.report, kept.path).loudest_dbfs(Span(cut.at_ms + 40, cut.end_ms - 40))
    assert max(caller, ours) < -80
    view.player.seek(cut.at_ms + 100)
    assert "Recording cut here" in view.recording.bar.note.text()
    assert "(paused by you)" in view.recording.bar.note.text()
