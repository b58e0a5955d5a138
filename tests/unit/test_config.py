"""What beats what, what is refused and in which words, and that secrets stay secret."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from copilot_desktop import config
from copilot_desktop.config import ConfigError, load


def save(folder: Path, text: str) -> Path:
    """Write `text` as the saved settings of the data folder `folder`."""
    path = folder / "config" / "settings.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def write_env(folder: Path, text: str) -> Path:
    path = folder / "my.env"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_need_nothing(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path / "new" / "folder")
    assert settings.data_dir == tmp_path / "new" / "folder"
    assert settings.data_dir.is_dir()
    assert (settings.port, settings.ring_s, settings.unanswered, settings.is_recording) == (
        0,
        12,
        "never",
        True,
    )
    assert settings.greeting == (
        "Thank you for calling Harbor Home Supply. This call is recorded, and you are talking to an AI"
        " assistant. How can I help you?"
    )
    assert settings.notices == ()
    assert settings.locked == frozenset()


def test_each_source_beats_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, 'port = 1\nring_s = 1\nstart_mode = "agent"\n')
    env_file = write_env(tmp_path, "STREAM_PORT=2\nCOPILOT_RING_S=2\n")
    monkeypatch.setenv("STREAM_PORT", "3")
    settings = load(data_dir=tmp_path, env_file=env_file)
    assert (settings.port, settings.ring_s, settings.start_mode) == (3, 2, "agent")
    assert settings.locked == {"port", "ring_s"}


def test_empty_variable_sets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, "port = 8080\n")
    monkeypatch.setenv("STREAM_PORT", "")
    settings = load(data_dir=tmp_path)
    assert settings.port == 8080
    assert settings.locked == frozenset()


def test_greeting_is_made_from_business_and_recording(tmp_path: Path) -> None:
    save(tmp_path, 'business_name = "Reed Dental"\nis_recording = false\n')
    assert load(data_dir=tmp_path).greeting == (
        "Thank you for calling Reed Dental. You are talking to an AI assistant. How can I help you?"
    )
    save(tmp_path, 'greeting = " Hello. "\n')
    assert load(data_dir=tmp_path).greeting == "Hello."


def test_numbers_and_addresses_are_tidied(tmp_path: Path) -> None:
    save(tmp_path, 'twilio_number = "+1 (555) 010-0123"\npublic_base_url = "https://calls.example.com/"\n')
    settings = load(data_dir=tmp_path)
    assert settings.twilio_number == "+15550100123"
    assert settings.public_base_url == "https://calls.example.com"
    assert settings.missing_for_calls == ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("port = 70000", "port in .* must be less than or equal to 65535. Mend or remove"),
        ("ring_s = 13", "ring_s in .* must be less than or equal to 12"),
        ('start_mode = "robot"', "start_mode in .* must be 'ai', 'approve' or 'agent'"),
        ('is_recording = "perhaps"', r"is_recording in .* must be a valid boolean\. Mend"),
        ('twilio_number = "12"', "twilio_number in .* must be a phone number"),
        ('twilio_account_sid = "AC12"', "twilio_account_sid in .* must be AC and 32"),
        (
            'public_base_url = "http://calls.example.com"',
            "public_base_url in .* must be an address like https",
        ),
        ("grreting = 'x'", "sets grreting, which is not a setting. Did you mean greeting?"),
        ("x1y2z3 = 'x'", "sets x1y2z3, which is not a setting. Remove that line."),
        ("port = 1\nring_s = = 3", "settings.toml is not valid: .*line 2"),
        ("twilio_auth_token = 'x'", "holds twilio_auth_token; .*set TWILIO_AUTH_TOKEN"),
    ],
)
def test_bad_file_is_one_readable_line(tmp_path: Path, line: str, words: str) -> None:
    save(tmp_path, line + "\n")
    with pytest.raises(ConfigError, match=words) as refused:
        load(data_dir=tmp_path)
    assert "\n" not in str(refused.value)
    assert str(tmp_path) in str(refused.value)


def test_bad_variable_is_named_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAM_PORT", "many")
    with pytest.raises(ConfigError, match="STREAM_PORT in the environment must be a valid integer. Mend"):
        load(data_dir=tmp_path)
    monkeypatch.delenv("STREAM_PORT")
    env_file = write_env(tmp_path, "COPILOT_RING_S=0\n")
    with pytest.raises(ConfigError, match="COPILOT_RING_S in .*my.env must be greater than 0"):
        load(data_dir=tmp_path, env_file=env_file)


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_data_dir_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written .* Choose another with --data-dir"):
        load(data_dir=tmp_path / place)


def test_settings_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    save(tmp_path, "").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="settings.toml cannot be read as text"):
        load(data_dir=tmp_path)


def test_variables_of_the_old_program_are_answered(tmp_path: Path) -> None:
    env_file = write_env(tmp_path, "TWIML_APP_SID=AP1\nFLASK_SOCKET_URL=http://localhost:1\nCOPILOT_RING=3\n")
    notices = load(data_dir=tmp_path, env_file=env_file).notices
    assert [notice.split(" is ")[0] for notice in notices] == [
        "TWIML_APP_SID",
        "FLASK_SOCKET_URL",
        "COPILOT_RING",
    ]
    assert notices[2].endswith("did you mean COPILOT_RING_S?")


def test_secrets_and_numbers_do_not_print(tmp_path: Path) -> None:
    env_file = write_env(
        tmp_path,
        f"OPENAI_API_KEY=sk-verysecret\nTWILIO_AUTH_TOKEN={'7' * 32}\nTWILIO_NUMBER=+15550100123\n",
    )
    settings = load(data_dir=tmp_path, env_file=env_file)
    assert settings.secret_values == ("sk-verysecret", "7" * 32)
    for shown in (repr(settings), str(settings)):
        assert "verysecret" not in shown
        assert "7777" not in shown
        assert "0100123" not in shown


def test_settings_do_not_change(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(data_dir=tmp_path).port = 5  # type: ignore[misc]


def test_missing_secrets_come_from_the_key_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backend import KeyringBackend

    class Store(KeyringBackend):
        """A working key store that forgets at the end of the test."""

        priority = 1

        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call]
            self.kept: dict[tuple[str, str], str] = {}

        def get_password(self, service: str, username: str) -> str | None:
            return self.kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            self.kept[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del self.kept[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(Store())
    try:
        config.store_secret("openai_api_key", "sk-from-store")
        config.store_secret("twilio_auth_token", "token-from-store")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-from-environment")
        settings = config.with_stored_secrets(load(data_dir=tmp_path))
        assert settings.secret_values == ("sk-from-environment", "token-from-store")
        config.store_secret("twilio_auth_token", "")
        config.store_secret("twilio_auth_token", "")
        assert config.with_stored_secrets(load(data_dir=tmp_path)).secret_values == ("sk-from-environment",)
    finally:
        keyring.set_keyring(before)


def test_without_a_key_store_there_are_no_secrets(tmp_path: Path) -> None:
    import keyring
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())  # type: ignore[no-untyped-call]
    try:
        assert config.with_stored_secrets(load(data_dir=tmp_path)).secret_values == ()
        with pytest.raises(ConfigError, match="Set OPENAI_API_KEY in the environment") as refused:
            config.store_secret("openai_api_key", "sk-verysecret")
        assert "verysecret" not in str(refused.value)
    finally:
        keyring.set_keyring(before)


def test_resources_are_found_from_source_and_frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (config.resources().parent / "copilot_desktop" / "config.py").is_file()
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    with pytest.raises(ConfigError, match="Install the program again"):
        config.resources()
    (tmp_path / "resources").mkdir()
    assert config.resources() == tmp_path / "resources"
