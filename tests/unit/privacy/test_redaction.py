"""Private numbers and addresses in texts: all of what is planted goes, nothing else does."""

from __future__ import annotations

import re
from random import Random

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schwifty import IBAN

from copilot_desktop.privacy import ALL_KINDS, Hidden, Span, redact
from copilot_desktop.privacy.redaction import find
from tests.unit.privacy.private_words import HARMLESS, PLANTED

_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_BEFORE = st.sampled_from(["", "Sure, it is ", "You can have it: ", "Hm, wait. ", "Okay then, "])
_AFTER = st.sampled_from(["", ", thanks.", " and that is all", ". Is that okay?", "?"])
_BETWEEN = st.sampled_from(["", " ", "-", " - "])


def test_there_are_enough_of_both() -> None:
    assert len(PLANTED) >= 60
    assert len(HARMLESS) >= 60
    assert {kind for kind, _, _ in PLANTED} == set(Hidden)


@pytest.mark.parametrize(("kind", "text", "left"), PLANTED)
def test_what_is_planted_is_hidden_and_the_words_around_it_stay(kind: Hidden, text: str, left: str) -> None:
    hidden = redact(text)
    assert hidden.text == left.format(kind.mark)
    assert hidden.counts == {kind: 1}


@pytest.mark.parametrize(("kind", "text", "left"), PLANTED)
def test_what_is_hidden_once_stays_as_it_is(kind: Hidden, text: str, left: str) -> None:
    once = redact(text).text
    assert redact(once) == redact(once, ())
    assert redact(once).text == once


@pytest.mark.parametrize("text", HARMLESS)
def test_other_numbers_stay(text: str) -> None:
    assert redact(text).text == text


@pytest.mark.parametrize(
    "piece",
    ["a_", "A-N-", "a ", "a.a.", "dot a ", "at ", "x dot at y", "1 2 ", "555-", "DE12 ", "a,", "a-b.c d-e "],
)
def test_no_text_takes_for_ever(piece: str) -> None:
    text = piece * 200
    assert redact(redact(text).text).text == redact(text).text


def test_only_the_kinds_asked_for() -> None:
    text = "I am at 202-555-0123 or anna@example.com."
    assert redact(text, {Hidden.EMAIL}).text == "I am at 202-555-0123 or [e-mail address hidden]."
    assert redact(text, {Hidden.PHONE}).text == "I am at [phone number hidden] or anna@example.com."
    assert redact(text, {Hidden.CARD, Hidden.BANK}).text == text
    assert redact(text, ()).text == text


def test_spans_are_of_the_text_as_it_was() -> None:
    text = "Mail anna@example.com or call 202-555-0123."
    assert redact(text).spans == (Span(Hidden.EMAIL, 5, 21), Span(Hidden.PHONE, 30, 42))
    assert [text[span.start : span.end] for span in find(text)] == ["anna@example.com", "202-555-0123"]


def test_a_number_of_the_lines_own_country() -> None:
    assert redact("Es ist die 030 1234567.", region="DE").text == "Es ist die [phone number hidden]."


@settings(max_examples=120)
@given(
    digits=st.from_regex(r"2[0-9]{2}555[0-9]{4}", fullmatch=True),
    style=st.integers(0, 4),
    before=_BEFORE,
    after=_AFTER,
)
def test_no_digit_of_a_phone_number_remains(digits: str, style: int, before: str, after: str) -> None:
    spoken = " ".join(_WORDS[int(digit)] for digit in digits)
    written = (
        f"{digits[:3]}-{digits[3:6]}-{digits[6:]}",
        f"({digits[:3]}) {digits[3:6]}-{digits[6:]}",
        " ".join(digits),
        spoken,
        spoken.replace(" five five five ", ", 555, uh, "),
    )[style]
    hidden = redact(before + written + after).text
    assert hidden == before + Hidden.PHONE.mark + after


@settings(max_examples=80)
@given(
    country=st.sampled_from(["DE", "GB", "FR", "NL", "AT", "ES", "IT", "BE", "CH", "PL"]),
    size=st.sampled_from([0, 2, 4]),
    is_spelled=st.booleans(),
    before=_BEFORE,
    after=_AFTER,
    seed=st.integers(0, 10_000),
)
def test_no_digit_of_a_bank_account_remains(
    country: str, size: int, is_spelled: bool, before: str, after: str, seed: int
) -> None:
    plain = str(IBAN.random(country_code=country, random=Random(seed)))
    if is_spelled:
        written = " ".join(_WORDS[int(sign)] if sign.isdigit() else sign for sign in plain)
    elif size:
        written = " ".join(plain[at : at + size] for at in range(0, len(plain), size))
    else:
        written = plain
    hidden = redact(before + written + after).text
    assert hidden == before + Hidden.BANK.mark + after


@settings(max_examples=120)
@given(
    digits=st.from_regex(r"4[0-9]{14}", fullmatch=True),
    size=st.sampled_from([1, 2, 4, 16]),
    gap=_BETWEEN,
    before=_BEFORE,
    after=_AFTER,
)
def test_no_digit_of_a_card_number_remains(digits: str, size: int, gap: str, before: str, after: str) -> None:
    whole = digits + _check_digit(digits)
    written = gap.join(whole[at : at + size] for at in range(0, 16, size))
    hidden = redact(before + written + after).text
    assert hidden == before + Hidden.CARD.mark + after


@settings(max_examples=120)
@given(
    name=st.from_regex(r"[a-z]{2,8}", fullmatch=True),
    last=st.from_regex(r"[a-z]{2,8}[0-9]{0,2}", fullmatch=True),
    place=st.from_regex(r"[a-z]{3,9}", fullmatch=True),
    end=st.sampled_from(["com", "de", "org", "example"]),
    is_spoken=st.booleans(),
)
def test_nothing_of_an_address_remains(name: str, last: str, place: str, end: str, is_spoken: bool) -> None:
    written = f"{name} dot {last} at {place} dot {end}" if is_spoken else f"{name}.{last}@{place}.{end}"
    assert redact(f"It goes to: {written}, yes.").text == "It goes to: [e-mail address hidden], yes."


@settings(max_examples=200)
@given(st.text(max_size=200), st.sets(st.sampled_from(sorted(ALL_KINDS))))
def test_any_text_is_safe_and_the_rest_of_it_stays(text: str, kinds: set[Hidden]) -> None:
    hidden = redact(text, kinds)
    at = 0
    rest = ""
    for span in hidden.spans:
        assert at <= span.start < span.end <= len(text)
        rest += text[at : span.start] + span.kind.mark
        at = span.end
    assert hidden.text == rest + text[at:]


def test_the_tables_of_the_countries_are_those_of_the_libraries() -> None:
    # What the rules above stand on: a test number is a number, and a wrong check sum is one.
    assert phonenumbers.is_valid_number(phonenumbers.parse("+12025550123"))
    assert not IBAN("DE88370400440532013000", allow_invalid=True).is_valid
    wrong = redact("DE88 3704 0044 0532 0130 00").text
    assert wrong == "[bank account hidden]"
    assert not re.search(r"\d", wrong)


def _check_digit(digits: str) -> str:
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(reversed(digits))]
    return str(-sum(number - 9 if number > 9 else number for number in doubled) % 10)
