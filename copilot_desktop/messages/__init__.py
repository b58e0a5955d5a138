"""The sentences for what goes wrong with phone line and engines, and what helps. For window and terminal.

All in English; a front end translates with `translate`, under "messages".
"""

from copilot_desktop.messages.call_faults import explain
from copilot_desktop.messages.engine_messages import (
    BACKUPS,
    SILENT_S,
    backup_message,
    engine_message,
    fault_words,
    waiting_message,
)
from copilot_desktop.messages.line_messages import line_message, refused_request_message
from copilot_desktop.messages.message import LineMessage, Remedy, remedy_words

__all__ = [
    "BACKUPS",
    "SILENT_S",
    "LineMessage",
    "Remedy",
    "backup_message",
    "engine_message",
    "explain",
    "fault_words",
    "line_message",
    "refused_request_message",
    "remedy_words",
    "waiting_message",
]
