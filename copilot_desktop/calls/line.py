"""The phone line as a whole: is it open, where does it stand, what is wrong with it. Plain data, no I/O.

`telephony/` fills this in; both front ends show it. The sentences for `LineProblem` are in `messages.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from copilot_desktop.calls.errors import CopilotError


class Step(StrEnum):
    """What must be true for a call to reach this program, in order."""

    HELPER = "helper"
    """The program that makes the tunnel is there, or none is needed."""
    CONNECTED = "connected"
    """There is a public address."""
    REACHABLE = "reachable"
    """A request to that address from outside comes back to this very program."""
    NUMBER = "number"
    """The phone number sends its calls there."""
    TEST_CALL = "test_call"
    """A call signed by the carrier has arrived in this run. Not needed to be open."""


class StepState(StrEnum):
    """How one step stands."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"


class LineProblem(StrEnum):
    """Why the line is not open, or an order about it failed."""

    NOT_SET_UP = "not_set_up"
    """No account, no number, or no way to a public address has been given yet."""
    ACCOUNT_REFUSED = "account_refused"
    ACCOUNT_SUSPENDED = "account_suspended"
    ACCOUNT_LIMITED = "account_limited"
    """A trial account's bounds."""
    CARRIER_UNREACHABLE = "carrier_unreachable"
    CARRIER_BUSY = "carrier_busy"
    CARRIER_REFUSED = "carrier_refused"
    NO_NUMBER = "no_number"
    """The account has none."""
    NUMBER_NOT_FOUND = "number_not_found"
    """The account has others."""
    NUMBER_OVERRIDDEN = "number_overridden"
    """A TwiML application or a trunk on the number takes its calls first."""
    NUMBER_ELSEWHERE = "number_elsewhere"
    """Its calls go to another address."""
    NUMBER_NOT_WRITTEN = "number_not_written"
    """Read back, it does not say what was written."""
    HELPER_MISSING = "helper_missing"
    HELPER_REFUSED = "helper_refused"
    """A key or token of the tunnel's maker is wrong or used up."""
    HELPER_STOPPED = "helper_stopped"
    ADDRESS_NOT_REACHABLE = "address_not_reachable"
    ADDRESS_ELSEWHERE = "address_elsewhere"
    """The address leads to another program."""
    ADDRESS_LOST = "address_lost"
    ADDRESS_INVALID = "address_invalid"


class LineError(CopilotError):
    """An order about the line failed. `code` is the carrier's own number, for support; 0: none."""

    def __init__(self, problem: LineProblem, detail: str = "", *, code: int = 0) -> None:
        super().__init__(f"{problem}: {detail}" if detail else str(problem))
        self.problem, self.detail, self.code = problem, detail, code


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step as the checklist shows it. `detail`: an address, a version, a time; never a secret."""

    step: Step
    state: StepState = StepState.WAITING
    detail: str = ""
    problem: LineProblem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStatus:
    """How the line stands at one moment."""

    steps: tuple[StepView, ...] = tuple(StepView(step=step) for step in Step)
    is_wanted: bool = False
    """Enough is set up to try."""
    public_url: str = ""
    tunnel: str = ""
    """Which tunnel carries it: "own", "ngrok", "cloudflared", …; empty: none yet."""
    number: str = ""
    tries: int = 0
    """Attempts since it was last open."""
    lost_at: datetime | None = None
    """When it stopped being open; None while it is, or never was."""

    @property
    def is_open(self) -> bool:
        """Calls can reach this program."""
        return all(view.state is StepState.DONE for view in self.steps if view.step is not Step.TEST_CALL)

    @property
    def problem(self) -> LineProblem | None:
        """The first step's that failed."""
        return next((view.problem for view in self.steps if view.problem is not None), None)

    def view(self, step: Step) -> StepView:
        """Return how `step` stands."""
        return next(view for view in self.steps if view.step is step)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneAccount:
    """The owner's account at the carrier."""

    name: str
    is_trial: bool
    status: str
    """ "active", "suspended" or "closed"."""
    balance: str = ""
    """With its currency, as in "23.40 USD"; empty if it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """A number of the account and where its calls go. Addresses are empty where nothing is set."""

    sid: str
    number: str
    """E.164."""
    label: str = ""
    has_voice: bool = True
    voice_url: str = ""
    voice_method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    application_sid: str = ""
    trunk_sid: str = ""

    @property
    def is_overridden(self) -> bool:
        """Something else on the number takes its calls before any address does."""
        return bool(self.application_sid or self.trunk_sid)
