"""A Word file's text: headings, paragraphs, and tables row by row."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

from copilot_desktop.knowledge.documents import Block
from copilot_desktop.knowledge.reading import ReadFault, Unreadable, see_to_package
from copilot_desktop.knowledge.sheet_text import row_blocks


def blocks_of(data: bytes) -> list[Block]:
    """Return the blocks of a .docx file. Text boxes, footnotes and changes struck out are left out.

    Raises:
        Unreadable: it has a password, is damaged, or is no such file.
    """
    package = see_to_package(data)
    try:
        document = docx.Document(package)
        return list(_blocks(document.iter_inner_content()))
    except (PackageNotFoundError, KeyError, ValueError, AttributeError, zipfile.BadZipFile, etree.LxmlError):
        # What the library raises for files whose parts are missing, cut off, or no XML.
        raise Unreadable(ReadFault.DAMAGED) from None


def _blocks(content: Iterator[Paragraph | Table]) -> Iterator[Block]:
    for part in content:
        if isinstance(part, Table):
            yield from row_blocks([[cell.text for cell in row.cells] for row in part.rows])
        elif text := part.text.strip():
            name = (part.style.name or "") if part.style is not None else ""
            yield Block(text, is_heading=name.startswith(("Heading", "Title")))
