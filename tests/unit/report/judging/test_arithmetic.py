"""The arithmetic: whatever is put in, no total is wrong, and nothing is made of nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.report.judging.arithmetic import (
    Marked,
    MarkedSection,
    applicable_share,
    is_enough,
    score,
    section_share,
)

POINTS = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 0.5, 1.0]))
MARKS = st.lists(st.builds(Marked, st.integers(1, 100), POINTS), min_size=1, max_size=5).map(tuple)
SECTIONS = st.lists(st.builds(MarkedSection, st.integers(1, 100), MARKS), min_size=1, max_size=6)


def with_points(sections: list[MarkedSection], points: float | None) -> list[MarkedSection]:
    return [
        replace(section, marks=tuple(replace(mark, points=points) for mark in section.marks))
        for section in sections
    ]


def test_worked_out_by_hand() -> None:
    sections = [
        MarkedSection(20, (Marked(60, 1.0), Marked(40, 0.5))),
        MarkedSection(30, (Marked(60, 0.5), Marked(40, None))),
        MarkedSection(50, (Marked(100, None),)),
    ]
    assert section_share(sections[0].marks) == pytest.approx(0.8)
    assert score(sections) == pytest.approx(100 * (20 * 0.8 + 30 * 0.5) / 50)
    assert applicable_share(sections) == pytest.approx((20 + 30 * 0.6) / 100)
    assert not is_enough(sections)


@given(SECTIONS)
def test_a_score_lies_between_the_worst_and_the_best_answer(sections: list[MarkedSection]) -> None:
    given_points = [mark.points for section in sections for mark in section.marks if mark.points is not None]
    total = score(sections)
    if not given_points:
        assert total is None
    else:
        assert total is not None
        assert 100 * min(given_points) - 1e-9 <= total <= 100 * max(given_points) + 1e-9


@given(SECTIONS)
def test_all_yes_is_100_all_no_is_0_and_nothing_is_no_number(sections: list[MarkedSection]) -> None:
    assert score(with_points(sections, 1.0)) == pytest.approx(100)
    assert score(with_points(sections, 0.0)) == 0
    assert score(with_points(sections, None)) is None
    assert applicable_share(with_points(sections, None)) == 0
    assert not is_enough(with_points(sections, None))
    assert is_enough(with_points(sections, 0.0))


@given(SECTIONS, st.integers(1, 100))
def test_what_does_not_apply_is_as_if_it_were_not_there(sections: list[MarkedSection], weight: int) -> None:
    more = [replace(sections[0], marks=(*sections[0].marks, Marked(weight, None))), *sections[1:]]
    assert score([*more, MarkedSection(weight, (Marked(100, None),))]) == score(sections)


@given(SECTIONS, st.data())
def test_a_better_answer_never_lowers_the_score(sections: list[MarkedSection], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(sections) - 1))
    place = data.draw(st.integers(0, len(sections[index].marks) - 1))
    mark = sections[index].marks[place]
    if mark.points is None:
        return
    marks = list(sections[index].marks)
    marks[place] = replace(mark, points=1.0)
    better = [*sections]
    better[index] = replace(sections[index], marks=tuple(marks))
    before, after = score(sections), score(better)
    assert before is not None
    assert after is not None
    assert after >= before - 1e-9


def test_just_half_is_enough() -> None:
    third = tuple(Marked(weight, points) for weight, points in ((33, 1.0), (33, None), (34, None)))
    assert not is_enough([MarkedSection(100, third)])
    assert (
        is_enough(
            [
                MarkedSection(30, (Marked(70, 1.0), Marked(30, None))),
                MarkedSection(70, (Marked(100, None),)),
            ]
        )
        is False
    )
    assert is_enough([MarkedSection(100, (Marked(50, 0.0), Marked(50, None)))])
