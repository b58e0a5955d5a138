"""A supervised child: real processes, both loops, every way in which we or it may end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from copilot_desktop.telephony.child_process import ChildProcess, output_of
from copilot_desktop.telephony.child_watch import NOT_STARTED
from tests.support.fake_cloudflared import is_alive

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and process groups")

ROOT = Path(__file__).resolve().parents[3]
WITHIN_S = 15


def python(code: str) -> list[str]:
    """Return the command that runs `code`."""
    return [sys.executable, "-S", "-c", textwrap.dedent(code)]


FAMILY = """
    import os, signal, subprocess, sys, time
    if "stubborn" in sys.argv:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    grandchild = subprocess.Popen(["sleep", "600"])
    print(os.getpid(), grandchild.pid, flush=True)
    time.sleep(600)
"""


def gone(*pids: int, within_s: float = 8.0) -> bool:
    """Whether all of them end in time."""
    deadline = time.monotonic() + within_s
    while any(is_alive(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class Listener:
    """Keeps lines, and waits for them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._came = asyncio.Event()

    def hear(self, line: str) -> None:
        """Take one."""
        self.lines.append(line)
        self._came.set()

    async def first(self) -> str:
        """Return the first, once it is there."""
        async with asyncio.timeout(WITHIN_S):
            while not self.lines:
                self._came.clear()
                await self._came.wait()
        return self.lines[0]


async def ended(child: ChildProcess) -> int:
    """Return the exit code of a child that ends by itself."""
    async with asyncio.timeout(WITHIN_S):
        return await child.ended()


def test_lines_and_exit_code_arrive(on_loop: Callable[..., Any]) -> None:
    async def main() -> None:
        listener = Listener()
        code = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(7)"
        child = ChildProcess(python(code), name="test", on_line=listener.hear)
        child.start()
        assert await ended(child) == 7
        assert sorted(listener.lines) == ["one", "two"]
        assert not child.is_running
        await child.stop()

    on_loop(main())


def test_stop_ends_the_child_and_its_children(on_loop: Callable[..., Any]) -> None:
    async def main() -> list[int]:
        listener = Listener()
        child = ChildProcess(python(FAMILY), name="test", on_line=listener.hear)
        child.start()
        pids = [int(pid) for pid in (await listener.first()).split()]
        assert all(is_alive(pid) for pid in pids)
        await child.stop()
        assert not child.is_running
        return pids

    assert gone(*on_loop(main()), within_s=0.5)


def test_what_ignores_the_request_is_ended_by_force() -> None:
    async def main() -> list[int]:
        listener = Listener()
        child = ChildProcess([*python(FAMILY), "stubborn"], name="test", on_line=listener.hear)
        child.start()
        pids = [int(pid) for pid in (await listener.first()).split()]
        await child.stop()
        return pids

    assert gone(*asyncio.run(main()), within_s=0.5)


def test_what_hangs_is_ended_by_force() -> None:
    async def main() -> list[int]:
        listener = Listener()
        child = ChildProcess(python(FAMILY), name="test", on_line=listener.hear)
        child.start()
        pids = [int(pid) for pid in (await listener.first()).split()]
        os.kill(pids[0], signal.SIGSTOP)
        await child.stop()
        return pids

    assert gone(*asyncio.run(main()), within_s=0.5)


def test_a_child_that_dies_takes_its_children_along() -> None:
    async def main() -> list[int]:
        listener = Listener()
        child = ChildProcess(python(FAMILY), name="test", on_line=listener.hear)
        child.start()
        pids = [int(pid) for pid in (await listener.first()).split()]
        os.kill(pids[0], signal.SIGKILL)
        assert await ended(child) == 128 + signal.SIGKILL
        await child.stop()
        return pids

    assert gone(*asyncio.run(main()), within_s=0.5)


def test_a_program_that_is_not_there() -> None:
    async def main() -> None:
        child = ChildProcess(["/no/such/program"], name="test")
        child.start()
        assert await ended(child) == NOT_STARTED
        assert "FileNotFoundError" in "".join(child.tail)
        await child.stop()

    asyncio.run(main())


def test_stopped_before_it_has_begun() -> None:
    async def main() -> None:
        child = ChildProcess(python("import time; time.sleep(600)"), name="test")
        child.start()
        await child.stop()
        assert not child.is_running

    asyncio.run(main())


