"""Builds every real object, wires them, starts and stops them in order. Knows no front end."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from copilot_desktop import config, diagnostics, spending
from copilot_desktop.calls.desk import CallDesk
from copilot_desktop.calls.engine_status import EnginePart, Usage
from copilot_desktop.calls.errors import CopilotError, StoreError
from copilot_desktop.calls.events import (
    CallEnded,
    CallEvent,
    CallId,
    CallRinging,
    EnginesChanged,
    EventFeed,
    Fact,
    HistoryChanged,
    JudgementChanged,
    JudgementStage,
    LineChanged,
    Tool,
    Treatment,
)
from copilot_desktop.calls.line import LineError, LineStatus, PhoneNumber
from copilot_desktop.calls.ports import AgentAudio
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.world import Action, AnsweringSettings, CallSettings, World
from copilot_desktop.clearing import Clearing, ClearingNeeds
from copilot_desktop.config import OpeningHours, SecretKeeper, Settings, resources
from copilot_desktop.engine_room import EngineRoom, collecting_no_garbage
from copilot_desktop.engines.late import LateEngines
from copilot_desktop.judging import Judging, Needs
from copilot_desktop.listening import Listening
from copilot_desktop.measuring import Measuring, MeasuringNeeds
from copilot_desktop.phone import LineUse, Phone
from copilot_desktop.privacy import Hidden
from copilot_desktop.shared_history import is_kept_for_later, shared_history
from copilot_desktop.spending import Spent

if TYPE_CHECKING:
    from copilot_desktop.practice.caller import Watcher
    from copilot_desktop.practice.result import PracticeResult
    from copilot_desktop.practice.scenario import Scenario
    from copilot_desktop.store import Store
    from copilot_desktop.telephony.server import PhoneServer

log = logging.getLogger("copilot.app")

_PUT_BACK_LIMIT_S = 12.0

MODES: dict[str, Mode] = {
    "ai": Mode.AI_SPEAKS,
    "approve": Mode.AGENT_APPROVES,
    "agent": Mode.AGENT_SPEAKS,
}


class Program:
    """The whole program but for its front end. Make it on the loop; `start`, then `stop` once.

    `feed` and `desk` are there at once, so that a window can stand before anything heavy is loaded.
    `unanswered` stands in for the setting of that name. Without `line`, calls are taken that find the server
    by themselves.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        keeper: SecretKeeper | None = None,
        unanswered: str | None = None,
        line: LineUse = LineUse.NONE,
    ) -> None:
        self.settings = settings
        self.keeper = keeper or SecretKeeper(settings)
        self.line_begun = asyncio.Event()
        """Set once it is known whether there can be a line."""
        self._unanswered, self._line_use = unanswered, line
        self.feed = EventFeed()
        late = LateEngines()
        self._world = World(self.feed, late.engines())
        self.desk = CallDesk(self._world, call_settings(settings, unanswered))
        self.engines = EngineRoom(
            late,
            settings,
            on_usage=self._engine_used,
            on_switch=self.desk.engine_switched,
            tell=lambda parts: self.feed.publish(EnginesChanged(parts=parts)),
        )
        self._world.new_checklist = self.engines.new_checklist
        self.judging = Judging(
            Needs(lambda: self.settings, lambda: self.store, lambda: self.engines.judge, self.feed.publish)
        )
        self.listening = Listening(
            lambda: self.store.recordings if self.store is not None else None,
            lambda: self.engines.local.embedder if self.engines.local is not None else None,
        )
        self.measuring = Measuring(
            MeasuringNeeds(
                lambda: self.store, self.judging.report, is_busy=lambda: bool(self.desk.live_calls())
            )
        )
        self.clearing = Clearing(
            ClearingNeeds(
                lambda: self.settings,
                lambda: self.store,
                lambda: [view.call_id for view in self.desk.live_calls()],
            )
        )
        self.feed.subscribe(self._follow_calls)
        self.store: Store | None = None
        self.server: PhoneServer | None = None
        self.phone: Phone | None = None
        self.interrupted: Sequence[str] = ()
        """Calls that an earlier run left without an end."""
        self.last_end = ""
        """How the run before this one ended; empty: in order."""
        self._practice_secret = secrets.token_hex(32)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.get_running_loop()

    # Start and stop.

    async def start(self, port: int) -> int:
        """Open the history and the server, begin to load the engines; return the bound port.

        Raises:
            CopilotError: the history or the port cannot be had; nothing is left open.
        """
        try:
            with collecting_no_garbage():
                await self._open_store()
                bound = await self._open_server(port)
        except CopilotError:
            await self.stop()
            raise
        # Last, for it takes all of a core: by now the phone can ring.
        self.spawn(self.engines.load())
        self.spawn(self.desk.watch_hours())
        self.spawn(self._open_line())
        self.spawn(self.clearing.watch())
        self.spawn(self.measuring.watch())
        return bound

    async def stop(self) -> None:
        """End every call, close the server, then the history. Safe to call twice."""
        await self.desk.close()
        if self.phone is not None:
            await self.phone.close()
        if self.server is not None:
            await self.server.stop()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        store, self.store = self.store, None
        if store is not None:
            try:
                await asyncio.to_thread(store.close)
            except StoreError:
                log.exception("the end of the history could not be written")
        await self.engines.close()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` as a task of the program; its failure is logged, its end is owned."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_log_failure)
        return task

    async def _open_store(self) -> None:
        def open_and_mend() -> tuple[Store, list[str]]:
            from copilot_desktop.store import open_store

            store = open_store(
                self.settings.data_dir,
                on_problem=self._store_problem,
                hides=self._hidden_in_history,
                shared=shared_history(self.settings, self.keeper),
            )
            return store, [str(call) for call in store.repair()]

        store, self.interrupted = await asyncio.to_thread(open_and_mend)
        self.store, self._world.recordings = store, store.recordings
        self.feed.subscribe(self._keep)

    def _follow_calls(self, fact: Fact) -> None:
        if isinstance(fact, CallRinging):
            self.spawn(self.engines.warm_up())
        elif isinstance(fact, CallEnded):
            self.engines.forget(fact.call_id)
            self.spawn(self.judging.after_call(fact))
            self.measuring.look_at(fact.call_id)
        elif isinstance(fact, JudgementChanged) and fact.stage is not JudgementStage.BEGAN:
            self.measuring.look_at(fact.call_id)

    def _engine_used(self, usage: Usage, call: CallId | None) -> None:
        if usage.part is EnginePart.JUDGE and call is not None:
            self.judging.engine_used(call, usage)
        else:
            self.desk.engine_used(call, usage)

    def _keep(self, fact: Fact) -> None:
        if self.store is not None and isinstance(fact, CallEvent):
            self.store.append(fact)

    def _hidden_in_history(self) -> frozenset[Hidden]:
        """Called from the journal's thread, for each fact. Card numbers are hidden in the call itself."""
        return frozenset(map(Hidden, self.settings.hidden_in_history))

    def _store_problem(self, error: StoreError | None) -> None:
        """Called from any thread."""
        is_waiting = is_kept_for_later(error)
        fact = HistoryChanged(is_failing=error is not None and not is_waiting, is_waiting=is_waiting)
        self._loop.call_soon_threadsafe(self.feed.publish, fact)

    async def _open_server(self, port: int) -> int:
        def load() -> type[PhoneServer]:
            self.desk.prepare()
            from copilot_desktop.telephony.server import PhoneServer

            return PhoneServer

        server_type = await asyncio.to_thread(load)
        from copilot_desktop.telephony.admission import Signer

        server = server_type(self.desk, lost_stream_sentence=self.settings.lost_stream_sentence)
        bound = await server.start(port)
        self.server = server
        server.signers.append(Signer(self.practice_url, self._practice_secret, is_practice=True))
        self.phone = Phone(
            server, self._tell_line, self._line_use, has_calls=lambda: bool(self.desk.live_calls())
        )
        return bound

    def _tell_line(self, status: LineStatus) -> None:
        self.feed.publish(LineChanged(status=status))

    async def _open_line(self) -> None:
        """Fill in the secrets first: to open the key store, the system may have to ask the person."""
        assert self.phone is not None
        if self._line_use is not LineUse.NONE or self.settings.public_base_url:
            self.settings = await asyncio.to_thread(self.keeper.fill, self.settings)
            await self.engines.apply(self.settings)
        await self.phone.open(self.settings)
        self._world.control = self.phone.call_control()
        self.line_begun.set()

    # Settings.

    async def save(self, changes: Mapping[str, object], secrets: Mapping[str, str]) -> Settings:
        """Keep settings and secrets (an empty one is forgotten), and go on with them.

        Calls under way keep the settings that they began with.

        Raises:
            ConfigError: BadSettings, or file or key store refused. Nothing of `changes` is kept then.
        """

        def keep() -> Settings:
            fresh = config.save(self.settings, changes)
            for name, value in secrets.items():
                if value:
                    self.keeper.keep(name, value)
                else:
                    self.keeper.forget(name)
            return self.keeper.fill(fresh)

        await self._apply(await asyncio.to_thread(keep))
        return self.settings

    async def _apply(self, settings: Settings) -> None:
        if settings.log_level != self.settings.log_level:
            diagnostics.tell_more(settings.log_level == "detailed")
        self.settings = settings
        self.desk.apply(call_settings(settings, self._unanswered))
        self.spawn(self.engines.apply(settings))
        if self.phone is not None:
            await self.phone.apply(settings)
            self._world.control = self.phone.call_control()

    @property
    def line_status(self) -> LineStatus:
        """How the phone line stands."""
        return self.phone.status if self.phone is not None else LineStatus()

    async def point_here(self, number: str, *, clears_override: bool) -> PhoneNumber:
        """Send the calls of `number` here, now and at every start from now on. Raises LineError."""
        assert self.phone is not None
        found = await self.phone.point_here(number, clears_override=clears_override)
        await self.save({"number_pointing": "always"}, {})
        self.phone.number_changed()
        return found

    async def put_back(self) -> PhoneNumber | None:
        """Give the number what it did before, and leave it alone from now on. Raises LineError."""
        assert self.phone is not None
        # First, or the line would point it here again.
        await self.save({"number_pointing": "never"}, {})
        restored = await self.phone.put_back()
        self.phone.number_changed()
        return restored

    async def leave_number(self, *, puts_back: bool = False) -> None:
        """At the end: give the number what it did before, if the settings or `puts_back` say so.

        Not if another program has taken it since. A failure is logged; it takes 12 s at most.
        """
        phone, settings = self.phone, self.settings
        if phone is None or not (puts_back or settings.put_back_at_exit == "always") or phone.kept() is None:
            return
        try:
            async with asyncio.timeout(_PUT_BACK_LIMIT_S):
                await phone.put_back(only_if_ours=True)
        except LineError as error:
            log.warning("the number still points here: %s", error.problem)
        except TimeoutError:
            log.warning("the number still points here: no answer in time")

    def use_headset(self, headset: AgentAudio | None) -> None:
        """Let calls to come use this microphone and these earphones; None: there are none."""
        self._world.headset = headset

    async def wait_for_engines(self) -> None:
        """Return when the engines are loaded. Raises EngineError if they never will be."""
        await self.engines.wait()

    async def spent(self) -> Spent:
        """Return what engines elsewhere have cost. Raises StoreError."""
        if self.store is None:
            raise StoreError("The history is not open yet.")
        return await spending.spent(self.store, self.settings.config_file, datetime.now().astimezone())

    # Practice.

    @property
    def practice_url(self) -> str:
        """Where the practice caller reaches the server."""
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def practice_secret(self) -> str:
        """What practice callers of this run sign with. Never show or log it."""
        return self._practice_secret

    def scenarios(self) -> dict[str, Scenario]:
        """Return the practice scenarios by name, in the order in which to offer them."""
        from copilot_desktop.practice.scenario import load_scenarios

        return {scenario.name: scenario for scenario in load_scenarios(resources() / "practice")}

    async def practise(self, scenario: Scenario, watcher: Watcher | None = None) -> PracticeResult:
        """Let the practice caller ring and talk; returns when it has hung up. Raises EngineError.

        `watcher` follows the call, and may end it.
        """
        local = await self.engines.wait()
        from copilot_desktop.practice.caller import PracticeCaller

        caller = PracticeCaller(
            scenario,
            voice=local.caller_voice(scenario.persona),
            detector=local.new_detector(),
            base_url=self.practice_url,
            secret=self._practice_secret,
            watcher=watcher,
        )
        return await caller.call()


def call_settings(settings: Settings, unanswered: str | None = None) -> CallSettings:
    """Return what calls need of `settings`; `unanswered` stands in for the setting of that name."""
    return CallSettings(
        AnsweringSettings(
            greeting=settings.greeting,
            notice=settings.notice if settings.is_notice_given else "",
            waiting_sentence=settings.waiting_sentence,
            waiting_after_ms=round(settings.waiting_after_s * 1000),
        ),
        ring_s=settings.ring_s,
        unanswered=_action(unanswered or settings.unanswered),
        closed=_action(settings.closed),
        anonymous=settings.anonymous_calls,
        blocked=frozenset(settings.blocked_numbers),
        opening_hours=OpeningHours.parse(settings.opening_hours) if settings.opening_hours else None,
        hand_back_to=MODES[settings.hand_back_mode],
        ai_tools=frozenset(Tool(name) for name in settings.ai_tools),
        transfer_targets=settings.transfer_numbers,
        is_recording=settings.is_recording,
        is_card_number_hidden=settings.is_card_number_hidden,
        hold_sound=settings.hold_sound,
        message=settings.message,
        voicemail_prompt=settings.voicemail_prompt,
    )


def _action(name: str) -> Action:
    """Return what becomes of a call that no person takes; "never": it is not taken."""
    match name:
        case "message":
            return Treatment.MESSAGE
        case "voicemail":
            return Treatment.VOICEMAIL
    return MODES.get(name)


def _log_failure(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a task of the program failed", exc_info=error)
