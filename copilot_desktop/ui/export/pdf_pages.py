"""Where one long page is cut into sheets: never through a line, after a heading or within a row that fits."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtGui import QTextBlock, QTextDocument, QTextFrame, QTextTable

_KEPT_PX = 29
"""So much stays with the heading above it: two lines."""
_LEAST_FILLED = 0.4
"""Of a sheet; rather than leave more of it empty, a long row is divided."""
_SHORT_LINES = 12
"""A paragraph of so many lines is not divided."""


class Heading(NamedTuple):
    """For the outline: `level` from 1, `top` from the top of its sheet in the document's dots."""

    level: int
    text: str
    sheet: int
    top: float


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands on one sheet if it can, in the order of reading."""

    top: float
    is_heading: bool = False
    is_blank: bool = False
    is_line: bool = False
    """Within a paragraph."""
    is_last: bool = False
    """The last row of a table that has others: it does not go on by itself."""


class Sheets:
    """The cuts through `document`, which is laid out as one page without end; sheets hold `height` dots.

    `dots`: how many of them a pixel of the page's style has.
    """

    def __init__(self, document: QTextDocument, height: float, dots: float) -> None:
        self._document, self._height = document, height
        self._kept = _KEPT_PX * dots
        self._end = document.documentLayout().documentSize().height()
        self._pieces = sorted(_pieces(document, dots), key=lambda piece: piece.top)
        self.tops = self._cut()
        """Where each sheet begins."""
        starts = {piece.top for piece in self._pieces if not piece.is_line}
        self._inside = {sheet for sheet, top in enumerate(self.tops) if sheet and top not in starts}
        """Sheets that begin within a paragraph."""

    def bottom(self, sheet: int) -> float:
        """Return where the sheet ends; what follows is on the next."""
        is_last = sheet + 1 == len(self.tops)
        return self._end if is_last else self.tops[sheet + 1]

    def painted_from(self, sheet: int) -> float:
        """Return from where on lines are to be drawn.

        Of a paragraph that goes on, Qt also draws the line before the first; nobody would see it, but it
        would be there twice for whoever copies the text. So there the first itself is given for that one.
        """
        top = self.tops[sheet]
        if sheet not in self._inside:
            return top
        bottoms = [bottom for bottom in self._bottoms(top, top + self._height) if bottom > top + 1]
        return min(bottoms, default=top)

    def headings(self) -> list[Heading]:
        """Return all headings, for the outline."""
        found = []
        layout, block = self._document.documentLayout(), self._document.begin()
        while block.isValid():
            if level := block.blockFormat().headingLevel():
                top = layout.blockBoundingRect(block).top()
                sheet = max(0, bisect_right(self.tops, top + 1) - 1)
                found.append(Heading(level, block.text().strip(), sheet, top - self.tops[sheet]))
            block = block.next()
        return found

    def _cut(self) -> list[float]:
        tops, places = [0.0], self._places()
        while self._end - tops[-1] > self._height:
            limit = tops[-1] + self._height
            fitting = places[bisect_right(places, tops[-1] + 1) : bisect_right(places, limit)]
            is_full = bool(fitting) and fitting[-1] - tops[-1] >= _LEAST_FILLED * self._height
            tops.append(fitting[-1] if is_full else self._between_lines(tops[-1], limit))
        return tops

    def _places(self) -> list[float]:
        """Return where a sheet may begin, from top to bottom."""
        places: list[float] = []
        is_below_heading, kept_to = False, 0.0
        for piece in self._pieces:
            if piece.is_blank:
                continue
            # A heading right below another goes with it, and so does the first that follows.
            if not is_below_heading and not piece.is_last and piece.top >= kept_to:
                places.append(piece.top)
            if is_below_heading and not piece.is_heading:
                kept_to = piece.top + self._kept
            is_below_heading = piece.is_heading
        return places

    def _between_lines(self, top: float, limit: float) -> float:
        """Return the lowest place within a piece that is higher than a sheet at which no line is cut."""
        bottom = max(self._bottoms(top, limit), default=top)
        return bottom if bottom > top + 1 else limit

    def _bottoms(self, top: float, limit: float) -> list[float]:
        """Return where lines end between the two places."""
        bottoms: list[float] = []
        block = self._document.begin()
        while block.isValid():
            rect = self._document.documentLayout().blockBoundingRect(block)
            if rect.bottom() > top and rect.top() < limit:
                bottoms += [each for each in _line_bottoms(block, rect.top()) if top < each <= limit]
            block = block.next()
        return bottoms


def _pieces(document: QTextDocument, dots: float) -> Iterator[_Piece]:
    block = document.begin()
    while block.isValid():
        table = _outer_table(document, block)
        if table is None:
            yield from _of_paragraph(document, block)
            block = block.next()
            continue
        yield from _of_table(document, table, dots)
        block = document.findBlock(table.lastPosition()).next()


def _of_paragraph(document: QTextDocument, block: QTextBlock) -> Iterator[_Piece]:
    top = document.documentLayout().blockBoundingRect(block).top()
    text = block.text().replace("\u00a0", " ").strip()
    yield _Piece(top, is_heading=block.blockFormat().headingLevel() > 0, is_blank=not text)
    lines = _line_bottoms(block, top)
    if len(lines) > _SHORT_LINES:
        # Two lines stay together at either end.
        yield from (_Piece(bottom, is_line=True) for bottom in lines[1:-2])


def _of_table(document: QTextDocument, table: QTextTable, dots: float) -> Iterator[_Piece]:
    layout, padding = document.documentLayout(), table.format().cellPadding() * dots
    for row in range(table.rows()):
        cells = [table.cellAt(row, column) for column in range(table.columns())]
        tops = [layout.blockBoundingRect(cell.firstCursorPosition().block()).top() for cell in cells]
        yield _Piece(min(tops) - padding, is_last=0 < row == table.rows() - 1)


def _outer_table(document: QTextDocument, block: QTextBlock) -> QTextTable | None:
    frame: QTextFrame | None = document.frameAt(block.position())
    outer: QTextTable | None = None
    while frame is not None and frame is not document.rootFrame():
        if isinstance(frame, QTextTable):
            outer = frame
        frame = frame.parentFrame()
    return outer


def _line_bottoms(block: QTextBlock, top: float) -> list[float]:
    lines = block.layout()
    return [top + lines.lineAt(n).y() + lines.lineAt(n).height() for n in range(lines.lineCount())]
