"""A fresh profile becomes a phone that rings, by the settings dialog alone: keys pressed, no file edited.

The account is a server that answers as Twilio does, the tunnel a child process that speaks cloudflared's
command line; the call comes in through the tunnel, over TLS, signed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QWidget

from copilot_desktop import config
from copilot_desktop.calls.line import Step, StepState
from copilot_desktop.calls.states import Mode
from copilot_desktop.window import Desktop
from tests.support.fake_cloudflared import FakeCloudflared
from tests.support.twilio_line import TwilioLine, connect_verb
from tests.support.twilio_rest import TwilioRestPeer

LIMIT_S = 60.0
NUMBER = "+12025550140"
OLD_URL = "https://old.example.com/voice"
SHOTS = os.environ.get("TEST_SHOTS", "")


class Owner:
    """Sits at the desktop with the settings open: finds things by name, types and presses."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop

    @property
    def dialog(self) -> QWidget:
        assert self.desktop.dialog is not None
        return self.desktop.dialog

    def find(self, kind: type[Any], name: str) -> Any:
        found = self.dialog.findChild(kind, name)
        assert found is not None, name
        return found

    def type(self, name: str, text: str) -> None:
        """Replace what is in a line."""
        line = self.find(QLineEdit, name)
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, text)

    async def press(self, name: str) -> None:
        """Press a button with Space, once it can be pressed."""
        button = self.find(QAbstractButton, f"{name}Button")
        await self.until(lambda: button.isVisible() and button.isEnabled(), name)
        button.setFocus()
        QTest.keyClick(button, Qt.Key.Key_Space)

    async def until(self, seen: Callable[[], object], what: str) -> None:
        """Wait until `seen`."""
        for _ in range(int(LIMIT_S / 0.05)):
            if seen():
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"never seen: {what}; {self.desktop.program.line_status}")

    async def look(self, name: str) -> None:
        """Keep pictures of the moment, if they are wanted."""
        if SHOTS:
            await asyncio.sleep(0.2)
            self.dialog.grab().save(str(Path(SHOTS) / f"{name}.png"))
            self.desktop.window.grab().save(str(Path(SHOTS) / f"{name}-window.png"))

    async def enter_account(self, peer: TwilioRestPeer) -> None:
        QTest.keyClick(self.desktop.window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
        await self.until(lambda: self.desktop.dialog and self.desktop.dialog.isVisible(), "the settings")
        self.type("twilio_account_sidField", peer.account.sid)
        self.type("twilio_auth_tokenField", peer.account.auth_token)
        await self.press("testAccount")
        await self.until(lambda: self.says("Harbor Plumbing"), "the account's name")
        await self.look("1-account")
        await self.save()

    async def choose_number(self) -> None:
        assert self.desktop.dialog is not None
        self.desktop.dialog.show_page("number")
        box = self.find(QComboBox, "twilio_numberField")
        await self.until(lambda: any(NUMBER == box.itemData(row) for row in range(box.count())), "the number")
        box.setFocus()
        while box.currentData() != NUMBER:
            QTest.keyClick(box, Qt.Key.Key_Down)
        await self.look("2-number")
        await self.save()

    async def save(self) -> None:
        await self.press("settingsSave")
        await self.until(lambda: self.says("Saved"), "saved settings")

    def says(self, words: str) -> bool:
        """Whether the page in view says `words`."""
        return any(words in each.text() for each in self.dialog.findChildren(QLabel) if each.isVisible())


@pytest.mark.realtime
@pytest.mark.no_qt_log
@pytest.mark.allow_warnings
def test_from_nothing_to_a_call_that_rings(
    qasync_run: Callable[[Coroutine[Any, Any, None]], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloudflared = FakeCloudflared(tmp_path)
    monkeypatch.setenv("PATH", f"{cloudflared.folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SSL_CERT_FILE", str(cloudflared.ca_file))
    with TwilioRestPeer() as peer:
        monkeypatch.setenv("COPILOT_TWILIO_API_URL", peer.url)
        peer.add_number(NUMBER, voice_url=OLD_URL)

        async def main() -> None:
            desktop = Desktop(config.load(data_dir=tmp_path / "profile"))
            living = asyncio.create_task(desktop.live(None, None, False))
            await _set_up_and_ring(Owner(desktop), peer)
            desktop.close()
            await living

        qasync_run(main())
    assert peer.account.auth_token not in _all_that_was_written(tmp_path / "profile")
    assert not cloudflared.running()


async def _set_up_and_ring(owner: Owner, peer: TwilioRestPeer) -> None:
    window, program = owner.desktop.window, owner.desktop.program
    await owner.until(lambda: program.phone is not None and program.line_begun.is_set(), "the start")
    assert not program.line_status.is_wanted
    await owner.enter_account(peer)
    await owner.choose_number()
    # The number belongs to something else: it is not taken without being asked for.
    await owner.until(
        lambda: program.line_status.view(Step.NUMBER).state is StepState.FAILED, "the number's other use"
    )
    assert peer.numbers[0].voice_url == OLD_URL
    await owner.look("3-elsewhere")
    await owner.press("pointHere")
    await owner.until(lambda: program.line_status.is_open, "an open line")
    public_url = program.line_status.public_url
    assert peer.numbers[0].voice_url == f"{public_url}/twilio/voice"
    assert peer.numbers[0].status_callback == f"{public_url}/twilio/status"
    assert peer.numbers[0].voice_fallback_url.startswith("https://twimlets.com/message")
    assert owner.desktop.dialog is not None
    owner.desktop.dialog.show_page("address")
    await owner.look("4-ready")
    await owner.until(lambda: "Ready" in window.header.ready_switch.accessibleName(), "Ready")
    await _ring(owner, peer, public_url)
    assert program.line_status.view(Step.TEST_CALL).state is StepState.DONE
    owner.desktop.dialog.show_page("number")
    await owner.press("putBack")
    await owner.until(lambda: peer.numbers[0].voice_url == OLD_URL, "the old address")
    await owner.until(lambda: not program.line_status.is_open, "a line that is not open")


async def _ring(owner: Owner, peer: TwilioRestPeer, public_url: str) -> None:
    """The carrier rings at the public address; F2 answers; the assistant is heard at the far end."""
    window, program = owner.desktop.window, owner.desktop.program
    await program.wait_for_engines()
    line = TwilioLine(public_url, peer.account.auth_token)
    ringing = asyncio.create_task(line.ring())
    await owner.until(lambda: window.ringing.isVisible(), "the incoming call")
    await owner.look("5-ringing")
    await asyncio.sleep(0.8)  # A key pressed sooner would be someone's typing.
    QTest.keyClick(window.ringing, Qt.Key.Key_F2)
    url, token = connect_verb(await ringing)
    assert url == public_url.replace("https", "wss", 1) + "/twilio/media"
    async with line.stream(token) as stream:
        talk = asyncio.create_task(_silence(stream))
        await owner.until(lambda: len(stream.heard) > 16_000, "two seconds from the assistant")
        (view,) = program.desk.live_calls()
        assert view.mode is Mode.AI_SPEAKS
        assert not stream.violations
        await owner.look("6-call")
        talk.cancel()
        await asyncio.gather(talk, return_exceptions=True)
    await line.tell_status("completed")
    await owner.until(lambda: not program.desk.live_calls(), "the end of the call")


async def _silence(stream: Any) -> None:
    while True:
        await stream.say(b"\xff" * 160)


def _all_that_was_written(folder: Path) -> str:
    files = (path for path in folder.rglob("*") if path.is_file())
    return "\n".join(path.read_bytes().decode("latin-1") for path in files)
