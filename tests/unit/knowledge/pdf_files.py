"""PDF files for the tests, made by hand: lines of text in sizes, pictures, passwords."""

from __future__ import annotations

import io
from collections.abc import Sequence

from pypdf import PdfReader, PdfWriter

Line = tuple[float, str]
"""The size of the letters, and the words."""


def pdf(pages: Sequence[Sequence[Line]], *, with_picture: bool = False) -> bytes:
    """Return a PDF file of these pages; `with_picture` draws a grey square on each."""
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    font = add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    picture = add(
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8"
        b" /Length 1 >>\nstream\n\x80\nendstream"
    )
    tree = len(objects) + 2 * len(pages) + 1
    kids = []
    for lines in pages:
        content = _drawn(lines) + (b"q 200 0 0 200 100 100 cm /P Do Q\n" if with_picture else b"")
        stream = add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        resources = b"<< /Font << /F %d 0 R >>%s >>" % (
            font,
            b" /XObject << /P %d 0 R >>" % picture if with_picture else b"",
        )
        kids.append(
            add(
                b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources %s >>"
                % (tree, stream, resources)
            )
        )
    names = b" ".join(b"%d 0 R" % kid for kid in kids)
    assert add(b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), names)) == tree
    root = add(b"<< /Type /Catalog /Pages %d 0 R >>" % tree)
    return _file(objects, root)


def with_password(data: bytes, *, to_open: str, algorithm: str = "AES-256") -> bytes:
    """Return a PDF file enciphered; `to_open` empty: only changing it asks for a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(to_open, "owner's secret", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _drawn(lines: Sequence[Line]) -> bytes:
    height, words = 800.0, b""
    for size, text in lines:
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode("cp1252")
        words += b"BT /F %g Tf 50 %g Td (%s) Tj ET\n" % (size, height, escaped)
        height -= size * 1.4
    return words


def _file(objects: Sequence[bytes], root: int) -> bytes:
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(
        b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)
    )
    return out.getvalue()
