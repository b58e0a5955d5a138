"""The phone line with a real server, real tunnel processes, and requests that come in through the tunnel."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from copilot_desktop.calls.events import CallId
from copilot_desktop.calls.line import LineProblem, LineStatus, Step, StepState
from copilot_desktop.calls.ports import Tunnel
from copilot_desktop.telephony.cloudflared_tunnel import CloudflaredTiming, CloudflaredTunnel
from copilot_desktop.telephony.helper_programs import free_port
from copilot_desktop.telephony.line import LineSettings, LineTiming, PhoneLine
from copilot_desktop.telephony.own_address import OwnAddress
from copilot_desktop.telephony.reachability import Reachability
from tests.support.fake_cloudflared import GOOD_TOKEN, VERSION, FakeCloudflared
from tests.support.fake_line_parts import NUMBER, FakePointer
from tests.support.serving import Serving, serving
from tests.support.twilio_line import TwilioLine

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and process groups")

ROOT = Path(__file__).resolve().parents[3]
KEY = "made-up-auth-token-of-the-line"
WITHIN_S = 30
FAST_PROGRAM = CloudflaredTiming(
    settle_s=0.0, ask_every_s=0.05, watch_every_s=0.2, answer_within_s=0.5, lost_after_s=1.0
)
FAST = LineTiming(
    reach_within_s=10.0,
    reach_soon_s=1.0,
    reach_again_s=0.1,
    check_again_s=0.1,
    patience_s=1.0,
    first_pause_s=0.1,
    longest_pause_s=0.5,
    steady_after_s=0.0,
    publish_gap_s=0.02,
)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCloudflared]:
    """The tunnel's program, its addresses trusted; nothing of it may be left at the end."""
    fake = FakeCloudflared(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(fake.ca_file))
    yield fake
    assert fake.left_alive() == []


class Bench:
    """A line on a served desk."""

    def __init__(self, served: Serving, tunnels: Sequence[Tunnel], **options: Any) -> None:
        self.served = served
        self.pointer = FakePointer()
        self.published: list[LineStatus] = []
        self._changed = asyncio.Event()
        settings = LineSettings(number=NUMBER, auth_token=KEY)
        self.line = PhoneLine(
            served.server, tunnels, self.pointer, settings, self._take, **{"timing": FAST, **options}
        )

    def _take(self, status: LineStatus) -> None:
        self.published.append(status)
        self._changed.set()

    async def until(self, condition: Callable[[LineStatus], bool], within_s: float = WITHIN_S) -> LineStatus:
        """Wait for a status."""
        async with asyncio.timeout(within_s):
            while not condition(self.line.status):
                self._changed.clear()
                await self._changed.wait()
        return self.line.status

    async def until_open(self) -> LineStatus:
        """Wait until calls can come."""
        return await self.until(lambda status: status.is_open)

    def call(self, base_url: str, *, through: str = "") -> TwilioLine:
        """Return a call that is signed for `base_url`, and comes `through` another."""
        return TwilioLine(through or base_url, KEY, base_url=base_url)


@contextlib.asynccontextmanager
async def bench(tunnels: Sequence[Tunnel], **options: Any) -> AsyncIterator[Bench]:
    """Serve, and open the line; close both at the end, and see that no task is left."""
    before = asyncio.all_tasks()
    async with serving() as served:
        each = Bench(served, tunnels, **options)
        await each.line.open()
        try:
            yield each
        finally:
            await each.line.close()
    assert asyncio.all_tasks() == before


def quick(program: FakeCloudflared, **changes: Any) -> CloudflaredTunnel:
    """Return a quick tunnel by the program."""
    options = {"timing": FAST_PROGRAM, "check_every_s": 0.3, **changes}
    return CloudflaredTunnel(program=str(program.path), **options)


