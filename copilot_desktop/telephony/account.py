"""TwilioAccount: the owner's account and its phone numbers, read and changed over REST."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TypeVar

from copilot_desktop.calls.line import LineError, LineProblem, PhoneAccount, PhoneNumber
from copilot_desktop.telephony.carrier_codes import NO_SUCH_RESOURCE
from copilot_desktop.telephony.rest import TwilioRest

if TYPE_CHECKING:
    from twilio.rest import Client

T = TypeVar("T")

log = logging.getLogger("copilot.telephony")

_MAX_NUMBERS = 1000
_PAGE = 100
_ABSENT = frozenset({NO_SUCH_RESOURCE, 404})
_TEST_KEYS = frozenset({20008, 403})
"""What the account itself answers to the keys that are for trying out alone."""


class TwilioAccount:
    """One account. Every method is one order or few; each raises LineError as `TwilioRest.call` does."""

    def __init__(self, rest: TwilioRest) -> None:
        self._rest = rest

    @property
    def sid(self) -> str:
        """The account's own number, AC…"""
        return self._rest.account_sid

    async def fetch(self) -> PhoneAccount:
        """Return name, kind, state and, where it may be read, the balance.

        Raises:
            LineError: ACCOUNT_REFUSED also if there is no such account, or the keys are for trying out alone.
        """
        try:
            account = await self._read(lambda client: client.api.v2010.accounts(self.sid).fetch())
        except LineError as error:
            if error.code in _ABSENT | _TEST_KEYS:
                raise LineError(LineProblem.ACCOUNT_REFUSED, code=error.code) from None
            raise
        return PhoneAccount(
            name=account.friendly_name or "",
            is_trial=str(account.type or "").lower() == "trial",
            status=str(account.status or "").lower(),
            balance=await self._balance(),
        )

    async def numbers(self) -> list[PhoneNumber]:
        """Return the account's numbers as Twilio lists them."""
        found = await self._read(
            lambda client: client.incoming_phone_numbers.list(limit=_MAX_NUMBERS, page_size=_PAGE)
        )
        return [_phone_number(each) for each in found]

    async def find(self, number: str) -> PhoneNumber:
        """Return the number that is exactly `number`, however that is written.

        Raises:
            LineError: NUMBER_NOT_FOUND, or NO_NUMBER if the account has none at all.
        """
        wanted = await asyncio.to_thread(e164, number)
        # Twilio's filter takes part of a number for the whole.
        alike = await self._read(
            lambda client: client.incoming_phone_numbers.list(phone_number=wanted, limit=_MAX_NUMBERS)
        )
        for each in alike:
            if each.phone_number == wanted:
                return _phone_number(each)
        some = await self._read(lambda client: client.incoming_phone_numbers.list(limit=1))
        raise LineError(LineProblem.NUMBER_NOT_FOUND if some else LineProblem.NO_NUMBER)

    async def read_number(self, sid: str) -> PhoneNumber:
        """Return the number with this PN….

        Raises:
            LineError: NUMBER_NOT_FOUND if the account has it no more.
        """
        return _phone_number(await self._number(lambda client: client.incoming_phone_numbers(sid).fetch()))

    async def changed_at(self, sid: str) -> datetime | None:
        """Return when anything about this number was last changed, by whomever.

        Raises:
            LineError: NUMBER_NOT_FOUND if the account has it no more.
        """
        found = await self._number(lambda client: client.incoming_phone_numbers(sid).fetch())
        return found.date_updated if isinstance(found.date_updated, datetime) else None

    async def write_number(self, sid: str, **fields: str) -> PhoneNumber:
        """Change `fields` (`voice_url`, `voice_method`, … as Twilio names them) and return its answer.

        Raises:
            LineError: NUMBER_NOT_FOUND if the account has it no more.
        """
        return _phone_number(
            await self._number(lambda client: client.incoming_phone_numbers(sid).update(**fields))
        )

    async def _balance(self) -> str:
        """Return the balance, or nothing: not every account and key may see it."""
        try:
            found = await self._read(lambda client: client.api.v2010.accounts(self.sid).balance.fetch())
        except LineError as error:
            log.info("the account's balance cannot be read (%s, code %d)", error.problem, error.code)
            return ""
        try:
            amount = f"{Decimal(found.balance):.2f}"
        except (InvalidOperation, TypeError, ValueError):
            return ""
        return f"{amount} {found.currency or ''}".strip()

    async def _number(self, work: Callable[[Client], Any]) -> Any:
        try:
            # A change states how the number is to be, so that twice is as good as once.
            return await self._read(work)
        except LineError as error:
            if error.code in _ABSENT:
                raise LineError(LineProblem.NUMBER_NOT_FOUND, code=error.code) from None
            raise

    async def _read(self, work: Callable[[Client], Any]) -> Any:
        return await self._rest.call(work, is_repeatable=True)


def account_problem(account: PhoneAccount) -> LineProblem | None:
    """Return what keeps calls from an account that did accept the key; None: nothing."""
    return LineProblem.ACCOUNT_SUSPENDED if account.status in ("suspended", "closed") else None


def e164(number: str) -> str:
    """Return `number` as the networks write it, +12025550123; what is no whole number comes back bare.

    The first time it takes a tenth of a second, which is for threads: its tables are loaded.
    """
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return "".join(letter for letter in number if letter.isalnum() or letter == "+")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _phone_number(found: Any) -> PhoneNumber:
    """Translate the library's object. It has None where nothing is set."""
    abilities = found.capabilities if isinstance(found.capabilities, dict) else {}
    return PhoneNumber(
        sid=found.sid or "",
        number=found.phone_number or "",
        label=found.friendly_name or "",
        has_voice=bool(abilities.get("voice", True)),
        voice_url=found.voice_url or "",
        voice_method=found.voice_method or "POST",
        fallback_url=found.voice_fallback_url or "",
        fallback_method=found.voice_fallback_method or "POST",
        status_callback=found.status_callback or "",
        status_callback_method=found.status_callback_method or "POST",
        application_sid=found.voice_application_sid or "",
        trunk_sid=found.trunk_sid or "",
    )
