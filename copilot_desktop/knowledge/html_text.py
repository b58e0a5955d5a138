"""A web page's text: headings and paragraphs, without menus, scripts and what is hidden."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree, html

from copilot_desktop.knowledge.documents import Block
from copilot_desktop.knowledge.reading import ReadFault, Unreadable, text_of

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_PASSED_OVER = {
    "script", "style", "head", "nav", "template", "noscript", "svg", "form", "button", "select", "iframe",
}  # fmt: skip
_INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "data", "dfn", "em", "font", "i", "kbd", "label",
    "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr", "ins",
    "del", "tt",
}  # fmt: skip
_CELLS = {"td", "th"}


def blocks_of(data: bytes) -> tuple[str, list[Block]]:
    """Return the page's own title ("" if none) and its blocks.

    Raises:
        Unreadable: it is no page.
    """
    try:
        parser = html.HTMLParser(encoding=None if b"charset" in data[:2048].lower() else "utf-8")
        # A page that says nothing of its letters is read as any other text.
        source = data if b"charset" in data[:2048].lower() else text_of(data).encode()
        root = html.document_fromstring(source, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, LookupError, ValueError):
        raise Unreadable(ReadFault.EMPTY if not data.strip() else ReadFault.DAMAGED) from None
    title = " ".join((root.findtext(".//title") or "").split())
    return title, list(_blocks(root))


def _blocks(root: html.HtmlElement) -> Iterator[Block]:
    """Walk the page without recursion: pages may be nested as deep as they like."""
    words: list[str] = []
    skipped: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            if skipped is None and (tag in _PASSED_OVER or _is_hidden(element)):
                skipped = element
            if skipped is None:
                if tag not in _INLINE and tag not in _CELLS:
                    yield from _taken(words)
                words.append(" " if tag == "br" else element.text or "")
            continue
        if event == "end" and skipped is None:
            if tag in _HEADINGS:
                yield from _taken(words, is_heading=True)
            elif tag in _CELLS:
                words.append(", ")
            elif tag not in _INLINE:
                yield from _taken(words)
        if skipped is element:
            skipped = None
        if skipped is None:
            words.append(element.tail or "")
    yield from _taken(words)


def _taken(words: list[str], *, is_heading: bool = False) -> Iterator[Block]:
    text = " ".join("".join(words).split()).strip(" ,")
    words.clear()
    if text:
        yield Block(text.replace(" ,", ","), is_heading)


def _is_hidden(element: etree._Element) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return element.get("hidden") is not None or "display:none" in style
