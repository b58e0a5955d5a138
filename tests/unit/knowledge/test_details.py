"""Numbers, days and names are found as recognisers write them, and only where they are meant."""

from __future__ import annotations

import pytest

from copilot_desktop.knowledge import courtesy, details, digits
from copilot_desktop.knowledge.courtesy import Manner
from copilot_desktop.knowledge.details import Detail, pattern_of

ORDER = Detail("order number", pattern_of("7 to 9 digits"), ("?",))
DAY = Detail("new day", pattern_of("date"), ("?",), ("to *", "* instead", "how about *"))
NAME = Detail("name", pattern_of("name"), ("?",), ("my name is *", "this is *", "I'm *"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("It's 4729-3318.", ["47293318"]),
        ("4 4 7 1", ["4471"]),
        ("four four seven one", ["4471"]),
        ("four, seven, double two", ["4722"]),
        ("The number is 4-7-29-3318, two weeks ago", ["47293318"]),
        ("4729. 3318 is it", ["47293318"]),
        ("twenty-nine thirty three one oh eight", ["2933108"]),
        ("call 5 5 5, uh, 0 1 4 2 please", ["5550142"]),
        ("I paid $149.90 for invoice 551024", ["551024"]),
        ("at 9.30 or 9:30 on the 5th of May, 149 dollars and 90 cents", []),
        ("order 4729 3318, 2 weeks late", ["47293318"]),
    ],
)
def test_numbers_read_out(said: str, expected: list[str]) -> None:
    assert [run.digits for run in digits.runs(said)] == expected


def test_numbers_are_read_back_in_groups() -> None:
    assert [digits.grouped(d) for d in ("47293318", "551024", "5550142", "2125550142")] == [
        "4729-3318",
        "551-024",
        "555-0142",
        "212-555-0142",
    ]


@pytest.mark.parametrize(
    ("detail", "said", "unasked", "asked"),
    [
        (ORDER, "It is 4729 3318.", "47293318", "47293318"),
        (ORDER, "It is 47 29.", None, None),
        (ORDER, "It is 4729 3381. Sorry, I mean 4729 3318.", "47293318", "47293318"),
        (DAY, "I have a visit on Thursday.", None, "Thursday"),
        (DAY, "Move it from Thursday to next tuesday in the morning.", "next Tuesday in the morning", None),
        (DAY, "Could we do Friday instead?", "Friday", "Friday"),
        (DAY, "the 3rd of march", None, "the 3rd of March"),
        (NAME, "Hi, my name is Anna Reed and I have a question.", "Anna Reed", "Anna Reed"),
        (NAME, "anna reed", None, "Anna Reed"),
        (NAME, "Yes, it's Tom.", None, "Tom"),
        (NAME, "I'm calling about my order.", None, None),
    ],
)
def test_details(detail: Detail, said: str, unasked: str | None, asked: str | None) -> None:
    assert details.find(detail, said, is_asked=False) == unasked
    assert details.find(detail, said, is_asked=True) == asked or asked is None


def test_other_kinds() -> None:
    def find(pattern: str, said: str) -> str | None:
        return details.find(Detail("x", pattern_of(pattern), ("?",)), said, is_asked=True)

    assert find("amount", "You took $149.90 instead of nothing.") == "$149.90"
    assert find("e-mail address", "It's anna dot reed at example dot com") == "anna.reed@example.com"
    assert find("time", "At 9:30 a.m. please") == "9:30 a.m"
    assert find("/[A-Z]{2}-\\d{3}/", "It says PS-440 on it.") == "PS-440"
    assert find("anything", "Please tell her that I am late.") == "tell her that I am late."


@pytest.mark.parametrize(
    ("said", "manner", "content"),
    [
        ("Thank you, goodbye.", Manner.GOODBYE, []),
        ("No, that's all. Have a nice day!", Manner.DONE, []),
        ("Okay, thanks a lot. And when are you open?", Manner.THANKS, ["And when are you open?"]),
        ("Yes please.", Manner.YES, []),
        ("I do not want that.", None, ["I do not want that."]),
        ("I don't have it with me.", Manner.LACKS, []),
        ("I don't have an account.", None, ["I don't have an account."]),
        ("One moment, let me look.", Manner.WAIT, []),
        ("Sorry?", Manner.PARDON, []),
    ],
)
def test_courtesies(said: str, manner: Manner | None, content: list[str]) -> None:
    found, rest = courtesy.of(said)
    assert rest == content
    assert manner in found if manner else not found
