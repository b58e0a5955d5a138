"""The Protocols the core needs from the world, and the plain data that crosses them.

Each port has at least two homes, a real one and one in `engines/scripted.py` or `tests/support/`,
and one contract test that all of them pass.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeVar

from copilot_desktop.audio.frame import AudioFrame
from copilot_desktop.calls.events import CallEvent, CallId, ChecklistItem, Outcome, Party, Source, Tool
from copilot_desktop.calls.line import LineProblem
from copilot_desktop.calls.states import Mode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


Form = TypeVar("Form")


class HeardStage(Enum):
    """How far a `Heard` is to be trusted."""

    PARTIAL = 1
    """Words so far; the next may differ anywhere."""
    PAUSED = 2
    """The best words for everything up to the last `pause()`."""
    FINAL = 3
    """The words for everything up to the last `commit()`. They stand."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Words of one utterance. Times are on the frames' clock. Empty text: there was nothing to hear."""

    text: str
    stage: HeardStage
    start_ms: int
    end_ms: int
    confidence: float | None = None


class Hearing(Protocol):
    """One party of one call, being transcribed.

    `feed` never waits. After `speech_started` come PARTIALs; every `pause` is answered by one PAUSED
    unless more speech overtakes it, every `commit` by one FINAL, in order. Closed within 1 s.
    """

    def feed(self, frame: AudioFrame) -> None:
        """Take the next frame."""
        ...

    def speech_started(self, at_ms: int) -> None:
        """Speech began about `at_ms`; what lies more than 400 ms before it may be forgotten."""
        ...

    def pause(self) -> None:
        """A pause was heard: give the best words so far, soon."""
        ...

    def commit(self) -> None:
        """The turn is over: make the words final."""
        ...

    def __aiter__(self) -> AsyncIterator[Heard]: ...


class Transcriber(Protocol):
    """Makes words of sound."""

    def open(self, call: CallId, party: Party) -> AbstractAsyncContextManager[Hearing]:
        """Raises EngineError on entering, or from the iteration."""
        ...


class SpeechDetector(Protocol):
    """One per party of a call; has state."""

    def hear(self, frame: AudioFrame) -> float:
        """Return the probability of speech, 0–1, in well under 1 ms of loop time."""
        ...

    async def turn_is_over(self, text: str) -> float:
        """Return the probability that the speaker is done, from the last seconds and `text`. Off the loop."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance as the caller heard it, or as the caller said it."""

    party: Party
    text: str
    cut_short: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """A frozen look at a call for a writer: what was said and heard, in order; the newest line last."""

    call_id: CallId
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    """The agent's private notes and hand-back notes, oldest first. Never to be spoken."""
    mode: Mode = Mode.AI_SPEAKS
    unwanted: tuple[str, ...] = ()
    """Answers to the newest words that the agent put away: something else is asked for, if there is any."""
    is_handed_back: bool = False
    """The agent spoke until now and gives the call back: go on from here, without a greeting."""

    @property
    def last_caller_text(self) -> str:
        """All the caller said since anyone else spoke; empty if the caller was not last."""
        said: list[str] = []
        for line in reversed(self.lines):
            if line.party is not Party.CALLER:
                break
            said.append(line.text)
        return " ".join(reversed(said))


@dataclass(frozen=True, slots=True)
class ToolCall:
    """Something the writer did, or wishes done: see `events.ToolUsed`."""

    tool: Tool
    text: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer as it grows: `text` is all of it so far. The last one has `is_complete`."""

    text: str
    is_complete: bool = False
    sources: tuple[Source, ...] = ()
    ends_call: bool = False
    """The writer holds the talk to be over once this is said."""
    tools: tuple[ToolCall, ...] = ()
    """What it used so far; the call decides what becomes of a wish once the answer is let out."""


class ReplyWriter(Protocol):
    """Writes what could be said next."""

    @property
    def origin(self) -> str:
        """Who writes, in words for the screen: "playbook answers, no AI connected"."""
        ...

    def reply(self, talk: Conversation) -> AsyncIterator[Draft]:
        """Yield growing drafts; the first within 8 s. Remembers nothing. Raises EngineError."""
        ...

    async def alternatives(self, talk: Conversation, answer: str) -> Sequence[Draft]:
        """Return at most two other things to say instead of `answer`; often none. Raises EngineError."""
        ...


class Voice(Protocol):
    """Makes sound of words."""

    def speak(self, sentence: str, call: CallId | None = None) -> AsyncIterator[bytes]:
        """Yield µ-law 8 kHz in whole 160-byte frames (any number a piece), the last padded with 0xFF.

        `call` is whom the cost is put down to. No frame after cancelling. Raises EngineError.
        """
        ...


class Judge(Protocol):
    """Reads a whole call and answers a form's questions about it."""

    @property
    def origin(self) -> str:
        """Who judges, in words for the screen."""
        ...

    async def judge(
        self,
        instructions: str,
        text: str,
        form: type[Form],
        *,
        call: CallId | None = None,
        repeats: bool = True,
    ) -> Form:
        """Fill in `form`, a Pydantic model, about `text`. Takes seconds. Raises EngineError.

        `repeats`: an answer that does not keep to the form is asked for once again.
        """
        ...


@dataclass(frozen=True, slots=True)
class Engines:
    """Everything that listens, thinks and speaks. `detector` makes one detector a party of a call."""

    transcriber: Transcriber
    detector: Callable[[], SpeechDetector]
    writer: ReplyWriter
    voice: Voice


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document or playbook. `score` is comparable within one search only; ≥ 0."""

    text: str
    source: Source
    score: float


class Knowledge(Protocol):
    """What the business's documents say."""

    async def search(self, query: str, limit: int) -> list[Passage]:
        """Return the best passages, best first; none that does not fit."""
        ...


