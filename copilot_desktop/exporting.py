"""Writes reports to disk as PDF, HTML, JSON, CSV or TXT, for both front ends; what shall be hidden is."""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallId
from copilot_desktop.report.choice import ExportChoice, ExportFormat

if TYPE_CHECKING:
    from copilot_desktop.config.settings import Settings
    from copilot_desktop.privacy.muting import Silence
    from copilot_desktop.privacy.redaction import Hidden
    from copilot_desktop.report import CallReport
    from copilot_desktop.ui.export.pdf_press import PdfPress

FORMATS = tuple(ExportFormat)
DEFAULT_REGION = "US"

_REASONS = {
    errno.EACCES: ("it may not be written", "Close it where it is open, or choose another place"),
    errno.EPERM: ("it may not be written", "Close it where it is open, or choose another place"),
    errno.EROFS: ("the disk is read-only", "Choose another place"),
    errno.ENOSPC: ("the disk is full", "Free some space, or choose another place"),
    errno.ENOENT: ("its folder is not there", "Make the folder, or choose another place"),
    errno.ENOTDIR: ("its folder is not a folder", "Choose another place"),
    errno.EISDIR: ("a folder has this name", "Choose another name"),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter name"),
}


class ExportFailed(CopilotError):
    """A file could not be written. The text names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Exportable:
    """One call, with all that can be known of it. `recording`: where its sound lies, if there is any."""

    report: CallReport
    recording: Path | None = None


Reading = Callable[[CallId], Awaitable[Exportable]]


async def export_report(
    report: CallReport, choice: ExportChoice, path: Path, recording: Path | None = None
) -> list[Path]:
    """Write one report to `path`, off the loop; return all that was written, with `recording` a WAV too.

    A file that was there is replaced whole. Cancelled, it leaves nothing.

    Raises:
        ExportFailed: the place cannot be written.
    """
    async with _Writer(choice) as writer:
        return await writer.write(Exportable(report, recording), path)


async def export_calls(
    calls: Sequence[CallId],
    choice: ExportChoice,
    target: Path,
    read: Reading,
    told: Callable[[int, int], None] = lambda done, all: None,
) -> list[Path]:
    """Write one call to the file `target`; many as CSV to it, else one by one into the folder `target`.

    `told` hears how many of how many are done, on the loop. Cancelled, or failing, it leaves what is whole.

    Raises:
        ExportFailed: the place cannot be written.
        CopilotError: what `read` raises.
    """
    if choice.format is ExportFormat.CSV:
        return [await _export_table(calls, choice, target, read, told)]
    written: list[Path] = []
    names: set[str] = set()
    async with _Writer(choice) as writer:
        for number, call in enumerate(calls):
            told(number, len(calls))
            found = await read(call)
            path = target if len(calls) == 1 else target / _name(found.report, choice, names)
            written += await writer.write(found, path)
    told(len(calls), len(calls))
    return written


def hidden_in_exports(settings: Settings) -> frozenset[Hidden]:
    """Return what the owner wants hidden in what leaves the program."""
    from copilot_desktop.privacy.redaction import Hidden

    return frozenset(map(Hidden, settings.hidden_in_exports))


def prepared(report: CallReport, choice: ExportChoice) -> CallReport:
    """Return `report` as it may leave the program. Blocks for some tens of milliseconds an hour of talk."""
    from copilot_desktop.report.hiding import with_texts, without_people

    if choice.is_redacted and choice.hides:
        from copilot_desktop.privacy.redaction import redact

        region = _region(report)
        report = with_texts(report, lambda text: redact(text, choice.hides, region=region).text)
    return report if choice.shows_names else without_people(report)


def silences(report: CallReport, shown: CallReport) -> list[Silence]:
    """Return where the recording must be silent: in the lines that `shown` has otherwise."""
    from copilot_desktop.audio.frame import SAMPLE_RATE_HZ
    from copilot_desktop.calls.events import Party
    from copilot_desktop.privacy.muting import silence

    if report.recorded is None:
        return []
    place = report.recorded.recording_ms
    changed = (old for old, new in zip(report.lines, shown.lines, strict=True) if new is not old)
    return [
        silence(
            place(line.at_ms),
            place(max(line.at_ms, line.end_ms)),
            SAMPLE_RATE_HZ,
            0 if line.party is Party.CALLER else 1,
        )
        for line in changed
    ]


async def _export_table(
    calls: Sequence[CallId],
    choice: ExportChoice,
    target: Path,
    read: Reading,
    told: Callable[[int, int], None],
) -> Path:
    from copilot_desktop.report import exports

    table = exports.Table()
    for number, call in enumerate(calls):
        told(number, len(calls))
        found = await read(call)
        table.add(await asyncio.to_thread(prepared, found.report, choice))
    with _explained(target):
        await asyncio.to_thread(_write_text, target, lambda: iter([table.text()]), "utf-8-sig")
    told(len(calls), len(calls))
    return target


def _name(report: CallReport, choice: ExportChoice, taken: set[str]) -> str:
    """Return a name in the folder; of calls that began in the same minute the later ones get a number."""
    from copilot_desktop.report import exports

    name = exports.file_name(report, choice.format)
    stem, number = name.removesuffix(f".{choice.format}"), 1
    while name in taken:
        number += 1
        name = f"{stem}_{number}.{choice.format}"
    taken.add(name)
    return name


class _Writer:
    """Writes reports one after another, each in a thread; a printing process serves for all of them."""

    def __init__(self, choice: ExportChoice) -> None:
        self._choice = choice
        self._press: PdfPress | None = None

    async def __aenter__(self) -> Self:
        if self._choice.format is ExportFormat.PDF:
            from copilot_desktop.ui.export.pdf_press import PdfPress

            self._press = PdfPress()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._press is not None:
            self._press.stop()
            await asyncio.to_thread(self._press.close)

    async def write(self, found: Exportable, path: Path) -> list[Path]:
        with _explained(path):
            return await asyncio.to_thread(self._write, found, path)

    def _write(self, found: Exportable, path: Path) -> list[Path]:
        report = prepared(found.report, self._choice)
        has_sound = self._choice.has_sound and found.recording is not None and found.recording.is_file()
        sound = found.recording if has_sound else None
        silent = silences(found.report, report) if sound is not None else []
        match self._choice.format:
            case ExportFormat.PDF:
                self._print(report, path)
            case ExportFormat.HTML:
                _write_page(report, self._choice, path, sound, silent)
                return [path]
            case _:
                _write_data(report, self._choice.format, path)
        if sound is None:
            return [path]
        beside = path.with_suffix(".wav")
        _write_sound(sound, beside, silent)
        return [path, beside]

    def _print(self, report: CallReport, path: Path) -> None:
        from copilot_desktop.report import page
        from copilot_desktop.report.timeline import timeline_svg

        assert self._press is not None
        html = page.to_html(report, for_print=True)
        images = {page.TIMELINE_IMAGE: timeline_svg(report)}
        self._press.print(html, path, images=images, paper=self._choice.paper)


def _write_data(report: CallReport, format: ExportFormat, path: Path) -> None:
    from copilot_desktop.report import exports

    makers: dict[ExportFormat, Callable[[CallReport], str]] = {
        ExportFormat.JSON: exports.to_json,
        ExportFormat.CSV: exports.to_csv,
        ExportFormat.TXT: exports.to_txt,
    }
    # Excel reads CSV as UTF-8 only with the mark in front.
    encoding = "utf-8-sig" if format is ExportFormat.CSV else "utf-8"
    _write_text(path, lambda: iter([makers[format](report)]), encoding)


def _write_page(
    report: CallReport,
    choice: ExportChoice,
    path: Path,
    sound: Path | None,
    silent: Sequence[Silence],
) -> None:
    from copilot_desktop.report import page
    from copilot_desktop.store.wav_copy import as_base64

    html = page.to_html(report, has_sound=sound is not None, paper=choice.paper)

    def parts() -> Iterator[str]:
        before, mark, after = html.partition(page.SOUND_MARK) if sound is not None else (html, "", "")
        yield before
        if sound is not None and mark:
            yield from as_base64(sound, silent)
        yield after

    _write_text(path, parts, "utf-8")


def _write_text(path: Path, parts: Callable[[], Iterator[str]], encoding: str) -> None:
    with _whole(path) as partial, partial.open("w", encoding=encoding, newline="") as file:
        for part in parts():
            file.write(part)


def _write_sound(source: Path, path: Path, silent: Sequence[Silence]) -> None:
    from copilot_desktop.store.wav_copy import copy_wav

    with _whole(path) as partial:
        partial.unlink(missing_ok=True)
        copy_wav(source, partial, silent)


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a place beside `path`; what is there at the end takes its name, what fails goes."""
    partial = path.with_name(f".{path.name[:60]}.part")
    try:
        yield partial
        partial.replace(path)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn the system's refusals into sentences that say what helps."""
    try:
        yield
    except OSError as error:
        known = _REASONS.get(error.errno or 0)
        what, remedy = known or (error.strerror or type(error).__name__, "Choose another place")
        raise ExportFailed(f"{path} could not be written: {what}. {remedy}.") from None


def _region(report: CallReport) -> str:
    """Return the country of our own number, where callers' numbers without a country code belong."""
    import phonenumbers

    with contextlib.suppress(phonenumbers.NumberParseException):
        parsed = phonenumbers.parse(report.line, None)
        return phonenumbers.region_code_for_number(parsed) or DEFAULT_REGION
    return DEFAULT_REGION
