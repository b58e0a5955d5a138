"""ExportChoice: what of a call leaves the program, and in which form."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from copilot_desktop.privacy.redaction import ALL_KINDS, Hidden


class ExportFormat(StrEnum):
    """Kinds of files; the value is the end of the file's name."""

    PDF = "pdf"
    HTML = "html"
    JSON = "json"
    CSV = "csv"
    TXT = "txt"


class Paper(StrEnum):
    """Sheet sizes."""

    A4 = "A4"
    LETTER = "Letter"


WITH_RECORDING = frozenset({ExportFormat.PDF, ExportFormat.HTML, ExportFormat.JSON, ExportFormat.TXT})
"""HTML takes the sound into itself, the others have a WAV beside them; a table of facts has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportChoice:
    """`shows_names`: people and phone numbers as they are. `is_redacted`: what `hides` says is hidden in the
    words. `paper` is for PDF and for printing the HTML.
    """

    format: ExportFormat = ExportFormat.PDF
    shows_names: bool = True
    is_redacted: bool = True
    hides: frozenset[Hidden] = ALL_KINDS
    with_recording: bool = False
    paper: Paper = Paper.A4

    @property
    def has_sound(self) -> bool:
        """Whether the recording goes along. Voices say names, so never where these are hidden."""
        return self.with_recording and self.shows_names and self.format in WITH_RECORDING