def test_it_gets_what_it_is_given_and_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "made-up")
    monkeypatch.setenv("NGROK_AUTHTOKEN", "made-up")
    code = """
        import json, os, sys
        print(json.dumps(sys.stdin.readline()))
        for name in os.environ:
            print(json.dumps([name, os.environ[name][:1000]]))
    """

    async def main() -> tuple[str, dict[str, str]]:
        listener = Listener()
        child = ChildProcess(
            python(code),
            name="test",
            environment={"TUNNEL_TOKEN": "meant"},
            first_line="hello\n",
            on_line=listener.hear,
        )
        child.start()
        await ended(child)
        await child.stop()
        line, *pairs = map(json.loads, listener.lines)
        return line, dict(pairs)

    line, environment = asyncio.run(main())
    assert line == "hello\n"
    assert environment["TUNNEL_TOKEN"] == "meant"
    assert environment["PATH"] == os.environ["PATH"][:1000]
    assert not {"TWILIO_AUTH_TOKEN", "NGROK_AUTHTOKEN", "COPILOT_ENV_FILE"} & set(environment)


def test_secrets_stand_in_no_command_line() -> None:
    async def main() -> list[str]:
        listener = Listener()
        child = ChildProcess(
            python(FAMILY),
            name="test",
            environment={"TUNNEL_TOKEN": "secret-word"},
            first_line="secret-word\n",
            on_line=listener.hear,
        )
        child.start()
        pid = int((await listener.first()).split()[0])
        family = [psutil.Process(pid), *psutil.Process(pid).parents()]
        lines = [" ".join(process.cmdline()) for process in family]
        await child.stop()
        return lines

    lines = asyncio.run(main())
    assert any("child_watch" in line for line in lines)
    assert not any("secret-word" in line for line in lines)


def test_secrets_are_masked_in_the_tail() -> None:
    async def main() -> None:
        listener = Listener()
        child = ChildProcess(
            python("print('key=secret-word')"),
            name="test",
            secrets=("secret-word", ""),
            on_line=listener.hear,
        )
        child.start()
        await ended(child)
        assert list(child.tail) == ["key=***"]
        assert listener.lines == ["key=secret-word"]

    asyncio.run(main())


def test_a_flood_and_an_endless_line_do_no_harm() -> None:
    code = """
        import sys
        for number in range(100_000):
            print("line", number)
        sys.stdout.write("x" * 3_000_000)
        print()
        print("the last")
    """

    async def main() -> None:
        listener = Listener()
        child = ChildProcess(python(code), name="test", on_line=listener.hear)
        child.start()
        async with asyncio.timeout(60):
            assert await child.ended() == 0
        assert listener.lines[-1] == "the last"
        assert max(len(line) for line in listener.lines) <= 4096
        await child.stop()

    asyncio.run(main())


def test_output_of_a_program_that_does_not_end() -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            await output_of(python("import time; time.sleep(600)"), name="test", within_s=0.3)
        assert await output_of(python("print(5)"), name="test", within_s=WITHIN_S) == (0, "5")

    asyncio.run(main())


PARENT = """
    import asyncio, sys
    from copilot_desktop.telephony.child_process import ChildProcess

    async def main():
        child = ChildProcess({command!r}, name="test", on_line=lambda line: print(line, flush=True))
        child.start()
        await asyncio.sleep(600)

    asyncio.run(main())
"""


@pytest.mark.kill
@pytest.mark.parametrize("is_stubborn", [False, True], ids=["willing", "stubborn"])
def test_nothing_is_left_when_we_are_killed(is_stubborn: bool) -> None:
    command = [*python(FAMILY), *(["stubborn"] if is_stubborn else [])]
    code = textwrap.dedent(PARENT).format(command=command)
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(is_alive(pid) for pid in pids)
        parent.kill()
        assert gone(*pids)


@pytest.mark.kill
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_the_child_is_not_left_when_the_watcher_is_killed() -> None:
    async def main() -> None:
        listener = Listener()
        code = "import os, time; print(os.getpid(), os.getppid(), flush=True); time.sleep(600)"
        child = ChildProcess(python(code), name="test", on_line=listener.hear)
        child.start()
        pid, watcher = map(int, (await listener.first()).split())
        os.kill(watcher, signal.SIGKILL)
        assert await ended(child) == -signal.SIGKILL
        assert await asyncio.to_thread(gone, pid)
        await child.stop()

    asyncio.run(main())


@pytest.mark.kill
def test_a_watcher_that_is_asked_to_end_ends_the_child_first() -> None:
    async def main() -> None:
        listener = Listener()
        child = ChildProcess(python(FAMILY), name="test", on_line=listener.hear)
        child.start()
        pids = [int(pid) for pid in (await listener.first()).split()]
        psutil.Process(psutil.Process(pids[0]).ppid()).terminate()
        await ended(child)
        await child.stop()
        assert await asyncio.to_thread(gone, *pids)

    asyncio.run(main())
