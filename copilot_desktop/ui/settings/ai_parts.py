"""The four parts of the AI in words, the languages, the voices and the tools: what the page AI offers."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from copilot_desktop.ui.settings.door import ModelChoice
from copilot_desktop.ui.settings.engine_part import PartWords
from copilot_desktop.ui.widgets.choices import Option

_VOICES = ("marin", "cedar", "alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse")
"""Those that OpenAI's both ways of speaking know."""
_LANGUAGES = {
    "en": "English",
    "ar": "Arabic",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "hi": "Hindi",
    "hu": "Hungarian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("aiParts", text)


def voices() -> list[ModelChoice]:
    """Return the voices that are known by name."""
    return [ModelChoice(name) for name in _VOICES]


def languages() -> list[Option]:
    """Return the languages by their code, English first."""
    return [Option(code, _tr(name)) for code, name in _LANGUAGES.items()]


def part_words() -> tuple[PartWords, ...]:
    """Return what is said about hearing, writer, voice and judge, in this order."""
    auto = Option("auto", _tr("Automatic (recommended)"))
    here = Option("embedded", _tr("This computer only"))
    return (
        PartWords(
            "hearing",
            _tr("Speech-to-text"),
            (
                auto,
                here,
                Option("live", _tr("OpenAI, word by word"), _tr("Words come while the caller speaks.")),
                Option("file", _tr("OpenAI or own server"), _tr("One request for each sentence.")),
            ),
            _tr("Listening to a sentence"),
        ),
        PartWords(
            "writer",
            _tr("AI for answers"),
            (
                auto,
                Option("embedded", _tr("This computer only"), _tr("Answers of your playbook.")),
                Option("responses", _tr("OpenAI")),
                Option("chat", _tr("Own server")),
            ),
            _tr("Asking for an answer"),
        ),
        PartWords(
            "voice",
            _tr("AI voice"),
            (
                auto,
                here,
                Option("speech", _tr("OpenAI or own server"), _tr("One request for each sentence.")),
                Option("realtime", _tr("OpenAI, realtime"), _tr("Over one open connection.")),
            ),
            _tr("Speaking a sentence"),
        ),
        PartWords(
            "judge",
            _tr("AI for reports"),
            (
                auto,
                Option("none", _tr("No AI")),
                Option("responses", _tr("OpenAI")),
                Option("chat", _tr("Own server")),
            ),
            _tr("Asking for a judgement"),
            without="none",
        ),
    )


def tools() -> tuple[Option, ...]:
    """Return what the AI may do besides talking, as `ai_tools` names it."""
    return (
        Option("search", _tr("Look things up in your documents")),
        Option("ask_agent", _tr("Ask you when it does not know on")),
        Option("take_message", _tr("Take a message for you")),
        Option("end_call", _tr("End the call when all is said")),
        Option(
            "transfer",
            _tr("Pass the caller on"),
            _tr("Only to the people under Phone number, and only while the AI speaks by itself."),
        ),
    )
