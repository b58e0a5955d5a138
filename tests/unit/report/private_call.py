"""A call in which people say what must not be seen, in every place where a report keeps words."""

from __future__ import annotations

from dataclasses import replace

from copilot_desktop.calls.events import (
    Bookmarked,
    CallEvent,
    NotesChanged,
    SummaryWritten,
    TransferChanged,
    TransferResult,
)
from tests.unit.report.calls import AGENT, AI, CALL, CALLER, in_order, known_call, words

NAME, OTHER = "Keller", "Wieczorek"
PRIVATE = (
    *(NAME, OTHER, "Maria", "keller"),
    *("2025550142", "202-555-0142", "555 0142", "2025550100", "202-555-0100", "two oh two"),
    *("4111 1111", "4111111111111111", "maria.keller@example.org", "DE89 3704", "+12025550177", "555-0177"),
    "CA0142",
)


def private_call() -> list[CallEvent]:
    """Return `known_call` with names, numbers and addresses in it."""
    said = in_order(
        words(CALLER, 21_000, 22_000, "My name is Maria Keller, the card is 4111 1111 1111 1111."),
        words(AI, 23_000, 23_500, "Thank you, Mrs. Keller.", unheard="Maria, one moment."),
        words(
            CALLER, 24_000, 24_500, "Call me at 202 555 0142, or two oh two five five five oh one four two."
        ),
        words(
            CALLER,
            25_000,
            25_500,
            "Write to maria.keller@example.org, the IBAN is DE89 3704 0044 0532 0130 00.",
        ),
        words(AGENT, 26_000, 26_500, "I'm Wieczorek, keller's order goes out."),
        Bookmarked(call_id=CALL, at_ms=27_000, moment_ms=27_000, text="Keller's number"),
        NotesChanged(call_id=CALL, at_ms=28_000, text="Maria Keller\nback to +1 202-555-0142"),
        TransferChanged(call_id=CALL, at_ms=29_000, to="+12025550177", result=TransferResult.ASKED),
        SummaryWritten(call_id=CALL, at_ms=70_000, text="Maria Keller's order is late. Wieczorek calls her."),
    )
    return in_order(known_call(), said)


def as_practice(events: list[CallEvent]) -> list[CallEvent]:
    """Return the same as a practice call."""
    return [replace(events[0], is_practice=True), *events[1:]]  # type: ignore[call-arg]
