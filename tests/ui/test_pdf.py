"""PDF: pages, text, vector pictures; a failed write leaves nothing behind."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pypdf import PageObject, PdfReader
from PySide6.QtWidgets import QApplication

from copilot_desktop.ui.pdf import Paper, write_pdf

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="200">'
    b'<rect width="500" height="200" fill="#0B5CAD"/></svg>'
)
LONG = "<html><head><title>A call</title></head><body>" + "<p>words and words</p>" * 200 + "</body></html>"


@pytest.mark.parametrize(("paper", "size"), [(Paper.A4, (595, 842)), (Paper.LETTER, (612, 792))])
def test_pages_are_numbered_and_titled(
    qapp: QApplication, tmp_path: Path, paper: Paper, size: tuple[int, int]
) -> None:
    path = tmp_path / "r.pdf"
    write_pdf(LONG, path, paper=paper)
    read = PdfReader(path)
    count = len(read.pages)
    assert count > 2
    assert read.metadata is not None
    assert read.metadata.title == "A call"
    for number, page in enumerate(read.pages, 1):
        assert _text(page).endswith(f"{number} of {count}")
        assert (round(page.mediabox.width), round(page.mediabox.height)) == size
    words = sum(_text(page).count("words and words") for page in read.pages)
    assert words == 200, "no line is lost or printed twice at a page's edge"


def _text(page: PageObject) -> str:
    return " ".join(page.extract_text().split())


def test_drawings_stay_drawings(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "r.pdf"
    write_pdf('<p><img src="timeline.svg" width="600"></p>', path, images={"timeline.svg": SVG})
    page = PdfReader(path).pages[0]
    assert len(page.images) == 0
    content = page.get_contents()
    assert content is not None
    assert b"0.0431" in content.get_data(), "the blue of the drawing is painted as a shape"


def test_in_a_thread(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "r.pdf"
    worker = threading.Thread(target=write_pdf, args=(LONG, path))
    worker.start()
    worker.join(20)
    assert len(PdfReader(path).pages) > 2


def test_a_folder_that_is_not_there(qapp: QApplication, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_pdf(LONG, tmp_path / "none" / "r.pdf")


def test_a_target_that_cannot_be_replaced_leaves_nothing_behind(qapp: QApplication, tmp_path: Path) -> None:
    target = tmp_path / "r.pdf"
    target.mkdir()
    with pytest.raises(OSError, match="r.pdf"):
        write_pdf(LONG, target)
    assert list(tmp_path.iterdir()) == [target]
