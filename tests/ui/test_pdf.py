"""PDF: pages, text, outline, vector pictures, nothing hidden in it; a failed write leaves nothing behind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from pypdf import PageObject, PdfReader
from PySide6.QtWidgets import QApplication

from copilot_desktop.calls.events import CallEvent
from copilot_desktop.exporting import ExportFailed, export_report
from copilot_desktop.report import build
from copilot_desktop.report.choice import ExportChoice, Paper
from copilot_desktop.ui.export.pdf import print_pdf
from copilot_desktop.ui.export.pdf_press import PdfPress
from tests.support.long_call import long_call
from tests.unit.report.calls import known_call
from tests.unit.report.private_call import PRIVATE, private_call

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="200">'
    b'<rect width="500" height="200" fill="#0B5CAD"/></svg>'
)
LONG = "<html><head><title>A &amp; B</title></head><body>" + "<p>words and words</p>" * 200 + "</body></html>"


@pytest.mark.parametrize(("paper", "size"), [(Paper.A4, (595, 842)), (Paper.LETTER, (612, 792))])
def test_pages_are_numbered_and_titled(
    qapp: QApplication, tmp_path: Path, paper: Paper, size: tuple[int, int]
) -> None:
    path = tmp_path / "r.pdf"
    print_pdf(LONG, path, paper=paper)
    read = PdfReader(path)
    count = len(read.pages)
    assert count > 2
    assert read.metadata is not None
    assert read.metadata.title == "A & B"
    root: dict[str, Any] = dict(read.root_object)
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    for number, page in enumerate(read.pages, 1):
        assert _text(page).endswith(f"{number} of {count}")
        assert (round(page.mediabox.width), round(page.mediabox.height)) == size
    words = sum(_text(page).count("words and words") for page in read.pages)
    assert words == 200, "no line is lost or printed twice at a page's edge"


def _text(page: PageObject) -> str:
    return " ".join(page.extract_text().split())


def test_drawings_stay_drawings(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "r.pdf"
    print_pdf('<p><img src="timeline.svg" width="600"></p>', path, images={"timeline.svg": SVG})
    page = PdfReader(path).pages[0]
    assert len(page.images) == 0
    content = page.get_contents()
    assert content is not None
    assert b"0.0431" in content.get_data(), "the blue of the drawing is painted as a shape"


@pytest.mark.parametrize("filler", range(38, 62))
def test_no_heading_is_left_alone_at_the_end_of_a_page(
    qapp: QApplication, tmp_path: Path, filler: int
) -> None:
    rows = "".join(f"<tr><td>{number}</td><td>row {number}</td></tr>" for number in range(30))
    html = f"<body>{'<p>filler</p>' * filler}<h2>Heading</h2><p>&nbsp;</p><table>{rows}</table></body>"
    path = tmp_path / "r.pdf"
    print_pdf(html, path)
    pages = [_text(page) for page in PdfReader(path).pages]
    (holder,) = (page for page in pages if "Heading" in page)
    assert "row 1" in holder
    assert sum(page.count("row ") for page in pages) == 30


def test_no_row_is_cut_in_two(qapp: QApplication, tmp_path: Path) -> None:
    rows = "".join(f"<tr><td>{n}</td><td>begin{n} {'middle ' * 40} end{n}</td></tr>" for n in range(60))
    path = tmp_path / "r.pdf"
    print_pdf(f"<table>{rows}</table>", path)
    pages = [_text(page).split() for page in PdfReader(path).pages]
    assert len(pages) > 2
    for number in range(60):
        (holder,) = (page for page in pages if f"begin{number}" in page)
        assert f"end{number}" in holder


def test_a_row_longer_than_a_page_goes_on_between_two_lines(qapp: QApplication, tmp_path: Path) -> None:
    words = " ".join(f"word{number}" for number in range(2500))
    path = tmp_path / "r.pdf"
    print_pdf(f"<p>before</p><table><tr><td>1</td><td>{words}</td></tr></table>", path)
    pdf = pypdfium2.PdfDocument(path)
    said = [word for page in pdf for word in page.get_textpage().get_text_range().split()]
    pdf.close()
    assert [word for word in said if word.startswith("word")] == words.split()


def test_the_outline_leads_to_the_headings(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "r.pdf"
    asyncio.run(_export(long_call(120), ExportChoice(), path))
    pdf = pypdfium2.PdfDocument(path)
    found = [(mark.level, mark.get_title(), mark.get_dest().get_index()) for mark in pdf.get_toc()]
    assert found[0] == (0, "Call report", 0)
    assert [level for level, title, _ in found if title == "Transcript"] == [1]
    assert [level for level, title, _ in found if title == "Who spoke"] == [2]
    for _, title, page in found:
        assert title in pdf[page].get_textpage().get_text_range()
    pdf.close()


async def _export(events: list[CallEvent], choice: ExportChoice, path: Path) -> None:
    await export_report(build(events), choice, path)


@pytest.mark.parametrize("paper", list(Paper))
def test_what_is_hidden_is_nowhere_in_the_file(tmp_path: Path, paper: Paper) -> None:
    path = tmp_path / "r.pdf"
    asyncio.run(_export(private_call(), ExportChoice(paper=paper, shows_names=False), path))
    pdf = pypdfium2.PdfDocument(path)
    text = "\n".join(page.get_textpage().get_text_range() for page in pdf)
    titles = [mark.get_title() for mark in pdf.get_toc()]
    told = "\n".join([text, *titles, *pdf.get_metadata_dict().values()])
    pdf.close()
    assert "[name hidden]" in " ".join(told.split())
    for secret in PRIVATE:
        assert secret.casefold() not in " ".join(told.split()).casefold(), secret
        assert secret.encode() not in path.read_bytes()


def test_a_place_that_cannot_be_written_is_told_with_what_helps(tmp_path: Path) -> None:
    target = tmp_path / "r.pdf"
    target.mkdir()
    with pytest.raises(ExportFailed, match=r"r\.pdf could not be written: a folder has this name\. Choose"):
        asyncio.run(_export(known_call(), ExportChoice(), target))
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(ExportFailed, match="its folder is not there. Make the folder"):
        asyncio.run(_export(known_call(), ExportChoice(), tmp_path / "none" / "r.pdf"))


def test_a_printing_process_that_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "r.pdf"
    path.write_text("the old one")
    with PdfPress() as press:
        press.print(LONG, tmp_path / "first.pdf")
        press._child.kill()  # type: ignore[union-attr]
        with pytest.raises(OSError, match="broken off"):
            press.print(LONG, path)
        assert path.read_text() == "the old one"
        press.print(LONG, path)
        press.stop()
        with pytest.raises(OSError, match="stopped"):
            press.print(LONG, path)
    assert len(PdfReader(path).pages) > 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["first.pdf", "r.pdf"]


def test_one_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    with PdfPress(within_s=0.0) as press, pytest.raises(OSError, match="broken off"):
        press.print(LONG, tmp_path / "r.pdf")
    assert list(tmp_path.iterdir()) == []
