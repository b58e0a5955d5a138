"""Facts of calls, as tests of the history tell them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    Outcome,
    Party,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.store import Store

STARTED = datetime(2026, 3, 12, 14, 28, tzinfo=UTC)


def ringing(call: str, *, minute: int = 0) -> CallRinging:
    return CallRinging(
        call_id=CallId(call),
        at_ms=0,
        caller="+15550100142",
        line="+15550100100",
        started_at=STARTED + timedelta(minutes=minute),
    )


def said(call: str, text: str, at_ms: int = 1000, party: Party = Party.CALLER) -> UtteranceFinished:
    return UtteranceFinished(
        call_id=CallId(call),
        at_ms=at_ms,
        utterance_id=UtteranceId(f"u{at_ms}"),
        party=party,
        text=text,
        start_ms=at_ms - 500,
        end_ms=at_ms,
    )


def ended(call: str, at_ms: int = 9000) -> CallEnded:
    return CallEnded(call_id=CallId(call), at_ms=at_ms, outcome=Outcome.COMPLETED, duration_ms=at_ms)


def keep(store: Store, *events: CallEvent) -> None:
    for event in events:
        store.append(event)


def found(store: Store, words: str) -> list[str]:
    return [summary.call_id for summary in asyncio.run(store.search(words, 100))]
