"""How a report's values read: the same words on the page, in exports and on screen."""

from __future__ import annotations

from datetime import datetime, tzinfo

from copilot_desktop.calls.events import Outcome, Party, Problem
from copilot_desktop.calls.states import Mode
from copilot_desktop.report.model import CallReport, Grade, Happening, HappeningKind, Mark, Measure, Unit

PARTIES = {Party.CALLER: "Caller", Party.ASSISTANT: "AI", Party.AGENT: "Agent"}
GRADES = {Grade.GOOD: "good", Grade.WATCH: "watch", Grade.BAD: "poor"}
MODES = {Mode.AI_SPEAKS: "AI", Mode.AGENT_APPROVES: "AI, each answer approved", Mode.AGENT_SPEAKS: "agent"}
OUTCOMES = {
    Outcome.COMPLETED: "Completed",
    Outcome.MISSED: "Missed",
    Outcome.DECLINED: "Declined",
    Outcome.FAILED: "Failed",
    Outcome.VOICEMAIL: "Left a message",
    Outcome.TRANSFERRED: "Transferred",
    Outcome.INTERRUPTED: "Interrupted: the program stopped",
}
PROBLEMS = {
    Problem.TRANSCRIBER_FAILED: "the transcript stopped",
    Problem.TRANSCRIBER_BEHIND: "the transcript was late",
    Problem.WRITER_FAILED: "no answer came from the AI",
    Problem.WRITER_SLOW: "the AI was slow; the caller heard the waiting sentence",
    Problem.VOICE_FAILED: "the AI's voice failed",
    Problem.BACKUP_TRANSCRIBER: "another speech recognition had to listen",
    Problem.BACKUP_WRITER: "another AI had to answer",
    Problem.BACKUP_VOICE: "another voice had to speak",
    Problem.LINK_LOST: "the sound of the call was lost",
    Problem.LINK_BAD_MESSAGES: "the phone line sent unreadable messages",
    Problem.MICROPHONE_MISSING: "there was no microphone",
    Problem.MICROPHONE_SILENT: "the microphone gave no sound",
    Problem.RECORDING_FAILED: "the call was not recorded",
    Problem.STORE_FAILED: "the history could not be written",
    Problem.HANG_UP_FAILED: "the carrier did not confirm the hang-up",
    Problem.NOTICE_FAILED: "the recording notice was not heard",
    Problem.TRANSFER_FAILED: "a transfer failed",
    Problem.CRASHED: "the call broke inside the program",
}
HAPPENINGS = {
    HappeningKind.NOTICE: "Notice given",
    HappeningKind.NOTICE_BY_AGENT: "Notice given by the agent",
    HappeningKind.WAITS_FOR_NOTICE: "Recording paused (notice not given)",
    HappeningKind.PAUSED: "Recording paused",
    HappeningKind.PAUSED_FOR_CARD: "Recording paused (card number)",
    HappeningKind.RESUMED: "Recording goes on",
    HappeningKind.KEYS_PRESSED: "The caller pressed",
    HappeningKind.KEYS_SENT: "Keys sent:",
    HappeningKind.TRANSFER_ASKED: "Transfer asked, to",
    HappeningKind.TRANSFERRED: "Transferred to",
    HappeningKind.TRANSFER_REFUSED: "Nobody took the transfer to",
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SHOWN_TIMES = 3
_TO_SOMEBODY = (
    HappeningKind.TRANSFER_ASKED,
    HappeningKind.TRANSFERRED,
    HappeningKind.TRANSFER_REFUSED,
)


def clock(at_ms: float) -> str:
    """Return a moment of the call: 2:31, or 1:02:31."""
    minutes, seconds = divmod(max(0, round(at_ms)) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def duration(length_ms: float) -> str:
    """Return a length of time as people say it: 0.09 s, 1.1 s, 12 s, 2 min 31 s."""
    seconds = length_ms / 1000
    if seconds < 1:
        return f"{seconds:.2f} s" if seconds else "0 s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def value(measure: Measure) -> str:
    """Return the value with its unit, or a dash; never a 0 that was not measured."""
    number = measure.value
    if number is None:
        return "–"
    match measure.unit:
        case Unit.SHARE:
            return f"{number:.1%}".replace("%", " %") if 0 < number < 0.0995 else f"{100 * number:.0f} %"
        case Unit.MS:
            return f"{number:.0f} ms" if measure.id.startswith("line_jitter") else duration(number)
        case Unit.COUNT:
            return f"{number:.0f}"
        case Unit.PER_MINUTE:
            return f"{number:.1f} a minute"
        case Unit.PER_10_MINUTES:
            return f"{number:.1f} per 10 min"
        case Unit.WORDS_PER_MINUTE:
            return f"{number:.0f} words/min"
        case Unit.PER_100_WORDS:
            return f"{number:.1f} per 100 words"
        case Unit.WORDS:
            return f"{number:g}"
        case Unit.RATING:
            return f"{number:.0f} of 100"
        case Unit.DB:
            return f"{number:.0f} dB"
        case Unit.DBFS:
            return f"{number:.0f} dBFS".replace("-", "−")
        case Unit.MOS:
            return f"{number:.1f} of 4.5"


def times(measure: Measure) -> str:
    """Return where in the call to look, for measures that are about moments: "3:10, 5:40"."""
    if measure.unit is Unit.SHARE or not measure.value or measure.id == "ai_response_median":
        return ""
    starts = [clock(span.at_ms) for span in measure.moments]
    more = len(starts) - _SHOWN_TIMES
    return ", ".join(starts[:_SHOWN_TIMES]) + (f" +{more}" if more > 0 else "")


def phone(number: str) -> str:
    """Return a number as people write it; anything else as it is."""
    import phonenumbers

    if not number:
        return "number withheld"
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def happening(happening: Happening) -> str:
    """Return what happened: "Recording paused (card number)", "Transferred to +1 202-555-0142"."""
    detail = happening.detail
    if happening.kind in _TO_SOMEBODY:
        detail = phone(detail)
    elif happening.kind in (HappeningKind.NOTICE, HappeningKind.NOTICE_BY_AGENT):
        detail = ""  # Its words stand in the transcript, or among the legal facts.
    return f"{HAPPENINGS[happening.kind]} {detail}".rstrip()


def bookmark(mark: Mark) -> str:
    """Return how a bookmark reads: "Bookmark: order number"."""
    return f"Bookmark: {mark.text}" if mark.text else "Bookmark"


def local(moment: datetime, zone: tzinfo | None) -> datetime:
    """Return `moment` in `zone`; None is this computer's."""
    return moment.astimezone(zone)


def date(moment: datetime) -> str:
    """Return "12 March 2026". Not by strftime: Qt changes the language that it speaks."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def outcome(report: CallReport) -> str:
    """Return how the call ended."""
    return OUTCOMES[report.outcome] if report.outcome else "Still running"


def handled_by(report: CallReport) -> str:
    """Return who had the call for how long: "AI 4 min 2 s, agent 1 min 58 s"."""
    parts = [f"{MODES[handling.mode]} {duration(handling.duration_ms)}" for handling in report.handled_by]
    return ", ".join(parts)
