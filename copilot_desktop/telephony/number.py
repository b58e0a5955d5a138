"""NumberPointer: points the phone number at this program, remembers what was there, and puts it back."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit

from copilot_desktop.calls.line import LineError, LineProblem, PhoneNumber
from copilot_desktop.telephony.account import TwilioAccount, e164
from copilot_desktop.telephony.kept_numbers import KeptNumber, KeptNumbers

T = TypeVar("T")

log = logging.getLogger("copilot.telephony")

_FIELDS = {
    "voice_url": "voice_url",
    "voice_method": "voice_method",
    "fallback_url": "voice_fallback_url",
    "fallback_method": "voice_fallback_method",
    "status_callback": "status_callback",
    "status_callback_method": "status_callback_method",
    "application_sid": "voice_application_sid",
    "trunk_sid": "trunk_sid",
}
"""Ours → Twilio's."""
_ADDRESS_OF_METHOD = {
    "voice_method": "voice_url",
    "fallback_method": "fallback_url",
    "status_callback_method": "status_callback",
}
_UNUSED_HOST = "demo.twilio.com"
"""Where Twilio points a number when it is bought."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the number is to send what: calls, calls while nothing answers there, and how calls ended.

    An empty address is written as such.
    """

    voice_url: str
    fallback_url: str
    status_callback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberLook:
    """How a number stands. `changed_at`: when someone changed it, if its calls go elsewhere."""

    number: PhoneNumber
    kept: PhoneNumber | None
    """What was there before we took it; None: nothing of it was changed by us."""
    is_ours: bool
    """Its calls go to an address that this program wrote, in this run or another."""
    problem: LineProblem | None = None
    """NUMBER_OVERRIDDEN or NUMBER_ELSEWHERE."""
    changed_at: datetime | None = None


class NumberPointer:
    """Writes addresses to a number of `account`, and remembers in `keep_file` what it found there first.

    One order at a time. Each is a few REST requests, so its methods raise LineError as those do; cancelled,
    they may have written already, and may be called again.
    """

    def __init__(self, account: TwilioAccount, keep_file: Path) -> None:
        self._account = account
        self._kept = KeptNumbers(keep_file)
        self._pointed: set[str] = set()
        self._busy = asyncio.Lock()

    def kept(self, number: str = "") -> PhoneNumber | None:
        """Return what was there before we took `number` (E.164), or the last number that we took."""
        try:
            entry = self._entry(number)
        except OSError as error:
            log.warning("what the number said before cannot be read (%s)", type(error).__name__)
            return None
        return entry.found if entry else None

    async def point_here(
        self, number: str, addresses: Addresses, *, clears_override: bool = False
    ) -> PhoneNumber:
        """Send the number's calls to `addresses`, read it back, and return it.

        What it says before is kept first, once: later addresses of ours, and of other programs, never
        replace it.

        Raises:
            LineError: NUMBER_NOT_FOUND or NO_NUMBER; NUMBER_OVERRIDDEN, with nothing changed, if an
                application or a trunk takes its calls (`clears_override` removes it, and keeps it for
                `put_back`); NUMBER_NOT_WRITTEN: it says something else when read back, or the old address
                cannot be kept.
        """
        async with self._busy:
            found = await self._account.find(number)
            if found.is_overridden and not clears_override:
                detail = "application" if found.application_sid else "trunk"
                raise LineError(LineProblem.NUMBER_OVERRIDDEN, detail)
            await self._keep(found, addresses.voice_url)
            self._pointed.add(addresses.voice_url)
            return await self._write(found, _pointed(found, addresses))

    async def put_back(self, number: str = "", *, only_if_ours: bool = False) -> PhoneNumber | None:
        """Restore what was kept of `number` or, without one, of the last that we took; then forget it.

        Returns None if nothing is kept. `only_if_ours`: leave it, and keep on, if its calls go to another
        program by now; None as well.

        Raises:
            LineError: NUMBER_NOT_FOUND: the account has it no more; NUMBER_NOT_WRITTEN: it says something
                else when read back. It is kept then.
        """
        async with self._busy:
            entry = await _on_disk(lambda: self._entry(number))
            if entry is None:
                return None
            now = await self._account.read_number(entry.found.sid)
            if only_if_ours and not self._is_ours(now, entry):
                return None
            restored = await self._write(now, entry.found)
            await _on_disk(lambda: self._kept.forget(entry.found.sid))
            return restored

    async def look(self, number: str) -> NumberLook:
        """Return how `number` stands; nothing is changed.

        Raises:
            LineError: NUMBER_NOT_FOUND or NO_NUMBER, or it cannot be read.
        """
        found = await self._account.find(number)
        entry = await _on_disk(lambda: self._kept.get(found.sid))
        is_ours = self._is_ours(found, entry)
        problem = _problem(found, entry, is_ours=is_ours)
        is_elsewhere = problem is LineProblem.NUMBER_ELSEWHERE
        return NumberLook(
            number=found,
            kept=entry.found if entry else None,
            is_ours=is_ours,
            problem=problem,
            changed_at=await self._account.changed_at(found.sid) if is_elsewhere else None,
        )

    def _entry(self, number: str) -> KeptNumber | None:
        entries = self._kept.all()
        fitting = [each for each in entries if not number or each.found.number == number]
        return fitting[-1] if fitting else None

    def _is_ours(self, found: PhoneNumber, entry: KeptNumber | None) -> bool:
        addresses = self._pointed.union(entry.addresses if entry else ())
        return found.voice_url in addresses and not found.is_overridden

    async def _keep(self, found: PhoneNumber, address: str) -> None:
        entry = await _on_disk(lambda: self._kept.get(found.sid))
        if entry is None and found.voice_url == address and not found.is_overridden:
            # The file was lost, and the number is ours already: there is nothing left to keep.
            return
        fresh = (entry or KeptNumber(found)).with_address(address)
        if fresh != entry:
            await _on_disk(lambda: self._kept.keep(fresh))

    async def _write(self, now: PhoneNumber, wanted: PhoneNumber) -> PhoneNumber:
        """Bring the number to say what `wanted` says; return it as read back."""
        if changes := _changes(now, wanted):
            await self._account.write_number(now.sid, **changes)
            now = await self._account.read_number(now.sid)
        if _changes(now, wanted):
            raise LineError(LineProblem.NUMBER_NOT_WRITTEN)
        return now


