"""What single values may be: numbers, addresses, names of computers. Pure; no network, no disk.

Each takes what a person typed and returns it tidied. Each raises ValueError with a sentence that lacks only
its first word: "must be …". It never repeats the value, which may be private.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_PLAIN_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_PHONE_WORDS = "must be a phone number with + and country code, like +12025550123"
_ADDRESS_WORDS = "must be an address like https://calls.example.com"
_ENGINE_WORDS = "must be an address like https://ai.example.com/v1"
_HOUSE_NAMES = (".local", ".lan", ".internal", ".home.arpa", ".localhost")
_LABEL = r"[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$)(?:[a-z0-9](?:{_LABEL}\.)+[a-z](?:{_LABEL}")
_SIP = re.compile(r"sips?:[^\s@<>\"]+@[^\s@<>\"]+", re.IGNORECASE)
_LONGEST_NAME = 60


def phone_number(text: str) -> str:
    """Return a number in E.164, or empty for empty.

    Only the form is seen to, which costs nothing at the start of the program; see `numbering_plan`.
    """
    number = re.sub(r"[\s().\-/\u2010-\u2015\u00a0]", "", text)
    if not number or (number.isascii() and _PLAIN_NUMBER.fullmatch(number)):
        return number
    return _read_unusual(text)


def _read_unusual(text: str) -> str:
    """Read a number with more around it, such as "tel:" or digits of another script."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise ValueError(_PHONE_WORDS) from None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if number.extension or not _PLAIN_NUMBER.fullmatch(written):
        raise ValueError(_PHONE_WORDS)
    return written


def numbering_plan(number: str) -> None:
    """See that a number in E.164 fits the plan of its country. The first use takes 0.1 s.

    Whether it is given to somebody is not asked: plans grow, and our tables are older than they are.
    """
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        raise ValueError("must begin with the code of a country, like +1") from None
    match phonenumbers.is_possible_number_with_reason(parsed):
        case phonenumbers.ValidationResult.IS_POSSIBLE:
            return
        case phonenumbers.ValidationResult.TOO_SHORT:
            raise ValueError("must be longer: digits are missing for that country")
        case phonenumbers.ValidationResult.TOO_LONG:
            raise ValueError("must be shorter: there are too many digits for that country")
        case phonenumbers.ValidationResult.INVALID_COUNTRY_CODE:
            raise ValueError("must begin with the code of a country, like +1")
    raise ValueError("must have as many digits as numbers of that country have, with the area code")


def transfer_target(text: str) -> str:
    """Return a number in E.164 or a SIP address."""
    if text.strip().lower().startswith(("sip:", "sips:")):
        if not _SIP.fullmatch(text.strip()):
            raise ValueError("must be a SIP address like sip:desk@example.com")
        return text.strip()
    if not (number := phone_number(text)):
        raise ValueError("must be a phone number or a SIP address")
    return number


def person_name(text: str) -> str:
    """Return the name of somebody to transfer to."""
    name = " ".join(text.split())
    if not 0 < len(name) <= _LONGEST_NAME:
        raise ValueError(f"must have names of 1 to {_LONGEST_NAME} letters")
    return name


def account_sid(text: str) -> str:
    """Return the carrier's name for the account."""
    if text.strip() and not re.fullmatch(r"AC[0-9a-fA-F]{32}", text.strip()):
        raise ValueError("must be AC and 32 letters and digits, as the Twilio console shows it")
    return text.strip()


def public_address(text: str) -> str:
    """Return an https address to which paths can be added: no slash at the end, no query."""
    text = text.strip()
    if text:
        parts = _split(text)
        if parts.scheme != "https" or parts.query or parts.fragment:
            raise ValueError(_ADDRESS_WORDS)
    return text.rstrip("/")


def https_address(text: str) -> str:
    """Return any whole https address."""
    text = text.strip()
    if text and _split(text).scheme != "https":
        raise ValueError(_ADDRESS_WORDS)
    return text


def service_address(text: str) -> str:
    """Return an https address, or an http one on this computer, without a slash at the end."""
    text = text.strip()
    if text:
        parts = _split(text)
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(parts.hostname or "")):
            raise ValueError(f"{_ADDRESS_WORDS}; http only on this computer")
    return text.rstrip("/")


def engine_address(text: str) -> str:
    """Return the address of a server that speaks OpenAI's protocol, without a slash at the end.

    A key goes there with every request: http only where it does not leave the house.
    """
    text = text.strip()
    if text:
        parts = _split(text, _ENGINE_WORDS)
        is_close = parts.scheme == "http" and _is_in_the_house(parts.hostname or "")
        if not (parts.scheme == "https" or is_close):
            raise ValueError(f"{_ENGINE_WORDS}; http only on this computer or in your own network")
        if parts.query or parts.fragment:
            raise ValueError(_ENGINE_WORDS)
    return text.rstrip("/")


def language(text: str) -> str:
    """Return a language as ISO 639-1 calls it."""
    code = text.strip().lower()
    if not re.fullmatch(r"[a-z]{2}", code):
        raise ValueError("must be two letters for a language, like en or es")
    return code


def one_word(text: str) -> str:
    """Return a name that other programs gave to something: no spaces, nothing unprintable."""
    name = text.strip()
    if not name.isprintable() or re.search(r"\s", name):
        raise ValueError("must be one word, without spaces")
    return name


def file_stem(text: str) -> str:
    """Return the name of a file in a folder of ours, without its ending; never a way out of the folder."""
    name = text.strip()
    if not re.fullmatch(r"\w[\w .-]{0,79}", name):
        raise ValueError("must be the name of a file, without its folder and ending")
    return name


def host(text: str) -> str:
    """Return the name of a computer on the internet; a scheme before it and a slash after it are dropped."""
    name = re.sub(r"^https?://", "", text.strip().lower()).rstrip("/.")
    if name and not _HOST.fullmatch(name):
        raise ValueError("must be a name like calls.example.com")
    return name


def _split(address: str, words: str = _ADDRESS_WORDS) -> SplitResult:
    try:
        parts = urlsplit(address)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError(words) from None
    # What the standard library drops without a word would be lost without a word.
    if not parts.hostname or not has_port or re.search(r"[\s\x00-\x1f\\]", address):
        raise ValueError(words)
    if parts.username or parts.password:
        raise ValueError("must be an address without a name and password in it")
    return parts


def _is_here(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _is_in_the_house(name: str) -> bool:
    """Whether the name or IP address can only be this computer or one of the same network."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return "." not in name or name.endswith(_HOUSE_NAMES)
    return address.is_loopback or address.is_private or address.is_link_local
