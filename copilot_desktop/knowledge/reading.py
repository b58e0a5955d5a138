"""Reads one document of the owner's, of whatever kind: sections out, or the reason why there are none.

Foreign files: nothing here is called in the program's own process but for the examples that came with it.
See `careful_reader`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.knowledge import documents
from copilot_desktop.knowledge.documents import Section

MAX_FILE_BYTES = 50_000_000
MAX_UNPACKED_BYTES = 300_000_000
"""Of a Word or Excel file, which is a ZIP file: the sum of what it says it holds."""
MAX_LETTERS = 5_000_000
"""Of a document's text: about 2,000 pages, minutes of embedding."""

_OFFICE_BEFORE_2007 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCIPHERED = "EncryptedPackage".encode("utf-16-le")
"""Word and Excel files with a password are put into a file of the old kind, in a part of this name."""


class ReadFault(StrEnum):
    """Why a document could not be read."""

    PASSWORD = "password"
    PICTURES = "pictures"
    """A scan: pages of pictures without text."""
    DAMAGED = "damaged"
    TOO_BIG = "too_big"
    TOO_SLOW = "too_slow"
    UNKNOWN_KIND = "unknown_kind"
    ENCODING = "encoding"
    EMPTY = "empty"
    GONE = "gone"
    REFUSED = "refused"
    """The system does not let us."""


class Unreadable(CopilotError):
    """A document could not be read. The message names the reason alone, neither file nor words of it."""

    def __init__(self, fault: ReadFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says. `pictures` counts its pages that had no text, only pictures."""

    sections: tuple[Section, ...]
    pictures: int = 0


def read(path: Path) -> Reading:
    """Return what the document at `path` says. Blocks, maybe for long: see `careful_reader`.

    Raises:
        Unreadable: it cannot be read, or says nothing.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise Unreadable(ReadFault.UNKNOWN_KIND)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise Unreadable(ReadFault.TOO_BIG)
        found = reader(title_of(path), path.read_bytes())
    except FileNotFoundError:
        raise Unreadable(ReadFault.GONE) from None
    except OSError:
        raise Unreadable(ReadFault.REFUSED) from None
    except (MemoryError, RecursionError):
        raise Unreadable(ReadFault.TOO_BIG) from None
    if sum(len(section.text) for section in found.sections) > MAX_LETTERS:
        raise Unreadable(ReadFault.TOO_BIG)
    if not found.sections:
        raise Unreadable(ReadFault.EMPTY)
    return found


def title_of(path: Path) -> str:
    """Return the file's name as a title: "price-list_2026.xlsx" is "Price list 2026"."""
    words = " ".join(path.stem.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]


def text_of(data: bytes) -> str:
    """Return `data` as text: UTF-8, UTF-16 with its mark, or as Windows wrote it in the West.

    Raises:
        Unreadable: it is none of these.
    """
    is_marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if is_marked else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(letter < " " and letter not in "\t\n\r\f\v" for letter in text):
            return text
    raise Unreadable(ReadFault.ENCODING)


def see_to_package(data: bytes) -> io.BytesIO:
    """Return a Word or Excel file to be opened, once it is seen that it can be and will not burst.

    Raises:
        Unreadable: it has a password, is of an older kind, is damaged, or holds far more than it should.
    """
    if data.startswith(_OFFICE_BEFORE_2007):
        raise Unreadable(ReadFault.PASSWORD if _ENCIPHERED in data else ReadFault.UNKNOWN_KIND)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            unpacked = sum(part.file_size for part in package.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Unreadable(ReadFault.DAMAGED) from None
    if unpacked > MAX_UNPACKED_BYTES:
        raise Unreadable(ReadFault.TOO_BIG)
    return io.BytesIO(data)


# The libraries are loaded by the kinds that need them.


def _markdown(title: str, data: bytes) -> Reading:
    return Reading(tuple(documents.parse(text_of(data), title)))


def _pdf(title: str, data: bytes) -> Reading:
    from copilot_desktop.knowledge import pdf_text

    blocks, pictures = pdf_text.blocks_of(data)
    return Reading(tuple(documents.cut(title, blocks)), pictures)


def _word(title: str, data: bytes) -> Reading:
    from copilot_desktop.knowledge import word_text

    return Reading(tuple(documents.cut(title, word_text.blocks_of(data))))


def _excel(title: str, data: bytes) -> Reading:
    from copilot_desktop.knowledge import sheet_text

    return Reading(tuple(documents.cut(title, sheet_text.blocks_of_workbook(data))))


def _csv(title: str, data: bytes) -> Reading:
    from copilot_desktop.knowledge import sheet_text

    return Reading(tuple(documents.cut(title, sheet_text.blocks_of_csv(text_of(data)))))


def _html(title: str, data: bytes) -> Reading:
    from copilot_desktop.knowledge import html_text

    own_title, blocks = html_text.blocks_of(data)
    return Reading(tuple(documents.cut(own_title or title, blocks)))


_READERS: dict[str, Callable[[str, bytes], Reading]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".txt": _markdown,
    ".pdf": _pdf,
    ".docx": _word,
    ".xlsx": _excel,
    ".xlsm": _excel,
    ".csv": _csv,
    ".html": _html,
    ".htm": _html,
}
KINDS = tuple(_READERS)
"""Endings of the files that can be read."""

OTHER_KINDS = (".doc", ".dot", ".xls", ".ppt", ".pptx", ".rtf", ".odt", ".ods", ".odp", ".pages", ".numbers")
"""Endings of documents that cannot: they are named as such. Other files in a folder are passed over."""
