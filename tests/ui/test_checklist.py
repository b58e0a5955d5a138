"""The checklist in a call: ticked by what is said, ticked and unticked by key."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from copilot_desktop.calls.events import CallId, ChecklistItem
from copilot_desktop.ui.call.checklist_box import ChecklistBox
from tests.ui.conftest import Stage

STEPS = (
    ChecklistItem(step="greeting", is_required=True, hint="Say the company's name."),
    ChecklistItem(step="number noted", is_required=True, hint="Ask for the order number."),
    ChecklistItem(step="anything else"),
)


def box(stage: Stage) -> ChecklistBox:
    return stage.window.call_page.context.checklist


def begun(stage: Stage) -> CallId:
    call = stage.call()
    stage.desk.checklist(call, *STEPS)
    stage.look()
    return call


def rows(stage: Stage) -> list[tuple[str, bool]]:
    steps = box(stage).steps
    items = [steps.item(row) for row in range(steps.count())]
    return [(item.text(), item.checkState() is Qt.CheckState.Checked) for item in items]


def test_the_steps_stand_in_order_and_required_ones_say_so(stage: Stage) -> None:
    begun(stage)
    assert box(stage).isVisible()
    assert rows(stage) == [
        ("Greeting (required)", False),
        ("Number noted (required)", False),
        ("Anything else", False),
    ]
    assert box(stage).count.text() == "0 of 3"


def test_what_is_said_ticks_and_tells_when(stage: Stage) -> None:
    call = begun(stage)
    stage.desk.checklist(call, replace(STEPS[0], is_done=True, done_ms=72_000), *STEPS[1:])
    stage.look()
    assert rows(stage)[0] == ("Greeting", True)
    assert box(stage).count.text() == "1 of 3"
    assert "what was said at 01:12" in box(stage).steps.item(0).toolTip()


def test_space_ticks_and_takes_the_tick_back(stage: Stage) -> None:
    call = begun(stage)
    box(stage).steps.setFocus()
    stage.key(Qt.Key.Key_Down)
    assert box(stage).hint.text() == "Ask for the order number."
    stage.key(Qt.Key.Key_Space)
    stage.look()
    assert rows(stage)[1] == ("Number noted", True)
    assert "by you" in box(stage).steps.item(1).toolTip()
    stage.key(Qt.Key.Key_Space)
    stage.look()
    assert rows(stage)[1] == ("Number noted (required)", False)
    ticks = [(order.call_id, *order.detail) for order in stage.desk.orders if order.name == "tick"]
    assert ticks == [(call, "number noted", True), (call, "number noted", False)]
    assert box(stage).steps.currentRow() == 1, "the place in the list stays"


def test_a_tick_that_is_refused_is_taken_back(stage: Stage) -> None:
    call = begun(stage)
    stage.desk._steps[call] = ()
    box(stage).steps.setFocus()
    stage.key(Qt.Key.Key_Space)
    assert rows(stage)[0] == ("Greeting (required)", False)


def test_ticking_that_has_stopped_is_said_and_hands_still_tick(stage: Stage) -> None:
    call = begun(stage)
    stage.desk.checklist(call, *STEPS, is_listening=False)
    stage.look()
    assert box(stage).hint.text() == "Ticking by itself has stopped – tick by hand"
    box(stage).steps.setFocus()
    stage.key(Qt.Key.Key_Space)
    assert rows(stage)[0][1]


def test_without_steps_there_is_no_box(stage: Stage) -> None:
    stage.call()
    assert not box(stage).isVisible()


def test_each_call_has_its_own(stage: Stage) -> None:
    first = begun(stage)
    stage.desk.checklist(first, *(replace(step, is_done=True, done_ms=1000) for step in STEPS))
    stage.look()
    assert box(stage).count.text() == "3 of 3"
    stage.desk.caller_left(first)
    stage.look()
    second = stage.call(caller="+12025550143")
    stage.desk.checklist(second, *STEPS)
    stage.look()
    QApplication.processEvents()
    assert box(stage).count.text() == "0 of 3"