class Checklist(Protocol):
    """The steps that one call's talk should go through. Steps are known by name."""

    @property
    def items(self) -> tuple[ChecklistItem, ...]:
        """How they stand, in their order."""
        ...

    def load(self) -> None:
        """Get ready to hear. Blocks; `hear` does it if nobody did."""
        ...

    def hear(self, party: Party, text: str, at_ms: int) -> Collection[object]:
        """Take in one finished line of the talk; return what is done now and was not before.

        Blocks for some ten milliseconds; called off the loop, one line at a time.
        """
        ...

    def set_done(self, step: str, is_done: bool, at_ms: int) -> None:
        """The agent says how a step stands, which nothing said changes. At once. Raises KeyError."""
        ...


class Embedder(Protocol):
    """Makes numbers of what texts mean."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one L2-normalised row a text, [len(texts), width]. Blocks: call it off the loop."""
        ...


class AudioLink(Protocol):
    """One open media stream. No method waits; once closed, every call does nothing."""

    def send(self, audio: bytes) -> None:
        """Queue µ-law in whole frames for the caller."""
        ...

    def mark(self, name: str) -> None:
        """Ask for `name` back once everything sent before has played."""
        ...

    def clear(self) -> None:
        """Throw away what the carrier has not played yet; overtakes frames not yet written."""
        ...

    async def close(self) -> None:
        """Close the stream; what is queued may be lost."""
        ...


class AgentAudio(Protocol):
    """The headset."""

    def microphone(self) -> AbstractAsyncContextManager[AsyncIterator[AudioFrame]]:
        """Open the microphone, only on the agent's order, for 20 ms frames.

        Closed within 100 ms. Raises DeviceError.
        """
        ...

    def play(self, frame: AudioFrame) -> None:
        """Let the agent hear a frame."""
        ...


class CallControl(Protocol):
    """Idempotent orders to the carrier; "already ended" is success. Raises CallControlError."""

    async def transfer(self, call: CallId, to: str, announcement: str, action_url: str = "") -> None:
        """Say `announcement`, then connect the caller with `to`.

        The carrier tells `action_url` when that has been answered, and asks there what to do when it has
        ended, or was never answered.
        """
        ...

    async def hang_up(self, call: CallId) -> None:
        """End the call at the carrier's. Raises CallControlError."""
        ...


class Tunnel(Protocol):
    """A way from a public https address to a port of this computer. May be opened again after `close`.

    One at a time opens, is open or closes. What it started elsewhere never outlives this process.
    """

    @property
    def name(self) -> str:
        """ "own", "ngrok", "cloudflared", "cloudflared_named" or "localtunnel"."""
        ...

    @property
    def is_own(self) -> bool:
        """The owner typed the address: it may lead nowhere outside."""
        ...

    @property
    def check_every_s(self) -> float:
        """How often the address may be asked from outside; some makers of tunnels count requests."""
        ...

    async def find_helper(self) -> str:
        """Return the version of the program it needs, empty if that is unknown or none is needed.

        Raises LineError: HELPER_MISSING.
        """
        ...

    async def open(self, port: int) -> str:
        """Return the address, "https://host", without a slash. It may still take seconds to work everywhere.

        Raises LineError; cancelled or failed, nothing is left running.
        """
        ...

    async def lost(self) -> LineProblem:
        """Wait until the address has stopped working for good and return why; only `open` helps then.

        It notices what can be noticed from this side. Whether a request comes through is for others to try.
        """
        ...

    async def close(self) -> None:
        """Give the address up. Within 5 s; safe at any time, and twice."""
        ...


class Recording(Protocol):
    """A two-channel file that is valid at any moment. Never waits."""

    def write(self, caller: bytes, ours: bytes) -> None:
        """Append the same stretch of µ-law for both sides, equal lengths."""
        ...

    @property
    def length_ms(self) -> int:
        """All that was written, also before this call went on in an older file."""
        ...

    def blank(self, start_ms: int, end_ms: int) -> None:
        """Make a stretch of what was written silent on both sides, on the disk too. 0 is the file's start."""
        ...

    def close(self) -> None:
        """Bring the file to its end. Blocks for at most a moment; safe twice."""
        ...


class Recordings(Protocol):
    """Where the sound of calls is kept."""

    def open(self, call: CallId) -> Recording:
        """Continues the file of a call that already has one. Raises StoreError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSummary:
    """One row of the history."""

    call_id: CallId
    started_at: datetime
    caller: str
    line: str
    is_practice: bool
    outcome: Outcome | None
    """None while the call runs."""
    duration_ms: int
    handled_by: tuple[Party, ...]
    snippet: str = ""
    desk: str = ""
    """Whose call it is; empty while one desk alone writes this history."""
    score: float | None = None
    """0 to 100; None: there is none, or it was not looked for."""
    is_failed: bool = False
    """A fatal criterion was not met, whatever the score."""


class CallStore(Protocol):
    """Events of calls, in order. `append` never waits; on disk within 250 ms, or on `flush`."""

    def append(self, event: CallEvent) -> None:
        """Queue a fact for the disk."""
        ...

    async def flush(self) -> None:
        """Return when all appended before is on disk. Raises StoreError."""
        ...

    async def recent(self, limit: int, *, include_practice: bool = True) -> list[CallSummary]:
        """Return the newest calls, newest first."""
        ...

    async def search(self, words: str, limit: int) -> list[CallSummary]:
        """Return the newest calls in which all words were said."""
        ...

    async def read(self, call: CallId) -> list[CallEvent]:
        """Return a call's events in order; empty if unknown. Raises StoreError."""
        ...
