"""Reads a playbook file, checks it, and says what to change: see `playbook` for how one is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, TypeVar

from copilot_desktop.knowledge.details import Detail, Kind, Pattern, pattern_of
from copilot_desktop.knowledge.playbook import Moment, Playbook, PlaybookError, SaidBy, Step, Topic

_REQUIRED = (Moment.NOT_AT_HAND, Moment.ANYTHING_ELSE, Moment.GOODBYE)
_LIST_FIELDS = ("When", "Say", "Ask", "Offer", "Done when")
_LINE_FIELDS = ("Needs", "Pattern", "Heard in", "Said by", "With", "Required", "Hint", "After", "Words")
_WORDS = "words"
_DEADLINE = Pattern(
    Kind.REGEX,
    regex=re.compile(
        r"\b(?:today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|noon|morning|afternoon|evening"
        r"|(?:working )?(?:minutes?|hours?|days?|weeks?|months?)|end of the (?:day|week|month)"
        r"|\d{1,2}(?:st|nd|rd|th)|\d{1,2} ?[ap]\.?m|\d{1,2} o'clock)\b",
        re.IGNORECASE,
    ),
)
"""A day, a time, or how long it takes."""
_FEWEST_EXAMPLES = 2

_Value = TypeVar("_Value")


def load_playbook(path: Path) -> Playbook:
    """Return the playbook in the file at `path`.

    Raises:
        PlaybookError: the file cannot be read or used; the message names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise PlaybookError(path, 0, f"the file cannot be read: {reason}") from None
    return _Reader(path).read(text)


@dataclass(slots=True)
class _Entry:
    """One written value and its line."""

    text: str
    line: int


@dataclass(slots=True)
class _Section:
    """One level-2 heading and the fields under it."""

    heading: str
    line: int
    fields: dict[str, list[_Entry]] = field(default_factory=dict)


