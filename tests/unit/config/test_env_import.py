"""A `.env` taken over into the settings: what is ours and right is taken, the rest is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot_desktop.config import ConfigError, SecretKeeper, SecretPlace, import_env, load, save
from tests.support.key_store import MemoryKeyStore, using
from tests.support.settings_files import write_env


def test_settings_and_secrets_are_told_apart(tmp_path: Path) -> None:
    path = write_env(
        tmp_path,
        "# our accounts\nexport TWILIO_AUTH_TOKEN='very-secret-1'\nOPENAI_API_KEY=very-secret-2\n"
        'TWILIO_NUMBER="+1 202 555 0100"\nstream_port=8080\nCOPILOT_BUSINESS_NAME="Reed & Sons"\n'
        "COPILOT_BLOCKED_NUMBERS=+12025550101,+12025550102\nPATH=/bin\nCOPILOT_MESSAGE=\nTUNNEL_TOKEN= \n",
    )
    found = import_env(path)
    assert found.secrets == {"twilio_auth_token": "very-secret-1", "openai_api_key": "very-secret-2"}
    assert found.changes == {
        "twilio_number": "+12025550100",
        "port": 8080,
        "business_name": "Reed & Sons",
        "blocked_numbers": ("+12025550101", "+12025550102"),
    }
    assert found.notices == ()
    assert "very-secret" not in repr(found)
    assert "555" not in repr(found)


def test_what_was_imported_can_be_saved(tmp_path: Path) -> None:
    path = write_env(tmp_path, "NGROK_AUTHTOKEN=token-1\nSTREAM_PORT=8080\nCOPILOT_IS_RECORDING=no\n")
    found = import_env(path)
    with using(MemoryKeyStore()):
        settings = save(load(data_dir=tmp_path), found.changes)
        keeper = SecretKeeper(settings)
        for name, value in found.secrets.items():
            assert keeper.keep(name, value) is SecretPlace.KEY_STORE
        settings = keeper.fill(settings)
    assert (settings.port, settings.is_recording, settings.secret_values) == (8080, False, ("token-1",))
    assert "token-1" not in settings.config_file.read_text()


def test_the_file_in_use_can_be_imported_and_then_removed(tmp_path: Path) -> None:
    path = write_env(tmp_path, "STREAM_PORT=8080\nTWILIO_NUMBER=+12025550100\nCOPILOT_RING_S=12\n")
    save(load(data_dir=tmp_path, env_file=path), import_env(path).changes)
    settings = load(data_dir=tmp_path)
    assert (settings.port, settings.twilio_number, settings.ring_s) == (8080, "+12025550100", 12)
    assert "ring_s" not in settings.config_file.read_text()


def test_what_is_left_out_is_told_without_its_value(tmp_path: Path) -> None:
    path = write_env(
        tmp_path,
        "STREAM_PORT=70000\nthis is no variable\nTWILIO_NUMBER=5550100\nCOPILOT_RING_S=5\n"
        "COPILOT_TWILIO_API_URL=https://example.com\nTWIML_APP_SID=AP1\nCOPILOT_RING=3\n",
    )
    found = import_env(path)
    assert found.changes == {"ring_s": 5.0}
    assert found.notices == (
        f"Line 2 of {path} cannot be read.",
        "TWILIO_NUMBER is left out. Must be a phone number with + and country code, like +12025550123.",
        "STREAM_PORT is left out. Must be 65535 or less.",
        "COPILOT_TWILIO_API_URL works only in the environment.",
        "TWIML_APP_SID is not needed: calls come straight from the phone number.",
        "COPILOT_RING is not a setting; did you mean COPILOT_RING_S?",
    )


def test_a_value_is_taken_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPILOT_PRIVATE", "of-the-environment")
    path = write_env(tmp_path, "COPILOT_BUSINESS_NAME=${COPILOT_PRIVATE}\n")
    assert import_env(path).changes == {"business_name": "${COPILOT_PRIVATE}"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\x00", "cannot be read as text"),
        (b"A=1\n" * 300_000, "too long"),
        (None, r"cannot be read \("),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "my.env"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        import_env(path)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    path = write_env(tmp_path, "\ufeffSTREAM_PORT=8080\n")
    assert import_env(path).changes == {"port": 8080}
