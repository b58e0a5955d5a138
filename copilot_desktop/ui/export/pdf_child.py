"""Prints pages as PDF in a process of its own: laying out an hour of talk would hold the window up.

Standard input: JSON lines `{"html", "images": {name: SVG}, "paper", "path"}`; its end ends us. Standard
output: a JSON line for each, `{"done": true}` or `{"fault"}`. Started with `-m`, or as the frozen program's
`--printing-child`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

_NICENESS = 5
"""Calls come first."""


def main() -> int:
    """Answer until the input ends."""
    logging.disable(logging.CRITICAL)
    # Nobody else's word gets between our answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the end
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.nice(_NICENESS)
    application = _application()
    for line in sys.stdin.buffer:
        print(json.dumps(_answer(json.loads(line))), file=answers, flush=True)
    del application
    return 0


def _application() -> Any:
    """Return what Qt needs to lay out text; no window, no sign in the dock."""
    if sys.platform.startswith("linux"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_MAC_DISABLE_FOREGROUND_APPLICATION_TRANSFORM"] = "1"
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication(["copilot-desktop"])


def _answer(job: dict[str, Any]) -> dict[str, object]:
    from copilot_desktop.report.choice import Paper
    from copilot_desktop.ui.export.pdf import print_pdf

    images = {name: text.encode() for name, text in job["images"].items()}
    try:
        print_pdf(job["html"], Path(job["path"]), images=images, paper=Paper(job["paper"]))
    except OSError as error:
        return {"fault": error.strerror or "the disk refused it"}
    except MemoryError:
        return {"fault": "it is too long for this computer's memory"}
    return {"done": True}


if __name__ == "__main__":
    sys.exit(main())