class _Reader:
    """Reads one file. Its methods raise PlaybookError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, text: str) -> Playbook:
        title, sections = self._sections(text)
        groups: dict[str, list[tuple[str, _Section]]] = {"topic": [], "detail": [], "step": [], "": []}
        for section in sections:
            kind, colon, name = section.heading.partition(":")
            group = kind.strip().lower() if colon else ""
            if group not in groups:
                ours = '"Topic:", "Detail:" or "Step:"'
                self._fail(section.line, f'"{kind.strip()}:" is no heading of ours; write {ours}')
            groups[group].append((name.strip() if colon else section.heading, section))
        words = [pair for pair in groups[""] if pair[0].lower() == _WORDS]
        moments = self._moments([pair for pair in groups[""] if pair not in words])
        details = self._details(groups["detail"])
        topics = tuple(self._topic(name, section, details) for name, section in self._unique(groups["topic"]))
        if not topics:
            self._fail(1, 'there is no topic; add a heading "## Topic: …"')
        steps = self._steps(self._unique(groups["step"]), details)
        vocabulary = tuple(word for _, section in self._unique(words) for word in self._vocabulary(section))
        return Playbook(title, moments, tuple(details.values()), topics, steps, vocabulary)

    def _fail(self, line: int, reason: str) -> NoReturn:
        raise PlaybookError(self._path, line, reason)

    def _sections(self, text: str) -> tuple[str, list[_Section]]:
        """Return the title and the sections with their fields, not yet understood."""
        title = self._path.stem.replace("-", " ").capitalize()
        sections: list[_Section] = []
        open_field: list[_Entry] | None = None
        for number, line in enumerate(text.splitlines(), start=1):
            content = line.strip()
            if not content or content.startswith(">"):
                continue
            if content.startswith("#"):
                level, _, heading = content.partition(" ")
                if len(level) > 2 or not heading.strip():
                    self._fail(number, 'only "# Title" and "## Section" are headings here')
                if len(level) == 1:
                    title = heading.strip()
                else:
                    sections.append(_Section(heading.strip(), number))
                open_field = None
            elif not sections:
                self._fail(number, 'text before the first "##" heading; put ">" in front of a note')
            else:
                open_field = self._line(sections[-1], open_field, _Entry(content, number), line)
        return title, sections

    def _line(self, section: _Section, current: list[_Entry] | None, entry: _Entry, raw: str) -> list[_Entry]:
        """Add one line to its section and return the field it belongs to."""
        name, colon, rest = entry.text.partition(":")
        if colon and (name in _LIST_FIELDS or name in _LINE_FIELDS):
            if name in section.fields:
                self._fail(entry.line, f'"{name}:" stands twice in this section')
            section.fields[name] = [_Entry(rest.strip(), entry.line)] if rest.strip() else []
            return section.fields[name]
        if current is None:
            allowed = ", ".join(f"{known}:" for known in (*_LIST_FIELDS, *_LINE_FIELDS))
            self._fail(
                entry.line, f'this belongs to no field; write one of {allowed} first, or ">" for a note'
            )
        if re.match(r"[-*+]\s", entry.text):
            current.append(_Entry(entry.text[1:].strip(), entry.line))
        elif current and raw[:1].isspace():
            current[-1].text += " " + entry.text
        else:
            self._fail(entry.line, 'begin each line of a list with "- "')
        return current

    def _known(self, section: _Section, *allowed: str) -> None:
        for name, entries in section.fields.items():
            if name not in allowed:
                line = entries[0].line if entries else section.line
                self._fail(line, f'"{name}:" has no meaning in "{section.heading}"')

    def _texts(self, section: _Section, name: str, *, is_required: bool = False) -> tuple[str, ...]:
        entries = section.fields.get(name, [])
        if is_required and not entries:
            self._fail(section.line, f'"{section.heading}" needs a "{name}:" list')
        return tuple(entry.text for entry in entries)

    def _listed(self, section: _Section, name: str) -> Iterator[_Entry]:
        """Yield the values of a field that is a comma-separated line, or a list."""
        for entry in section.fields.get(name, []):
            for part in entry.text.split(","):
                if part.strip():
                    yield _Entry(part.strip(), entry.line)

    def _unique(self, named: list[tuple[str, _Section]]) -> Iterator[tuple[str, _Section]]:
        seen: set[str] = set()
        for name, section in named:
            if not name:
                self._fail(section.line, "the heading has no name")
            if name.lower() in seen:
                self._fail(section.line, f'"{section.heading}" stands twice')
            seen.add(name.lower())
            yield name, section

    def _moments(self, named: list[tuple[str, _Section]]) -> dict[Moment, tuple[str, ...]]:
        by_heading = {moment.value.lower(): moment for moment in Moment}
        moments: dict[Moment, tuple[str, ...]] = {}
        for name, section in self._unique(named):
            moment = by_heading.get(name.lower())
            if moment is None:
                known = ", ".join(moment.value for moment in Moment)
                known += ', Words, "Topic: …", "Detail: …" and "Step: …"'
                self._fail(section.line, f'"{name}" is no section; there are {known}')
            self._known(section, "Say")
            moments[moment] = self._texts(section, "Say", is_required=True)
            self._braces(section, {"answer"} if moment in (Moment.ANSWER, Moment.ONCE_MORE) else set())
        for moment in _REQUIRED:
            if moment not in moments:
                self._fail(1, f'the section "## {moment.value}" is missing')
        return moments

    def _details(self, named: list[tuple[str, _Section]]) -> dict[str, Detail]:
        return {name.lower(): self._detail(name, section) for name, section in self._unique(named)}

    def _detail(self, name: str, section: _Section) -> Detail:
        self._known(section, "Pattern", "Heard in", "Ask")
        self._braces(section, set())
        written = section.fields.get("Pattern", [])
        if len(written) != 1:
            self._fail(section.line, f'"{section.heading}" needs one "Pattern:"')
        try:
            pattern = pattern_of(written[0].text)
        except ValueError as error:
            self._fail(written[0].line, str(error))
        phrases = list(self._listed(section, "Heard in"))
        for phrase in phrases:
            if phrase.text.count("*") != 1:
                self._fail(phrase.line, f'put one * for the value into "{phrase.text}"')
        asks = self._texts(section, "Ask", is_required=True)
        return Detail(name.lower(), pattern, asks, tuple(phrase.text for phrase in phrases))

    def _topic(self, name: str, section: _Section, details: Mapping[str, Detail]) -> Topic:
        self._known(section, "When", "Needs", "Ask", "Say", "Offer")
        needs = self._needs(section, details)
        examples = self._texts(section, "When", is_required=True)
        if len(examples) < _FEWEST_EXAMPLES:
            self._fail(section.line, f'give at least {_FEWEST_EXAMPLES} examples under "When:"')
        self._braces(section, {detail.key for detail in needs})
        return Topic(
            name,
            examples,
            self._texts(section, "Say", is_required=True),
            self._texts(section, "Ask"),
            self._texts(section, "Offer"),
            needs,
        )

    def _needs(self, section: _Section, details: Mapping[str, Detail]) -> tuple[Detail, ...]:
        needs: list[Detail] = []
        for entry in self._listed(section, "Needs"):
            if entry.text.lower() not in details:
                self._fail(entry.line, f'there is no "## Detail: {entry.text}"')
            needs.append(details[entry.text.lower()])
        return tuple(needs)

    def _steps(
        self, named: Iterator[tuple[str, _Section]], details: Mapping[str, Detail]
    ) -> tuple[Step, ...]:
        steps: dict[str, Step] = {}
        for name, section in named:
            step = self._step(name, section, details)
            if step.after and step.after not in steps:
                self._fail(section.line, f'there is no "## Step: {step.after}" before "{section.heading}"')
            steps[name] = step
        return tuple(steps.values())

    def _step(self, name: str, section: _Section, details: Mapping[str, Detail]) -> Step:
        self._known(section, "Done when", "Said by", "With", "Needs", "Required", "Hint", "After")
        self._braces(section, set())
        examples, needs = self._texts(section, "Done when"), self._needs(section, details)
        if not examples and not needs:
            self._fail(section.line, f'"{section.heading}" needs a "Done when:" list, or "Needs:"')
        pattern = None
        if written := section.fields.get("With"):
            try:
                pattern = _DEADLINE if written[0].text == "deadline" else pattern_of(written[0].text)
            except ValueError as error:
                self._fail(written[0].line, str(error))
        said_by = self._one_of(section, "Said by", {each.value: each for each in SaidBy}, SaidBy.US)
        is_required = self._one_of(section, "Required", {"yes": True, "no": False}, False)
        hint = " ".join(self._texts(section, "Hint"))
        after = " ".join(self._texts(section, "After"))
        return Step(name, examples, said_by, pattern, needs, is_required, hint, after)

    def _one_of(self, section: _Section, name: str, known: Mapping[str, _Value], absent: _Value) -> _Value:
        entries = section.fields.get(name, [])
        if not entries:
            return absent
        if len(entries) > 1 or entries[0].text.lower() not in known:
            self._fail(entries[0].line, f'write {" or ".join(known)} after "{name}:"')
        return known[entries[0].text.lower()]

    def _vocabulary(self, section: _Section) -> Iterator[str]:
        self._known(section, "Words")
        for entry in self._listed(section, "Words"):
            yield entry.text

    def _braces(self, section: _Section, known: set[str]) -> None:
        """Check that only what is surely known is in braces."""
        for name, entries in section.fields.items():
            for entry in entries:
                for word in re.findall(r"\{([^}]*)\}", entry.text):
                    if name != "Say" or word not in known:
                        where = f'"Needs:" of "{section.heading}"' if known else f'"{section.heading}"'
                        self._fail(entry.line, f"{{{word}}} is not known here; {where} does not name it")
