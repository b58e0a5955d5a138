"""EngineHealth: which engines of one part can be relied on just now, and who is told when that changes."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from copilot_desktop.calls.engine_status import EnginePart, EngineState, EngineStatus
from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected, EngineUnavailable
from copilot_desktop.calls.events import CallId

log = logging.getLogger("copilot.engines")

OnSwitch = Callable[[CallId | None, EnginePart, EngineFault, bool], None]
"""Call, part, why the first choice does not work, and whether it works again."""

PATIENCE_S = 8.0
"""How long an engine may take that nobody else can stand in for."""
_FAILURES_TO_REST = 2
_BURST_S = 1.0
_CLOCK_S = 0.005
_FIRST_TRIAL_S = 2.0
_LAST_TRIAL_S = 60.0
"""Also: after so long without any trial, it is simply used again."""
_LATENCY_STEP_MS = 100
_CALL_LIMIT = 256


@dataclass(slots=True)
class _Record:
    """What is known about one engine."""

    name: str | Callable[[], str]
    failure_count: int = 0
    """In a row."""
    fault: EngineFault | None = None
    failed_s: float = 0.0
    is_on_trial: bool = False
    latency_ms: int | None = None

    @property
    def text(self) -> str:
        return self.name if isinstance(self.name, str) else self.name()

    @property
    def is_refused(self) -> bool:
        return self.fault is not None and self.fault.is_lasting

    def wait_s(self, now_s: float) -> float:
        """Until the next trial: 2 s after the first failures, then twice as long each time."""
        if not self.failure_count:
            return 0.0
        wait_s = min(_LAST_TRIAL_S, _FIRST_TRIAL_S * 2.0 ** min(16, max(0, self.failure_count - 2)))
        left_s = self.failed_s + wait_s - now_s
        return left_s if left_s > _CLOCK_S else 0.0  # A timer set for then may come a little early.

    def is_resting(self, now_s: float) -> bool:
        return self.failure_count >= _FAILURES_TO_REST and now_s < self.failed_s + _LAST_TRIAL_S

    def works(self) -> None:
        self.failure_count, self.fault, self.is_on_trial = 0, None, False


@dataclass(slots=True)
class _CallState:
    """Which of a call's users of this part are served by a stand-in."""

    is_backup: dict[str, bool] = field(default_factory=dict)
    told: EngineFault | None = None
    """What the call was told last, while it is so."""


