"""Every tunnel with real child processes: how it opens, what it says when it cannot, how it is lost."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from copilot_desktop.calls.line import LineError, LineProblem
from copilot_desktop.calls.ports import Tunnel
from copilot_desktop.telephony.cloudflared_tunnel import CloudflaredTiming, CloudflaredTunnel
from copilot_desktop.telephony.helper_programs import free_port
from copilot_desktop.telephony.localtunnel_tunnel import LocaltunnelTunnel
from copilot_desktop.telephony.ngrok_tunnel import NgrokTunnel
from tests.support.fake_cloudflared import GOOD_TOKEN, VERSION, FakeCloudflared, is_alive

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and process groups")

WITHIN_S = 20
FAST = CloudflaredTiming(
    settle_s=0.0,
    ask_every_s=0.05,
    watch_every_s=0.1,
    answer_within_s=0.5,
    lost_after_s=0.6,
    open_within_s=15.0,
)


@pytest.fixture
def cloudflared(tmp_path: Path) -> Iterator[FakeCloudflared]:
    """The program; nothing of it may be left at the end."""
    fake = FakeCloudflared(tmp_path)
    yield fake
    assert fake.left_alive() == []


def quick(fake: FakeCloudflared, **changes: Any) -> CloudflaredTunnel:
    """Return a tunnel by the fake program."""
    return CloudflaredTunnel(program=str(fake.path), **{"timing": FAST, **changes})


def named(fake: FakeCloudflared, token: str = GOOD_TOKEN) -> CloudflaredTunnel:
    """Return the named tunnel of the fake program."""
    host = fake.name_tunnel(port=9, public_port=free_port())
    return quick(fake, token=token, hostname=host)


async def loss_of(tunnel: Tunnel, harm: Callable[[], None], *, calm_s: float = 0.3) -> LineProblem:
    """Return why the tunnel is lost after `harm`, and see that it is not before."""
    lost = asyncio.ensure_future(tunnel.lost())
    try:
        await asyncio.sleep(calm_s)
        assert not lost.done()
        harm()
        async with asyncio.timeout(WITHIN_S):
            return await lost
    finally:
        lost.cancel()
        await asyncio.gather(lost, return_exceptions=True)
        await tunnel.close()


async def refusal_of(tunnel: Tunnel) -> LineError:
    """Return why it does not open."""
    with pytest.raises(LineError) as caught:
        await tunnel.open(9)
    await tunnel.close()
    return caught.value


# Cloudflared.


def test_quick_tunnel_opens_and_closes(cloudflared: FakeCloudflared, on_loop: Callable[..., Any]) -> None:
    async def main() -> None:
        tunnel = quick(cloudflared)
        assert tunnel.name == "cloudflared"
        assert await tunnel.find_helper() == VERSION
        url = await tunnel.open(9)
        (run,) = cloudflared.running()
        assert url == f"https://localhost:{run.port}"
        await tunnel.close()
        assert not is_alive(run.pid)
        assert await tunnel.open(9) != url
        await tunnel.close()

    on_loop(main())


def test_quick_tunnel_s_command_line(cloudflared: FakeCloudflared) -> None:
    async def main() -> None:
        tunnel = quick(cloudflared)
        await tunnel.open(4711)
        await tunnel.close()

    asyncio.run(main())
    arguments = cloudflared.starts[0]["arguments"]
    assert arguments[arguments.index("--url") + 1] == "http://127.0.0.1:4711"
    assert arguments[arguments.index("--protocol") + 1] == "http2"
    assert "--no-autoupdate" in arguments
    assert "TUNNEL_TOKEN" not in cloudflared.starts[0]["environment"]


def test_named_tunnel_gets_its_token_unseen(cloudflared: FakeCloudflared) -> None:
    async def main() -> str:
        tunnel = named(cloudflared)
        assert tunnel.name == "cloudflared_named"
        url = await tunnel.open(9)
        await tunnel.close()
        return url

    url = asyncio.run(main())
    assert url == f"https://localhost:{cloudflared.all_runs()[0].port}"
    assert GOOD_TOKEN not in " ".join(cloudflared.starts[0]["arguments"])
    assert "TUNNEL_TOKEN" in cloudflared.starts[0]["environment"]


def test_named_tunnel_with_a_wrong_token(cloudflared: FakeCloudflared) -> None:
    error = asyncio.run(refusal_of(named(cloudflared, token="wrong-word")))
    assert error.problem is LineProblem.HELPER_REFUSED
    assert "wrong-word" not in str(error)


def test_named_tunnel_without_its_name(cloudflared: FakeCloudflared) -> None:
    error = asyncio.run(refusal_of(quick(cloudflared, token=GOOD_TOKEN)))
    assert error.problem is LineProblem.ADDRESS_INVALID


@pytest.mark.parametrize(
    ("why", "problem"),
    [("offline", LineProblem.ADDRESS_NOT_REACHABLE), ("busy", LineProblem.HELPER_STOPPED)],
)
def test_refusals(cloudflared: FakeCloudflared, why: str, problem: LineProblem) -> None:
    cloudflared.refuse(why)
    assert asyncio.run(refusal_of(quick(cloudflared))).problem is problem


def test_program_that_is_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    async def main() -> None:
        for tunnel in (CloudflaredTunnel(folder=tmp_path), LocaltunnelTunnel()):
            with pytest.raises(LineError) as caught:
                await tunnel.find_helper()
            assert caught.value.problem is LineProblem.HELPER_MISSING
            assert (await refusal_of(tunnel)).problem is LineProblem.HELPER_MISSING

    asyncio.run(main())


def test_program_is_found_on_the_path_and_in_the_data_folder(
    cloudflared: FakeCloudflared, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def main() -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert await CloudflaredTunnel(folder=cloudflared.folder).find_helper() == VERSION
        monkeypatch.setenv("PATH", str(cloudflared.folder))
        assert await CloudflaredTunnel(folder=tmp_path).find_helper() == VERSION

    asyncio.run(main())


def test_a_program_that_is_none(tmp_path: Path) -> None:
    broken = tmp_path / "cloudflared"
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    tunnel = CloudflaredTunnel(program=str(broken), timing=FAST)

    async def main() -> LineError:
        with pytest.raises(LineError) as caught:
            await tunnel.find_helper()
        assert caught.value.problem is LineProblem.HELPER_STOPPED
        return await refusal_of(tunnel)

    assert asyncio.run(main()).problem is LineProblem.HELPER_STOPPED


def test_without_its_pages_the_printed_address_counts(cloudflared: FakeCloudflared) -> None:
    cloudflared.be_without_pages(printed="https://quiet-river-1234.trycloudflare.com")

    async def main() -> None:
        tunnel = quick(cloudflared)
        assert await tunnel.open(9) == "https://quiet-river-1234.trycloudflare.com"
        # Readiness cannot be asked; only its end tells.
        assert await loss_of(tunnel, cloudflared.die, calm_s=1.5) is LineProblem.HELPER_STOPPED

    asyncio.run(main())


def test_not_connected_is_not_open(cloudflared: FakeCloudflared) -> None:
    cloudflared.disconnect()
    timing = CloudflaredTiming(settle_s=0.0, ask_every_s=0.05, open_within_s=1.5)
    error = asyncio.run(refusal_of(quick(cloudflared, timing=timing)))
    assert error.problem is LineProblem.ADDRESS_NOT_REACHABLE


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        ("die", LineProblem.HELPER_STOPPED),
        ("stall", LineProblem.HELPER_STOPPED),
        ("disconnect", LineProblem.ADDRESS_LOST),
        ("change_address", LineProblem.ADDRESS_LOST),
    ],
)
def test_cloudflared_is_lost(
    cloudflared: FakeCloudflared, on_loop: Callable[..., Any], harm: str, problem: LineProblem
) -> None:
    async def main() -> None:
        tunnel = quick(cloudflared)
        await tunnel.open(9)
        assert await loss_of(tunnel, getattr(cloudflared, harm), calm_s=1.0) is problem

    on_loop(main())


def test_opening_may_be_cancelled(cloudflared: FakeCloudflared) -> None:
    cloudflared.disconnect()

    async def main() -> None:
        tunnel = quick(cloudflared)
        opening = asyncio.ensure_future(tunnel.open(9))
        async with asyncio.timeout(WITHIN_S):
            while not cloudflared.running():
                await asyncio.sleep(0.05)
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        assert opening.cancelled()
        assert cloudflared.running() == []

    asyncio.run(main())


# ngrok.

TOKEN = "made-up-authtoken"


class FakeNgrok:
    """Says what the library in the child does."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.be()

    def be(self, **control: Any) -> None:
        """Behave so from now on."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(control))
        fresh.replace(self._file)

    @property
    def notes(self) -> list[dict[str, Any]]:
        """What it was asked for."""
        return [json.loads(line) for line in self._file.with_suffix(".notes").read_text().splitlines()]


@pytest.fixture
def ngrok(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeNgrok]:
    """The fake library for child processes; none of them may be left."""
    control = tmp_path / "ngrok.json"
    monkeypatch.setenv("FAKE_NGROK", str(control))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2] / "support" / "fake_ngrok"))
    fake = FakeNgrok(control)
    yield fake
    assert not any(is_alive(note["pid"]) for note in fake.notes)


def ngrok_tunnel(**changes: Any) -> NgrokTunnel:
    """Return a tunnel that notices a loss soon."""
    return NgrokTunnel(TOKEN, **{"silent_after_s": 3.0, **changes})


def test_ngrok_opens_and_closes_in_order(ngrok: FakeNgrok, on_loop: Callable[..., Any]) -> None:
    async def main() -> None:
        tunnel = ngrok_tunnel(domain="desk.ngrok.example")
        assert (await tunnel.find_helper()).startswith("1.")
        assert await tunnel.open(4711) == "https://desk.ngrok.example"
        await tunnel.close()

    on_loop(main())
    assert {"pid": ngrok.notes[0]["pid"], "forwards_to": "http://127.0.0.1:4711"} in ngrok.notes
    assert [note["closed"] for note in ngrok.notes if "closed" in note] == ["listener", "session"]


def test_ngrok_without_a_domain_takes_the_one_it_is_given(ngrok: FakeNgrok) -> None:
    async def main() -> None:
        tunnel = ngrok_tunnel()
        assert await tunnel.open(9) == "https://quiet-river-1234.ngrok-free.example"
        await tunnel.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (["authentication failed: TOKEN", "ERR_NGROK_105"], LineProblem.HELPER_REFUSED),
        (["limited to 1 session", "ERR_NGROK_108"], LineProblem.HELPER_STOPPED),
        (["failed to connect session", "dns error"], LineProblem.ADDRESS_NOT_REACHABLE),
    ],
)
def test_ngrok_refuses(
    ngrok: FakeNgrok, error: list[str], problem: LineProblem, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "copilot")
    ngrok.be(error=error)
    refused = asyncio.run(refusal_of(ngrok_tunnel()))
    assert refused.problem is problem
    assert TOKEN not in caplog.text + str(refused)


def test_ngrok_that_never_answers(ngrok: FakeNgrok) -> None:
    ngrok.be(delay_s=600)
    refused = asyncio.run(refusal_of(ngrok_tunnel(open_within_s=2.0)))
    assert refused.problem is LineProblem.ADDRESS_NOT_REACHABLE


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        ({"is_connected": False}, LineProblem.ADDRESS_LOST),
        ({"has_heartbeats": False}, LineProblem.ADDRESS_LOST),
        ({"hangs": True}, LineProblem.HELPER_STOPPED),
        ({"dies": True}, LineProblem.HELPER_STOPPED),
    ],
    ids=["disconnected", "silent", "hanging", "crashed"],
)
def test_ngrok_is_lost(ngrok: FakeNgrok, harm: dict[str, Any], problem: LineProblem) -> None:
    async def main() -> None:
        tunnel = ngrok_tunnel()
        await tunnel.open(9)
        assert await loss_of(tunnel, lambda: ngrok.be(**harm)) is problem

    asyncio.run(main())


def test_ngrok_that_comes_back_by_itself_is_not_lost(ngrok: FakeNgrok) -> None:
    async def main() -> None:
        tunnel = ngrok_tunnel()
        await tunnel.open(9)
        lost = asyncio.ensure_future(tunnel.lost())
        ngrok.be(is_connected=False)
        await asyncio.sleep(0.5)
        ngrok.be()
        await asyncio.sleep(3.5)
        assert not lost.done()
        lost.cancel()
        await asyncio.gather(lost, return_exceptions=True)
        await tunnel.close()

    asyncio.run(main())


def test_the_real_library_without_its_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real thing in a child: whatever the network here is like, a made-up key opens nothing."""
    for name in ("HTTPS_PROXY", "https_proxy", "http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    refused = asyncio.run(refusal_of(NgrokTunnel(TOKEN, open_within_s=10.0)))
    assert refused.problem in (LineProblem.ADDRESS_NOT_REACHABLE, LineProblem.HELPER_REFUSED)
    assert TOKEN not in str(refused)


# localtunnel.

LT = """\
    #!{python} -S
    import sys, time
    if sys.argv[1:] == ["--version"]:
        print("2.0.2")
    elif "{mode}" == "refuses":
        sys.exit("connection refused: localtunnel.example:80 (check your firewall settings)")
    elif "{mode}" == "silent":
        time.sleep(600)
    else:
        port = sys.argv[sys.argv.index("--port") + 1]
        assert sys.argv[sys.argv.index("--local-host") + 1] == "127.0.0.1"
        print(f"your url is: https://port-{{port}}.loca.lt", flush=True)
        time.sleep(0.6 if "{mode}" == "dies" else 600)
"""


def localtunnel(folder: Path, mode: str) -> LocaltunnelTunnel:
    """Return a tunnel by a program that behaves so."""
    program = folder / "lt"
    program.write_text(textwrap.dedent(LT).format(python=sys.executable, mode=mode))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return LocaltunnelTunnel(program=str(program), open_within_s=WITHIN_S if mode != "silent" else 1.0)


def test_localtunnel_opens_and_closes(tmp_path: Path) -> None:
    async def main() -> None:
        tunnel = localtunnel(tmp_path, "works")
        assert await tunnel.find_helper() == "2.0.2"
        assert await tunnel.open(4711) == "https://port-4711.loca.lt"
        await tunnel.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("mode", "problem"),
    [("refuses", LineProblem.HELPER_STOPPED), ("silent", LineProblem.ADDRESS_NOT_REACHABLE)],
)
def test_localtunnel_fails(tmp_path: Path, mode: str, problem: LineProblem) -> None:
    assert asyncio.run(refusal_of(localtunnel(tmp_path, mode))).problem is problem


def test_localtunnel_is_lost_with_its_program(tmp_path: Path) -> None:
    async def main() -> None:
        tunnel = localtunnel(tmp_path, "dies")
        await tunnel.open(9)
        assert await loss_of(tunnel, lambda: None, calm_s=0.0) is LineProblem.HELPER_STOPPED

    asyncio.run(main())
