"""Nothing the AI writes reaches the caller in "I approve" without one explicit act."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from copilot_desktop.calls.states import Mode
from tests.ui.conftest import Stage

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def _confirm(stage: Stage) -> None:
    stage.key(Qt.Key.Key_Return, CTRL)


def test_say_it_says_the_draft_once(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.clock.wait(0.5)
    stage.look()
    assert stage.window.call_page.draft_card.isVisible()
    _confirm(stage)
    _confirm(stage)
    assert [order.name for order in stage.desk.orders if order.name == "say"] == ["say"]
    assert stage.desk.orders[-1].detail == ("s1", "It will come tomorrow.")


def test_a_held_key_says_it_once(stage: Stage) -> None:
    assert not stage.window.actions_["confirm"].autoRepeat()
    assert not any(action.autoRepeat() for action in stage.window.actions_.by_name.values())


def test_a_draft_that_just_changed_is_not_said(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    stage.desk.draft(call, "s1", "It will come", is_ready=False)
    stage.clock.wait(0.5)
    _confirm(stage)
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.clock.wait(0.1)
    _confirm(stage)
    assert "say" not in stage.desk.names()
    assert stage.window.call_page.draft_card.state_line.text() == "Changed – look again"
    stage.clock.wait(0.4)
    _confirm(stage)
    assert stage.desk.names()[-1] == "say"


def test_an_out_of_date_draft_is_not_said(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.clock.wait(1)
    stage.desk.caller_speaks(call, is_in_turn=True)
    stage.look()
    card = stage.window.call_page.draft_card
    assert "Out of date" in card.state_line.text()
    assert not card.say_button.isEnabled()
    _confirm(stage)
    assert "say" not in stage.desk.names()
    assert "say_text" not in stage.desk.names()


def test_an_edited_draft_is_said_as_edited(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.clock.wait(1)
    stage.look()
    stage.key(Qt.Key.Key_E, CTRL)
    card = stage.window.call_page.draft_card
    assert card.editor.hasFocus()
    QTest.keyClicks(card.editor, "It comes on Monday.")
    stage.key(Qt.Key.Key_Return)
    assert "say" not in stage.desk.names()
    _confirm(stage)
    assert stage.desk.orders[-1].detail == ("s1", "It comes on Monday.")


def test_escape_leaves_the_box_and_keeps_the_text(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.clock.wait(1)
    stage.look()
    stage.key(Qt.Key.Key_E, CTRL)
    card = stage.window.call_page.draft_card
    QTest.keyClicks(card.editor, "Mine")
    stage.key(Qt.Key.Key_Escape)
    assert not card.editor.hasFocus()
    assert card.editor.toPlainText() == "Mine"


def test_words_being_edited_survive_a_new_draft(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.clock.wait(1)
    stage.look()
    stage.key(Qt.Key.Key_E, CTRL)
    card = stage.window.call_page.draft_card
    QTest.keyClicks(card.editor, "My own words.")
    stage.desk.caller_speaks(call, is_in_turn=True)
    stage.desk.caller_speaks(call, is_in_turn=False)
    stage.desk.draft(call, "s2", "Something else.")
    stage.look()
    assert card.editor.toPlainText() == "My own words."
    _confirm(stage)
    assert stage.desk.orders[-1].name == "say_text"
    assert stage.desk.orders[-1].detail == ("My own words.",)


def test_skip(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.clock.wait(1)
    stage.look()
    stage.key(Qt.Key.Key_X, CTRL, SHIFT)
    assert stage.desk.names()[-1] == "skip"
    assert not stage.window.call_page.draft_card.isVisible()


def test_a_draft_without_a_source_says_so(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    stage.desk.draft(call, "s1", "It will come tomorrow.", sources=False)
    stage.look()
    chip = stage.window.call_page.draft_card.chip
    assert chip.text.accessibleName() == "No source found – check before you say it"
    stage.desk.draft(call, "s2", "It will come tomorrow.")
    stage.look()
    assert chip.text.accessibleName() == "Delivery policy · Late parcels · p. 2"


def test_the_origin_is_said_plainly(stage: Stage) -> None:
    call = stage.call()
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.look()
    assert stage.window.call_page.suggestions._origin.text() == "From: playbook answers, no AI connected"


def test_a_suggestion_is_read_or_said_by_the_voice_in_takeover(stage: Stage) -> None:
    call = stage.call()
    stage.key(Qt.Key.Key_F8)
    stage.desk.draft(call, "s1", "I will book it for you.")
    stage.look()
    stage.key(Qt.Key.Key_1, CTRL)
    assert stage.desk.orders[-1].name == "say_text"
    assert stage.desk.orders[-1].detail == ("I will book it for you.",)


def test_what_the_ai_says_already_cannot_be_said_twice(stage: Stage) -> None:
    call = stage.call()
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.look()
    stage.key(Qt.Key.Key_1, CTRL)
    assert "say" not in stage.desk.names()
    assert "say_text" not in stage.desk.names()
