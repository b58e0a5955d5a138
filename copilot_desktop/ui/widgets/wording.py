"""Wording: the sentences for states, problems and endings; clocks and phone numbers as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from copilot_desktop.calls.events import Decision, Outcome, Party, Problem
from copilot_desktop.calls.states import Mode

HOLD_LONG_S = 60
HOLD_VERY_LONG_S = 120
"""A caller on hold is spoken of from the first, and warned of from the second on."""

_WITHHELD = frozenset({"anonymous", "restricted", "unavailable", "unknown", "private", "withheld"})


def _tr(text: str) -> str:
    return QCoreApplication.translate("wording", text)


@dataclass(frozen=True, slots=True)
class Message:
    """What happened, and what still works."""

    title: str
    text: str
    offers_take_over: bool = False


def clock(seconds: float) -> str:
    """Return 02:47, or 1:02:47 from an hour on."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def when(moment: datetime) -> str:
    """Return a moment as this computer's owner writes it: "12 Mar 2026  14:28"."""
    local = moment.astimezone()
    shown = QDateTime(local.year, local.month, local.day, local.hour, local.minute, 0)
    return QLocale().toString(shown, "d MMM yyyy  HH:mm")


def is_withheld(number: str) -> bool:
    """Whether the caller's number is not told."""
    return not number or number.lower() in _WITHHELD


def phone_number(number: str) -> str:
    """Return a number as it is read in its country; what is no number, in words."""
    if is_withheld(number):
        return _tr("Number withheld")
    return _written(number) if number.startswith("+") else number


@lru_cache(maxsize=64)
def _written(number: str) -> str:
    # Its tables take a tenth of a second to load, which neither start nor ring should pay; see `warm_up`.
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return written.replace("-", " ")


def quoted(text: str, most: int = 90) -> str:
    """Return a sentence in quotation marks, cut where it is long."""
    return _tr("“{0}”").format(text if len(text) <= most else text[: most - 1].rstrip() + "…")


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 11th."""
    teens = 10 < number % 100 < 14
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def spoken_time(seconds: float) -> str:
    """Return whole minutes in words: "1 minute", "3 minutes"."""
    minutes = int(seconds // 60)
    return _tr("1 minute") if minutes == 1 else _tr("{0} minutes").format(minutes)


def hold_sound(sound: str) -> str:
    """Return what the caller hears on hold, in words."""
    return _tr("The caller hears music") if sound == "music" else _tr("The caller hears silence")


def warm_up() -> None:
    """Load what `phone_number` needs; for a background thread."""
    phone_number("+15550100100")


def party_name(party: Party) -> str:
    """Return the speaker's name on screen."""
    names = {Party.CALLER: _tr("Caller"), Party.ASSISTANT: _tr("AI"), Party.AGENT: _tr("You")}
    return names[party]


def parties(handled_by: Iterable[Party]) -> str:
    """Return who handled a call: "AI + You"."""
    names = [party_name(party) for party in (Party.ASSISTANT, Party.AGENT) if party in set(handled_by)]
    return " + ".join(names) or "–"


def mode_name(mode: Mode) -> str:
    """Return a mode in the agent's words."""
    names = {
        Mode.AI_SPEAKS: _tr("AI speaks"),
        Mode.AGENT_APPROVES: _tr("I approve"),
        Mode.AGENT_SPEAKS: _tr("I speak"),
    }
    return names[mode]


def outcome_name(outcome: Outcome | None) -> str:
    """Return how a call ended."""
    names = {
        None: _tr("Running"),
        Outcome.COMPLETED: _tr("Completed"),
        Outcome.MISSED: _tr("Missed"),
        Outcome.DECLINED: _tr("Declined"),
        Outcome.FAILED: _tr("Failed"),
        Outcome.VOICEMAIL: _tr("Left a message"),
        Outcome.TRANSFERRED: _tr("Transferred"),
        Outcome.INTERRUPTED: _tr("Interrupted"),
    }
    return names[outcome]


