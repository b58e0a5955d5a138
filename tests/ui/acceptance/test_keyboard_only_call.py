"""A whole call by keyboard alone, from the ring to the report on disk; not one mouse event."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from copilot_desktop.calls.events import Decision, HoldChanged, ModeChanged, SuggestionDecided
from copilot_desktop.calls.states import Mode
from tests.support.window_on_desk import CTRL, SHIFT, WindowOnDesk

Run = Callable[[Coroutine[Any, Any, None]], None]
_MOUSE = (
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonRelease,
    QEvent.Type.MouseButtonDblClick,
    QEvent.Type.Wheel,
    QEvent.Type.DragEnter,
)


class MouseWatch(QObject):
    """Counts what a mouse would have done."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[QEvent.Type] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() in _MOUSE:
            self.seen.append(event.type())
        return False


def test_a_call_by_keyboard_only(qapp: QApplication, run: Run, tmp_path: Path) -> None:
    watch = MouseWatch()
    qapp.installEventFilter(watch)
    try:
        run(_call(tmp_path))
    finally:
        qapp.removeEventFilter(watch)
    assert watch.seen == []
    assert "Delivery is free." in (tmp_path / "report.txt").read_text(encoding="utf-8")


async def _call(folder: Path) -> None:
    async with WindowOnDesk(folder, has_microphone=True, greeting="") as call:
        call.shell.wraps_up = True
        await call.answered(Mode.AGENT_APPROVES)
        await _approve_two_and_edit_one(call)
        await _stop_the_ai(call)
        await _take_over_mute_and_hold(call)
        await _hand_back(call)
        await _bookmark(call)
        await _hang_up(call)
        await _wrap_up(call)
        await _export(call, folder / "report.txt")


async def _approve_two_and_edit_one(call: WindowOnDesk) -> None:
    for words in ("Where is my order", "When will it come"):
        await call.speak(words)
        await call.listen(2000)
        call.key(Qt.Key.Key_Return, CTRL)
        await call.listen_to_end()
        assert call.puppets.voice.sentences[-1] == f"You said {words}"
    await call.speak("What does it cost")
    await call.listen(2000)
    call.key(Qt.Key.Key_E, CTRL)
    call.type("Delivery is free.")
    call.key(Qt.Key.Key_Return, CTRL)
    await call.listen_to_end()
    decisions = [fact.decision for fact in call.of(SuggestionDecided)]
    assert decisions == [Decision.SAID, Decision.SAID, Decision.EDITED]
    assert call.said()[-1] == ("assistant", "Delivery is free.")


async def _stop_the_ai(call: WindowOnDesk) -> None:
    call.key(Qt.Key.Key_S, CTRL, SHIFT)
    assert call.view.mode is Mode.AI_SPEAKS
    await call.speak("Tell me something long please now")
    for _ in range(100):
        if call.view.is_speaking:
            break
        await call.listen(100)
    await call.listen(600)
    cleared = call.link.clears
    call.key(Qt.Key.Key_Period, CTRL)
    assert not call.view.is_speaking
    assert call.link.clears > cleared
    assert call.view.mode is Mode.AI_SPEAKS


async def _take_over_mute_and_hold(call: WindowOnDesk) -> None:
    call.key(Qt.Key.Key_F8)
    assert call.view.mode is Mode.AGENT_SPEAKS
    await call.listen(100)
    assert "YOU ARE LIVE" in call.band()
    before = call.heard_tone_ms()
    await call.agent_speaks(600)
    await call.listen(400)
    assert call.heard_tone_ms() > before, "the caller hears the agent"
    call.key(Qt.Key.Key_F7)
    assert call.view.is_muted
    await call.listen(400)
    muted = call.heard_tone_ms()
    await call.agent_speaks(600)
    await call.listen(400)
    assert call.heard_tone_ms() == muted, "and not while muted"
    call.key(Qt.Key.Key_F7)
    assert not call.view.is_muted
    call.key(Qt.Key.Key_F9)
    assert call.view.is_on_hold
    assert call.band().startswith("ON HOLD")
    await call.listen(500)
    call.key(Qt.Key.Key_F9)
    assert [fact.is_on_hold for fact in call.of(HoldChanged)] == [True, False]


async def _hand_back(call: WindowOnDesk) -> None:
    call.key(Qt.Key.Key_F8, SHIFT)
    assert call.view.mode is Mode.AGENT_SPEAKS, "one key alone hands nothing back"
    call.type("Free delivery is agreed")
    call.key(Qt.Key.Key_Return, CTRL)
    assert call.view.mode is not Mode.AGENT_SPEAKS
    assert call.of(ModeChanged)[-1].old is Mode.AGENT_SPEAKS
    await call.speak("Thank you")
    await call.listen(2500)
    assert any("Free delivery is agreed" in str(talk) for talk in call.puppets.writer.talks[-2:])


async def _bookmark(call: WindowOnDesk) -> None:
    call.key(Qt.Key.Key_B, CTRL)
    call.type("price agreed")
    call.key(Qt.Key.Key_Return)
    await call.listen(200)
    shown = call.window.calls.current
    assert shown is not None
    assert list(shown.bookmarks.values()) == ["price agreed"]


async def _hang_up(call: WindowOnDesk) -> None:
    await call.listen_to_end()
    await call.listen(2000)
    call.key(Qt.Key.Key_F12, CTRL)
    await call.settle()
    assert not call.is_live


async def _wrap_up(call: WindowOnDesk) -> None:
    call.type("Told that delivery is free.")
    call.key(Qt.Key.Key_Tab)
    await call.settle()
    call.key(Qt.Key.Key_Return, CTRL)
    await call.settle()
    form = call.shell.wrap_ups[-1]
    assert (form.summary, form.is_saved) == ("Told that delivery is free.", True)
    assert "price agreed" in form.notes
    assert call.report.report is not None


async def _export(call: WindowOnDesk, path: Path) -> None:
    call.key(Qt.Key.Key_E, CTRL, SHIFT)
    await call.settle()
    panel = call.report.exporter.panel
    assert panel is not None
    for _ in range(2):  # PDF, HTML, TXT
        call.key(Qt.Key.Key_Down)
    call.key(Qt.Key.Key_Return)
    await call.settle()
    dialog = call.report.exporter.dialog
    assert isinstance(dialog, QFileDialog)
    (field,) = dialog.findChildren(QLineEdit)
    field.selectAll()
    QTest.keyClicks(field, str(path))
    QTest.keyClick(field, Qt.Key.Key_Return)
    await call.settle()
    assert "Saved as report.txt" in call.report._state.text()
