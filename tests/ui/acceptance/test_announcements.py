"""What a screen reader says of a call: everything of the list once per event, the grave at once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from PySide6.QtWidgets import QApplication

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.calls.states import Mode
from tests.support.window_on_desk import CTRL, WindowOnDesk

Run = Callable[[Coroutine[Any, Any, None]], None]
ASSERTIVE = QAccessible.AnnouncementPoliteness.Assertive
POLITE = QAccessible.AnnouncementPoliteness.Polite
MUTED = "You are muted. You speak, and the caller cannot hear you."


class Reader:
    """A screen reader's ear."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, QAccessible.AnnouncementPoliteness]] = []

    def hear(self, event: QAccessibleEvent) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            self.heard.append((event.message(), event.politeness()))

    def of(self, words: str) -> list[QAccessible.AnnouncementPoliteness]:
        """How everything that begins with `words` was said."""
        return [how for text, how in self.heard if text.startswith(words)]


@pytest.fixture
def reader(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    ear = Reader()
    QAccessible.setActive(True)
    monkeypatch.setattr(QAccessible, "updateAccessibility", ear.hear)
    yield ear
    QAccessible.setActive(False)


def test_a_call_is_told_once_an_event(reader: Reader, run: Run, tmp_path: Path) -> None:
    run(_call(reader, tmp_path))


async def _call(reader: Reader, folder: Path) -> None:
    async with WindowOnDesk(folder, has_microphone=True, greeting="") as call:
        await call.answered(Mode.AGENT_APPROVES)
        assert reader.of("Incoming call from") == [ASSERTIVE]
        await call.speak("Where is my order")
        await call.listen(1500)
        assert reader.of("Draft: ") == [POLITE]
        call.key(Qt.Key.Key_Return, CTRL)
        await call.listen_to_end()
        await call.listen(2000)
        assert reader.of("AI is speaking") == [POLITE]
        assert reader.heard[-1] == ("You decide", POLITE), "it has finished"
        call.key(Qt.Key.Key_F8)
        await call.agent_speaks(1000)
        assert reader.of("You are live") == [ASSERTIVE]
        call.key(Qt.Key.Key_F7)
        await call.listen(1000)
        assert reader.of("You are muted") == [ASSERTIVE]
        await call.agent_speaks(1500)
        assert reader.of(MUTED) == [ASSERTIVE]
        await call.agent_speaks(2000, SILENCE)
        await call.agent_speaks(1500)
        assert reader.of(MUTED) == [ASSERTIVE] * 2, "and each time anew"
        call.key(Qt.Key.Key_F7)
        await call.listen(500)
        assert call.session is not None
        call.lose_link()
        call.look()
        assert reader.of("The sound is lost") == [ASSERTIVE]
        call.open_link()
        await call.listen(1000)
        call.desk.caller_left(call.call_id)
        await call.settle()
        await call.settle()
        assert reader.of("Call ended") == [ASSERTIVE]
        assert reader.of("Report ready") == [POLITE]


def test_the_callers_words_are_not_read_over_the_caller(reader: Reader, run: Run, tmp_path: Path) -> None:
    async def main() -> None:
        async with WindowOnDesk(tmp_path, greeting="") as call:
            await call.answered(Mode.AI_SPEAKS)
            await call.speak("Where is my order")
            await call.listen_to_end()
            assert ("caller", "Where is my order") in call.said()
            assert not [text for text, _ in reader.heard if "order" in text]
            call.desk.caller_left(call.call_id)

    run(main())
