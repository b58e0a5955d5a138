"""write_pdf: an HTML page onto paper, with page numbers and drawings as lines, not as dots."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

from PySide6.QtCore import QByteArray, QMarginsF, QRect, QRectF, QSizeF, Qt, QThread, QUrl
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

_RESOLUTION_DPI = 600
_MARGIN_MM = 16.0
_FOOT_MM = 8.0
_DRAWING = QTextFormat.ObjectTypes.UserObject.value + 1
_CSS_DPI = 96.0


class Paper(StrEnum):
    """Sheet sizes."""

    A4 = "A4"
    LETTER = "Letter"


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
        dots = _RESOLUTION_DPI / _CSS_DPI
        width = image.width() or default.width()
        height = image.height() or width * default.height() / max(1, default.width())
        room = doc.pageSize().width()
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


class _PrintThread(QThread):
    """Qt's own thread: in one of Python's, the fonts of a page outlive what they need to go quietly."""

    def __init__(self, job: Callable[[], None]) -> None:
        super().__init__()
        self._job = job
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            self._job()
        except Exception as error:
            self.failure = error


def write_pdf(
    html: str,
    path: Path,
    *,
    images: Mapping[str, bytes] | None = None,
    paper: Paper = Paper.A4,
    title: str = "",
) -> None:
    """Write `html` to `path` as PDF: into a file beside it first, then renamed into place.

    `images` are pictures by the name the page gives in `<img src>`; SVG stays vector. Blocks; made for a
    worker thread. A QGuiApplication must exist.

    Raises:
        OSError: the file cannot be written.
    """
    part = path.with_name(f".{path.stem[:40]}-{uuid4().hex[:8]}.pdf")
    printing = _PrintThread(lambda: _print(html, part, dict(images or {}), paper, title))
    try:
        part.touch(exist_ok=False)  # A folder that cannot be written says so here, in the system's words.
        printing.start()
        printing.wait()
        if printing.failure is not None:
            raise printing.failure
        if part.stat().st_size == 0:
            raise OSError(f"{path.name} could not be written")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _print(html: str, path: Path, images: dict[str, bytes], paper: Paper, title: str) -> None:
    writer = QPdfWriter(str(path))
    writer.setResolution(_RESOLUTION_DPI)
    writer.setPageSize(
        QPageSize(QPageSize.PageSizeId.A4 if paper is Paper.A4 else QPageSize.PageSizeId.Letter)
    )
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    writer.setTitle(title or _title_of(html))
    writer.setCreator("AI Call CoPilot")
    foot = _FOOT_MM / 25.4 * _RESOLUTION_DPI
    sheet = QSizeF(writer.width(), writer.height())
    body = QSizeF(sheet.width(), sheet.height() - foot)
    document, drawings = _document(html, writer, body, images)
    painter = QPainter(writer)
    if not painter.isActive():
        raise OSError(f"{path.name} could not be written")
    try:
        _paint_pages(document, writer, painter, sheet, body)
    finally:
        painter.end()
    del drawings  # The layout only borrows it.


def _document(
    html: str, writer: QPdfWriter, body: QSizeF, images: dict[str, bytes]
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
    document.setPageSize(body)
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


def _paint_pages(
    document: QTextDocument, writer: QPdfWriter, painter: QPainter, sheet: QSizeF, body: QSizeF
) -> None:
    pages = document.pageCount()
    # A page that lies alone still says what it is of, and that it is practice.
    title = f"{writer.title()}   ·   " if writer.title() else ""
    for page in range(pages):
        if page:
            writer.newPage()
        painter.save()
        window = QRectF(0, page * body.height(), body.width(), body.height())
        painter.translate(0, -window.top())
        painter.setClipRect(window)
        context: Any = QAbstractTextDocumentLayout.PaintContext()
        # A line that begins just below the edge belongs to the next page alone.
        context.clip = window.adjusted(0, 1, 0, -1)
        colours = QPalette()
        colours.setColor(QPalette.ColorRole.Text, Qt.GlobalColor.black)
        context.palette = colours
        document.documentLayout().draw(painter, context)
        painter.restore()
        _paint_foot(painter, f"{title}{page + 1} of {pages}", sheet, body)


def _paint_foot(painter: QPainter, text: str, sheet: QSizeF, body: QSizeF) -> None:
    painter.setFont(QFont("sans-serif", 8))
    painter.setPen(Qt.GlobalColor.darkGray)
    foot = QRectF(0, body.height(), sheet.width(), sheet.height() - body.height())
    painter.drawText(foot, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight, text)


def _title_of(html: str) -> str:
    found = re.search(r"<title>(.*?)</title>", html, re.IGNORECASE | re.DOTALL)
    return found.group(1).strip() if found else ""


def _is_svg(data: bytes) -> bool:
    return b"<svg" in data[:500]
