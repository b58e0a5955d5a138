"""A made-up language, 40 % longer and from the right to the left: no text is cut, all sides change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil

import pytest
from PySide6.QtCore import QPoint, QRect, Qt, QTranslator
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from copilot_desktop.calls.events import Party
from copilot_desktop.calls.states import Mode
from tests.support.cut_texts import cut_texts, hidden_parts, left_of, settle
from tests.ui.conftest import Stage
from tests.ui.test_looks import _moments as moments

LONGER = 0.4
_WORD = re.compile(r"\{[^}]*\}|[^\W\d_]+")


class Stretching(QTranslator):
    """Makes every word longer; numbers, keys and what is filled in stay."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def isEmpty(self) -> bool:  # noqa: N802
        return False

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        self.asked.add(text)
        return _WORD.sub(lambda word: self._stretched(word.group()), text)

    def _stretched(self, word: str) -> str:
        return word if word.startswith("{") else word + word[-1] * ceil(len(word) * LONGER)


@pytest.fixture
def stretching(qapp: QApplication) -> Iterator[Stretching]:
    """The language is spoken before the first window is built."""
    translator = Stretching()
    qapp.installTranslator(translator)
    yield translator
    qapp.removeTranslator(translator)


@pytest.fixture
def from_the_right(qapp: QApplication) -> Iterator[None]:
    """Everything built from now on is mirrored."""
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.mark.parametrize("width", [1024, 1366])
def test_no_text_is_cut(stretching: Stretching, from_the_right: None, stage: Stage, width: int) -> None:
    window = stage.window
    stage.shell.remember(8)
    window.refresh_history()
    window.resize(width, 768 if width > 1024 else 640)
    troubles: list[str] = []
    for moment in moments(stage):
        settle()
        for each in (window, window.ringing):
            if each.isVisible():
                troubles += [f"{moment}: cut: {text}" for text in cut_texts(each)]
                troubles += [f"{moment}: hidden: {part}" for part in hidden_parts(each)]
        assert window.width() == width, moment
    assert len(stretching.asked) > 150, "the window's texts pass through the translator"
    assert not troubles, "\n".join(sorted(set(troubles)))


def _order(window: QWidget, *widgets: QWidget) -> list[str]:
    return [widget.objectName() for widget in sorted(widgets, key=lambda each: left_of(window, each))]


def _sides(stage: Stage) -> dict[str, list[str]]:
    """What lies beside what, from left to right."""
    window, bar, ringing = stage.window, stage.window.control_bar, stage.window.ringing
    tools = [button for button in bar.findChildren(QAbstractButton) if button.isVisible()]
    call_bar = window.call_bar
    return {
        "control bar": _order(window, *tools),
        "call bar": _order(window, call_bar._clock, call_bar._caller, call_bar.who_speaks),
        "ringing": _order(ringing, ringing.decline_button, ringing.answer_button),
    }


def _show(stage: Stage) -> dict[str, list[str]]:
    ringing = stage.ring()
    stage.clock.wait(1)
    settle()
    before = _sides(stage)["ringing"]
    stage.window.ringing.answer(Mode.AI_SPEAKS, stage.clock())
    stage.desk.connect(ringing)
    stage.desk.said(ringing, "u1", "My order has not come.")
    stage.desk.said(ringing, "a1", "I will look for it.", Party.ASSISTANT)
    stage.look()
    settle()
    return {**_sides(stage), "ringing": before}


def test_everything_changes_sides(qapp: QApplication, request: pytest.FixtureRequest, stage: Stage) -> None:
    usual = _show(stage)
    assert usual["control bar"][0] == "take_overButton"
    assert _side_of(stage, "caller_tint") == "left"
    assert _side_of(stage, "ai_tint") == "right"
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    request.addfinalizer(lambda: qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight))
    settle()
    mirrored = _sides(stage)
    for place in ("control bar", "call bar"):
        assert mirrored[place] == usual[place][::-1], place
    assert _side_of(stage, "caller_tint") == "right"
    assert _side_of(stage, "ai_tint") == "left"
    stage.desk.caller_left(next(iter(stage.desk.live_calls())).call_id)
    stage.ring("+12025550177")
    settle()
    assert _sides(stage)["ringing"] == usual["ringing"][::-1]


def _side_of(stage: Stage, token: str) -> str:
    """On which side of the transcript most of a speaker's colour is."""
    words = stage.window.call_page.transcript.list
    image = words.viewport().grab().toImage()
    colour = stage.window.theme.colour(token).rgb()
    half = image.width() // 2
    sides = {
        "left": QRect(QPoint(0, 0), QPoint(half, image.height() - 1)),
        "right": QRect(QPoint(half, 0), QPoint(image.width() - 1, image.height() - 1)),
    }
    count = {
        side: sum(
            image.pixel(x, y) == colour
            for x in range(box.left(), box.right(), 3)
            for y in range(box.top(), box.bottom(), 3)
        )
        for side, box in sides.items()
    }
    assert any(count.values()), token
    return max(count, key=lambda side: count[side])
