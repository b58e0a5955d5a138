"""Which files there are to read in the owner's folders, and whether they have changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from copilot_desktop.knowledge.index_file import Stamp
from copilot_desktop.knowledge.reading import KINDS, OTHER_KINDS

MAX_FILES = 5000
"""More than that is no knowledge base but somebody's whole disk."""

_BLOCK_BYTES = 1 << 20


def files_in(sources: Sequence[Path], left_out: Iterable[Path] = ()) -> dict[str, Stamp | None]:
    """Return the documents among `sources`, files and folders, and below; None: the file is not there.

    A file that is named itself is listed whatever its kind is. Hidden files, and those that programs leave
    beside a file that is open in them, are not. Blocks.
    """
    without = {str(path) for path in left_out}
    found: dict[str, Stamp | None] = {}
    for source in sources:
        for path in _below(source) if source.is_dir() else (source,):
            if len(found) >= MAX_FILES:
                return found
            if str(path) not in without:
                found[str(path)] = stamp_of(path)
    return found


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of a file; None: there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return Stamp(status.st_size, status.st_mtime_ns)


def fingerprint(path: Path) -> bytes:
    """Return the SHA-256 of a file's bytes. Blocks. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.digest()


def _below(folder: Path) -> Iterator[Path]:
    """Yield the documents in `folder` and below, in order. Links to folders are not followed."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(where, name)
            is_document = path.suffix.lower() in (*KINDS, *OTHER_KINDS)
            # A pipe or a device with a document's name would be waited on for ever.
            if is_document and not name.startswith((".", "~$")) and path.is_file():
                yield path