def test_from_nothing_to_a_call(program: FakeCloudflared, on_loop: Callable[..., Any]) -> None:
    async def main() -> None:
        async with bench([quick(program)]) as desk:
            status = await desk.until_open()
            (run,) = program.running()
            url = f"https://localhost:{run.port}"
            assert status.public_url == url
            assert status.view(Step.HELPER).detail == VERSION
            assert desk.pointer.voice_url == f"{url}/twilio/voice"
            call = desk.call(url)
            token = await call.answered_token()
            await desk.until(lambda status: status.view(Step.TEST_CALL).state is StepState.DONE)
            async with call.stream(token) as stream:
                await stream.send_audio(b"\x55" * 160)
                session = desk.served.desk.sessions[CallId(call.call_sid)]
                await session.until(lambda each: bool(each.frames))
            assert (await call.tell_status("completed")).status_code == 204

    on_loop(main())


@pytest.mark.allow_warnings  # a request with another key is refused
@pytest.mark.parametrize("harm", ["die", "stall", "cut"])
def test_a_loss_is_seen_and_made_good(program: FakeCloudflared, harm: str) -> None:
    """With the times of the real thing: seen within 10 s. The limit here is more, for busy machines."""

    async def main() -> None:
        tunnel = CloudflaredTunnel(program=str(program.path))
        async with bench([tunnel], timing=LineTiming()) as desk:
            old_url = (await desk.until_open()).public_url
            getattr(program, harm)()
            lost = await desk.until(lambda status: not status.is_open, within_s=15)
            assert lost.lost_at is not None
            if harm == "cut":
                assert lost.problem is LineProblem.ADDRESS_LOST
                program.change_address()
                program.cut(is_cut=False)
            status = await desk.until_open()
            assert status.public_url != old_url
            assert desk.pointer.voice_url == f"{status.public_url}/twilio/voice"
            assert len(program.running()) == 1
            # What was signed for the old address may still be on its way.
            answer = await desk.call(old_url, through=status.public_url).ring()
            assert answer.status_code == 200
            other = await TwilioLine(status.public_url, "another-key").ring()
            assert other.status_code == 403

    asyncio.run(main())


@pytest.mark.parametrize("harm", ["disconnect", "change_address"])
def test_a_new_address_is_told_to_the_number(program: FakeCloudflared, harm: str) -> None:
    async def main() -> None:
        async with bench([quick(program)]) as desk:
            old_url = (await desk.until_open()).public_url
            getattr(program, harm)()
            await desk.until(lambda status: not status.is_open)
            program.disconnect(is_ready=True)
            status = await desk.until_open()
            assert status.public_url != old_url
            assert [write.voice_url for write in desk.pointer.writes] == [
                f"{old_url}/twilio/voice",
                f"{status.public_url}/twilio/voice",
            ]

    asyncio.run(main())


def test_a_call_lives_on_while_new_ones_cannot_come(program: FakeCloudflared) -> None:
    async def main() -> None:
        async with bench([quick(program)], has_calls=lambda: True) as desk:
            url = (await desk.until_open()).public_url
            call = desk.call(url)
            async with call.stream(await call.answered_token()) as stream:
                program.cut()
                await desk.until(lambda status: not status.is_open)
                # Longer than the line's patience with an address that leads nowhere.
                await asyncio.sleep(2 * FAST.patience_s)
                session = desk.served.desk.sessions[CallId(call.call_sid)]
                await stream.send_audio(b"\x55" * 160)
                await session.until(lambda each: bool(each.frames))
                program.cut(is_cut=False)
                assert (await desk.until_open()).public_url == url

    asyncio.run(main())


def test_another_program_at_the_address(program: FakeCloudflared) -> None:
    program.lead_elsewhere()

    async def main() -> None:
        async with bench([quick(program)]) as desk:
            status = await desk.until(lambda status: status.problem is not None)
            assert status.problem is LineProblem.ADDRESS_ELSEWHERE
            assert status.view(Step.REACHABLE).state is StepState.FAILED
            assert desk.pointer.writes == []
            program.lead_elsewhere(is_elsewhere=False)
            await desk.until_open()

    asyncio.run(main())


