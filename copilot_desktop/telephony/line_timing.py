"""How long the phone line waits for what."""

from __future__ import annotations

import random
from dataclasses import dataclass

from copilot_desktop.calls.line import LineProblem

LASTING = frozenset(
    {
        LineProblem.NOT_SET_UP,
        LineProblem.ACCOUNT_REFUSED,
        LineProblem.ACCOUNT_SUSPENDED,
        LineProblem.ACCOUNT_LIMITED,
        LineProblem.CARRIER_REFUSED,
        LineProblem.NO_NUMBER,
        LineProblem.NUMBER_NOT_FOUND,
        LineProblem.NUMBER_OVERRIDDEN,
        LineProblem.NUMBER_ELSEWHERE,
        LineProblem.HELPER_REFUSED,
        LineProblem.ADDRESS_INVALID,
    }
)
"""Only the owner can help; asking again and again would annoy those asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTiming:
    """Seconds. With `Tunnel.check_every_s` and the asker's limit, 3 s each, a loss is seen within 10."""

    reach_within_s: float = 30.0
    """A new name may need some seconds to be known everywhere."""
    reach_soon_s: float = 8.0
    """The same where there is nothing to wait for: the owner's own address, or another program answers."""
    reach_again_s: float = 1.0
    check_again_s: float = 0.5
    """After an answer that did not come; the second of them is a loss."""
    patience_s: float = 20.0
    """How long an address that leads nowhere may come back by itself before a new one is made."""
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    lasting_pause_s: float = 300.0
    number_again_s: float = 300.0
    """How often the number is read again: another computer may have taken its calls."""
    steady_after_s: float = 30.0
    """After this long in service the next try comes at once; before, the pauses go on growing."""
    publish_gap_s: float = 0.1

    def pause_s(self, failures: int, problem: LineProblem) -> float:
        """Return 1, 2, 4 … 30 s, a quarter more or less: many computers must not come back all at once."""
        if problem in LASTING:
            return self.lasting_pause_s
        pause_s = min(self.first_pause_s * 2.0 ** min(failures - 1, 16), self.longest_pause_s)
        return pause_s * random.uniform(0.75, 1.25)
