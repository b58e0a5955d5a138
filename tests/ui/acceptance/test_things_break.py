"""Speech, AI, voice and public address die in a call: each is told in a strip, and the phone still works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication

from copilot_desktop.audio.frame import AudioFrame
from copilot_desktop.calls.events import LineChanged
from copilot_desktop.calls.states import Mode
from tests.support.fake_headset import FakeHeadset
from tests.support.lines import a_lost_line
from tests.support.window_on_desk import CTRL, WindowOnDesk

Run = Callable[[Coroutine[Any, Any, None]], None]
pytestmark = pytest.mark.allow_warnings  # That something broke is logged; that is what this is about.


class WatchedHeadset(FakeHeadset):
    """Counts how often its microphone was opened."""

    opened = 0

    @asynccontextmanager
    async def microphone(self) -> AsyncIterator[AsyncIterator[AudioFrame]]:
        self.opened += 1
        async with super().microphone() as frames:
            yield frames


def _kill_speech(call: WindowOnDesk) -> None:
    call.puppets.transcriber.is_down = True
    for hearing in call.puppets.transcriber.hearings.values():
        hearing.break_off()


def _kill_ai(call: WindowOnDesk) -> None:
    call.puppets.writer.is_broken = True


def _kill_voice(call: WindowOnDesk) -> None:
    call.puppets.voice.is_broken = True


def _kill_tunnel(call: WindowOnDesk) -> None:
    call.feed.publish(LineChanged(status=a_lost_line()))


def _hang_ai(call: WindowOnDesk) -> None:
    call.puppets.writer.delay_s = 300.0


def _lose_sound(call: WindowOnDesk) -> None:
    call.lose_link()


EVERYTHING = "everything"
BREAKS: dict[str, tuple[Callable[[WindowOnDesk], None], str, str]] = {
    "speech": (_kill_speech, "The transcript has stopped. You can still talk", "Take over"),
    "AI": (_kill_ai, "The AI is not answering. Nothing was said in your name.", "Take over"),
    "slow AI": (_hang_ai, "The AI is not answering – take over. The caller has waited", "Take over"),
    "voice": (_kill_voice, "The AI has no voice just now. The caller did not hear", "Take over"),
    "tunnel": (_kill_tunnel, "New calls cannot reach you. The public address stopped", "Set up again"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_it_is_told_and_the_phone_works(qapp: QApplication, run: Run, tmp_path: Path, what: str) -> None:
    async def main() -> None:
        async with WindowOnDesk(tmp_path, has_microphone=True, greeting="") as call:
            await call.answered(Mode.AI_SPEAKS)
            await _break(call, what)
            await _still_a_phone(call)

    run(main())


def test_one_after_another(qapp: QApplication, run: Run, tmp_path: Path) -> None:
    async def main() -> None:
        async with WindowOnDesk(tmp_path, has_microphone=True, greeting="") as call:
            await call.answered(Mode.AI_SPEAKS)
            for what in ("voice", "AI", "speech", "tunnel"):
                BREAKS[what][0](call)
                await call.speak("Is anybody there")
                await call.listen(3000)
                assert call.dialogs() == []
            await _still_a_phone(call)

    run(main())


async def _break(call: WindowOnDesk, what: str) -> None:
    kill, words, first_button = BREAKS[what]
    await call.speak("Good morning")
    await call.listen_to_end()
    kill(call)
    await call.speak("Where is my order")
    await call.listen(13_000 if what == "slow AI" else 4000)
    assert call.strip().startswith(words), call.strip()
    assert first_button in _buttons(call)[0].text()
    assert call.dialogs() == [], "a call knows strips, and no dialogs"
    assert call.window.control_bar.take_over_button.isEnabled()


async def _still_a_phone(call: WindowOnDesk) -> None:
    call.key(Qt.Key.Key_F8)
    assert call.view.mode is Mode.AGENT_SPEAKS
    before = call.heard_tone_ms()
    await call.agent_speaks(600)
    await call.listen(200)
    assert call.heard_tone_ms() >= before + 400, "the caller hears the agent"
    call.key(Qt.Key.Key_F7)
    await call.listen(200)
    muted = call.heard_tone_ms()
    await call.agent_speaks(600)
    assert call.heard_tone_ms() == muted
    call.key(Qt.Key.Key_F7)
    call.key(Qt.Key.Key_F9)
    assert call.view.is_on_hold
    call.key(Qt.Key.Key_F9)
    assert not call.view.is_on_hold
    await call.listen(2500)
    call.key(Qt.Key.Key_F12, CTRL)
    await call.settle()
    assert not call.is_live
    assert call.dialogs() == []


def _buttons(call: WindowOnDesk) -> list[QAbstractButton]:
    strip = next(strip for strip in call.window.strips._strips if strip.isVisible())
    return list(strip._buttons)


@pytest.mark.parametrize(
    ("what", "mode"),
    [*((what, Mode.AI_SPEAKS) for what in (*BREAKS, "sound", EVERYTHING)), (EVERYTHING, Mode.AGENT_APPROVES)],
)
def test_no_failure_opens_the_microphone(
    qapp: QApplication, run: Run, tmp_path: Path, what: str, mode: Mode
) -> None:
    async def main() -> None:
        headset = WatchedHeadset()
        async with WindowOnDesk(tmp_path, headset=headset, greeting="") as call:
            await call.answered(mode)
            await call.speak("Good morning")
            await call.listen(2000)
            kills = {**{name: each[0] for name, each in BREAKS.items()}, "sound": _lose_sound}
            for kill in kills.values() if what == EVERYTHING else (kills[what],):
                kill(call)
            await _a_minute(call, sound_is_lost=what in ("sound", EVERYTHING))
            assert headset.opened == 0
            assert call.view.mode is not Mode.AGENT_SPEAKS

    run(main())


async def _a_minute(call: WindowOnDesk, *, sound_is_lost: bool) -> None:
    """Over a minute after a failure: long enough for every stand-in and every offer to have come."""
    if sound_is_lost:
        await asyncio.sleep(1)
        call.look()
        assert call.band().startswith("The sound is lost")
        call.open_link()
    call.look_every = 100
    for _ in range(3):
        await call.speak("Is anybody there")
        await call.listen(20_000)
        if not call.is_live:
            return


def test_a_microphone_unplugged_while_live_is_told_within_a_second(
    qapp: QApplication, run: Run, tmp_path: Path
) -> None:
    async def main() -> None:
        async with WindowOnDesk(tmp_path, has_microphone=True, greeting="") as call:
            await call.answered(Mode.AI_SPEAKS)
            call.key(Qt.Key.Key_F8)
            await call.agent_speaks(400)
            assert call.band().startswith("YOU ARE LIVE – the caller hears you")
            assert call.headset is not None
            call.headset.unplug()
            call.window.sound_notes.gone("USB headset", "", is_microphone=True, is_in_call=True)
            await call.listen(1000)
            assert "the caller hears you" not in call.band()
            assert "No microphone" in call.band()
            assert call.strip().startswith("USB headset was removed. We cannot find your microphone.")
            assert call.window.sound_strip.property("tone") == "danger"
            assert _buttons(call)[0].text() == "Change"
            assert call.is_live
            assert call.view.mode is Mode.AGENT_SPEAKS, "and the AI does not speak up by itself"
            call.key(Qt.Key.Key_T, CTRL)
            call.type("One moment, my headset fell.")
            call.key(Qt.Key.Key_Return, CTRL)
            await call.listen_to_end()
            assert call.puppets.voice.sentences[-1] == "One moment, my headset fell."

    run(main())
