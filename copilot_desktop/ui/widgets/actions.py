"""Actions: everything the agent can order by key, button or menu, in one registry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, QSettings, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence


def _mark(text: str) -> str:
    """Mark a text of the tables below for translation; `translated` looks it up."""
    return text


_KEYS_GROUP = "shortcuts"

MENUS = (
    ("call", _mark("Call")),
    ("answer", _mark("Answers and suggestions")),
    ("view", _mark("View")),
    ("help", _mark("Help")),
)


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action: its name in the code, its words, its keys, its menu, and when it works, in words."""

    name: str
    text: str
    keys: tuple[str, ...]
    menu: str
    works: str
    icon: str = ""


def _spec(name: str, text: str, keys: str, menu: str, works: str, icon: str = "") -> ActionSpec:
    return ActionSpec(name, text, tuple(keys.split(" / ")) if keys else (), menu, works, icon)


_RINGING = _mark("while it rings")
_CALL = _mark("in a call")
_TAKEN = _mark("while you are live")
_SECOND = _mark("when a second call rings")
_SEVERAL = _mark("with several calls")
_APPROVE = _mark("in “I approve”")
_ALWAYS = _mark("always")
_FOCUSED = _mark("on a suggestion that has the focus")
_IDLE = _mark("between calls")
_REPORT = _mark("in a report")
_WRAP_UP = _mark("after a call")

SPECS: tuple[ActionSpec, ...] = (
    _spec("answer", _mark("Answer"), "F2", "call", _RINGING, "answer"),
    _spec("answer_myself", _mark("Answer and I speak"), "Ctrl+F2", "call", _RINGING, "mic"),
    _spec("decline", _mark("Decline"), "Shift+F2", "call", _RINGING, "hang-up"),
    _spec("take_over", _mark("Take over now"), "F8", "call", _CALL, "take-over"),
    _spec("hand_back", _mark("Hand back to the AI…"), "Shift+F8", "call", _TAKEN, "hand-back"),
    _spec("mute", _mark("Mute / unmute me"), "F7", "call", _TAKEN, "mic-off"),
    _spec("hold", _mark("Hold / resume"), "F9", "call", _CALL, "hold"),
    _spec("keypad", _mark("Keypad"), "Ctrl+K", "call", _CALL, "keypad"),
    _spec("pause_recording", _mark("Pause / resume recording"), "Ctrl+Shift+P", "call", _CALL, "record"),
    _spec("bookmark", _mark("Bookmark this moment"), "Ctrl+B", "call", _CALL, "bookmark"),
    _spec("notes", _mark("Write notes"), "", "call", _CALL, "edit"),
    _spec("transfer", _mark("Pass the call on…"), "Ctrl+Shift+F", "call", _CALL, "transfer"),
    _spec("hang_up", _mark("Hang up"), "Ctrl+F12", "call", _CALL, "hang-up"),
    _spec("answer_second", _mark("Hold this call and answer"), "Ctrl+Shift+F2", "call", _SECOND, "answer"),
    _spec("next_call", _mark("Next call"), "Ctrl+F6", "call", _SEVERAL, "next"),
    _spec("wrap_up_save", _mark("Save the wrap-up"), "Ctrl+Enter / Ctrl+Return", "call", _WRAP_UP, "check"),
    _spec("wrap_up_ready", _mark("Save the wrap-up and be ready"), "Ctrl+Shift+N", "call", _WRAP_UP),
    _spec("ready", _mark("Ready / not ready"), "Ctrl+Shift+R", "call", _ALWAYS, "answer"),
    _spec("practice", _mark("Start a practice call"), "Ctrl+Shift+T", "call", _IDLE, "practice"),
    _spec("stop_talking", _mark("Stop what the AI says"), "Ctrl+.", "answer", _CALL, "stop"),
    _spec("approve", _mark("I approve every sentence"), "Ctrl+Shift+A", "answer", _CALL),
    _spec("ai_speaks", _mark("AI speaks"), "Ctrl+Shift+S", "answer", _CALL),
    _spec("confirm", _mark("Say the draft"), "Ctrl+Enter / Ctrl+Return", "answer", _APPROVE, "check"),
    _spec("edit", _mark("Edit the draft"), "Ctrl+E", "answer", _APPROVE, "edit"),
    _spec("skip", _mark("Skip the draft"), "Ctrl+Shift+X", "answer", _APPROVE, "skip"),
    _spec("another", _mark("Another draft"), "Ctrl+R", "answer", _APPROVE, "next"),
    _spec("use_1", _mark("Use suggestion 1"), "Ctrl+1", "answer", _CALL),
    _spec("use_2", _mark("Use suggestion 2"), "Ctrl+2", "answer", _CALL),
    _spec("use_3", _mark("Use suggestion 3"), "Ctrl+3", "answer", _CALL),
    _spec("dismiss", _mark("Dismiss this suggestion"), "Delete", "answer", _FOCUSED, "skip"),
    _spec("type", _mark("Type a sentence to be said"), "Ctrl+T", "answer", _CALL, "keyboard"),
    _spec("guide", _mark("Private note to the AI"), "Ctrl+G", "answer", _CALL, "private"),
    _spec("knowledge", _mark("Ask your documents"), "Ctrl+J", "answer", _ALWAYS, "search"),
    _spec(
        "read_last", _mark("Read the caller’s last sentence aloud"), "Ctrl+Shift+L", "answer", _CALL, "ear"
    ),
    _spec("desk", _mark("Call desk"), "Ctrl+Shift+C", "view", _ALWAYS),
    _spec("history", _mark("History"), "Ctrl+Shift+Y", "view", _ALWAYS, "history"),
    _spec("trends", _mark("Trends"), "Ctrl+Shift+D", "view", _ALWAYS),
    _spec("settings", _mark("Settings…"), "Ctrl+,", "view", _ALWAYS, "settings"),
    _spec("find", _mark("Find"), "Ctrl+F", "view", _ALWAYS, "search"),
    _spec("jump", _mark("Jump to now"), "Ctrl+End", "view", _CALL, "down"),
    _spec("export", _mark("Export report…"), "Ctrl+Shift+E", "view", _REPORT, "export"),
    _spec("next_pane", _mark("Next pane"), "F6", "view", _ALWAYS),
    _spec("previous_pane", _mark("Previous pane"), "Shift+F6", "view", _ALWAYS),
    _spec("larger", _mark("Text larger"), "Ctrl++ / Ctrl+=", "view", _ALWAYS),
    _spec("smaller", _mark("Text smaller"), "Ctrl+-", "view", _ALWAYS),
    _spec("normal_size", _mark("Text normal"), "Ctrl+0", "view", _ALWAYS),
    _spec("shortcuts", _mark("All shortcuts"), "F1", "help", _ALWAYS, "help"),
    _spec("quit", _mark("Quit"), "Ctrl+Q", "help", _ALWAYS),
)

