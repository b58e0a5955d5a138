"""What each subcommand does without a window: practice, serve, check, export, calls."""

from __future__ import annotations

import argparse
import asyncio
import functools
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from copilot_desktop import checking, crashes, diagnostics, engine_plan
from copilot_desktop.app import MODES, Program
from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallEvent, CallId, CallRinging
from copilot_desktop.calls.states import Mode
from copilot_desktop.config import SecretKeeper, Settings
from copilot_desktop.export_command import BadArgument, export, make_folder, open_for_reading
from copilot_desktop.exporting import ExportFailed, export_report
from copilot_desktop.phone import LineUse
from copilot_desktop.report.choice import ExportChoice, ExportFormat
from copilot_desktop.report.wording import clock
from copilot_desktop.shared_history import run_copy
from copilot_desktop.terminal import Autopilot, CallPrinter, LinePrinter, report_lines
from copilot_desktop.ui.export.paper import default_paper

if TYPE_CHECKING:
    from copilot_desktop.calls.ports import CallSummary
    from copilot_desktop.practice.scenario import Scenario
    from copilot_desktop.report import CallReport
    from copilot_desktop.store import Store

log = logging.getLogger("copilot.app")

T = TypeVar("T")

DEFAULT_SCENARIO = "late-order"
_LISTED = 1000
_LINE_LIMIT_S = 60.0


# ── practice ──────────────────────────────────────────────────────────────────────────────────────


def run_practice_list(settings: Settings) -> int:
    """Print the practice scenarios."""
    for scenario in _scenarios().values():
        print(f"{scenario.name:<20} {scenario.title}. {scenario.goal}")
    return 0


def run_terminal_practice(
    settings: Settings,
    *,
    scenario: str | None = None,
    mode: str | None = None,
    export_dir: Path | None = None,
    json_file: Path | None = None,
) -> int:
    """Play one practice call in the terminal; the last line is the path of its report."""
    chosen = _scenario(scenario)
    mode = mode or settings.start_mode
    if chosen.agent is not None and MODES[mode] is Mode.AGENT_SPEAKS:
        raise BadArgument(f"in {chosen.name!r} the agent takes over later: choose --mode ai or approve.")
    return _run(_practise(settings, chosen, mode, export_dir, json_file))


async def _practise(
    settings: Settings, scenario: Scenario, mode: str, export_dir: Path | None, json_file: Path | None
) -> int:
    program = Program(settings)
    calls: list[CallId] = []
    program.feed.subscribe(lambda fact: calls.append(fact.call_id) if isinstance(fact, CallRinging) else None)
    program.feed.subscribe(CallPrinter(sys.stdout))
    program.feed.subscribe(Autopilot(program.desk, MODES[mode], types=scenario.agent is None))
    await program.start(0)
    try:
        print(f"Practice call: {scenario.title}. {_sent_to(settings)}", flush=True)
        failure = await _call(program, scenario)
        await program.desk.close()
        assert program.store is not None
        folder = export_dir or settings.data_dir / "reports"
        await program.judging.settled(calls[-1])
        report = await program.judging.report(await program.store.read(calls[-1]))
        print("", *report_lines(report), sep="\n")
        kinds = ("pdf", "html", "json") if export_dir else ("pdf",)
        written = await _export_all(program.store, report, folder, kinds, has_recording=bool(export_dir))
        if json_file is not None:
            _write_events(await program.store.read(calls[-1]), json_file)
        if failure:
            print(f"Failed: {failure}")
        print(f"Report: {written}")
    finally:
        await program.stop()
    return 1 if failure else 0


async def _call(program: Program, scenario: Scenario) -> str:
    """Let the caller call, and the scenario's agent play; return why that failed, empty if it did not."""
    if scenario.agent is None:
        await program.practise(scenario)
        return ""
    from copilot_desktop.practice.agent import ScriptedAgent

    agent = ScriptedAgent(scenario, scenario.agent, program.desk)
    playing = asyncio.create_task(agent.play(), name="practice agent")
    try:
        return agent.verdict(await program.practise(scenario, agent))
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


def _sent_to(settings: Settings) -> str:
    hosts = engine_plan.hosts(settings)
    if not hosts:
        return "Nothing leaves this computer."
    return f"Nobody real is calling; what is said goes to {' and '.join(hosts)}."


async def _export_all(
    store: Store, report: CallReport, folder: Path, kinds: tuple[str, ...], *, has_recording: bool
) -> Path:
    """Write the report in `kinds` and the recording; return the first file's path."""
    from copilot_desktop.report import exports

    make_folder(folder)
    paths = [folder / exports.file_name(report, kind) for kind in kinds]
    for kind, path in zip(kinds, paths, strict=True):
        choice = ExportChoice(
            format=ExportFormat(kind), with_recording=has_recording and kind == "pdf", paper=default_paper()
        )
        await export_report(report, choice, path, store.recording_path(report.call_id))
    return paths[0]


def _write_events(events: list[CallEvent], path: Path) -> None:
    from copilot_desktop.store.encoding import to_jsonable

    try:
        path.write_text(
            json.dumps([to_jsonable(event) for event in events], indent=1, ensure_ascii=False) + "\n",
            encoding="utf-8",
        )
    except OSError as error:
        raise ExportFailed(f"{path} could not be written ({error.strerror}).") from None


def _scenarios() -> dict[str, Scenario]:
    from copilot_desktop.config import resources
    from copilot_desktop.practice.scenario import load_scenarios

    return {scenario.name: scenario for scenario in load_scenarios(resources() / "practice")}


