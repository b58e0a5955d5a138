"""Turns what is written for the eye into what a voice should read: ids digit by digit, money, symbols.

Dates, times, years and plain numbers are left alone: the voice reads those well by itself.
"""

from __future__ import annotations

import re

_CURRENCIES = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny")}
_PLURALS = {"penny": "pence"}
_MONEY = re.compile(
    r"([$€£])\s?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{2}))?(?![\d,]*\d)(?!\s*(?:million|billion|k\b))"
)
_PHONE = re.compile(
    r"(?<![\w.])\+?\d{1,3}[ -]?(?:\(\d{3}\)|\d{3})(?:[ -]\d{3,4}){1,2}(?![\w-])|\b\d{3}-\d{4}\b"
)
_NAMED_ID = re.compile(
    r"\b((?:order|account|customer|invoice|ticket|case|tracking|reference|ref|confirmation|booking|member|policy|serial|"
    r"part|item|zip|pin|code|extension)(?:\s+(?:number|no\.?|id|code))?(?:\s+is)?[\s:]*)(?:#\s?)?"
    r"((?=[A-Za-z-]*\d)[A-Za-z\d]+(?:-[A-Za-z\d]+)*)(?![\w%]|[.,:/]\d|\s*(?:items?|days?|weeks?|hours?|times?)\b)",
    re.IGNORECASE,
)
_HASH_ID = re.compile(r"#\s?([A-Za-z]*\d[A-Za-z\d-]*)")
_MIXED_ID = re.compile(r"\b(?=[A-Z-]*\d)(?=\d*[A-Z])[A-Z\d]+(?:-[A-Z\d]+)*\b|\b[A-Z]{2,}-\d{2,}\b")
_LONG_NUMBER = re.compile(r"(?<![\d.,$€£-])\d{5,}(?:-\d+)*(?![\d,.]*\d)")
_ORDINAL_OR_TIME = re.compile(
    r"^\d+(?:ST|ND|RD|TH|AM|PM|KG|KM|CM|MM|GB|MB|KB|TB|L|M|G|S|H|K|W|V|X|D)$", re.IGNORECASE
)
_MAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")
_SITE = re.compile(
    r"\b(?:https?://)?(www\.)?([\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|co|eu|de|uk|us|example))((?:/[\w-]+)*)/?"
)
_MARKS = re.compile(r"[*_`~^|<>]+|^\s*(?:[-•#]+|\d+[.)])\s+", re.MULTILINE)
_BLANKS = re.compile(r"\s+")


def spoken(text: str) -> str:
    """Return `text` as it should be read aloud, on one line."""
    text = _MARKS.sub(" ", text)
    text = _MAIL.sub(_say_mail, text)
    text = _SITE.sub(_say_site, text)
    text = _MONEY.sub(_say_money, text)
    text = _PHONE.sub(_say_grouped, text)
    text = _NAMED_ID.sub(lambda found: found[1] + spell(found[2]), text)
    text = _HASH_ID.sub(lambda found: "number " + spell(found[1]), text)
    text = _MIXED_ID.sub(_say_mixed, text)
    text = _LONG_NUMBER.sub(lambda found: spell(found[0]), text)
    return _BLANKS.sub(" ", text).strip()


def spell(code: str) -> str:
    """Return a code sign by sign, with a breath at each dash: "4 4 7 1, 2 2"."""
    return ", ".join(_spell_part(part) for part in re.split(r"[- ]+", code) if part)


def _spell_part(part: str) -> str:
    # Short capitals such as "SKU" are read as letters by the voice; "A1" needs the blank.
    return " ".join(re.findall(r"[A-Z]{2,}|[A-Za-z]{3,}|[A-Za-z]|\d", part))


def _say_money(found: re.Match[str]) -> str:
    unit, part = _CURRENCIES[found[1]]
    whole, cents = int(found[2].replace(",", "")), int(found[3] or 0)
    amounts = []
    if whole or not cents:
        amounts.append(_counted(whole, unit))
    if cents:
        amounts.append(_counted(cents, part))
    return " and ".join(amounts)


def _counted(count: int, unit: str) -> str:
    return f"{count:,} {unit if count == 1 else _PLURALS.get(unit, unit + 's')}"


def _say_grouped(found: re.Match[str]) -> str:
    groups = re.findall(r"\d+", found[0])
    said = ", ".join(" ".join(group) for group in groups)
    return "plus " + said if found[0].startswith("+") else said


def _say_mixed(found: re.Match[str]) -> str:
    return found[0] if _ORDINAL_OR_TIME.match(found[0]) else spell(found[0])


def _say_mail(found: re.Match[str]) -> str:
    return (
        found[0]
        .replace("@", " at ")
        .replace(".", " dot ")
        .replace("-", " dash ")
        .replace("_", " underscore ")
    )


def _say_site(found: re.Match[str]) -> str:
    address = found[2] + found[3]
    said = address.replace(".", " dot ").replace("/", " slash ").replace("-", " dash ")
    return ("w w w dot " if found[1] else "") + said
