"""The fuzzer's targets stay alive: they take messages as recorded, and bent ones."""

from __future__ import annotations

import json
import random

import pytest

from tests.fuzz import entry
from tests.unit.telephony.test_wire import RECORDED

FORM = b"CallSid=CA11111111111111111111111111111111&From=%2B12025550142&To=%2B12025550100&CallStatus=ringing"


def bent(sound: bytes, chance: random.Random) -> bytes:
    """Change, drop, double and add bytes here and there."""
    data = bytearray(sound)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[at : at + chance.randint(1, 20)]
            case 2:
                data[at:at] = data[at : at + 40]
            case _:
                data[at:at] = chance.choice([b"\x00", b"\xff\xfe", b'"', b"{", b"%00", b"&=&", b"9" * 400])
    return bytes(data)


@pytest.mark.parametrize("seed", range(5))
def test_bent_messages_and_fields_are_answered(seed: int) -> None:
    chance = random.Random(seed)
    messages = [json.dumps(each).encode() for each in RECORDED]
    for sound in (*messages, *(bent(each, chance) for each in messages * 40)):
        entry.entry(b"\x01" + sound)
    for _ in range(20):
        entry.entry(b"\x00" + bent(FORM, chance))
    entry.entry(b"")


def test_without_the_fuzzer_it_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "atheris", None)
    assert entry.main() == 2
    assert "pip install atheris" in capsys.readouterr().err
