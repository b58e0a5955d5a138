"""The phone line without a window: `check` looks and changes nothing, `serve` opens it and puts it back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.fake_cloudflared import FakeCloudflared
from tests.support.twilio_rest import TwilioRestPeer

LIMIT_S = 90
NUMBER = "+12025550140"
OLD_URL = "https://old.example.com/voice"
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def peer() -> Iterator[TwilioRestPeer]:
    with TwilioRestPeer() as peer:
        peer.add_number(NUMBER, voice_url=OLD_URL)
        yield peer


@pytest.fixture
def start(peer: TwilioRestPeer, tmp_path: Path) -> Iterator[Start]:
    """Start the program with account, number and a tunnel's program; what still runs at the end is killed."""
    cloudflared = FakeCloudflared(tmp_path)
    begun: list[subprocess.Popen[str]] = []
    given = {
        "PATH": f"{cloudflared.folder}{os.pathsep}{os.environ['PATH']}",
        "SSL_CERT_FILE": str(cloudflared.ca_file),
        "COPILOT_TWILIO_API_URL": peer.url,
        "TWILIO_ACCOUNT_SID": peer.account.sid,
        "TWILIO_AUTH_TOKEN": peer.account.auth_token,
        "TWILIO_NUMBER": NUMBER,
    }

    def begin(*arguments: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "copilot_desktop", *arguments, "--data-dir", str(tmp_path / "data")]
        process = subprocess.Popen(
            command,
            env={**os.environ, **given, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()
    assert not cloudflared.running()


def _check(start: Start, **more: str) -> tuple[int, dict[str, dict[str, object]]]:
    process = start("check", "--json", **more)
    out, err = process.communicate(timeout=LIMIT_S)
    assert not err
    return process.returncode, {check["name"]: check for check in json.loads(out)["checks"]}


@pytest.mark.realtime
def test_check_says_where_the_number_goes_and_leaves_it(start: Start, peer: TwilioRestPeer) -> None:
    code, checks = _check(start)
    assert code == 1
    assert checks["Reachable from outside"]["is_ok"]
    assert not checks["Phone number"]["is_ok"]
    assert "go somewhere else" in str(checks["Phone number"]["words"])
    assert "Point it here" in str(checks["Phone number"]["remedy"])
    assert peer.numbers[0].voice_url == OLD_URL


@pytest.mark.realtime
def test_check_says_that_all_is_well(start: Start, peer: TwilioRestPeer) -> None:
    code, checks = _check(start, COPILOT_NUMBER_POINTING="always")
    assert code == 0, checks
    assert peer.numbers[0].voice_url == OLD_URL


@pytest.mark.realtime
@pytest.mark.kill
def test_serve_opens_the_line_and_puts_the_number_back(start: Start, peer: TwilioRestPeer) -> None:
    process = start("serve", COPILOT_NUMBER_POINTING="always", COPILOT_PUT_BACK_AT_EXIT="always")
    assert process.stdout is not None
    watchdog = threading.Timer(LIMIT_S, process.kill)
    watchdog.start()
    said = next((line for line in process.stdout if line.startswith("Ready")), "")
    watchdog.cancel()
    assert NUMBER in said
    assert peer.numbers[0].voice_url.endswith("/twilio/voice")
    assert peer.numbers[0].voice_url.removesuffix("/twilio/voice") in said
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, log
    assert peer.numbers[0].voice_url == OLD_URL
    assert peer.account.auth_token not in log
