"""What beats what, which variables are refused and in which words."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from copilot_desktop import config
from copilot_desktop.config import SECRETS, ConfigError, Settings, load, save, variable_of
from tests.support.settings_files import write_env, write_settings

PARTS = ("hearing", "writer", "voice", "judge")


def test_defaults_need_nothing(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path / "new" / "folder")
    assert settings.data_dir == tmp_path / "new" / "folder"
    assert settings.data_dir.is_dir()
    assert settings.config_file == tmp_path / "new" / "folder" / "config" / "settings.toml"
    assert not settings.config_file.exists()
    assert (settings.port, settings.ring_s, settings.unanswered, settings.is_recording) == (
        0,
        12,
        "message",
        True,
    )
    assert (settings.tunnel, settings.hand_back_mode, settings.documents_dir) == ("auto", "approve", None)
    assert settings.notices == ()
    assert settings.locked == {"data_dir"}


def test_each_source_beats_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(tmp_path, 'port = 1\nring_s = 1\nstart_mode = "agent"\n')
    env_file = write_env(tmp_path, "STREAM_PORT=2\nCOPILOT_RING_S=2\n")
    monkeypatch.setenv("STREAM_PORT", "3")
    settings = load(data_dir=tmp_path, env_file=env_file)
    assert (settings.port, settings.ring_s, settings.start_mode) == (3, 2, "agent")
    assert settings.locked == {"port", "ring_s", "data_dir"}


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_can_be_locked_by_its_variable(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {
        "twilio_account_sid": "AC" + "0" * 32,
        "twilio_number": "+12025550100",
        "outage_forward_to": "+12025550100",
        "blocked_numbers": "+12025550100, +12025550101",
        "transfer_numbers": "Billing=+12025550100, Front desk = sip:desk@example.com;transport=tls",
        "ngrok_domain": "calls.example.com",
        "cloudflared_hostname": "calls.example.com",
        "public_base_url": "https://calls.example.com",
        "outage_url": "https://calls.example.com/closed?why=night",
        "twilio_api_url": "http://127.0.0.1:4010",
        "openai_base_url": "https://ai.example.com/v1",
        **dict.fromkeys((f"{part}_base_url" for part in PARTS), "http://127.0.0.1:11434/v1"),
        "language": "es",
        "ai_tools": "transfer, search",
        "hidden_in_history": "email, phone",
        "hidden_in_exports": "card",
        "opening_hours": "Mon-Fri 9-17",
        "data_dir": str(tmp_path / "elsewhere"),
    }
    field = Settings.model_fields[name]
    choices = getattr(field.annotation, "__args__", ())
    value = values.get(name) or {bool: str(not field.default), int: "7", float: "2"}.get(
        field.annotation if isinstance(field.annotation, type) else str,
        next((choice for choice in choices if isinstance(choice, str) and choice != field.default), "words"),
    )
    monkeypatch.setenv(variable_of(name), value)
    settings = load(data_dir=None if name == "data_dir" else tmp_path)
    default = field.get_default(call_default_factory=True)
    assert name in settings.locked
    assert getattr(settings, name) != default


def test_lists_in_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPILOT_BLOCKED_NUMBERS", "+1 202 555 0100, +12025550101,+12025550100,")
    monkeypatch.setenv("COPILOT_TRANSFER_NUMBERS", "Billing=+1 202 555 0102, Desk = sip:d@example.com;x=1")
    settings = load(data_dir=tmp_path)
    assert settings.blocked_numbers == ("+12025550100", "+12025550101")
    assert settings.transfer_numbers == {"Billing": "+12025550102", "Desk": "sip:d@example.com;x=1"}
    monkeypatch.setenv("COPILOT_TRANSFER_NUMBERS", "+12025550102")
    with pytest.raises(ConfigError, match="must be written like Billing="):
        load(data_dir=tmp_path)


def test_the_address_and_the_voice_are_never_empty(tmp_path: Path) -> None:
    write_settings(tmp_path, 'openai_base_url = ""\nvoice_name = ""\nwriter_base_url = ""\n')
    settings = load(data_dir=tmp_path)
    assert (settings.openai_base_url, settings.voice_name) == ("https://api.openai.com/v1", "marin")
    assert settings.writer_base_url == ""


def test_tools_are_known_ones_each_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(data_dir=tmp_path).ai_tools == ("search", "end_call", "ask_agent", "take_message")
    monkeypatch.setenv("COPILOT_AI_TOOLS", "transfer, search, transfer")
    assert load(data_dir=tmp_path).ai_tools == ("transfer", "search")
    monkeypatch.setenv("COPILOT_AI_TOOLS", "search, fly")
    with pytest.raises(ConfigError, match="must be"):
        load(data_dir=tmp_path)


def test_empty_variable_sets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(tmp_path, "port = 8080\n")
    monkeypatch.setenv("STREAM_PORT", "")
    settings = load(data_dir=tmp_path)
    assert settings.port == 8080
    assert "port" not in settings.locked


def test_a_real_call_needs_account_and_number_but_no_address(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path)
    assert settings.missing_for_calls == ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_NUMBER")
    sid, token = "AC" + "0" * 32, "0" * 32
    env_file = write_env(
        tmp_path, f"TWILIO_ACCOUNT_SID={sid}\nTWILIO_AUTH_TOKEN={token}\nTWILIO_NUMBER=+12025550100\n"
    )
    assert load(data_dir=tmp_path, env_file=env_file).missing_for_calls == ()


def test_texts_are_made_from_the_business(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path)
    assert settings.notice == "This call is recorded, and you are talking to an AI assistant."
    assert settings.greeting == "Thank you for calling Harbor Home Supply. How can I help you?"
    write_settings(tmp_path, 'business_name = "Reed Dental"\n')
    settings = load(data_dir=tmp_path)
    thanks = "Thank you for calling Reed Dental. We cannot take your call right now."
    assert settings.message == f"{thanks} We will call you back."
    assert settings.voicemail_prompt == f"{thanks} Please leave a message after the tone."
    assert settings.outage_message == f"{thanks} Please call again later."
    write_settings(tmp_path, 'greeting = " Hello.\\n\\tYes? "\nbusiness_name = ""\n')
    settings = load(data_dir=tmp_path)
    assert settings.greeting == "Hello. Yes?"
    assert settings.message.startswith("Thank you for calling. We cannot")


@pytest.mark.parametrize("line", ["is_recording = false", 'notice = "  "'])
def test_without_a_notice_the_greeting_names_the_ai(tmp_path: Path, line: str) -> None:
    write_settings(tmp_path, f'business_name = "Reed"\n{line}\n')
    settings = load(data_dir=tmp_path)
    assert not settings.is_notice_given
    assert settings.greeting == (
        "Thank you for calling Reed. You are talking to an AI assistant. How can I help you?"
    )


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        (
            "STREAM_PORT",
            "many",
            "STREAM_PORT in the environment must be a whole number. Mend it or leave it out",
        ),
        ("STREAM_PORT", "65536", "must be 65535 or less"),
        ("COPILOT_RING_S", "0", "must be more than 0"),
        ("COPILOT_RING_S", "nan", "must be a number"),
        ("COPILOT_WAITING_AFTER_S", "0.5", "must be 1 or more"),
        ("COPILOT_IS_RECORDING", "perhaps", "must be true or false"),
        ("COPILOT_START_MODE", "robot", "must be 'ai', 'approve' or 'agent'"),
        ("COPILOT_MESSAGE", "a" * 1001, "must have at most 1000 letters"),
        ("COPILOT_OPENING_HOURS", "Mon 9am-5pm", 'must give times like 09:00-17:00, not "9am-5pm"'),
        ("COPILOT_TWILIO_API_URL", "http://example.com", "http only on this computer"),
    ],
)
def test_a_bad_variable_is_named_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=words) as refused:
        load(data_dir=tmp_path)
    assert "\n" not in str(refused.value)
    monkeypatch.delenv(variable)
    env_file = write_env(tmp_path, f'{variable}="{value}"\n')
    with pytest.raises(ConfigError, match=f"{variable} in .*my.env must"):
        load(data_dir=tmp_path, env_file=env_file)


def test_a_good_variable_stands_in_for_a_bad_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(tmp_path, "port = 70000\n")
    monkeypatch.setenv("STREAM_PORT", "8080")
    settings = load(data_dir=tmp_path)
    assert settings.port == 8080
    assert len(settings.notices) == 1


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_data_dir_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written .* Choose another with --data-dir"):
        load(data_dir=tmp_path / place)


def test_env_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "my.env"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="my.env cannot be read as text"):
        load(data_dir=tmp_path, env_file=path)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert load(data_dir=tmp_path, env_file=write_env(tmp_path, "\ufeffSTREAM_PORT=8080\n")).port == 8080


def test_variables_of_the_old_program_are_answered(tmp_path: Path) -> None:
    env_file = write_env(tmp_path, "TWIML_APP_SID=AP1\nFLASK_SOCKET_URL=http://localhost:1\nCOPILOT_RING=3\n")
    notices = load(data_dir=tmp_path, env_file=env_file).notices
    assert [notice.split(" is ")[0] for notice in notices] == [
        "TWIML_APP_SID",
        "FLASK_SOCKET_URL",
        "COPILOT_RING",
    ]
    assert notices[2].endswith("did you mean COPILOT_RING_S?")


@pytest.mark.parametrize(
    ("chooser", "choice", "needed", "usual"),
    [
        ("outage", "forward", "outage_forward_to", "nothing"),
        ("outage", "address", "outage_url", "nothing"),
        ("tunnel", "own", "public_base_url", "auto"),
        ("tunnel", "cloudflared_named", "cloudflared_hostname", "auto"),
    ],
)
def test_a_choice_that_lacks_its_other_half_is_told(
    tmp_path: Path, chooser: str, choice: str, needed: str, usual: str
) -> None:
    write_settings(tmp_path, f'{chooser} = "{choice}"\n')
    settings = load(data_dir=tmp_path)
    (notice,) = settings.notices
    assert notice.startswith(f"{needed} must be given")
    assert notice.endswith(f'because {chooser} is "{choice}".')
    assert save(settings, {chooser: usual}).notices == ()


def test_secrets_and_private_things_do_not_print(tmp_path: Path) -> None:
    secrets = {name: f"very-secret-{name}" for name in SECRETS}
    lines = [f"{variable_of(name)}={value}" for name, value in secrets.items()]
    private = ["TWILIO_NUMBER=+12025550100", f"TWILIO_ACCOUNT_SID=AC{'7' * 32}"]
    private += ["COPILOT_BLOCKED_NUMBERS=+12025550101", "COPILOT_TRANSFER_NUMBERS=Mary=+12025550102"]
    private += ["COPILOT_OUTAGE_FORWARD_TO=+12025550103", "COPILOT_OUTAGE_URL=https://example.com/?k=veiled"]
    settings = load(data_dir=tmp_path, env_file=write_env(tmp_path, "\n".join([*lines, *private])))
    assert settings.secret_values == tuple(secrets.values())
    for shown in (repr(settings), str(settings)):
        for word in ("very-secret", "2025550", "7777", "Mary", "veiled"):
            assert word not in shown


def test_settings_do_not_change(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(data_dir=tmp_path).port = 5  # type: ignore[misc]


def test_reading_loads_nothing_heavy(tmp_path: Path) -> None:
    import subprocess

    write_settings(tmp_path, 'twilio_number = "+1 (202) 555-0100"\nblocked_numbers = ["+12025550101"]\n')
    program = (
        "import sys; from pathlib import Path; from copilot_desktop import config;"
        f"config.load(data_dir=Path({str(tmp_path)!r}));"
        "print({'keyring', 'tomlkit', 'phonenumbers', 'PySide6'} & set(sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=config.resources().parent,
    )
    assert ended.stdout.strip() == "set()"


def test_resources_are_found_from_source_and_frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (config.resources().parent / "copilot_desktop" / "config" / "places.py").is_file()
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    with pytest.raises(ConfigError, match="Install the program again"):
        config.resources()
    (tmp_path / "resources").mkdir()
    assert config.resources() == tmp_path / "resources"
