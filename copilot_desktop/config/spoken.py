"""The sentences that callers hear when the owner has not written their own: made from the business's name."""

from __future__ import annotations

import unicodedata

MADE = ("greeting", "message", "voicemail_prompt", "outage_message")
"""Settings that are made while they are empty."""

AI_IS_NAMED = "You are talking to an AI assistant."


def make(name: str, *, business: str, is_notice_given: bool) -> str:
    """Return the text of a setting of MADE.

    `is_notice_given`: a notice of its own says first that an AI speaks; otherwise the greeting must.
    """
    thanks = f"Thank you for calling {business}." if business else "Thank you for calling."
    match name:
        case "greeting":
            named = "" if is_notice_given else f"{AI_IS_NAMED} "
            return f"{thanks} {named}How can I help you?"
        case "message":
            return f"{thanks} We cannot take your call right now. We will call you back."
        case "voicemail_prompt":
            return f"{thanks} We cannot take your call right now. Please leave a message after the tone."
        case "outage_message":
            return f"{thanks} We cannot take your call right now. Please call again later."
    raise ValueError(f"{name} is not made")


def tidy(text: str) -> str:
    """Return `text` on one line and without control characters, which no voice and no XML can take."""
    kept = (letter if unicodedata.category(letter) != "Cc" else " " for letter in text)
    return " ".join("".join(kept).split())
