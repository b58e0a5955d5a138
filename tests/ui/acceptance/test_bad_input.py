"""Names, texts and moments that nobody planned for: nothing crashes, is cut, or said by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from copilot_desktop.calls.events import CallEnded, Outcome, Party, UtteranceFinished
from copilot_desktop.calls.states import Mode
from copilot_desktop.telephony.caller_id import caller_id
from tests.support.cut_texts import cut_texts, hidden_parts, settle
from tests.support.window_on_desk import CTRL, WindowOnDesk
from tests.ui.conftest import Stage

Run = Callable[[Coroutine[Any, Any, None]], None]
pytestmark = pytest.mark.usefixtures("qapp")

NAMES = {
    "200 letters": "Maria-Magdalena von und zu Hohenstein-Waldburg " * 4 + "the Tenth",
    "one word": "A" * 200,
    "right to left": "مريم بنت عبد الله بن عبد الرحمن",
    "emoji": "👩‍👩‍👧‍👦 Keller & Söhne 🏗️🇩🇪",
    "controls": "Maria\x00\x1b[31m\n\tKeller\u202e drowssap",
    "markup": "<b>Maria</b><img src=x onerror=alert(1)>",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize("steps", [0, 5])
def test_any_name_has_its_place(stage: Stage, name: str, steps: int) -> None:
    window = stage.window
    window.resize(1024, 640)
    window.theme.resize_text(steps)
    # As the phone line lets it in.
    stage.ring(name=caller_id({"From": "+12025550142", "CallerName": name}).name)
    settle()
    assert not cut_texts(window.ringing)
    stage.clock.wait(1)
    window.ringing.answer(Mode.AGENT_APPROVES, stage.clock())
    call = stage.desk.live_calls()[0].call_id
    stage.desk.connect(call)
    stage.desk.draft(call, "s1", "Of course. " * 180)
    stage.look()
    settle()
    assert not cut_texts(window)
    assert not hidden_parts(window)
    assert (window.width(), window.height()) == (1024, 640)
    assert "\n" not in window.windowTitle()


def test_thirty_calls_in_the_list(stage: Stage) -> None:
    for number in range(30):
        stage.ring(caller=f"+1202555{number:04}", name=f"Caller {number} " + "x" * number)
    stage.clock.wait(1)
    settle()
    stage.window.ringing.answer(Mode.AI_SPEAKS, stage.clock())
    settle()
    assert len(stage.desk.live_calls()) == 30
    assert not cut_texts(stage.window)
    assert stage.window.control_bar.isVisible()


@pytest.mark.parametrize("mode", list(Mode))
def test_a_computer_that_slept_for_a_minute_in_a_call(tmp_path: Path, run: Run, mode: Mode) -> None:
    async def main() -> None:
        async with WindowOnDesk(tmp_path, has_microphone=True, greeting="Hi.") as call:
            await call.answered(mode)
            await call.listen_to_end()
            await call.speak("My order is late.", 800)
            before = len(call.of(UtteranceFinished))
            opened = call.headset is not None and call.headset.is_open
            # Nothing runs, the clock goes on; then everything is due at once, and the stream is gone.
            await asyncio.sleep(60)
            call.look()
            call.lose_link()
            call.look()
            await call.settle()
            assert "sound is lost" in call.band().lower()
            assert call.dialogs() == []
            await asyncio.sleep(20)
            call.look()
            assert not call.is_live
            said = [
                fact.text for fact in call.of(UtteranceFinished)[before:] if fact.party is Party.ASSISTANT
            ]
            assert len(said) <= 2
            assert mode is Mode.AI_SPEAKS or not [text for text in said if text.startswith("You said")]
            assert opened is (mode is Mode.AGENT_SPEAKS)
            assert call.headset is not None
            assert not call.headset.is_open
            (ended,) = call.of(CallEnded)
            assert ended.outcome in (Outcome.FAILED, Outcome.COMPLETED)

    run(main())


def test_keys_that_are_held_and_pressed_in_one_go(tmp_path: Path, run: Run) -> None:
    async def main() -> None:
        async with WindowOnDesk(tmp_path, has_microphone=True, greeting="Hi.") as call:
            await call.answered()
            for _ in range(3):
                for key in (Qt.Key.Key_F8, Qt.Key.Key_F9, Qt.Key.Key_F7, Qt.Key.Key_F9, Qt.Key.Key_F2):
                    call.key(key)
            await call.listen(1000)
            assert call.is_live
            assert call.view.mode is Mode.AGENT_SPEAKS
            assert call.dialogs() == []

    run(main())


MOMENTS: dict[str, tuple[Mode, tuple[Qt.Key, ...]]] = {
    "the AI speaks": (Mode.AI_SPEAKS, ()),
    "approving": (Mode.AGENT_APPROVES, ()),
    "on hold": (Mode.AI_SPEAKS, (Qt.Key.Key_F9,)),
    "live": (Mode.AI_SPEAKS, (Qt.Key.Key_F8,)),
    "muted": (Mode.AI_SPEAKS, (Qt.Key.Key_F8, Qt.Key.Key_F7)),
    "live, on hold": (Mode.AI_SPEAKS, (Qt.Key.Key_F8, Qt.Key.Key_F9)),
}


@pytest.mark.allow_warnings
@pytest.mark.parametrize(("mode", "keys"), MOMENTS.values(), ids=MOMENTS.keys())
def test_a_microphone_that_goes_away_in_any_moment(
    tmp_path: Path, run: Run, mode: Mode, keys: tuple[Qt.Key, ...]
) -> None:
    async def main() -> None:
        async with WindowOnDesk(tmp_path, has_microphone=True, greeting="Hi.") as call:
            await call.answered(mode)
            await call.listen(400)
            for key in keys:
                call.key(key)
                await call.listen(200)
            before = call.view
            assert call.headset is not None
            call.headset.unplug()
            await call.listen(1000)
            assert call.is_live
            assert (call.view.mode, call.view.is_on_hold) == (before.mode, before.is_on_hold)
            assert call.dialogs() == []
            await call.speak("Are you there?", 800)
            await call.listen(2000)
            assert call.is_live
            call.key(Qt.Key.Key_F12, CTRL)
            call.key(Qt.Key.Key_F12, CTRL)
            await call.listen(1000)

    run(main())
