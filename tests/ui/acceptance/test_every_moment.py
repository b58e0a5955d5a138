"""Every moment of a call, both themes, 100 and 200 %, in the smallest window: named, whole, in sight."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from copilot_desktop.ui.widgets.theme import ThemeChoice
from tests.support.cut_texts import cut_texts, hidden_parts, nameless, settle
from tests.ui.conftest import Stage
from tests.ui.test_looks import _moments as moments

LARGEST = 5
"""Steps of the text size to 200 %."""


@pytest.mark.parametrize(("choice", "steps"), [(ThemeChoice.DARK, 0), (ThemeChoice.LIGHT, LARGEST)])
def test_in_the_smallest_window(stage: Stage, choice: ThemeChoice, steps: int) -> None:
    window = stage.window
    stage.shell.remember(8)
    window.refresh_history()
    window.theme.choose(choice)
    window.theme.resize_text(steps)
    window.resize(1024, 640)
    troubles: list[str] = []
    for moment in moments(stage):
        settle()
        for each in (window, window.ringing):
            if each.isVisible():
                troubles += [f"{moment}: cut: {text}" for text in cut_texts(each)]
                troubles += [f"{moment}: hidden: {part}" for part in hidden_parts(each)]
                troubles += [f"{moment}: no name: {name}" for name in nameless(each)]
        if window.calls.current is not None:
            troubles += [f"{moment}: {bar.objectName()}" for bar in _bars(stage) if not _is_whole(bar)]
        assert (window.width(), window.height()) == (1024, 640), moment
    assert not troubles, "\n".join(sorted(set(troubles)))


def _bars(stage: Stage) -> tuple[QWidget, QWidget]:
    return stage.window.call_bar, stage.window.control_bar


def _is_whole(bar: QWidget) -> bool:
    return bar.isVisible() and bar.visibleRegion().boundingRect().height() >= bar.height()
