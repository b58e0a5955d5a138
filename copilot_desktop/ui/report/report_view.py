"""ReportView: one call on one page: numbers, timeline, facts, every word, and the way to paper."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import (
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.calls.events import CallEvent, CallId, JudgementChanged, JudgementStage
from copilot_desktop.report.model import CallReport
from copilot_desktop.report.parts import with_parts
from copilot_desktop.ui.export.exporter import Exporter
from copilot_desktop.ui.live.bands import PracticeBand
from copilot_desktop.ui.report.facts_view import FactsView
from copilot_desktop.ui.report.judgement_view import JudgementView
from copilot_desktop.ui.report.player import CallPlayer, PlayerState
from copilot_desktop.ui.report.report_head import ReportHead
from copilot_desktop.ui.report.report_parts import ReportParts
from copilot_desktop.ui.report.report_player import PlayerPlace, ReportPlayer
from copilot_desktop.ui.shell import Shell
from copilot_desktop.ui.transcript.transcript_model import TranscriptModel
from copilot_desktop.ui.transcript.transcript_view import TranscriptView
from copilot_desktop.ui.widgets.announce import announce
from copilot_desktop.ui.widgets.buttons import beside_icon
from copilot_desktop.ui.widgets.sound_choice import SoundChoices
from copilot_desktop.ui.widgets.strip import Strip
from copilot_desktop.ui.widgets.theme import Theme, label, set_look
from copilot_desktop.ui.widgets.wording import phone_number

_TILES_PX, _LANES_PX = 660, 500
"""Heights of the page, at 100 % text, from which on there is room for the numbers as tiles, and for lanes."""


class ReportView(QWidget):
    """Reads one call through the shell. `titled` carries the words for its tab."""

    titled = Signal(str)

    def __init__(self, theme: Theme, shell: Shell, call_id: CallId, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reportView")
        self.call_id = call_id
        self._theme, self._shell = theme, shell
        self.title = ""
        self._is_play_wanted = False
        self._report: CallReport | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.head: ReportHead | None = None
        self.facts: FactsView | None = None
        sound = SoundChoices.load(shell.preferences)
        self.player = CallPlayer(self, device=sound.speaker)
        self.player.set_volume(sound.speaker_volume / 100)
        self.player.changed.connect(self._follow_player)
        self.player.moved.connect(self._follow_player)
        self.destroyed.connect(self.player.close)
        self._parts = ReportParts(shell, self.player, self)
        self._parts.came.connect(self._take)
        self._parts.progressed.connect(self._show_progress)
        self.recording = ReportPlayer(theme, self.player)
        self.recording.moment_asked.connect(self._play)
        self._place = PlayerPlace(self.recording)
        self._waiting = label(self.tr("Measuring the call…"), "empty")
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column.addWidget(self._waiting)
        self.transcript: TranscriptView | None = None
        self.judgement = JudgementView()
        self.judgement.moment_asked.connect(self._play)
        self.judgement.judge_asked.connect(self._judge)
        self.judgement.objected.connect(self._object)
        self._objected = ""
        """The criterion to which the agent has objected: the focus comes back to it."""
        self.export_strip = Strip(theme, "exportStrip")
        self._column.addWidget(self.export_strip)
        self._caution = label("", "caution")
        self._caution.setObjectName("reportCaution")
        self._caution.setWordWrap(True)
        self._caution.hide()
        self._state = label("", "muted")
        self._state.setObjectName("exportState")
        self.export_button = QPushButton(beside_icon(self.tr("Export")))
        self.exporter = Exporter(self, theme, shell, self.export_strip, self._say)
        self._shell.spawn(self._load())

    @property
    def report(self) -> CallReport | None:
        """The report on screen; None until it is measured."""
        return self._report

    def choose_export(self) -> None:
        """Open the panel that asks what of the call goes where."""
        if self._report is not None:
            self.exporter.ask_for_report(self._report)

    def judgement_changed(self, fact: JudgementChanged) -> None:
        """The judgement of a call has begun, come, or changed; that of another call is not ours."""
        if fact.call_id != self.call_id:
            return
        if fact.stage is JudgementStage.FAILED:
            announce(self, self.tr("The call could not be judged"))
        self._shell.spawn(self._renew_judgement())

    async def _renew_judgement(self) -> None:
        if self._report is None:
            return
        try:
            judged = await self._shell.build_report(await self._shell.read_call(self.call_id))
        except CopilotError:
            return
        # The tab may have been closed meanwhile.
        if isValid(self):
            self._report = with_parts(judged, self._report)
            self._show_judgement(self._report)
            self._show_progress()

    def _show_judgement(self, report: CallReport) -> None:
        is_running = self._shell.is_judging(self.call_id)
        self.judgement.show_report(report, can_judge=self._shell.can_judge(), is_running=is_running)
        if self._objected:
            self.judgement.focus_answer(self._objected)
            self._objected = ""

    def _judge(self) -> None:
        self._shell.spawn(self._order(self._shell.judge_call(self.call_id)))

    def _object(self, criterion: str, answer: str, reason: str) -> None:
        self._objected = criterion
        self._shell.spawn(self._order(self._shell.object_to(self.call_id, criterion, answer, reason)))

    async def _order(self, order: Coroutine[Any, Any, None]) -> None:
        try:
            await order
        except CopilotError as error:
            if isValid(self):
                self._say(str(error), "danger")

    async def _load(self) -> None:
        try:
            events = await self._shell.read_call(self.call_id)
            report = await self._shell.build_report(events) if events else None
        except CopilotError:
            report, events = None, []
        if report is None:
            self._waiting.setText(self.tr("This call could not be read from the history."))
            return
        if isValid(self):
            await self._show(report, events)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def hideEvent(self, event: QHideEvent) -> None:
        # Another page, or a call: nobody listens to this any more.
        super().hideEvent(event)
        self.player.pause()

    def _make_room(self) -> None:
        """Numbers and words first: in a small window with large text the drawing gives way."""
        if self.head is not None:
            self.head.make_room(self.height() >= _TILES_PX * self._theme.scale)
            self.recording.make_room(self.height() >= _LANES_PX * self._theme.scale)

    def _say(self, text: str, tone: str) -> None:
        self._state.setText(text)
        set_look(self._state, "tone", tone)

    # Building, once the report is there.

    async def _show(self, report: CallReport, events: Sequence[CallEvent]) -> None:
        """Build the page piece by piece: a call of an hour must not hold up another."""
        self._waiting.hide()
        if report.is_practice:
            band = PracticeBand(self._theme, self.tr("PRACTICE – nobody real called"))
            self._column.addWidget(band)
        self._dress_export()
        self.head = ReportHead(self._theme, report, self._state, self.export_button)
        self._column.addWidget(self.head)
        if report.conversation is None:
            self._show_missed()
        elif not await self._show_talk(report, events):
            return
        self._report = report
        if report.conversation is not None:
            self._show_parts(report)
            self._shell.spawn(self._parts.fill(report))
        self._make_room()
        self.title = phone_number(report.caller)
        self.titled.emit(self.title)
        announce(self, self.tr("Report ready"))

    async def _show_talk(self, report: CallReport, events: Sequence[CallEvent]) -> bool:
        """Return whether the page is still there at the end."""
        steps: tuple[Callable[[], None], ...] = (
            lambda: self._show_judgement(report),
            lambda: self._show_transcript(events),
            lambda: self._show_facts(report),
            self._show_body,
            lambda: self._place_beside(self.facts, 2),
            lambda: self._place_beside(self.transcript, 3),
        )
        for step in steps:
            await self._shell.pause()
            if not isValid(self):
                return False
            step()
        await self._shell.pause()
        return isValid(self)

    def _dress_export(self) -> None:
        self.export_button.setObjectName("exportButton")
        self.export_button.setAccessibleName(self.tr("Export report, Ctrl+Shift+E"))
        self.export_button.setToolTip(self.tr("Export report  Ctrl+Shift+E"))
        self._theme.set_icon(self.export_button, "export")
        self.export_button.clicked.connect(self.choose_export)

    def _show_missed(self) -> None:
        for text, look in (
            (self.tr("No report for missed calls"), "cardTitle"),
            (self.tr("Nobody spoke with the caller: there is nothing to measure or to hear."), "muted"),
        ):
            line = label(text, look)
            line.setAlignment(Qt.AlignmentFlag.AlignCenter)
            line.setWordWrap(True)
            self._column.addWidget(line)
        self._column.addStretch(1)

    def _show_parts(self, report: CallReport) -> None:
        """Draw what is there by now."""
        self._caution.setText(report.caution)
        self._caution.setVisible(bool(report.caution))
        self.recording.show_report(report)
        if self.facts is not None:
            self.facts.renew(report)

    def _show_transcript(self, events: Sequence[CallEvent]) -> None:
        self.transcript = TranscriptView(self._theme, is_live=False)
        self.transcript.show_transcript(TranscriptModel(events))
        self.transcript.list.show_first()

    def _show_facts(self, report: CallReport) -> None:
        self.facts = FactsView(report, above=self.judgement)
        self.facts.moment_asked.connect(self._play)

    def _show_body(self) -> None:
        self._column.addWidget(self._caution)
        self._column.addWidget(self._place)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(1)
        self._column.addWidget(self._split, 1)

    def _place_beside(self, part: QWidget | None, stretch: int) -> None:
        """Styling a hundred labels takes its time, so one part after the other."""
        assert part is not None
        self._split.addWidget(part)
        self._split.setStretchFactor(self._split.count() - 1, stretch)
        self._split.setSizes([420, 640][: self._split.count()])

    # What comes later than the facts.

    def _take(self, report: CallReport) -> None:
        """Another part is there; the judgement may have come meanwhile."""
        if self._report is None:
            return
        self._report = with_parts(self._report, report)
        self._show_parts(self._report)
        if self.transcript is not None:
            self.transcript.menu.play = self._play if self.player.can_play else None

    def _show_progress(self) -> None:
        if self.head is None:
            return
        words = self._parts.words
        if words or self._shell.is_judging(self.call_id):
            self.head.show_progress(words or self.tr("The AI is judging…"))
        else:
            self.head.show_done()

    # Playing.

    def _play(self, at_ms: int) -> None:
        """Go to a moment of the call, and let it be heard if there is a recording."""
        if self.transcript is not None:
            self.transcript.show_moment(at_ms)
        if self.player.can_play:
            self.player.play_from(at_ms)

    def play_when_ready(self) -> None:
        """Let the whole recording be heard as soon as it is found, if there is one."""
        self._is_play_wanted = not self.player.can_play
        if self.player.can_play:
            self.player.play()

    def _follow_player(self) -> None:
        if self._is_play_wanted and self.player.can_play:
            self._is_play_wanted = False
            self.player.play()
        if self.transcript is not None:
            is_playing = self.player.state is PlayerState.PLAYING
            self.transcript.show_playing(self.player.at_ms if is_playing else None)
