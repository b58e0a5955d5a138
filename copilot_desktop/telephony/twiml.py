"""The TwiML documents that the carrier is answered with."""

from __future__ import annotations


def connect(stream_url: str, token: str, *, then_url: str = "", then_say: str = "") -> str:
    """Connect the call's sound to `stream_url`.

    What follows runs when the stream ends while the call does not: the carrier says `then_say` and hangs up,
    or asks `then_url` what to do.
    """
    from twilio.twiml.voice_response import Connect, VoiceResponse

    verb = Connect()
    verb.stream(url=stream_url).parameter(name="token", value=token)
    response = VoiceResponse()
    response.append(verb)
    if then_say:
        response.say(then_say)
    if then_say or not then_url:
        response.hangup()
    else:
        response.redirect(then_url, method="POST")
    return str(response)


def reject() -> str:
    """Decline a ringing call: the only way that costs nothing."""
    from twilio.twiml.voice_response import VoiceResponse

    response = VoiceResponse()
    response.reject(reason="busy")
    return str(response)


def hang_up(sentence: str = "") -> str:
    """End an answered call, after `sentence` if there is one."""
    from twilio.twiml.voice_response import VoiceResponse

    response = VoiceResponse()
    if sentence:
        response.say(sentence)
    response.hangup()
    return str(response)