def how_it_ended(outcome: Outcome | None, who: str, passed_on_to: str) -> str:
    """Return what is announced at the end of a call."""
    if outcome is Outcome.VOICEMAIL:
        return _tr("{0} has left a message").format(who)
    if outcome is Outcome.TRANSFERRED:
        return _tr("Call passed on to {0}").format(passed_on_to)
    return _tr("Call ended")


def decision_name(decision: Decision) -> str:
    """Return what became of a suggestion."""
    names = {
        Decision.SAID: _tr("Said"),
        Decision.EDITED: _tr("Said with your changes"),
        Decision.SKIPPED: _tr("Skipped"),
        Decision.EXPIRED: _tr("Out of date"),
    }
    return names[decision]


def response_quality(total_ms: int) -> str:
    """Return a response time with a word: "1.1 s – good"."""
    word = _tr("good") if total_ms <= 1500 else _tr("slow") if total_ms > 3000 else _tr("fair")
    return f"{total_ms / 1000:.1f} s – {word}"


def order_name(order: str) -> str:
    """Return the sentence for an order that came too late or did not fit."""
    names = {
        "accept": _tr("The call can no longer be answered."),
        "decline": _tr("The call can no longer be declined."),
        "hand back": _tr("The call is not in your hands just now."),
        "say": _tr("That suggestion is out of date. Nothing was said."),
        "send digits": _tr("The line did not take the tones."),
        "transfer": _tr("The call cannot be passed on just now. The caller is still here."),
        "pause recording": _tr("There is no recording to pause just now."),
        "resume recording": _tr("The recording cannot go on just now."),
        "play notice": _tr("The notice cannot be played just now."),
        "confirm notice": _tr("The notice is not waited for just now."),
        "another draft": _tr("There is no draft to put another in the place of."),
        "bookmark": _tr("There is no moment of a call to mark just now."),
        "take notes": _tr("The call is over. Your notes up to its end are in its report."),
        "set ready": _tr("That could not be changed just now."),
    }
    return names.get(order, _tr("That is not possible at this moment of the call."))


def problem_message(problem: Problem) -> Message:
    """Return what to tell the agent about a problem in a call."""
    heard = _tr("You can still talk, and the recording goes on.")
    nothing_said = _tr("Nothing was said in your name.")
    messages = {
        Problem.TRANSCRIBER_FAILED: Message(_tr("The transcript has stopped"), heard, True),
        Problem.TRANSCRIBER_BEHIND: Message(_tr("The transcript is behind"), heard),
        Problem.WRITER_FAILED: Message(_tr("The AI is not answering"), nothing_said, True),
        Problem.WRITER_SLOW: Message(
            _tr("The AI is slow"), _tr("The caller heard the waiting sentence. ") + nothing_said, True
        ),
        Problem.VOICE_FAILED: Message(
            _tr("The AI has no voice just now"), _tr("The caller did not hear the last answer."), True
        ),
        Problem.LINK_LOST: Message(
            _tr("The sound is lost"), _tr("Reconnecting. The call is kept, and so are your notes.")
        ),
        Problem.LINK_BAD_MESSAGES: Message(
            _tr("The line delivers damaged sound"), _tr("The call goes on; words may be missing.")
        ),
        Problem.MICROPHONE_MISSING: Message(
            _tr("We cannot find your microphone"),
            _tr("The AI is silent. Type, and the assistant's voice says your words to the caller."),
        ),
        Problem.RECORDING_FAILED: Message(
            _tr("This call is not being recorded"), _tr("The call and the transcript go on.")
        ),
        Problem.STORE_FAILED: Message(
            _tr("The call is not being saved"), _tr("The call goes on, but its history may have gaps.")
        ),
        Problem.HANG_UP_FAILED: Message(
            _tr("The phone company did not confirm the hang-up"), _tr("The line is closed on our side.")
        ),
        Problem.NOTICE_FAILED: Message(
            _tr("The recording notice was not played"),
            _tr("Recording is paused until it is. Say it yourself or play it again."),
        ),
        Problem.TRANSFER_FAILED: Message(
            _tr("The call was not passed on"), _tr("The caller is still here. You can go on talking.")
        ),
        Problem.CRASHED: Message(
            _tr("This call stopped because of a fault in the program"),
            _tr("Everything up to that second is saved."),
        ),
    }
    return messages[problem]
