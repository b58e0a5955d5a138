"""Every moment that a report offers to play, and whether its second of the recording is whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from copilot_desktop.calls.events import Party
from copilot_desktop.report.model import CallReport, Span
from copilot_desktop.ui.report.player_feed import RecordedSound

_WINDOW_MS = 1000
_AUDIBLE_DBFS = -45.0


def moments(report: CallReport) -> Iterator[tuple[str, Span, Party | None]]:
    """Give each moment by a name, with whose words it is, if it is a quote."""
    for measure in report.measures:
        for moment in measure.moments:
            yield measure.id, moment, None
    for mark in report.marks:
        yield mark.kind.value, Span(mark.at_ms, mark.at_ms), None
    if report.judgement is not None:
        for answer in report.judgement.answers:
            for place in answer.evidence:
                if place.is_checked:
                    yield answer.id, Span(place.at_ms, place.end_ms), place.party if place.text else None


class Ears:
    """Listens to a recording by the call's time."""

    def __init__(self, report: CallReport, path: Path) -> None:
        assert report.recorded is not None
        self._report, self._recorded = report, report.recorded
        sound = RecordedSound(path)
        self._rows = sound.read(0, sound.length + 8 * _WINDOW_MS).astype(np.float64)
        sound.close()

    def loudest_dbfs(self, span: Span) -> tuple[float, float]:
        """How loud the loudest 20 ms are, of the caller's side and of ours."""
        first = self._recorded.recording_ms(span.at_ms) * 8
        frames = max(1, span.length_ms // 20)
        rows = self._rows[first : first + frames * 160]
        rows = rows[: len(rows) - len(rows) % 160].reshape(-1, 160, 2)
        power = (rows**2).mean(axis=1).max(axis=0) if len(rows) else np.zeros(2)
        caller, ours = (10 * np.log10(np.maximum(power, 1e-9))).tolist()
        return float(caller), float(ours)

    def belongs(self, moment: Span, party: Party | None) -> list[str]:
        """What is wrong with the second from `moment` on; nothing, if all is as the facts say."""
        window = Span(moment.at_ms, min(moment.at_ms + _WINDOW_MS, self._report.duration_ms))
        wrong = []
        for speech in self._report.speech:
            for span in speech.spans:
                common = Span(max(span.at_ms, window.at_ms), min(span.end_ms, window.end_ms))
                # Gaps of up to 200 ms are part of a stretch of speech.
                first = Span(common.at_ms, min(common.at_ms + 300, common.end_ms))
                if common.length_ms >= 300 and self._is_kept(first) and not self._hears(first, speech.party):
                    wrong.append(f"{speech.party.value} is not heard at {common.at_ms}")
        if party is not None and self._is_kept(moment):
            caller, ours = self.loudest_dbfs(moment)
            if (caller > ours) is not (party is Party.CALLER):
                wrong.append(f"the quote at {moment.at_ms} is on the other side")
        return wrong

    def _hears(self, span: Span, party: Party) -> bool:
        return self.loudest_dbfs(span)[0 if party is Party.CALLER else 1] > _AUDIBLE_DBFS

    def _is_kept(self, span: Span) -> bool:
        return not any(cut.at_ms < span.end_ms and span.at_ms < cut.end_ms for cut in self._recorded.cuts)
