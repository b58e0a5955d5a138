"""The whole desktop on one loop: window, server, embedded engines and practice caller, driven by keys."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from copilot_desktop import config
from copilot_desktop.calls.events import (
    CallEnded,
    Fact,
    ModeChanged,
    Party,
    UtteranceChanged,
    UtteranceFinished,
)
from copilot_desktop.calls.states import Mode
from copilot_desktop.report.choice import ExportChoice, ExportFormat
from copilot_desktop.ui.report.report_view import ReportView
from copilot_desktop.window import Desktop

LIMIT_S = 60.0
SHOTS = os.environ.get("TEST_SHOTS", "")
"""A folder for pictures of each moment, to be looked at."""


class Agent:
    """Sits at the desktop: waits for what can be seen, and presses keys."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop, self.window = desktop, desktop.window
        self.facts: list[Fact] = []
        desktop.program.feed.subscribe(self.facts.append)

    async def until(self, seen: Callable[[], bool], what: str) -> None:
        """Wait until `seen`."""
        for _ in range(int(LIMIT_S / 0.05)):
            if seen():
                return
            await asyncio.sleep(0.05)
        story = [f"{type(fact).__name__} {getattr(fact, 'text', '')}" for fact in self.facts[-30:]]
        raise AssertionError(f"never seen: {what}; the last facts: {story}")

    def press(self, key: Qt.Key, *modifiers: Qt.KeyboardModifier, into: QWidget | None = None) -> None:
        """Press a key in the main window, or in another widget."""
        held = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            held |= modifier
        QTest.keyClick(into or self.window, key, held)

    def heard(self, party: Party) -> list[UtteranceFinished]:
        """What `party` has said so far."""
        return [f for f in self.facts if isinstance(f, UtteranceFinished) and f.party is party and f.text]

    async def look(self, name: str) -> None:
        """Keep a picture of the moment, if pictures are wanted."""
        if SHOTS:
            await asyncio.sleep(0.2)
            _keep_picture(self.window, name)


@pytest.mark.busy
# Qt's sound starts a thread and waits for it; a message of that thread would wait in turn for Python.
@pytest.mark.no_qt_log
def test_a_practice_call_from_ring_to_paper(
    qasync_run: Callable[[Coroutine[Any, Any, None]], None], tmp_path: Path
) -> None:
    async def main() -> None:
        desktop = Desktop(config.load(data_dir=tmp_path))
        agent = Agent(desktop)
        living = asyncio.create_task(desktop.live(None, None, False))
        await _call(agent, tmp_path)
        desktop.close()
        assert await living == 0

    qasync_run(main())


async def _call(agent: Agent, folder: Path) -> None:
    window = agent.window
    await agent.until(window.isVisible, "the window")
    window.activateWindow()
    await agent.until(window.isActiveWindow, "the window in front")
    await agent.look("1-first-page")
    agent.press(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier)
    await agent.until(window.ringing.isVisible, "the ringing window")
    agent.press(Qt.Key.Key_F2, into=window.ringing)
    assert not _is_connected(agent), "answered by a key that was typed as the window came up"
    await asyncio.sleep(0.9)
    if SHOTS:
        _keep_picture(window.ringing, "2-ringing")
    agent.press(Qt.Key.Key_F2, into=window.ringing)
    await agent.until(lambda: _is_connected(agent), "the call connected")
    await agent.until(lambda: _partials(agent, Party.CALLER) >= 2, "words while the caller speaks")
    await agent.look("3-partial-words")
    await agent.until(lambda: len(agent.heard(Party.CALLER)) >= 1, "the caller's first words")
    await agent.until(lambda: _partials(agent, Party.ASSISTANT) >= 2, "the answer begun")
    await asyncio.sleep(1)
    await agent.look("4-ai-speaks")
    agent.press(Qt.Key.Key_F8)
    agent.press(Qt.Key.Key_F8)
    (taken,) = [f for f in agent.facts if isinstance(f, ModeChanged) and f.new is Mode.AGENT_SPEAKS]
    assert taken.latency_ms <= 20
    await agent.until(lambda: any(u.cut_short for u in agent.heard(Party.ASSISTANT)), "the answer cut")
    agent.press(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    field = window.focusWidget()
    assert field is not None
    QTest.keyClicks(field, "This is Sam. I will look for your order.")
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    await agent.until(lambda: len(agent.heard(Party.AGENT)) >= 1, "the agent's typed words said")
    await agent.look("5-you-are-live")
    said = len(agent.heard(Party.CALLER))
    await agent.until(lambda: len(agent.heard(Party.CALLER)) > said, "the caller's answer to the agent")
    agent.press(Qt.Key.Key_F12, Qt.KeyboardModifier.ControlModifier)
    await asyncio.sleep(0.3)
    if _is_connected(agent):  # The caller was speaking: it takes a second press.
        agent.press(Qt.Key.Key_F12, Qt.KeyboardModifier.ControlModifier)
    await agent.until(lambda: any(isinstance(f, CallEnded) for f in agent.facts), "the end")
    await agent.until(lambda: window.wrap_ups.page.isVisible(), "the form after the call")
    await agent.until(lambda: window.wrap_ups.page.form.summary.hasFocus(), "its first field")
    QTest.keyClicks(window.wrap_ups.page.form.summary, "Looked for the order.")
    await agent.look("5b-form")
    agent.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    await agent.until(lambda: isinstance(window.pages.currentWidget(), ReportView), "the report's tab")
    report = window.pages.currentWidget()
    assert isinstance(report, ReportView)
    await agent.until(lambda: report.report is not None, "the report")
    assert report.report is not None
    assert report.report.wrap_up is not None
    assert report.report.wrap_up.summary == "Looked for the order."
    await agent.look("6-report")
    ended = next(f for f in agent.facts if isinstance(f, CallEnded))
    choice, path = ExportChoice(format=ExportFormat.PDF), folder / "report.pdf"
    await agent.desktop.shell.export([ended.call_id], choice, path, lambda done, all: None)
    assert len(PdfReader(folder / "report.pdf").pages) >= 1
    await agent.look("7-after")


def _keep_picture(widget: QWidget, name: str) -> None:
    Path(SHOTS).mkdir(parents=True, exist_ok=True)
    widget.grab().save(str(Path(SHOTS) / f"{name}.png"))


def _is_connected(agent: Agent) -> bool:
    return bool(agent.window.calls.connected())


def _partials(agent: Agent, party: Party) -> int:
    return sum(isinstance(f, UtteranceChanged) and f.party is party for f in agent.facts)