def test_an_address_that_leads_only_to_this_computer(program: FakeCloudflared) -> None:
    """Everything works from here, and for nobody else."""

    async def from_outside(host: str) -> list[str]:
        return ["203.0.114.7"]

    async def main() -> None:
        helper = quick(program)
        async with serving() as served:
            url = await helper.open(served.server.port)
            asker = Reachability(served.server.nonce)
            await asker.check(url)
            line = Bench(served, [OwnAddress(url)], asker=asker)
            await line.line.open()
            status = await line.until(lambda status: status.problem is not None)
            assert status.problem is LineProblem.ADDRESS_NOT_REACHABLE
            assert "own network" in line.line.details
            await line.line.close()
            reached = Bench(
                served, [OwnAddress(url)], asker=Reachability(served.server.nonce, resolve=from_outside)
            )
            await reached.line.open()
            await reached.until_open()
            await reached.line.close()
        await helper.close()

    asyncio.run(main())


def test_named_tunnel(program: FakeCloudflared) -> None:
    async def main() -> None:
        async with serving() as served:
            host = program.name_tunnel(port=served.server.port, public_port=free_port())
            line = Bench(served, [quick(program, token=GOOD_TOKEN, hostname=host)])
            await line.line.open()
            assert (await line.until_open()).public_url == f"https://{host}"
            program.die()
            await line.until(lambda status: not status.is_open)
            assert (await line.until_open()).public_url == f"https://{host}"
            assert (await line.call(f"https://{host}").ring()).status_code == 200
            await line.line.close()

    asyncio.run(main())


def test_automatic_takes_the_next(program: FakeCloudflared, tmp_path: Path) -> None:
    async def main() -> None:
        missing = CloudflaredTunnel(program=str(tmp_path / "nowhere"))
        broken_named = quick(program, token="wrong-word", hostname="desk.example.com")
        async with bench([missing, broken_named, quick(program)]) as desk:
            assert (await desk.until_open()).tunnel == "cloudflared"
            assert [attempt.error.problem for attempt in desk.line.attempts] == [
                LineProblem.HELPER_MISSING,
                LineProblem.HELPER_REFUSED,
            ]
            assert "wrong-word" not in desk.line.details

    asyncio.run(main())


def test_set_up_again_replaces_the_tunnel(program: FakeCloudflared) -> None:
    async def main() -> None:
        async with bench([quick(program)]) as desk:
            old_url = (await desk.until_open()).public_url
            desk.line.set_up_again()
            assert (await desk.line.settled()).public_url != old_url
            assert len(program.running()) == 1

    asyncio.run(main())


@pytest.mark.parametrize("is_hanging", [False, True], ids=["well", "hanging"])
def test_closing_leaves_nothing(program: FakeCloudflared, is_hanging: bool) -> None:
    async def main() -> None:
        async with bench([quick(program)]) as desk:
            await desk.until_open()
            if is_hanging:
                program.stall()
        assert program.running() == []
        assert len(desk.pointer.writes) == 1

    asyncio.run(main())


PROGRAM = """
    import asyncio
    from pathlib import Path
    from copilot_desktop.telephony.cloudflared_tunnel import CloudflaredTunnel
    from copilot_desktop.telephony.line import LineSettings, PhoneLine
    from tests.support.fake_line_parts import NUMBER, FakePointer
    from tests.support.serving import serving

    async def main():
        async with serving() as served:
            line = PhoneLine(
                served.server,
                [CloudflaredTunnel(program={program!r})],
                FakePointer(),
                LineSettings(number=NUMBER, auth_token="made-up"),
                lambda status: None,
            )
            await line.open()
            print((await line.settled()).is_open, flush=True)
            await asyncio.sleep(600)

    asyncio.run(main())
"""


@pytest.mark.kill
def test_nothing_is_left_of_the_tunnel_when_the_program_is_killed(program: FakeCloudflared) -> None:
    code = textwrap.dedent(PROGRAM).format(program=str(program.path))
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "True\n"
        assert len(program.running()) == 1
        parent.kill()
        assert program.left_alive() == []
