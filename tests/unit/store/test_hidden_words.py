"""What is hidden never reaches the disk: not the tables, not the write-ahead log, not the index of words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from copilot_desktop.audio import g711
from copilot_desktop.calls.events import (
    Bookmarked,
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    DigitPressed,
    DigitsSent,
    NotesChanged,
    NoticeGiven,
    Outcome,
    Party,
    RecordingPlaced,
    SuggestionId,
    SuggestionReady,
    SummaryWritten,
    UtteranceFinished,
    UtteranceId,
)
from copilot_desktop.privacy import ALL_KINDS, Hidden
from copilot_desktop.store import Store, open_store
from copilot_desktop.store.wav import pieces
from tests.unit.privacy.private_words import PLANTED

CALL = CallId("hidden")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path, hides=lambda: ALL_KINDS)
    opened.append(ringing())
    yield opened
    opened.close()


def ringing() -> CallRinging:
    return CallRinging(
        call_id=CALL, at_ms=0, caller="+12025550142", line="+12025550100", started_at=datetime.now(UTC)
    )


def said(text: str, start_ms: int, *, id: str = "", party: Party = Party.CALLER) -> UtteranceFinished:
    return UtteranceFinished(
        call_id=CALL,
        at_ms=start_ms + 2000,
        utterance_id=UtteranceId(id or f"u{start_ms}"),
        party=party,
        text=text,
        start_ms=start_ms,
        end_ms=start_ms + 2000,
    )


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def texts(store: Store) -> list[str]:
    return [fact.text for fact in asyncio.run(store.read(CALL)) if isinstance(fact, UtteranceFinished)]


def keep(store: Store, *events: CallEvent) -> None:
    for event in events:
        store.append(event)


def test_a_call_with_everything_in_it_leaves_none_of_it(store: Store, tmp_path: Path) -> None:
    for index, (_, text, _) in enumerate(PLANTED):
        at_ms = index * 20_000
        keep(store, said(text, at_ms), said(f"So you said: {text}", at_ms + 3000, party=Party.ASSISTANT))
        keep(store, Bookmarked(call_id=CALL, at_ms=at_ms, moment_ms=at_ms, text=text))
        keep(store, NotesChanged(call_id=CALL, at_ms=at_ms, text=text))
        keep(
            store,
            SuggestionReady(
                call_id=CALL,
                at_ms=at_ms,
                suggestion_id=SuggestionId(f"s{index}"),
                answers=UtteranceId("u"),
                text=text,
                sources=(),
                latency_ms=1,
            ),
        )
        if index % 10 == 0:
            asyncio.run(store.flush_facts())
    keep(store, SummaryWritten(call_id=CALL, at_ms=1, text="Call back: 202-555-0123"))
    # The program may be killed now: what is on the disk counts, not what closing would tidy up.
    asyncio.run(store.flush_facts())
    left = on_disk(tmp_path)
    for kind, text, rest in PLANTED:
        before, after = rest.split("{}")
        private = text[len(before) : len(text) - len(after) if after else None].encode()
        assert private not in left, kind
    assert b"555-0123" not in left
    assert texts(store)[0] == f"My card is {Hidden.CARD.mark}."
    assert asyncio.run(store.search("keller", 10)) == []
    assert len(asyncio.run(store.search("hidden", 10))) == 1


def test_a_number_said_over_pauses_is_taken_out_of_all_its_parts(store: Store, tmp_path: Path) -> None:
    for start_ms, text in (
        (0, "My number is two zero two."),
        (3000, "Five five five,"),
        (6000, "0 1 2 3. Okay?"),
    ):
        keep(store, said(text, start_ms))
        asyncio.run(store.flush_facts())
    mark = Hidden.PHONE.mark
    assert texts(store) == [f"My number is {mark}", mark, f"{mark}. Okay?"]
    left = on_disk(tmp_path).lower()
    assert b"two zero two" not in left
    assert b"five five" not in left
    assert asyncio.run(store.search("five", 10)) == []


def test_the_same_in_one_batch(store: Store) -> None:
    keep(store, said("Call two zero two", 0), said("five five five 0 1 2 3", 3000))
    assert texts(store) == [f"Call {Hidden.PHONE.mark}", Hidden.PHONE.mark]


def test_what_was_said_long_before_is_another_number(store: Store) -> None:
    keep(store, said("I have 202", 0), said("555 0 1", 60_000))
    assert texts(store) == ["I have 202", "555 0 1"]


def test_what_others_say_between_does_not_matter(store: Store) -> None:
    keep(store, said("Call 202 555", 0), said("Yes?", 2100, party=Party.ASSISTANT), said("0123 please", 4000))
    assert texts(store) == [f"Call {Hidden.PHONE.mark}", "Yes?", f"{Hidden.PHONE.mark} please"]


def test_keys_that_may_be_a_number_are_not_kept_beyond_the_first(store: Store) -> None:
    for index, digit in enumerate("2025550123"):
        keep(store, DigitPressed(call_id=CALL, at_ms=index * 300, digit=digit))
    keep(store, DigitsSent(call_id=CALL, at_ms=9000, digits="12"))
    keep(store, DigitsSent(call_id=CALL, at_ms=9500, digits="5550123"))
    kept = asyncio.run(store.read(CALL))
    assert "".join(fact.digit for fact in kept if isinstance(fact, DigitPressed)) == "2025••••••"
    assert [fact.digits for fact in kept if isinstance(fact, DigitsSent)] == ["12", "•••••••"]


def test_the_notice_and_the_numbers_of_the_call_itself_stay(store: Store) -> None:
    notice = NoticeGiven(call_id=CALL, at_ms=5, text="Questions? Call 202-555-0100.", by=Party.ASSISTANT)
    keep(store, notice)
    kept = asyncio.run(store.read(CALL))
    assert kept[1] == notice
    assert kept[0].caller == "+12025550142"  # type: ignore[attr-defined]


def test_nothing_is_changed_where_nothing_is_to_be_hidden(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    events: list[CallEvent] = [ringing(), said("Call 202-555-0123", 0), said("DE89370400440532013000", 3000)]
    keep(store, *events)
    assert asyncio.run(store.read(CALL)) == events
    store.close()


def test_a_change_of_the_setting_holds_from_the_next_words_on(tmp_path: Path) -> None:
    kinds: set[Hidden] = set()
    store = open_store(tmp_path, hides=lambda: kinds)
    keep(store, ringing(), said("Call 202-555-0123", 0))
    asyncio.run(store.flush_facts())
    kinds.add(Hidden.PHONE)
    keep(store, said("Or 202-555-0199", 20_000))
    assert texts(store) == ["Call 202-555-0123", f"Or {Hidden.PHONE.mark}"]
    store.close()


@pytest.mark.parametrize("is_closed", [False, True])
def test_the_sound_of_it_is_taken_out_of_the_recording(store: Store, is_closed: bool) -> None:
    recording = store.recordings.open(CALL)
    # The stream began when the call was 1 s old: its moments lie 1 s earlier on the recording.
    keep(store, RecordingPlaced(call_id=CALL, at_ms=1000, call_ms=1000, recording_ms=0))
    loud = g711.encode(np.full(160, 8000, dtype=np.int16))
    for _ in range(300):
        recording.write(loud, loud)
    if is_closed:
        asyncio.run(store.flush())
        recording.close()
        asyncio.run(store.flush())
    keep(store, said("202-555-0123", 3000))
    asyncio.run(store.flush())
    asyncio.run(store.flush())
    path = store.recording_path(CALL)
    assert path is not None
    sound = np.concatenate(list(pieces(path)))
    assert len(sound) == 300 * 160
    assert not sound[int(1.7 * 8000) : int(4.3 * 8000)].any()
    assert sound[: int(1.6 * 8000)].all()
    assert sound[int(4.4 * 8000) :].all()


def test_after_the_end_words_are_still_hidden(store: Store) -> None:
    keep(store, CallEnded(call_id=CALL, at_ms=9000, outcome=Outcome.COMPLETED, duration_ms=9000))
    keep(store, SummaryWritten(call_id=CALL, at_ms=9500, text="Call 202-555-0123 back."))
    kept = asyncio.run(store.read(CALL))
    assert kept[-1].text == f"Call {Hidden.PHONE.mark} back."  # type: ignore[attr-defined]
