"""Runs the benchmarks, prints one table, and writes it as JSON: `python -m tests.benchmarks [NAME…]`."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from tests.benchmarks.rows import Row, table

NAMES = (
    "start",
    "server",
    "flood",
    "overhead",
    "take_over",
    "transcript",
    "report",
    "history",
    "search",
    "practice",
    "voice",
    "shift",
)
LONG = ("endurance",)
"""Only when asked for by name."""
RESULT = Path(".benchmarks") / "latest.json"


def main(names: list[str]) -> int:
    """Run `names`, or all that are short; 1 if a figure is over its limit."""
    known = (*NAMES, *LONG)
    unknown = set(names) - set(known)
    if unknown:
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(known)}.")
        return 2
    rows: list[Row] = []
    for name in names or NAMES:
        print(f"… {name}", file=sys.stderr, flush=True)
        rows += asyncio.run(import_module(f"tests.benchmarks.bench_{name}").run())
    print(table(rows))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    return 0 if all(row.is_good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
