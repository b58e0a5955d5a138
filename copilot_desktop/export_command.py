"""What `copilot-desktop export` does: chooses the calls, asks for what is wrong at once, writes the files."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallId
from copilot_desktop.config import Settings
from copilot_desktop.exporting import Exportable, ExportFailed, export_calls, hidden_in_exports
from copilot_desktop.report.choice import WITH_RECORDING, ExportChoice, ExportFormat, Paper
from copilot_desktop.shared_history import shared_history

if TYPE_CHECKING:
    from copilot_desktop.store import Store

_ALL = 1_000_000


class BadArgument(CopilotError):
    """A name on the command line that is not there, or two that exclude each other. The text says so."""


async def export(settings: Settings, options: argparse.Namespace) -> int:
    """Write the reports that `options` ask for, and print the path of each file. Returns the exit code.

    Raises:
        BadArgument: there is no such call, or the options contradict each other.
        ExportFailed: the place cannot be written.
        StoreError: the history cannot be read.
    """
    choice = replace(_choice(options), hides=hidden_in_exports(settings))
    store = await open_for_reading(settings)
    try:
        calls = await _calls(store, options)
        target = await asyncio.to_thread(_target, options.out, choice, len(calls))

        async def read(call: CallId) -> Exportable:
            return await _exportable(store, call, settings)

        if len(calls) == 1 and target.is_dir():
            target /= _usual_name(await read(calls[0]), choice)
        for path in await export_calls(calls, choice, target, read):
            print(path)
    finally:
        store.close()
    return 0


async def open_for_reading(settings: Settings) -> Store:
    """Return the history, which another program may have open. Raises StoreError."""
    from copilot_desktop.store import open_store

    def opened() -> Store:
        return open_store(settings.data_dir, read_only=True, shared=shared_history(settings))

    return await asyncio.to_thread(opened)


def make_folder(folder: Path) -> None:
    """Make `folder` with all above it. Raises ExportFailed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportFailed(f"{folder} cannot be made ({error.strerror}). Choose another folder.") from None


def _choice(options: argparse.Namespace) -> ExportChoice:
    from copilot_desktop.ui.export.paper import default_paper

    format = ExportFormat(options.format)
    if options.with_recording and options.hide_names:
        raise BadArgument("a recording says the names aloud: leave out --with-recording or --hide-names.")
    if options.with_recording and format not in WITH_RECORDING:
        formats = ", ".join(sorted(WITH_RECORDING))
        raise BadArgument(f"a {format} table has no sound: leave out --with-recording, or choose {formats}.")
    papers = {"a4": Paper.A4, "letter": Paper.LETTER}
    return ExportChoice(
        format=format,
        shows_names=not options.hide_names,
        is_redacted=not options.no_redaction,
        with_recording=options.with_recording,
        paper=papers[options.paper] if options.paper else default_paper(),
    )


async def _calls(store: Store, options: argparse.Namespace) -> list[CallId]:
    """Return the calls that are meant, oldest first. Raises BadArgument where there are none."""
    if options.call and options.call != "last":
        return [CallId(options.call)]
    newest = await store.recent(_ALL if options.since else options.last or 1)
    if options.since:
        start = _midnight(options.since)
        found = [summary for summary in newest if summary.started_at >= start]
        if newest and not found:
            raise BadArgument(f"there is no call since {options.since}; see `calls`.")
        newest = found
    if not newest:
        raise BadArgument("there is no call yet. Try `practice --terminal` first.")
    return [CallId(summary.call_id) for summary in reversed(newest)]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day).astimezone()


def _target(out: Path, choice: ExportChoice, count: int) -> Path:
    """Return where to write; several files need a folder, which is made if it is not there. Blocks."""
    if count == 1:
        return out
    if choice.format is ExportFormat.CSV:
        return out / "calls.csv" if out.is_dir() else out
    if out.is_file():
        raise BadArgument(f"{out} is a file: {count} calls need a folder.")
    make_folder(out)
    return out


def _usual_name(found: Exportable, choice: ExportChoice) -> str:
    from copilot_desktop.report import exports

    return exports.file_name(found.report, choice.format)


async def _exportable(store: Store, call: CallId, settings: Settings) -> Exportable:
    from copilot_desktop.judging import judged_report
    from copilot_desktop.listening import Listening
    from copilot_desktop.report.judging.marking import NOT_YET

    events = await store.read(call)
    if not events:
        raise BadArgument(f"there is no call {call!r}; see `calls`.")
    kept = await store.judgements(call)
    report = await asyncio.to_thread(judged_report, events, kept, settings, NOT_YET)
    listening = Listening(lambda: store.recordings, lambda: None)
    return Exportable(await listening.complete(report), store.recording_path(call))
