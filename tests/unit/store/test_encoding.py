"""Facts keep their meaning on disk, today's and those of other versions."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot_desktop.calls import events
from copilot_desktop.calls.events import CallEvent, CallId, LineChanged, Party, SpeechMeasured
from copilot_desktop.calls.line import LineStatus
from copilot_desktop.store import encoding

_NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
_VALUES: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(0, 2**53),
    float: _NUMBERS,
    float | None: st.none() | _NUMBERS,
    datetime: st.datetimes(timezones=st.just(UTC)),
}


def _any(kind: type[CallEvent]) -> st.SearchStrategy[CallEvent]:
    hints = get_type_hints(kind)
    return st.builds(
        kind,
        **{
            field.name: _VALUES.get(hints[field.name], st.from_type(hints[field.name]))
            for field in fields(kind)
        },
    )


@pytest.mark.parametrize("kind", encoding.KINDS.values(), ids=encoding.KINDS)
def test_each_fact_comes_back_as_it_went(kind: type[CallEvent]) -> None:
    @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
    @given(_any(kind))
    def comes_back(event: CallEvent) -> None:
        assert encoding.decode(encoding.encode(event)) == event

    comes_back()


def test_every_fact_of_a_call_is_kept_but_those_that_only_move() -> None:
    kinds = {kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, CallEvent)}
    assert set(encoding.KINDS.values()) == kinds - {CallEvent, *events.LIVE_ONLY}
    assert not encoding.is_kept(LineChanged(status=LineStatus()))


@pytest.mark.allow_warnings
def test_what_a_newer_program_wrote_is_read_as_far_as_it_is_understood() -> None:
    body = '{"party": "caller", "start_ms": 10, "end_ms": 20, "loudness_dbfs": -20}'
    known = SpeechMeasured(call_id=CallId("c"), at_ms=5, party=Party.CALLER, start_ms=10, end_ms=20)
    assert encoding.decode(encoding.Row("c", 5, "speech_measured", 2, body)) == known
    assert encoding.decode(encoding.Row("c", 5, "mood_measured", 2, "{}")) is None
    assert (
        encoding.decode(encoding.Row("c", 5, "speech_measured", 2, body.replace("caller", "robot"))) is None
    )


def test_text_that_is_no_text_is_refused() -> None:
    broken = events.SummaryWritten(call_id=CallId("c"), at_ms=0, text="\ud800")
    with pytest.raises(ValueError, match="surrogate"):
        encoding.encode(broken)
