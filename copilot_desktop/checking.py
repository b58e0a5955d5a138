"""Checks a running program from top to bottom, for `copilot-desktop check` and for the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

from copilot_desktop import diagnostics, spending
from copilot_desktop.app import Program
from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.errors import CopilotError, EngineError
from copilot_desktop.calls.line import LineProblem, LineStatus, Step, StepState, StepView
from copilot_desktop.diagnostics import Check
from copilot_desktop.messages import engine_message, line_message, remedy_words

ENGINES_LIMIT_S = 60.0

_PART_NAMES: Mapping[EnginePart, str] = {
    EnginePart.HEARING: "Speech-to-text",
    EnginePart.WRITER: "AI for answers",
    EnginePart.VOICE: "AI voice",
    EnginePart.JUDGE: "AI for reports",
}
_STEP_NAMES: Mapping[Step, str] = {
    Step.HELPER: "Public address, helper",
    Step.CONNECTED: "Public address",
    Step.REACHABLE: "Reachable from outside",
    Step.NUMBER: "Phone number",
    Step.TEST_CALL: "A call has arrived",
}


async def check_everything(program: Program, *, only_looks: bool = False) -> list[Check]:
    """Return every check of `program`, which has been started; the slow ones wait for what is loading.

    `only_looks`: its line leaves the number as it is.
    """
    settings = program.settings
    return [
        *await asyncio.to_thread(_check_computer, program),
        diagnostics.check_account(settings.missing_for_calls),
        Check("Server", is_ok=True, words=f"listens on port {program.server.port if program.server else 0}"),
        *await _check_engines(program),
        *line_checks(program.line_status, only_looks=only_looks),
    ]


def line_checks(status: LineStatus, *, only_looks: bool) -> Iterator[Check]:
    """Yield a check for each step to an open line."""
    if not status.is_wanted:
        problem = line_message(LineProblem.NOT_SET_UP)
        yield Check("Phone line", is_ok=False, words=problem.text, remedy=_remedy(LineProblem.NOT_SET_UP))
        return
    for view in status.steps:
        yield _step_check(view, status, only_looks)


def _step_check(view: StepView, status: LineStatus, only_looks: bool) -> Check:
    is_needed = view.step is not Step.TEST_CALL
    name, is_ok = _STEP_NAMES[view.step], view.state is StepState.DONE
    if view.problem is None:
        if view.step is Step.NUMBER and is_ok:
            come = "will come here once the program runs" if only_looks else "come here"
            return Check(name, is_ok=True, words=f"calls to {status.number} {come}")
        words = view.detail or ("yes" if is_ok else "not yet" if is_needed else "none in this run")
        return Check(name, is_ok=is_ok, words=words, is_needed=is_needed)
    message = line_message(view.problem, number=status.number, tries=status.tries)
    words = f"{message.title}. {message.text}"
    return Check(name, is_ok=False, words=words, remedy=_remedy(view.problem), is_needed=is_needed)


def _remedy(problem: LineProblem) -> str:
    """Return the first remedy in words; every one of them is a button in the settings."""
    remedies = line_message(problem).remedies
    return f"{remedy_words(remedies[0])}: in the program's settings." if remedies else ""


def _check_computer(program: Program) -> list[Check]:
    data_dir = program.settings.data_dir
    return [
        diagnostics.check_python(),
        diagnostics.check_packages(),
        diagnostics.check_data_dir(data_dir),
        diagnostics.check_disk(data_dir),
        diagnostics.check_sound_library(),
        _check_form(program.settings.config_file.parent),
    ]


def _check_form(folder: Path) -> Check:
    from copilot_desktop.report.judging.forms import FormError, load_form

    name = "Quality form"
    try:
        form = load_form(folder)
    except FormError as error:
        remedy = "Put it right; until then the program's own form is used."
        return Check(name, is_ok=False, words=str(error), remedy=remedy, is_needed=False)
    return Check(name, is_ok=True, words=f"{form.title}, version {form.version}")


async def _check_engines(program: Program) -> list[Check]:
    name = "Speech engines"
    try:
        async with asyncio.timeout(ENGINES_LIMIT_S):
            await program.wait_for_engines()
    except CopilotError as error:
        remedy = "Install again with `python3 packaging/dev.py run`."
        return [Check(name, is_ok=False, words=str(error), remedy=remedy)]
    except TimeoutError:
        return [Check(name, is_ok=False, words="still loading", remedy="Wait a minute and check again.")]
    loaded = Check(name, is_ok=True, words="loaded; they work without the internet")
    return [loaded, *[await _check_part(program, part) for part in _PART_NAMES]]


async def _check_part(program: Program, part: EnginePart) -> Check:
    """Try the first choice of a part; calls go on without it, so it is not needed."""
    name, settings = _PART_NAMES[part], program.settings
    if part is EnginePart.JUDGE and program.engines.judge is None:
        return Check(name, is_ok=True, words="none, by choice: reports hold measured facts only")
    try:
        words = await program.engines.try_part(part, settings)
    except EngineError as error:
        message = engine_message(error.fault, error.engine)
        return Check(name, is_ok=False, words=f"{message.title}. {message.text}", is_needed=False)
    cost = await asyncio.to_thread(spending.words_for, settings, part)
    return Check(name, is_ok=True, words=f"{words} {cost[:1].upper()}{cost[1:]}.")
