"""A fresh profile becomes a phone that rings, by the settings dialog alone: keys pressed, no file edited.

The account is a server of ours that answers as Twilio does, and, where Node.js is, an emulation of Twilio
that we did not write. The tunnel is a child process that speaks cloudflared's command line; the call comes
in through it, over TLS, signed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QWidget

from copilot_desktop import config
from copilot_desktop.calls.line import Step, StepState
from copilot_desktop.calls.states import CallState, Mode
from copilot_desktop.window import Desktop
from tests.support import node_peers
from tests.support.fake_cloudflared import FakeCloudflared
from tests.support.twilio_line import TwilioLine, connect_verb
from tests.support.twilio_rest import TwilioRestPeer

LIMIT_S = 60.0
SHOTS = os.environ.get("TEST_SHOTS", "")


@dataclass(frozen=True)
class Account:
    """An account whose number goes to `old_url`; `voice_url` asks where it goes now."""

    sid: str
    token: str
    number: str
    old_url: str
    voice_url: Callable[[], str]


class Owner:
    """Sits at the desktop with the settings open: finds things by name, types and presses."""

    def __init__(self, desktop: Desktop, account: Account) -> None:
        self.desktop, self.account = desktop, account

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

    async def enter_account(self) -> None:
        QTest.keyClick(self.desktop.window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
        await self.until(lambda: self.desktop.dialog and self.desktop.dialog.isVisible(), "the settings")
        self.type("twilio_account_sidField", self.account.sid)
        self.type("twilio_auth_tokenField", self.account.token)
        await self.press("testAccount")
        await self.until(lambda: self.says("Harbor Plumbing"), "the account's name")
        await self.look("1-account")
        await self.save()

    async def choose_number(self, outage: str) -> None:
        assert self.desktop.dialog is not None
        self.desktop.dialog.show_page("number")
        number, box = self.account.number, self.find(QComboBox, "twilio_numberField")
        await self.until(lambda: any(box.itemData(row) == number for row in range(box.count())), "the number")
        self.choose(box, number)
        choice = self.find(QAbstractButton, f"outage_{outage}")
        choice.setFocus()
        QTest.keyClick(choice, Qt.Key.Key_Space)
        await self.look("2-number")
        await self.save()

    def choose(self, box: QComboBox, wanted: str) -> None:
        """Go through the list with the arrow keys."""
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_Home)
        for _ in range(box.count()):
            if box.currentData() == wanted:
                return
            QTest.keyClick(box, Qt.Key.Key_Down)
        raise AssertionError(f"{wanted} cannot be chosen")

    async def save(self) -> None:
        await self.press("settingsSave")
        await self.until(lambda: self.says("Saved"), "saved settings")

    def says(self, words: str) -> bool:
        """Whether the page in view says `words`."""
        return any(words in each.text() for each in self.dialog.findChildren(QLabel) if each.isVisible())


@pytest.fixture
def cloudflared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCloudflared:
    cloudflared = FakeCloudflared(tmp_path)
    monkeypatch.setenv("PATH", f"{cloudflared.folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SSL_CERT_FILE", str(cloudflared.ca_file))
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(cloudflared.ca_file))
    return cloudflared


Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.mark.realtime
@pytest.mark.no_qt_log
@pytest.mark.allow_warnings
def test_from_nothing_to_a_talk(
    qasync_run: Run, cloudflared: FakeCloudflared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_url = "https://old.example.com/voice"
    with TwilioRestPeer() as peer:
        number = peer.add_number("+12025550140", voice_url=old_url)
        monkeypatch.setenv("COPILOT_TWILIO_API_URL", peer.url)
        account = Account(
            peer.account.sid, peer.account.auth_token, number.phone_number, old_url, lambda: number.voice_url
        )

        async def main(owner: Owner) -> None:
            await _set_up(owner, outage="message")
            public_url = owner.desktop.program.line_status.public_url
            assert number.status_callback == f"{public_url}/twilio/status"
            assert number.voice_fallback_url.startswith("https://twimlets.com/message")
            await _talk(owner, public_url)
            await _put_back(owner)

        qasync_run(_at_the_desktop(account, tmp_path / "profile", main))
    assert account.token not in _all_that_was_written(tmp_path / "profile")
    assert not cloudflared.running()


@pytest.mark.realtime
@pytest.mark.no_qt_log
@pytest.mark.allow_warnings
def test_from_nothing_to_ringing_at_an_emulation_of_others(
    qasync_run: Run, cloudflared: FakeCloudflared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if reason := node_peers.missing():
        pytest.skip(reason)
    with node_peers.twilio(tmp_path) as url:
        monkeypatch.setenv("COPILOT_TWILIO_API_URL", url)
        number = f"{url}/2010-04-01/Accounts/{node_peers.ACCOUNT}/IncomingPhoneNumbers.json"

        def voice_url() -> str:
            with httpx.Client(auth=(node_peers.ACCOUNT, node_peers.TOKEN), trust_env=False) as client:
                found = client.get(number).json()["incoming_phone_numbers"]
            return next(str(each["voice_url"]) for each in found if each["phone_number"] == node_peers.NUMBER)

        account = Account(
            node_peers.ACCOUNT, node_peers.TOKEN, node_peers.NUMBER, node_peers.OLD_URL, voice_url
        )

        async def main(owner: Owner) -> None:
            # A number's fallback is what this emulation does not know of.
            await _set_up(owner, outage="nothing")
            await _be_rung(owner, url)
            await _put_back(owner)

        qasync_run(_at_the_desktop(account, tmp_path / "profile", main))
    assert not cloudflared.running()


async def _at_the_desktop(
    account: Account, profile: Path, work: Callable[[Owner], Coroutine[Any, Any, None]]
) -> None:
    desktop = Desktop(config.load(data_dir=profile))
    living = asyncio.create_task(desktop.live(None, None, False))
    await work(Owner(desktop, account))
    desktop.close()
    await living


async def _set_up(owner: Owner, *, outage: str) -> None:
    window, program = owner.desktop.window, owner.desktop.program
    await owner.until(program.line_begun.is_set, "the start")
    assert not program.line_status.is_wanted
    await owner.enter_account()
    await owner.choose_number(outage)
    # The number belongs to something else: it is not taken without being asked for.
    await owner.until(
        lambda: program.line_status.view(Step.NUMBER).state is StepState.FAILED, "the number's other use"
    )
    assert owner.account.voice_url() == owner.account.old_url
    await owner.look("3-elsewhere")
    await owner.press("pointHere")
    await owner.until(lambda: program.line_status.is_open, "an open line")
    assert owner.account.voice_url() == f"{program.line_status.public_url}/twilio/voice"
    assert owner.desktop.dialog is not None
    owner.desktop.dialog.show_page("address")
    await owner.look("4-ready")
    await owner.until(lambda: "Ready" in window.header.ready_switch.accessibleName(), "Ready")


async def _put_back(owner: Owner) -> None:
    program = owner.desktop.program
    assert program.line_status.view(Step.TEST_CALL).state is StepState.DONE
    assert owner.desktop.dialog is not None
    owner.desktop.dialog.show_page("number")
    await owner.press("putBack")
    await owner.until(lambda: owner.account.voice_url() == owner.account.old_url, "the old address")
    await owner.until(lambda: not program.line_status.is_open, "a line that is not open")


async def _answer(owner: Owner) -> None:
    """Answer the call that rings, by its key."""
    window = owner.desktop.window
    await owner.until(lambda: window.ringing.isVisible(), "the incoming call")
    await owner.look("5-ringing")
    await asyncio.sleep(0.8)  # A key pressed sooner would be someone's typing.
    QTest.keyClick(window.ringing, Qt.Key.Key_F2)


async def _be_rung(owner: Owner, emulation_url: str) -> None:
    """Let the emulation call the number; it does so by a signed request through the tunnel."""
    async with httpx.AsyncClient(
        base_url=emulation_url, auth=(owner.account.sid, owner.account.token), timeout=30, trust_env=False
    ) as client:
        call = {"To": owner.account.number, "From": "+12025550144"}
        ringing = asyncio.create_task(client.post("/_twilio/simulate/inbound-call", data=call))
        await _answer(owner)
        assert (await ringing).status_code == 201
    (view,) = owner.desktop.program.desk.live_calls()
    assert (view.caller, view.state) == ("+12025550144", CallState.CONNECTING)
    owner.desktop.program.desk.hang_up(view.call_id)
    await owner.until(lambda: not owner.desktop.program.desk.live_calls(), "the end of the call")


async def _talk(owner: Owner, public_url: str) -> None:
    """The carrier rings at the public address; F2 answers; the assistant is heard at the far end."""
    desk = owner.desktop.program.desk
    await owner.desktop.program.wait_for_engines()
    line = TwilioLine(public_url, owner.account.token)
    ringing = asyncio.create_task(line.ring())
    await _answer(owner)
    url, token = connect_verb(await ringing)
    assert url == public_url.replace("https", "wss", 1) + "/twilio/media"
    async with line.stream(token) as stream:
        listening = asyncio.create_task(_silence(stream))
        await owner.until(lambda: len(stream.heard) > 16_000, "two seconds from the assistant")
        (view,) = desk.live_calls()
        assert view.mode is Mode.AI_SPEAKS
        assert not stream.violations
        await owner.look("6-call")
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    await line.tell_status("completed")
    await owner.until(lambda: not desk.live_calls(), "the end of the call")


async def _silence(stream: Any) -> None:
    while True:
        await stream.say(b"\xff" * 160)


def _all_that_was_written(folder: Path) -> str:
    files = (path for path in folder.rglob("*") if path.is_file())
    return "\n".join(path.read_bytes().decode("latin-1") for path in files)
