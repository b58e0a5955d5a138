"""The file that remembers where a phone number's calls went before this program took them."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copilot_desktop.calls.line import PhoneNumber

log = logging.getLogger("copilot.telephony")

_MAX_ADDRESSES = 20


@dataclass(frozen=True, slots=True)
class KeptNumber:
    """One number: what was `found` on it, and our own `addresses` written to it since."""

    found: PhoneNumber
    addresses: tuple[str, ...] = ()

    def with_address(self, address: str) -> KeptNumber:
        """Return this with one more address of ours, the newest last."""
        others = tuple(each for each in self.addresses if each != address)
        return dataclasses.replace(self, addresses=(*others, address)[-_MAX_ADDRESSES:])


class KeptNumbers:
    """The numbers of `file`, by their PN…, the last pointed one last.

    Its methods block, but for a moment; each reads the file anew. Each raises OSError if the file cannot be
    read: unread, it is not overwritten either.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def get(self, sid: str) -> KeptNumber | None:
        """Return what is remembered of one number."""
        return self._read().get(sid)

    def all(self) -> list[KeptNumber]:
        """Return every number that is remembered."""
        return list(self._read().values())

    def keep(self, kept: KeptNumber) -> None:
        """Remember, on disk, before anything is changed at the carrier.

        Raises:
            OSError: it cannot be written; then nothing is remembered.
        """
        others = {sid: each for sid, each in self._read().items() if sid != kept.found.sid}
        self._write({**others, kept.found.sid: kept})

    def forget(self, sid: str) -> None:
        """Remember no longer.

        Raises:
            OSError: it cannot be written; then it is remembered on.
        """
        self._write({each: kept for each, kept in self._read().items() if each != sid})

    def _read(self) -> dict[str, KeptNumber]:
        try:
            return _from_json(json.loads(self._file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning(
                "%s cannot be read and is put aside (%s): the phone number's former address is in it",
                self._file.name,
                type(error).__name__,
            )
            with contextlib.suppress(OSError):
                self._file.replace(self._file.with_name(self._file.name + ".broken"))
            return {}

    def _write(self, numbers: dict[str, KeptNumber]) -> None:
        entries = {sid: dataclasses.asdict(kept) for sid, kept in numbers.items()}
        text = json.dumps({"version": 1, "numbers": entries}, indent=2)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        # It is made for its owner alone.
        handle, fresh = tempfile.mkstemp(prefix=self._file.name, dir=self._file.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(fresh).replace(self._file)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise


def _from_json(content: Any) -> dict[str, KeptNumber]:
    """Build the numbers; anything amiss raises, for half an address is no address."""
    numbers = {}
    for sid, entry in content["numbers"].items():
        found = PhoneNumber(**entry["found"])
        if not all(isinstance(getattr(found, field.name), str | bool) for field in dataclasses.fields(found)):
            raise ValueError("not the kind of thing that was written")
        numbers[sid] = KeptNumber(found, tuple(str(each) for each in entry["addresses"]))
    return numbers
