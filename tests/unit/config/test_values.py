"""Numbers and addresses: what is tidied, what is refused, and that no refusal repeats the value."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.config import values

CHECKS: list[Callable[[str], str]] = [
    values.phone_number,
    values.transfer_target,
    values.account_sid,
    values.public_address,
    values.https_address,
    values.service_address,
    values.engine_address,
    values.language,
    values.one_word,
    values.host,
]


def told(check: Callable[[str], str], typed: str) -> tuple[str, str]:
    """Return the tidied value and the refusal; one of them is empty, or both."""
    try:
        return check(typed), ""
    except ValueError as refused:
        return "", str(refused)


@pytest.mark.parametrize(
    ("check", "typed", "tidied"),
    [
        (values.phone_number, "", ""),
        (values.phone_number, " - ", ""),
        (values.phone_number, "+1 (202) 555-0100", "+12025550100"),
        (values.phone_number, "+1\u2013202\u00a0555.0100", "+12025550100"),
        (values.phone_number, "tel:+1-202-555-0100", "+12025550100"),
        (values.phone_number, "\uff0b\uff11 202 555 0100", "+12025550100"),
        (values.phone_number, "+\u0661 202 555 0100", "+12025550100"),
        (values.transfer_target, "+1 202 555 0100", "+12025550100"),
        (values.transfer_target, " sip:desk@example.com ", "sip:desk@example.com"),
        (values.public_address, " https://calls.example.com/ ", "https://calls.example.com"),
        (values.public_address, "https://example.com:8443/calls/", "https://example.com:8443/calls"),
        (values.https_address, "https://example.com/a?b=c", "https://example.com/a?b=c"),
        (values.service_address, "http://127.0.0.1:4010/", "http://127.0.0.1:4010"),
        (values.service_address, "http://[::1]:4010", "http://[::1]:4010"),
        (values.service_address, "http://localhost", "http://localhost"),
        (values.service_address, "https://api.example.com", "https://api.example.com"),
        (values.engine_address, " https://ai.example.com/v1/ ", "https://ai.example.com/v1"),
        (values.engine_address, "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
        (values.engine_address, "http://192.168.1.20:8080/v1/", "http://192.168.1.20:8080/v1"),
        (values.engine_address, "http://[fd00::1]:8080", "http://[fd00::1]:8080"),
        (values.engine_address, "http://ollama:11434/v1", "http://ollama:11434/v1"),
        (values.engine_address, "http://ai.local/v1", "http://ai.local/v1"),
        (values.engine_address, "", ""),
        (values.language, " ES ", "es"),
        (values.one_word, " llama3.1:8b ", "llama3.1:8b"),
        (values.host, "https://Calls.Example.com/", "calls.example.com"),
        (values.account_sid, f" AC{'a' * 32} ", "AC" + "a" * 32),
    ],
)
def test_what_is_tidied(check: Callable[[str], str], typed: str, tidied: str) -> None:
    assert check(typed) == tidied


@pytest.mark.parametrize(
    ("check", "typed"),
    [
        (values.phone_number, "12025550100"),
        (values.phone_number, "+0123456789"),
        (values.phone_number, "+12"),
        (values.phone_number, "+1202555010012345678"),
        (values.phone_number, "+1 202 555 0100 ext. 5"),
        (values.phone_number, "anonymous"),
        (values.transfer_target, ""),
        (values.transfer_target, "sip:"),
        (values.transfer_target, "sip:a b@example.com"),
        (values.account_sid, "AC12"),
        (values.public_address, "http://calls.example.com"),
        (values.public_address, "calls.example.com"),
        (values.public_address, "https://example.com/?a=b"),
        (values.public_address, "https://example.com/#a"),
        (values.public_address, "https://user:pass@example.com"),
        (values.public_address, "https://example.com:port"),
        (values.public_address, "https://["),
        (values.public_address, "https://exa mple.com"),
        (values.public_address, "https://"),
        (values.https_address, "ftp://example.com"),
        (values.service_address, "http://10.0.0.1"),
        (values.service_address, "http://localhost.example.com"),
        (values.engine_address, "http://ai.example.com/v1"),
        (values.engine_address, "http://8.8.8.8/v1"),
        (values.engine_address, "http://ai.local.example.com"),
        (values.engine_address, "https://ai.example.com/v1?key=1"),
        (values.engine_address, "https://user:pass@ai.example.com/v1"),
        (values.engine_address, "ai.example.com"),
        (values.language, "english"),
        (values.language, ""),
        (values.one_word, "two words"),
        (values.host, "localhost"),
        (values.host, "-a.example.com"),
        (values.host, "a b.example.com"),
        (values.host, "example.com/path"),
    ],
)
def test_what_is_refused(check: Callable[[str], str], typed: str) -> None:
    with pytest.raises(ValueError, match="^must ") as refused:
        check(typed)
    assert not re.search(r"\d{5}", typed) or typed not in str(refused.value)


@pytest.mark.parametrize("check", CHECKS)
@given(typed=st.text() | st.from_regex(r"\A(\+|https?://|sip:|AC)[\S ]{0,40}\Z"))
def test_anything_is_tidied_for_good_or_refused(check: Callable[[str], str], typed: str) -> None:
    tidied, refusal = told(check, typed)
    if refusal:
        assert refusal.startswith("must ")
        assert len(typed) < 30 or typed not in refusal
    else:
        assert check(tidied) == tidied


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("+1202555", "digits are missing"),
        ("+120255501001", "too many digits"),
        ("+9991234567", "code of a country"),
        ("+2101234567", "code of a country"),
    ],
)
def test_numbers_that_no_country_has(number: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"^must .*{words}"):
        values.numbering_plan(number)


@pytest.mark.parametrize("number", ["+12025550100", "+442079460000", "+4930123456", "+61291920000"])
def test_numbers_of_many_countries(number: str) -> None:
    values.numbering_plan(number)


@pytest.mark.parametrize("name", ["", "  ", "a" * 61])
def test_names_have_letters_and_an_end(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 60"):
        values.person_name(name)
