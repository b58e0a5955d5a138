"""ExportPanel: what of a call, or of many, goes into which kind of file. Non-modal, remembers its choices."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from copilot_desktop.report.choice import WITH_RECORDING, ExportChoice, ExportFormat, Paper
from copilot_desktop.ui.export.paper import default_paper
from copilot_desktop.ui.live.bands import PracticeBand
from copilot_desktop.ui.widgets.theme import Theme, label, set_look

_PRINTED = frozenset({ExportFormat.PDF, ExportFormat.HTML})
_WIDTH_PX = 460


class ExportPanel(QDialog):
    """Asks for one call, or for `count` of them. Each is a panel of its own, made anew.

    `chosen` carries an `ExportChoice`. `stopped`: no further file shall be written.
    """

    chosen = Signal(object)
    stopped = Signal()

    def __init__(
        self,
        theme: Theme,
        preferences: QSettings,
        parent: QWidget | None = None,
        *,
        count: int = 1,
        is_practice: bool = False,
        has_recording: bool = True,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("exportPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.NonModal)
        self._theme, self._preferences = theme, preferences
        self._count, self._has_recording = count, has_recording
        self._is_running = False
        many = self.tr("Export {0} calls").format(count)
        self.setWindowTitle(many if count > 1 else self.tr("Export report"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        if is_practice:
            column.addWidget(PracticeBand(theme, self.tr("PRACTICE – nobody real called")))
        self._page = page = QWidget()
        page.setObjectName("pageBody")
        body = QVBoxLayout(page)
        body.setContentsMargins(24, 20, 24, 8)
        body.setSpacing(8)
        body.addWidget(label(self.windowTitle(), "sheetHeading"))
        self._formats = self._build_formats(body)
        self._build_contents(body)
        self._area = QScrollArea()
        self._area.setAccessibleName(self.windowTitle())
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidgetResizable(True)
        self._area.setWidget(page)
        column.addWidget(self._area, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(24, 4, 24, 20)
        column.addLayout(foot)
        self._build_progress(foot)
        self._build_buttons(foot)
        self._recall()
        self._follow()
        self._fit()

    @property
    def choice(self) -> ExportChoice:
        """What is chosen now."""
        return ExportChoice(
            format=self._format,
            shows_names=self.names_box.isChecked(),
            is_redacted=self.hidden_box.isChecked(),
            with_recording=self.recording_box.isEnabled() and self.recording_box.isChecked(),
            paper=Paper(self.paper_box.currentData()),
        )

    def show_progress(self, done: int, all: int) -> None:
        """So many of all are written; the choice stands fast meanwhile."""
        self._run(True)
        self.progress.setMaximum(all)
        self.progress.setValue(done)
        words = self.tr("{0} of {1} written").format(done, all)
        self._state.setText(words)
        self.progress.setAccessibleDescription(words)

    def show_end(self, words: str, tone: str = "success") -> None:
        """It is over: `words` say how it went, in the look of `tone`."""
        self._run(False)
        self._state.setText(words)
        set_look(self._state, "tone", tone)
        self._state.show()

    def showEvent(self, event: QShowEvent) -> None:
        self._fit()  # Only now the style is known.
        super().showEvent(event)
        self._formats[self._format].setFocus(Qt.FocusReason.OtherFocusReason)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._is_running:
            self.stopped.emit()
        super().closeEvent(event)

    def reject(self) -> None:
        """Esc and Cancel: stop what is being written, else go away."""
        if self._is_running:
            self.stopped.emit()
        else:
            self.close()

    def _fit(self) -> None:
        """Be as large as the words want, but never larger than the screen."""
        page = self._page
        page.ensurePolished()
        self.setMinimumWidth(max(self._theme.px(_WIDTH_PX), page.minimumSizeHint().width()))
        room = self.screen().availableSize()
        wanted = self.sizeHint().expandedTo(self.minimumSize())
        wanted.setHeight(wanted.height() - self._area.sizeHint().height() + page.sizeHint().height())
        self.resize(wanted.boundedTo(room))

    # Building.

    def _build_formats(self, body: QVBoxLayout) -> dict[ExportFormat, QRadioButton]:
        words = {
            ExportFormat.PDF: self.tr("PDF – to print and to pass on"),
            ExportFormat.HTML: self.tr("HTML – one file for any browser"),
            ExportFormat.TXT: self.tr("TXT – the transcript as plain text"),
            ExportFormat.CSV: self.tr("CSV – the facts, one line a call, for spreadsheets"),
            ExportFormat.JSON: self.tr("JSON – everything, for programs"),
        }
        group = QButtonGroup(self)
        buttons: dict[ExportFormat, QRadioButton] = {}
        for format, text in words.items():
            button = QRadioButton(text)
            button.setObjectName(f"export_{format}")
            button.setAccessibleName(text)
            button.toggled.connect(self._follow)
            group.addButton(button)
            body.addWidget(button)
            buttons[format] = button
        return buttons

    def _build_contents(self, body: QVBoxLayout) -> None:
        body.addSpacing(8)
        self.names_box = self._box("exportNames", self.tr("Show names and phone numbers"))
        self.hidden_box = self._box("exportHidden", self.tr("Hide private numbers in the words"))
        which = self.tr("Card, bank, e-mail and phone; chosen in the settings under Privacy")
        self.hidden_box.setToolTip(which)
        self.hidden_box.setAccessibleDescription(which)
        self.recording_box = self._box("exportRecording", self.tr("With the recording"))
        self._sound_words = label("", "muted")
        self._sound_words.setWordWrap(True)
        self.paper_box = QComboBox()
        self.paper_box.setObjectName("exportPaper")
        self.paper_box.setAccessibleName(self.tr("Paper"))
        for paper in Paper:
            self.paper_box.addItem(paper.value, paper.value)
        row = QHBoxLayout()
        self._paper_words = label(self.tr("Paper"), "plain")
        row.addWidget(self._paper_words)
        row.addWidget(self.paper_box)
        row.addStretch(1)
        for widget in (self.names_box, self.hidden_box, self.recording_box, self._sound_words):
            body.addWidget(widget)
        body.addLayout(row)

    def _build_progress(self, body: QVBoxLayout) -> None:
        self.progress = QProgressBar()
        self.progress.setObjectName("exportProgress")
        self.progress.setAccessibleName(self.tr("Files written"))
        self.progress.setTextVisible(False)
        self.progress.hide()
        self._state = label("", "muted")
        self._state.setObjectName("exportPanelState")
        self._state.setWordWrap(True)
        self._state.hide()
        body.addSpacing(8)
        body.addWidget(self.progress)
        body.addWidget(self._state)

    def _build_buttons(self, body: QVBoxLayout) -> None:
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setObjectName("exportCancel")
        self.cancel_button.setAccessibleName(self.tr("Cancel"))
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self.reject)
        self.save_button = QPushButton(self.tr("Save…"))
        self.save_button.setObjectName("exportSave")
        self.save_button.setAccessibleName(self.tr("Save, choose where"))
        self.save_button.setProperty("role", "primary")
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self._choose)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.save_button)
        body.addSpacing(8)
        body.addLayout(row)

    def _box(self, name: str, text: str) -> QCheckBox:
        box = QCheckBox(text)
        box.setObjectName(name)
        box.setAccessibleName(text)
        box.toggled.connect(self._follow)
        return box

    # Following the choice.

    @property
    def _format(self) -> ExportFormat:
        return next((format for format, each in self._formats.items() if each.isChecked()), ExportFormat.PDF)

    def _follow(self) -> None:
        if not hasattr(self, "save_button"):
            return  # Still being built.
        reason = self._why_no_sound()
        self.recording_box.setEnabled(not reason and not self._is_running)
        inside = self.tr("The sound goes into the file and plays there; quotes lead to their place in it.")
        beside = self.tr("The sound is saved as WAV beside the file.")
        words = reason or (inside if self._format is ExportFormat.HTML else beside)
        self._sound_words.setText(words)
        self.recording_box.setAccessibleDescription(words)
        has_paper = self._format in _PRINTED
        self.paper_box.setEnabled(has_paper and not self._is_running)
        self._paper_words.setEnabled(has_paper)

    def _why_no_sound(self) -> str:
        if not self._has_recording:
            return self.tr("There is no recording.")
        if self._format not in WITH_RECORDING:
            return self.tr("A table has no sound.")
        if not self.names_box.isChecked():
            return self.tr("A recording says the names aloud, so it stays here.")
        return ""

    def _run(self, is_running: bool) -> None:
        is_new, self._is_running = is_running != self._is_running, is_running
        self.progress.setVisible(is_running)
        self._state.setVisible(is_running)
        set_look(self._state, "tone", "muted")
        for widget in (*self._formats.values(), self.names_box, self.hidden_box, self.save_button):
            widget.setEnabled(not is_running)
        self.cancel_button.setText(self.tr("Stop") if is_running else self.tr("Close"))
        self.cancel_button.setAccessibleName(self.cancel_button.text())
        self._follow()
        if is_new:
            self._fit()

    def _choose(self) -> None:
        self._remember()
        self.chosen.emit(self.choice)

    def _remember(self) -> None:
        choice, kept = self.choice, self._preferences
        kept.setValue("export/format", choice.format.value)
        kept.setValue("export/names", choice.shows_names)
        kept.setValue("export/hidden", choice.is_redacted)
        kept.setValue("export/recording", self.recording_box.isChecked())
        kept.setValue("export/paper", choice.paper.value)

    def _recall(self) -> None:
        kept = self._preferences
        format = str(kept.value("export/format", ""))
        known = format if format in {each.value for each in ExportFormat} else ExportFormat.PDF.value
        self._formats[ExportFormat(known)].setChecked(True)
        self.names_box.setChecked(_is_yes(kept, "export/names", True))
        self.hidden_box.setChecked(_is_yes(kept, "export/hidden", True))
        self.recording_box.setChecked(_is_yes(kept, "export/recording", False))
        paper = self.paper_box.findData(kept.value("export/paper", default_paper().value))
        self.paper_box.setCurrentIndex(max(0, paper))


def _is_yes(kept: QSettings, name: str, otherwise: bool) -> bool:
    """QSettings gives back words where yes and no were put in."""
    return str(kept.value(name, otherwise)).lower() == "true"
