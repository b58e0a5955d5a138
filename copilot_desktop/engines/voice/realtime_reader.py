"""RealtimeReader: one realtime session that reads sentences aloud, several at once."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Any

from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.errors import EngineError, EngineFault
from copilot_desktop.calls.events import CallId
from copilot_desktop.engines.server.openai_faults import engine_error, fault_of_code
from copilot_desktop.engines.server.realtime_link import RealtimeLink, error_code, error_event_id
from copilot_desktop.engines.voice.reading import NotTaken, Reading, SessionBusy, SoundForm, request

log = logging.getLogger("copilot.engines")

PCM_HZ = 24000
_DOUBTFUL_S = 1.0
"""A session that says nothing for so long after a request may be a line that is dead unnoticed."""
_STOPPED_S = 5.0
"""By then the other side has stopped what it was told to stop, even if it does not say so."""
_LAST_WORDS_S = 0.3
_GIVEN_UP = 64
"""Kept at most, until the session says that it has stopped them."""
_BUSY = "conversation_already_has_active_response"
_OLD_FORMS = {"g711_ulaw": SoundForm(True, 8000), "pcm16": SoundForm(False, PCM_HZ)}


class RealtimeReader:
    """Over an open `link`, which it closes. `host`, `model` and `voice` are what it was opened for.

    `on_usage` hears once of every reading, also of one that was given up or broke off. `on_end` is called
    when the session has ended by itself.
    """

    def __init__(
        self,
        link: RealtimeLink,
        *,
        name: str,
        host: str,
        model: str,
        voice: str,
        stall_s: float,
        on_usage: Callable[[Usage, CallId | None], None],
        on_end: Callable[[], None],
    ) -> None:
        self.voice, self.made_s = voice, time.monotonic()
        self._link, self._name, self._host, self._model = link, name, host, model
        self._stall_s, self._on_usage, self._on_end = stall_s, on_usage, on_end
        self._form = sound_form(link.session)
        self._numbers = itertools.count(1)
        self._readings: dict[str, Reading] = {}
        """By our numbers, until the other side is done with them."""
        self._nothing_left = asyncio.Event()
        self._nothing_left.set()
        self._heard_s = 0.0
        self._is_doubtful = self._is_closed = False
        self._ended: EngineError | None = None
        self._taking = asyncio.create_task(self._take_all())

    @property
    def is_usable(self) -> bool:
        """Whether it may be asked to read."""
        return self._link.is_open and self._ended is None and not self._is_doubtful

    @property
    def is_old(self) -> bool:
        """Whether the other side will soon end it."""
        return self._link.is_old

    @property
    def count(self) -> int:
        """Sentences that it reads to somebody now."""
        return sum(not reading.is_over and not reading.is_given_up for reading in self._readings.values())

    @property
    def is_free(self) -> bool:
        """Whether the other side has nothing of ours to do, as far as is known."""
        long_ago_s = time.monotonic() - _STOPPED_S
        return all(reading.given_up_s < long_ago_s for reading in self._readings.values())

    async def close(self) -> None:
        """End the session, within a second; what it still reads breaks off at once."""
        self._is_closed = True
        closed = NotTaken(self._name, "closed", fault=EngineFault.BROKEN_OFF)
        for reading in self._readings.values():
            reading.fail(closed)
            self._stop(reading)
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S):
                # Closed while much is on its way, a session ends late and not in order.
                await self._nothing_left.wait()
        await self._link.close()
        await asyncio.gather(self._taking, return_exceptions=True)

    async def read(self, sentence: str, call: CallId | None) -> AsyncIterator[bytes]:
        """Yield frames as they come. Given up in the middle, the other side is told to stop.

        Raises:
            NotTaken: the session has ended, or is busy, and no sound of it came: ask another one.
            EngineError: it failed, or reads something else.
        """
        reading = Reading(sentence, call, f"read_{next(self._numbers)}", self._form, self._name)
        if not self.is_usable:
            raise NotTaken(self._name, "the session has ended", fault=EngineFault.BROKEN_OFF)
        self._link.send(request(reading))
        self._readings[reading.number] = reading
        self._nothing_left.clear()
        try:
            while (frames := await reading.next(self._stall_s)) is not None:
                yield frames
        finally:
            self._leave(reading)

    # What the session says.

    async def _take_all(self) -> None:
        error: EngineError = NotTaken(self._name, "closed", fault=EngineFault.BROKEN_OFF)
        try:
            async for event in self._link.events():
                self._heard_s = time.monotonic()
                self._take(event)
        except EngineError as failure:
            error = failure
        except Exception as failure:
            # Not its text: that may hold words of a call.
            log.error("%s while reading what a realtime session said", type(failure).__name__)
            error = engine_error(failure, self._name)
        self._end(error)
        await self._link.close()
        if not self._is_closed:
            self._on_end()

    def _end(self, error: EngineError) -> None:
        self._ended = error
        log.debug("a reading session is over: %s", error.fault)
        for reading in tuple(self._readings.values()):
            is_taken = bool(reading.response_id) or error.fault.is_lasting
            reading.fail(error if is_taken else NotTaken(self._name, fault=error.fault))
            self._done(reading, None)

    def _take(self, event: Mapping[str, Any]) -> None:
        kind = str(event.get("type"))
        match kind.removeprefix("response."):
            case "created":
                self._created(_mapping(event.get("response")))
            case "output_audio.delta" | "audio.delta":
                if reading := self._read_as(event.get("response_id")):
                    reading.take_sound(event.get("delta"))
            case "output_audio_transcript.delta" | "audio_transcript.delta":
                if reading := self._read_as(event.get("response_id")):
                    reading.take_words(event.get("delta"))
            case "output_audio_transcript.done" | "audio_transcript.done":
                if reading := self._read_as(event.get("response_id")):
                    reading.take_transcript(event.get("transcript"))
            case "done":
                response = _mapping(event.get("response"))
                if reading := self._read_as(response.get("id")) or self._asked_as(response):
                    reading.finish(response)
                    self._done(reading, response.get("usage"))
            case "error":
                self._refused(event)

    def _created(self, response: Mapping[str, Any]) -> None:
        reading = self._asked_as(response)
        if reading is None:
            return
        reading.response_id = str(response.get("id") or "")
        if reading.is_given_up or reading.is_over:
            self._stop(reading)

    def _asked_as(self, response: Mapping[str, Any]) -> Reading | None:
        about = _mapping(response.get("metadata"))
        if "id" in about:
            return self._readings.get(str(about["id"]))
        # A server that forgets it at least answers in order.
        return next((reading for reading in self._readings.values() if not reading.response_id), None)

    def _read_as(self, response_id: object) -> Reading | None:
        if not response_id:
            return None
        return next((each for each in self._readings.values() if each.response_id == response_id), None)

    def _refused(self, event: Mapping[str, Any]) -> None:
        """An error is about one request, where it says so; else about all that have not begun."""
        about, code = error_event_id(event), error_code(event)
        fault = fault_of_code(code) or EngineFault.SERVER_FAILED
        error = EngineError(self._name, "the session refused it", fault=fault)
        if code == _BUSY:
            error = SessionBusy(self._name, "it reads already", fault=EngineFault.RATE_LIMITED)
            # With what, if not with something of ours?
            self._is_doubtful |= len(self._readings) < 2
        for reading in tuple(self._readings.values()):
            if reading.number == about or (not about and not reading.response_id and _is_of_requests(code)):
                reading.fail(error)
                self._forget(reading)

    # The ends of readings.

    def _leave(self, reading: Reading) -> None:
        """Whoever listened is gone."""
        reading.give_up()
        if reading.number not in self._readings:
            return
        waited_s = time.monotonic() - reading.begun_s
        self._is_doubtful |= waited_s >= _DOUBTFUL_S and self._heard_s < reading.begun_s
        self._stop(reading)
        given_up = [each for each in self._readings.values() if each.is_given_up]
        for oldest in given_up[:-_GIVEN_UP]:
            self._done(oldest, None)

    def _stop(self, reading: Reading) -> None:
        """Once it has begun: without its id only what belongs to a conversation would be stopped."""
        if reading.is_stopped or not reading.response_id:
            return
        reading.is_stopped = True
        try:
            self._link.send({"type": "response.cancel", "response_id": reading.response_id})
        except EngineError as error:
            log.debug("a reading could not be stopped: %s", error.fault)

    def _forget(self, reading: Reading) -> bool:
        is_known = self._readings.pop(reading.number, None) is not None
        if not self._readings:
            self._nothing_left.set()
        return is_known

    def _done(self, reading: Reading, usage: object) -> None:
        """The other side will not send more of it: count what it costs."""
        is_known = self._forget(reading)
        if not is_known or not reading.response_id:
            return
        tokens = reading.tokens(usage)
        told = Usage(
            part=EnginePart.VOICE,
            model=self._model,
            host=self._host,
            characters=len(reading.sentence),
            input_tokens=tokens.text_in,
            cached_tokens=tokens.cached,
            output_tokens=tokens.text_out,
            audio_output_tokens=tokens.audio_out,
            is_estimate=tokens.is_estimate,
        )
        self._on_usage(told, reading.call)


def sound_form(session: Mapping[str, Any]) -> SoundForm:
    """Return what a session sends by its own words: taken for the other, sound is nothing but noise."""
    output = _mapping(_mapping(session.get("audio")).get("output"))
    form = _mapping(output.get("format"))
    if form.get("type") == "audio/pcmu":
        return SoundForm(True, 8000)
    if form.get("type") == "audio/pcm":
        rate_hz = form.get("rate")
        return SoundForm(False, rate_hz if isinstance(rate_hz, int) and rate_hz >= 8000 else PCM_HZ)
    # Servers of the older shape, and those that do not say.
    return _OLD_FORMS.get(str(session.get("output_audio_format")), SoundForm(False, PCM_HZ))


def _is_of_requests(code: str) -> bool:
    """Whether an error can be about a request to read: not one to stop what has ended already."""
    return code != "response_cancel_not_active"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
