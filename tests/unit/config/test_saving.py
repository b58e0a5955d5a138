"""Saving: comments stay, defaults are not written, a failure leaves the old file, no secret gets in."""

from __future__ import annotations

import os
import stat
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from copilot_desktop.config import (
    SECRETS,
    BadSettings,
    ConfigError,
    Settings,
    load,
    save,
    validate,
    variable_of,
)
from tests.support.settings_files import write_env, write_settings

EDITED = """\
# Our phone.

# the evening shift
ring_s = 5  # seconds
business_name = "Reed Dental"   # as on the door
is_new = true
blocked_numbers = [
  "+12025550100", # rude
  "+12025550101", # salesman
]

[transfer_numbers]
# second floor
Billing = "+12025550102" # Mary
Desk = "sip:desk@example.com"
"""


def text_of(settings: Settings) -> str:
    return settings.config_file.read_text(encoding="utf-8")


def test_only_what_differs_from_the_defaults_is_written(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path)
    after = save(settings, {"port": 8080, "ring_s": 12, "documents_dir": None, "blocked_numbers": []})
    assert (after.port, after.notices, type(after)) == (8080, (), Settings)
    assert settings.port == 0
    assert tomllib.loads(text_of(after)) == {"port": 8080}
    assert text_of(after).startswith("# Settings of AI Call CoPilot.")
    assert load(data_dir=tmp_path) == after


def test_comments_order_and_unknown_names_stay(tmp_path: Path) -> None:
    write_settings(tmp_path, EDITED)
    after = save(
        load(data_dir=tmp_path),
        {
            "ring_s": 6,
            "port": 8080,
            "blocked_numbers": ["+1 202 555 0101", "+12025550103"],
            "transfer_numbers": {"Billing": "+12025550104", "Boss": "+12025550105"},
        },
    )
    assert text_of(after).splitlines() == [
        "# Our phone.",
        "",
        "# the evening shift",
        "ring_s = 6.0  # seconds",
        'business_name = "Reed Dental"   # as on the door',
        "is_new = true",
        "blocked_numbers = [",
        '  "+12025550101", # salesman',
        '  "+12025550103",',
        "]",
        "port = 8080",
        "",
        "[transfer_numbers]",
        "# second floor",
        'Billing = "+12025550104" # Mary',
        'Boss = "+12025550105"',
    ]
    assert after.notices == (f"{after.config_file} sets is_new, which is not a setting. Remove that line.",)
    assert not list(after.config_file.parent.glob("*kept*"))


def test_what_was_there_stays_written_when_it_becomes_the_default(tmp_path: Path) -> None:
    write_settings(tmp_path, "ring_s = 5 # seconds\n")
    after = save(load(data_dir=tmp_path), {"ring_s": 12})
    assert text_of(after) == "ring_s = 12.0 # seconds\n"


def test_nothing_to_set_takes_a_folder_out(tmp_path: Path) -> None:
    write_settings(tmp_path, f"documents_dir = {str(tmp_path)!r}\nport = 1\n")
    after = save(load(data_dir=tmp_path), {"documents_dir": None})
    assert (after.documents_dir, text_of(after)) == (None, "port = 1\n")


def test_the_environment_still_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(tmp_path, "port = 1\n")
    monkeypatch.setenv("STREAM_PORT", "2")
    monkeypatch.setenv("COPILOT_RING_S", "7")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    settings = load(data_dir=tmp_path)
    after = save(settings, {"start_mode": "agent"})
    assert (after.port, after.ring_s, after.start_mode) == (2, 7, "agent")
    assert after.secret_values == ("sk-very-secret",)
    assert after.locked == settings.locked
    assert tomllib.loads(text_of(after)) == {"port": 1, "start_mode": "agent"}
    assert save(settings, {"port": 3, "ring_s": 7}).port == 2
    assert tomllib.loads(text_of(after)) == {"port": 3, "start_mode": "agent", "ring_s": 7}


def test_a_made_text_stays_made(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path)
    page = {"greeting": settings.greeting, "message": f" {settings.message} ", "outage_message": ""}
    after = save(settings, {**page, "business_name": "Reed Dental"})
    assert tomllib.loads(text_of(after)) == {"business_name": "Reed Dental"}
    assert after.greeting == "Thank you for calling Reed Dental. How can I help you?"
    after = save(after, {"greeting": "Hello."})
    assert (after.greeting, after.made("greeting")) == (
        "Hello.",
        "Thank you for calling Reed Dental. How can I help you?",
    )
    after = save(after, {"greeting": ""})
    assert after.greeting == "Thank you for calling Reed Dental. How can I help you?"
    after = save(after, {"is_recording": False})
    assert "You are talking to an AI assistant." in after.greeting


