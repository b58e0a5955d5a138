"""The page: whole, safe, readable without the picture, the same facts for browsers and for print."""

from __future__ import annotations

import base64
import re
from datetime import UTC
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from copilot_desktop.calls.events import CallEvent, Outcome, Problem, ProblemRaised, SummaryWritten
from copilot_desktop.report import build
from copilot_desktop.report.page import TIMELINE_IMAGE, to_html
from copilot_desktop.report.timeline import timeline_svg
from tests.unit.report.calls import (
    AGENT,
    CALL,
    CALLER,
    in_order,
    known_call,
    live,
    over,
    ringing,
    sound,
    words,
)

HOSTILE = """</style><script>alert(1)</script><img src="x" onerror='a()'> & {{ 7 * 7 }}"""


class Page(HTMLParser):
    """Checks that every tag is closed where it must be, and keeps what the tests ask about."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in ("meta", "img", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile_call() -> list[CallEvent]:
    return in_order(
        ringing(caller=HOSTILE),
        live(0),
        sound(CALLER, (1000, 2000)),
        words(CALLER, 1000, 2000, HOSTILE),
        words(AGENT, 3000, 4000, "cut", unheard=HOSTILE),
        SummaryWritten(call_id=CALL, at_ms=9000, text=HOSTILE),
        over(20_000),
    )


@pytest.mark.parametrize("for_print", [False, True])
def test_what_people_say_stays_text(for_print: bool) -> None:
    page = Page(to_html(build(hostile_call()), for_print=for_print))
    assert "script" not in page.tags
    assert page.tags.count("img") == 1
    assert page.text.count(HOSTILE) == 4
    assert not any(name.startswith("on") for _, name, _ in page.attributes)


def test_the_page_stands_alone_and_speaks_to_everyone() -> None:
    page = Page(to_html(build(known_call()), zone=UTC))
    assert ("html", "lang", "en") in page.attributes
    links = [value or "" for _, name, value in page.attributes if name in ("src", "href")]
    assert all(link.startswith("data:image/svg+xml;base64,") for link in links)
    (alt,) = [value for tag, name, value in page.attributes if (tag, name) == ("img", "alt")]
    assert alt == ("Who spoke when, 0:02 to 1:02. Time spoken: Caller 0:19, AI 0:08, Agent 0:04. 1 on hold.")
    for shown in ("+1 202-555-0142", "12 March 2026, 14:28", "handled by AI 48 s, agent 12 s", "No score"):
        assert shown in page.text
    assert "PRACTICE" not in page.text


def test_the_transcript_shows_what_was_cut_and_what_happened_between() -> None:
    text = re.sub(r"\s+", " ", Page(to_html(build(known_call()))).text)
    assert "Your order will arrive ✂ cut short on Friday before noon." in text
    for note in ("The agent took over", "The agent gave the call back to the AI", "On hold for 10 s"):
        assert note in text
    for note in ("Notice given", "Recording paused (card number)", "Recording goes on"):
        assert note in text


def test_each_fact_has_its_definition_at_hand() -> None:
    report = build(known_call())
    page = Page(to_html(report))
    tips = [value for tag, name, value in page.attributes if (tag, name) == ("abbr", "title")]
    assert tips == [measure.definition for measure in report.measures]
    printed = Page(to_html(report, for_print=True)).text
    assert all(measure.definition in printed for measure in report.measures)


def test_print_asks_for_the_picture_by_name_and_uses_no_style_that_qt_lacks() -> None:
    html = to_html(build(known_call()), for_print=True)
    assert f'src="{TIMELINE_IMAGE}"' in html
    assert "@media" not in html
    assert "flex" not in html


def test_practice_is_written_over_everything() -> None:
    for for_print in (False, True):
        html = to_html(build(known_call(is_practice=True)), for_print=for_print)
        assert "<title>PRACTICE: Call report" in html
        assert "not a real call" in html


def test_a_missed_call_shows_a_plain_sentence_and_no_empty_tables() -> None:
    text = Page(to_html(build([ringing(), *over(12_000, Outcome.MISSED)[1:]]))).text
    assert "No score: the call was never connected." in text
    assert "Missed after 13 s" in text
    assert "Measured facts" not in text
    assert "Nothing was said" in text


def test_every_problem_has_words() -> None:
    troubles = [ProblemRaised(call_id=CALL, at_ms=5000, problem=problem) for problem in Problem]
    text = Page(to_html(build(in_order(known_call(), troubles)))).text
    assert text.count("Problem: ") == len(Problem)


def test_the_timeline_is_a_picture_of_the_call() -> None:
    svg = timeline_svg(build(known_call()))
    root = ElementTree.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    colours = [bar.get("fill") for bar in root.iter(f"{space}rect")]
    assert [colours.count(colour) for colour in ("#0B5CAD", "#6B3FA0", "#0F6B4F")] == [6, 4, 3]
    assert all(80 <= float(bar.get("x", "")) <= 990 for bar in root.iter(f"{space}rect"))
    words_shown = [text.text for text in root.iter(f"{space}text")]
    assert {"hold", "notice given", "agent took over", "given back to the AI", "0:10", "1:00"} <= set(
        words_shown
    )
    assert "problem" not in words_shown
    encoded = re.findall(r"base64,([^\"]+)", to_html(build(known_call())))
    assert base64.b64decode(encoded[0]).decode() == svg


def test_a_picture_of_nothing_is_still_a_picture() -> None:
    ElementTree.fromstring(timeline_svg(build([ringing()])))
    ElementTree.fromstring(timeline_svg(build(in_order(ringing(), live(100)))))
