"""Callers in a process of their own: they ring, talk, and note what they hear and when.

Reads one JSON line on stdin (see `Task`), prints one with the results: a list of `Told` a caller.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, dataclass, field
from statistics import median

from copilot_desktop.audio.frame import SILENCE
from copilot_desktop.audio.level import is_audible
from tests.benchmarks.voice.corpus import PAUSE_MS, Corpus, corpus, noises
from tests.support.twilio_line import TwilioLine, TwilioStream

_FRAME_S = 0.02
_QUIET_FRAMES = 40
_LIMIT_FRAMES = 400
_HOLE_FRAMES = 3
"""From 60 ms on silence within an answer is a hole; 40 ms may be a frame that was late."""
_INTO_OURS_FRAMES = 50


@dataclass(frozen=True)
class Task:
    """`what`: "sentences", "paused", "barge_in", "listening" or "noises"."""

    url: str
    secret: str
    what: str
    callers: int = 1
    count: int = 15
    apart_s: float = 0.0


@dataclass
class Told:
    """What one caller met with; times in ms."""

    waits: list[float] = field(default_factory=list)
    """From the last sound of a turn to our first."""
    hole_count: int = 0
    spoken_over: int = 0
    """Answers that began in the pause within a sentence."""
    clears: list[float] = field(default_factory=list)
    """From the first sound of an interruption to the order to fall silent."""
    heard_after_clear: int = 0
    cut_short: int = 0
    """Answers that a noise ended."""


class Caller:
    """One call."""

    def __init__(self, task: Task, known: Corpus) -> None:
        self._task, self._known = task, known
        self.told = Told()
        self._heard: list[bytes] = []
        self._at = 0

    async def call(self, after_s: float) -> Told:
        """Ring, talk and hang up."""
        await asyncio.sleep(after_s)
        line = TwilioLine(self._task.url, self._task.secret)
        async with line.stream(await line.answered_token()) as stream:
            self._stream: TwilioStream = stream
            self._due_s = asyncio.get_running_loop().time()
            await self._until_quiet(least=50)
            match self._task.what:
                case "sentences":
                    await self._sentences()
                case "paused":
                    await self._paused()
                case "barge_in":
                    await self._barge_in()
                case "listening":
                    await self._over_answers([spoken.frames for spoken in self._known.listening])
                case _:
                    made = noises()
                    await self._over_answers(
                        [[one[at : at + 160] for at in range(0, len(one), 160)] for one in made]
                    )
        await line.tell_status("completed")
        return self.told

    async def _sentences(self) -> None:
        for spoken in self._known.sentences[: self._task.count]:
            before = len(self._heard)
            for frame in spoken.frames:
                await self._pass(frame)
            ended = before + spoken.last_audible + 1
            answered = await self._first_sound(ended)
            if answered is not None:
                self.told.waits.append((answered - ended) * 20)
                await self._until_quiet()
                self._count_holes(answered)
            else:
                self.told.waits.append(_LIMIT_FRAMES * 20)

    async def _paused(self) -> None:
        for first, second in self._known.paused[: self._task.count]:
            before = len(self._heard)
            for frame in first.frames[: first.last_audible + 1]:
                await self._pass(frame)
            for _ in range(PAUSE_MS // 20):
                await self._pass(SILENCE)
            begun = len(self._heard)
            for frame in second.frames:
                await self._pass(frame)
            # Sound that had been sent before the caller spoke again is on its way a little longer.
            if any(map(is_audible, self._heard[before + 10 : begun + 2])):
                self.told.spoken_over += 1
            await self._first_sound(len(self._heard))
            await self._until_quiet()

    async def _barge_in(self) -> None:
        for number in range(self._task.count):
            await self._into_an_answer(number)
            spoken = self._known.sentences[(number + 1) % len(self._known.sentences)]
            clears, first = self._stream.clears, None
            for place, frame in enumerate(spoken.frames):
                if first is None and is_audible(frame):
                    first = place
                await self._pass(frame)
                if first is not None and self._stream.clears > clears:
                    self.told.clears.append((place - first + 1) * 20)
                    clears = 1 << 30
                    silent_from = len(self._heard) + 2
            if clears == 1 << 30:
                self.told.heard_after_clear += any(map(is_audible, self._heard[silent_from:]))
            await self._first_sound(len(self._heard))
            await self._until_quiet()

    async def _over_answers(self, sounds: list[list[bytes]]) -> None:
        """Make a sound in the middle of an answer; the answer must be heard to its end all the same."""
        lengths: list[int] = []
        for number, sound in enumerate(sounds[: self._task.count]):
            begun = await self._into_an_answer(number)
            for frame in sound:
                await self._pass(frame)
            await self._until_quiet(least=60)
            lengths.append(sum(map(is_audible, self._heard[begun:])))
        # Ended and never finished, or ended and said once more.
        usual = median(lengths)
        self.told.cut_short = sum(abs(length - usual) > usual * 0.1 for length in lengths)

    async def _into_an_answer(self, number: int) -> int:
        """Ask something and return when a second of the answer has been heard: where it began."""
        spoken = self._known.sentences[number % len(self._known.sentences)]
        for frame in spoken.frames:
            await self._pass(frame)
        begun = await self._first_sound(len(self._heard)) or len(self._heard)
        while len(self._heard) < begun + _INTO_OURS_FRAMES:
            await self._pass(SILENCE)
        return begun

    async def _first_sound(self, since: int) -> int | None:
        """Be silent until we are heard; return in which frame."""
        for _ in range(_LIMIT_FRAMES):
            for place in range(since, len(self._heard)):
                if is_audible(self._heard[place]):
                    return place
            since = max(since, len(self._heard))
            await self._pass(SILENCE)
        return None

    async def _until_quiet(self, least: int = 0) -> None:
        """Be silent until nothing has been heard for 0.8 s."""
        begun = len(self._heard)
        for _ in range(_LIMIT_FRAMES * 2):
            await self._pass(SILENCE)
            is_long = len(self._heard) - begun >= max(least, _QUIET_FRAMES)
            if is_long and not any(map(is_audible, self._heard[-_QUIET_FRAMES:])):
                return

    def _count_holes(self, begun: int) -> None:
        sounds = [place for place in range(begun, len(self._heard)) if is_audible(self._heard[place])]
        pairs = zip(sounds, sounds[1:], strict=False)
        self.told.hole_count += sum(after - before > _HOLE_FRAMES for before, after in pairs)

    async def _pass(self, frame: bytes) -> None:
        """20 ms of the line, both ways."""
        await self._stream.send_audio(frame)
        self._due_s += _FRAME_S
        await asyncio.sleep(max(0.0, self._due_s - asyncio.get_running_loop().time()))
        heard = bytes(self._stream.heard[self._at :])
        self._at += len(heard)
        self._heard.append(heard[:160] if heard else SILENCE)
        # A clock that is a little ahead brings two frames at once, and none the next time.
        self._at -= max(0, len(heard) - 160)


async def play(task: Task, known: Corpus) -> list[Told]:
    """Let all callers talk at once."""
    callers = [Caller(task, known) for _ in range(task.callers)]
    return list(await asyncio.gather(*(one.call(n * task.apart_s) for n, one in enumerate(callers))))


def main() -> None:
    """Take the task from stdin."""
    task = Task(**json.loads(sys.stdin.readline()))
    print(json.dumps([asdict(told) for told in asyncio.run(play(task, corpus()))]), flush=True)


if __name__ == "__main__":
    main()
