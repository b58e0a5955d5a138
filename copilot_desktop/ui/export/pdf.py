"""print_pdf: an HTML page onto paper, with page numbers and drawings as lines, not as dots."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QMarginsF, QRect, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFont,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QPyTextObject,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)

from copilot_desktop.report.choice import Paper
from copilot_desktop.ui.export.pdf_pages import Heading, Sheets

_RESOLUTION_DPI = 600
_MARGIN_MM = 16.0
_FOOT_MM = 8.0
_DRAWING = QTextFormat.ObjectTypes.UserObject.value + 1
_DOTS = _RESOLUTION_DPI / 96.0
"""In a pixel of CSS."""
_EDGE = 0.15 * _RESOLUTION_DPI / 6
"""A small part of a line, in dots."""
_POINTS = 72.0 / _RESOLUTION_DPI
_LANGUAGE = "en"


class _Drawings(QPyTextObject):
    """Draws SVG pictures of a document at the printer's resolution."""

    def __init__(self, drawings: Mapping[str, bytes]) -> None:
        super().__init__()
        from PySide6.QtSvg import QSvgRenderer

        self._renderers = {name: QSvgRenderer(QByteArray(svg)) for name, svg in drawings.items()}

    def intrinsicSize(self, doc: QTextDocument, posInDocument: int, format: QTextFormat) -> QSizeF:  # noqa: N802, N803
        image = format.toImageFormat()
        default = self._renderers[image.name()].defaultSize()
        # Pictures count in CSS pixels, the layout in dots of the device.
        dots = _DOTS
        width = image.width() or default.width()
        height = image.height() or width * default.height() / max(1, default.width())
        room = doc.textWidth()
        scale = min(dots, room / width) if room > 0 else dots
        return QSizeF(width * scale, height * scale)

    def drawObject(  # noqa: N802
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        doc: QTextDocument,
        posInDocument: int,  # noqa: N803
        format: QTextFormat,
    ) -> None:
        self._renderers[format.toImageFormat().name()].render(painter, QRectF(rect))


def print_pdf(
    html: str, path: Path, *, images: Mapping[str, bytes] | None = None, paper: Paper = Paper.A4
) -> None:
    """Write `html` to `path` as PDF; the page's own title and headings become the document's.

    `images` are pictures by the name the page gives in `<img src>`; SVG stays vector. Blocks for a second an
    hour of talk and holds the interpreter meanwhile: see `pdf_press`. A QGuiApplication must exist.

    Raises:
        OSError: the file cannot be written.
    """
    writer = QPdfWriter(str(path))
    writer.setResolution(_RESOLUTION_DPI)
    writer.setPageSize(
        QPageSize(QPageSize.PageSizeId.A4 if paper is Paper.A4 else QPageSize.PageSizeId.Letter)
    )
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    writer.setTitle(_title_of(html))
    writer.setCreator("AI Call CoPilot")
    foot = _FOOT_MM / 25.4 * _RESOLUTION_DPI
    sheet = QSizeF(writer.width(), writer.height())
    body = QSizeF(sheet.width(), sheet.height() - foot)
    document, drawings = _document(html, writer, body.width(), dict(images or {}))
    sheets = Sheets(document, body.height(), _DOTS)
    painter = QPainter(writer)
    if not painter.isActive():
        raise OSError(f"{path.name} could not be written")
    try:
        _paint_sheets(document, sheets, writer, painter, sheet, body)
    finally:
        painter.end()
    del drawings  # The layout only borrows it.
    _finish(path, sheets.headings())


