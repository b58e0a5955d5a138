"""CallReport → one HTML page, for browsers and, being made of tables, for Qt's printing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from copilot_desktop.config import resources
from copilot_desktop.report import judgement_words, mood_words, steps, wording
from copilot_desktop.report.choice import Paper
from copilot_desktop.report.gaps import gaps
from copilot_desktop.report.legal import legal_facts
from copilot_desktop.report.model import CallReport
from copilot_desktop.report.page_facts import figures, pairs
from copilot_desktop.report.page_judged import judged
from copilot_desktop.report.page_rows import rows
from copilot_desktop.report.timeline import timeline_svg, timeline_words

if TYPE_CHECKING:
    from markupsafe import Markup

TIMELINE_IMAGE = "timeline.svg"
"""The picture's name in the page for print; whoever prints hands over `timeline_svg(report)` by it."""

SOUND_MARK = "@@the-sound@@"
"""Stands where the recording goes, as base64; once in a page with sound, never in one without."""


def to_html(
    report: CallReport,
    *,
    for_print: bool = False,
    has_sound: bool = False,
    paper: Paper = Paper.A4,
    zone: tzinfo | None = None,
    folder: Path | None = None,
) -> str:
    """Return the whole page as one self-contained text. Blocks for some milliseconds: off the loop.

    `for_print` fits it to QTextDocument: the picture is then asked for by the name `TIMELINE_IMAGE`.
    `has_sound`: with a player, and times that play; whoever writes the page puts the sound at `SOUND_MARK`.
    `paper` is what a browser prints on. Times are shown in `zone`, by default this computer's. `folder` holds
    `page.html`, its styles and its script.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    place = folder or resources() / "report"
    environment = Environment(
        loader=FileSystemLoader(place),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = (place / "player.js").read_text(encoding="utf-8") if has_sound else ""
    return environment.get_template("page.html").render(
        report=report,
        title="Practice call" if report.is_practice else "Call report",
        caller=wording.phone(report.caller),
        line=wording.phone(report.line) if report.line else "",
        when=_when(report, zone),
        outcome=wording.outcome(report),
        rang="" if report.conversation else f" after {wording.duration(report.duration_ms)}",
        handled_by=wording.handled_by(report),
        figures=figures(report),
        group_pairs=pairs(report),
        judged=judged(report, zone),
        mood=mood_words.mood_words(report.mood),
        legal=legal_facts(report),
        steps=steps,
        gaps=gaps(report),
        definitions=[m for m in report.measures if m.value is not None] if report.conversation else [],
        rows=rows(report),
        timeline=TIMELINE_IMAGE if for_print else _data_uri(timeline_svg(report)),
        timeline_words=timeline_words(report),
        for_print=for_print,
        opinion=judgement_words.OPINION,
        paper=paper.value,
        policy=_policy(script),
        script=_unescaped(script),
        sound=SOUND_MARK if has_sound else "",
        play=_play(report, has_sound),
    )


def _policy(script: str) -> str:
    """What a browser may load: nothing from anywhere; of scripts only ours, by its digest."""
    rules = ["default-src 'none'", "style-src 'unsafe-inline'", "img-src data:"]
    if script:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        rules += ["media-src data:", f"script-src 'sha256-{digest}'"]
    return "; ".join(rules)


def _unescaped(text: str) -> Markup:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - our own file


def _play(report: CallReport, has_sound: bool) -> Callable[[int | None], str]:
    """Return what says where in the recording a moment of the call is heard, in seconds; empty: nowhere."""
    recorded = report.recorded

    def place(at_ms: int | None) -> str:
        if not has_sound or recorded is None or at_ms is None or at_ms < recorded.begins_ms:
            return ""
        return f"{recorded.recording_ms(at_ms) / 1000:.2f}"

    return place


def _when(report: CallReport, zone: tzinfo | None) -> str:
    if report.started_at is None:
        return "time unknown"
    start = wording.local(report.started_at, zone)
    return f"{wording.date(start)}, {start:%H:%M}"


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
