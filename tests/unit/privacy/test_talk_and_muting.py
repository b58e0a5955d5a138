"""When something hidden was said, and how it is made silent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot_desktop.calls.events import Party
from copilot_desktop.privacy import Hidden
from copilot_desktop.privacy.muting import FADE_MS, Silence, mute, silence
from copilot_desktop.privacy.redaction import masked
from copilot_desktop.privacy.talk import Said, find_in_talk, passages
from copilot_desktop.privacy.telling import count, sentence

CALLER, AGENT = Party.CALLER, Party.AGENT
RATE_HZ = 8000
FADE = RATE_HZ * FADE_MS // 1000


def said(start_ms: int, text: str, party: Party = CALLER) -> Said:
    return Said(party, text, start_ms, start_ms + 2000)


def hidden(*talk: Said, kinds: set[Hidden] | None = None) -> list[str]:
    found = find_in_talk(talk, kinds or set(Hidden))
    return [masked(each.text, spans) for each, spans in zip(talk, found, strict=True)]


def test_a_number_over_pauses_is_hidden_in_every_part() -> None:
    mark = Hidden.PHONE.mark
    talk = (said(0, "It is 202"), said(1, "Yes?", AGENT), said(3000, "555"), said(6000, "0123, thanks"))
    assert hidden(*talk) == [f"It is {mark}", "Yes?", mark, f"{mark}, thanks"]


def test_an_address_over_a_pause() -> None:
    mark = Hidden.EMAIL.mark
    assert hidden(said(0, "anna dot keller"), said(3000, "at example dot com")) == [mark, mark]


def test_two_parties_do_not_make_one_number() -> None:
    assert hidden(said(0, "I have 202"), said(2100, "555 0 1", AGENT)) == ["I have 202", "555 0 1"]


def test_over_a_pause_a_card_number_needs_its_check_digit() -> None:
    assert hidden(said(0, "4111 1111"), said(3000, "1111 1111"), kinds={Hidden.CARD})[0] == Hidden.CARD.mark
    assert hidden(said(0, "4111 1111"), said(3000, "1111 1112"), kinds={Hidden.CARD})[0] == "4111 1111"


def test_a_passage_is_where_the_number_was_said_with_a_margin() -> None:
    (alone,) = passages([said(5000, "202-555-0123")])
    assert (alone.start_ms, alone.end_ms) == (4700, 7300)
    (late,) = passages([said(5000, "Well, you can have my number, which is 202-555-0123")])
    assert 5000 < late.start_ms < 6000
    assert late.end_ms == 7300
    assert passages([said(5000, "Nothing of the kind.")]) == []


def test_the_right_channel_is_silent_there_and_nowhere_else() -> None:
    sound = np.full((RATE_HZ, 2), 9000, dtype=np.int16)
    (muted,) = mute([sound], [silence(250, 500, RATE_HZ, channel=0)], RATE_HZ)
    assert not muted[2000:4000, 0].any()
    assert (muted[:, 1] == 9000).all()
    assert (muted[: 2000 - FADE, 0] == 9000).all()
    assert (muted[4000 + FADE :, 0] == 9000).all()
    assert sound[3000, 0] == 9000


def test_it_goes_and_comes_softly() -> None:
    sound = np.full((RATE_HZ, 1), 30_000, dtype=np.int16)
    (muted,) = mute([sound], [Silence(3000, 5000)], RATE_HZ)
    steps = np.abs(np.diff(muted[:, 0].astype(np.int64)))
    assert steps.max() <= 30_000 // FADE + 1


@settings(max_examples=60)
@given(
    start=st.integers(0, 1200),
    length=st.integers(1, 400),
    cut=st.integers(1, 300),
    channel=st.sampled_from([None, 0, 1]),
)
def test_in_pieces_it_is_the_same_to_the_sample(
    start: int, length: int, cut: int, channel: int | None
) -> None:
    sound = np.random.default_rng(7).integers(-20_000, 20_000, (1000, 2)).astype(np.int16)
    hidden_there = [Silence(start, start + length, channel)]
    (whole,) = mute([sound], hidden_there, RATE_HZ)
    pieces = [sound[at : at + cut] for at in range(0, 1000, cut)]
    assert np.array_equal(np.concatenate(list(mute(pieces, hidden_there, RATE_HZ))), whole)
    assert whole.shape == sound.shape
    channels = [0, 1] if channel is None else [channel]
    assert not whole[start : start + length, channels].any()


def test_silence_holds_all_of_its_time() -> None:
    assert silence(1, 2, 11_025) == Silence(11, 23)
    assert silence(-5, -1, 8000) == Silence(0, 0)


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["no", "none"], ""),
        ([f"a {Hidden.PHONE.mark}"], "1 passage hidden (phone number)"),
        (
            [f"{Hidden.PHONE.mark} and {Hidden.PHONE.mark}", "[card number hidden]"],
            "3 passages hidden (card number, phone number)",
        ),
    ],
)
def test_what_is_hidden_is_told(texts: list[str], told: str) -> None:
    assert sentence(count(texts)) == told
