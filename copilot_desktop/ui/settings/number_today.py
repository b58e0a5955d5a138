"""NumberToday: what the phone number does at this moment, and the two orders that change it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from copilot_desktop.calls.line import LineError, LineProblem, PhoneNumber
from copilot_desktop.messages import Remedy
from copilot_desktop.ui.settings.page import SettingsPage, words
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.strip import Strip
from copilot_desktop.ui.widgets.wording import phone_number


class NumberToday(QWidget):
    """Reads only when asked to; writes only on "Point here" and "Put back", each after what it says."""

    def __init__(
        self,
        page: SettingsPage,
        number: Callable[[], str],
        save_then: Callable[[Callable[[], None]], None],
    ) -> None:
        super().__init__()
        self._page, self._door, self._number = page, page.door, number
        self._save_then = save_then
        self.found: PhoneNumber | None = None
        self.state = words("", "plain")
        self.state.setObjectName("numberToday")
        self.kept = words("", "muted")
        self.kept.setObjectName("numberKept")
        self.point_button = push(self.tr("Point this number here"), "pointHere", role="accent")
        self.point_button.clicked.connect(lambda: save_then(self.point))
        self.back_button = push(self.tr("Put the old address back"), "putBack")
        self.back_button.clicked.connect(self.put_back)
        self.look_button = push(self.tr("Look again"), "lookAgain")
        self.look_button.clicked.connect(self.look)
        self.result = page.result("number")
        self.confirm = Strip(page.theme, "overrideStrip")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.state)
        column.addWidget(self.kept)
        column.addLayout(FlowRow(self.point_button, self.back_button, self.look_button))
        column.addWidget(self.confirm)
        column.addWidget(self.result)
        self.show_found(None)

    def show_found(self, found: PhoneNumber | None) -> None:
        """Say what the number does; None: it was not looked at."""
        self.found = found
        number = self._number()
        kept = self._door.kept_number()
        self.state.setText(self._sentence(found) if number else self.tr("Choose a number first."))
        self.kept.setVisible(kept is not None)
        if kept is not None:
            old = kept.voice_url or self.tr("no address")
            self.kept.setText(self.tr("Kept, so that you can put it back: {0}").format(old))
        is_ours = found is not None and self._is_ours(found)
        self.point_button.setVisible(bool(number) and not is_ours)
        self.back_button.setVisible(kept is not None)
        self.look_button.setVisible(bool(number))

    def look(self) -> None:
        """Ask the phone company what the number does."""
        number = self._number()
        self.confirm.dismiss()
        if number:
            self._page.run(self.result, self.tr("Looking what the number does"), self._look(number))

    def point(self, *, clears_override: bool = False) -> None:
        """Send the number's calls here."""
        number = self._number()
        if number:
            work = self._point(number, clears_override)
            self._page.run(self.result, self.tr("Pointing the number here"), work)

    def put_back(self) -> None:
        """Give the number its old address."""
        self._page.run(self.result, self.tr("Putting the old address back"), self._put_back())

    async def _look(self, number: str) -> str:
        self.show_found(await self._door.look_at_number(number))
        return ""

    async def _point(self, number: str, clears_override: bool) -> str:
        try:
            found = await self._door.point_here(number, clears_override)
        except LineError as error:
            if error.problem is not LineProblem.NUMBER_OVERRIDDEN:
                raise
            self._ask_override()
            return ""
        self.show_found(found)
        return self.tr("Done. Calls to {0} come here now.").format(phone_number(number))

    async def _put_back(self) -> str:
        found = await self._door.put_back()
        self.show_found(found)
        return self.tr("Done. The number does what it did before.")

    def _ask_override(self) -> None:
        self.confirm.tell(
            self.tr("Another setting gets this number's calls first"),
            self.tr(
                "An application or trunk was put on it on the phone company's site. To point the number here "
                "it must come off. We keep its name, and “Put the old address back” restores it."
            ),
            "warning",
            (
                (self.tr("Leave it"), lambda: None),
                (self.tr("Take it off"), lambda: self.point(clears_override=True)),
            ),
            is_guarded=True,
        )

    def _is_ours(self, found: PhoneNumber) -> bool:
        ours = self._door.line_status.public_url
        return bool(ours) and found.voice_url.startswith(ours) and not found.is_overridden

    def _sentence(self, found: PhoneNumber | None) -> str:
        if found is None:
            return self.tr("Not looked at yet.")
        if found.is_overridden:
            name = found.application_sid or found.trunk_sid
            return self.tr("Calls go to an application of your phone account first ({0}).").format(name)
        if self._is_ours(found):
            return self.tr("✓  Calls come to this program.")
        if found.voice_url:
            return self.tr("Calls go to {0} – set by someone else.").format(found.voice_url)
        return self.tr("Calls go nowhere: callers hear that the number is not in use.")

    def deeds(self) -> dict[Remedy, Callable[[], None]]:
        """What the remedies mean on this page."""
        return {
            Remedy.POINT_HERE: lambda: self._save_then(self.point),
            Remedy.CLEAR_OVERRIDE: lambda: self._save_then(lambda: self.point(clears_override=True)),
            Remedy.LEAVE_IT: self.result.clear,
            Remedy.CHECK_AGAIN: self.look,
        }


def number_name(number: PhoneNumber) -> str:
    """Return a number as a list shows it, with the name it has in the account."""
    shown = phone_number(number.number)
    has_label = number.label and number.label not in (number.number, shown)
    return f"{shown} · {number.label}" if has_label else shown
