"""What was heard becomes intervals and measures."""

from __future__ import annotations

from copilot_desktop.practice.result import Interval, Said, gaps_ms, intervals, stops_ms


def track(*sounds: tuple[int, int], length_ms: int = 6000) -> list[int]:
    return [int(any(start <= at < end for start, end in sounds)) for at in range(0, length_ms, 20)]


def test_short_silences_do_not_cut_an_interval() -> None:
    assert intervals(track((0, 500), (700, 1000), (1300, 1400))) == (Interval(0, 1000), Interval(1300, 1400))
    assert intervals([]) == ()


def test_gaps_are_from_sound_to_sound() -> None:
    said = [Said(0, 1000, "one"), Said(2000, 3000, "two"), Said(4000, 4400, "three")]
    own = track((100, 900), (2000, 3000), (4000, 4400))
    heard = track((1500, 1800), (2800, 3500))
    assert gaps_ms(said, own, heard) == (600, 0)


def test_an_interruption_stops_when_there_is_lasting_silence() -> None:
    said = [Said(1000, 2000, "wait", is_interruption=True), Said(3000, 4000, "so", is_interruption=False)]
    assert stops_ms(said, track((500, 1200), (1300, 1400), (3000, 3500))) == (400,)
    assert stops_ms(said, track((2000, 3000))) == (0,)
    assert stops_ms(said, track((0, 6000))) == (5000,)
