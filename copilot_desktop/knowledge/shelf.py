"""Shelf: which documents the owner has put there, kept in a file; and the library in step with it."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.knowledge.library import Library

log = logging.getLogger("copilot.knowledge")


class ShelfError(CopilotError):
    """The list of documents cannot be written. The message is fit to be shown."""


class Shelf:
    """Files and folders that were added, less those that were removed from an added folder.

    `listed_in` is the file that keeps them. As long as there is nothing of the owner's, the library reads the
    `examples`. Methods block for a small file; none reads documents: that is `library.load`.
    """

    def __init__(self, library: Library, examples: Path, listed_in: Path, folder: Path | None = None) -> None:
        self._library, self._examples, self._listed_in = library, examples, listed_in
        self._folder = folder
        self._added, self._left_out = _read(listed_in)
        self._tell_library()

    @property
    def has_only_examples(self) -> bool:
        """Whether nothing of the owner's is there."""
        return not self._added and self._folder is None

    def use_folder(self, folder: Path | None) -> None:
        """Take `folder`, of the settings, in besides what was added; None: no more."""
        self._folder = folder
        self._tell_library()

    def add(self, paths: Sequence[Path]) -> None:
        """Put files and folders on the shelf. Raises ShelfError."""
        fresh = [path.absolute() for path in paths]
        added = [*self._added, *(path for path in fresh if path not in self._added)]
        left_out = [path for path in self._left_out if not any(_holds(each, path) for each in fresh)]
        self._change(added, left_out)

    def remove(self, path: Path) -> None:
        """Take a file or an added folder off the shelf. The file itself stays. Raises ShelfError."""
        added = [each for each in self._added if each != path]
        sources = [*added, *([self._folder] if self._folder is not None else [])]
        is_in_folder = any(_holds(each, path) and each != path for each in sources)
        left_out = [*self._left_out, path] if is_in_folder and path not in self._left_out else self._left_out
        self._change(added, left_out)

    def _change(self, added: list[Path], left_out: list[Path]) -> None:
        text = json.dumps({"added": [*map(str, added)], "left_out": [*map(str, left_out)]}, indent=1)
        fresh = self._listed_in.with_name(f"{self._listed_in.name}.new")
        try:
            self._listed_in.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(text + "\n", encoding="utf-8")
            os.replace(fresh, self._listed_in)
        except OSError as error:
            raise ShelfError(f"The list of documents cannot be written: {error.strerror}.") from None
        self._added, self._left_out = added, left_out
        self._tell_library()

    def _tell_library(self) -> None:
        own = [*([self._folder] if self._folder is not None else []), *self._added]
        self._library.look_in(own or [self._examples], self._left_out)


def _holds(each: Path, path: Path) -> bool:
    return each == path or each in path.parents


def _read(path: Path) -> tuple[list[Path], list[Path]]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return [Path(each) for each in kept["added"]], [Path(each) for each in kept["left_out"]]
    except FileNotFoundError:
        return [], []
    except (OSError, ValueError, KeyError, TypeError):
        # Kept beside the new one: the paths in it can be read by a person.
        log.warning("the list of documents cannot be read; it begins empty")
        try:
            os.replace(path, path.with_name(f"{path.name}.damaged"))
        except OSError as error:
            log.warning("the damaged list of documents cannot be put aside: %s", error.strerror)
        return [], []
