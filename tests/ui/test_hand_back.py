"""The hand-back strip: what the AI will say first is seen before, and nothing goes back by chance."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from copilot_desktop.calls.ports import Conversation
from copilot_desktop.calls.states import HandBackStage, Mode
from tests.support.virtual_call import CALL
from tests.support.virtual_time import run_virtual
from tests.support.window_on_desk import CTRL, SHIFT, WindowOnDesk
from tests.ui.conftest import Stage

pytestmark = pytest.mark.usefixtures("qtbot")
GOES_ON = "It will go on with: “{0}”"


def _answer(talk: Conversation) -> str:
    note = talk.notes[-1] if talk.notes else "nothing"
    return f"Going on, knowing {note}." if talk.is_handed_back else "For the agent."


async def _live(call: WindowOnDesk, agent: str = "I'll send a new lamp on Thursday.") -> None:
    call.puppets.writer.answer = _answer
    await call.answered()
    await call.listen_to_end()
    call.key(Qt.Key.Key_F8)
    call.desk.say_text(CALL, agent)
    await call.listen_to_end()


def test_what_is_seen_is_said(tmp_path: Path) -> None:
    async def main() -> None:
        async with WindowOnDesk(tmp_path) as call:
            await _live(call)
            strip = call.window.hand_back_strip
            call.key(Qt.Key.Key_F8, SHIFT)
            assert strip.sentence.text() == "It is preparing what it says first …"
            assert strip.note.text() == "I said: I'll send a new lamp on Thursday."
            await call.listen(600)
            said = "Going on, knowing I said: I'll send a new lamp on Thursday.."
            assert strip.sentence.text() == GOES_ON.format(said)
            call.type("Friday")
            assert strip.note.text() == "Friday", "what stands there is chosen, typing takes its place"
            assert strip.sentence.text() == "It is preparing what it says first …"
            await call.listen(1000)
            assert strip.sentence.accessibleName() == GOES_ON.format("Going on, knowing Friday.")
            assert "puppet" in strip.sentence.toolTip()
            call.key(Qt.Key.Key_Return)
            assert call.view.mode is Mode.AGENT_SPEAKS, "Enter alone gives nothing back"
            call.key(Qt.Key.Key_Return, CTRL)
            assert not strip.isVisible()
            await call.listen_to_end()
            assert call.said()[-1] == ("assistant", "Going on, knowing Friday.")
            assert len([talk for talk in call.puppets.writer.talks if talk.is_handed_back]) == 2

    run_virtual(main())


def test_escape_ends_the_making(tmp_path: Path) -> None:
    async def main() -> None:
        async with WindowOnDesk(tmp_path) as call:
            await _live(call)
            call.puppets.writer.delay_s = 5.0
            call.key(Qt.Key.Key_F8, SHIFT)
            await call.listen(500)
            call.key(Qt.Key.Key_Escape)
            assert not call.window.hand_back_strip.isVisible()
            await call.listen(300)
            assert call.puppets.writer.cancelled == 1
            assert call.view.mode is Mode.AGENT_SPEAKS
            call.puppets.writer.delay_s = 0
            call.key(Qt.Key.Key_F8, SHIFT)
            assert "preparing" in call.window.hand_back_strip.sentence.text(), "nothing of before is shown"
            await call.listen(500)
            assert "Going on" in call.window.hand_back_strip.sentence.text()

    run_virtual(main())


def test_the_caller_speaks_and_it_is_prepared_anew(tmp_path: Path) -> None:
    async def main() -> None:
        async with WindowOnDesk(tmp_path) as call:
            await _live(call, "Would Thursday suit you?")
            strip = call.window.hand_back_strip
            call.key(Qt.Key.Key_F8, SHIFT)
            await call.listen(500)
            assert strip.sentence.text() == "It will wait for the caller."
            assert strip.note.text() == "", "a question is no agreement"
            await call.speak("Thursday is fine")
            assert strip.sentence.text() == "It prepares a sentence when everybody has finished speaking."
            await call.listen(1500)
            assert strip.sentence.text() == GOES_ON.format("Going on, knowing nothing.")

    run_virtual(main())


def test_closed_out_of_sight_it_is_given_up_all_the_same(stage: Stage) -> None:
    call_id = stage.call()
    stage.key(Qt.Key.Key_F8)
    stage.key(Qt.Key.Key_F8, SHIFT)
    assert stage.desk.hand_backs == [(call_id, "")]
    stage.window.header.tabs.setCurrentIndex(1)
    assert stage.desk.hand_backs == [(call_id, "")], "another page does not close it"
    stage.desk.caller_left(call_id)
    stage.look()
    assert stage.window.hand_back_strip.isHidden()


def test_asking_twice_keeps_the_note(stage: Stage) -> None:
    call_id = stage.call()
    stage.key(Qt.Key.Key_F8)
    stage.key(Qt.Key.Key_F8, SHIFT)
    QTest.keyClicks(stage.window.hand_back_strip.note, "Hi")
    stage.window.actions_["hand_back"].trigger()
    assert stage.window.hand_back_strip.note.text() == "Hi"
    assert stage.desk.hand_backs == [(call_id, ""), (call_id, "H"), (call_id, "Hi")]
    stage.key(Qt.Key.Key_Escape)
    assert stage.desk.hand_backs[-1] == (call_id, None)


def test_each_stage_has_words_of_its_own(stage: Stage) -> None:
    call_id = stage.call()
    stage.key(Qt.Key.Key_F8)
    stage.key(Qt.Key.Key_F8, SHIFT)
    strip, seen = stage.window.hand_back_strip, set()
    for each in HandBackStage:
        stage.desk.hand_back_prepared(call_id, each, "So that is express." if each == "ready" else "")
        seen.add(strip.sentence.text())
        assert strip.sentence.accessibleName() == strip.sentence.text()
    assert len(seen) == len(HandBackStage)


def test_a_long_answer_stands_whole_in_the_tip(stage: Stage) -> None:
    call_id = stage.call()
    stage.key(Qt.Key.Key_F8)
    stage.key(Qt.Key.Key_F8, SHIFT)
    text = "So that is express delivery, and you get a message with the time. " * 6
    stage.desk.hand_back_prepared(call_id, HandBackStage.READY, text)
    strip = stage.window.hand_back_strip
    assert len(strip.sentence.text()) < len(text)
    assert text.strip() in strip.sentence.toolTip()
    assert text.strip() in strip.sentence.accessibleName()
