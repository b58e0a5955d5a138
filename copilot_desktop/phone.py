"""Phone: the phone line of one program, put together from its settings: account, number, tunnel, server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

from copilot_desktop.calls.line import (
    LineError,
    LineProblem,
    LineStatus,
    PhoneAccount,
    PhoneNumber,
    Step,
    StepState,
)
from copilot_desktop.config import Settings

if TYPE_CHECKING:
    from copilot_desktop.calls.ports import CallControl
    from copilot_desktop.telephony.account import TwilioAccount
    from copilot_desktop.telephony.line import PhoneLine
    from copilot_desktop.telephony.number import Addresses, NumberLook, NumberPointer
    from copilot_desktop.telephony.server import PhoneServer

log = logging.getLogger("copilot.app")

_KEEP_FILE = "number-before.json"
_ADDRESS_LIMIT_S = 60.0
_LOOK_AGAIN_S = 0.1
_LINE_FIELDS = (
    "twilio_account_sid",
    "twilio_auth_token",
    "twilio_number",
    "twilio_api_url",
    "public_base_url",
    "tunnel",
    "ngrok_authtoken",
    "ngrok_domain",
    "cloudflared_token",
    "cloudflared_hostname",
    "cloudflared_path",
    "is_reconnecting",
    "outage",
    "outage_message",
    "outage_forward_to",
    "outage_url",
)
"""A change in one of these makes the line anew."""


class LineUse(Enum):
    """How far a program goes to have real calls."""

    NONE = auto()
    """It takes those that find its server by themselves."""
    LOOK = auto()
    """It opens the tunnel and looks at the number, and changes nothing there."""
    OPEN = auto()
    """It sees to tunnel and number."""


class Phone:
    """The line of a running server. `open` begins it; `apply` follows the settings; `close` ends it.

    `publish` is told each change of `status`; `has_calls` says whether calls run. Orders about account and
    number raise LineError.
    """

    def __init__(
        self,
        server: PhoneServer,
        publish: Callable[[LineStatus], None],
        use: LineUse,
        *,
        has_calls: Callable[[], bool],
    ) -> None:
        self._server, self._publish, self._use = server, publish, use
        self._has_calls = has_calls
        self._settings: Settings | None = None
        self._line: PhoneLine | None = None
        self._pointer: NumberPointer | None = None
        self._changing = asyncio.Lock()

    @property
    def status(self) -> LineStatus:
        """How the line stands."""
        return self._line.status if self._line is not None else LineStatus()

    @property
    def details(self) -> str:
        """The last lines of what the line did; no secrets."""
        return self._line.details if self._line is not None else ""

    async def open(self, settings: Settings) -> None:
        """Begin to open the line, if `settings` say enough for that; returns once begun."""
        async with self._changing:
            self._settings = settings
            await self._open(settings)

    async def apply(self, settings: Settings) -> None:
        """Go on with other settings; the line is made anew only where they ask for it."""
        async with self._changing:
            old, self._settings = self._settings, settings
            if old is None or any(getattr(old, name) != getattr(settings, name) for name in _LINE_FIELDS):
                await self._close()
                await self._open(settings)

    def set_up_again(self) -> None:
        """Begin the whole checklist anew.

        Raises:
            LineError: NOT_SET_UP: account, key or number is missing.
        """
        if self._line is None:
            raise LineError(LineProblem.NOT_SET_UP)
        self._line.set_up_again()

    def number_changed(self) -> None:
        """Look at once where the number points now."""
        if self._line is not None:
            self._line.number_changed()

    async def settled(self) -> LineStatus:
        """Wait until the line is open, or one round has shown what keeps it from that."""
        return await self._line.settled() if self._line is not None else self.status

    async def close(self) -> None:
        """Close the tunnel. The number stays as it is: see `put_back`."""
        async with self._changing:
            await self._close()

    def call_control(self) -> CallControl | None:
        """Return what gives the carrier orders about calls; None: no account."""
        settings = self._settings
        if settings is None or not settings.twilio_account_sid or not _token(settings):
            return None
        from copilot_desktop.telephony.call_control import TwilioCallControl

        return TwilioCallControl(
            settings.twilio_account_sid, _token(settings), base_url=settings.twilio_api_url or None
        )

    # Account and number.

    async def test_account(self, sid: str, token: str) -> PhoneAccount:
        """Sign in; `token` empty: the kept one. Raises also for an account that takes no calls."""
        from copilot_desktop.telephony.account import account_problem

        account = await self._account(sid, token).fetch()
        if (problem := account_problem(account)) is not None:
            raise LineError(problem)
        return account

    async def numbers(self, sid: str, token: str) -> list[PhoneNumber]:
        """Return the account's numbers that can take calls."""
        return [number for number in await self._account(sid, token).numbers() if number.has_voice]

    async def look(self, number: str) -> NumberLook:
        """Return what `number` does today."""
        return await self._number_pointer().look(number)

    async def point_here(self, number: str, *, clears_override: bool) -> PhoneNumber:
        """Send the calls of `number` here; what it did before is kept.

        Raises:
            LineError: also ADDRESS_LOST where there is no public address at this moment.
        """
        url = await self._public_url()
        from copilot_desktop.telephony.number import Addresses
        from copilot_desktop.telephony.webhooks import STATUS_PATH, VOICE_PATH

        fallback_url = await asyncio.to_thread(_outage_url, self._given())
        addresses = Addresses(url + VOICE_PATH, fallback_url, url + STATUS_PATH)
        pointer = self._number_pointer()
        return await pointer.point_here(number, addresses, clears_override=clears_override)

    def kept(self) -> PhoneNumber | None:
        """Return what the number did before; None: nothing is kept."""
        settings = self._settings
        if settings is None or not settings.twilio_account_sid:
            return None
        return self._number_pointer().kept(settings.twilio_number)

    async def put_back(self, *, only_if_ours: bool = False) -> PhoneNumber | None:
        """Give the number what it did before; None: nothing is kept.

        `only_if_ours`: not if its calls go to another program by now.
        """
        number = self._given().twilio_number
        return await self._number_pointer().put_back(number, only_if_ours=only_if_ours)

    # Inside.

    async def _public_url(self) -> str:
        """Return the public address; a line that is just being set up is waited for.

        Raises:
            LineError: there is none, and why.
        """
        loop = asyncio.get_running_loop()
        give_up_at_s = loop.time() + _ADDRESS_LIMIT_S
        while (status := self.status).is_wanted and loop.time() < give_up_at_s:
            if status.view(Step.REACHABLE).state is StepState.DONE:
                return status.public_url
            if status.problem is not None:
                raise LineError(status.problem)
            await asyncio.sleep(_LOOK_AGAIN_S)
        raise LineError(LineProblem.ADDRESS_LOST if status.is_wanted else LineProblem.NOT_SET_UP)

    async def _open(self, settings: Settings) -> None:
        self._pointer = None
        token = _token(settings)
        if self._use is LineUse.NONE or not settings.twilio_number:
            self._admit_own_address(settings, token)
            self._publish(self.status)
            return
        if not settings.twilio_account_sid or not token:
            self._publish(self.status)
            return
        fallback_url = await asyncio.to_thread(_prepare_line, settings)
        self._line = self._make_line(settings, fallback_url)
        await self._line.open()

    async def _close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.close()

    def _admit_own_address(self, settings: Settings, token: str) -> None:
        """Others look after number and address; calls that are signed for it are ours all the same."""
        from copilot_desktop.telephony.admission import Signer

        if token and settings.public_base_url:
            signer = Signer(settings.public_base_url, token)
            if signer not in self._server.signers:
                self._server.signers.append(signer)

    def _make_line(self, settings: Settings, fallback_url: str) -> PhoneLine:
        from copilot_desktop.telephony.line import LineSettings, PhoneLine
        from copilot_desktop.telephony.tunnels import make_tunnels

        wanted = LineSettings(
            number=settings.twilio_number,
            auth_token=_token(settings),
            fallback_url=fallback_url,
            is_reconnecting=settings.is_reconnecting,
        )
        only_looks = self._use is LineUse.LOOK
        pointer = CarefulPointer(
            self._number_pointer(), lambda: self._given().number_pointing, only_looks=only_looks
        )
        return PhoneLine(
            self._server, make_tunnels(settings), pointer, wanted, self._publish, has_calls=self._has_calls
        )

    def _given(self) -> Settings:
        if self._settings is None:
            raise LineError(LineProblem.NOT_SET_UP)
        return self._settings

    def _account(self, sid: str = "", token: str = "") -> TwilioAccount:
        from copilot_desktop.telephony.account import TwilioAccount
        from copilot_desktop.telephony.rest import TwilioRest

        settings = self._given()
        return TwilioAccount(
            TwilioRest(
                sid or settings.twilio_account_sid,
                token or _token(settings),
                base_url=settings.twilio_api_url,
            )
        )

    def _number_pointer(self) -> NumberPointer:
        if self._pointer is None:
            from copilot_desktop.telephony.number import NumberPointer

            self._pointer = NumberPointer(self._account(), self._given().data_dir / _KEEP_FILE)
        return self._pointer


