"""Enter, Space, Esc, double clicks on every control of a call: nothing ends, is said, given away or lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.states import Mode
from tests.ui.conftest import Stage

STRAY = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Escape)
HARM = {
    "hang_up",
    "decline",
    "accept",
    "hand_back",
    "say",
    "skip",
    "say_text",
    "guide",
    "transfer",
    "send_digits",
    "pause_recording",
    "confirm_notice",
}
TYPED = "This is Sam"
MOMENTS = ("AI speaks", "a draft", "editing", "take-over", "hand-back", "hold", "transfer", "second call")


def _bring_about(stage: Stage, moment: str) -> CallId:
    mode = Mode.AGENT_APPROVES if moment in ("a draft", "editing") else Mode.AI_SPEAKS
    call = stage.call(mode)
    window, orders = stage.window, stage.window.actions_
    window.call_page.say_box.field.setText(TYPED)
    window.call_page.suggestions.guide_box.field.setText(TYPED)
    if mode is Mode.AGENT_APPROVES:
        stage.desk.draft(call, "s1", "It will come tomorrow.")
        stage.desk.other_draft(call, "s2", "It comes on Friday.", 1)
        stage.clock.wait(1)
        stage.look()
    steps = {
        "editing": ("edit",),
        "take-over": ("take_over",),
        "hand-back": ("take_over", "hand_back"),
        "hold": ("hold",),
        "transfer": ("transfer",),
    }
    for name in steps.get(moment, ()):
        orders[name].trigger()
    if moment == "second call":
        stage.ring("+12025550177")
        stage.clock.wait(1)
    if moment == "take-over":
        stage.desk.draft(call, "s3", "I will look it up for you.")
        stage.clock.wait(1)
    stage.look()
    return call


def _focusable(stage: Stage) -> Iterator[QWidget]:
    for window in (stage.window, stage.window.ringing):
        for widget in window.findChildren(QWidget):
            if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                yield widget


def _name(widget: QWidget) -> str:
    return widget.objectName() or type(widget).__name__


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("how", ["keys", "double click"])
def test_nothing_happens_that_cannot_be_undone(stage_with_microphone: Stage, moment: str, how: str) -> None:
    stage = stage_with_microphone
    call = _bring_about(stage, moment)
    names = {_name(widget) for widget in _focusable(stage)}
    assert len(names) >= 12, "the call's controls are there"
    for name in sorted(names):
        widget = next((w for w in _focusable(stage) if _name(w) == name), None)
        if widget is None:
            continue  # An earlier stray key has opened something harmless over it.
        before = len(stage.desk.orders)
        if how == "keys":
            widget.setFocus()
            for key in STRAY:
                QTest.keyClick(QApplication.focusWidget() or widget, key)
        else:
            # Its first half is a click like any other; the second must never count as one more.
            QTest.mouseDClick(widget, Qt.MouseButton.LeftButton)
            QTest.mouseRelease(widget, Qt.MouseButton.LeftButton)
        stage.clock.wait(1)
        stage.look()
        done = {order.name for order in stage.desk.orders[before:]}
        assert not done & HARM, f"{moment}: {how} on {name} did {done & HARM}"
    assert any(view.call_id == call for view in stage.desk.live_calls())
    for box in (stage.window.call_page.say_box, stage.window.call_page.suggestions.guide_box):
        assert box.field.text().strip() == TYPED, "a space was typed at most"
