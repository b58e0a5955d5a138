"""How documents stand, in words: a line for the list, and why one could not be read."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from copilot_desktop.ui.settings.door import Document, DocumentFault


def line_for(document: Document) -> str:
    """Return what stands below the document's name."""
    if document.fault is not None:
        return _tr("✗ could not be read: {0}").format(short(document.fault))
    count = document.passages
    parts = [_tr("✓ 1 passage") if count == 1 else _tr("✓ {0} passages").format(count)]
    if document.pictures == 1:
        parts.append(_tr("1 page is only a picture"))
    elif document.pictures:
        parts.append(_tr("{0} pages are only pictures").format(document.pictures))
    if document.is_example:
        parts.append(_tr("example"))
    elif document.read_at is not None:
        parts.append(_tr("read {0}").format(day_of(document.read_at)))
    return ", ".join(parts)


def day_of(when: datetime) -> str:
    """Return a day as the system writes it."""
    return QLocale().toString(QDate(when.year, when.month, when.day), QLocale.FormatType.ShortFormat)


def short(fault: DocumentFault) -> str:
    """Return a fault in a few words."""
    return {
        DocumentFault.PASSWORD: _tr("protected with a password"),
        DocumentFault.PICTURES: _tr("only pictures, no text"),
        DocumentFault.DAMAGED: _tr("damaged"),
        DocumentFault.TOO_BIG: _tr("too big"),
        DocumentFault.TOO_SLOW: _tr("it took too long"),
        DocumentFault.UNKNOWN_KIND: _tr("of another kind"),
        DocumentFault.ENCODING: _tr("unknown letters"),
        DocumentFault.EMPTY: _tr("no text in it"),
        DocumentFault.GONE: _tr("not there"),
        DocumentFault.REFUSED: _tr("may not be opened"),
    }[fault]


def why(fault: DocumentFault) -> str:
    """Return what is wrong with a document, and what helps."""
    return {
        DocumentFault.PASSWORD: _tr("It opens only with a password. Add a copy that has none."),
        DocumentFault.PICTURES: _tr(
            "Its pages are pictures, as a scanner makes them. Have their text recognised (OCR), and add that."
        ),
        DocumentFault.DAMAGED: _tr(
            "It is cut off, or is not what its name says. Open it in its own program, and save it again."
        ),
        DocumentFault.TOO_BIG: _tr(
            "It is larger than 50 MB, has more than 3,000 pages or 20,000 rows, or too much text. Split it."
        ),
        DocumentFault.TOO_SLOW: _tr(
            "Reading it was given up after a minute. Save it again in its own program, or split it."
        ),
        DocumentFault.UNKNOWN_KIND: _tr(
            "PDF, Word (.docx), Excel (.xlsx), CSV, Markdown, text and web pages can be read. "
            "Save it as one of these."
        ),
        DocumentFault.ENCODING: _tr("It is no text, or in an encoding that is not known. Save it as UTF-8."),
        DocumentFault.EMPTY: _tr("There is no text in it that could be read out."),
        DocumentFault.GONE: _tr(
            "It was moved or deleted, or is on a drive that is away. What was read of a folder stays in use."
        ),
        DocumentFault.REFUSED: _tr("The system does not let this program open it. Change who may read it."),
    }[fault]


def _tr(text: str) -> str:
    return QCoreApplication.translate("documents", text)
