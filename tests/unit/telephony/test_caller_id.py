"""Who calls: numbers, addresses, withheld numbers in every form, and what strangers may write there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.calls.reception import WITHHELD
from copilot_desktop.telephony.caller_id import caller_id, number


@pytest.mark.parametrize(
    ("written", "country", "expected"),
    [
        ("+12025550142", "", "+12025550142"),
        (" +1 202-555-0142 ", "", "+12025550142"),
        ("2025550142", "US", "+12025550142"),
        ("2025550142", "us", "+12025550142"),
        ("2025550142", "", "2025550142"),
        ("+442079460123", "US", "+442079460123"),
        ("sip:anna@example.com", "", "sip:anna@example.com"),
        ("client:anna", "", "client:anna"),
        ("+15", "", "+15"),
        ("+12025550142 ext. 5", "", "+12025550142 ext. 5"),
        ("911", "", "911"),
    ],
)
def test_numbers_are_e164_and_the_rest_stays(written: str, country: str, expected: str) -> None:
    assert number(written, country) == expected


@pytest.mark.parametrize(
    "written",
    [
        "",
        "  ",
        "anonymous",
        "Anonymous",
        "RESTRICTED",
        "unknown",
        "Unavailable",
        "private",
        "blocked",
        "+266696687",
        "+7378742833",
        "+2562533",
        "+8656696",
        "+86282452253",
        "sip:anonymous@anonymous.invalid",
        "sip:unknown@10.0.0.1:5060",
    ],
)
def test_a_withheld_number_has_one_name(written: str) -> None:
    assert caller_id({"From": written}).caller == WITHHELD


def test_no_field_at_all_is_withheld() -> None:
    assert caller_id({}).caller == WITHHELD


@pytest.mark.parametrize(
    ("fields", "name", "place"),
    [
        ({"CallerName": "HARBOR  CAFE\x00\n"}, "HARBOR CAFE", ""),
        ({"CallerName": "+1 202 555 0142"}, "", ""),
        ({"CallerName": "Unavailable"}, "", ""),
        ({"FromCity": "WASHINGTON", "FromState": "DC", "FromCountry": "US"}, "", "Washington, US"),
        ({"FromCity": "Bad Tölz", "FromCountry": "de"}, "", "Bad Tölz, DE"),
        ({"FromCountry": "GB"}, "", "GB"),
        ({"FromCity": ""}, "", ""),
    ],
)
def test_name_and_place(fields: dict[str, str], name: str, place: str) -> None:
    who = caller_id({"From": "+12025550142"} | fields)
    assert (who.name, who.place) == (name, place)


WORDS = st.text(max_size=300) | st.text(alphabet="+0123456789 -().sip:@", max_size=40)


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("From", "CallerName", "FromCity", "FromCountry"), WORDS)
    )
)
def test_whatever_is_written_one_short_line_is_shown(fields: dict[str, str]) -> None:
    who = caller_id(fields)
    for text in (who.caller, who.name):
        assert len(text) <= 120
        assert text.isprintable()
    assert who.caller
    assert who.place.isprintable()
    # What has been made plain once stays as it is.
    assert number(who.caller) == who.caller


def test_a_field_of_the_size_of_a_request_costs_nothing() -> None:
    assert len(caller_id({"From": "9" * 60_000, "CallerName": "x" * 60_000}).caller) == 120
