"""Builds every real object, wires them, starts and stops them in order. Knows no front end."""

from __future__ import annotations

import asyncio
import gc
import logging
import secrets
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from copilot_desktop.calls.desk import CallDesk
from copilot_desktop.calls.errors import CopilotError, EngineError, EngineUnavailable, StoreError
from copilot_desktop.calls.events import CallEvent, EventFeed, Fact, HistoryChanged
from copilot_desktop.calls.ports import Engines
from copilot_desktop.calls.states import Mode
from copilot_desktop.calls.world import AnsweringSettings, CallSettings, World
from copilot_desktop.config import Settings, resources
from copilot_desktop.engines.late import LateEngines

if TYPE_CHECKING:
    from copilot_desktop.engines.local import LocalEngines
    from copilot_desktop.practice.result import PracticeResult
    from copilot_desktop.practice.scenario import Scenario
    from copilot_desktop.store import Store
    from copilot_desktop.telephony.server import PhoneServer

log = logging.getLogger("copilot.app")

MODES: dict[str, Mode] = {
    "ai": Mode.AI_SPEAKS,
    "approve": Mode.AGENT_APPROVES,
    "agent": Mode.AGENT_SPEAKS,
}


class Program:
    """The whole program but for its front end. Make it on the loop; `start`, then `stop` once.

    `feed` and `desk` are there at once, so that a window can stand before anything heavy is loaded.
    """

    def __init__(self, settings: Settings, *, unanswered: str | None = None) -> None:
        self.settings = settings
        self.feed = EventFeed()
        self._late = LateEngines()
        self._world = World(self.feed, self._late.engines())
        self.desk = CallDesk(self._world, _call_settings(settings, unanswered or settings.unanswered))
        self.store: Store | None = None
        self.server: PhoneServer | None = None
        self.local: LocalEngines | None = None
        self.interrupted: Sequence[str] = ()
        """Calls that an earlier run left without an end."""
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
            with _collecting_no_garbage():
                await self._open_store()
                bound = await self._open_server(port)
        except CopilotError:
            await self.stop()
            raise
        # Last, for it takes all of a core: by now the phone can ring.
        self.spawn(self._load_engines())
        return bound

    async def stop(self) -> None:
        """End every call, close the server, then the history. Safe to call twice."""
        await self.desk.close()
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
        if self.local is not None:
            await asyncio.to_thread(self.local.close)

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

            store = open_store(self.settings.data_dir, on_problem=self._store_problem)
            return store, [str(call) for call in store.repair()]

        store, self.interrupted = await asyncio.to_thread(open_and_mend)
        self.store, self._world.recordings = store, store.recordings
        self.feed.subscribe(self._keep)

    def _keep(self, fact: Fact) -> None:
        if self.store is not None and isinstance(fact, CallEvent):
            self.store.append(fact)

    def _store_problem(self, error: StoreError | None) -> None:
        """Called from any thread."""
        fact = HistoryChanged(is_failing=error is not None)
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
        token = self.settings.twilio_auth_token.get_secret_value()
        if token and self.settings.public_base_url:
            server.signers.append(Signer(self.settings.public_base_url, token))
            self._control_calls(token)
        return bound

    def _control_calls(self, token: str) -> None:
        from copilot_desktop.telephony.call_control import TwilioCallControl

        self._world.control = TwilioCallControl(self.settings.twilio_account_sid, token)

    # Engines.

    async def _load_engines(self) -> None:
        try:
            self.local = await asyncio.to_thread(self._make_local)
            with _collecting_no_garbage():
                await self.local.load()
            engines, read_documents = await asyncio.to_thread(self._wire_engines, self.local)
        except EngineError as error:
            log.error("the embedded engines cannot be used: %s", error)
            self._late.fail(error)
        except Exception:
            log.exception("the embedded engines cannot be loaded")
            self._late.fail(EngineUnavailable("embedded engines", "they could not be loaded"))
        else:
            self._late.arrive(engines)
            # A caller who asks before they are read waits for it; most will still hear the greeting.
            await asyncio.to_thread(read_documents)

    def _make_local(self) -> LocalEngines:
        from copilot_desktop.engines.local import LocalEngines

        return LocalEngines(resources() / "models" / "minilm" / "tokenizer.json")

    @staticmethod
    def _wire_engines(local: LocalEngines) -> tuple[Engines, Callable[[], None]]:
        """Return the engines, and what reads the documents and the playbook for them. Both block."""
        from copilot_desktop.knowledge.library import Library
        from copilot_desktop.knowledge.meaning import RememberingEmbedder
        from copilot_desktop.knowledge.playbook import load_playbook
        from copilot_desktop.knowledge.playbook_writer import PlaybookWriter

        embedder = RememberingEmbedder(local.embedder)
        library = Library(embedder, [resources() / "knowledge"])
        playbook = load_playbook(resources() / "playbooks" / "customer-service.md")
        writer = PlaybookWriter(library, playbook, embedder)

        def read_documents() -> None:
            writer.load()
            library.load()

        return Engines(local.transcriber, local.new_detector, writer, local.voice), read_documents

    @property
    def has_headset(self) -> bool:
        """Whether the agent's own voice can reach callers."""
        return self._world.headset is not None

    async def wait_for_engines(self) -> None:
        """Return when the engines are loaded. Raises EngineError if they never will be."""
        await self._late.wait()

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

    async def practise(self, scenario: Scenario) -> PracticeResult:
        """Let the practice caller ring and talk; returns when it has hung up. Raises EngineError."""
        await self.wait_for_engines()
        assert self.local is not None
        from copilot_desktop.practice.caller import PracticeCaller

        caller = PracticeCaller(
            scenario,
            voice=self.local.caller_voice(scenario.persona),
            detector=self.local.new_detector(),
            base_url=self.practice_url,
            secret=self._practice_secret,
        )
        return await caller.call()


def _call_settings(settings: Settings, unanswered: str) -> CallSettings:
    return CallSettings(
        AnsweringSettings(greeting=settings.greeting, waiting_sentence=settings.waiting_sentence),
        ring_s=settings.ring_s,
        unanswered=MODES.get(unanswered),
        is_recording=settings.is_recording,
    )


@contextmanager
def _collecting_no_garbage() -> Iterator[None]:
    """For loading much that stays: looking through it again and again would hold the loop up."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _log_failure(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a task of the program failed", exc_info=error)
