"""LineMessage: what happened, what still works, and what helps; made of sentences with facts in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from types import MappingProxyType

Translate = Callable[[str], str]
Sentence = tuple[str, ...]
"""Ways to say it, the most telling first. One that needs a fact which is not known is not used."""


class Remedy(StrEnum):
    """What the owner can do. The window makes buttons of them."""

    ENTER_KEY_AGAIN = "enter_key_again"
    OPEN_KEY_PAGE = "open_key_page"
    OPEN_ACCOUNT_PAGE = "open_account_page"
    CHECK_AGAIN = "check_again"
    PRACTISE = "practise"
    CHOOSE_NUMBER = "choose_number"
    POINT_HERE = "point_here"
    CLEAR_OVERRIDE = "clear_override"
    """Point the number here, and take off it what gets its calls first."""
    LEAVE_IT = "leave_it"
    DOWNLOAD_HELPER = "download_helper"
    OWN_ADDRESS = "own_address"
    ENTER_HELPER_KEY = "enter_helper_key"
    SET_UP_AGAIN = "set_up_again"
    TRY_ANOTHER_WAY = "try_another_way"
    NEW_ADDRESS = "new_address"
    ASK_IT = "ask_it"
    OPEN_SETTINGS = "open_settings"
    SHOW_DETAILS = "show_details"
    SAVE_REPORT = "save_report"
    OPEN_BILLING_PAGE = "open_billing_page"
    CONTINUE_WITHOUT_AI = "continue_without_ai"
    CHOOSE_MODEL = "choose_model"


_WORDS: Mapping[Remedy, str] = MappingProxyType(
    {
        Remedy.ENTER_KEY_AGAIN: "Enter the key again",
        Remedy.OPEN_KEY_PAGE: "Open Twilio's key page",
        Remedy.OPEN_ACCOUNT_PAGE: "Open your phone account",
        Remedy.CHECK_AGAIN: "Check again",
        Remedy.PRACTISE: "Practise without a number",
        Remedy.CHOOSE_NUMBER: "Choose another number",
        Remedy.POINT_HERE: "Point it here",
        Remedy.CLEAR_OVERRIDE: "Point it here instead",
        Remedy.LEAVE_IT: "Leave it",
        Remedy.DOWNLOAD_HELPER: "Download and set up",
        Remedy.OWN_ADDRESS: "I have my own address",
        Remedy.ENTER_HELPER_KEY: "Enter its key again",
        Remedy.SET_UP_AGAIN: "Set up again",
        Remedy.TRY_ANOTHER_WAY: "Try another way",
        Remedy.NEW_ADDRESS: "Get a new address",
        Remedy.ASK_IT: "Show what to ask your IT person",
        Remedy.OPEN_SETTINGS: "Open the settings",
        Remedy.SHOW_DETAILS: "Details",
        Remedy.SAVE_REPORT: "Save a problem report",
        Remedy.OPEN_BILLING_PAGE: "Open the billing page",
        Remedy.CONTINUE_WITHOUT_AI: "Continue without AI",
        Remedy.CHOOSE_MODEL: "Choose another model",
    }
)


@dataclass(frozen=True, slots=True)
class LineMessage:
    """A message ready to be shown. The first remedy is the one to press."""

    title: str
    text: str
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """A message before its facts are known."""

    title: Sentence
    text: tuple[Sentence, ...]
    remedies: tuple[Remedy, ...] = ()

    def filled(self, facts: Mapping[str, object], translate: Translate) -> LineMessage:
        """Return the message with these facts; empty ones count as not known."""
        sentences = [_fill(sentence, facts, translate) for sentence in self.text]
        text = " ".join(filter(None, sentences))
        return LineMessage(_fill(self.title, facts, translate), text, self.remedies)


def remedy_words(remedy: Remedy, translate: Translate = str) -> str:
    """Return what stands on the button."""
    return translate(_WORDS[remedy])


def _fill(sentence: Sentence, facts: Mapping[str, object], translate: Translate) -> str:
    for way in sentence:
        needed = [name for _, name, _, _ in Formatter().parse(way) if name]
        if all(facts.get(name) for name in needed):
            return translate(way).format(**facts)
    return ""
