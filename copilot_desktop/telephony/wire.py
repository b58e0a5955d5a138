"""Media Streams messages, JSON text ⇄ typed structs. No I/O.

Numbers arrive as strings or as numbers; both are taken. What goes out has exactly the documented fields,
for the carrier refuses a message with one more or one less.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from copilot_desktop.calls.errors import CopilotError

MAX_MESSAGE_CHARS = 64 * 1024
"""Far above any message of the carrier's: 20 ms of sound are some 400 characters."""

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**40)]


class BadMessage(CopilotError):
    """A stream's message is not what the protocol says. Never carries the message itself."""


class Connected(msgspec.Struct, tag_field="event", tag="connected", rename="camel", frozen=True):
    """The first message; belongs to no stream yet."""

    protocol: str = ""
    version: str = ""


class MediaFormat(msgspec.Struct, rename="camel", frozen=True):
    """How the sound of a stream is coded."""

    encoding: str
    sample_rate: _Count
    channels: _Count

    @property
    def is_ours(self) -> bool:
        """Whether it is the only format there is: µ-law, 8 kHz, mono."""
        return self.encoding == "audio/x-mulaw" and self.sample_rate == 8000 and self.channels == 1


class StartBody(msgspec.Struct, rename="camel", frozen=True):
    """Which call the stream belongs to, and what our TwiML gave it to carry."""

    call_sid: str
    media_format: MediaFormat
    stream_sid: str = ""
    account_sid: str = ""
    tracks: list[str] = []
    custom_parameters: dict[str, str] = {}


class Start(msgspec.Struct, tag_field="event", tag="start", rename="camel", frozen=True):
    """Sent once, before any sound."""

    stream_sid: str
    start: StartBody
    sequence_number: _Count = 0


class MediaBody(msgspec.Struct, rename="camel", frozen=True):
    """Sound: `payload` is raw µ-law of any length, `timestamp` milliseconds since the stream began."""

    payload: bytes
    timestamp: _Count
    track: str = "inbound"
    chunk: _Count = 0


class Media(msgspec.Struct, tag_field="event", tag="media", rename="camel", frozen=True):
    """The caller's sound, as a rule 20 ms of it."""

    stream_sid: str
    media: MediaBody
    sequence_number: _Count = 0


class DtmfBody(msgspec.Struct, rename="camel", frozen=True):
    """One key."""

    digit: str
    track: str = ""


class Dtmf(msgspec.Struct, tag_field="event", tag="dtmf", rename="camel", frozen=True):
    """The caller pressed a key."""

    stream_sid: str
    dtmf: DtmfBody
    sequence_number: _Count = 0


class MarkBody(msgspec.Struct, rename="camel", frozen=True):
    """The name we gave."""

    name: str


class Mark(msgspec.Struct, tag_field="event", tag="mark", rename="camel", frozen=True):
    """The echo of a mark of ours: what was sent before it has played, or was cleared."""

    stream_sid: str
    mark: MarkBody
    sequence_number: _Count = 0


class StopBody(msgspec.Struct, rename="camel", frozen=True):
    """Whose stream stopped."""

    call_sid: str = ""
    account_sid: str = ""


class Stop(msgspec.Struct, tag_field="event", tag="stop", rename="camel", frozen=True):
    """The stream is over; the call need not be."""

    stream_sid: str
    stop: StopBody
    sequence_number: _Count = 0


class Unknown(msgspec.Struct, frozen=True):
    """A message of a kind this program does not know: to be skipped."""

    event: str


Message = Connected | Start | Media | Dtmf | Mark | Stop | Unknown


class _PayloadOut(msgspec.Struct):
    payload: bytes


class _MediaOut(msgspec.Struct, tag_field="event", tag="media", rename="camel"):
    stream_sid: str
    media: _PayloadOut


class _MarkOut(msgspec.Struct, tag_field="event", tag="mark", rename="camel"):
    stream_sid: str
    mark: MarkBody


class _ClearOut(msgspec.Struct, tag_field="event", tag="clear", rename="camel"):
    stream_sid: str


# Not strict: "5" is a 5 here. Base64 becomes bytes in the same pass.
_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(
    Connected | Start | Media | Dtmf | Mark | Stop, strict=False
)
_kind_decoder = msgspec.json.Decoder(Unknown)
_encoder = msgspec.json.Encoder()
_KINDS = frozenset({"connected", "start", "media", "dtmf", "mark", "stop"})


def parse(text: str) -> Message:
    """Return the message in `text`; one of a kind not known is an `Unknown`.

    Raises:
        BadMessage: broken JSON, base64 or Unicode, a missing field, a wrong type, too long.
    """
    if len(text) > MAX_MESSAGE_CHARS:
        raise BadMessage("too long")
    try:
        return _decoder.decode(text)
    except msgspec.ValidationError:
        return _unknown(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise BadMessage("not JSON") from None


def _unknown(text: str) -> Unknown:
    try:
        message = _kind_decoder.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise BadMessage("no message") from None
    if message.event in _KINDS:
        raise BadMessage(f"a {message.event} message with a field missing or wrong")
    return message


def media(stream_sid: str, audio: bytes) -> str:
    """Return the message that plays `audio`, raw µ-law, after what was sent before."""
    return _encoder.encode(_MediaOut(stream_sid, _PayloadOut(audio))).decode()


def mark(stream_sid: str, name: str) -> str:
    """Return the message that asks for `name` back once everything before it has played."""
    return _encoder.encode(_MarkOut(stream_sid, MarkBody(name))).decode()


def clear(stream_sid: str) -> str:
    """Return the message that throws away what the carrier has not played."""
    return _encoder.encode(_ClearOut(stream_sid)).decode()
