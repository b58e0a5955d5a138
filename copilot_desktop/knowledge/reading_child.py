"""Reads foreign documents in a process of its own: what they do to it, they do not do to the program.

Standard input: JSON lines `{"path"}`; its end ends us. Standard output: a JSON line for each, `{"sections",
"pictures"}` or `{"fault"}`. Started with `-m`, or as the frozen program's `--reading-child`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from pathlib import Path

from copilot_desktop.knowledge import reading

MAX_MEMORY_BYTES = 2_000_000_000
"""Where the system can hold a process to it: on Linux it does."""

_NICENESS = 10
"""Calls come first."""


def main() -> int:
    """Answer until the input ends."""
    logging.disable(logging.CRITICAL)
    # Nobody else's word gets between our answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the end
    _limit_ourselves()
    for line in sys.stdin.buffer:
        print(json.dumps(_answer(json.loads(line)["path"])), file=answers, flush=True)
    return 0


def _answer(path: str) -> dict[str, object]:
    try:
        found = reading.read(Path(path))
    except reading.Unreadable as error:
        return {"fault": error.fault.value}
    except MemoryError:
        return {"fault": reading.ReadFault.TOO_BIG.value}
    except Exception:
        # A library that trips over a file in a way it does not tell of: the file is not as it should be.
        return {"fault": reading.ReadFault.DAMAGED.value}
    sections = [[s.title, s.heading, s.text, s.sentences, s.page] for s in found.sections]
    return {"sections": sections, "pictures": found.pictures}


def _limit_ourselves() -> None:
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        os.nice(_NICENESS)
    # We read; there is nothing for us to write.
    limits = {resource.RLIMIT_AS: MAX_MEMORY_BYTES, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}
    for what, most in limits.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    sys.exit(main())
