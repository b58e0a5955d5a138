"""A settings file that a person has edited: what is wrong is named, the rest is used, nothing is lost."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_desktop.config import load, save
from copilot_desktop.config.salvage import decode, mask_secrets, readable
from tests.support.settings_files import write_settings


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("port = 70000", "port in {} must be 65535 or less. It is not used."),
        ("port = true.5", "Line 2 of {} cannot be read; the rest is used."),
        ('port = "many"', "port in {} must be a whole number. It is not used."),
        ("ring_s = 13", "ring_s in {} must be 12 or less. It is not used."),
        ('start_mode = "robot"', "start_mode in {} must be 'ai', 'approve' or 'agent'. It is not used."),
        ('is_recording = "perhaps"', "is_recording in {} must be true or false. It is not used."),
        ("greeting = 5", "greeting in {} must be text in quotes. It is not used."),
        ("blocked_numbers = 5", "blocked_numbers in {} must be a list. It is not used."),
        (
            "transfer_numbers = []",
            "transfer_numbers in {} must be names, each with its number. It is not used.",
        ),
        ("data_dir = 5", "data_dir in {} must be the path of a folder. It is not used."),
        (
            'twilio_number = "12"',
            "twilio_number in {} must be a phone number with + and country code, like +12025550123."
            " It is not used.",
        ),
        (
            'opening_hours = "Mon"',
            'opening_hours in {} must name the times after "Mon", as in'
            ' "Mon-Fri 09:00-17:00; Sat 10:00-14:00". It is not used.',
        ),
        ("grreting = 'x'", "{} sets grreting, which is not a setting. Did you mean greeting?"),
        ("STREAM_PORT = 1", "{} sets STREAM_PORT, which is not a setting. Did you mean port?"),
        ("x1y2z3 = 'x'", "{} sets x1y2z3, which is not a setting. Remove that line."),
        (
            "twilio_api_url = 'https://example.com'",
            "{} sets twilio_api_url, which only the environment can set. Remove that line.",
        ),
        (
            "twilio_auth_token = 'x'",
            "{} holds twilio_auth_token; secrets belong into no file. Remove it there and enter it in the"
            " settings window, or set TWILIO_AUTH_TOKEN.",
        ),
        (
            "TUNNEL_TOKEN = 'x'",
            "{} holds TUNNEL_TOKEN; secrets belong into no file. Remove it there and enter it in the"
            " settings window, or set TUNNEL_TOKEN.",
        ),
    ],
)
def test_what_is_wrong_is_told_and_the_rest_is_used(tmp_path: Path, line: str, words: str) -> None:
    path = write_settings(tmp_path, f'business_name = "Reed"\n{line}\nwaiting_after_s = 5\n')
    before = path.read_bytes()
    settings = load(data_dir=tmp_path)
    assert settings.notices[0] == words.format(path)
    assert settings.business_name == "Reed"
    assert settings.port == 0
    assert (settings.ring_s, settings.waiting_after_s) == (12, 5)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "bad", "good"),
    [
        ("port = 1\nring_s = = 3\nstart_mode = 'ai'", [2], {"port": 1, "start_mode": "ai"}),
        ('port = 1\nmessage = "open\nring_s = 3', [2], {"port": 1, "ring_s": 3}),
        ('message = """open\nport = 1\nring_s = 3', [1], {"port": 1, "ring_s": 3}),
        ("blocked_numbers = [\nport = 1\n", [1], {"port": 1}),
        (
            "blocked_numbers = [\n  '+1',\nport = 1\n",
            [1, 2],
            {"port": 1},
        ),
        ("blocked_numbers = [ # several\n  '+1', # rude\n]\nport = = 1", [4], {"blocked_numbers": ["+1"]}),
        ("x = 1 2\nmessage = '''a\nb = 1\n'''\nport = 1", [1], {"message": "a\nb = 1\n", "port": 1}),
        ("port = 1\nport = 2\nring_s = 3", [2], {"port": 1, "ring_s": 3}),
        ("port = 1\n[broken\nring_s = 3", [2], {"port": 1, "ring_s": 3}),
        ("port\nthese are words\n\n# a comment\nring_s = 3", [1, 2], {"ring_s": 3}),
        ("x = =\n[a]\nb = 1\n[a]\nc = 2", [1, 4], {"a": {"b": 1, "c": 2}}),
        ("x = =\na.b = 1\na.c = 2\na.b = 3", [1, 4], {"a": {"b": 1, "c": 2}}),
        ("x = =\n[[a]]\n", [1, 2], {}),
        ("x = =\n[a.b]\nc = 1\n[d]\ne = 2", [1], {"a": {"b": {"c": 1}}, "d": {"e": 2}}),
        ("x = =\na = 1\n[a]\nb = 1", [1, 3], {"a": 1, "b": 1}),
        ("<<<<<<< mine\nport = 1\n=======\nring_s = 2\n>>>>>>> theirs", [1, 3, 5], {"port": 1, "ring_s": 2}),
    ],
)
def test_lines_that_cannot_be_read_leave_the_others(
    text: str, bad: list[int], good: dict[str, object]
) -> None:
    kept, numbers = readable(text)
    assert (tomllib.loads(kept), numbers) == (good, bad)


