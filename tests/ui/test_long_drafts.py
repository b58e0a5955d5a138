"""A draft is never cut: where there is no room for all of it, it scrolls."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from copilot_desktop.calls.events import Problem
from copilot_desktop.calls.states import Mode
from tests.support.cut_texts import cut_texts
from tests.ui.conftest import Stage

LONG = (
    "I am sorry that the parcel is late. I can send it again by express today, free of charge, and you would "
    "have it tomorrow before noon. Shall it go to the address in the Harbor Road, or do you want it at "
    "the office?"
)


def _drafted(stage: Stage, steps: int, width: int, height: int) -> None:
    stage.window.theme.resize_text(steps)
    stage.window.resize(width, height)
    call = stage.call(Mode.AGENT_APPROVES, is_practice=True)
    stage.desk.said(call, "u1", "Where is my order? It was promised for Friday.")
    stage.desk.draft(call, "s0", "One moment.")
    _settle(stage)
    stage.desk.draft(call, "s1", LONG)
    _settle(stage)


def _settle(stage: Stage) -> None:
    stage.look()
    for _ in range(3):
        QApplication.processEvents()


@pytest.mark.parametrize(("steps", "width", "height"), [(0, 1280, 800), (0, 1024, 640), (5, 1024, 640)])
def test_with_room_it_stands_whole(stage: Stage, steps: int, width: int, height: int) -> None:
    _drafted(stage, steps, width, height)
    words = stage.window.call_page.draft_card._words
    assert words.verticalScrollBar().maximum() == 0
    assert not words.verticalScrollBar().isVisible()
    assert words.focusPolicy() is Qt.FocusPolicy.NoFocus
    assert words.height() == words.heightForWidth(words.width())
    assert cut_texts(stage.window.call_page.draft_card) == []


def test_without_room_all_of_it_can_be_reached_by_key(stage: Stage) -> None:
    _drafted(stage, 5, 1024, 640)
    call = stage.desk.live_calls()[0].call_id
    stage.desk.problem(call, Problem.VOICE_FAILED)
    _settle(stage)
    card = stage.window.call_page.draft_card
    words, bar = card._words, card._words.verticalScrollBar()
    assert cut_texts(card) == [], "the words lie whole in what scrolls"
    assert words.height() >= 2 * card._text.fontMetrics().lineSpacing()
    assert bar.maximum() > 0
    words.setFocus()
    for _ in range(20):
        stage.key(Qt.Key.Key_Down)
    assert bar.value() == bar.maximum()
    assert words.accessibleName() == f"Draft: {LONG}"
    stage.desk.draft(call, "s2", LONG + " Or later?")
    _settle(stage)
    assert bar.value() == 0, "another draft is read from its beginning"


def test_the_field_to_edit_in_grows_with_the_text(stage: Stage) -> None:
    _drafted(stage, 5, 1280, 800)
    card = stage.window.call_page.draft_card
    card.edit()
    _settle(stage)
    assert card.editor.height() >= 3 * card.editor.fontMetrics().lineSpacing()


def test_preparing_says_for_how_long(stage: Stage) -> None:
    call = stage.call(Mode.AGENT_APPROVES)
    stage.desk.said(call, "u1", "Where is my order?")
    stage.desk.draft(call, "s1", "It will", is_ready=False)
    stage.clock.wait(0.8)
    stage.look()
    assert stage.window.call_page.draft_card.state_line.text().startswith("Preparing… ")
    assert stage.window.call_page.draft_card.state_line.text().endswith(" s")
