"""Folding events into who said what."""

from __future__ import annotations

from copilot_desktop.calls.events import CallId, Party, UtteranceChanged, UtteranceFinished, UtteranceId
from copilot_desktop.calls.transcript import Transcript

CALL = CallId("call")


def changed(name: str, party: Party, text: str, start_ms: int) -> UtteranceChanged:
    return UtteranceChanged(
        call_id=CALL,
        at_ms=start_ms,
        utterance_id=UtteranceId(name),
        party=party,
        text=text,
        start_ms=start_ms,
    )


def finished(name: str, party: Party, text: str, start_ms: int, unheard: str = "") -> UtteranceFinished:
    return UtteranceFinished(
        call_id=CALL,
        at_ms=start_ms + 500,
        utterance_id=UtteranceId(name),
        party=party,
        text=text,
        start_ms=start_ms,
        end_ms=start_ms + 500,
        cut_short=bool(unheard),
        unheard=unheard,
    )


def test_partials_replace_and_finals_stand() -> None:
    transcript = Transcript.from_events(
        [
            changed("c1", Party.CALLER, "my ord", 100),
            changed("c1", Party.CALLER, "my order", 100),
            finished("c1", Party.CALLER, "My order is late.", 100),
        ]
    )
    (utterance,) = transcript.utterances
    assert utterance.text == "My order is late."
    assert utterance.is_final
    assert [line.text for line in transcript.lines()] == ["My order is late."]


def test_utterances_stand_by_start_not_by_arrival() -> None:
    transcript = Transcript.from_events(
        [finished("a1", Party.ASSISTANT, "Sorry.", 900), finished("c1", Party.CALLER, "Late.", 100)]
    )
    assert [u.party for u in transcript.utterances] == [Party.CALLER, Party.ASSISTANT]


def test_noise_without_words_disappears_but_a_cut_sentence_stays() -> None:
    transcript = Transcript.from_events(
        [
            changed("c1", Party.CALLER, "hm", 100),
            finished("c1", Party.CALLER, "", 100),
            finished("a1", Party.ASSISTANT, "", 300, unheard="Your order left today."),
        ]
    )
    (cut,) = transcript.utterances
    assert cut.unheard == "Your order left today."
    assert transcript.lines() == ()
