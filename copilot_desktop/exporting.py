"""Writes a report to disk as PDF, HTML, JSON, CSV or TXT, for both front ends."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copilot_desktop.calls.errors import CopilotError

if TYPE_CHECKING:
    from copilot_desktop.report import CallReport

FORMATS = ("pdf", "html", "json", "csv", "txt")


class ExportFailed(CopilotError):
    """A file could not be written. The text names it and says what to do."""


async def export_report(report: CallReport, kind: str, path: Path) -> None:
    """Write `report` to `path` as one of `FORMATS`, off the loop; a file that was there is replaced whole.

    Raises:
        ExportFailed: the place cannot be written.
    """
    if kind == "pdf":
        prepare_fonts()
    try:
        await asyncio.to_thread(_write, report, kind, path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ExportFailed(f"{path} could not be written ({reason}). Choose another place.") from None


def _write(report: CallReport, kind: str, path: Path) -> None:
    from copilot_desktop.report import exports, page
    from copilot_desktop.report.timeline import timeline_svg

    if kind == "pdf":
        from copilot_desktop.ui.pdf import write_pdf

        images = {page.TIMELINE_IMAGE: timeline_svg(report).encode()}
        write_pdf(page.to_html(report, for_print=True), path, images=images)
        return
    makers: dict[str, Callable[[CallReport], str]] = {
        "html": page.to_html,
        "json": exports.to_json,
        "csv": exports.to_csv,
        "txt": exports.to_txt,
    }
    text = makers[kind](report)
    partial = path.with_name(f".{path.name}.part")
    # Excel reads CSV as UTF-8 only with the mark in front.
    partial.write_text(text, encoding="utf-8-sig" if kind == "csv" else "utf-8", newline="")
    partial.replace(path)


_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
_application: list[Any] = []


def prepare_fonts() -> None:
    """Make sure that Qt can lay out text, also without a window. On the main thread only."""
    from PySide6.QtGui import QGuiApplication

    if QGuiApplication.instance() is None:
        if sys.platform.startswith("linux") and not any(map(os.environ.get, _DISPLAYS)):
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
        # Qt forgets an application that nobody holds.
        _application.append(QGuiApplication(["copilot-desktop"]))
