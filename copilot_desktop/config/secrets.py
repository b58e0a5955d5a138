"""Keys and tokens: in the environment or in the system's key store, and nowhere else that lasts.

Where there is no key store, they are kept for this run, and the person is told so. We write no file of our
own, encrypted or not: the key to it would have to lie beside it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import SecretStr

from copilot_desktop.config.errors import BadSettings, ConfigError
from copilot_desktop.config.places import PROGRAM
from copilot_desktop.config.settings import SECRETS, Settings, variable_of

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

log = logging.getLogger("copilot.config")

_NOT_A_STORE = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
"""Stand-ins of the library that keep nothing, and add-ons that keep secrets in plain files."""

_NO_STORE = "This computer has no key store that can be used."
_LOCKED = "The key store of this computer is locked."
_REFUSED = "The key store of this computer does not work at the moment."
_KEEPS_NOTHING = "The key store of this computer does not keep what it is given."
_THIS_RUN = "Keys that you enter are forgotten when the program ends, unless you set them in the environment."


class SecretPlace(StrEnum):
    """Where a secret comes from."""

    ENVIRONMENT = "environment"
    """Or `.env`. It beats the others."""
    KEY_STORE = "key_store"
    THIS_RUN = "this_run"
    """Only in memory: it must be entered again next time."""
    ABSENT = "absent"


class SecretKeeper:
    """The secrets of one run.

    `keep`, `forget` and `fill` block, and the system may ask the person to unlock the store: call them in a
    thread, any thread. The others answer at once when `fill` has been called before, whatever goes on then.
    A store that fails in any way never raises here, except where a secret could not be removed from it.
    """

    def __init__(self, settings: Settings) -> None:
        self._from_environment = frozenset(name for name in SECRETS if name in settings.locked)
        self._this_run: dict[str, SecretStr] = {}
        self._stored: dict[str, SecretStr] | None = None
        self._trouble = ""
        self._values = list(settings.secret_values)
        self._using_store = threading.RLock()

    @property
    def values(self) -> Sequence[str]:
        """Every secret of this run in the clear, for the log to mask it. The sequence grows: a key that is
        found or entered later is added to it, and a replaced one stays. Never show or keep them."""
        return self._values

    @property
    def is_lasting(self) -> bool:
        """Whether there is a key store, and it worked when it was last used."""
        return not self.warning

    @property
    def warning(self) -> str:
        """Why secrets last for this run only, in sentences for the person; empty if they last."""
        self._known()
        return f"{self._trouble} {_THIS_RUN}" if self._trouble else ""

    def place(self, name: str) -> SecretPlace:
        """Return where the secret `name` of SECRETS comes from."""
        _see_to_name(name)
        if name in self._from_environment:
            return SecretPlace.ENVIRONMENT
        if name in self._this_run:
            return SecretPlace.THIS_RUN
        return SecretPlace.KEY_STORE if name in self._known() else SecretPlace.ABSENT

    def keep(self, name: str, value: str) -> SecretPlace:
        """Keep a secret, in the key store if that works; return where it is now. An empty value forgets it.

        One that the environment sets stays in use; the kept one is for later.

        Raises:
            BadSettings: it cannot be a key: there are spaces within. Nothing was kept.
            ConfigError: an empty value, and the old one could not be removed.
        """
        _see_to_name(name)
        value = value.strip()
        if not value:
            self.forget(name)
            return SecretPlace.ABSENT
        if len(value.split()) > 1:
            raise BadSettings({name: "Must be one word, without spaces."})
        self._mask(value)
        with self._using_store:
            if not self._write(name, value):
                self._this_run[name] = SecretStr(value)
                return SecretPlace.THIS_RUN
            self._stored = {**self._known(), name: SecretStr(value)}
            self._this_run.pop(name, None)
            return SecretPlace.KEY_STORE

    def forget(self, name: str) -> None:
        """Forget a secret, for this run and in the key store.

        Raises:
            ConfigError: it is still in the key store, which refused.
        """
        _see_to_name(name)
        with self._using_store:
            self._this_run.pop(name, None)
            try:
                for store in _stores():
                    if store.get_password(PROGRAM, name) is not None:
                        store.delete_password(PROGRAM, name)
            except Exception as error:
                self._trouble = _reason(error)
                # The cause is left out: some key stores put the value into their message.
                raise ConfigError(f"{self._trouble} The old key could not be removed from it.") from None
            self._stored = {key: value for key, value in self._known().items() if key != name}

    def fill(self, settings: Settings) -> Settings:
        """Return the settings with the secrets as they are now; looks into the key store anew."""
        with self._using_store:
            self._stored = self._read()
            found = {**self._stored, **self._this_run}
        return settings.model_copy(
            update={
                name: found.get(name, SecretStr("")) for name in SECRETS if name not in self._from_environment
            }
        )

    def _known(self) -> dict[str, SecretStr]:
        """Return what was in the key store when it was last read."""
        if (stored := self._stored) is None:
            with self._using_store:
                stored = self._stored = self._read()
        return stored

    def _read(self) -> dict[str, SecretStr]:
        """Return what is in the key store. It is left alone after the first failure, for each time the person
        might have to close a question of the system."""
        found: dict[str, SecretStr] = {}
        stores = _stores()
        if not stores:
            self._trouble = _NO_STORE
        elif self._trouble != _KEEPS_NOTHING:  # That it can be read proves nothing about this.
            self._trouble = ""
        try:
            for name in SECRETS:
                values = (store.get_password(PROGRAM, name) for store in stores)
                if value := next(filter(None, values), None):
                    self._mask(value)
                    found[name] = SecretStr(value)
        except Exception as error:
            self._trouble = _reason(error)
        return found

    def _mask(self, value: str) -> None:
        if value not in self._values:
            self._values.append(value)

    def _write(self, name: str, value: str) -> bool:
        """Put a secret into the key store; True if it is there when looked for."""
        stores = _stores()
        if not stores:
            self._trouble = _NO_STORE
            return False
        try:
            stores[0].set_password(PROGRAM, name, value)
            is_kept = stores[0].get_password(PROGRAM, name) == value
        except Exception as error:
            self._trouble = _reason(error)
            return False
        self._trouble = "" if is_kept else _KEEPS_NOTHING
        return is_kept


def _reason(error: Exception) -> str:
    """Say why the store failed. Its message may hold the secret: only its kind is logged."""
    from keyring.errors import KeyringLocked

    log.info("the key store failed: %s", type(error).__name__)
    return _LOCKED if isinstance(error, KeyringLocked) else _REFUSED


def _stores() -> list[KeyringBackend]:
    """Return the key stores that can be used, the best first."""
    try:
        import keyring
        from keyring.backends.chainer import ChainerBackend

        chosen = keyring.get_keyring()
        every = list(chosen.backends) if isinstance(chosen, ChainerBackend) else [chosen]
    except Exception as error:
        # Whatever a store's own library raises while it is looked for: then it is not there.
        log.info("no key store: %s", type(error).__name__)
        return []
    return [store for store in every if not type(store).__module__.startswith(_NOT_A_STORE)]


def _see_to_name(name: str) -> None:
    if name not in SECRETS:
        raise ValueError(f"{name} is not a secret; there are {', '.join(map(variable_of, SECRETS))}")