def _scenario(name: str | None) -> Scenario:
    scenarios = _scenarios()
    try:
        return scenarios[name or DEFAULT_SCENARIO]
    except KeyError:
        raise BadArgument(
            f"there is no scenario {name!r}; there are {', '.join(scenarios)}. See `practice --list`."
        ) from None


# ── serve ─────────────────────────────────────────────────────────────────────────────────────────


def run_serve(
    settings: Settings,
    keeper: SecretKeeper,
    *,
    port: int | None,
    answer: str,
    has_practice_lines: bool,
    has_line: bool,
) -> int:
    """Serve until SIGINT or SIGTERM; calls are answered as `answer` says.

    `has_line`: also see to tunnel and number, if the settings give an account.
    """
    line = LineUse.OPEN if has_line else LineUse.NONE
    program = functools.partial(Program, settings, keeper=keeper, unanswered=answer, line=line)
    return _run(_serve(program, settings.port if port is None else port, answer, has_practice_lines))


async def _serve(make: Callable[[], Program], port: int, answer: str, has_practice_lines: bool) -> int:
    stopping = _stop_signal()
    program = make()
    settings = program.settings
    program.feed.subscribe(LinePrinter(sys.stdout))
    if answer in MODES:
        program.feed.subscribe(Autopilot(program.desk, MODES[answer]))
    bound = await program.start(port)
    line = settings.data_dir / "practice-line.json"
    try:
        if settings.missing_for_calls:
            log.warning("real calls are refused: set %s", ", ".join(settings.missing_for_calls))
        if has_practice_lines:
            _write_practice_line(line, program)
            log.info("practice callers find their line in %s", line)
        print(f"listening on http://127.0.0.1:{bound}", flush=True)
        await stopping.wait()
        log.info("stopping")
    finally:
        if has_practice_lines:
            line.unlink(missing_ok=True)
        await program.leave_number()
        await program.stop()
    return 0


def _write_practice_line(path: Path, program: Program) -> None:
    """Only this user may read it: whoever holds the secret may call."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump({"base_url": program.practice_url, "secret": program.practice_secret}, file)


def _stop_signal() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set."""
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        if sys.platform == "win32":  # There signals come to the interpreter, not to the loop.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))
        else:
            loop.add_signal_handler(number, stopping.set)
    return stopping


# ── check ─────────────────────────────────────────────────────────────────────────────────────────


def run_check(settings: Settings, keeper: SecretKeeper, *, as_json: bool) -> int:
    """Print every self-check; 0 only if a real call could be taken."""
    checks = _run(_check(settings, keeper))
    if as_json:
        print(json.dumps(diagnostics.as_data(checks), indent=1))
    else:
        print("\n".join(diagnostics.as_lines(checks)))
    return 0 if diagnostics.can_take_calls(checks) else 1


async def _check(settings: Settings, keeper: SecretKeeper) -> list[diagnostics.Check]:
    """Start the whole program for a moment, look at everything, and change nothing at the phone company."""
    program = Program(settings, keeper=keeper, line=LineUse.LOOK)
    try:
        await program.start(settings.port)
    except CopilotError as error:
        remedy = "Stop the other copy first."
        return [diagnostics.Check("Start", is_ok=False, words=str(error), remedy=remedy)]
    try:
        await _line_settled(program)
        return await checking.check_everything(program, only_looks=True)
    finally:
        await program.stop()


async def _line_settled(program: Program) -> None:
    """Wait until the line is open, or has said what keeps it from that."""
    try:
        async with asyncio.timeout(_LINE_LIMIT_S):
            await program.line_begun.wait()
            assert program.phone is not None
            await program.phone.settled()
    except TimeoutError:
        log.warning("the phone line is still being set up")


# ── past calls ────────────────────────────────────────────────────────────────────────────────────


def run_export(settings: Settings, options: argparse.Namespace) -> int:
    """Write the reports of past calls; print the path of each file."""
    return _run(export(settings, options))


def run_history(settings: Settings, options: argparse.Namespace) -> int:
    """Copy the history to a shared one, or back."""

    async def copied() -> int:
        return await asyncio.to_thread(run_copy, settings, options)

    return _run(copied())


def run_calls(settings: Settings, *, search: str | None, as_json: bool) -> int:
    """List past calls, or those in which words were said."""
    return _run(_calls(settings, search, as_json))


async def _calls(settings: Settings, search: str | None, as_json: bool) -> int:
    store = await open_for_reading(settings)
    try:
        found = await (store.search(search, _LISTED) if search else store.recent(_LISTED))
    finally:
        store.close()
    if as_json:
        from copilot_desktop.store.encoding import to_jsonable

        print(json.dumps([to_jsonable(summary) for summary in found], indent=1, ensure_ascii=False))
        return 0
    for summary in found:
        print(_summary_line(summary))
    if not found:
        print("No calls found." if search else "No calls yet. Try `practice --terminal`.")
    return 0


def _summary_line(summary: CallSummary) -> str:
    when = summary.started_at.astimezone().strftime("%Y-%m-%d %H:%M")
    practice = "PRACTICE " if summary.is_practice else ""
    outcome = summary.outcome or "running"
    line = f"{summary.call_id}  {when}  {clock(summary.duration_ms):>6}  {outcome:<11}"
    return f"{line}  {practice}{summary.caller}  {summary.snippet}".rstrip()


def _run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on a plain asyncio loop."""
    with asyncio.Runner() as runner:
        runner.get_loop().set_exception_handler(crashes.report_loop_trouble)
        return runner.run(main)
