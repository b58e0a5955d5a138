"""Signatures and tokens."""

from __future__ import annotations

import pytest
from twilio.request_validator import RequestValidator

from copilot_desktop.calls.events import CallId
from copilot_desktop.telephony.admission import BadSignature, Counters, Signatures, Signer, Tokens, call_id_of

CALL = CallId("CA" + "1" * 32)
OTHER = CallId("CA" + "2" * 32)


def test_the_carriers_own_example_is_accepted() -> None:
    """The test vector in the carrier's documentation."""
    signer = Signer("https://example.com", "12345")
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    signatures = Signatures([signer])
    good = "L/OH5YylLD5NRKLltdqwSvS0BnU="
    assert signatures.of_request("/myapp.php?foo=1&bar=2", form, good) is signer
    wrong = [
        ("/myapp.php?foo=1&bar=3", form, good),
        ("/myapp.php?foo=1&bar=2", form | {"Digits": "1235"}, good),
        ("/myapp.php?foo=1&bar=2", form | {"New": ""}, good),
        ("/myapp.php?foo=1&bar=2", {}, good),
        ("/myapp.php?foo=1&bar=2", form, good.lower()),
        ("/myapp.php?foo=1&bar=2", form, ""),
        ("/myapp.php?foo=1&bar=2", form, None),
    ]
    for target, fields, signature in wrong:
        with pytest.raises(BadSignature):
            signatures.of_request(target, fields, signature)


def test_the_signer_found_is_the_one_who_signed() -> None:
    signers = [
        Signer("https://one.example.com/", "secret"),
        Signer("https://two.example.com", "secret"),
        Signer("http://127.0.0.1:8000", "practice", is_practice=True),
    ]
    signatures = Signatures(signers)
    for signer in signers:
        good = RequestValidator(signer.secret).compute_signature(signer.base_url + "/x", {"a": " b "})
        assert signatures.of_request("/x", {"a": " b "}, good) is signer


@pytest.mark.parametrize("asked", ["/twilio/media", "/twilio/media/"])
@pytest.mark.parametrize("signed", ["/twilio/media", "/twilio/media/"])
def test_a_handshake_counts_with_and_without_a_slash(asked: str, signed: str) -> None:
    signatures = Signatures([Signer("https://example.com", "secret")])
    good = RequestValidator("secret").compute_signature("wss://example.com" + signed, {})
    assert signatures.of_handshake(asked, good).base_url == "https://example.com"
    for wrong in ("https://example.com", "ws://example.com", "wss://example.org"):
        signature = RequestValidator("secret").compute_signature(wrong + signed, {})
        with pytest.raises(BadSignature):
            signatures.of_handshake(asked, signature)


def test_nobody_is_let_in_where_nobody_may_sign() -> None:
    empty_key = RequestValidator("").compute_signature("https://example.com/x", {})
    with pytest.raises(BadSignature):
        Signatures([]).of_request("/x", {}, empty_key)
    with pytest.raises(ValueError, match="secret"):
        Signer("https://example.com", "")
    with pytest.raises(ValueError, match="https"):
        Signer("example.com", "secret")


def test_a_signers_secret_is_not_shown() -> None:
    assert "hush" not in repr(Signer("https://example.com", "hush"))


def test_a_token_is_for_one_live_call() -> None:
    tokens = Tokens()
    token, other = tokens.issue(CALL, {CALL}), tokens.issue(OTHER, {CALL, OTHER})
    assert token != other
    assert tokens.issue(CALL, {CALL, OTHER}) == token
    assert not tokens.spend(CALL, other)
    assert not tokens.spend(OTHER, token)
    assert not tokens.spend(CALL, "")
    assert not tokens.spend(CALL, "é")
    assert tokens.spend(CALL, token)
    tokens.forget(CALL)
    tokens.forget(CALL)
    assert not tokens.spend(CALL, token)


def test_a_token_opens_as_many_streams_as_it_was_given_out_times_and_never_many() -> None:
    tokens = Tokens()
    token = tokens.issue(CALL, {CALL})
    assert tokens.spend(CALL, token)
    assert not tokens.spend(CALL, token)
    for _ in range(50):
        assert tokens.issue(CALL, {CALL}) == token
    assert [tokens.spend(CALL, token) for _ in range(4)] == [True, True, True, False]


def test_tokens_of_calls_that_are_over_are_forgotten() -> None:
    tokens = Tokens()
    token = tokens.issue(CALL, {CALL})
    tokens.issue(OTHER, {OTHER})
    assert not tokens.spend(CALL, token)


@pytest.mark.parametrize("sid", ["", "CA", "CA" + "1" * 31, "CA" + "1" * 33, "XX" + "1" * 32, CALL + "\n"])
def test_a_call_sid_has_one_form(sid: str) -> None:
    assert call_id_of(sid) is None
    assert call_id_of(CALL) == CALL


@pytest.mark.allow_warnings
def test_refusals_are_logged_ever_more_rarely(caplog: pytest.LogCaptureFixture) -> None:
    counters = Counters()
    for _ in range(250):
        counters.count_refusal("a request")
    assert counters.refused == 250
    assert len(caplog.records) == 3
