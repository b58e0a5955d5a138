"""What Twilio's error numbers mean for the line. The sentences for people are in `messages`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from copilot_desktop.calls.line import LineProblem

NOT_IN_PROGRESS = 21220
NO_SUCH_RESOURCE = 20404

_CODES: Mapping[LineProblem, tuple[int, ...]] = {
    # 20003: wrong key, stray blanks, another region's key, and at times a suspended account.
    LineProblem.ACCOUNT_REFUSED: (20003,),
    LineProblem.ACCOUNT_SUSPENDED: (10001, 10003),
    LineProblem.ACCOUNT_LIMITED: (10002, 13805, 21219, 573005),
    # Too many at once, a change that met another, too many requests: later it may work.
    LineProblem.CARRIER_BUSY: (10004, 20409, 20429),
    LineProblem.ADDRESS_INVALID: (11100, 21205, 21402, 21502),
}

PROBLEM_OF_CODE: Mapping[int, LineProblem] = MappingProxyType(
    {code: problem for problem, codes in _CODES.items() for code in codes}
)


def problem_of(code: int, status: int) -> LineProblem:
    """Return what a refused request means; `code` is Twilio's number, `status` the HTTP status."""
    if code in PROBLEM_OF_CODE:
        return PROBLEM_OF_CODE[code]
    if status == 401:
        return LineProblem.ACCOUNT_REFUSED
    if status == 407:
        # Said by a proxy of the owner's network: the request never left it.
        return LineProblem.CARRIER_UNREACHABLE
    if status == 429 or status >= 500:
        return LineProblem.CARRIER_BUSY
    return LineProblem.CARRIER_REFUSED


def is_never_processed(code: int, status: int) -> bool:
    """Tell whether Twilio turned the request away unread: safe to send again, whatever it asked for."""
    return code == 20429 or status == 429