@given(
    st.lists(
        st.sampled_from(
            [
                "port = 1",
                "[a]",
                "[a.b]",
                "a = [",
                "]",
                "'x',",
                'b = """',
                '"""',
                "# words",
                "",
                "a.b = 1",
                "x =",
            ]
        )
        | st.text(alphabet="ab=[\"]\n{}' .#", max_size=12)
    )
)
def test_whatever_is_in_it_what_is_kept_is_valid(lines: list[str]) -> None:
    text = "\n".join(lines)
    kept, bad = readable(text)
    tomllib.loads(kept)
    assert set(bad) <= set(range(1, text.count("\n") + 2))
    if not bad:
        assert kept == text


@given(st.binary(max_size=200))
def test_a_file_of_any_bytes_can_be_read(raw: bytes) -> None:
    tomllib.loads(readable(mask_secrets(decode(raw)))[0])


def test_many_bad_lines_are_one_sentence(tmp_path: Path) -> None:
    path = write_settings(tmp_path, "a b\n" * 12)
    assert load(data_dir=tmp_path).notices == (
        f"Lines 1, 2, 3, 4, 5 and 7 more of {path} cannot be read; the rest is used.",
    )
    write_settings(tmp_path, "a b\n" * 3)
    assert load(data_dir=tmp_path).notices[0].startswith("Lines 1, 2 and 3 of ")


def test_only_the_wrong_entries_of_a_list_are_left_out(tmp_path: Path) -> None:
    path = write_settings(
        tmp_path,
        'blocked_numbers = ["+12025550100", "12", "+12025550101", 5]\n'
        '[transfer_numbers]\nDesk = "sip:"\nBilling = "+12025550102"\n"" = "+12025550103"\n',
    )
    settings = load(data_dir=tmp_path)
    assert settings.blocked_numbers == ("+12025550100", "+12025550101")
    assert settings.transfer_numbers == {"Billing": "+12025550102"}
    assert [notice.partition(" must")[0] for notice in settings.notices] == [
        f"entry 2 of blocked_numbers in {path}",
        f"entry 4 of blocked_numbers in {path}",
        f"entry 1 of transfer_numbers in {path}",
        f"entry 3 of transfer_numbers in {path}",
    ]
    assert not any("2025550" in notice.replace("+12025550123", "") for notice in settings.notices)


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbfport = 8080\r\nring_s = 5\r\n",
        "port = 8080\nring_s = 5\n".encode("utf-16"),
        b"port = 8080\rring_s = 5\r",
    ],
)
def test_files_of_other_editors(tmp_path: Path, raw: bytes) -> None:
    write_settings(tmp_path, raw)
    settings = load(data_dir=tmp_path)
    assert (settings.port, settings.ring_s, settings.notices) == (8080, 5, ())


def test_a_line_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = write_settings(tmp_path, b"port = 8080\nbusiness_name = 'M\xfcller'\n")
    settings = load(data_dir=tmp_path)
    assert settings.port == 8080
    assert settings.notices == (f"Line 2 of {path} cannot be read; the rest is used.",)
    save(settings, {"business_name": "Reed"})
    assert (
        path.with_name("settings.kept-1.toml").read_bytes() == b"port = 8080\nbusiness_name = 'M\xfcller'\n"
    )


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "config" / "settings.toml").mkdir(parents=True)
    (notice,) = load(data_dir=tmp_path).notices
    assert "settings.toml cannot be read (" in notice


@pytest.mark.parametrize(
    "line",
    [
        'openai_api_key = "{}"',
        "openai_api_key='{}'",
        "OPENAI_API_KEY = {}",
        '# openai_api_key = "{}"',
        '"openai_api_key" = """\n{}\n"""',
        "x = {{ openai_api_key = '{}', b = 1 }}",
        '[keys]\nopenai_api_key = "{}" # mine',
        "openai_api_key = '{}",
        'openai_api_key = """{}',
        'NGROK_AUTHTOKEN = "{}"',
    ],
)
def test_secrets_leave_the_file_in_whatever_way_they_stand_there(tmp_path: Path, line: str) -> None:
    path = write_settings(tmp_path, "port = 1\n" + line.format("sk-very-secret") + "\n")
    settings = load(data_dir=tmp_path)
    assert settings.secret_values == ()
    assert not any("very-secret" in notice for notice in settings.notices)
    settings = save(settings, {"ring_s": 5})
    assert (settings.port, settings.ring_s) == (1, 5)
    assert [each.name for each in path.parent.iterdir() if "very-secret" in each.read_text()] == []
    assert path.with_name("settings.kept-1.toml").is_file()


secret_text = st.text(st.characters(codec="ascii", exclude_categories=["Cc", "Zs"]), min_size=8, max_size=40)


@given(secret=secret_text, quote=st.sampled_from(["", '"', "'", '"""', "'''"]))
def test_no_part_of_a_secret_is_left(secret: str, quote: str) -> None:
    value = secret.replace("'", "x").replace('"', "x").replace("\\", "x").replace("#", "x")
    value = value.replace(",", "x").replace("}", "x")
    masked = mask_secrets(f"port = 1\ncloudflared_token = {quote}{value}{quote} # words\n")
    assert masked == 'port = 1\ncloudflared_token = "***" # words\n'
