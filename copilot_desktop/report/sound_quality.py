"""What the recording itself tells of the caller's line: level, noise, clipping, silence, echo, offset.

The fine sound of a call is not among its facts, so this comes later than they do, and only where a recording
was kept. It never touches a score.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from copilot_desktop.audio.frame import FRAME_BYTES, FRAME_MS, SAMPLE_RATE_HZ
from copilot_desktop.calls.events import Party
from copilot_desktop.report import line_quality
from copilot_desktop.report.line_strip import worse
from copilot_desktop.report.making import Kind, upward
from copilot_desktop.report.model import CallReport, Grade, LineSlot, Measure, Span, Unit
from copilot_desktop.report.recorded import Recorded
from copilot_desktop.report.sound_meter import EchoMeter, Pcm, SoundMeter

_LEVEL = Kind(
    id="line_level",
    name="Caller's loudness",
    unit=Unit.DBFS,
    definition="Mean loudness while the caller speaks. Good from −30 to −16 dBFS, poor below −40, over −10.",
)
_NOISE = Kind(
    id="line_noise",
    name="Noise of the line",
    unit=Unit.DBFS,
    definition="Mean loudness of the caller's line while the caller does not speak.",
)
_SNR = Kind(
    id="line_snr",
    name="Speech above noise",
    unit=Unit.DB,
    definition="The caller's loudness less the noise. Good over 20 dB, poor under 12 dB.",
)
_CLIPPED = Kind(
    id="line_clipped",
    name="Clipped",
    unit=Unit.SHARE,
    definition="Samples of the caller's speech at the end of the range. Good under 0.01 %, poor over 0.1 %.",
)
_SILENCE = Kind(
    id="line_silence",
    name="Line dead, longest",
    unit=Unit.MS,
    definition="No sound at all from the caller's side, not even noise, for over 5 s: "
    "a muted or broken microphone.",
)
_ECHO = Kind(
    id="line_echo",
    name="Echo weaker than our voice by",
    unit=Unit.DB,
    definition="What we sent and what came back 50 to 500 ms later while the caller was silent.",
)
_OFFSET = Kind(
    id="line_offset",
    name="Offset",
    unit=Unit.SHARE,
    definition="Mean of the caller's samples, of full scale. Over 1 % something is wrong with the device.",
)
KINDS = (_LEVEL, _NOISE, _SNR, _CLIPPED, _SILENCE, _ECHO, _OFFSET)

_LEAST_SPEECH_FRAMES = 50
_DEAD_MS, _DEAD_IN_QUIET_MS = 5000, 60_000
"""A line that is digitally silent between words says little by being so for a while."""
_MOST_MOMENTS = 50
_WINDOW_MS = 2000
_NOTHING = "no speech of the caller was recorded"

Mask = NDArray[np.bool_]


def listened(report: CallReport, sound: Iterable[Pcm]) -> CallReport:
    """Return `report` with what its recording tells, given in pieces of `(n, 2)` samples. Blocks.

    A call without a recording comes back as it is.
    """
    recorded = report.recorded
    if recorded is None or report.conversation is None:
        return report
    meter, echo = SoundMeter(), EchoMeter()
    windows, at = _windows(report, recorded), 0
    for piece in sound:
        meter.add(piece)
        for window in (window for window in windows if at <= window < at + len(piece)):
            if not echo.is_full:
                echo.add(piece[window - at : window - at + _WINDOW_MS * SAMPLE_RATE_HZ // 1000])
        at += len(piece)
    if not at:
        return report
    side = _CallerSide(report, recorded, meter)
    return _with(report, [*side.measures(), _echo(echo)], side.found(report.line_strip))


def _with(report: CallReport, measures: Sequence[Measure], found: Sequence[tuple[Grade, str]]) -> CallReport:
    ids = {measure.id for measure in measures}
    groups = tuple(
        replace(group, measures=(*(each for each in group.measures if each.id not in ids), *measures))
        if group.title == line_quality.TITLE
        else group
        for group in report.groups
    )
    strip = worse(report.line_strip, found) if report.line_strip else ()
    every = [measure for group in groups for measure in group.measures]
    return replace(
        report,
        groups=groups,
        line_strip=strip,
        has_been_listened=True,
        caution=line_quality.caution(every, strip),
    )


def _echo(echo: EchoMeter) -> Measure:
    if echo.windows == 0:
        return _ECHO.missing("we never spoke for 2 s while the caller was silent")
    if echo.loss_db is None:
        return _ECHO.missing("no echo was found")
    return _ECHO.of(echo.loss_db, grade=Grade.WATCH if echo.loss_db < 30 else None)


class _CallerSide:
    """The caller's side of a recording, every frame of it told apart: speech, noise, kept out."""

    def __init__(self, report: CallReport, recorded: Recorded, meter: SoundMeter) -> None:
        self._meter, self._power = meter, meter.caller_power
        self._times_ms = _times(recorded, len(self._power))
        whole = report.conversation or Span(0, 0)
        out = [*report.holds, *(Span(cut.at_ms, cut.end_ms) for cut in recorded.cuts)]
        is_kept = self._within([whole]) & ~self._within(out)
        speech = next((each.spans for each in report.speech if each.party is Party.CALLER), ())
        is_spoken = self._within(speech)
        self._is_still = meter.is_still
        self._speech = is_spoken & is_kept & ~self._is_still
        self._pauses = ~is_spoken & is_kept
        self._noise = self._pauses & ~self._is_still
        self._dead = is_kept & self._is_still

    def measures(self) -> list[Measure]:
        """Return all but the echo."""
        made = [*self._levels(), self._clipped(), self._silence()]
        if self._speech.any():
            offset = abs(float(self._meter.offset[self._speech | self._noise].mean()))
            made.append(_OFFSET.of(offset, grade=Grade.WATCH if offset > 0.01 else None))
        else:
            made.append(_OFFSET.missing(_NOTHING))
        return made

    def found(self, slots: Sequence[LineSlot]) -> list[tuple[Grade, str]]:
        """Return what is wrong with the caller's sound in each slot, if anything."""
        return [self._found(Span(slot.at_ms, slot.end_ms)) for slot in slots]

    def _found(self, span: Span) -> tuple[Grade, str]:
        here = self._speech & self._within([span])
        count = int(np.count_nonzero(here))
        if count < _LEAST_SPEECH_FRAMES:
            return Grade.GOOD, ""
        clipped = int(self._meter.clipped[here].sum()) / (count * FRAME_BYTES)
        if (grade := upward(clipped, 0.0001, 0.001)) is not Grade.GOOD:
            return grade, "distorted"
        level = _dbfs(float(self._power[here].mean()))
        return _level_grade(level), "too quiet" if level < -30 else "too loud"

    def _levels(self) -> list[Measure]:
        if np.count_nonzero(self._speech) < _LEAST_SPEECH_FRAMES:
            return [kind.missing(_NOTHING) for kind in (_LEVEL, _NOISE, _SNR)]
        level = _dbfs(float(self._power[self._speech].mean()))
        made = [_LEVEL.of(level, grade=_level_grade(level))]
        if 2 * np.count_nonzero(self._noise) < np.count_nonzero(self._pauses) or not self._noise.any():
            quiet = "the line is digitally silent between words"
            return [*made, _NOISE.missing(quiet), _SNR.missing(quiet)]
        # The median: a breath or a door is no noise of the line.
        noise = _dbfs(float(np.median(self._power[self._noise])))
        return [*made, _NOISE.of(noise), _SNR.of(level - noise, grade=_snr_grade(level - noise))]

    def _clipped(self) -> Measure:
        count = int(np.count_nonzero(self._speech))
        if not count:
            return _CLIPPED.missing(_NOTHING)
        share = int(self._meter.clipped[self._speech].sum()) / (count * FRAME_BYTES)
        moments = self._spans(self._speech & (self._meter.clipped > 0))
        return _CLIPPED.of(share, moments, grade=upward(share, 0.0001, 0.001))

    def _silence(self) -> Measure:
        is_quiet_line = 2 * np.count_nonzero(self._noise) < np.count_nonzero(self._pauses)
        least_ms = _DEAD_IN_QUIET_MS if is_quiet_line else _DEAD_MS
        dead = [span for span in self._spans(self._dead, most=None) if span.length_ms > least_ms]
        longest_ms = max((span.length_ms for span in dead), default=0)
        grade = Grade.GOOD if not dead else Grade.BAD if longest_ms > 6 * _DEAD_MS else Grade.WATCH
        return _SILENCE.of(longest_ms, dead[:_MOST_MOMENTS], grade=grade)

    def _within(self, spans: Iterable[Span]) -> Mask:
        mask: Mask = np.zeros(len(self._times_ms), dtype=np.bool_)
        for span in spans:
            first, last = np.searchsorted(self._times_ms, (span.at_ms, span.end_ms))
            mask[first:last] = True
        return mask

    def _spans(self, mask: Mask, most: int | None = _MOST_MOMENTS) -> list[Span]:
        """Return the stretches of the call in which `mask` holds."""
        edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
        spans = [
            Span(int(self._times_ms[first]), int(self._times_ms[last - 1]) + FRAME_MS)
            for first, last in zip(edges[::2], edges[1::2], strict=True)
        ]
        return spans[:most]


