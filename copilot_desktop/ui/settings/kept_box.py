"""KeptBox: how long calls and sound are kept, what is there, and deleting all of it in two steps."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtCore import QDate, QLocale
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout
from shiboken6 import isValid

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.ui.settings.page import SettingsPage, words
from copilot_desktop.ui.settings.privacy_door import KeptLine
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.choices import NumberField
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push

_MOST_DAYS = 3650


class KeptBox:
    """Builds its fields into `page`. `load` asks for the figures. Nothing here is modal."""

    def __init__(self, page: SettingsPage) -> None:
        self._page = page
        tr = page.tr
        self._word = tr("DELETE")
        self._rows = page.group(tr("Keep for"))
        days = tr(" days")
        for name, title, hint in (
            (
                "keep_recordings_days",
                tr("Keep recordings for"),
                tr("Older sound is deleted; the call stays with its words and its report."),
            ),
            (
                "keep_calls_days",
                tr("Keep calls for"),
                tr("Older calls are deleted with words, notes, report and sound."),
            ),
        ):
            field = NumberField(
                name, title, hint, least=0, most=_MOST_DAYS, step=30, suffix=days, zero=tr("ever")
            )
            page.add(self._rows, field)
        self.line, self.last = words(tr("Counting…")), words("", "muted")
        self.line.setObjectName("keptLine")
        self.last.setObjectName("clearedLine")
        self._rows.addWidget(self.line)
        self._rows.addWidget(self.last)
        self.ask_button = push(tr("Delete everything now…"), "deleteAll")
        self.ask_button.clicked.connect(self._ask)
        self._rows.addLayout(FlowRow(self.ask_button))
        self._build_question()

    def load(self) -> None:
        """Fetch the figures; they come when they come."""
        self._stay()
        self._page.door.spawn(self._load())

    def _build_question(self) -> None:
        tr = self._page.tr
        self.question = QFrame()
        self.question.setObjectName("deleteAllQuestion")
        self.question.setProperty("look", "group")
        column = QVBoxLayout(self.question)
        self._asked = words(
            tr(
                "All calls that have ended go, with words, reports and recordings, but for those whose "
                "wrap-up is still open. This cannot be undone."
            )
        )
        hint = words(tr("Type {0} to confirm.").format(self._word), "muted")
        self.typed = QLineEdit()
        self.typed.setObjectName("deleteAllField")
        self.typed.setAccessibleName(tr("Type {0} to delete everything").format(self._word))
        self.typed.textChanged.connect(self._fit)
        self.delete_button = push(tr("Delete all calls"), "deleteAllSure", role="danger")
        self.delete_button.clicked.connect(self._delete)
        stay = push(tr("Keep everything"), "deleteAllStay")
        stay.clicked.connect(self._stay)
        for each in (self._asked, hint, self.typed):
            column.addWidget(each)
        column.addLayout(FlowRow(stay, self.delete_button))
        self.question.hide()
        self._rows.addWidget(self.question)

    def _ask(self) -> None:
        self.typed.clear()
        self.question.show()
        self.ask_button.setEnabled(False)
        self._fit()
        self.typed.setFocus()

    def _stay(self) -> None:
        self.typed.clear()
        self.question.hide()
        self.ask_button.setEnabled(True)

    def _fit(self) -> None:
        self.delete_button.setEnabled(self.typed.text().strip() == self._word)

    def _delete(self) -> None:
        self._stay()
        self.ask_button.setEnabled(False)
        self.line.setText(self._page.tr("Deleting…"))
        self._page.door.spawn(self._delete_all())

    async def _delete_all(self) -> None:
        tr = self._page.tr
        try:
            count = await self._page.door.privacy.delete_everything()
        except CopilotError:
            if isValid(self.line):
                self.line.setText(tr("Not everything could be deleted. Try again."))
                self.ask_button.setEnabled(True)
            return
        if isValid(self.line):
            announce(self._page, tr("{0} calls deleted").format(count))
            self.ask_button.setEnabled(True)
            await self._load()

    async def _load(self) -> None:
        try:
            kept = await self._page.door.privacy.kept()
        except CopilotError:
            if isValid(self.line):
                self.line.setText(self._page.tr("What is kept cannot be read just now."))
            return
        if isValid(self.line):
            self._show(kept)

    def _show(self, kept: KeptLine) -> None:
        tr, locale = self._page.tr, QLocale()
        size = locale.formattedDataSize(kept.recordings_bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
        calls = tr("1 call") if kept.calls == 1 else tr("{0} calls").format(locale.toString(kept.calls))
        parts = [tr("{0} on this computer, recordings use {1}.").format(calls, size)]
        if kept.oldest is not None:
            parts.append(tr("The oldest: {0}.").format(day_words(kept.oldest)))
        self.line.setText(" ".join(parts) if kept.calls else tr("No calls are kept."))
        self.ask_button.setEnabled(kept.calls > 0)
        self.last.setVisible(kept.cleared_at is not None)
        if kept.cleared_at is not None:
            self.last.setText(self._cleared_words(kept, kept.cleared_at))

    def _cleared_words(self, kept: KeptLine, at: datetime) -> str:
        tr = self._page.tr
        local = at.astimezone()
        day = tr("today") if local.date() == date.today() else day_words(at)
        calls = tr("1 call") if kept.cleared_calls == 1 else tr("{0} calls").format(kept.cleared_calls)
        recordings = (
            tr("1 recording")
            if kept.cleared_recordings == 1
            else tr("{0} recordings").format(kept.cleared_recordings)
        )
        what = tr("{0} and {1}").format(calls, recordings) if kept.cleared_recordings else calls
        return tr("Last clean-up: {0} {1}, {2}").format(day, f"{local:%H:%M}", what)


def day_words(moment: datetime) -> str:
    """Return a day as people write it."""
    local = moment.astimezone()
    return QLocale().toString(QDate(local.year, local.month, local.day), "d MMM yyyy")