def _finish(path: Path, headings: Sequence[Heading]) -> None:
    """Add what Qt's writer cannot: the outline, the language, and that viewers show the title."""
    from pypdf import PdfWriter
    from pypdf.generic import (
        BooleanObject,
        DictionaryObject,
        Fit,
        IndirectObject,
        NameObject,
        TextStringObject,
    )

    pdf = PdfWriter(clone_from=path)
    parents: dict[int, IndirectObject] = {}
    margin = _MARGIN_MM / 25.4 * 72
    for heading in headings:
        page = pdf.pages[heading.sheet]
        top = float(page.mediabox.height) - margin - heading.top * _POINTS
        parent = next((parents[level] for level in range(heading.level - 1, 0, -1) if level in parents), None)
        item = pdf.add_outline_item(
            title=heading.text, page_number=heading.sheet, parent=parent, fit=Fit.xyz(left=0, top=top)
        )
        parents = {level: kept for level, kept in parents.items() if level < heading.level}
        parents[heading.level] = item
    root = pdf.root_object
    root[NameObject("/Lang")] = TextStringObject(_LANGUAGE)
    shown = DictionaryObject({NameObject("/DisplayDocTitle"): BooleanObject(True)})
    root[NameObject("/ViewerPreferences")] = shown
    with path.open("wb") as file:
        pdf.write(file)


def _document(
    html: str, writer: QPdfWriter, width: float, images: dict[str, bytes]
) -> tuple[QTextDocument, _Drawings]:
    drawings = _Drawings({name: data for name, data in images.items() if _is_svg(data)})
    document = QTextDocument()
    document.setDocumentMargin(0)
    document.setDefaultFont(QFont("sans-serif", 10))
    layout = document.documentLayout()
    layout.setPaintDevice(writer)
    layout.registerHandler(_DRAWING, drawings)
    for name, data in images.items():
        if not _is_svg(data):
            document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), QByteArray(data))
    document.setHtml(html)
    _mark_drawings(document, {name for name, data in images.items() if _is_svg(data)})
    document.setTextWidth(width)
    return document, drawings


def _mark_drawings(document: QTextDocument, names: set[str]) -> None:
    """Let every picture that is a drawing be drawn by us."""
    cursor = QTextCursor(document)
    cursor.movePosition(QTextCursor.MoveOperation.Start)
    while not cursor.atEnd():
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter, QTextCursor.MoveMode.KeepAnchor)
        found = cursor.charFormat()
        if found.isImageFormat() and found.toImageFormat().name() in names:
            found.setObjectType(_DRAWING)
            cursor.setCharFormat(found)
        cursor.clearSelection()


def _paint_sheets(
    document: QTextDocument,
    sheets: Sheets,
    writer: QPdfWriter,
    painter: QPainter,
    sheet: QSizeF,
    body: QSizeF,
) -> None:
    # A page that lies alone still says what it is of, and that it is practice.
    title = f"{writer.title()}   ·   " if writer.title() else ""
    colours = QPalette()
    colours.setColor(QPalette.ColorRole.Text, Qt.GlobalColor.black)
    for number, top in enumerate(sheets.tops):
        if number:
            writer.newPage()
        painter.save()
        window = QRectF(0, top, body.width(), sheets.bottom(number) - top)
        painter.translate(0, -top)
        painter.setClipRect(window)
        context: Any = QAbstractTextDocumentLayout.PaintContext()
        # A line that ends or begins at the edge belongs to one page alone.
        context.clip = QRectF(window)
        context.clip.setTop(sheets.painted_from(number) + _EDGE)
        context.clip.setBottom(window.bottom() - _EDGE)
        context.palette = colours
        document.documentLayout().draw(painter, context)
        painter.restore()
        _paint_foot(painter, f"{title}{number + 1} of {len(sheets.tops)}", sheet, body)


def _paint_foot(painter: QPainter, text: str, sheet: QSizeF, body: QSizeF) -> None:
    painter.setFont(QFont("sans-serif", 8))
    painter.setPen(Qt.GlobalColor.darkGray)
    foot = QRectF(0, body.height(), sheet.width(), sheet.height() - body.height())
    painter.drawText(foot, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight, text)


def _title_of(html: str) -> str:
    found = re.search(r"<title>(.*?)</title>", html, re.IGNORECASE | re.DOTALL)
    return unescape(found.group(1).strip()) if found else ""


def _is_svg(data: bytes) -> bool:
    return b"<svg" in data[:500]
