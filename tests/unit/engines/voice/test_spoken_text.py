"""What is written for the eye is read aloud in a way that can be understood."""

from __future__ import annotations

import pytest

from copilot_desktop.engines.voice.spoken_text import spell, spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Your order 4471 is on its way.", "Your order 4 4 7 1 is on its way."),
        ("Order number 4471-2209.", "Order number 4 4 7 1, 2 2 0 9."),
        ("Your order number is 4471.", "Your order number is 4 4 7 1."),
        ("Order #A1234 is late.", "Order A 1 2 3 4 is late."),
        ("Item SKU-4512, code E15", "Item SKU, 4 5 1 2, code E 1 5"),
        ("My account is 12345678.", "My account is 1 2 3 4 5 6 7 8."),
        ("It costs $149.90.", "It costs 149 dollars and 90 cents."),
        ("$1,250 or €20 or £1.01", "1,250 dollars or 20 euros or 1 pound and 1 penny"),
        ("only $0.99!", "only 99 cents!"),
        ("$1 or $0", "1 dollar or 0 dollars"),
        ("Call +1 555 0142.", "Call plus 1, 5 5 5, 0 1 4 2."),
        ("Call 555-0142.", "Call 5 5 5, 0 1 4 2."),
        ("write to help@example.com", "write to help at example dot com"),
        ("see www.example.com/help.", "see w w w dot example dot com slash help."),
        ("- **Bold** and `code`\n- second", "Bold and code second"),
    ],
)
def test_ids_money_and_addresses(written: str, said: str) -> None:
    assert spoken(written) == said


@pytest.mark.parametrize(
    "plain",
    [
        "We open at 9:30 am on June 12, 2025.",
        "In 2025 you placed the order of 3 items.",
        "It takes 3-5 days.",
        "We have 1250 boxes and 10% off.",
        "The order is 12 days late.",
        "It comes on the 12th at 5pm.",
        "$3 million",
        "That is 1,200 and 3.5 kg.",
        "",
    ],
)
def test_what_the_voice_reads_well_is_left_alone(plain: str) -> None:
    assert spoken(plain) == plain


def test_codes_are_spelled_with_a_breath_at_each_dash() -> None:
    assert spell("AB12-345") == "AB 1 2, 3 4 5"
