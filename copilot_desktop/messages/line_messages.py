"""The sentence for each problem of the phone line.

Tone: calm and short, in the owner's words. What happened, without blame or numbers of errors; what still
works; then the remedies.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from copilot_desktop.calls.line import LineProblem
from copilot_desktop.messages.message import LineMessage, Remedy, Sentence, Translate, Wording

_CALLERS: Sentence = ("{callers}",)
"""What callers meet meanwhile; see `_OUTAGES`."""

_ACCOUNT: Mapping[LineProblem, Wording] = {
    LineProblem.NOT_SET_UP: Wording(
        ("Your phone is not connected yet",),
        (
            ("Practice calls work without it.",),
            ("Connect your phone account and a number, and real calls ring here.",),
        ),
        (Remedy.OPEN_SETTINGS, Remedy.PRACTISE),
    ),
    LineProblem.ACCOUNT_REFUSED: Wording(
        ("Your phone account did not accept the key",),
        (
            ("Calls cannot reach you yet.",),
            ("The account number and the secret key do not fit together.",),
            ("The key may have been replaced on Twilio's site.",),
        ),
        (Remedy.ENTER_KEY_AGAIN, Remedy.OPEN_KEY_PAGE),
    ),
    LineProblem.ACCOUNT_SUSPENDED: Wording(
        ("Your phone account is suspended",),
        (
            ("Calls cannot reach you until the phone company opens it again.",),
            ("Its site tells the reason, often an unpaid bill.",),
            ("Practice calls still work.",),
        ),
        (Remedy.OPEN_ACCOUNT_PAGE, Remedy.CHECK_AGAIN),
    ),
    LineProblem.ACCOUNT_LIMITED: Wording(
        ("Your trial account does not allow this",),
        (
            ("A trial account takes calls from numbers that you have confirmed, ten minutes each.",),
            ("The rest works after an upgrade.",),
        ),
        (Remedy.OPEN_ACCOUNT_PAGE, Remedy.CHECK_AGAIN),
    ),
    LineProblem.CARRIER_UNREACHABLE: Wording(
        ("We cannot reach your phone company",),
        (
            ("This computer may be offline, or a company network may block the way.",),
            ("Practice calls still work.",),
        ),
        (Remedy.CHECK_AGAIN, Remedy.SHOW_DETAILS),
    ),
    LineProblem.CARRIER_BUSY: Wording(
        ("Your phone company is busy",),
        (
            ("It could not take the request just now. In a minute it usually can.",),
            ("A call that is running goes on.",),
        ),
        (Remedy.CHECK_AGAIN, Remedy.SHOW_DETAILS),
    ),
    LineProblem.CARRIER_REFUSED: Wording(
        ("Your phone company refused the request",),
        (
            ("Your key works, but this change was not allowed.",),
            ("The details tell which reason to ask its support about.",),
        ),
        (Remedy.SHOW_DETAILS, Remedy.OPEN_ACCOUNT_PAGE),
    ),
}

_NUMBER: Mapping[LineProblem, Wording] = {
    LineProblem.NO_NUMBER: Wording(
        ("Your phone account has no phone number",),
        (("Everything else is ready. Buy or move a number in your phone account, then come back.",),),
        (Remedy.CHECK_AGAIN, Remedy.PRACTISE),
    ),
    LineProblem.NUMBER_NOT_FOUND: Wording(
        ("{number} is not in your phone account", "That number is not in your phone account"),
        (("The account has others. Choose one of them, or sign in to the account that has this one.",),),
        (Remedy.CHOOSE_NUMBER, Remedy.ENTER_KEY_AGAIN),
    ),
    LineProblem.NUMBER_OVERRIDDEN: Wording(
        ("Another service takes the calls to {number} first", "Another service takes your calls first"),
        (
            ("It is set on the number in your phone account, so calls would never ring here.",),
            ("We can take it off, and will remember it so that you can put it back.",),
        ),
        (Remedy.CLEAR_OVERRIDE, Remedy.LEAVE_IT),
    ),
    LineProblem.NUMBER_ELSEWHERE: Wording(
        ("Calls to {number} go somewhere else", "Calls to your number go somewhere else"),
        (
            ("Another program set this number on {since}.", "Another program set this number."),
            ("We will keep its address so you can put it back.",),
        ),
        (Remedy.POINT_HERE, Remedy.LEAVE_IT),
    ),
    LineProblem.NUMBER_NOT_WRITTEN: Wording(
        ("{number} could not be pointed here", "Your number could not be pointed here"),
        (
            ("Another program may be changing it at the same time.",),
            ("Or this computer has no room left to remember its old address.",),
        ),
        (Remedy.POINT_HERE, Remedy.SHOW_DETAILS),
    ),
}

_ADDRESS: Mapping[LineProblem, Wording] = {
    LineProblem.HELPER_MISSING: Wording(
        ("One helper program is missing",),
        (
            (
                "We need it so that the phone company can reach this computer "
                "({size}, from its maker's site).",
                "We need it so that the phone company can reach this computer.",
            ),
        ),
        (Remedy.DOWNLOAD_HELPER, Remedy.OWN_ADDRESS),
    ),
    LineProblem.HELPER_REFUSED: Wording(
        ("The helper program's maker did not accept its key",),
        (
            ("Calls cannot reach you yet.",),
            ("The key may be mistyped or replaced, or its allowance for this month used up.",),
        ),
        (Remedy.ENTER_HELPER_KEY, Remedy.TRY_ANOTHER_WAY),
    ),
    LineProblem.HELPER_STOPPED: Wording(
        ("The helper program stopped",),
        (
            ("New calls cannot reach you.",),
            ("Starting it again by itself ({nth} try).", "Starting it again by itself."),
            _CALLERS,
        ),
        (Remedy.SET_UP_AGAIN, Remedy.SHOW_DETAILS),
    ),
    LineProblem.ADDRESS_LOST: Wording(
        ("New calls cannot reach you",),
        (
            ("The public address stopped working at {lost_at}.", "The public address stopped working."),
            ("Trying again by itself ({nth} try).", "Trying again by itself."),
            _CALLERS,
        ),
        (Remedy.SET_UP_AGAIN, Remedy.SHOW_DETAILS),
    ),
    LineProblem.ADDRESS_NOT_REACHABLE: Wording(
        ("The internet cannot see this computer yet",),
        (
            ("The address exists, but no answer came back from outside.",),
            ("A firewall or company network may block it.",),
        ),
        (Remedy.TRY_ANOTHER_WAY, Remedy.ASK_IT),
    ),
    LineProblem.ADDRESS_ELSEWHERE: Wording(
        ("The public address leads to another program",),
        (
            ("An answer came back from outside, but not from this program.",),
            ("An older helper program may still be running, or two computers share the address.",),
        ),
        (Remedy.SET_UP_AGAIN, Remedy.OPEN_SETTINGS),
    ),
    LineProblem.ADDRESS_INVALID: Wording(
        ("An address is not complete",),
        (
            ("It must begin with https://, as in https://phone.example.com.",),
            ("See your public address, and what callers meet while this program is closed.",),
        ),
        (Remedy.OPEN_SETTINGS,),
    ),
}

WORDINGS: Mapping[LineProblem, Wording] = MappingProxyType({**_ACCOUNT, **_NUMBER, **_ADDRESS})

REFUSED_REQUEST = Wording(
    ("We refused a request that was not from your phone company",),
    (("No call was affected. If it keeps happening your address may have become public.",),),
    (Remedy.NEW_ADDRESS, Remedy.SHOW_DETAILS),
)

_OUTAGES = {
    "message": "Callers hear your message.",
    "forward": "Callers are sent to your other phone.",
    "address": "Callers are answered by the address that you chose.",
}


def line_message(problem: LineProblem, translate: Translate = str, /, **facts: object) -> LineMessage:
    """Return what to say about `problem`. Facts that are not known may be left out, or be empty.

    `translate` gets each sentence before its facts are put in. `number`: as it is to be shown. `since`: a
    day, as in "3 May". `lost_at`: a time, as in "14:02". `tries`: how often it was tried. `size`: of a
    download, as in "18 MB". `outage`: the setting of that name, if callers do meet it.
    """
    tries = facts.get("tries")
    nth = _ordinal(tries) if isinstance(tries, int) and tries > 0 else ""
    outage = _OUTAGES.get(str(facts.get("outage", "")), "")
    callers = translate(outage) if outage else ""
    return WORDINGS[problem].filled({**facts, "nth": nth, "callers": callers}, translate)


def refused_request_message(translate: Translate = str) -> LineMessage:
    """Return what to say when somebody else sent requests to the public address."""
    return REFUSED_REQUEST.filled({}, translate)


def _ordinal(number: int) -> str:
    is_teen = 10 < number % 100 < 14
    return f"{number}{'th' if is_teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
