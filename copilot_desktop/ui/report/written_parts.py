"""What people wrote about a call, and the steps it went through, as parts of its report."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from copilot_desktop.calls.events import ChecklistItem
from copilot_desktop.report import steps
from copilot_desktop.report import wording as report_wording
from copilot_desktop.report.model import CallReport, Mark, MarkKind, Span
from copilot_desktop.report.wrap_up import WrapUp
from copilot_desktop.ui.widgets.moments import MomentsButton
from copilot_desktop.ui.widgets.theme import label, set_look
from copilot_desktop.ui.widgets.wording import clock

Ask = Callable[[int], None]
"""Takes milliseconds of the call that are to be heard."""


def written_parts(report: CallReport, ask: Ask) -> list[QWidget]:
    """Return the form, the notes and marks, and the checklist; nothing for what there is not."""
    marks = [mark for mark in report.marks if mark.kind is MarkKind.BOOKMARK]
    parts: list[QWidget] = []
    if report.wrap_up is not None and _rows(report.wrap_up):
        parts.append(_form(report.wrap_up))
    if report.notes or marks:
        parts.append(_notes(report.notes, marks, ask))
    if report.checklist:
        parts.append(_checklist(report.checklist, ask))
    return parts


def selectable(words: str) -> QLabel:
    """Return a text that wraps and can be copied."""
    shown = label(words, "plain")
    shown.setTextFormat(Qt.TextFormat.PlainText)
    shown.setWordWrap(True)
    shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return shown


def _form(wrap_up: WrapUp) -> QWidget:
    box, column = _box("reportWrapUp", _tr("After the call"))
    if not wrap_up.is_saved:
        open_yet = label(_tr("Not saved yet: the form waits at the desk."), "small")
        set_look(open_yet, "tone", "warning")
        column.addWidget(open_yet)
    for name, words in _rows(wrap_up):
        column.addWidget(label(name, "small"))
        column.addWidget(selectable(words))
    return box


def _rows(wrap_up: WrapUp) -> list[tuple[str, str]]:
    draft = "" if wrap_up.is_summary_own else _tr(" (the AI's draft)")
    return [(name + (draft if name == "Summary" else ""), words) for name, words in wrap_up.rows]


def _notes(notes: str, marks: Sequence[Mark], ask: Ask) -> QWidget:
    box, column = _box("reportNotes", _tr("Your notes"))
    if notes:
        column.addWidget(selectable(notes))
    for number, mark in enumerate(marks):
        words = f"{clock(mark.at_ms / 1000)}  {report_wording.bookmark(mark)}"
        button = MomentsButton(report_wording.bookmark(mark), [Span(mark.at_ms, mark.at_ms)])
        button.setObjectName(f"bookmark_{number}")
        column.addLayout(_playable(words, button, ask))
    return box


def _checklist(items: Sequence[ChecklistItem], ask: Ask) -> QWidget:
    box, column = _box("reportChecklist", _tr("Checklist"))
    head = selectable(steps.headline(items))
    if steps.missing(items):
        set_look(head, "tone", "warning")
    column.addWidget(head)
    for number, item in enumerate(items):
        words = steps.title(item) + (_tr(", by you") if item.is_by_agent else "")
        if item.done_ms is None:
            column.addWidget(selectable(words))
            continue
        button = MomentsButton(item.step, [Span(item.done_ms, item.done_ms)])
        button.setObjectName(f"step_{number}")
        column.addLayout(_playable(words, button, ask))
    return box


def _playable(words: str, button: MomentsButton, ask: Ask) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(selectable(words), 1)
    button.asked.connect(ask)
    row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
    return row


def _box(name: str, title: str) -> tuple[QWidget, QVBoxLayout]:
    box = QWidget()
    box.setObjectName(name)
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    column.addWidget(label(title, "heading"))
    return box, column


def _tr(text: str) -> str:
    return QCoreApplication.translate("written_parts", text)