class EngineHealth:
    """The engines of `part`, best first, by the `names` the screen knows them by.

    One per part and program; only on the loop. After two failures in a row an engine rests: it is passed
    over at once, until a trial beside a live request, or a minute, has gone by well. What only a person
    can mend (a refused key) rests until `reconsider`. `on_change` gets each new status; `on_switch` tells
    a call that a stand-in does its work, and later that it is over: once each.
    """

    def __init__(
        self,
        part: EnginePart,
        names: Sequence[str | Callable[[], str]],
        *,
        on_change: Callable[[EngineStatus], None] | None = None,
        on_switch: OnSwitch | None = None,
    ) -> None:
        if not names:
            raise ValueError("a part needs at least one engine")
        self.part = part
        self._records = [_Record(name) for name in names]
        self._on_change, self._on_switch = on_change, on_switch
        self._calls: OrderedDict[CallId | None, _CallState] = OrderedDict()
        self._told: EngineStatus | None = None

    def __len__(self) -> int:
        return len(self._records)

    def status(self) -> EngineStatus:
        """Return how the part stands."""
        first = self._records[0]
        at_work = next((record for record in self._records if record.fault is None), None)
        if at_work is None:
            return EngineStatus(part=self.part, state=EngineState.FAILED, name=first.text, fault=first.fault)
        is_first = at_work is first
        return EngineStatus(
            part=self.part,
            state=EngineState.READY if is_first else EngineState.BACKUP,
            name=at_work.text,
            fault=first.fault,
            latency_ms=at_work.latency_ms,
        )

    def likely(self) -> int:
        """Return which engine will most likely serve next."""
        return next((index for index, record in enumerate(self._records) if record.fault is None), 0)

    def name(self, index: int) -> str:
        """Return what the screen calls engine `index`."""
        return self._records[index].text

    def attempts(self) -> Iterator[tuple[int, bool]]:
        """Yield the engines to try now, in order; True with the one that deserves patience.

        Those at rest come last: better than silence. Refused ones never come.
        """
        now_s = _now_s()
        open_to = [index for index, record in enumerate(self._records) if not record.is_refused]
        trusted = [index for index in open_to if not self._records[index].is_resting(now_s)]
        for index in trusted:
            yield index, index == trusted[-1]
        for index in open_to:
            if index not in trusted:
                yield index, False

    def refusal(self) -> EngineError:
        """Return what to raise when nothing is left to try: the last engine's fault."""
        record = self._records[-1]
        if record.is_refused:
            return EngineRejected(record.text, "refused before", fault=record.fault)
        return EngineUnavailable(record.text, fault=record.fault)

    def served(self, index: int, latency_ms: int, call: CallId | None = None, user: str = "") -> None:
        """Engine `index` did its work for a call; `user` tells a call's several users apart."""
        self.works(index, latency_ms)
        self.stands_in(index, call, user)

    def stands_in(self, index: int, call: CallId | None, user: str = "") -> None:
        """Engine `index` works for a call from now on."""
        fault = next((record.fault for record in self._records[:index] if record.fault is not None), None)
        state = self._calls.setdefault(call, _CallState())
        self._calls.move_to_end(call)
        if len(self._calls) > _CALL_LIMIT:
            self._calls.popitem(last=False)
        state.is_backup[user] = index > 0
        self._tell_call(call, state, fault)

    def works(self, index: int, latency_ms: int) -> None:
        """Engine `index` has shown that it works, be it in a trial."""
        record = self._records[index]
        if record.fault is not None:
            log.info("%s: %s works again", self.part.value, record.text)
        record.works()
        record.latency_ms = latency_ms
        self._tell_status()

    def failed(self, index: int, fault: EngineFault) -> None:
        """Engine `index` did not do its work."""
        record = self._records[index]
        level = logging.DEBUG if record.fault is fault else logging.WARNING
        log.log(level, "%s: %s failed (%s)", self.part.value, record.text, fault.value)
        now_s = _now_s()
        # Many calls that fail at one moment have seen one failure.
        if record.failure_count < _FAILURES_TO_REST or now_s - record.failed_s >= _BURST_S:
            record.failure_count += 1
        record.fault, record.failed_s, record.is_on_trial = fault, now_s, False
        self._tell_status()

    def reconsider(self) -> None:
        """A person has changed something: every engine gets a new chance."""
        for record in self._records:
            record.works()
        self._tell_status()

    def wait_s(self, index: int) -> float | None:
        """Return how long to wait before engine `index` may be tried again; None if there is no use in it."""
        record = self._records[index]
        return None if record.is_refused else record.wait_s(_now_s())

    def works_now(self, index: int) -> bool:
        """Return whether nothing is known against engine `index`."""
        return self._records[index].fault is None

    def is_resting(self, index: int) -> bool:
        """Return whether engine `index` is passed over where another can serve."""
        return self._records[index].is_resting(_now_s())

    def begin_trial(self, index: int) -> bool:
        """Ask to try an engine that has failed, beside the one that serves; one trial an engine at a time.

        Ends with `works`, `failed` or `give_up_trial`.
        """
        record = self._records[index]
        if record.is_on_trial or not record.failure_count or self.wait_s(index) != 0:
            return False
        record.is_on_trial = True
        return True

    def give_up_trial(self, index: int) -> None:
        """The trial ended without a result."""
        self._records[index].is_on_trial = False

    def leave(self, call: CallId, user: str) -> None:
        """One of a call's users is gone; nothing is told when it was the last."""
        state = self._calls.get(call)
        if state is None:
            return
        state.is_backup.pop(user, None)
        if state.is_backup:
            self._tell_call(call, state, None)
        else:
            del self._calls[call]

    def forget(self, call: CallId) -> None:
        """The call is over."""
        self._calls.pop(call, None)

    def _tell_call(self, call: CallId | None, state: _CallState, fault: EngineFault | None) -> None:
        is_backup = any(state.is_backup.values())
        if is_backup and state.told is None and fault is not None:
            state.told = fault
            self._say(call, fault, is_recovered=False)
        elif not is_backup and state.told is not None:
            told, state.told = state.told, None
            self._say(call, told, is_recovered=True)

    def _say(self, call: CallId | None, fault: EngineFault, *, is_recovered: bool) -> None:
        if self._on_switch is not None:
            self._on_switch(call, self.part, fault, is_recovered)

    def _tell_status(self) -> None:
        status = self.status()
        if self._on_change is not None and not _is_alike(status, self._told):
            self._told = status
            self._on_change(status)


def fault_in(error: Exception) -> EngineFault:
    """Return the fault behind `error`; what is no EngineError is a mistake of ours, and logged as one.

    It must not silence a call while another engine could do the work.
    """
    if isinstance(error, EngineError):
        return error.fault
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    # Not its text: that may hold words of a caller.
    log.error("%s in an engine (%s)", type(error).__name__, place)
    return EngineFault.BAD_ANSWER


def _is_alike(status: EngineStatus, before: EngineStatus | None) -> bool:
    return before is not None and _shown(status) == _shown(before)


def _shown(status: EngineStatus) -> tuple[object, ...]:
    latency = None if status.latency_ms is None else round(status.latency_ms / _LATENCY_STEP_MS)
    return status.state, status.name, status.fault, latency


def _now_s() -> float:
    return asyncio.get_running_loop().time()
