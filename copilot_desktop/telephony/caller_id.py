"""Who calls, as the carrier wrote it → as this program writes it. Pure, but for the numbers' tables.

`load` reads what is needed of them, a tenth of a second: call it in a thread, before the first call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from copilot_desktop.calls.reception import WITHHELD

_WORDS = ("anonymous", "blocked", "private", "restricted", "unavailable", "unknown", "withheld")
_KEYS = {
    letter: str(key)
    for key, letters in enumerate(("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"), 2)
    for letter in letters
}
_AS_NUMBERS = frozenset("+" + "".join(_KEYS[letter] for letter in word) for word in _WORDS)
"""Networks that can pass on digits only send the word as it is typed on a keypad: +266696687."""
_MAX_CHARS = 120
_MAX_NUMBER_CHARS = 32


@dataclass(frozen=True, slots=True)
class CallerId:
    """`caller` is E.164, a SIP address, `WITHHELD`, or what the carrier wrote. Empty: not known."""

    caller: str
    name: str
    place: str


def caller_id(fields: Mapping[str, str]) -> CallerId:
    """Return who calls, from the fields of the carrier's request."""
    country = _plain(fields.get("FromCountry", ""))
    caller = number(fields.get("From", ""), country)
    name = _plain(fields.get("CallerName", ""))
    if name.lower() in _WORDS or number(name, country) == caller:
        name = ""
    return CallerId(caller, name, _place(fields, country))


def number(text: str, country: str = "") -> str:
    """Return one number or address; `country` (ISO, two letters) is for numbers written without theirs."""
    text = _plain(text)
    if _is_withheld(text):
        return WITHHELD
    if ":" in text or len(text) > _MAX_NUMBER_CHARS:
        return text
    import phonenumbers

    try:
        parsed = phonenumbers.parse(text, country.upper() if len(country) == 2 else None)
    except phonenumbers.NumberParseException:
        return text
    if parsed.extension or not phonenumbers.is_possible_number(parsed):
        return text
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def load() -> None:
    """Read the tables of numbers."""
    number("+12025550100")


def _is_withheld(text: str) -> bool:
    address = text.lower().removeprefix("sip:").removeprefix("sips:")
    return not text or text in _AS_NUMBERS or address.partition("@")[0].removeprefix("+") in _WORDS


def _place(fields: Mapping[str, str], country: str) -> str:
    city = _plain(fields.get("FromCity", ""))
    return ", ".join(filter(None, (city.title() if city.isupper() else city, country.upper())))


def _plain(text: str) -> str:
    """Return one line of bearable length, without signs that cannot be seen."""
    # Cut first: a field may have the size of the whole request.
    shown = "".join(sign if sign.isprintable() else " " for sign in text[: 2 * _MAX_CHARS])
    return " ".join(shown.split())[:_MAX_CHARS]
