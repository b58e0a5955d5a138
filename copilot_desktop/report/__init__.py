"""What a call was like. In: the facts of one call. Out: a CallReport, and its page, timeline and exports.

Measured, never judged here; pure, no clock, no I/O but reading our own template. Imported by `ui`, `terminal`
and `app`; imports calls and config.
"""

from copilot_desktop.report.building import build
from copilot_desktop.report.model import CallReport

__all__ = ["CallReport", "build"]
