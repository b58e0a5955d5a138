"""The sentence for each fault of an engine: of the AI elsewhere, or of this computer.

What happened, what still works, then what helps. The engine is named as the screen names it, "OpenAI".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from copilot_desktop.calls.errors import EngineFault
from copilot_desktop.calls.events import Problem
from copilot_desktop.messages.message import LineMessage, Remedy, Translate, Wording

_GOES_ON = ("Calls go on with the engines of this computer.",)

ENGINE_WORDINGS: Mapping[EngineFault, Wording] = MappingProxyType(
    {
        EngineFault.KEY_REFUSED: Wording(
            ("{engine} did not accept the key", "The AI did not accept the key"),
            (("It may be mistyped, replaced, or not made for this.",), _GOES_ON),
            (Remedy.ENTER_KEY_AGAIN, Remedy.OPEN_SETTINGS),
        ),
        EngineFault.NO_CREDIT: Wording(
            ("Your AI account has no credit left",),
            (
                (
                    "Until you top up, {engine} does nothing for you.",
                    "Until you top up, it is silent.",
                ),
                _GOES_ON,
            ),
            (Remedy.OPEN_BILLING_PAGE, Remedy.CONTINUE_WITHOUT_AI),
        ),
        EngineFault.MODEL_MISSING: Wording(
            ("{engine} does not have that model", "The AI does not have that model"),
            (("It was shut down, or your account may not use it.",), _GOES_ON),
            (Remedy.CHOOSE_MODEL, Remedy.OPEN_SETTINGS),
        ),
        EngineFault.REQUEST_REFUSED: Wording(
            ("{engine} did not take the request", "The AI did not take the request"),
            (("Model, voice or language may not fit together there.",), _GOES_ON),
            (Remedy.CHOOSE_MODEL, Remedy.SAVE_REPORT),
        ),
        EngineFault.RATE_LIMITED: Wording(
            ("{engine} gets too many requests", "The AI gets too many requests"),
            (("Your account may ask only so often in a minute. Soon it works again.",), _GOES_ON),
            (Remedy.CHECK_AGAIN, Remedy.OPEN_BILLING_PAGE),
        ),
        EngineFault.UNREACHABLE: Wording(
            ("We cannot reach {engine}", "We cannot reach the AI"),
            (("This computer may be offline, or the address may be wrong.",), _GOES_ON),
            (Remedy.CHECK_AGAIN, Remedy.OPEN_SETTINGS),
        ),
        EngineFault.TOO_SLOW: Wording(
            ("{engine} is too slow just now", "The AI is too slow just now"),
            (("No answer came within the time that the settings allow.",), _GOES_ON),
            (Remedy.CHECK_AGAIN, Remedy.OPEN_SETTINGS),
        ),
        EngineFault.SERVER_FAILED: Wording(
            ("{engine} has a fault of its own", "The AI has a fault of its own"),
            (("Your settings are not the reason. Usually it is over in minutes.",), _GOES_ON),
            (Remedy.CHECK_AGAIN, Remedy.OPEN_SETTINGS),
        ),
        EngineFault.BROKEN_OFF: Wording(
            ("{engine} broke off in the middle", "The AI broke off in the middle"),
            (("The connection may be poor.",), _GOES_ON),
            (Remedy.CHECK_AGAIN, Remedy.OPEN_SETTINGS),
        ),
        EngineFault.BAD_ANSWER: Wording(
            ("What {engine} sent cannot be used", "What the AI sent cannot be used"),
            (("The model may not be made for this.",), _GOES_ON),
            (Remedy.CHOOSE_MODEL, Remedy.CHECK_AGAIN),
        ),
        EngineFault.NOT_LOADED: Wording(
            ("An engine of this computer cannot be loaded",),
            (("A file of it may be missing or damaged. To install the program again brings it back.",),),
            (Remedy.SAVE_REPORT, Remedy.OPEN_SETTINGS),
        ),
    }
)

_WHY: Mapping[EngineFault, str] = {
    EngineFault.KEY_REFUSED: "The first one did not accept the key.",
    EngineFault.NO_CREDIT: "Your AI account has no credit left.",
    EngineFault.MODEL_MISSING: "The first one does not have its model any more.",
    EngineFault.REQUEST_REFUSED: "The first one did not take the request.",
    EngineFault.RATE_LIMITED: "The first one gets too many requests.",
    EngineFault.UNREACHABLE: "The first one cannot be reached.",
    EngineFault.TOO_SLOW: "The first one took too long.",
    EngineFault.SERVER_FAILED: "The first one has a fault of its own.",
    EngineFault.BROKEN_OFF: "The first one broke off.",
    EngineFault.BAD_ANSWER: "What the first one sent could not be used.",
    EngineFault.NOT_LOADED: "The first one could not be loaded.",
}
_BACKUPS: Mapping[Problem, str] = {
    Problem.BACKUP_TRANSCRIBER: "Backup speech-to-text in use",
    Problem.BACKUP_WRITER: "Backup AI in use",
    Problem.BACKUP_VOICE: "Backup voice in use",
}
_REMEDIES: Mapping[EngineFault, tuple[Remedy, ...]] = {
    EngineFault.KEY_REFUSED: (Remedy.ENTER_KEY_AGAIN,),
    EngineFault.NO_CREDIT: (Remedy.OPEN_BILLING_PAGE,),
    EngineFault.MODEL_MISSING: (Remedy.CHOOSE_MODEL,),
    EngineFault.REQUEST_REFUSED: (Remedy.CHOOSE_MODEL,),
}
"""What the agent can do while the backup works; the rest mends itself."""

BACKUPS = frozenset(_BACKUPS)
"""The problems for which another engine has stepped in already."""

SILENT_S = 10
"""From so long a wait on the AI counts as not answering at all."""
_SLOW = Wording(
    ("The AI is slow ({seconds} s)", "The AI is slow"),
    (("The caller heard the waiting sentence. Nothing was said in your name.",),),
)
_SILENT = Wording(
    ("The AI is not answering – take over",),
    (("The caller has waited {seconds} s. Nothing was said in your name.",),),
)


def waiting_message(seconds: int, translate: Translate = str) -> LineMessage:
    """Return what to say while the AI lets the caller wait, `seconds` since the caller's last word."""
    wording = _SILENT if seconds >= SILENT_S else _SLOW
    return wording.filled({"seconds": seconds}, translate)


