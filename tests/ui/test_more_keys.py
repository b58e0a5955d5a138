"""Bookmarks, another draft, dismissing, the documents, the caller's last sentence: by key, in any state."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from copilot_desktop.calls.errors import EngineUnavailable
from copilot_desktop.calls.events import Bookmarked, CallId, Party, Source
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.call import bookmark_field, call_page
from copilot_desktop.ui.call.knowledge_panel import KnowledgePanel
from tests.ui.conftest import Stage

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
EXPRESS = Source(title="Delivery policy", heading="Late parcels", page=2, text="Express delivery is free.")


def marks(stage: Stage, call: CallId) -> list[tuple[int, str]]:
    return [(fact.moment_ms, fact.text) for fact in stage.desk.facts[call] if isinstance(fact, Bookmarked)]


def press_bookmark(stage: Stage) -> None:
    stage.key(Qt.Key.Key_B, CTRL)


# Bookmarks.


def test_the_mark_stands_at_once_and_the_word_may_follow(stage: Stage) -> None:
    call = stage.call()
    say = stage.window.call_page.say_box.field
    say.setFocus()
    QTest.keyClicks(say, "half a sen")
    stage.clock.wait(4)
    press_bookmark(stage)
    assert marks(stage, call) == [(5000, "")]
    field = stage.window.call_page.bookmark_field.field
    assert field.hasFocus()
    stage.clock.wait(3)
    QTest.keyClicks(field, "order number")
    stage.key(Qt.Key.Key_Return)
    assert marks(stage, call) == [(5000, ""), (5000, "order number")]
    assert not field.isVisible()
    assert say.hasFocus(), "the cursor goes back"
    assert say.text() == "half a sen"
    shown = stage.window.call_page.context.findChild(QLabel, "bookmarkList")
    assert isinstance(shown, QLabel)
    assert shown.text() == "00:05  order number"


def test_escape_leaves_the_bare_mark(stage: Stage) -> None:
    call = stage.call()
    press_bookmark(stage)
    QTest.keyClicks(stage.window.call_page.bookmark_field.field, "never mind")
    stage.key(Qt.Key.Key_Escape)
    assert [words for _, words in marks(stage, call)] == [""]
    assert not stage.window.call_page.bookmark_field.isVisible()


def test_a_word_that_was_begun_is_not_lost(stage: Stage) -> None:
    call = stage.call()
    field = stage.window.call_page.bookmark_field.field
    press_bookmark(stage)
    QTest.keyClicks(field, "one")
    stage.clock.wait(2)
    press_bookmark(stage)
    QTest.keyClicks(field, "two")
    stage.window.call_page.transcript.list.setFocus()
    stage.clock.wait(2)
    press_bookmark(stage)
    QTest.keyClicks(field, "three")
    stage.desk.caller_left(call)
    assert marks(stage, call) == [
        (1000, ""),
        (1000, "one"),
        (3000, ""),
        (3000, "two"),
        (5000, ""),
        (5000, "three"),
    ]


def test_the_calls_keys_work_while_the_word_is_typed(stage: Stage) -> None:
    stage.call()
    press_bookmark(stage)
    stage.key(Qt.Key.Key_F8)
    assert stage.desk.names()[-1] == "take_over"
    stage.key(Qt.Key.Key_Return, CTRL)
    assert not stage.window.call_page.bookmark_field.isVisible(), "Ctrl+Enter keeps the word as Enter does"


def test_a_mark_from_another_page_leaves_the_agent_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(bookmark_field, "announce", lambda _, text, *, is_urgent=False: said.append(text))
    call = stage.call()
    stage.window.actions_["history"].trigger()
    stage.window.actions_["bookmark"].trigger()
    assert marks(stage, call) == [(1000, "")]
    assert said == ["Bookmark 00:01"]
    assert stage.window.pages.currentWidget() is stage.window.history
    assert not stage.window.call_page.bookmark_field.isVisible()


def test_without_a_call_there_is_nothing_to_mark(stage: Stage) -> None:
    actions = stage.window.actions_
    for name in ("bookmark", "read_last", "notes", "another"):
        assert not actions[name].isEnabled()
        assert actions[name].toolTip() == "There is no call"


# Drafts and suggestions.


def test_another_draft(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    assert not stage.window.actions_["another"].isEnabled()
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.clock.wait(1)
    stage.look()
    stage.key(Qt.Key.Key_R, CTRL)
    assert stage.desk.names()[-1] == "another_draft"
    stage.desk.draft(call, "s2", "It comes on Monday.")
    stage.look()
    assert stage.window.call_page.draft_card.isVisible()
    stage.desk.caller_speaks(call, is_in_turn=True)
    stage.look()
    assert not stage.window.actions_["another"].isEnabled(), "the caller may be about to say more"


@pytest.mark.parametrize("mode", [Mode.AI_SPEAKS, Mode.AGENT_SPEAKS])
def test_another_draft_is_for_those_who_approve(stage: Stage, mode: Mode) -> None:
    call = stage.call(mode)
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.look()
    stage.key(Qt.Key.Key_R, CTRL)
    assert "another_draft" not in stage.desk.names()


def test_delete_dismisses_the_suggestion_with_the_focus_and_no_other(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.desk.other_draft(call, "s2", "Shall I pass you on?", 1)
    stage.desk.other_draft(call, "s3", "May I call back?", 2)
    stage.clock.wait(1)
    stage.look()
    panel = stage.window.call_page.suggestions
    stage.key(Qt.Key.Key_Delete)
    assert "skip" not in stage.desk.names(), "the focus is elsewhere"
    panel.cards[1].setFocus()
    stage.key(Qt.Key.Key_Delete)
    skipped = stage.desk.orders[-1]
    assert (skipped.name, skipped.detail) == ("skip", ("s3",))
    stage.look()
    assert [card.accessibleName() for card in panel.cards if card.isVisible()] == [
        "Suggestion 1: Shall I pass you on?"
    ]
    panel.cards[0].use_button.setFocus()
    stage.key(Qt.Key.Key_Delete)
    assert stage.desk.orders[-1].detail == ("s2",)
    assert stage.window.call_page.draft_card.isVisible(), "the draft has a key of its own"


def test_what_is_over_can_be_put_out_of_sight(stage: Stage) -> None:
    call = stage.call()
    stage.key(Qt.Key.Key_F8)
    stage.desk.draft(call, "s1", "I will book it for you.")
    stage.desk.caller_speaks(call, is_in_turn=True)
    stage.look()
    card = stage.window.call_page.suggestions.cards[0]
    assert card.isVisible()
    QTest.mouseClick(card.close_button, Qt.MouseButton.LeftButton)
    stage.look()
    assert not card.isVisible()
    assert "skip" not in stage.desk.names(), "it was decided already"


def test_what_the_ai_is_saying_cannot_be_dismissed(stage: Stage) -> None:
    call = stage.call()
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.look()
    card = stage.window.call_page.suggestions.cards[0]
    card.setFocus()
    stage.key(Qt.Key.Key_Delete)
    assert card.isVisible()
    assert not card.close_button.isVisible()
    assert "skip" not in stage.desk.names()


def test_delete_still_deletes_letters(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    stage.desk.draft(call, "s1", "It will come tomorrow.")
    stage.desk.other_draft(call, "s2", "Shall I pass you on?", 1)
    stage.look()
    page = stage.window.call_page
    for field in (page.say_box.field, page.suggestions.knowledge.field):
        field.setFocus()
        QTest.keyClicks(field, "ab")
        stage.key(Qt.Key.Key_Home)
        stage.key(Qt.Key.Key_Delete)
        assert field.text() == "b"
    assert "skip" not in stage.desk.names()


# The caller's last sentence.


def test_the_callers_last_sentence_is_read_on_demand(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, bool]] = []
    monkeypatch.setattr(
        call_page, "announce", lambda _, text, *, is_urgent=False: said.append((text, is_urgent))
    )
    call = stage.call()
    stage.key(Qt.Key.Key_L, CTRL, SHIFT)
    stage.desk.said(call, "u1", "My order has not come.")
    stage.desk.said(call, "u2", "Where is it?")
    stage.desk.said(call, "u3", "One moment.", Party.ASSISTANT)
    stage.key(Qt.Key.Key_L, CTRL, SHIFT)
    assert said == [("The caller has said nothing yet", False), ("Caller: Where is it?", True)]


# The documents.


def panel(stage: Stage) -> KnowledgePanel:
    return stage.window.call_page.suggestions.knowledge


def ask(stage: Stage, question: str) -> None:
    stage.key(Qt.Key.Key_J, CTRL)
    assert panel(stage).field.hasFocus()
    QTest.keyClicks(panel(stage).field, question)
    stage.key(Qt.Key.Key_Return)


def state(stage: Stage) -> str:
    label = panel(stage).findChild(QLabel, "knowledgeState")
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


def passages(stage: Stage) -> list[str]:
    found = panel(stage).findChildren(QWidget, "passageCard")
    return [card.accessibleName() for card in found if card.isVisible()]


@pytest.mark.parametrize("is_in_call", [True, False])
def test_the_documents_answer_the_agent_alone(stage: Stage, is_in_call: bool) -> None:
    stage.shell.documents = [EXPRESS]
    if is_in_call:
        stage.call()
    ask(stage, "express")
    assert stage.shell.questions == ["express"]
    assert passages(stage) == ["Delivery policy · Late parcels · p. 2: Express delivery is free."]
    assert state(stage) == "1 passage, only for you"
    assert not {"say", "say_text", "guide"} & set(stage.desk.names())
    stage.key(Qt.Key.Key_Escape)
    assert (passages(stage), state(stage), panel(stage).field.text()) == ([], "", "")


def test_nothing_found_shows_the_way_to_more_documents(stage: Stage) -> None:
    stage.call()
    asked: list[str] = []
    stage.window.settings_asked.connect(asked.append)
    ask(stage, "weather")
    assert state(stage) == "Nothing in your documents fits this."
    panel(stage).settings_button.click()
    assert asked == ["knowledge"]


def test_a_search_that_fails_says_why_and_can_be_tried_again(stage: Stage) -> None:
    stage.call()
    stage.shell.documents, stage.shell.documents_trouble = [EXPRESS], EngineUnavailable("embedded engines")
    ask(stage, "express")
    assert state(stage).startswith("✗ Your documents cannot be searched: ")
    assert passages(stage) == []
    stage.shell.documents_trouble = None
    panel(stage).again_button.click()
    assert len(passages(stage)) == 1
    assert not panel(stage).again_button.isVisible()


def test_an_answer_to_an_older_question_comes_too_late(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[Coroutine[Any, Any, None]] = []
    stage.shell.documents = [EXPRESS, Source(title="Refunds", text="A refund takes a week.")]
    stage.call()
    with monkeypatch.context() as patched:
        patched.setattr(stage.shell, "spawn", waiting.append)
        ask(stage, "express")
        stage.key(Qt.Key.Key_Return)
        assert len(waiting) == 1, "a second Enter asks nothing new"
        assert state(stage) == "Searching…"
        panel(stage).field.clear()
        ask(stage, "refund")
    first, second = waiting
    stage.shell.spawn(second)
    stage.shell.spawn(first)
    assert passages(stage) == ["Refunds: A refund takes a week."]
