"""RingTone: the bell of an incoming call, on the device for it, rising from soft to what was chosen."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, QUrl

from copilot_desktop.ui.widgets.sound_choice import SoundChoices

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QAudioDevice

log = logging.getLogger("copilot.ui")

TONES: Mapping[str, str] = MappingProxyType(
    {"bell": "ring.wav", "marimba": "ring-marimba.wav", "telephone": "ring-telephone.wav"}
)
"""The tones that can be chosen, and their files."""
TONE_S = 3.0
"""How long each is, once through."""
RISE_S = 3.0
_STEP_MS = 50
_BEGIN_DB = -20.0
_FOREVER = -2
"""Qt's own number for it."""


class Bell(Protocol):
    """One sound on one device: as much of a QSoundEffect as is needed."""

    def setVolume(self, volume: float, /) -> None:  # noqa: N802 - Qt's names
        """Be as loud as `volume`, 0 to 1."""
        ...

    def setLoopCount(self, loop_count: int, /) -> None:  # noqa: N802
        """Play so often."""
        ...

    def play(self) -> None:
        """Begin."""
        ...

    def stop(self) -> None:
        """Be silent."""
        ...


Outputs = Callable[[SoundChoices], Sequence["QAudioDevice"]]
MakeBell = Callable[["QAudioDevice", Path, QObject], Bell]


def rise(elapsed_s: float) -> float:
    """Return how loud a ring is so long after its beginning, as a share of what was chosen."""
    done = min(max(elapsed_s / RISE_S, 0.0), 1.0)
    return float(10 ** (_BEGIN_DB * (1 - done) / 20))


def system_output(choices: SoundChoices) -> Sequence[QAudioDevice]:
    """Return what the system plays on, if anything. Raises ImportError where a library is missing."""
    from PySide6.QtMultimedia import QMediaDevices

    output = QMediaDevices.defaultAudioOutput()
    return () if output.isNull() else (output,)


def sound_effect(device: QAudioDevice, wav: Path, parent: QObject) -> Bell:
    """Return a sound that is loaded and waits to be played."""
    from PySide6.QtMultimedia import QSoundEffect

    effect = QSoundEffect(device, parent)
    effect.setSource(QUrl.fromLocalFile(str(wav)))
    return effect


class RingTone(QObject):
    """Rings between `start` and `stop`. Without sound it does nothing and `is_available` says so.

    `sounds` is the folder of the tones; `outputs` gives the devices for what was chosen.
    """

    def __init__(
        self,
        sounds: Path,
        outputs: Outputs = system_output,
        parent: QObject | None = None,
        *,
        make: MakeBell = sound_effect,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._sounds, self._outputs, self._make, self._now_s = sounds, outputs, make, now_s
        self._choices = SoundChoices()
        self._bells: list[Bell] = []
        self._is_prepared = self._is_ringing = self._rises = False
        self._began_s = 0.0
        self._step = QTimer(self)
        self._step.setInterval(_STEP_MS)
        self._step.timeout.connect(self._follow_rise)

    @property
    def is_available(self) -> bool:
        """Whether a ring would be heard; False also before `prepare`."""
        return bool(self._bells)

    def prepare(self) -> None:
        """Load the sound system: a sixth of a second, so not before the window shows."""
        if not self._is_prepared:
            self._is_prepared = True
            self._remake()

    def choose(self, choices: SoundChoices) -> None:
        """Ring as `choices` say: where, how loud, with which tone."""
        old, self._choices = self._choices, choices
        if not self._is_prepared:
            return
        if _place(old) != _place(choices):
            self._remake()
        self._set_loudness()

    def refit(self) -> None:
        """Devices came or went: ring where it can be heard."""
        if self._is_prepared:
            self._remake()

    def start(self) -> None:
        """Ring until stopped, softly at first."""
        self.prepare()
        self._play(loops=_FOREVER, rises=True)

    def ring_once(self) -> bool:
        """Let the tone be heard once, as loud as it gets; False: there is nothing to hear it with."""
        self.prepare()
        self._play(loops=1, rises=False)
        return self.is_available

    def stop(self) -> None:
        """Fall silent, at once. Safe at any time."""
        self._is_ringing = False
        self._step.stop()
        for bell in self._bells:
            bell.stop()

    def _play(self, *, loops: int, rises: bool) -> None:
        self._is_ringing, self._rises, self._began_s = True, rises, self._now_s()
        self._set_loudness()
        for bell in self._bells:
            bell.setLoopCount(loops)
            bell.play()
        if rises:
            self._step.start()

    def _follow_rise(self) -> None:
        self._set_loudness()
        if self._now_s() - self._began_s >= RISE_S:
            self._step.stop()

    def _set_loudness(self) -> None:
        share = rise(self._now_s() - self._began_s) if self._is_ringing and self._rises else 1.0
        for bell in self._bells:
            bell.setVolume(share * min(max(self._choices.ring_volume, 0), 100) / 100)

    def _remake(self) -> None:
        old, self._bells = self._bells, []
        for bell in old:
            bell.stop()
            if isinstance(bell, QObject):
                bell.deleteLater()
        try:
            outputs = self._outputs(self._choices)
        except ImportError:
            log.info("no sound: a system library for audio is missing")
            return
        if not outputs:
            log.info("no sound: there is no audio output")
        wav = self._sounds / TONES.get(self._choices.ring_tone, TONES["bell"])
        self._bells = [self._make(output, wav, self) for output in outputs]
        self._set_loudness()
        if self._is_ringing and self._rises:
            for bell in self._bells:
                bell.setLoopCount(_FOREVER)
                bell.play()


def _place(choices: SoundChoices) -> tuple[str, str, str, bool]:
    """What of the choices needs other sounds, and not only another loudness."""
    return choices.ringer, choices.speaker, choices.ring_tone, choices.rings_in_headset
