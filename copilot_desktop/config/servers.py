"""Which addresses lead to the same server: a key that was given for one server goes to no other."""

from __future__ import annotations

from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def is_same_server(one: str, other: str) -> bool:
    """Return whether scheme, host and port are the same. An address that cannot be read is nobody's."""
    origin = _origin(one)
    return origin is not None and origin == _origin(other)


def _origin(address: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    return parts.scheme, parts.hostname.lower(), port or _PORTS.get(parts.scheme)
