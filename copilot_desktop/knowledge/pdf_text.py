"""A PDF file's text: page by page, with headings where lines are set larger than the rest."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, PyPdfError

from copilot_desktop.knowledge.documents import Block
from copilot_desktop.knowledge.reading import MAX_LETTERS, ReadFault, Unreadable

MAX_PAGES = 3000

_LARGER = 1.12
"""How much larger than most of the text a heading is set."""
_LONGEST_HEADING_WORDS = 14
_LEAST_PAGES_FOR_RUNNING = 3
_RUNNING_SHARE = 0.6
"""A line that stands at the edge of so many pages is a running head or foot."""
_PAGE_NUMBER = re.compile(
    r"^\W*(?:page|seite|p\.)?\W*\d{1,4}(?:\s*(?:/|of|von)\s*\d{1,4})?\W*$", re.IGNORECASE
)
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u00a0": " "}
)
"""Two letters in one: looked for, and read out, they are two."""
_LEADER = re.compile(r"(?:\. ?){5,}\s*\w*$")
"""A line of a table of contents says where something is said, and not what."""
_HYPHEN = re.compile(r"(\w)[-\u00ad]$")


@dataclass(slots=True)
class _Line:
    text: str
    size: float


def blocks_of(data: bytes) -> tuple[list[Block], int]:
    """Return the blocks, and how many pages have no text but pictures.

    Raises:
        Unreadable: it has a password, is damaged, has no text, or too many pages.
    """
    # It says a lot about damaged files, with words from inside them.
    logging.getLogger("pypdf").disabled = True
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable(ReadFault.PASSWORD)
        count = len(reader.pages)
        if count > MAX_PAGES:
            raise Unreadable(ReadFault.TOO_BIG)
        pages = [_lines(reader.pages[number]) for number in range(count)]
        pictures = sum(1 for number, lines in enumerate(pages) if not lines and _draws(reader.pages[number]))
    except (Unreadable, MemoryError, RecursionError):
        raise
    except DependencyError:
        raise Unreadable(ReadFault.PASSWORD) from None
    except (
        PyPdfError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        ArithmeticError,
        OSError,
    ):
        # What the library raises somewhere inside for objects that are not what they should be.
        raise Unreadable(ReadFault.DAMAGED) from None
    if not any(pages):
        raise Unreadable(ReadFault.PICTURES if pictures else ReadFault.EMPTY)
    return list(_blocks(_without_running(pages))), pictures


def _lines(page: PageObject) -> list[_Line]:
    """Return the lines of a page with text, each with the size of its largest letters."""
    sizes: list[tuple[str, float]] = []

    def seen(text: str, matrix: list[float], text_matrix: list[float], _font: Any, size: float) -> None:
        if text.strip():
            scale = abs(text_matrix[3] or text_matrix[1] or 1.0) * abs(matrix[3] or matrix[1] or 1.0)
            sizes.extend((part.strip(), size * scale) for part in text.splitlines() if part.strip())

    text = page.extract_text(visitor_text=seen)
    if len(text) > MAX_LETTERS:
        raise Unreadable(ReadFault.TOO_BIG)
    by_text: dict[str, float] = {}
    for part, size in sizes:
        by_text[part] = max(size, by_text.get(part, 0.0))
    found = []
    for line in text.splitlines():
        stripped = " ".join(line.translate(_LIGATURES).split())
        if stripped and not _LEADER.search(stripped):
            found.append(_Line(stripped, by_text.get(line.strip(), 0.0)))
    return found


def _draws(page: PageObject) -> bool:
    """Return whether anything is on the page; pictures, for it has no text."""
    resources = page.get("/Resources")
    parts = resources.get_object().get("/XObject") if resources is not None else None
    return bool(parts.get_object()) if parts is not None else False


def _without_running(pages: list[list[_Line]]) -> list[list[_Line]]:
    """Return the pages without page numbers and lines that stand at the edge of most of them."""
    edges = Counter(
        line.text for lines in pages for line in {id(x): x for x in lines[:2] + lines[-2:]}.values()
    )
    least = max(_LEAST_PAGES_FOR_RUNNING, len(pages) * _RUNNING_SHARE)
    running = {text for text, count in edges.items() if count >= least}
    return [
        [
            line
            for number, line in enumerate(lines)
            if line.text not in running
            and not (number in (0, 1, len(lines) - 2, len(lines) - 1) and _PAGE_NUMBER.match(line.text))
        ]
        for lines in pages
    ]


def _blocks(pages: list[list[_Line]]) -> Iterator[Block]:
    body = _body_size(pages)
    for number, lines in enumerate(pages, start=1):
        paragraph = ""
        for line in lines:
            if body and line.size > body * _LARGER and len(line.text.split()) <= _LONGEST_HEADING_WORDS:
                if paragraph:
                    yield Block(paragraph, page=number)
                    paragraph = ""
                yield Block(line.text, is_heading=True, page=number)
            elif _HYPHEN.search(paragraph) and line.text[:1].islower():
                paragraph = paragraph[:-1] + line.text
            else:
                paragraph = f"{paragraph} {line.text}".strip()
        if paragraph:
            yield Block(paragraph, page=number)


def _body_size(pages: list[list[_Line]]) -> float:
    """Return the size that most letters are set in, 0 if none is known."""
    letters: Counter[float] = Counter()
    for line in (line for lines in pages for line in lines if line.size):
        letters[round(line.size, 1)] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 0.0