def _times(recorded: Recorded, count: int) -> NDArray[np.int64]:
    """Return the call's time of each of `count` frames of the recording."""
    at_ms = np.arange(count, dtype=np.int64) * FRAME_MS
    made = at_ms.copy()
    for place in recorded.places:
        first = int(np.searchsorted(at_ms, place.recording_ms))
        made[first:] = at_ms[first:] - place.recording_ms + place.call_ms
    return made


def _windows(report: CallReport, recorded: Recorded) -> list[int]:
    """Return the first samples of stretches of 2 s in which we speak and the caller does not."""
    caller = [span for each in report.speech if each.party is Party.CALLER for span in each.spans]
    ours = [span for each in report.speech if each.party is not Party.CALLER for span in each.spans]
    found = []
    for span in ours:
        for at_ms in range(span.at_ms, span.end_ms - _WINDOW_MS + 1, _WINDOW_MS):
            end_ms = at_ms + _WINDOW_MS
            if not any(each.at_ms < end_ms and at_ms < each.end_ms for each in caller):
                found.append(recorded.recording_ms(at_ms) * SAMPLE_RATE_HZ // 1000)
    return found


def _dbfs(power: float) -> float:
    return 10 * float(np.log10(max(power, 1e-9)))


def _level_grade(level_dbfs: float) -> Grade:
    if -30 <= level_dbfs <= -16:
        return Grade.GOOD
    return Grade.WATCH if -40 <= level_dbfs <= -10 else Grade.BAD


def _snr_grade(snr_db: float) -> Grade:
    if snr_db > 20:
        return Grade.GOOD
    return Grade.WATCH if snr_db >= 12 else Grade.BAD
