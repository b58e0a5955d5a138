"""The sentences for what goes wrong with the phone line, and what helps. For the window and the terminal.

All in English; a front end translates with `translate`, under "messages".
"""

from copilot_desktop.messages.call_faults import explain
from copilot_desktop.messages.line_messages import line_message, refused_request_message
from copilot_desktop.messages.message import LineMessage, Remedy, remedy_words

__all__ = ["LineMessage", "Remedy", "explain", "line_message", "refused_request_message", "remedy_words"]
