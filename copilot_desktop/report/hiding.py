"""Hides people in a report: their names and numbers go, from every text that it holds. Pure.

What is added to the report later is hidden without anybody thinking of it: all text is changed but for what
`_OURS` names as the program's own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from copilot_desktop.calls.card_numbers import runs
from copilot_desktop.calls.events import CallId
from copilot_desktop.report.model import CallReport
from copilot_desktop.report.names import hide_names, names_in

T = TypeVar("T")

NUMBER_HIDDEN = "[number hidden]"
_EMAIL_HIDDEN = "[e-mail hidden]"
_EMAIL = re.compile(r"[^\s<>\"“”(),;:]+@[^\s<>\"“”(),;:]+\.[^\W\d_]{2,}|\bsips?:\S+")
_LEAST_PHONE_DIGITS = 7
_LEAST_PART_DIGITS = 4
_OURS: dict[str, frozenset[str]] = {
    "CallReport": frozenset({"call_id", "caller", "line", "score_note", "caution", "unjudgeable_because"}),
    "MeasureGroup": frozenset({"title", "measures"}),
    "SectionResult": frozenset({"id", "title"}),
    "CriterionAnswer": frozenset(
        {"id", "title", "answer", "words", "confidence", "raw_answer", "options", "state"}
    ),
    "Judgement": frozenset({"form_title", "judge", "score_note", "failed"}),
    "LineSlot": frozenset({"because"}),
    "MoodLine": frozenset({"missing_because"}),
    "Override": frozenset({"old", "new"}),
}


def with_texts(report: CallReport, change: Callable[[str], str]) -> CallReport:
    """Return `report` with `change` applied to everything that people and the AI have said or written."""
    return _changed(report, change)


def without_people(report: CallReport) -> CallReport:
    """Return `report` without names, phone numbers, addresses in the net, and without the call's own id."""
    texts = list(_texts(report))
    names = names_in(texts)
    if report.wrap_up is not None:
        names |= {part.casefold() for part in report.wrap_up.follow_up_by.split()}
    own = [digits for digits in (_digits(report.caller), _digits(report.line)) if digits]
    known = [text for text in (report.caller, report.line) if text]

    def hide(text: str) -> str:
        for number in known:
            text = text.replace(number, NUMBER_HIDDEN)
        text = _EMAIL.sub(_EMAIL_HIDDEN, text)
        return hide_names(_without_numbers(text, own), names)

    id = hashlib.sha256(report.call_id.encode()).hexdigest()[:12]
    return replace(
        with_texts(report, hide),
        call_id=CallId(f"call-{id}"),
        caller=NUMBER_HIDDEN if report.caller else "",
        line=NUMBER_HIDDEN if report.line else "",
    )


def _without_numbers(text: str, own: Iterable[str]) -> str:
    """Hide what is as long as a phone number, and pieces of the two numbers of the call, however said."""
    for run in reversed(runs(text)):
        is_part = len(run.digits) >= _LEAST_PART_DIGITS and any(run.digits in number for number in own)
        if is_part or len(run.digits) >= _LEAST_PHONE_DIGITS:
            start = run.start - 1 if run.start and text[run.start - 1] == "+" else run.start
            text = text[:start] + NUMBER_HIDDEN + text[run.end :]
    return text


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))


def _texts(value: Any) -> Iterator[str]:
    found: list[str] = []

    def keep(text: str) -> str:
        found.append(text)
        return text

    _changed(value, keep)
    yield from found


def _changed(value: T, change: Callable[[str], str]) -> T:
    """Return `value` with its texts changed; the very same object where nothing did."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return change(value) if value else value  # type: ignore[return-value]
    if is_dataclass(value) and not isinstance(value, type):
        own = _OURS.get(type(value).__name__, frozenset())
        olds = {field.name: getattr(value, field.name) for field in fields(value) if field.name not in own}
        news = {name: _changed(old, change) for name, old in olds.items()}
        moved = {name: new for name, new in news.items() if new is not olds[name]}
        return replace(value, **moved) if moved else value
    if isinstance(value, tuple):
        parts = [_changed(part, change) for part in value]
        if all(new is old for new, old in zip(parts, value, strict=True)):
            return value
        kind = type(value)
        return kind(*parts) if hasattr(kind, "_fields") else kind(parts)
    return value
