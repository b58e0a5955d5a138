"""What the practice caller says has no holes in which an assistant would rightly answer."""

from __future__ import annotations

import asyncio

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.practice.spoken_lines import SpokenLines, tightened
from tests.support.puppets import TONE, PuppetVoice


def test_long_silences_are_cut_down_and_short_ones_kept() -> None:
    sound = SILENCE * 2 + TONE * 5 + SILENCE * 30 + TONE * 5 + SILENCE * 8 + TONE + SILENCE * 20
    assert tightened(sound) == SILENCE * 2 + TONE * 5 + SILENCE * 12 + TONE * 5 + SILENCE * 8 + TONE
    assert tightened(SILENCE * 9) == b""


def test_lines_are_made_in_order() -> None:
    voice = PuppetVoice()
    lines = SpokenLines(voice)
    assert lines.get("One two.") is None
    asyncio.run(lines.prepare(["One two.", "Three."]))
    assert voice.sentences == ["One two.", "Three."]
    assert lines.get("One two.") == TONE * 30
    assert not lines.has_failed
