"""Which playbooks there are: those that came with the program, and the owner's own."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from copilot_desktop.knowledge.playbook import Playbook, PlaybookError
from copilot_desktop.knowledge.playbook_reader import load_playbook

USUAL = "customer-service"
"""Used where the chosen one is not there or cannot be used."""


def playbooks_in(folders: Sequence[Path]) -> dict[str, Path]:
    """Return the Markdown files in `folders` by their names without ending; later folders win. Blocks."""
    found: dict[str, Path] = {}
    for folder in folders:
        with contextlib.suppress(OSError):
            found.update((path.stem, path) for path in sorted(folder.glob("*.md")) if path.is_file())
    return found


def title_of(path: Path) -> str:
    """Return a playbook's title; its name, if it has none or cannot be read. Blocks."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for line in path.read_text(encoding="utf-8-sig").splitlines():
            if line.startswith("# "):
                return line[2:].strip()
    return path.stem.replace("-", " ").capitalize()


def chosen(name: str, folders: Sequence[Path]) -> tuple[Path, Playbook, str]:
    """Return the playbook called `name` with its file, and why it is another one; empty: it is that one.

    The first of `folders` is the program's own, whose `USUAL` one stands in. Blocks.
    """
    found = playbooks_in(folders)
    problem = ""
    if path := found.get(name):
        try:
            return path, load_playbook(path), ""
        except PlaybookError as error:
            problem = str(error)
    else:
        problem = f"There is no playbook {name}."
    path = folders[0] / f"{USUAL}.md"
    return path, load_playbook(path), problem


def own_copy(name: str, folders: Sequence[Path]) -> Path:
    """Return the owner's file of a playbook; one of the program's own is copied for that. Blocks.

    The last of `folders` is the owner's.

    Raises:
        OSError: it cannot be copied.
    """
    path, _, _ = chosen(name, folders)
    own = folders[-1]
    if path.parent == own:
        return path
    fresh = own / f"my-{path.stem}.md"
    if not fresh.exists():
        own.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(path.read_bytes())
    return fresh