def test_a_change_by_hand_meanwhile_is_not_undone(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path)
    write_settings(tmp_path, "ring_s = 5\n")
    after = save(settings, {"port": 8080, "ring_s": settings.ring_s})
    assert (after.port, after.ring_s) == (8080, 5)


def test_what_cannot_be_used_is_said_for_each_field_and_nothing_is_saved(tmp_path: Path) -> None:
    path = write_settings(tmp_path, "port = 1\n")
    with pytest.raises(BadSettings, match="port") as refused:
        save(
            load(data_dir=tmp_path),
            {
                "port": 70000,
                "ring_s": 5,
                "twilio_number": "+1202555",
                "blocked_numbers": ["+12025550100", "+9991234567"],
                "transfer_numbers": {"Desk": "sip:desk@example.com", "Mary": "+120255501001"},
                "outage": "forward",
                "openai_api_key": "sk-very-secret",
                "twilio_api_url": "https://example.com",
                "colour": "blue",
                "documents_dir": str(tmp_path / "nowhere"),
                "data_dir": str(path / "below"),
                "opening_hours": "Mon",
            },
        )
    assert refused.value.fields == {
        "port": "Must be 65535 or less.",
        "twilio_number": "Must be longer: digits are missing for that country.",
        "blocked_numbers": "Entry 2 must begin with the code of a country, like +1.",
        "transfer_numbers": "Entry 2 must be shorter: there are too many digits for that country.",
        "outage_forward_to": "Must be given: calls are to be forwarded there.",
        "openai_api_key": "Must be kept in the key store, not in a file.",
        "twilio_api_url": "Must be set in the environment.",
        "colour": "Must be the name of a setting.",
        "documents_dir": "There is no such folder.",
        "data_dir": "This folder cannot be written.",
        "opening_hours": ('Must name the times after "Mon", as in "Mon-Fri 09:00-17:00; Sat 10:00-14:00".'),
    }
    assert path.read_text() == "port = 1\n"
    for private in ("very-secret", "+12", "Mary"):
        assert private not in str(refused.value)


def test_live_checking_needs_no_file() -> None:
    assert validate({}) == {}
    assert validate({"port": 1, "outage": "forward"}) == {}
    assert validate({"twilio_number": "+1 202 555 0100"}) == {}
    assert validate({"port": -1}) == {"port": "Must be 0 or more."}


def test_a_choice_needs_its_other_half_only_when_one_of_them_is_touched(tmp_path: Path) -> None:
    write_settings(tmp_path, 'outage = "address"\n')
    settings = load(data_dir=tmp_path)
    assert validate({"port": 1}, settings) == {}
    assert set(validate({"outage_url": ""}, settings)) == {"outage_url"}
    assert validate({"outage_url": "https://example.com/closed"}, settings) == {}
    assert set(validate({"tunnel": "own"}, settings)) == {"public_base_url"}


def test_a_file_with_mistakes_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    broken = "# mine\nport = 70000 # bad\nring_s = = 3\nstart_mode = 'agent'\n"
    path = write_settings(tmp_path, broken)
    after = save(load(data_dir=tmp_path), {"business_name": "Reed"})
    kept = path.with_name("settings.kept-1.toml")
    assert kept.read_text() == broken
    assert after.notices == (f"{path} had mistakes. They are kept in {kept}.",)
    assert text_of(after) == "# mine\nstart_mode = 'agent'\nbusiness_name = \"Reed\"\n"
    assert load(data_dir=tmp_path).notices == ()
    save(after, {"business_name": "Harbor"})
    assert not path.with_name("settings.kept-2.toml").exists()
    path.write_text("other = = mistakes\n")
    save(after, {"business_name": "Reed"})
    assert path.with_name("settings.kept-2.toml").read_text() == "other = = mistakes\n"


