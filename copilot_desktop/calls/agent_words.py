"""AgentWords: what the agent lets be said to the caller, tells the AI in private, or stops."""

from __future__ import annotations

from collections.abc import Callable

from copilot_desktop.calls.call_sound import CallSound
from copilot_desktop.calls.errors import IllegalTransition
from copilot_desktop.calls.events import Party, SuggestionId
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.tool_guard import ToolGuard


class AgentWords:
    """One call's. `need_audience` raises IllegalTransition while the caller cannot hear us."""

    def __init__(
        self,
        sound: CallSound,
        tools: ToolGuard,
        *,
        mode: Callable[[], Mode],
        need_audience: Callable[[], None],
    ) -> None:
        self._sound, self._answering, self._tools = sound, sound.answering, tools
        self._mode, self._need_audience = mode, need_audience

    def say(self, suggestion_id: SuggestionId, text: str) -> None:
        """Let the assistant's voice say a suggestion, as it is or edited."""
        self._need_audience()
        if self._mode() is Mode.AGENT_SPEAKS:
            raise IllegalTransition("while you speak, suggestions are for you to read")
        if text.strip():
            self._answering.say_suggestion(suggestion_id, text.strip())

    def skip(self, suggestion_id: SuggestionId) -> None:
        """Put a suggestion away."""
        self._answering.skip_suggestion(suggestion_id)

    def another_draft(self) -> None:
        """Have something else drafted in the place of what is offered."""
        self._need_audience()
        if self._mode() is not Mode.AGENT_APPROVES:
            raise IllegalTransition("drafts are for the agent to approve")
        self._answering.another_draft()

    def say_text(self, text: str) -> None:
        """Let the assistant's voice say the agent's typed words."""
        self._need_audience()
        party = Party.AGENT if self._mode() is Mode.AGENT_SPEAKS else Party.ASSISTANT
        if text.strip():
            self._answering.say_text(text.strip(), party, is_private=self._sound.recording.is_deaf)

    def send_digits(self, digits: str, *, is_hidden: bool) -> None:
        """Let the caller's side hear keypad tones."""
        self._need_audience()
        self._sound.keypad.send(digits, is_hidden=is_hidden)

    def guide(self, note: str) -> None:
        """Tell the AI something that the caller never hears. If it had asked, it goes on with that."""
        if not note.strip():
            return
        self._answering.notes.append(self._sound.cards.mask(note.strip()))
        is_asked = self._tools.take_answer()
        if is_asked and self._mode() is not Mode.AGENT_SPEAKS and not self._sound.is_on_hold:
            self._answering.answer_last(is_due=True)
