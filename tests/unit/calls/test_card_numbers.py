"""Card numbers are found however they are said; numbers that people need are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.calls import card_numbers
from copilot_desktop.calls.card_numbers import HIDDEN

UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen")
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
BETWEEN = (" ", " ", " ", ", ", ". ", " - ", " uh ", " and ", ", then ", "... ", " um, ")


def pair(two: str) -> str:
    """ "47" as people say it in pairs: forty-seven."""
    if two[0] == "0":
        return f"oh {UNITS[int(two[1])]}"
    if two[0] == "1":
        return (*TEENS, "nineteen")[int(two) - 10]
    return TENS[int(two[0])] + (f"-{UNITS[int(two[1])]}" if two[1] != "0" else "")


@st.composite
def spoken(draw: st.DrawFn, least: int, most: int) -> str:
    """A number of so many digits, cut into pieces, each piece said or written in its own way."""
    rest = draw(st.text("0123456789", min_size=least, max_size=most))
    said = ""
    was_round = False
    while rest:
        ways = ["figures", "words"]
        if len(rest) > 1 and rest[0] == rest[1]:
            ways.append("double")
        if len(rest) > 2 and len(set(rest[:3])) == 1:
            ways.append("triple")
        if len(rest) > 1 and not was_round:
            ways.append("pair")
        way = draw(st.sampled_from(ways))
        size = {"double": 2, "triple": 3, "pair": 2}.get(way) or draw(st.integers(1, min(4, len(rest))))
        piece, rest = rest[:size], rest[size:]
        if was_round and way in ("words", "double", "triple"):
            # "twenty" before "one" is twenty-one to everybody.
            way = "figures"
        zero = draw(st.sampled_from(["zero", "oh", "nought"]))
        digit_words = [zero if digit == "0" else UNITS[int(digit)] for digit in piece]
        if way == "pair":
            sound = pair(piece)
        elif way in ("double", "triple"):
            sound = f"{way} {digit_words[0]}"
        else:
            sound = piece if way == "figures" else " ".join(digit_words)
        said += (draw(st.sampled_from(BETWEEN)) if said else "") + sound
        was_round = way == "pair" and piece[1] == "0" and piece[0] not in "01"
    return said.capitalize() if draw(st.booleans()) else said


BEFORE = st.sampled_from(["", "It is ", "My card number is, uh, ", "Sure. ", "Visa "])
AFTER = st.sampled_from(["", ".", " and it expires soon", "?", " thanks"])


@given(BEFORE, spoken(13, 19), AFTER)
def test_any_number_of_13_to_19_digits_is_hidden(before: str, number: str, after: str) -> None:
    masked = card_numbers.mask(before + number + after)
    assert HIDDEN in masked
    assert card_numbers.runs(masked) == []


@given(BEFORE, spoken(1, 12), AFTER)
def test_no_number_of_up_to_12_digits_is_touched(before: str, number: str, after: str) -> None:
    text = before + number + after
    assert card_numbers.mask(text) == text


@given(spoken(13, 19))
def test_hiding_twice_changes_nothing(number: str) -> None:
    once = card_numbers.mask(f"It is {number}, thank you.")
    assert card_numbers.mask(once) == once == f"It is {HIDDEN}, thank you."


@given(st.text(max_size=200))
def test_any_text_is_read_without_complaint(text: str) -> None:
    masked = card_numbers.mask(text)
    assert all(len(run.digits) < card_numbers.LEAST_DIGITS for run in card_numbers.runs(masked))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("4111 1111 1111 1111", HIDDEN),
        ("4111-1111-1111-1111 it is.", f"{HIDDEN} it is."),
        ("It's 4111111111111111.", f"It's {HIDDEN}."),
        ("four one double one, one triple one, uh, double one double one then 1111", HIDDEN),
        ("forty-one eleven, eleven eleven, eleven eleven, eleven eleven", HIDDEN),
        ("forty-five hundred, 1111, forty-five hundred, 1111", HIDDEN),
        ("Thirty-seven eighty-two, eighty-two two four six three, ten thousand five", HIDDEN),
        ("44.71.90.12.34.56.78.90", HIDDEN),
        ("The first four are 4111, the next four 1111, then 1111 and the last four 1111.", None),
    ],
)
def test_ways_to_say_a_card(said: str, shown: str | None) -> None:
    masked = card_numbers.mask(said)
    assert HIDDEN in masked
    assert "1111" not in masked
    assert shown is None or masked == shown


@pytest.mark.parametrize(
    "said",
    [
        "My order is 4729-3318 and my phone number is +1 202 555 0142.",
        "Call me on 202-555-0142 or on +44 20 7946 0958.",
        "That was $1,299.00, $2,499.00 and $3,999.00.",
        "Between 10:30 and 11:45, or 14:30 and 16:15.",
        "One moment please, one or two minutes.",
        "In 2024, 2025 and 2026 we paid 149.90 dollars.",
    ],
)
def test_other_numbers_stay(said: str) -> None:
    assert card_numbers.mask(said) == said


@pytest.mark.parametrize(
    ("pieces", "is_card"),
    [
        (["4111", "1111", "1111", "1111"], True),
        (["41111111", "11111111"], True),
        (["3782", "822463", "10005"], True),
        (["4111", "1111", "1111", "1112"], False),
        (["47293318", "2025550142"], False),
        (["411111", "1111111111"], False),
        (["1111", "1111"], False),
    ],
)
def test_pieces_make_a_card_only_if_all_is_right(pieces: list[str], is_card: bool) -> None:
    assert card_numbers.is_card_in_pieces(pieces) is is_card


def test_where_a_text_begins_and_ends_with_digits() -> None:
    text = "and 4111, then it is order 99, okay?"
    read = card_numbers.runs(text)
    first, last = card_numbers.head(text, read), card_numbers.tail(text, read)
    assert (first and first.digits, last and last.digits) == ("4111", "99")
    assert card_numbers.head("It is 41", card_numbers.runs("It is 41")) is None
    assert card_numbers.tail("41 it is", card_numbers.runs("41 it is")) is None