def engine_message(fault: EngineFault, engine: str = "", translate: Translate = str) -> LineMessage:
    """Return what to say when `engine` has failed; `engine` may be empty."""
    return ENGINE_WORDINGS[fault].filled({"engine": engine}, translate)


def backup_message(problem: Problem, detail: str = "", translate: Translate = str) -> LineMessage:
    """Return what to say in a call while another engine does the work: `problem` is one of `BACKUPS`.

    `detail` is that of the `ProblemRaised`: the fault of the first engine; anything else counts as unknown.
    """
    fault = known_fault(detail)
    is_lasting = fault is not None and fault.is_lasting
    sentences = ["The call goes on."]
    if fault is not None:
        sentences.append(_WHY[fault])
    sentences.append("It stays so until that is mended." if is_lasting else "We go back to it by ourselves.")
    text = " ".join(translate(sentence) for sentence in sentences)
    return LineMessage(translate(_BACKUPS[problem]), text, _REMEDIES.get(fault, ()) if fault else ())


def fault_words(fault: EngineFault, translate: Translate = str) -> str:
    """Return in one sentence why the first engine does not work."""
    return translate(_WHY[fault])


def known_fault(detail: str) -> EngineFault | None:
    """Return the fault that `detail` names; None: none."""
    try:
        return EngineFault(detail)
    except ValueError:
        return None
