"""PlayerBar: the controls over a call's recording, and in words why there may be none."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QVBoxLayout,
    QWidget,
)

from copilot_desktop.calls.events import RecordingCause
from copilot_desktop.ui.report.player import SKIP_MS, CallPlayer, PlayerState
from copilot_desktop.ui.report.player_feed import SPEEDS, Voices
from copilot_desktop.ui.widgets.theme import Theme, label, set_look
from copilot_desktop.ui.widgets.wording import clock

_VOLUME_PX = 80


class TimeSlider(QSlider):
    """A press on its groove goes there at once."""

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        groove = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderGroove, self
        )
        value = QStyle.sliderValueFromPosition(
            self.minimum(), self.maximum(), round(event.position().x()) - groove.x(), groove.width()
        )
        self.setValue(value)
        super().mousePressEvent(event)


class PlayerBar(QWidget):
    """Follows a `CallPlayer`, and gives it orders. Left and Right skip while its buttons have the focus."""

    def __init__(self, theme: Theme, player: CallPlayer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("playerBar")
        self.setAccessibleName(self.tr("Recording"))
        self._theme, self._player = theme, player
        self._build_buttons()
        self._build_choices()
        self.note = label("", "small")
        self.note.setObjectName("playerNote")
        self.note.setWordWrap(True)
        self._lay_out()
        player.moved.connect(self._show_time)
        player.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Draw what the player can do."""
        state = self._player.state
        is_playing = state is PlayerState.PLAYING
        is_lost = state in (PlayerState.NOT_RECORDED, PlayerState.ELSEWHERE, PlayerState.MISSING)
        for widget in (*self._keyed, self._more, self.time):
            widget.setEnabled(self._player.can_play)
            # Words alone: a row of dead controls would only take room.
            widget.setVisible(not is_lost)
        name = self.tr("Pause") if is_playing else self.tr("Play")
        self.play_button.setText(f" {name}")
        self.play_button.setAccessibleName(self.tr("{0} the recording, Space").format(name))
        self.play_button.setToolTip(self.tr("{0}  Space").format(name))
        self.play_button.setIcon(self._theme.icon("pause" if is_playing else "play"))
        with QSignalBlocker(self.slider):
            self.slider.setRange(self._player.first_ms, max(self._player.last_ms, self._player.first_ms))
        self._show_time(self._player.at_ms)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            # A button that skips does what it says, also by Space.
            is_own = event.key() == Qt.Key.Key_Space and watched in (self.back, self.forward)
            if not is_own and self._player.can_play and obey(self._player, event):
                return True
        return super().eventFilter(watched, event)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """In two lines, if there is no other way."""
        width = max(self._first.minimumSize().width(), self._more.sizeHint().width())
        width = width if self._player.can_play else 0
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fold()

    # Building.

    def _build_buttons(self) -> None:
        self.play_button = QPushButton()
        self.play_button.setObjectName("playButton")
        self.play_button.setProperty("look", "slim")
        self.play_button.clicked.connect(self._player.toggle)
        self._theme.follow(self.play_button, self._show_icon)
        self.time = QLabel("")
        self.time.setObjectName("playerTime")
        self.time.setProperty("look", "factValue")
        self.time.setContentsMargins(0, 0, 2, 0)
        self.slider = TimeSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("playerSlider")
        self.slider.setAccessibleName(self.tr("Place in the recording"))
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.slider.setMinimumWidth(120)
        self.slider.setPageStep(30_000)
        self.slider.valueChanged.connect(self._player.seek)
        self.back = self._skip_button(self.tr("−5 s"), self.tr("5 seconds back"), "backButton", -SKIP_MS)
        self.forward = self._skip_button(self.tr("+5 s"), self.tr("5 seconds on"), "forwardButton", SKIP_MS)
        self._keyed = (self.play_button, self.slider, self.back, self.forward)
        for widget in self._keyed:
            widget.installEventFilter(self)

    def _skip_button(self, words: str, name: str, id: str, by_ms: int) -> QPushButton:
        button = QPushButton(words)
        button.setObjectName(id)
        button.setProperty("look", "slim")
        button.setAccessibleName(name)
        button.setToolTip(f"{name}  {'←' if by_ms < 0 else '→'}")
        button.clicked.connect(lambda: self._player.skip(by_ms))
        return button

    def _build_choices(self) -> None:
        self.speed = QComboBox()
        self.speed.setObjectName("playerSpeed")
        self.speed.setAccessibleName(self.tr("Speed; the pitch stays"))
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g}×", speed)
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.currentIndexChanged.connect(lambda row: self._player.set_speed(SPEEDS[row]))
        self.voices = QComboBox()
        self.voices.setObjectName("playerVoices")
        self.voices.setAccessibleName(self.tr("Whom to hear"))
        names = {
            Voices.BOTH: self.tr("Both sides"),
            Voices.CALLER: self.tr("Caller only"),
            Voices.STAFF: self.tr("Our side only"),
        }
        for voices, name in names.items():
            self.voices.addItem(name, voices.value)
        chosen = self.voices
        chosen.currentIndexChanged.connect(lambda: self._player.set_voices(Voices(chosen.currentData())))
        self.volume = QSlider(Qt.Orientation.Horizontal)
        self.volume.setObjectName("playerVolume")
        self.volume.setAccessibleName(self.tr("Volume of the recording"))
        self.volume.setToolTip(self.tr("Volume"))
        self.volume.setRange(0, 100)
        self.volume.setPageStep(10)
        self.volume.setValue(round(100 * self._player.volume))
        self.volume.setFixedWidth(_VOLUME_PX)
        self.volume.valueChanged.connect(lambda value: self._player.set_volume(value / 100))

    def _lay_out(self) -> None:
        sign = QLabel()
        self._theme.follow(sign, lambda: sign.setPixmap(self._theme.pixmap("volume", "muted", 18)))
        self._more = QWidget()
        choices = QHBoxLayout(self._more)
        choices.setContentsMargins(0, 0, 0, 0)
        choices.setSpacing(8)
        for widget in (self.back, self.forward, self.speed, self.voices, sign, self.volume):
            choices.addWidget(widget)
        self._first = QHBoxLayout()
        self._first.setSpacing(12)
        self._first.addWidget(self.play_button)
        self._first.addWidget(self.time)
        self._first.addWidget(self.slider, 1)
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._rows.setSpacing(8)
        self._rows.addLayout(self._first, 1)
        self._rows.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(self._rows)
        column.addWidget(self.note)

    def _fold(self) -> None:
        """Put what is needed less under the rest, where one line is too short for both."""
        needed = self._first.minimumSize().width() + self._more.sizeHint().width() + 8
        along, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._rows.setDirection(along if self.width() >= needed else down)

    # What is shown.

    def _show_icon(self) -> None:
        is_playing = self._player.state is PlayerState.PLAYING
        self.play_button.setIcon(self._theme.icon("pause" if is_playing else "play"))

    def _show_time(self, at_ms: int) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(at_ms)
        end = clock(self._player.last_ms / 1000)
        self.time.setText(f"{clock(at_ms / 1000)} / {end}")
        self.time.setAccessibleName(self.tr("{0} of {1}").format(clock(at_ms / 1000), end))
        words, tone = self._words()
        if words != self.note.text():
            self.note.setText(words)
            set_look(self.note, "tone", tone)
        self.note.setVisible(bool(words))

    def _words(self) -> tuple[str, str]:
        """Return what there is to say besides, and how."""
        match self._player.state:
            case PlayerState.LOADING:
                return self.tr("Looking for the recording…"), "muted"
            case PlayerState.NOT_RECORDED:
                return self.tr("This call was not recorded. Transcript and facts are complete."), "muted"
            case PlayerState.ELSEWHERE:
                return self.tr("The recording is on the other desk."), "muted"
            case PlayerState.MISSING:
                words = self.tr("Recording missing: the file was deleted, moved, or cannot be read.")
                return words, "warning"
            case PlayerState.NO_SOUND:
                return (
                    self.tr("No sound: connect headphones or speakers, then press Play again."),
                    "warning",
                )
            case _:
                return self._cut_words(), "muted"

    def _cut_words(self) -> str:
        cut = self._player.cut
        if cut is None or self._player.asked_ms is None:
            return ""
        if cut.cause is RecordingCause.CALL_BEGAN:
            return self.tr("The caller is recorded only from {0} on, after the notice.").format(
                clock(cut.end_ms / 1000)
            )
        reasons = {
            RecordingCause.CARD_NUMBER: self.tr("card number"),
            RecordingCause.AGENT: self.tr("paused by you"),
            RecordingCause.NOTICE_FAILED: self.tr("the notice was not given"),
        }
        reason = reasons.get(cut.cause, self.tr("paused"))
        return self.tr("Recording cut here, {0} to {1} ({2}).").format(
            clock(cut.at_ms / 1000), clock(cut.end_ms / 1000), reason
        )


def obey(player: CallPlayer, event: QKeyEvent) -> bool:
    """Do what a key of the player means; False: it is none."""
    if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return False
    match event.key():
        case Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                player.toggle()
        case Qt.Key.Key_Left:
            player.skip(-SKIP_MS)
        case Qt.Key.Key_Right:
            player.skip(SKIP_MS)
        case _:
            return False
    return True
