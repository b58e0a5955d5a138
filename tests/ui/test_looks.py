"""What everyone must be able to see and reach: contrast, names, room, in both themes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)

from copilot_desktop.calls.events import CallId, LineChanged, Problem, Readiness, Tool, Treatment
from copilot_desktop.calls.line import LineProblem, Step
from copilot_desktop.calls.states import Mode
from copilot_desktop.ui.widgets.actions import SPECS
from copilot_desktop.ui.widgets.theme import ThemeChoice
from copilot_desktop.ui.widgets.tokens import DARK, LIGHT, Tokens, contrast
from tests.support.lines import a_failed_line, a_line_at, a_lost_line, an_open_line
from tests.ui.conftest import Stage

CONTROLS = (QAbstractButton, QLineEdit, QPlainTextEdit, QComboBox, QAbstractItemView, QTabBar)


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_text_can_be_read(tokens: Tokens) -> None:
    grounds = (tokens.background, tokens.panel)
    pairs = [(word, ground) for word in (tokens.text, tokens.muted) for ground in grounds]
    for name in ("caller", "ai", "agent", "danger", "warning", "success"):
        colour = getattr(tokens, name)
        pairs += [(colour, getattr(tokens, f"{name}_tint")), (colour, tokens.background)]
        pairs.append((tokens.text, getattr(tokens, f"{name}_tint")))
        pairs.append((tokens.muted, getattr(tokens, f"{name}_tint")))
    pairs += [(tokens.label, getattr(tokens, name)) for name in ("answer", "hang_up", "say_it", "primary")]
    pairs += [(tokens.take_over_label, tokens.take_over), (tokens.live_label, tokens.live)]
    for text, ground in pairs:
        assert contrast(text, ground) >= 4.5, f"{text} on {ground}"


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_edges_can_be_seen(tokens: Tokens) -> None:
    for ground in (tokens.background, tokens.panel):
        assert contrast(tokens.edge, ground) >= 3.0
        assert contrast(tokens.primary, ground) >= 3.0


def _moments(stage: Stage) -> Iterator[str]:
    yield "first page"
    yield from _moments_of_the_line(stage)
    stage.window._look_around()
    yield "looking around"
    stage.ring()
    yield "ringing"
    stage.clock.wait(1)
    stage.window.ringing.answer(Mode.AGENT_APPROVES, stage.clock())
    call = next(iter(stage.desk.live_calls())).call_id
    stage.desk.connect(call)
    stage.desk.draft(
        call, "s1", "I can send it by express today, and you would have it tomorrow before noon."
    )
    stage.clock.wait(2)
    stage.look()
    yield "draft"
    stage.desk.other_draft(call, "s1a", "I can also pass you on to somebody in billing, if you like.", 1)
    stage.desk.tool(call, Tool.ASK_AGENT, text="May I offer free express delivery for this order?")
    stage.desk.backup(call, Problem.BACKUP_VOICE, "no_credit")
    stage.look()
    yield "the AI asks"
    stage.window.problem_strip.dismiss()
    stage.window.actions_["edit"].trigger()
    yield "edit"
    stage.window.actions_["take_over"].trigger()
    stage.desk.draft(call, "s2", "I will book the express run for you.", sources=False)
    stage.look()
    yield "take-over"
    stage.window.actions_["hand_back"].trigger()
    yield "hand-back"
    stage.window.actions_["hold"].trigger()
    stage.look()
    yield "hold"
    stage.clock.wait(130)
    stage.look()
    yield "long hold"
    yield from _moments_of_tools(stage, call)
    yield from _moments_of_several(stage)
    stage.desk.caller_left(call)
    yield "report"
    stage.window.header.tabs.setCurrentIndex(1)
    yield "history"


def _moments_of_tools(stage: Stage, call: CallId) -> Iterator[str]:
    stage.window.actions_["hold"].trigger()
    stage.window.actions_["keypad"].trigger()
    stage.desk.send_digits(call, "4711")
    stage.desk.caller_presses(call, "1")
    stage.look()
    yield "keypad"
    stage.window.keypad.hide()
    stage.window.actions_["pause_recording"].trigger()
    stage.clock.wait(70)
    stage.look()
    yield "recording paused"
    stage.desk.problem(call, Problem.NOTICE_FAILED)
    stage.look()
    yield "notice failed"
    stage.window.actions_["transfer"].trigger()
    yield "transfer"
    stage.window.transfer_strip.confirm()
    stage.look()
    yield "passing on"
    stage.desk.announced(call)
    stage.desk.transfer_over(call, is_taken=False)
    stage.look()
    yield "not passed on"
    stage.desk.line_back(call)
    stage.desk.link_lost(call)
    stage.look()
    yield "sound lost"
    stage.desk.line_back(call)
    stage.window.problem_strip.dismiss()
    stage.window.recording_strip.dismiss()


def _moments_of_several(stage: Stage) -> Iterator[str]:
    stage.ring("+12025550177", name="Maria Keller of Harbor Plumbing and Sons")
    stage.look()
    yield "second call"
    stage.window.actions_["answer_second"].trigger()
    second = stage.desk.live_calls()[-1].call_id
    stage.desk.connect(second)
    third = stage.ring("+12025550178")
    stage.desk.treat(third, Treatment.VOICEMAIL)
    stage.desk.connect(third)
    stage.look()
    yield "three calls"
    stage.window.switcher.chip(third).click()
    stage.look()
    yield "voicemail"
    stage.desk.message_left(third)
    stage.desk.feed.publish(LineChanged(status=a_lost_line()))
    yield "line lost in a call"
    stage.desk.hang_up(second)


def _moments_of_the_line(stage: Stage) -> Iterator[str]:
    for words, status in (
        ("getting ready", a_line_at(Step.REACHABLE)),
        ("account refused", a_failed_line(LineProblem.ACCOUNT_REFUSED, Step.NUMBER)),
        ("line lost", a_lost_line()),
        ("ready", an_open_line()),
    ):
        stage.desk.feed.publish(LineChanged(status=status))
        yield words
    for readiness in (Readiness.NOT_READY, Readiness.CLOSED, Readiness.READY):
        stage.desk.become(readiness)
        yield readiness.value
    stage.shell.is_pointed_here = True
    stage.window.close()
    yield "quitting"
    stage.window.quit_strip.dismiss()


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_every_control_has_a_name(stage: Stage, choice: ThemeChoice) -> None:
    stage.window.theme.choose(choice)
    for moment in _moments(stage):
        for window in (stage.window, stage.window.ringing):
            for widget in window.findChildren(QWidget):
                if isinstance(widget, CONTROLS) and widget.isVisible() and not _is_part(widget):
                    assert widget.accessibleName(), f"{moment}: {type(widget).__name__} {widget.objectName()}"


def _is_part(widget: QWidget) -> bool:
    """Whether Qt made it as a part of another control: the table's heads, the field's clear button."""
    parent = widget.parentWidget()
    own = type(widget).__module__.startswith("copilot_desktop")
    return not own and not widget.objectName() and isinstance(parent, CONTROLS) or _is_qt_inner(widget)


def _is_qt_inner(widget: QWidget) -> bool:
    return widget.objectName().startswith("qt_") or type(widget).__name__ in (
        "QHeaderView",
        "QTableCornerButton",
    )


@pytest.mark.parametrize(
    ("steps", "width", "height"),
    [(0, 1024, 640), (2, 1024, 640), (3, 1024, 640), (5, 1024, 640), (0, 1280, 800)],
)
def test_nothing_is_cut_off(stage: Stage, steps: int, width: int, height: int) -> None:
    stage.shell.remember(8)
    stage.window.refresh_history()
    stage.window.theme.resize_text(steps)
    stage.window.resize(width, height)
    for moment in _moments(stage):
        for _ in range(3):  # What grows asks its parent for room, and that its own.
            QApplication.processEvents()
        assert stage.window.width() == width, moment
        for window in (stage.window, stage.window.ringing):
            for button in window.findChildren(QAbstractButton):
                if not button.isVisible() or not button.text() or button.visibleRegion().isEmpty():
                    continue
                hint = button.minimumSizeHint() if button.text() else button.sizeHint()
                where = f"{moment}: {button.objectName()} {button.size()} {hint}"
                assert button.width() >= min(hint.width(), button.sizeHint().width()), where
                assert button.height() >= min(32, hint.height()), where
        bar = stage.window.control_bar
        if bar.isVisible():
            assert bar.geometry().bottom() < stage.window.height(), moment
            assert stage.window.call_page.transcript.list.height() >= 60, moment


def test_hang_up_stands_alone_and_large(stage: Stage) -> None:
    stage.call()
    bar = stage.window.control_bar
    others = [b for b in bar.findChildren(QAbstractButton) if b is not bar.hang_up_button and b.isVisible()]
    right_most = max(button.geometry().right() for button in others)
    assert bar.hang_up_button.geometry().left() - right_most >= 48
    assert bar.take_over_button.geometry().left() == min(button.geometry().left() for button in others)
    assert all(button.height() >= 44 for button in others)
    assert bar.take_over_button.width() == max(button.width() for button in others)


def test_controls_keep_their_places(stage: Stage) -> None:
    stage.call()
    bar = stage.window.control_bar
    before = {b.objectName(): b.geometry() for b in bar.findChildren(QAbstractButton)}
    stage.key(Qt.Key.Key_F8)
    stage.look()
    QApplication.processEvents()
    assert {b.objectName(): b.geometry() for b in bar.findChildren(QAbstractButton)} == before
    assert bar.take_over_button.toolTip() == "You are live already"


def test_decline_is_far_from_answer(stage: Stage) -> None:
    stage.ring()
    ringing = stage.window.ringing
    QApplication.processEvents()
    gap = ringing.answer_button.geometry().left() - ringing.decline_button.geometry().right()
    assert gap >= 100
    assert ringing.decline_button.width() >= 120
    assert ringing.decline_button.height() >= 44


def test_shortcuts_are_unique() -> None:
    owners: dict[str, list[str]] = {}
    for spec in SPECS:
        for key in spec.keys:
            owners.setdefault(key, []).append(spec.name)
    shared = {key: names for key, names in owners.items() if len(names) > 1}
    # The form after a call and the draft in a call are never on screen together.
    both = ["wrap_up_save", "confirm"]
    assert shared == {"Ctrl+Enter": both, "Ctrl+Return": both}


def test_the_theme_changes_live(stage: Stage) -> None:
    stage.window.theme.choose(ThemeChoice.LIGHT)
    light = stage.window.grab().toImage().pixelColor(5, 400)
    stage.window.theme.choose(ThemeChoice.DARK)
    QApplication.processEvents()
    dark = stage.window.grab().toImage().pixelColor(5, 400)
    assert light.lightness() > 200
    assert dark.lightness() < 60
