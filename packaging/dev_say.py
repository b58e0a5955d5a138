"""What dev.py says while it works, and how it gives up."""

from __future__ import annotations

import sys


class DevError(Exception):
    """The command cannot go on. The text is one readable line with a remedy."""

    def __init__(self, words: str, *, code: int = 1) -> None:
        super().__init__(words)
        self.code = code


def say(words: str) -> None:
    """Print one heading line, on stderr: stdout belongs to the command that is run."""
    print(f"── {words}", file=sys.stderr, flush=True)


def show_progress(words: str, *, is_milestone: bool) -> None:
    """Show how far a long step is: on a terminal in one changing line, elsewhere milestones only."""
    if sys.stderr.isatty():
        print(f"\r\033[K   {words[:100]}", end="", file=sys.stderr, flush=True)
    elif is_milestone:
        print(f"   {words}", file=sys.stderr, flush=True)


def end_progress() -> None:
    """Clear the changing line."""
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
