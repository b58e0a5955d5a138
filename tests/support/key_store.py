"""Key stores as systems have them: one that works, one that is locked, one that fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class MemoryKeyStore(KeyringBackend):
    """Works, and forgets at the end of the test. Not chosen unless a test asks for it."""

    priority = -1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.asked = 0
        """How often it was used."""
        self.error: Exception | None = None
        """What every use of it ends with."""

    def _ask(self) -> None:
        self.asked += 1
        if self.error is not None:
            raise self.error

    def get_password(self, service: str, username: str) -> str | None:
        self._ask()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._ask()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._ask()
        if (service, username) not in self.kept:
            raise PasswordDeleteError("not found")
        del self.kept[service, username]


class ForgetfulKeyStore(MemoryKeyStore):
    """Says that it keeps, and does not."""

    priority = -1

    def set_password(self, service: str, username: str, password: str) -> None:
        self._ask()


def locked() -> Exception:
    """Return what a locked store raises."""
    return KeyringLocked("Failed to unlock the collection!")


@contextmanager
def using(store: KeyringBackend) -> Iterator[None]:
    """Make `store` the system's key store."""
    before = keyring.get_keyring()
    keyring.set_keyring(store)
    try:
        yield
    finally:
        keyring.set_keyring(before)
