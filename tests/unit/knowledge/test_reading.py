"""Documents of every kind become passages with page and heading, or the reason why not."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest

from copilot_desktop.knowledge import reading, sheet_text
from copilot_desktop.knowledge.documents import MAX_WORDS, Section
from copilot_desktop.knowledge.reading import ReadFault, Reading, Unreadable
from tests.unit.knowledge.pdf_files import pdf, with_password

BODY = 11.0
PAGES = [
    [
        (8, "Harbor Home Supply - terms"),
        (18, "Delivery policy"),
        (BODY, "Parcels arrive within three to five working days, as long as the arti-"),
        (BODY, "cles are in stock. Islands take two days longer."),
        (8, "Page 1 of 3"),
    ],
    [
        (8, "Harbor Home Supply - terms"),
        (14, "Returns"),
        (BODY, "You can return an unused item within 30 days (opened bedding excepted)."),
        (8, "Page 2 of 3"),
    ],
    [
        (8, "Harbor Home Supply - terms"),
        (BODY, "Refunds are made within five working days."),
        (8, "Page 3 of 3"),
    ],
]


def read(folder: Path, name: str, data: bytes | str) -> Reading:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return reading.read(path)


def fault(folder: Path, name: str, data: bytes | str) -> ReadFault:
    with pytest.raises(Unreadable) as caught:
        read(folder, name, data)
    return caught.value.fault


def gist(found: Reading) -> list[tuple[int | None, str, str]]:
    return [(section.page, section.heading, section.text) for section in found.sections]


def saved(document: docx.document.Document | openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


# PDF.


def test_a_pdf_has_pages_headings_and_no_running_lines(tmp_path: Path) -> None:
    found = read(tmp_path, "terms-of_delivery.pdf", pdf(PAGES))
    assert gist(found) == [
        (
            1,
            "Delivery policy",
            "Parcels arrive within three to five working days, as long as the articles are in stock. "
            "Islands take two days longer.",
        ),
        (2, "Returns", "You can return an unused item within 30 days (opened bedding excepted)."),
        (3, "Returns", "Refunds are made within five working days."),
    ]
    assert {section.title for section in found.sections} == {"Terms of delivery"}


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_pdf_that_only_forbids_changes_is_read(tmp_path: Path, algorithm: str) -> None:
    found = read(tmp_path, "terms.pdf", with_password(pdf(PAGES), to_open="", algorithm=algorithm))
    assert len(found.sections) == 3


def test_scanned_pages_are_counted_and_nothing_but_them_is_a_fault(tmp_path: Path) -> None:
    pages = pdf([[(BODY, "The first page has words.")], []], with_picture=True)
    assert read(tmp_path, "half.pdf", pages).pictures == 1
    assert fault(tmp_path, "scan.pdf", pdf([[], []], with_picture=True)) is ReadFault.PICTURES
    assert fault(tmp_path, "blank.pdf", pdf([[]])) is ReadFault.EMPTY


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_a_pdf_with_a_password_says_so(tmp_path: Path, algorithm: str) -> None:
    locked = with_password(pdf(PAGES), to_open="sesame", algorithm=algorithm)
    assert fault(tmp_path, "locked.pdf", locked) is ReadFault.PASSWORD


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.4\nnothing of it\n", b"\x00\x01\x02 no file at all", pdf(PAGES)[:300]]
)
def test_a_damaged_pdf_says_so(tmp_path: Path, data: bytes) -> None:
    assert fault(tmp_path, "broken.pdf", data) in (ReadFault.DAMAGED, ReadFault.EMPTY)


# Word.


def test_a_word_file_has_headings_and_tables_row_by_row(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("House rules", level=0)
    document.add_heading("Pets", level=1)
    document.add_paragraph("Dogs may come into the store on a leash.")
    document.add_heading("Prices", level=2)
    table = document.add_table(rows=3, cols=2)
    for row, cells in zip(
        table.rows,
        [("Service", "Price"), ("Connecting", "59 dollars"), ("Hanging", "35 dollars")],
        strict=True,
    ):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    found = read(tmp_path, "rules.docx", saved(document))
    assert gist(found) == [
        (None, "Pets", "Dogs may come into the store on a leash."),
        (None, "Prices", "Service: Connecting, Price: 59 dollars. Service: Hanging, Price: 35 dollars."),
    ]


def test_a_damaged_word_file_says_so(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Words. " * 500)
    whole = saved(document)
    assert fault(tmp_path, "cut.docx", whole[: len(whole) // 2]) is ReadFault.DAMAGED
    assert fault(tmp_path, "text.docx", "only text") is ReadFault.DAMAGED
    assert fault(tmp_path, "zip.docx", packed({"readme.txt": b"no Word"})) is ReadFault.DAMAGED
    assert fault(tmp_path, "table.docx", saved(openpyxl.Workbook())) is ReadFault.DAMAGED
    assert fault(tmp_path, "nothing.docx", saved(docx.Document())) is ReadFault.EMPTY


@pytest.mark.parametrize("name", ["locked.docx", "locked.xlsx"])
def test_an_office_file_with_a_password_says_so(tmp_path: Path, name: str) -> None:
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    enciphered = header + "EncryptedPackage".encode("utf-16-le") + bytes(2000)
    assert fault(tmp_path, name, enciphered) is ReadFault.PASSWORD
    assert fault(tmp_path, name, header + bytes(2000)) is ReadFault.UNKNOWN_KIND


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("name", ["bomb.docx", "bomb.xlsx"])
def test_a_file_that_would_burst_is_not_unpacked(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED_BYTES", 5_000_000)
    bomb = packed({"word/document.xml": bytes(6_000_000), "xl/workbook.xml": b"<x/>"})
    assert len(bomb) < 100_000
    assert fault(tmp_path, name, bomb) is ReadFault.TOO_BIG


# Tables.


def test_a_workbook_is_read_sheet_by_sheet_as_it_is_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Prices 2026"
    sheet.append(["Item", "Price", "Discount", "From", "In stock"])
    sheet.append(["Brisa", 489.5, 0.08, datetime.datetime(2026, 12, 24), True])
    sheet["B2"].number_format = '"$"#,##0.00'
    sheet["C2"].number_format = "0%"
    sheet.append([])
    sheet.append(["Marlow", 89, None, None, False])
    book.create_sheet("Phones").append(["Front desk", 5550142])
    found = read(tmp_path, "prices.xlsx", saved(book))
    assert gist(found) == [
        (
            None,
            "Prices 2026",
            "Item: Brisa, Price: $489.50, Discount: 8 %, From: 24 December 2026, In stock: yes. "
            "Item: Marlow, Price: 89, In stock: no.",
        ),
        (None, "Phones", "Front desk: 5550142."),
    ]


def test_a_damaged_workbook_says_so(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    whole = saved(book)
    assert fault(tmp_path, "cut.xlsx", whole[: len(whole) // 2]) is ReadFault.DAMAGED
    assert fault(tmp_path, "zip.xlsx", packed({"readme.txt": b"no Excel"})) is ReadFault.DAMAGED
    assert fault(tmp_path, "empty.xlsx", whole) is ReadFault.EMPTY


@pytest.mark.parametrize(
    "text",
    [
        "Item,Price\nBrisa,489 dollars\n",
        "Item;Price\r\nBrisa;489 dollars\r\n",
        "Item\tPrice\nBrisa\t489 dollars\n",
    ],
)
def test_separated_text_is_a_table_however_it_is_separated(tmp_path: Path, text: str) -> None:
    assert gist(read(tmp_path, "prices.csv", text)) == [(None, "", "Item: Brisa, Price: 489 dollars.")]


def test_a_table_without_end_is_too_big(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_text, "MAX_ROWS", 100)
    assert fault(tmp_path, "long.csv", "a,b\n" * 101) is ReadFault.TOO_BIG


# Web pages and text.

PAGE = """<!doctype html><html><head><title>Help &amp; answers</title><style>p{}</style></head><body>
<nav><a href="/">Home</a></nav><h1>Returns</h1><p>You can <b>return</b> it<br>within 30&nbsp;days.</p>
<script>alert("no words")</script><div style="display: none">hidden</div>
<ul><li>Keep the box.</li><li>Ask for a label.</li></ul>
<h2>Costs</h2><table><tr><th>What</th><th>Price</th></tr><tr><td>Sofa</td><td>25 dollars</td></tr></table>
</body></html>"""


def test_a_web_page_has_headings_and_neither_menus_nor_scripts(tmp_path: Path) -> None:
    found = read(tmp_path, "returns.html", PAGE)
    assert gist(found) == [
        (None, "Returns", "You can return it within 30 days. Keep the box. Ask for a label."),
        (None, "Costs", "What, Price. Sofa, 25 dollars."),
    ]
    assert found.sections[0].title == "Help & answers"


def test_a_page_nested_without_end_breaks_nothing(tmp_path: Path) -> None:
    def nested(times: int) -> str:
        return "<div>" * times + "Open on Sundays." + "</div>" * times

    assert read(tmp_path, "deep.html", nested(200)).sections[0].text == "Open on Sundays."
    assert fault(tmp_path, "deeper.html", nested(100_000)) in (ReadFault.EMPTY, ReadFault.DAMAGED)


@pytest.mark.parametrize(
    "data",
    [
        "Öffnungszeiten: täglich".encode(),
        "Öffnungszeiten: täglich".encode("utf-8-sig"),
        "Öffnungszeiten: täglich".encode("utf-16"),
        "Öffnungszeiten: täglich".encode("cp1252"),
    ],
)
@pytest.mark.parametrize("name", ["hours.txt", "hours.md", "hours.csv", "hours.html"])
def test_text_is_read_in_the_encodings_people_have(tmp_path: Path, name: str, data: bytes) -> None:
    (section,) = read(tmp_path, name, data).sections
    assert section.text == "Öffnungszeiten: täglich."


def test_bytes_that_are_no_text_say_so(tmp_path: Path) -> None:
    assert fault(tmp_path, "photo.txt", bytes(range(256)) * 10) is ReadFault.ENCODING


# All kinds.


def test_sizes_kinds_and_absent_files_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fault(tmp_path, "slides.pptx", b"any") is ReadFault.UNKNOWN_KIND
    assert fault(tmp_path, "nothing.txt", " \n\n") is ReadFault.EMPTY
    with pytest.raises(Unreadable) as caught:
        reading.read(tmp_path / "gone.md")
    assert caught.value.fault is ReadFault.GONE
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", 10)
    assert fault(tmp_path, "big.txt", "eleven byte") is ReadFault.TOO_BIG
    monkeypatch.undo()
    monkeypatch.setattr(reading, "MAX_LETTERS", 10)
    assert fault(tmp_path, "long.txt", "More than ten letters.") is ReadFault.TOO_BIG


def test_text_without_any_full_stop_is_cut_all_the_same(tmp_path: Path) -> None:
    found = read(tmp_path, "endless.txt", "word " * 1000 + "x" * 5000)
    assert all(len(section.text.split()) <= MAX_WORDS for section in found.sections)
    assert sum(len(section.text.split()) for section in found.sections) == 1001
    assert all(isinstance(section, Section) for section in found.sections)
