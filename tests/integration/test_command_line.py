"""The command line as scripts see it: exit codes, one line with a remedy, no traceback."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from copilot_desktop import __version__
from copilot_desktop.calls.events import CallEvent, CallId
from copilot_desktop.store import open_store
from tests.support.long_call import long_call

ROOT = Path(__file__).resolve().parents[2]
NO_DISPLAY = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}


def copilot(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `copilot-desktop` to its end; an empty variable is taken out of the environment."""
    return subprocess.run(
        [sys.executable, "-m", "copilot_desktop", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
        cwd=ROOT,
        env=_environment(variables),
        stdin=subprocess.DEVNULL,
    )


def _environment(variables: dict[str, str]) -> dict[str, str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **variables}
    return {name: value for name, value in environment.items() if value}


def refused(ended: subprocess.CompletedProcess[str]) -> str:
    """Check that a run was refused as promised; returns its one line."""
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("copilot-desktop: ")
    return line


@pytest.mark.parametrize("words", [["--version"], ["check", "--version"], ["--debug", "calls", "--version"]])
def test_version_is_told_everywhere(words: list[str]) -> None:
    ended = copilot(*words)
    assert (ended.returncode, ended.stdout) == (0, f"copilot-desktop {__version__}\n")


def test_help_names_every_command() -> None:
    ended = copilot("--help")
    assert ended.returncode == 0
    for command in ("practice", "serve", "check", "export", "calls"):
        assert f"\n    {command} " in ended.stdout


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (["--colour"], "unrecognized arguments: --colour. See `copilot-desktop --help`."),
        (["practise"], "invalid choice: 'practise'"),
        (["calls", "extra"], "unrecognized arguments: extra"),
        (["practice", "--mode", "robot"], "See `copilot-desktop practice --help`."),
        (["serve", "--port", "70000"], "'70000' is not a port; use a number from 0 to 65535"),
        (["serve", "--port", "http"], "'http' is not a port"),
        (["serve", "--answer", "maybe"], "invalid choice: 'maybe'"),
        (["export", "last", "--format", "pdf"], "required: --out/--to"),
        (["export", "--format", "pdf", "--out", "x"], "one of the arguments CALL_ID|last --last --since is"),
        (["export", "a", "--last", "2", "--format", "pdf", "--out", "x"], "not allowed with argument"),
        (["export", "--last", "0", "--format", "pdf", "--out", "x"], "'0' is not a number of calls; use 1"),
        (["export", "--since", "May", "--format", "pdf", "--out", "x"], "write it like 2026-03-12"),
        (["export", "a", "--format", "pdf", "--out", "x", "--paper", "a5"], "invalid choice: 'a5'"),
        (["export", "last", "--format", "doc", "--to", "x"], "invalid choice: 'doc'"),
        (["--data-dir"], "expected one argument"),
        (["--deb"], "unrecognized arguments: --deb"),
    ],
)
def test_bad_arguments_are_one_line(words: list[str], remedy: str) -> None:
    assert remedy in refused(copilot(*words))


@pytest.mark.parametrize("is_before", [True, False])
def test_data_dir_that_cannot_be_written(tmp_path: Path, is_before: bool) -> None:
    (tmp_path / "file").write_text("")
    option = ["--data-dir", str(tmp_path / "file" / "below")]
    words = [*option, "calls"] if is_before else ["calls", *option]
    line = refused(copilot(*words))
    assert "cannot be written" in line
    assert line.endswith("Choose another with --data-dir.")


def test_broken_settings_file_is_told_and_the_program_goes_on(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text('port = 70000\ngreeting = "Hello\n')
    ended = copilot("practice", "--list", "--data-dir", tmp_path)
    assert ended.returncode == 0, ended.stderr
    lines = ended.stderr.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("copilot-desktop: ") for line in lines)
    assert "Line 2 of " in lines[0]
    assert "port in " in lines[1]


def test_bad_variable(tmp_path: Path) -> None:
    line = refused(copilot("check", "--data-dir", tmp_path, STREAM_PORT="many"))
    assert "STREAM_PORT in the environment must be a whole number. Mend it or leave it out." in line


