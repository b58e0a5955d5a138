"""Tables as text: each row a sentence that names its columns, "Item: Brisa, Price: $89.00"."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.etree.ElementTree import ParseError

from copilot_desktop.knowledge.documents import Block
from copilot_desktop.knowledge.reading import ReadFault, Unreadable, see_to_package

MAX_ROWS = 20_000
"""Of each sheet; what follows makes the file too big."""
MAX_COLUMNS = 60

_LONGEST_HEADER = 40
_SNIFFED_LETTERS = 20_000
_CURRENCIES = "$€£"


def blocks_of_workbook(data: bytes) -> list[Block]:
    """Return the blocks of an .xlsx file, each sheet under its name. Formulas give what they gave last.

    Raises:
        Unreadable: it has a password, is damaged, is no such file, or has too many rows.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    package = see_to_package(data)
    try:
        book = openpyxl.load_workbook(package, read_only=True, data_only=True, keep_links=False)
        return [block for sheet in book.worksheets for block in _sheet_blocks(sheet)]
    except (InvalidFileException, KeyError, ValueError, TypeError, zipfile.BadZipFile, ParseError):
        # What the library raises for files whose parts are missing, cut off, or no XML.
        raise Unreadable(ReadFault.DAMAGED) from None


def blocks_of_csv(text: str) -> list[Block]:
    """Return the blocks of comma-, semicolon- or tab-separated text.

    Raises:
        Unreadable: it is no table, or has too many rows.
    """
    try:
        dialect: Any = csv.Sniffer().sniff(text[:_SNIFFED_LETTERS], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        return list(row_blocks(_few(csv.reader(io.StringIO(text, newline=""), dialect))))
    except csv.Error:
        raise Unreadable(ReadFault.DAMAGED) from None


def row_blocks(rows: Iterable[Sequence[str]]) -> Iterator[Block]:
    """Return a block for each row. The first row with more than one cell names the columns, if it can."""
    headers: list[str] | None = None
    for row in rows:
        cells = [" ".join(cell.split()) for cell in row[:MAX_COLUMNS]]
        filled = [cell for cell in cells if cell]
        if not filled:
            continue
        if headers is None and len(filled) > 1:
            headers = cells if _are_headers(filled) else []
            if headers:
                continue
        yield Block(_row_words(cells, headers or []))


def _row_words(cells: list[str], headers: list[str]) -> str:
    if not headers:
        filled = [cell for cell in cells if cell]
        return ": ".join(filter(None, [filled[0], ", ".join(filled[1:])]))
    pairs = itertools.zip_longest(headers, cells, fillvalue="")
    return ", ".join(f"{header}: {cell}" if header else cell for header, cell in pairs if cell)


def _are_headers(filled: list[str]) -> bool:
    return len(set(filled)) == len(filled) and all(
        len(cell) <= _LONGEST_HEADER and not any(letter.isdigit() for letter in cell) for cell in filled
    )


def _few(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    for number, row in enumerate(rows):
        if number >= MAX_ROWS:
            raise Unreadable(ReadFault.TOO_BIG)
        yield row


def _sheet_blocks(sheet: Any) -> Iterator[Block]:
    yield Block(str(sheet.title), is_heading=True)
    # Some programs write that a sheet has a million rows: what it says of itself is not believed.
    sheet.reset_dimensions()
    rows = ([_cell_words(cell) for cell in row[:MAX_COLUMNS]] for row in sheet.iter_rows())
    yield from row_blocks(_few(rows))


def _cell_words(cell: Any) -> str:
    """Return a cell as it is shown, as far as it matters when it is spoken."""
    value, shown_as = cell.value, str(getattr(cell, "number_format", "") or "")
    if value is None:
        return ""
    if value is True or value is False:
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return str(value)
    if isinstance(value, int | float):
        return _number_words(value, shown_as)
    return str(value)


def _number_words(value: float, shown_as: str) -> str:
    currency = next((sign for sign in _CURRENCIES if sign in shown_as), "")
    if currency:
        return f"{currency}{value:.2f}"
    if "%" in shown_as:
        return f"{value * 100:g} %"
    if "0.00" in shown_as:
        return f"{value:.2f}"
    return str(int(value)) if float(value).is_integer() else f"{value:.10g}"
