"""What nobody may hear of an assistant that goes on after a colleague: a new greeting, or known things asked.

Pure, by words, in English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_GREETING = re.compile(
    r"^\W*(?:(?:yes|well|so|okay|ok)[, ]+)?(?:hello|hi|hey|welcome|good (?:morning|afternoon|evening|day))\b"
    r"(?! again to)|\bhow (?:can|may) i help you(?: today)?\b|\byou have reached\b"
    r"|\b(?:this is|i am|i'm|my name is) (?:the|your|an?) (?:\w+ )?assistant\b",
    re.IGNORECASE,
)
_OPENING = re.compile(r"\bthank you for calling\b", re.IGNORECASE)
_PARTING = re.compile(r"\b(?:good ?bye|bye|nice day|nice evening|take care)\b", re.IGNORECASE)
_ASKING = re.compile(
    r"\?|\b(?:please|could you|can you|would you|may i|can i|could i|i need|i would need|tell me|give me"
    r"|let me have|what is|what's|i did not catch|i didn't catch)\b",
    re.IGNORECASE,
)


def objection(said: str, facts: Mapping[str, str], known: Mapping[str, Sequence[str]]) -> str:
    """Return what is wrong with `said`, in a sentence; empty: nothing.

    `known`: by the name of a fact, the words by which one asks for it; its value stands in `facts`. Who says
    the value itself reads it back and does not ask for it.
    """
    sentences = [sentence for sentence in _SENTENCE_END.split(said.replace("’", "'")) if sentence.strip()]
    for sentence in sentences:
        is_opening = _OPENING.search(sentence) is not None and not _PARTING.search(said)
        if is_opening or _GREETING.search(sentence):
            return "The assistant greeted again."
        for name, phrases in known.items():
            if _ASKING.search(sentence) and _holds(sentence, phrases) and not _tells(sentence, facts[name]):
                return f"The assistant asked again for the {name.replace('_', ' ')}, which it knew."
    return ""


def _holds(sentence: str, phrases: Sequence[str]) -> bool:
    return any(re.search(rf"\b{re.escape(phrase)}\b", sentence, re.IGNORECASE) for phrase in phrases)


def _tells(sentence: str, value: str) -> bool:
    digits = "".join(filter(str.isdigit, value))
    if digits:
        return digits in "".join(filter(str.isdigit, sentence))
    return value.lower() in sentence.lower()