def test_taken_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ended = copilot("serve", "--port", port, "--data-dir", tmp_path)
    # `serve` tells its milestones on the same stream; the last line says why it ends.
    last = ended.stderr.splitlines()[-1]
    assert (ended.returncode, ended.stdout) == (2, "")
    assert last.startswith("copilot-desktop: ")
    assert port in last
    assert "Traceback" not in ended.stderr


def test_unknown_scenario_and_call(tmp_path: Path) -> None:
    at = ("--data-dir", tmp_path)
    assert "no-such" in refused(copilot("practice", "--terminal", "--scenario", "no-such", *at))
    assert "no call" in refused(
        copilot("export", "CAnone", "--format", "txt", "--to", tmp_path / "x.txt", *at)
    )


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (
            ["--with-recording", "--hide-names", "--format", "html"],
            "leave out --with-recording or --hide-names",
        ),
        (["--with-recording", "--format", "csv"], "or choose html, json, pdf, txt"),
    ],
)
def test_export_options_that_exclude_each_other(tmp_path: Path, words: list[str], remedy: str) -> None:
    line = refused(copilot("export", "last", "--out", tmp_path / "x", *words, "--data-dir", tmp_path))
    assert remedy in line


def test_export_of_several_calls(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    _remember(data, long_call(20), long_call(30))
    at = ("--data-dir", data)
    assert "see `calls`" in refused(
        copilot("export", "--since", "2030-01-01", "--format", "txt", "--out", out, *at)
    )
    asked = ("--format", "pdf", "--paper", "letter", "--hide-names", "--out", out)
    ended = copilot("export", "--last", "2", *asked, *at)
    assert ended.returncode == 0, ended.stderr
    paths = [Path(line) for line in ended.stdout.splitlines()]
    assert len(set(paths)) == 2
    assert all(path.parent == out and path.name.endswith(".pdf") for path in paths)
    for path in paths:
        page = PdfReader(path).pages[0]
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (612, 792)
        assert "0142" not in page.extract_text()
    table = tmp_path / "calls.csv"
    ended = copilot("export", "--since", "2026-01-01", "--format", "csv", "--out", table, *at)
    assert (ended.returncode, ended.stdout) == (0, f"{table}\n")
    assert len(table.read_text(encoding="utf-8-sig").splitlines()) == 3
    assert "is a file: 2 calls need a folder" in refused(
        copilot("export", "--last", "2", "--format", "json", "--out", table, *at)
    )
    assert "its folder is not there. Make the folder" in refused(
        copilot("export", "last", "--format", "json", "--out", tmp_path / "none" / "x.json", *at)
    )


def _remember(data: Path, *calls: list[CallEvent]) -> None:
    """Put calls into the history at `data`, each with an id of its own."""
    store = open_store(data)

    async def keep() -> None:
        for number, events in enumerate(calls):
            for event in events:
                store.append(replace(event, call_id=CallId(f"call-{number}")))
        await store.flush_facts()

    asyncio.run(keep())
    store.close()


def test_old_variables_are_answered_and_the_program_goes_on(tmp_path: Path) -> None:
    ended = copilot("practice", "--list", "--data-dir", tmp_path, FLASK_SOCKET_URL="http://localhost:1")
    assert ended.returncode == 0, ended.stderr
    (line,) = ended.stderr.splitlines()
    assert line.startswith("copilot-desktop: FLASK_SOCKET_URL is not needed")


def test_check_says_what_a_real_call_still_needs(tmp_path: Path) -> None:
    ended = copilot("check", "--data-dir", tmp_path)
    assert ended.returncode == 1, ended.stderr
    assert "TWILIO_AUTH_TOKEN" in ended.stdout
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="there is always a display")
def test_without_a_display_a_practice_call_begins_in_the_terminal(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "copilot_desktop", "--data-dir", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=_environment(NO_DISPLAY),
    ) as process:
        assert process.stdout is not None
        said = ""
        while "PRACTICE" not in said:
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            said += line
        process.terminate()
        errors = process.communicate(timeout=30)[1]
    assert errors.splitlines()[0].startswith("There is no display here")
    assert said.startswith("Practice call: ")
