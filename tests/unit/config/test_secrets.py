"""Secrets: in the key store where there is one, for this run where there is none, and never anywhere else."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as NoKeyStore
from keyring.backends.null import Keyring as NullKeyStore
from keyring.errors import KeyringError

from copilot_desktop.config import PROGRAM, SECRETS, BadSettings, ConfigError, SecretKeeper, SecretPlace, load
from tests.support.key_store import ForgetfulKeyStore, MemoryKeyStore, locked, using
from tests.support.settings_files import write_env


def test_with_a_key_store_secrets_last(tmp_path: Path) -> None:
    store = MemoryKeyStore()
    with using(store):
        settings = load(data_dir=tmp_path)
        keeper = SecretKeeper(settings)
        assert keeper.is_lasting
        assert keeper.warning == ""
        assert keeper.place("ngrok_authtoken") is SecretPlace.ABSENT
        assert keeper.keep("ngrok_authtoken", " token-1\n") is SecretPlace.KEY_STORE
        assert keeper.keep("openai_api_key", "sk-2") is SecretPlace.KEY_STORE
        assert store.kept == {(PROGRAM, "ngrok_authtoken"): "token-1", (PROGRAM, "openai_api_key"): "sk-2"}
        next_run = SecretKeeper(settings)
        assert next_run.fill(settings).secret_values == ("sk-2", "token-1")
        assert next_run.place("openai_api_key") is SecretPlace.KEY_STORE


def test_a_forgotten_secret_is_gone(tmp_path: Path) -> None:
    store = MemoryKeyStore()
    with using(store):
        settings = load(data_dir=tmp_path)
        keeper = SecretKeeper(settings)
        for name in SECRETS:
            keeper.keep(name, f"secret-of-{name}")
        filled = keeper.fill(settings)
        keeper.forget("twilio_auth_token")
        assert keeper.keep("openai_api_key", "  ") is SecretPlace.ABSENT
        keeper.forget("openai_api_key")
        assert keeper.place("twilio_auth_token") is SecretPlace.ABSENT
        gone = ("twilio_auth_token", "openai_api_key")
        assert keeper.fill(filled).secret_values == tuple(f"secret-of-{n}" for n in SECRETS if n not in gone)
        assert (PROGRAM, "twilio_auth_token") not in store.kept


def test_the_environment_beats_the_key_store(tmp_path: Path) -> None:
    store = MemoryKeyStore()
    with using(store):
        settings = load(data_dir=tmp_path, env_file=write_env(tmp_path, "OPENAI_API_KEY=sk-env\n"))
        keeper = SecretKeeper(settings)
        assert keeper.keep("openai_api_key", "sk-store") is SecretPlace.KEY_STORE
        assert keeper.place("openai_api_key") is SecretPlace.ENVIRONMENT
        assert keeper.fill(settings).secret_values == ("sk-env",)
        assert store.kept == {(PROGRAM, "openai_api_key"): "sk-store"}


def empty_chain() -> ChainerBackend:
    """Return what the library chooses where only stand-ins are found, as a chain of them."""

    class Chain(ChainerBackend):
        priority = -1.0
        backends = (NoKeyStore(), NullKeyStore())  # type: ignore[no-untyped-call]

    return Chain()  # type: ignore[no-untyped-call]


class PlainFile(MemoryKeyStore):
    """Stands for an add-on that keeps secrets in plain files."""

    priority = -1


PlainFile.__module__ = "keyrings.alt.file"


@pytest.mark.parametrize("make", [NoKeyStore, NullKeyStore, empty_chain, PlainFile])
def test_without_a_key_store_secrets_last_for_this_run(tmp_path: Path, make: type[MemoryKeyStore]) -> None:
    with using(make()):
        settings = load(data_dir=tmp_path)
        keeper = SecretKeeper(settings)
        assert not keeper.is_lasting
        assert keeper.warning.startswith(
            "This computer has no key store that can be used. Keys that you enter"
        )
        assert keeper.keep("openai_api_key", "sk-very-secret") is SecretPlace.THIS_RUN
        assert keeper.place("openai_api_key") is SecretPlace.THIS_RUN
        assert keeper.fill(settings).secret_values == ("sk-very-secret",)
        assert SecretKeeper(settings).fill(settings).secret_values == ()
        keeper.forget("openai_api_key")
        assert keeper.place("openai_api_key") is SecretPlace.ABSENT
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_in_a_chain_the_real_stores_are_used(tmp_path: Path) -> None:
    best, other = MemoryKeyStore(), MemoryKeyStore()
    other.kept[PROGRAM, "openai_api_key"] = "sk-old"

    class Chain(ChainerBackend):
        priority = -1.0
        backends = (NullKeyStore(), PlainFile(), best, other)  # type: ignore[no-untyped-call]

    with using(Chain()):  # type: ignore[no-untyped-call]
        settings = load(data_dir=tmp_path)
        keeper = SecretKeeper(settings)
        assert keeper.fill(settings).secret_values == ("sk-old",)
        keeper.keep("openai_api_key", "sk-new")
        assert best.kept == {(PROGRAM, "openai_api_key"): "sk-new"}
        assert keeper.fill(settings).secret_values == ("sk-new",)
        keeper.forget("openai_api_key")
        assert (best.kept, other.kept) == ({}, {})


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (locked(), "The key store of this computer is locked."),
        (KeyringError("sk-very-secret"), "The key store of this computer does not work at the moment."),
        (
            RuntimeError("sk-very-secret: no answer from the bus"),
            "The key store of this computer does not work",
        ),
    ],
)
def test_a_store_that_fails_is_told_and_asked_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, words: str
) -> None:
    caplog.set_level("DEBUG")
    store = MemoryKeyStore()
    store.error = error
    with using(store):
        settings = load(data_dir=tmp_path)
        keeper = SecretKeeper(settings)
        assert keeper.fill(settings).secret_values == ()
        assert store.asked == 1
        assert [keeper.place(name) for name in SECRETS] == [SecretPlace.ABSENT] * len(SECRETS)
        assert not keeper.is_lasting
        assert store.asked == 1
        assert keeper.warning.startswith(words)
        assert keeper.keep("openai_api_key", "sk-very-secret") is SecretPlace.THIS_RUN
        assert keeper.fill(settings).secret_values == ("sk-very-secret",)
        with pytest.raises(ConfigError, match="could not be removed") as refused:
            keeper.forget("openai_api_key")
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__
        assert "very-secret" not in str(refused.value)
        assert "very-secret" not in caplog.text
        assert "very-secret" not in repr(keeper)


def test_a_store_that_is_unlocked_later_is_used(tmp_path: Path) -> None:
    store = MemoryKeyStore()
    store.kept[PROGRAM, "ngrok_authtoken"] = "token-1"
    store.error = locked()
    with using(store):
        settings = load(data_dir=tmp_path)
        keeper = SecretKeeper(settings)
        keeper.keep("openai_api_key", "sk-1")
        assert keeper.place("openai_api_key") is SecretPlace.THIS_RUN
        store.error = None
        assert keeper.fill(settings).secret_values == ("sk-1", "token-1")
        assert keeper.is_lasting
        assert keeper.keep("openai_api_key", "sk-1") is SecretPlace.KEY_STORE
        assert keeper.place("openai_api_key") is SecretPlace.KEY_STORE


def test_a_store_that_only_says_that_it_keeps_is_found_out(tmp_path: Path) -> None:
    with using(ForgetfulKeyStore()):
        settings = load(data_dir=tmp_path)
        keeper = SecretKeeper(settings)
        assert keeper.keep("openai_api_key", "sk-1") is SecretPlace.THIS_RUN
        assert not keeper.is_lasting
        assert keeper.fill(settings).secret_values == ("sk-1",)


def test_a_missing_library_of_the_store_is_no_key_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keyring.core

    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Keyring")
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    settings = load(data_dir=tmp_path)
    keeper = SecretKeeper(settings)
    assert not keeper.is_lasting
    assert keeper.keep("openai_api_key", "sk-1") is SecretPlace.THIS_RUN


def test_every_secret_is_told_to_the_log_before_it_is_used(tmp_path: Path) -> None:
    store = MemoryKeyStore()
    store.kept[PROGRAM, "ngrok_authtoken"] = "token-1"
    with using(store):
        settings = load(data_dir=tmp_path, env_file=write_env(tmp_path, "OPENAI_API_KEY=sk-env\n"))
        keeper = SecretKeeper(settings)
        masked = keeper.values
        assert list(masked) == ["sk-env"]
        keeper.fill(settings)
        keeper.keep("ngrok_authtoken", "token-2")
        store.error = locked()
        keeper.keep("twilio_auth_token", "token-3")
        keeper.keep("twilio_auth_token", "token-3")
        assert list(masked) == ["sk-env", "token-1", "token-2", "token-3"]


@pytest.mark.parametrize("name", ["port", "OPENAI_API_KEY", ""])
def test_only_secrets_are_kept(tmp_path: Path, name: str) -> None:
    keeper = SecretKeeper(load(data_dir=tmp_path))
    for order in (keeper.place, keeper.forget, lambda each: keeper.keep(each, "value-1")):
        with pytest.raises(ValueError, match="is not a secret") as refused:
            order(name)
        assert "value-1" not in str(refused.value)


def test_a_key_with_spaces_is_refused(tmp_path: Path) -> None:
    keeper = SecretKeeper(load(data_dir=tmp_path))
    with pytest.raises(BadSettings) as refused:
        keeper.keep("openai_api_key", "sk-1 and more")
    assert refused.value.fields == {"openai_api_key": "Must be one word, without spaces."}


def test_places_are_told_while_the_store_asks_the_person(tmp_path: Path) -> None:
    asking, answered = threading.Event(), threading.Event()

    class SlowStore(MemoryKeyStore):
        priority = -1

        def set_password(self, service: str, username: str, password: str) -> None:
            asking.set()
            assert answered.wait(10)
            super().set_password(service, username, password)

    with using(SlowStore()):
        settings = load(data_dir=tmp_path)
        keeper = SecretKeeper(settings)
        keeper.fill(settings)
        keeping = threading.Thread(target=keeper.keep, args=("openai_api_key", "sk-1"))
        keeping.start()
        assert asking.wait(10)
        assert keeper.place("openai_api_key") is SecretPlace.ABSENT
        assert keeper.is_lasting
        answered.set()
        keeping.join(10)
        assert keeper.place("openai_api_key") is SecretPlace.KEY_STORE
