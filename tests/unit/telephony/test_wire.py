"""Media Streams messages: recorded, torn and hostile ones, and what goes out."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.telephony import wire

STREAM = "MZ" + "1" * 32
CALL = "CA" + "2" * 32
ACCOUNT = "AC" + "3" * 32
FRAME = bytes(range(160))

START = {
    "event": "start",
    "sequenceNumber": "1",
    "streamSid": STREAM,
    "start": {
        "accountSid": ACCOUNT,
        "streamSid": STREAM,
        "callSid": CALL,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": "text", "other": ""},
    },
}
MEDIA = {
    "event": "media",
    "sequenceNumber": "4",
    "streamSid": STREAM,
    "media": {
        "track": "inbound",
        "chunk": "2",
        "timestamp": "5",
        "payload": base64.b64encode(FRAME).decode(),
    },
}
RECORDED: list[dict[str, Any]] = [
    {"event": "connected", "protocol": "Call", "version": "1.0.0"},
    START,
    MEDIA,
    {
        "event": "dtmf",
        "sequenceNumber": "5",
        "streamSid": STREAM,
        "dtmf": {"track": "inbound_track", "digit": "1"},
    },
    {"event": "mark", "sequenceNumber": "4", "streamSid": STREAM, "mark": {"name": "g1-2"}},
    {
        "event": "stop",
        "sequenceNumber": "5",
        "streamSid": STREAM,
        "stop": {"accountSid": ACCOUNT, "callSid": CALL},
    },
]


def changed(message: dict[str, Any], path: str, value: Any) -> str:
    """Return the message as JSON with one field replaced, or removed where `value` is `...`."""
    copy = json.loads(json.dumps(message))
    *way, last = path.split(".")
    place = copy
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(copy)


def test_recorded_messages_are_read_field_by_field() -> None:
    connected, start, media, dtmf, mark, stop = (wire.parse(json.dumps(each)) for each in RECORDED)
    assert connected == wire.Connected(protocol="Call", version="1.0.0")
    assert isinstance(start, wire.Start)
    assert (start.stream_sid, start.start.call_sid, start.start.account_sid) == (STREAM, CALL, ACCOUNT)
    assert start.start.custom_parameters == {"token": "text", "other": ""}
    assert start.start.tracks == ["inbound"]
    assert start.start.media_format.is_ours
    assert media == wire.Media(STREAM, wire.MediaBody(FRAME, 5, "inbound", 2), 4)
    assert dtmf == wire.Dtmf(STREAM, wire.DtmfBody("1", "inbound_track"), 5)
    assert mark == wire.Mark(STREAM, wire.MarkBody("g1-2"), 4)
    assert stop == wire.Stop(STREAM, wire.StopBody(CALL, ACCOUNT), 5)


@pytest.mark.parametrize("value", ["7", 7])
@pytest.mark.parametrize("path", ["sequenceNumber", "media.chunk", "media.timestamp"])
def test_counters_are_strings_or_numbers(path: str, value: str | int) -> None:
    message = wire.parse(changed(MEDIA, path, value))
    assert isinstance(message, wire.Media)
    assert 7 in (message.sequence_number, message.media.chunk, message.media.timestamp)


@pytest.mark.parametrize("size", [0, 1, 159, 161, 320, 8000])
def test_payloads_have_any_length(size: int) -> None:
    payload = bytes([0x55]) * size
    message = wire.parse(changed(MEDIA, "media.payload", base64.b64encode(payload).decode()))
    assert isinstance(message, wire.Media)
    assert message.media.payload == payload


def test_fields_not_known_are_passed_over() -> None:
    message = wire.parse(changed(MEDIA, "media.loudness", {"a": [1, None]}))
    assert message == wire.parse(json.dumps(MEDIA))


def test_an_event_not_known_is_told_apart_from_a_bad_message() -> None:
    assert wire.parse('{"event":"weather","streamSid":"MZ","weather":{}}') == wire.Unknown("weather")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("streamSid", ...),
        ("streamSid", None),
        ("streamSid", 5),
        ("media", ...),
        ("media", "AAAA"),
        ("media.payload", ...),
        ("media.payload", None),
        ("media.payload", 7),
        ("media.payload", "AAA"),
        ("media.payload", "AA\nAA"),
        ("media.payload", "data:audio/x-mulaw;base64,AAAA"),
        ("media.payload", "AA-_"),
        ("media.payload", "é"),
        ("media.timestamp", ...),
        ("media.timestamp", ""),
        ("media.timestamp", "soon"),
        ("media.timestamp", "-1"),
        ("media.timestamp", -1),
        ("media.timestamp", 1.5),
        ("media.timestamp", None),
        ("media.timestamp", True),
        ("media.timestamp", "9" * 5000),
        ("media.timestamp", 10**30),
        ("media.track", 1),
        ("event", "stop"),
        ("event", 5),
        ("event", None),
        ("event", ...),
    ],
)
def test_a_field_missing_or_wrong_is_a_bad_message(path: str, value: Any) -> None:
    with pytest.raises(wire.BadMessage):
        wire.parse(changed(MEDIA, path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("start", ...),
        ("start.callSid", ...),
        ("start.callSid", 5),
        ("start.mediaFormat", ...),
        ("start.mediaFormat.sampleRate", "fast"),
        ("start.customParameters", []),
        ("start.customParameters.token", 5),
        ("start.customParameters.token", None),
    ],
)
def test_a_start_that_is_not_whole_is_a_bad_message(path: str, value: Any) -> None:
    with pytest.raises(wire.BadMessage):
        wire.parse(changed(START, path, value))


@pytest.mark.parametrize(
    ("path", "value"), [("encoding", "audio/x-alaw"), ("sampleRate", 16000), ("channels", "2")]
)
def test_another_format_is_told(path: str, value: Any) -> None:
    message = wire.parse(changed(START, f"start.mediaFormat.{path}", value))
    assert isinstance(message, wire.Start)
    assert not message.start.media_format.is_ours


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "null",
        "[]",
        "5",
        '"media"',
        "{}",
        "hello",
        "\x00",
        json.dumps(MEDIA) + "}",
        json.dumps(MEDIA)[:-1],
        '{"event":"stop","streamSid":"\\ud800"}',
        '{"event":"stop","x":"\ud800"}',
        "[" * 60_000,
        '{"event":"stop","x":' + "[" * 60_000,
        '{"event":' * 5_000,
        changed(MEDIA, "media.payload", "A" * wire.MAX_MESSAGE_CHARS),
    ],
)
def test_hostile_text_is_a_bad_message(text: str) -> None:
    with pytest.raises(wire.BadMessage) as bad:
        wire.parse(text)
    assert bad.value.__cause__ is None
    assert bad.value.__suppress_context__ or bad.value.__context__ is None


def test_every_torn_message_is_bad() -> None:
    for message in RECORDED:
        text = json.dumps(message)
        for end in range(len(text)):
            with pytest.raises(wire.BadMessage):
                wire.parse(text[:end])


def test_a_bad_message_does_not_say_what_it_held() -> None:
    with pytest.raises(wire.BadMessage) as bad:
        wire.parse(changed(MEDIA, "media.timestamp", "secret words"))
    assert "secret" not in str(bad.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
PATHS = ["event", "streamSid", "sequenceNumber", "media", "media.payload", "media.timestamp", "media.chunk"]


@given(st.text())
def test_any_text_is_a_message_or_bad(text: str) -> None:
    with contextlib.suppress(wire.BadMessage):
        wire.parse(text)


@given(
    st.lists(st.tuples(st.sampled_from(["event", "streamSid", "media", "mark", "stop"]), JSON), max_size=8)
)
def test_repeated_keys_are_a_message_or_bad(pairs: list[tuple[str, Any]]) -> None:
    body = ",".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in [*MEDIA.items(), *pairs])
    with contextlib.suppress(wire.BadMessage):
        wire.parse("{" + body + "}")


@pytest.mark.parametrize("text", ["[" * 30_000, '{"event":' * 5000, "1" * 60_000, "\x00" * 1000])
def test_what_is_deep_or_long_is_bad(text: str) -> None:
    with pytest.raises(wire.BadMessage):
        wire.parse(text)


@given(st.sampled_from(PATHS), JSON)
def test_any_value_anywhere_is_a_message_or_bad(path: str, value: Any) -> None:
    try:
        message = wire.parse(changed(MEDIA, path, value))
    except wire.BadMessage:
        return
    if isinstance(message, wire.Media):
        assert message.media.timestamp >= 0
        assert isinstance(message.media.payload, bytes)
        assert isinstance(message.stream_sid, str)


@given(st.binary(max_size=2000))
def test_sound_going_out_has_exactly_the_documented_fields(audio: bytes) -> None:
    message = json.loads(wire.media(STREAM, audio))
    payload = base64.b64encode(audio).decode()
    assert message == {"event": "media", "streamSid": STREAM, "media": {"payload": payload}}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_marks_and_clears_going_out_have_exactly_the_documented_fields(name: str) -> None:
    assert json.loads(wire.mark(STREAM, name)) == {
        "event": "mark",
        "streamSid": STREAM,
        "mark": {"name": name},
    }
    assert json.loads(wire.clear(STREAM)) == {"event": "clear", "streamSid": STREAM}
