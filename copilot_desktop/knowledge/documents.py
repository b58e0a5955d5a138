"""A document cut into passages by heading and page; and Markdown understood. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from copilot_desktop.knowledge import sentences

MAX_WORDS = 110
"""The embedding model reads 256 tokens; longer sections are cut between paragraphs or sentences."""

_LONGEST_WORD = 200
"""What is longer is no word: numbers of a machine's, pictures written as text."""

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_BULLET = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_RULE = re.compile(r"^\s*(?:[-*_]\s*){3,}$|^\s*\|?\s*:?-{2,}[-|:\s]*$")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"(\*{1,3}|`+)(\S(?:.*?\S)?)\1")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Section:
    """One passage: `title` of its document, nearest `heading`, plain `text` and its sentences."""

    title: str
    heading: str
    text: str
    sentences: tuple[str, ...]
    page: int | None = None
    """From 1; None: this kind of document has no pages."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading or a paragraph of a document that is not Markdown."""

    text: str
    is_heading: bool = False
    page: int | None = None


def cut(title: str, blocks: Iterable[Block]) -> list[Section]:
    """Return the sections of a document: one begins with each heading and with each page."""
    heading, page = "", None
    paragraphs: list[str] = []
    sections: list[Section] = []
    for block in blocks:
        if block.is_heading or block.page != page:
            sections += _sections(title, heading, paragraphs, page)
            paragraphs = []
        page = block.page
        if block.is_heading:
            heading = " ".join(block.text.split())
        else:
            paragraphs.append(block.text)
    return sections + _sections(title, heading, paragraphs, page)


def parse(markdown: str, fallback_title: str) -> list[Section]:
    """Return the sections of `markdown`. Its first level-1 heading is the title, if it has one."""
    title, heading = fallback_title, ""
    paragraphs: list[str] = []
    sections: list[Section] = []
    for line in _COMMENT.sub("", markdown).splitlines():
        match = _HEADING.match(line)
        if match is None:
            _add_line(paragraphs, line)
            continue
        sections += _sections(title, heading, paragraphs)
        paragraphs = []
        if len(match[1]) == 1:
            title, heading = _plain(match[2]), ""
        else:
            heading = _plain(match[2])
    return sections + _sections(title, heading, paragraphs)


def _add_line(paragraphs: list[str], line: str) -> None:
    """Fold one line into the paragraphs: bullets and table rows stand alone, other lines continue."""
    text = line.strip()
    if not text or _RULE.match(line):
        paragraphs.append("")
    elif text.startswith("|"):
        cells = [_plain(cell) for cell in text.strip("|").split("|")]
        paragraphs.append(_sentence(": ".join(filter(None, [cells[0], ", ".join(filter(None, cells[1:]))]))))
    elif _BULLET.match(line):
        paragraphs.append(_plain(_BULLET.sub("", line)))
    elif paragraphs and paragraphs[-1]:
        paragraphs[-1] += " " + _plain(text)
    else:
        paragraphs.append(_plain(text))


def _plain(text: str) -> str:
    text = _LINK.sub(r"\1", text.strip().lstrip(">").strip())
    return _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text))


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?:;" else text + "."


def _sections(title: str, heading: str, paragraphs: list[str], page: int | None = None) -> list[Section]:
    """Return the text under one heading as one section, or several where it is long."""
    found: list[Section] = []
    taken: list[str] = []
    words = 0
    for sentence in (s for paragraph in paragraphs for s in sentences.split(_sentence(paragraph.strip()))):
        for piece in _pieces(sentence):
            count = len(piece.split())
            if taken and words + count > MAX_WORDS:
                found.append(Section(title, heading, " ".join(taken), tuple(taken), page))
                taken, words = [], 0
            taken.append(piece)
            words += count
    if taken:
        found.append(Section(title, heading, " ".join(taken), tuple(taken), page))
    return found


def _pieces(sentence: str) -> list[str]:
    """Return `sentence`, in parts where it is longer than a passage may be."""
    words = [word[:_LONGEST_WORD] for word in sentence.split()]
    return [" ".join(words[start : start + MAX_WORDS]) for start in range(0, len(words), MAX_WORDS)]
