"""Sound, marks and `clear` as the carrier treats them."""

from __future__ import annotations

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.practice.playout import MAX_BYTES, Playout

A, B = b"\x10" * 160, b"\x20" * 160


def test_sound_is_played_in_order_and_filled_up() -> None:
    playout = Playout()
    playout.add(A + B[:80])
    assert playout.play() == A
    assert playout.play() == B[:80] + SILENCE[:80]
    assert playout.play() is None


def test_a_mark_is_passed_when_its_sound_has_played() -> None:
    playout = Playout()
    playout.mark("at once")
    assert playout.passed() == ["at once"]
    playout.add(A + A)
    playout.mark("after two")
    playout.play()
    assert playout.passed() == []
    playout.play()
    assert playout.passed() == ["after two"]
    assert playout.passed() == []


def test_clear_passes_all_marks_and_drops_the_sound() -> None:
    playout = Playout()
    for name in ("one", "two"):
        playout.add(A)
        playout.mark(name)
    playout.clear()
    assert playout.play() is None
    assert playout.passed() == ["one", "two"]
    playout.add(B)
    playout.mark("three")
    assert playout.passed() == []
    assert playout.play() == B
    assert playout.passed() == ["three"]


def test_it_holds_ten_minutes() -> None:
    playout = Playout()
    assert playout.add(bytes(MAX_BYTES))
    assert not playout.add(A)