_TAKE_TURNS = frozenset({"confirm", "wrap_up_save"})
"""Of these only one works at a time."""


def clash(names: Iterable[str]) -> bool:
    """Return whether these actions must not have one key together."""
    owners = set(names)
    return len(owners) > 1 and not owners <= _TAKE_TURNS


def translated(text: str) -> str:
    """Return one of this module's texts in the user's language."""
    return QCoreApplication.translate("actions", text)


class Actions(QObject):
    """The QActions of `SPECS`, by name. A held key never repeats an order.

    Keys that were chosen are kept in `preferences` under `shortcuts/`.
    """

    keys_changed = Signal()

    def __init__(self, parent: QObject | None = None, preferences: QSettings | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._reasons: dict[str, str] = {}
        self.by_name: dict[str, QAction] = {spec.name: self._build(spec) for spec in SPECS}

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def keys(self, name: str) -> str:
        """Return the first shortcut of an action as people read it; empty without one."""
        return self.by_name[name].shortcut().toString(QKeySequence.SequenceFormat.NativeText)

    def set_keys(self, name: str, sequence: str) -> None:
        """Give an action another key, as in "Ctrl+Shift+K"; empty: none. Remembered."""
        self._put_keys(name, _sequences(sequence))
        if self._preferences is not None:
            self._preferences.setValue(f"{_KEYS_GROUP}/{name}", sequence)
        self.keys_changed.emit()

    def conflicts(self) -> dict[str, tuple[str, ...]]:
        """Return every key that more than one action has at a time, with their names."""
        owners: dict[str, list[str]] = {}
        for name, action in self.by_name.items():
            for key in action.shortcuts():
                owners.setdefault(key.toString(), []).append(name)
        return {key: tuple(names) for key, names in owners.items() if clash(names)}

    def reset(self) -> None:
        """Give every action the key it came with, and forget the chosen ones."""
        if self._preferences is not None:
            self._preferences.remove(_KEYS_GROUP)
        for spec in SPECS:
            self._put_keys(spec.name, [QKeySequence(keys) for keys in spec.keys])
        self.keys_changed.emit()

    def enable(self, name: str, is_enabled: bool, reason: str = "") -> None:
        """Switch an action; `reason` says why it does not work, on its buttons' tool-tips."""
        self._reasons[name] = "" if is_enabled else reason
        self.by_name[name].setEnabled(is_enabled)
        self._tell(name)

    def in_menu(self, menu: str) -> Iterable[QAction]:
        """Return the actions of a menu, in order."""
        return [self.by_name[spec.name] for spec in SPECS if spec.menu == menu]

    def _build(self, spec: ActionSpec) -> QAction:
        action = QAction(translated(spec.text), self)
        action.setObjectName(f"action_{spec.name}")
        action.setShortcuts(self._kept_keys(spec))
        # The incoming-call window is a window of its own; the keys must work there too.
        action.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
        action.setAutoRepeat(False)
        return action

    def _kept_keys(self, spec: ActionSpec) -> list[QKeySequence]:
        key = f"{_KEYS_GROUP}/{spec.name}"
        if self._preferences is not None and self._preferences.contains(key):
            return _sequences(str(self._preferences.value(key) or ""))
        return [QKeySequence(keys) for keys in spec.keys]

    def _put_keys(self, name: str, sequences: list[QKeySequence]) -> None:
        self.by_name[name].setShortcuts(sequences)
        self._tell(name)

    def _tell(self, name: str) -> None:
        action = self.by_name[name]
        tip = action.text().replace("&", "")
        action.setToolTip(self._reasons.get(name) or f"{tip}  {self.keys(name)}".strip())


def _sequences(keys: str) -> list[QKeySequence]:
    """Return a chosen key; "Enter" on the keypad counts as the large one, and the other way round."""
    if not keys:
        return []
    head, plus, last = keys.rpartition("+")
    twin = {"Return": "Enter", "Enter": "Return"}.get(last)
    return [QKeySequence(keys)] + ([QKeySequence(f"{head}{plus}{twin}")] if twin else [])
