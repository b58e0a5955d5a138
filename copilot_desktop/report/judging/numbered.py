"""The transcript as a judge sees it: numbered lines in a block that no spoken word can break out of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot_desktop.calls.events import Party
from copilot_desktop.report.model import ReportLine
from copilot_desktop.report.wording import clock

_NAMES = {Party.CALLER: "caller", Party.ASSISTANT: "AI", Party.AGENT: "agent"}


@dataclass(frozen=True, slots=True)
class NumberedLine:
    """One thing that was said; numbers begin with 1."""

    number: int
    at_ms: int
    end_ms: int
    party: Party
    text: str


def numbered(lines: Sequence[ReportLine]) -> tuple[NumberedLine, ...]:
    """Return what was heard, in order; what was cut off before anybody heard it is left out."""
    said = [line for line in lines if line.text.strip()]
    return tuple(
        NumberedLine(number, line.at_ms, line.end_ms, line.party, " ".join(line.text.split()))
        for number, line in enumerate(said, start=1)
    )


def block(title: str, lines: Iterator[str] | Sequence[str]) -> str:
    """Return `lines` between two marks that cannot stand in them, so that it is plain where they end."""
    text = "\n".join(lines)
    # Made of the text itself: nobody can say it on the phone, and the same call gives the same request.
    mark = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"===== {title} {mark} begins =====\n{text}\n===== {title} {mark} ends ====="


def transcript_block(lines: Sequence[NumberedLine]) -> str:
    """Return the transcript, one line a line: "[17] 2:31 caller: …"."""
    return block(
        "TRANSCRIPT",
        [f"[{line.number}] {clock(line.at_ms)} {_NAMES[line.party]}: {line.text}" for line in lines],
    )
