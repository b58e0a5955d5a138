"""Which paper lies in printers here, by the system's region."""

from __future__ import annotations

import os

from PySide6.QtCore import QLocale

from copilot_desktop.report.choice import Paper

_LETTER = frozenset(
    ("US", "CA", "MX", "PR", "PH", "CL", "CO", "CR", "DO", "GT", "HN", "NI", "PA", "SV", "VE", "BO", "BZ")
)
_SAID = ("LC_ALL", "LC_PAPER", "LANG")


def default_paper() -> Paper:
    """Return Letter in North America and where its paper is used, else A4. POSIX's own word comes first."""
    region = _said_region() or QLocale.territoryToCode(QLocale.system().territory())
    return Paper.LETTER if region in _LETTER else Paper.A4


def _said_region() -> str:
    """Return "US" of "en_US.UTF-8" in the first variable that is set; empty: nothing is said."""
    said = next(filter(None, map(os.environ.get, _SAID)), "")
    return said.partition(".")[0].partition("_")[2].partition("@")[0].upper()
