"""Remedies: a message about the line, what the buttons under it do, and their words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QCoreApplication

from copilot_desktop.calls.errors import EngineError
from copilot_desktop.calls.line import LineProblem
from copilot_desktop.messages import LineMessage, Remedy, engine_message, line_message, remedy_words
from copilot_desktop.ui.settings.door import SettingsDoor
from copilot_desktop.ui.widgets.wording import phone_number

Offer = tuple[str, str, Callable[[], None]]
"""A remedy's name in the code, its words, and what it does."""


class Remedies:
    """What is done for each remedy. A page may put its own in the place of one; see `having`."""

    def __init__(self, deeds: Mapping[Remedy, Callable[[], None]] | None = None) -> None:
        self._deeds = dict(deeds or {})

    def __contains__(self, remedy: Remedy) -> bool:
        return remedy in self._deeds

    def __getitem__(self, remedy: Remedy) -> Callable[[], None]:
        return self._deeds[remedy]

    def having(self, deeds: Mapping[Remedy, Callable[[], None]]) -> Remedies:
        """Return the same with others in their place."""
        return Remedies({**self._deeds, **deeds})


def told(problem: LineProblem, door: SettingsDoor) -> LineMessage:
    """Return what to say about a problem of the line as it stands, in the user's language."""
    status, settings = door.line_status, door.settings
    number = status.number or settings.twilio_number
    return line_message(
        problem,
        _translate,
        number=phone_number(number) if number else "",
        lost_at=status.lost_at.astimezone().strftime("%H:%M") if status.lost_at else "",
        tries=status.tries,
        outage=settings.outage,
    )


def engine_told(error: EngineError) -> LineMessage:
    """Return what to say about an engine that failed, in the user's language."""
    return engine_message(error.fault, error.engine, _translate)


def offers(remedies: Iterable[Remedy], known: Remedies) -> list[Offer]:
    """Return a button each for those that can be done here."""
    return [(remedy.value, _words(remedy), known[remedy]) for remedy in remedies if remedy in known]


def _words(remedy: Remedy) -> str:
    if remedy is Remedy.DOWNLOAD_HELPER:
        # We lead to its maker's page, and say where to put it; nothing is downloaded by itself.
        return QCoreApplication.translate("remedies", "Get the helper program")
    return remedy_words(remedy, _translate)


def _translate(text: str) -> str:
    return QCoreApplication.translate("messages", text)
