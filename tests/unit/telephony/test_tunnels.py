"""Which tunnels are tried for which settings; the own address; where programs are; waiting for many."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from copilot_desktop.calls.line import LineError, LineProblem
from copilot_desktop.telephony.child_process import own_command
from copilot_desktop.telephony.helper_programs import find_program, free_port
from copilot_desktop.telephony.line_timing import LineTiming
from copilot_desktop.telephony.own_address import OwnAddress
from copilot_desktop.telephony.racing import first_of
from copilot_desktop.telephony.tunnels import make_tunnels
from tests.conftest import Run


@dataclass
class Choice:
    """As much of the settings as the choice depends on."""

    tunnel: str = "auto"
    public_base_url: str = ""
    ngrok_authtoken: SecretStr = SecretStr("")
    ngrok_domain: str = ""
    cloudflared_token: SecretStr = SecretStr("")
    cloudflared_hostname: str = ""
    cloudflared_path: str = ""
    data_dir: Path = Path("nowhere")


OWN = {"public_base_url": "https://desk.example.com"}
NGROK = {"ngrok_authtoken": SecretStr("made-up")}
NAMED = {"cloudflared_token": SecretStr("made-up"), "cloudflared_hostname": "desk.example.com"}
LAST = ["cloudflared", "localtunnel"]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, LAST),
        (OWN, ["own", *LAST]),
        (NGROK, ["ngrok", *LAST]),
        (NAMED, ["cloudflared_named", *LAST]),
        (OWN | NGROK | NAMED, ["own", "ngrok", "cloudflared_named", *LAST]),
        ({"cloudflared_token": SecretStr("made-up")}, LAST),
        ({"tunnel": "own"} | OWN, ["own"]),
        ({"tunnel": "own"}, []),
        ({"tunnel": "ngrok"} | NGROK, ["ngrok"]),
        ({"tunnel": "ngrok"}, []),
        ({"tunnel": "cloudflared"} | OWN | NGROK | NAMED, ["cloudflared"]),
        ({"tunnel": "cloudflared_named"} | NAMED, ["cloudflared_named"]),
        ({"tunnel": "cloudflared_named"}, []),
        ({"tunnel": "localtunnel"}, ["localtunnel"]),
    ],
)
def test_the_choice(given: dict[str, object], names: list[str]) -> None:
    choice = Choice()
    for name, value in given.items():
        setattr(choice, name, value)
    tunnels = make_tunnels(choice)
    assert [tunnel.name for tunnel in tunnels] == names
    assert [tunnel.name for tunnel in tunnels if tunnel.is_own] == [name for name in names if name == "own"]


def test_ngrok_s_requests_are_spared() -> None:
    (tunnel,) = make_tunnels(Choice(tunnel="ngrok", ngrok_authtoken=SecretStr("made-up")))
    a_month_s = 30 * 24 * 3600
    assert a_month_s / tunnel.check_every_s < 10_000


@pytest.mark.parametrize("address", ["https://desk.example.com", "https://desk.example.com/phone/"])
def test_own_address(run: Run[str], address: str) -> None:
    assert run(OwnAddress(address).open(9)) == address.rstrip("/")


@pytest.mark.parametrize(
    "address", ["", "http://desk.example.com", "desk.example.com", "https://", "https://a.example/?b=c"]
)
def test_own_address_that_is_none(run: Run[str], address: str) -> None:
    with pytest.raises(LineError) as caught:
        run(OwnAddress(address).open(9))
    assert caught.value.problem is LineProblem.ADDRESS_INVALID


def test_a_program_is_found_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {}
    for place in ("given", "path", "folder"):
        (tmp_path / place).mkdir()
        program = tmp_path / place / "helper"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        names[place] = str(program)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    folder = tmp_path / "folder"
    assert find_program("helper", given=names["given"], folder=folder) == names["given"]
    assert find_program("helper", folder=folder) == names["path"]
    monkeypatch.setenv("PATH", "")
    assert find_program("helper", folder=folder) == names["folder"]
    assert find_program("helper") == ""
    assert find_program("helper", given=str(tmp_path / "gone"), folder=folder) == ""


def test_free_ports_are_ports() -> None:
    assert 1024 <= free_port() <= 65535


def test_a_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_command("--child", "/there/child.py") == [sys.executable, "-P", "/there/child.py"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert own_command("--child", "/there/child.py") == [sys.executable, "--child"]


def test_pauses_vary_by_a_quarter() -> None:
    timing = LineTiming()
    pauses = [timing.pause_s(1000, LineProblem.ADDRESS_LOST) for _ in range(200)]
    assert 22.5 <= min(pauses) < max(pauses) <= 37.5
    assert timing.pause_s(1, LineProblem.ACCOUNT_REFUSED) == timing.lasting_pause_s


# Waiting for many.


async def after(delay_s: float, result: str) -> str:
    """Return it, later."""
    await asyncio.sleep(delay_s)
    return result


async def failing_after(delay_s: float) -> str:
    """Fail, later."""
    await asyncio.sleep(delay_s)
    raise ValueError


def test_the_first_counts(run: Run[None]) -> None:
    async def main() -> None:
        assert await first_of(after(2, "late"), after(1, "soon"), failing_after(3)) == "soon"
        assert await first_of(after(1, "one"), after(1, "other")) == "one"
        with pytest.raises(ValueError):  # noqa: PT011  # it says nothing
            await first_of(after(2, "late"), failing_after(1))

    run(main())


def test_waiting_for_the_first_may_be_cancelled(run: Run[None]) -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await first_of(after(2, "late"), after(3, "later"))

    run(main())
