"""WrapUps: the forms of ended calls: kept while typed, put aside when a call comes, back after a crash."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import (
    CallId,
    HistoryChanged,
    JudgementChanged,
    JudgementStage,
    Readiness,
    Treatment,
    WrapUpChanged,
)
from copilot_desktop.report.wrap_up import WrapUp, proposal
from copilot_desktop.ui.bridge import Bridge
from copilot_desktop.ui.live.live_call import LiveCall
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.wording import clock
from copilot_desktop.ui.wrap_up.wrap_up_page import WrapUpPage

KEEP_AFTER_MS = 700
"""With the quarter of a second that the journal takes, nothing older than a second can be lost."""


@dataclass(slots=True)
class _Open:
    """One form that is not saved."""

    call_id: CallId
    at_ms: int
    who: str
    wrap_up: WrapUp


class WrapUps(QObject):
    """`changed`: another form is on screen, or none, or their number is another. `saved` carries the call
    whose report is to be opened.
    """

    changed = Signal()
    saved = Signal(str)

    def __init__(self, bridge: Bridge, shell: Shell, page: WrapUpPage) -> None:
        super().__init__(page)
        self._bridge, self._shell, self.page = bridge, shell, page
        self._open: list[_Open] = []
        self._current: _Open | None = None
        self._is_due = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_AFTER_MS)
        self._timer.timeout.connect(self.keep)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(lambda: self._bridge.set_ready(True))
        page.form.changed.connect(self._typed)
        page.later_asked.connect(self.put_aside)
        bridge.history_changed.connect(self._history_changed)
        bridge.judgement_changed.connect(self._judged)

    @property
    def is_on_screen(self) -> bool:
        """A form is being filled in."""
        return self._current is not None

    @property
    def aside(self) -> int:
        """How many forms wait to be filled in."""
        return len(self._open) - self.is_on_screen

    def call_ended(self, call: LiveCall, now_s: float) -> bool:
        """Begin the form of a call; False: it gets none."""
        if not (self._shell.wraps_up and call.was_connected and call.treatment is Treatment.TALK):
            return False
        marks = [
            f"{clock(at_ms / 1000)}  {words}".rstrip() for at_ms, words in sorted(call.bookmarks.items())
        ]
        notes = "\n".join(filter(None, (call.kept_notes or call.notes, *marks)))
        form = _Open(call.call_id, int((now_s - call.began_s) * 1000), call.who, WrapUp(notes=notes))
        self._open.append(form)
        self._tell(form)
        if self._shell.wrap_up_pause_s and self._bridge.readiness is Readiness.READY:
            self._bridge.set_ready(False)
            self._pause.start(self._shell.wrap_up_pause_s * 1000)
        if self._current is None:
            self._show(form)
        else:
            self.changed.emit()
        return True

    def restore(self) -> None:
        """Look for forms that an earlier run left open: they wait aside."""
        self._shell.spawn(self._restore())

    def put_aside(self) -> None:
        """A call comes, or the agent wants it later: nothing is lost."""
        if self._current is None:
            return
        self.keep()
        self._current = None
        self.changed.emit()

    def show_next(self) -> None:
        """Bring back the form that waits longest."""
        if self._open and self._current is None:
            self._show(self._open[0])

    def save(self, *, is_ready: bool = False) -> None:
        """The agent is done with the form; `is_ready`: the next call may ring, and no report opens."""
        form = self._current
        if form is None:
            return
        form.wrap_up = self.page.form.values(is_saved=True)
        self._timer.stop()
        self._is_due = False
        self._tell(form)
        self._open.remove(form)
        self._current = None
        self._end_pause()
        if is_ready:
            self._bridge.set_ready(True)
        self.changed.emit()
        if not is_ready:
            self.saved.emit(form.call_id)

    def keep(self) -> None:
        """Let the history have what is typed by now."""
        self._timer.stop()
        form, is_due = self._current, self._is_due
        self._is_due = False
        if form is None or not is_due:
            return
        form.wrap_up = self.page.form.values(is_saved=False)
        self._tell(form)
        self._shell.spawn(self._follow_disk(form))

    # Inside.

    def _show(self, form: _Open) -> None:
        self._current = form
        self.page.form.show_form(form.wrap_up, tuple(self._shell.outcomes))
        self.page.tell("")
        self.changed.emit()
        self._shell.spawn(self._fill(form))

    async def _fill(self, form: _Open) -> None:
        """Get the words of the call, and what an AI says about it."""
        try:
            events = await self._shell.read_call(form.call_id)
            report = await self._shell.build_report(events) if events else None
        except CopilotError:
            report, events = None, []
        if report is None or not isValid(self.page) or form is not self._current:
            return
        self.page.show_call(report, events, form.who)
        self._propose(form, report.judgement is not None and bool(report.judgement.judge))
        if report.judgement is not None and report.judgement.judge:
            self.page.form.propose(proposal(report.judgement, self._shell.outcomes))

    def _propose(self, form: _Open, is_judged: bool) -> None:
        if is_judged:
            return
        is_coming = self._shell.is_judging(form.call_id)
        self.page.form.tell_summary(
            self.tr("The AI reads the call. You can write meanwhile.")
            if is_coming
            else self.tr("No summary – write your own")
        )

    def _judged(self, fact: JudgementChanged) -> None:
        form = self._current
        if form is None or fact.call_id != form.call_id:
            return
        if fact.stage is JudgementStage.FAILED:
            self.page.form.tell_summary(self.tr("No summary – write your own"))
        else:
            self._shell.spawn(self._fill_in_proposal(form))

    async def _fill_in_proposal(self, form: _Open) -> None:
        try:
            report = await self._shell.build_report(await self._shell.read_call(form.call_id))
        except CopilotError:
            return
        if not isValid(self.page) or form is not self._current:
            return
        judgement = report.judgement
        self._propose(form, judgement is not None and bool(judgement.judge))
        if judgement is not None and judgement.judge:
            self.page.form.propose(proposal(judgement, self._shell.outcomes))

    def _typed(self) -> None:
        if self._current is None:
            return
        self._is_due = True
        self.page.tell(self.tr("Saving…"))
        if not self._timer.isActive():
            self._timer.start()

    def _tell(self, form: _Open) -> None:
        values = {field.name: getattr(form.wrap_up, field.name) for field in fields(form.wrap_up)}
        self._shell.keep_wrap_up(WrapUpChanged(call_id=form.call_id, at_ms=max(0, form.at_ms), **values))

    async def _follow_disk(self, form: _Open) -> None:
        try:
            await self._shell.flush()
        except CopilotError:
            self._tell_unsaved()
            return
        if isValid(self.page) and form is self._current and not self._is_due:
            self.page.tell(self.tr("✓ Saved"), "success")

    def _tell_unsaved(self) -> None:
        if isValid(self.page):
            self.page.tell(self.tr("✗ Not saved – the disk takes nothing"), "danger")

    def _history_changed(self, fact: HistoryChanged) -> None:
        if fact.is_failing and self._current is not None:
            self._tell_unsaved()

    async def _restore(self) -> None:
        try:
            found = await self._shell.open_wrap_ups()
        except CopilotError:
            return
        known = {form.call_id for form in self._open}
        for fact in found:
            if fact.call_id not in known:
                values = {field.name: getattr(fact, field.name) for field in fields(WrapUp)}
                self._open.append(_Open(fact.call_id, fact.at_ms, "", WrapUp(**values)))
        if found and isValid(self.page):
            self.changed.emit()
            announce(self.page, self.tr("Forms of ended calls wait: {0}").format(self.aside))

    def _end_pause(self) -> None:
        if self._pause.isActive():
            self._pause.stop()
            self._bridge.set_ready(True)
