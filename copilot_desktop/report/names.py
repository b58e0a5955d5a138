"""Names that people say of themselves and of each other in a call: found by how they are said. Pure.

No dictionary: whoever introduces themselves, or is spoken to with a title, is found, and then hidden wherever
the name comes up again. A name that only ever stands by itself is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "[name hidden]"
_WORD = r"[^\W\d_]+(?:['’\-][^\W\d_]+)*"
# Looked at, not taken: "Hello, this is" may itself look like a name.
_NAME = rf"(?=({_WORD}(?:\s+{_WORD}){{0,2}}))"
_TOLD = re.compile(
    rf"\b(?:my (?:full |last |first )?name(?: is|['’]s)|(?:the )?name(?: is|['’]s)|"
    rf"in the name of|under the name(?: of)?)\s+{_NAME}",
    re.IGNORECASE,
)
_MET = re.compile(
    rf"\b(?:[Tt]his is|I am|I['’]m|[Ii]t is|[Ii]t['’]s|[Hh]ere is|[Tt]hanks|[Tt]hank you|[Hh]ello|[Hh]i|"
    rf"[Dd]ear|[Cc]all me|[Ss]peaking (?:to|with)|[Yy]ou are talking to)\b,?\s+{_NAME}"
)
_TITLED = re.compile(
    rf"\b(?:Mr|Mrs|Ms|Miss|Mister|Dr|Doctor|Prof|Professor|Sir|Madam|Herr|Frau|Señora?|Monsieur|Madame)\b"
    rf"\.?\s+{_NAME}"
)
_PLAIN = frozenset(
    re.findall(
        r"\S+",
        """
        a about afraid again agent ai all also am an and april are as assistant at august back be been
        being but by call calling can could day december did do doctor does done dr early evening february
        fine for friday from glad go going good great had happy has have he hello her here hey hi him his
        how i i'm if in into is it it's january july june just late let like looking madam march may me
        might miss monday morning mr mrs ms must my name no not november now october of off ok okay on one
        only or order our out over please right saturday september she should sir so some sorry speaking
        still sunday sure thank thanks that that's the their them then there they this thursday to today
        tomorrow too trying tuesday under up very waiting was we wednesday well were what when where which
        who why will with would wrong yes yet you your
        """,
    )
)


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """Return every single name said in `texts`, first and last names apart, in small letters."""
    found: set[str] = set()
    for text in texts:
        for match in _TOLD.finditer(text):
            found |= _parts(match[1], needs_capital=False)
        for pattern in (_MET, _TITLED):
            for match in pattern.finditer(text):
                found |= _parts(match[1], needs_capital=True)
    return frozenset(found)


def hide_names(text: str, names: Iterable[str]) -> str:
    """Return `text` with every one of `names` hidden, however it is written; several in a row as one."""
    alternatives = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    if not alternatives:
        return text
    name = rf"\b(?:{alternatives})(?=['’]s\b|\b)"
    return re.sub(rf"{name}(?:[\s\-]+{name})*", HIDDEN, text, flags=re.IGNORECASE)


def _parts(said: str, *, needs_capital: bool) -> set[str]:
    """Return the words of `said` up to the first that is no name."""
    parts: set[str] = set()
    for word in said.split():
        plain = re.sub(r"['’]s$", "", word)
        is_small = plain[:1].islower()
        if plain.casefold() in _PLAIN or len(plain) < 2 or (needs_capital and is_small):
            break
        if not needs_capital and parts and is_small:
            break
        parts.add(plain.casefold())
    return parts
