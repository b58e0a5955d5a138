"""Writes whole files: the new one stands complete, or the old one stands as it was. Blocks on the disk."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

_MOST_COPIES = 1000


def keep_copy(path: Path, content: bytes) -> Path:
    """Write `content` beside `path`, for this user alone; not again if it is there. Raises OSError."""
    for number in range(1, _MOST_COPIES):
        copy = path.with_name(f"{path.stem}.kept-{number}{path.suffix}")
        try:
            handle = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            with suppress(OSError):
                if copy.read_bytes() == content:
                    return copy
            continue
        with open(handle, "wb") as file:
            _write_through(file.fileno(), content)
        return copy
    raise OSError(0, "too many kept copies")


def replace(path: Path, content: bytes) -> None:
    """Put `content` in the place of the file at once, for this user alone.

    Raises:
        OSError: the old file is left as it was.
    """
    handle, temporary = mkstemp(prefix=".settings-", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            _write_through(file.fileno(), content)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    # The new name must outlast a power cut too. Where folders cannot be synced, it stands all the same.
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _write_through(handle: int, content: bytes) -> None:
    while content:
        content = content[os.write(handle, content) :]
    os.fsync(handle)
