"""Why a database cannot be used, in words for the person who set it up. Never a password, never a value."""

from __future__ import annotations

import re

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_NO_HOST = "there is no host of this name"
_REFUSED = "nothing answers at this host and port"
_UNREACHABLE = "the host cannot be reached"
_TOO_LONG = "the server took too long"
_FULL = "the server has no connection left"
_ENDED = "the server ended the connection"

AWAY = frozenset({_NO_HOST, _REFUSED, _UNREACHABLE, _TOO_LONG, _FULL, _ENDED})
"""What may be over soon, and is nobody's mistake."""

_BY_STATE = {
    "28P01": "the server refuses this name or password",
    "28000": "the server refuses this name or password",
    "3D000": "there is no such database on the server",
    "42501": "the account has no rights to create or change tables there",
    "53300": _FULL,
    "57014": _TOO_LONG,
    "57P01": _ENDED,
    "57P02": _ENDED,
    "57P03": _ENDED,
    "55P03": _TOO_LONG,
    "25006": "the database can only be read",
}
_BY_WORDS = (
    (r"password authentication failed|no password supplied", _BY_STATE["28P01"]),
    (r'role ".*" does not exist|no pg_hba\.conf entry|Ident authentication', _BY_STATE["28000"]),
    (r'database ".*" does not exist', _BY_STATE["3D000"]),
    (r"permission denied", _BY_STATE["42501"]),
    (r"too many (clients|connections)|remaining connection slots", _BY_STATE["53300"]),
    (r"failed to resolve host|could not translate host name", _NO_HOST),
    (r"refused", _REFUSED),
    (r"timeout|timed out|No route to host|unreachable", _UNREACHABLE),
    (r"SSL|certificate", "no secure connection to the server can be made"),
    (r"starting up|shutting down|terminat|closed|lost|reset|broken", _ENDED),
)


def reason(error: SQLAlchemyError) -> str:
    """Return what is wrong: a known reason in our words, else the driver's own first line."""
    if isinstance(error, PoolTimeout):
        return _TOO_LONG
    cause = getattr(error, "orig", None)
    if cause is None:
        return type(error).__name__
    if not type(cause).__module__.startswith("psycopg"):
        return str(cause)
    state = getattr(cause, "sqlstate", None)
    if state in _BY_STATE:
        return _BY_STATE[state]
    text = str(cause)
    for pattern, words in _BY_WORDS:
        if re.search(pattern, text, re.IGNORECASE):
            return words
    # The lines below the first may quote values; a message with a state is about our own statement.
    return text.splitlines()[0] if state is None and text else f"the server refused it ({state})"
