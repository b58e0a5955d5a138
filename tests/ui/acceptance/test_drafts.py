"""“I approve” on the real desk: only what was read is spoken, and once, however the key is pressed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.calls.states import Mode
from tests.support.puppets import TONE
from tests.support.window_on_desk import CTRL, WindowOnDesk

Run = Callable[[Coroutine[Any, Any, None]], None]
Act = Callable[[WindowOnDesk], Coroutine[Any, Any, None]]
DRAFT = "You said Where is my order"
WAITING = "One moment please."


@pytest.fixture
def approving(qapp: QApplication, run: Run, tmp_path: Path) -> Callable[[Act], None]:
    """Run an act in a call in which the agent approves, and whose caller has just asked."""

    def play(act: Act) -> None:
        async def main() -> None:
            async with WindowOnDesk(tmp_path, greeting="") as call:
                await call.answered(Mode.AGENT_APPROVES)
                await call.speak("Where is my order")
                await _until_draft(call)
                await act(call)

        run(main())

    return play


async def _until_draft(call: WindowOnDesk) -> None:
    for _ in range(200):
        if call.window.call_page.draft_card.isVisible():
            return
        await call.pass_frame(SILENCE)
        call.look()
    raise AssertionError("no draft came")


def _heard(call: WindowOnDesk) -> list[str]:
    """What the caller has heard of us, but for the sentence that fills silence."""
    return [text for party, text in call.said() if party == "assistant" and text and text != WAITING]


def _confirm(call: WindowOnDesk) -> None:
    call.key(Qt.Key.Key_Return, CTRL)


def test_a_draft_that_changed_100_ms_ago_is_not_spoken(approving: Callable[[Act], None]) -> None:
    async def act(call: WindowOnDesk) -> None:
        await call.listen(100)
        _confirm(call)
        await call.listen(2000)
        assert _heard(call) == []
        _confirm(call)
        await call.listen_to_end()
        assert _heard(call) == [DRAFT]

    approving(act)


def test_a_held_key_says_one_sentence(approving: Callable[[Act], None]) -> None:
    async def act(call: WindowOnDesk) -> None:
        await call.listen(1000)
        for number in range(40):  # As a keyboard repeats, 30 times a second, over more than the next draft.
            QTest.simulateEvent(call.window, True, Qt.Key.Key_Return, CTRL, "\r", number > 0)
            await call.listen(40)
        QTest.simulateEvent(call.window, False, Qt.Key.Key_Return, CTRL, "\r", False)
        await call.listen_to_end()
        assert _heard(call) == [DRAFT]

    approving(act)


def test_a_key_held_into_the_next_draft_says_nothing_of_it(approving: Callable[[Act], None]) -> None:
    async def act(call: WindowOnDesk) -> None:
        await call.listen(1000)
        _confirm(call)
        await call.listen_to_end()
        call.puppets.transcriber.words = "And what does it cost"
        for number in range(200):
            await call.pass_frame(TONE if number < 50 else SILENCE)
            QTest.simulateEvent(call.window, True, Qt.Key.Key_Return, CTRL, "\r", True)
        assert call.window.call_page.draft_card.isVisible()
        assert _heard(call) == [DRAFT]

    approving(act)


def test_an_out_of_date_draft_is_not_spoken(approving: Callable[[Act], None]) -> None:
    async def act(call: WindowOnDesk) -> None:
        await call.listen(1000)
        await call.speak("No wait, I mean the other one", 800)
        call.look()
        _confirm(call)
        assert _heard(call) == []
        await call.listen(3000)
        _confirm(call)
        await call.listen_to_end()
        assert _heard(call) == [f"{DRAFT} No wait, I mean the other one"]

    approving(act)


def test_without_an_act_of_the_agent_only_the_waiting_sentence_is_heard(
    approving: Callable[[Act], None],
) -> None:
    async def act(call: WindowOnDesk) -> None:
        await call.listen(60_000)
        assert _heard(call) == []
        assert ("assistant", WAITING) in call.said()

    approving(act)
