"""What the phone company's own error numbers mean for calls, for the diagnostics page.

They stand in the owner's account there, beside each call that went wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from copilot_desktop.calls.line import LineProblem
from copilot_desktop.messages.line_messages import WORDINGS
from copilot_desktop.messages.message import LineMessage, Remedy, Translate, Wording

_OUR_FAULT = Wording(
    ("The phone company did not understand this program",),
    (
        ("That is a fault of this program, not of your settings.",),
        ("A problem report helps its makers to mend it.",),
    ),
    (Remedy.SAVE_REPORT,),
)
_UNREACHED = Wording(
    ("The phone company could not reach this computer",),
    (("A call came while the public address did not work. The caller met what you chose for such times.",),),
    (Remedy.SET_UP_AGAIN, Remedy.SHOW_DETAILS),
)
_BAD_LINE = Wording(
    ("Something on the way broke the connection",),
    (("It lies between the phone company and this computer. Another kind of public address may help.",),),
    (Remedy.TRY_ANOTHER_WAY, Remedy.SHOW_DETAILS),
)
_CERTIFICATE = Wording(
    ("The public address is not trusted",),
    (
        ("Its certificate is missing, expired or made for another name, so the phone company turned away.",),
        ("An address that is set up by this program does not have that problem.",),
    ),
    (Remedy.TRY_ANOTHER_WAY, Remedy.OPEN_SETTINGS),
)
_CALLED_NUMBER = Wording(
    ("The number to call was refused",),
    (("It may be mistyped or blocked, or in a country that your phone account may not call.",),),
    (Remedy.OPEN_SETTINGS, Remedy.OPEN_ACCOUNT_PAGE),
)
_NOTHING_RECORDED = Wording(
    ("There was nothing to record",), (("The call was too short, or silent. Nothing is wrong.",),)
)

_FAULTS: Mapping[tuple[int, ...], Wording] = {
    (10001, 10003): WORDINGS[LineProblem.ACCOUNT_SUSPENDED],
    (10002, 21219, 573005): WORDINGS[LineProblem.ACCOUNT_LIMITED],
    (10004,): Wording(
        ("Too many calls at once",),
        (("Your phone account allows no more at the same time, so one was turned away.",),),
        (Remedy.OPEN_ACCOUNT_PAGE,),
    ),
    (11100, 21205, 21402, 21502, 31922, 31923): WORDINGS[LineProblem.ADDRESS_INVALID],
    (11200,): Wording(
        ("A call was not answered in time",),
        (
            ("The phone company asked this program what to do, and had no good answer within 15 seconds.",),
            ("This computer may have been asleep, or the public address too slow.",),
        ),
        (Remedy.CHECK_AGAIN, Remedy.SHOW_DETAILS),
    ),
    (11205, 31901, 31902): _UNREACHED,
    (11206, 31924): _BAD_LINE,
    (11210,): Wording(
        ("Your number points to an address that is gone",),
        (("Set up again, and the number is told the new one.",),),
        (Remedy.SET_UP_AGAIN, Remedy.SHOW_DETAILS),
    ),
    (11215,): Wording(
        ("The public address leads in circles",),
        (("It passes requests on more than ten times. Where it leads is set in the program behind it.",),),
        (Remedy.TRY_ANOTHER_WAY, Remedy.OPEN_SETTINGS),
    ),
    (11220, 11235, 11236, 11237, 31910): _CERTIFICATE,
    (11750,): WORDINGS[LineProblem.ADDRESS_ELSEWHERE],
    (12100, 12200, 12300, 31940, 31941, 31950, 31951, 32018): _OUR_FAULT,
    (13214, 21210, 21212): Wording(
        ("The number shown to the one called was refused",),
        (("It must be one of your phone account, or one that you have confirmed there.",),),
        (Remedy.OPEN_ACCOUNT_PAGE,),
    ),
    (13223, 13224, 13225, 13227, 21211, 21214, 21215, 21216, 21217): _CALLED_NUMBER,
    (13805,): Wording(
        ("A call ended after ten minutes",),
        (("A trial account allows no longer ones. They may go on after an upgrade.",),),
        (Remedy.OPEN_ACCOUNT_PAGE,),
    ),
    (16101, 16102): _NOTHING_RECORDED,
    (20003,): WORDINGS[LineProblem.ACCOUNT_REFUSED],
    (20404,): Wording(
        ("The phone company no longer knows that call or number",),
        (("The call was over already, or the number has left your account.",),),
        (Remedy.CHECK_AGAIN,),
    ),
    (20409, 20429): WORDINGS[LineProblem.CARRIER_BUSY],
    (21220,): Wording(
        ("The call was over already",), (("The caller hung up a moment before. Nothing is wrong.",),)
    ),
    (31920,): Wording(
        ("The sound of a call could not be connected",),
        (
            ("The public address answers, but does not let a call's sound through.",),
            ("Some company networks do that.",),
        ),
        (Remedy.TRY_ANOTHER_WAY, Remedy.ASK_IT),
    ),
    (31921,): Wording(
        ("This program ended the sound of a call",),
        (("Most often the call was simply over. If a caller was cut off, a problem report helps.",),),
        (Remedy.SAVE_REPORT,),
    ),
    (31930,): Wording(
        ("The line to this computer was too slow for a moment",),
        (("Some of the caller's words were lost. A cable in place of Wi-Fi often helps.",),),
        (Remedy.SHOW_DETAILS,),
    ),
    (31931,): Wording(
        ("More speech was waiting than the phone company keeps",),
        (("Over ten minutes of it had not been played yet; the rest was dropped.",),),
        (Remedy.SAVE_REPORT,),
    ),
    (32015,): Wording(
        ("A call reached the longest time that your account allows",),
        (("The phone company ended it. The limit is set in your phone account.",),),
        (Remedy.OPEN_ACCOUNT_PAGE,),
    ),
}

FAULTS: Mapping[int, Wording] = MappingProxyType(
    {code: wording for codes, wording in _FAULTS.items() for code in codes}
)


def explain(code: int, translate: Translate = str) -> LineMessage | None:
    """Return what Twilio's error `code` means for calls; None: none that we know."""
    wording = FAULTS.get(code)
    return wording.filled({}, translate) if wording else None