class CarefulPointer:
    """Points a number by itself only where that takes it from nobody, or its owner has agreed.

    `pointing` tells the setting `number_pointing`. Even with "always", a number that was ours and that
    another program took since is never fought for. `only_looks`: it changes nothing at all.
    """

    def __init__(self, pointer: NumberPointer, pointing: Callable[[], str], *, only_looks: bool) -> None:
        self._pointer, self._pointing, self._only_looks = pointer, pointing, only_looks

    async def point_here(self, number: str, addresses: Addresses) -> PhoneNumber:
        """Write and read back.

        Raises:
            LineError: NUMBER_ELSEWHERE or NUMBER_OVERRIDDEN: its owner must say so first.
        """
        look = await self._pointer.look(number)
        if not look.is_ours and not self._may_take(look):
            raise LineError(look.problem or LineProblem.NUMBER_ELSEWHERE, look.number.voice_url)
        if self._only_looks:
            return look.number
        return await self._pointer.point_here(number, addresses, clears_override=look.number.is_overridden)

    def _may_take(self, look: NumberLook) -> bool:
        match self._pointing():
            case "free":
                return look.problem is None
            case "always":
                is_taken_away = look.kept is not None and look.problem is not None
                return not is_taken_away
        return False


def _prepare_line(settings: Settings) -> str:
    """Load what a line needs, and return what answers callers while we do not. Blocks."""
    import copilot_desktop.telephony.line
    import copilot_desktop.telephony.tunnels  # noqa: F401

    return _outage_url(settings)


def _token(settings: Settings) -> str:
    return settings.twilio_auth_token.get_secret_value()


def _outage_url(settings: Settings) -> str:
    """Return what answers callers while we do not; nothing where that is not filled in well. Blocks."""
    from copilot_desktop.telephony.number import outage_url

    return outage_url(
        settings.outage,
        message=settings.outage_message,
        forward_to=settings.outage_forward_to,
        url=settings.outage_url,
    )