def outage_url(kind: str, *, message: str = "", forward_to: str = "", url: str = "") -> str:
    """Return the address that answers callers while this program is not running. Takes the settings.

    "message" says `message` and "forward" rings `forward_to`: both are Twimlets, small documents that Twilio
    hosts for everybody (never tried here against the live service). "address": the owner's own `url`, such
    as a TwiML Bin. "nothing", and what is not filled in: empty; callers then hear the carrier's error.

    Raises:
        LineError: ADDRESS_INVALID: `url` is not https, or `forward_to` no phone number.
    """
    if kind == "message" and message.strip():
        return "https://twimlets.com/message?Message%5B0%5D=" + quote(message.strip(), safe="")
    if kind == "forward" and forward_to.strip():
        number = e164(forward_to)
        if not number.startswith("+"):
            raise LineError(LineProblem.ADDRESS_INVALID, "not a phone number")
        return "https://twimlets.com/forward?PhoneNumber=" + quote(number, safe="")
    if kind == "address" and url.strip():
        if urlsplit(url.strip()).scheme != "https" or not urlsplit(url.strip()).hostname:
            raise LineError(LineProblem.ADDRESS_INVALID, "not https")
        return url.strip()
    return ""


def _pointed(found: PhoneNumber, addresses: Addresses) -> PhoneNumber:
    return dataclasses.replace(
        found,
        voice_url=addresses.voice_url,
        voice_method="POST",
        fallback_url=addresses.fallback_url,
        fallback_method="POST",
        status_callback=addresses.status_callback,
        status_callback_method="POST",
        application_sid="",
        trunk_sid="",
    )


def _changes(now: PhoneNumber, wanted: PhoneNumber) -> dict[str, str]:
    """Return what must be written, in Twilio's names. Only what differs: needless blanks may be refused."""
    names = {name for name in _FIELDS if getattr(now, name) != getattr(wanted, name)}
    # How an address is asked does not matter where there is none.
    names -= {method for method, address in _ADDRESS_OF_METHOD.items() if not getattr(wanted, address)}
    # Setting one of these two removes the other by itself.
    if wanted.application_sid:
        names.discard("trunk_sid")
    elif wanted.trunk_sid:
        names.discard("application_sid")
    return {_FIELDS[name]: getattr(wanted, name) for name in sorted(names)}


def _problem(found: PhoneNumber, entry: KeptNumber | None, *, is_ours: bool) -> LineProblem | None:
    if found.is_overridden:
        return LineProblem.NUMBER_OVERRIDDEN
    is_free = not found.voice_url or urlsplit(found.voice_url).hostname == _UNUSED_HOST
    is_known = is_ours or (entry is not None and found.voice_url == entry.found.voice_url)
    return None if is_free or is_known else LineProblem.NUMBER_ELSEWHERE


async def _on_disk(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise LineError(LineProblem.NUMBER_NOT_WRITTEN, type(error).__name__) from None
