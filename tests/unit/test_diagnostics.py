"""What reaches the log and what does not, crashes, the loop's lateness, and the self-checks' verdict."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import threading
import time
from pathlib import Path

import pytest

from copilot_desktop import crashes, diagnostics
from copilot_desktop.diagnostics import Check, LoopWatch, mask
from tests.support.virtual_time import run_virtual

log = logging.getLogger("copilot.test")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("caller +15550100123 rings", "caller +*** rings"),
        ("caller +1 (555) 010-0123.", "caller +***."),
        ("from 555-010-0123, back", "from ***, back"),
        ("from (555) 010-0123", "from ***"),
        ("from 5550100123.", "from ***."),
        ("key sk-proj-abcdef012345 refused", "key sk-*** refused"),
        ("Authorization: Basic QUNhYmM6dG9rZW4=", "Authorization: Basic ***"),
        ("TWILIO_AUTH_TOKEN=abc123&x=1", "TWILIO_AUTH_TOKEN=***&x=1"),
        ('{"token": "abc", "a": 1}', '{"token": "***", "a": 1}'),
        ("0123456789abcdef0123456789abcdef", "***"),
        ("account AC0123456789abcdef0123456789abcdef", "account AC***"),
        ("opened by my-own-secret", "opened by ***"),
    ],
)
def test_private_things_are_masked(text: str, masked: str) -> None:
    assert mask(text, ["my-own-secret"]) == masked


@pytest.mark.parametrize(
    "text",
    [
        "call CA0123456789abcdef0123456789abcdef is live",
        "2026-11-22 18:01:04,123 listening on http://127.0.0.1:8080",
        "99 % of 12000 frames within 3.5 ms, 1234567 bytes",
        "3 tokens left",
    ],
)
def test_what_a_log_is_for_is_left(text: str) -> None:
    assert mask(text) == text


@pytest.mark.allow_warnings
def test_log_is_masked_in_file_and_on_screen(tmp_path: Path) -> None:
    screen = io.StringIO()
    with diagnostics.logging_to(tmp_path / "logs", console=screen, secrets=["hush-hush"]) as path:
        log.info("a milestone for %s", "hush-hush")
        log.debug("detail")
        try:
            raise ValueError("number +15550100123")
        except ValueError:
            log.exception("gave up on hush-hush")
    log.warning("after the end")
    written = path.read_text(encoding="utf-8")
    assert "INFO    copilot.test  a milestone for ***" in written
    assert "ValueError: number +***" in written
    assert "detail" not in written
    assert "after" not in written
    assert "0100123" not in written
    (line,) = screen.getvalue().splitlines()
    assert line.endswith("gave up on ***")


def test_debug_shows_detail(tmp_path: Path) -> None:
    screen = io.StringIO()
    with diagnostics.logging_to(tmp_path, is_debug=True, console=screen) as path:
        log.debug("detail")
    assert "detail" in path.read_text(encoding="utf-8")
    assert "detail" in screen.getvalue()


def test_arguments_that_change_later_do_not_change_the_line(tmp_path: Path) -> None:
    seen = ["first"]
    with diagnostics.logging_to(tmp_path) as path:
        for _ in range(200):
            log.info("seen %s", seen)
            seen[0] = "second"
            log.info("seen %s", seen)
            seen[0] = "first"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 400
    assert {line.split("seen ")[1] for line in lines[::2]} == {"['first']"}


@pytest.mark.allow_warnings
def test_what_nobody_caught_is_kept(tmp_path: Path) -> None:
    screen = io.StringIO()
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook

    def fail() -> None:
        raise RuntimeError("in a thread")

    def fail_twice() -> None:
        thread = threading.Thread(target=fail, name="worker-7")
        thread.start()
        thread.join()
        raise ZeroDivisionError("in the block")

    with diagnostics.logging_to(tmp_path, console=screen) as path:
        with pytest.raises(SystemExit) as ended, crashes.catching_crashes(tmp_path):
            fail_twice()
        assert ended.value.code == 1
        with pytest.raises(KeyError), crashes.catching_crashes(tmp_path, expected=(KeyError,)):
            raise KeyError("expected")
    written = path.read_text(encoding="utf-8")
    assert "thread worker-7 failed" in written
    assert "RuntimeError: in a thread" in written
    assert "ZeroDivisionError: in the block" in written
    assert "expected" not in written
    assert "Traceback" not in screen.getvalue()
    assert str(path) in screen.getvalue().splitlines()[-1]
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == hooks


@pytest.mark.allow_warnings
def test_loop_trouble_is_named_by_its_task(tmp_path: Path) -> None:
    async def fail() -> None:
        raise RuntimeError("nobody awaits this")

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(crashes.report_loop_trouble)
        task = asyncio.create_task(fail(), name="forgotten")
        await asyncio.sleep(0.1)
        del task

    with diagnostics.logging_to(tmp_path) as path:
        run_virtual(main())
    written = path.read_text(encoding="utf-8")
    assert "in forgotten" in written
    assert "RuntimeError: nobody awaits this" in written


def test_loop_watch_measures_what_blocks(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> LoopWatch:
        watch = LoopWatch()
        task = asyncio.create_task(watch.run())
        await asyncio.sleep(0.05)
        time.sleep(0.15)  # noqa: ASYNC251 the point of the test: something holds the loop
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task])
        return watch

    with caplog.at_level(logging.INFO, logger="copilot.diagnostics"):
        watch = asyncio.run(main())
    assert 80 < watch.max_late_ms < 1000
    assert watch.late_count == 1
    assert "ms late" in caplog.text


def test_loop_watch_is_silent_on_a_free_loop(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> LoopWatch:
        watch = LoopWatch()
        task = asyncio.create_task(watch.run())
        await asyncio.sleep(3600)
        task.cancel()
        await asyncio.wait([task])
        return watch

    with caplog.at_level(logging.INFO, logger="copilot.diagnostics"):
        watch = run_virtual(main())
    assert watch.late_count == 0
    assert watch.max_late_ms < 1
    assert not caplog.records


def test_verdict_needs_only_what_is_needed() -> None:
    fine = Check("A", is_ok=True, words="fine")
    luxury = Check("B", is_ok=False, words="absent", remedy="buy one", is_needed=False)
    broken = Check("C", is_ok=False, words="broken", remedy="mend it")
    assert diagnostics.can_take_calls([fine, luxury])
    assert not diagnostics.can_take_calls([fine, luxury, broken])
    assert diagnostics.as_lines([fine, luxury, broken]) == [
        "OK       A: fine",
        "missing  B: absent",
        "         → buy one",
        "problem  C: broken",
        "         → mend it",
    ]
    data = diagnostics.as_data([fine, broken])
    assert data["can_take_calls"] is False
    assert data["checks"] == [
        {"name": "A", "is_ok": True, "words": "fine", "remedy": "", "is_needed": True},
        {"name": "C", "is_ok": False, "words": "broken", "remedy": "mend it", "is_needed": True},
    ]


def test_checks_of_this_machine(tmp_path: Path) -> None:
    assert diagnostics.check_python().is_ok
    assert diagnostics.check_packages().is_ok
    assert diagnostics.check_data_dir(tmp_path).is_ok
    assert diagnostics.check_disk(tmp_path, needed_bytes=1).is_ok
    assert diagnostics.check_account([]).is_ok
    assert not diagnostics.check_sound_library().is_needed


def test_checks_find_what_is_wrong(tmp_path: Path) -> None:
    assert not diagnostics.check_packages(["no-such-package"]).is_ok
    assert not diagnostics.check_data_dir(tmp_path / "absent").is_ok
    assert not diagnostics.check_disk(tmp_path, needed_bytes=10**18).is_ok
    account = diagnostics.check_account(["TWILIO_NUMBER"])
    assert not account.is_ok
    assert "TWILIO_NUMBER" in account.remedy
