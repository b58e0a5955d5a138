"""What a call was like. In: the facts of one call. Out: a CallReport, and its page, timeline and exports.

Facts are measured; opinions are `judging/`'s, and stay apart from them. Pure, no clock, no I/O but reading
our own template, and the forms in `judging`. Imported by `ui`, `terminal`, `app`; imports calls and config.
"""

from copilot_desktop.report.building import build
from copilot_desktop.report.model import CallReport

__all__ = ["CallReport", "build"]
