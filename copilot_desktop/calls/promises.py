"""What the agent undertook in a call, found in their own words. Pure, by words, in English."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot_desktop.calls.events import Party
from copilot_desktop.calls.ports import Line

_MOST_CHARACTERS = 200
_END = re.compile(r"(?<=[.!?…])\s+")
_PROMISE = re.compile(
    r"\b(?:i'?ll|i will|we'?ll|we will|you'?ll (?:get|have|receive)|you will (?:get|have|receive)"
    r"|i(?:'ve| have) (?:just |now |already )?(?:booked|arranged|ordered|noted|changed|moved|cancell?ed"
    r"|asked|sent|put|set|reserved|extended|refunded)|we(?:'ve| have)? (?:agreed|said)|agreed)\b",
    re.IGNORECASE,
)
_SMALL = re.compile(
    r"\b(?:i'?ll|i will|we'?ll|we will) (?:just |quickly |now )?(?:have a look|take a look|look|see|check"
    r"|be right|be with|take this|take over|try to help|help you|hand|give you back|pass|put you|connect"
    r"|need|ask you)\b",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"^\W*(?:no\b(?!\s+problem)|nope|not\b|i don'?t want|i do not want|never)", re.IGNORECASE
)


def promised(lines: Sequence[Line]) -> str:
    """Return the agent's last sentence that undertakes something; empty if none does, or the caller refused.

    The words are those that were heard, unchanged.
    """
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        if line.party is not Party.AGENT:
            continue
        found = [sentence for sentence in _sentences(line.text) if _undertakes(sentence)]
        if found:
            answer = next((after.text for after in lines[at + 1 :] if after.party is Party.CALLER), "")
            return "" if _REFUSAL.match(answer) or len(found[-1]) > _MOST_CHARACTERS else found[-1]
    return ""


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in _END.split(text.replace("’", "'")) if part.strip()]


def _undertakes(sentence: str) -> bool:
    return not sentence.endswith("?") and bool(_PROMISE.search(sentence)) and not _SMALL.search(sentence)
