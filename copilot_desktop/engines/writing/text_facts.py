"""The values in a text: numbers with their units, prices, days, codes, addresses. Pure.

In figures in any language; number words in English only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from copilot_desktop.calls.spoken_digits import TEENS, TENS, TIMES, UNITS, digits_at, tokens

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+|[%$€£]|\S")
_MAIL_OR_SITE = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:https?://|www\.)[\w./-]*\w")
_DIGIT_RUN = re.compile(r"\d(?:[\d -]*\d)?")
_LEAST_RUN = 5
"""Digits of a code or a phone number; fewer may be two numbers side by side."""

_UNIT_WORDS = {
    "money": "dollar dollars cent cents euro euros eur usd pound pounds pence franc francs $ € £",
    "percent": "percent % prozent pourcent procent",
    "minute": "minute minutes minuten minuti minutos minuut",
    "hour": "hour hours stunde stunden heure heures hora horas ora ore uur uren",
    "day": "day days tag tage tagen jour jours día días giorno giorni dag dagen dia dias",
    "week": "week weeks woche wochen semaine semaines semana semanas settimana settimane weken",
    "month": "month months monat monate monaten mois mes meses mese mesi maand maanden mês",
    "year": "year years jahr jahre jahren an ans année années año años anno anni jaar ano anos",
    "clock": "am pm a.m p.m o'clock oclock uhr",
}
_UNITS = {word: unit for unit, words in _UNIT_WORDS.items() for word in words.split()}
_CURRENCY_SIGNS = frozenset("$€£")
_BETWEEN = frozenset({"working", "business", "calendar", "full", "whole", "more", "monthly", "us", "-"})
_RANGE = frozenset({"to", "-", "–", "—", "or", "and", "bis", "oder", "und", "à", "ou", "a", "o", "tot", "of"})
_BEFORE_A_TIME = frozenset(
    {
        "at",
        "by",
        "until",
        "till",
        "from",
        "to",
        "after",
        "before",
        "around",
        "since",
        "um",
        "bis",
        "ab",
        "à",
        "$",
        "€",
    }
)
_SMALL = frozenset({"minute", "hour", "day"})
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_NAMES_TEXT = """
tomorrow tonight monday tuesday wednesday thursday friday saturday sunday
montag dienstag mittwoch donnerstag freitag samstag sonntag
lundi mardi mercredi jeudi vendredi samedi dimanche
lunes martes miércoles jueves viernes sábado domingo lunedì martedì mercoledì giovedì venerdì sabato domenica
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
"""
_MONTHS_TEXT = """
january february april june july august september october november december
januar februar juni juli oktober dezember
"""
_DAY_NAMES = frozenset(_DAY_NAMES_TEXT.split())
_MONTHS = frozenset(_MONTHS_TEXT.split())
"""March and May are left out: they are words of their own."""
_DAY_RANGE = re.compile(rf"\b({'|'.join(_DAYS)})s?\s*(?:to|through|until|till|-|–)\s*({'|'.join(_DAYS)})s?\b")
MAY_HOLD_FACTS = re.compile(
    rf"\d|@|www\.|\b(?:{'|'.join([*UNITS, *TEENS, *TENS, *TIMES, *_DAY_NAMES, *_MONTHS])}|a hundred)s?\b",
    re.IGNORECASE,
)
_HUNDREDS = {"hundred": 100, "thousand": 1000}
_MEANS_LITTLE = 12
"""Number words up to here, without a unit, are mostly figures of speech: "one moment", "two things"."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A value as it stands in a text: `value` without zeros and signs in front.

    `unit` is empty if none is named; "name" is a word that is a date, "code" a row of digits, "address" a
    mail address or a site.
    """

    value: str
    unit: str
    start: int


@dataclass(slots=True)
class _Word:
    text: str
    start: int


def facts_of(text: str, *, is_evidence: bool = False) -> list[Fact]:
    """Return the values of `text`, in order. As evidence also those that could mean little in an answer."""
    found = [Fact(hit[0].lower().rstrip("."), "address", hit.start()) for hit in _MAIL_OR_SITE.finditer(text)]
    text = _MAIL_OR_SITE.sub(lambda hit: " " * len(hit[0]), text)
    if not is_evidence:
        found += [
            Fact(re.sub(r"\D", "", run[0]), "code", run.start())
            for run in _DIGIT_RUN.finditer(text)
            if _is_code(run[0])
        ]
        text = _DIGIT_RUN.sub(lambda run: " " * len(run[0]) if _is_code(run[0]) else run[0], text)
    words = [_Word(hit[0], hit.start()) for hit in _TOKEN.finditer(text)]
    found += _names(words)
    found += _values(words, is_evidence=is_evidence)
    return sorted(found, key=lambda fact: fact.start)


def _is_code(run: str) -> bool:
    groups = re.split(r"[ -]+", run)
    digits = sum(map(len, groups))
    return digits >= _LEAST_RUN and (len(groups) > 1 or digits > 6) or len(groups) > 2


def _names(words: list[_Word]) -> Iterator[Fact]:
    for word in words:
        name = word.text.lower()
        name = name[:-1] if name.endswith("s") and name[:-1] in _DAYS else name
        if name in _DAY_NAMES or (name in _MONTHS and word.text[0].isupper()):
            yield Fact(name, "name", word.start)


def _values(words: list[_Word], *, is_evidence: bool) -> Iterator[Fact]:
    i = 0
    last_end = -1
    while i < len(words):
        values, used, is_figure = _number_at(words, i)
        if not values:
            i += 1
            continue
        unit = _unit_of(words, i, i + used)
        is_read_out, last_end = _is_read_out(words, i, i + used, last_end), i + used
        if is_evidence and is_read_out and not unit:
            i += used
            continue
        means_little = _means_little(values, words[i - 1].text if i else "", is_figure=is_figure)
        is_figure_of_speech = values == ["1"] and not is_figure and unit in _SMALL
        if is_evidence or ((unit or not means_little) and not is_figure_of_speech):
            start = words[i - 1].start if i and words[i - 1].text in _CURRENCY_SIGNS else words[i].start
            for value in values:
                yield Fact(value, unit, start)
        i += used


def _means_little(values: list[str], before: str, *, is_figure: bool) -> bool:
    """Return whether a number without a unit says nothing that could be wrong: "2 questions", but "at 2"."""
    if is_figure:
        return values in (["1"], ["2"]) and before.lower() not in _BEFORE_A_TIME
    return all(int(value) <= _MEANS_LITTLE for value in values)


def _is_read_out(words: list[_Word], start: int, end: int, last_end: int) -> bool:
    """Return whether numbers stand right beside this one: it is one digit of many, and says nothing alone."""
    is_after = start == last_end or (start > 0 and words[start - 1].text.lower() in TIMES)
    is_before = end < len(words) and (words[end].text.lower() in TIMES or bool(_number_at(words, end)[0]))
    return is_after or is_before


def _number_at(words: list[_Word], i: int) -> tuple[list[str], int, bool]:
    """Return the values that stand at `i`, how many words they take, and whether in figures.

    "4.90" has two, as has "4 dollars and 90 cents"; ".00" counts for nothing.
    """
    text = words[i].text.lower()
    if text[0].isdecimal():
        return _figures(text), 1, True
    value, used = _spelled_at([word.text.lower() for word in words[i : i + 8]])
    return ([str(value)], used, False) if used else ([], 0, False)


def _figures(text: str) -> list[str]:
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", text):
        return [_plain(re.sub(r"\D", "", text))]
    if thousands := re.fullmatch(r"(\d{1,3}(?:[.,]\d{3})+)[.,](\d{1,2})", text):
        parts = [re.sub(r"\D", "", thousands[1]), thousands[2]]
    else:
        parts = re.split(r"[.,:]", text)
    values = [_plain(part) for part in parts]
    return [values[0], *(value for value in values[1:] if value != "0")]


def _plain(digits: str) -> str:
    return digits.lstrip("0") or "0"


def _spelled_at(words: list[str]) -> tuple[int, int]:
    """Return the English number at the beginning and how many words it takes; (0, 0) if there is none."""
    total, used = _below_hundred(words)
    if not used and words[:1] == ["a"] and len(words) > 1 and words[1] in _HUNDREDS:
        total, used = 1, 1
    if not used:
        return 0, 0
    while used < len(words) and words[used] in _HUNDREDS:
        total *= _HUNDREDS[words[used]]
        used += 1
        skip = used + (used < len(words) and words[used] == "and")
        rest, taken = _spelled_at(words[skip:])
        if taken and rest < total:
            return total + rest, skip + taken
    return total, used


def _below_hundred(words: list[str]) -> tuple[int, int]:
    first = words[0] if words else ""
    if first in TENS:
        at = 2 if words[1:2] == ["-"] else 1
        unit = UNITS.get(words[at], "0") if len(words) > at else "0"
        is_joined = unit != "0" and words[at] not in ("o", "oh")
        return (int(TENS[first]) * 10 + int(unit), at + 1) if is_joined else (int(TENS[first]) * 10, 1)
    # "oh" and "o" are digits in a code and nothing anywhere else.
    if first in UNITS and first not in ("o", "oh"):
        return int(UNITS[first]), 1
    return (int(TEENS[first]), 1) if first in TEENS else (0, 0)


def _unit_of(words: list[_Word], start: int, end: int) -> str:
    """Return the unit of the number in `words[start:end]`; the first of "three to five days" is days too."""
    if start and words[start - 1].text in _CURRENCY_SIGNS:
        return "money"
    if ":" in words[start].text:
        return "clock"
    i = end
    while i < len(words) and words[i].text.lower() in _BETWEEN and i < end + 2:
        i += 1
    if i < len(words) and (unit := _unit_at(words, i)):
        return unit
    if end + 1 < len(words) and words[end].text.lower() in _RANGE:
        values, used, _ = _number_at(words, end + 1)
        if values:
            return _unit_of(words, end + 1, end + 1 + used)
    return ""


def _unit_at(words: list[_Word], i: int) -> str:
    text = words[i].text.lower()
    # "p.m." is cut into p, ., m and "o'clock" into o, ', clock.
    following = [word.text.lower() for word in words[i + 1 : i + 3]]
    if text in ("a", "p") and following == [".", "m"]:
        return "clock"
    if text == "o" and following[1:] == ["clock"]:
        return "clock"
    return _UNITS.get(text, "")


def days_between(text: str) -> Iterator[str]:
    """Yield all days that "Monday to Friday" means."""
    for hit in _DAY_RANGE.finditer(text.lower()):
        first, last = _DAYS.index(hit[1]), _DAYS.index(hit[2])
        for number in range(first, last + 1 if last >= first else last + 8):
            yield _DAYS[number % 7]


def digits_read_out(text: str) -> str:
    """Return the digits of `text`, spelled ones too, with a blank between numbers that other words part."""
    found, digits, i = tokens(text), [], 0
    while i < len(found):
        read, used = digits_at(found, i)
        if read:
            digits.append(read)
        elif found[i].text.isalnum() and digits and digits[-1] != " ":
            digits.append(" ")
        i += used
    return "".join(digits)
