"""Runs: does an order of the dialog and tells in a `ResultLine` how it goes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import QObject
from shiboken6 import isValid

from copilot_desktop.calls.errors import CopilotError, EngineError
from copilot_desktop.calls.line import LineError
from copilot_desktop.config import ConfigError
from copilot_desktop.ui.settings.door import SettingsDoor
from copilot_desktop.ui.settings.remedies import Remedies, engine_told, offers, told
from copilot_desktop.ui.settings.result_line import ResultLine

Work = Coroutine[Any, Any, str | None]
"""Returns the sentence for its end; empty: there is nothing to tell; None: it told by itself."""


class Runs(QObject):
    """`remedies()` are what buttons under a failure do."""

    def __init__(self, door: SettingsDoor, remedies: Callable[[], Remedies], parent: QObject) -> None:
        super().__init__(parent)
        self._door, self._remedies = door, remedies

    def run(self, line: ResultLine, doing: str, work: Work, *, is_test: bool = False) -> None:
        """Do `work`; `doing` is shown with the seconds. `is_test`: a success is told with its time."""
        line.start(doing)
        job = self._door.spawn(self._run(line, work, is_test))
        if line.is_working:
            line.allow_cancel(job)

    async def _run(self, line: ResultLine, work: Work, is_test: bool) -> None:
        try:
            sentence = await work
        except LineError as error:
            self._fail_line(line, error)
        except EngineError as error:
            self._fail_engine(line, error)
        except OSError as error:
            self._fail(line, error.strerror or str(error))
        except (CopilotError, ConfigError) as error:
            self._fail(line, str(error))
        else:
            if not isValid(line):
                return
            if sentence:
                line.succeed(sentence, is_timed=is_test)
            elif sentence is not None:
                line.clear()

    def _fail(self, line: ResultLine, words: str) -> None:
        if isValid(line):
            line.fail(self.tr("That did not work"), words)

    def _fail_line(self, line: ResultLine, error: LineError) -> None:
        """Say what is wrong with account, number or line, and offer what helps."""
        if not isValid(line):
            return
        message = told(error.problem, self._door)
        line.fail(message.title, message.text, offers(message.remedies, self._remedies()))
        line.setToolTip(self.tr("Number for support: {0}").format(error.code) if error.code else "")

    def _fail_engine(self, line: ResultLine, error: EngineError) -> None:
        """Say why an engine does not work, and offer what helps."""
        if isValid(line):
            message = engine_told(error)
            line.fail(message.title, message.text, offers(message.remedies, self._remedies()))