def test_the_same_mistakes_are_kept_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_settings(tmp_path, "ring_s = = 3\n")
    settings = load(data_dir=tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", _full_disk)
        with pytest.raises(ConfigError):
            save(settings, {"port": 1})
    save(settings, {"port": 1})
    assert [each.name for each in sorted(path.parent.iterdir())] == ["settings.kept-1.toml", "settings.toml"]


def _full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = write_settings(tmp_path, EDITED)
    settings = load(data_dir=tmp_path)
    monkeypatch.setattr(os, step, _full_disk)
    with pytest.raises(ConfigError, match=r"could not be written \(No space left on device\)\. Nothing was"):
        save(settings, {"port": 1})
    monkeypatch.undo()
    assert path.read_text() == EDITED
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path)
    (tmp_path / "config").write_text("")
    with pytest.raises(ConfigError, match="could not be written"):
        save(settings, {"port": 1})


def test_a_file_that_cannot_be_read_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "config" / "settings.toml").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"cannot be read .* Nothing was saved; move that file away"):
        save(load(data_dir=tmp_path), {"port": 1})


@pytest.mark.skipif(sys.platform == "win32", reason="folders there have other rules")
def test_only_this_user_may_read_what_is_written(tmp_path: Path) -> None:
    path = write_settings(tmp_path, "ring_s = = 3\n")
    path.chmod(0o644)
    save(load(data_dir=tmp_path), {"port": 1})
    for each in (path, path.with_name("settings.kept-1.toml")):
        assert stat.S_IMODE(each.stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "elsewhere").mkdir()
    real = tmp_path / "elsewhere" / "my.toml"
    real.write_text("port = 1\n")
    (tmp_path / "config" / "settings.toml").symlink_to(real)
    assert save(load(data_dir=tmp_path), {"port": 2}).port == 2
    assert (tmp_path / "config" / "settings.toml").is_symlink()
    assert real.read_text() == "port = 2\n"


words = st.text(max_size=60)
numbers = st.integers(100, 199).map(lambda last: f"+12025550{last}")
changes_of_any_kind = st.fixed_dictionaries(
    {},
    optional={
        "business_name": words,
        "message": words,
        "notice": words,
        "cloudflared_path": words,
        "port": st.integers(0, 65535),
        "waiting_after_s": st.floats(1, 6),
        "is_recording": st.booleans(),
        "tunnel": st.sampled_from(["auto", "ngrok", "localtunnel"]),
        "blocked_numbers": st.lists(numbers, max_size=4),
        "transfer_numbers": st.dictionaries(
            st.text("aé \"'#=.\\", min_size=1).filter(str.strip), numbers, max_size=3
        ),
    },
)


@given(changes=changes_of_any_kind, more=changes_of_any_kind, text=st.sampled_from(["", EDITED]))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_what_is_saved_is_what_is_read_again(
    tmp_path: Path, changes: dict[str, object], more: dict[str, object], text: str
) -> None:
    write_settings(tmp_path, text)
    for step in (changes, more):
        after = save(load(data_dir=tmp_path), step)
        assert load(data_dir=tmp_path) == after
        for name in ("port", "is_recording", "tunnel"):
            assert getattr(after, name) == step.get(name, getattr(after, name))
    assert "# Our phone." in text_of(after) or not text


secret_text = st.text(st.characters(codec="ascii", exclude_categories=["Cc", "Zs"]), min_size=8, max_size=40)


@given(secrets=st.tuples(*[secret_text] * len(SECRETS)))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_secrets_are_in_no_file_no_text_and_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, secrets: tuple[str, ...]
) -> None:
    caplog.set_level("DEBUG")
    marked = [
        f"zq{secret.translate({ord(c): 'x' for c in chr(39) + chr(92) + '$#'})}zq" for secret in secrets
    ]
    lines = (f"{variable_of(name)}='{value}'" for name, value in zip(SECRETS, marked, strict=True))
    env_file = write_env(tmp_path, "\n".join(lines))
    settings = load(data_dir=tmp_path, env_file=env_file)
    assert settings.secret_values == tuple(marked)
    after = save(settings, {"business_name": f"{len(marked[0])} Street", "port": 1})
    shown = [repr(after), str(after), repr(after.notices), text_of(after), caplog.text]
    with pytest.raises(BadSettings) as refused:
        save(after, {"openai_api_key": marked[0], "port": marked[1], "start_mode": marked[2]})
    shown += [str(refused.value), repr(refused.value), repr(refused.value.fields)]
    assert [value for value in marked for text in shown if value in text] == []
