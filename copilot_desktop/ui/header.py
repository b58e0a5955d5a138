"""Header: the program's name, its pages as tabs, the ready switch, and the ways to help, settings, menu."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup, QIcon, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QTabBar, QWidget

from copilot_desktop.ui.ready_switch import ReadySwitch
from copilot_desktop.ui.widgets.actions import MENUS, Actions, translated
from copilot_desktop.ui.widgets.buttons import small_button
from copilot_desktop.ui.widgets.theme import Theme, ThemeChoice, label


class Header(QFrame):
    """`page_chosen` and `close_asked` carry the tab's number."""

    page_chosen = Signal(int)
    close_asked = Signal(int)

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self._theme = theme
        mark = QLabel()
        mark.setPixmap(QIcon(str(theme.resource("icons", "app.svg"))).pixmap(QSize(24, 24)))
        self._brand = label(self.tr("AI Call CoPilot"), "brand")
        self.tabs = QTabBar()
        self.tabs.setObjectName("mainTabs")
        self.tabs.setAccessibleName(self.tr("Pages"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.addTab(self.tr("Call desk"))
        self.tabs.addTab(self.tr("History"))
        self.tabs.currentChanged.connect(self.page_chosen)
        self.wrap_up_button = QPushButton()
        self.wrap_up_button.setObjectName("wrapUpButton")
        self.wrap_up_button.hide()
        self.ready_switch = ReadySwitch(theme)
        self._settings = small_button(theme, "settings", self.tr("Settings"))
        self._settings.setObjectName("settingsButton")
        self._settings.setIconSize(QSize(20, 20))
        self._settings.clicked.connect(actions["settings"].trigger)
        self._help = small_button(theme, "help", self.tr("All shortcuts"))
        self._help.setObjectName("helpButton")
        self._help.setIconSize(QSize(20, 20))
        self._help.clicked.connect(actions["shortcuts"].trigger)
        self._actions = actions
        actions.keys_changed.connect(self._name_buttons)
        self._menu_button = small_button(theme, "menu", self.tr("Menu"))
        self._menu_button.setObjectName("menuButton")
        self._menu_button.setIconSize(QSize(20, 20))
        self._menu_button.clicked.connect(self._open_menu)
        self.menu = QMenu(self)
        self._fill_menu(actions)
        self._name_buttons()
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 2, 8, 2)
        row.setSpacing(8)
        row.addWidget(mark)
        row.addWidget(self._brand)
        row.addWidget(self.tabs, 1)
        row.addWidget(self.wrap_up_button)
        row.addWidget(self.ready_switch)
        row.addWidget(self._help)
        row.addWidget(self._settings)
        row.addWidget(self._menu_button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        # The name stands in the window's title as well; tabs and switch need the room more.
        large = self._brand.fontMetrics().horizontalAdvance("m") * 76
        self._brand.setVisible(self.width() >= large)
        self.ready_switch.fit(self.width())

    def show_wrap_ups(self, count: int) -> None:
        """Show how many forms of ended calls wait."""
        self.wrap_up_button.setVisible(count > 0)
        self.wrap_up_button.setText(self.tr("Wrap-up ({0})").format(count))
        self.wrap_up_button.setAccessibleName(
            self.tr("Open the form of an ended call, {0} waiting").format(count)
        )

    def _name_buttons(self) -> None:
        for button, words, name in (
            (self._help, self.tr("All shortcuts"), "shortcuts"),
            (self._settings, self.tr("Settings"), "settings"),
        ):
            keys = self._actions.keys(name)
            button.setAccessibleName(f"{words}, {keys}" if keys else words)
            button.setToolTip(f"{words}  {keys}".strip())

    def add_report(self, title: str, close_words: str = "") -> int:
        """Add a tab that can be closed; return its number."""
        number = self.tabs.addTab(title)
        close = small_button(self._theme, "skip", close_words or self.tr("Close this report"))
        close.setProperty("look", "tabClose")
        close.setIconSize(QSize(12, 12))
        close.clicked.connect(lambda: self._ask_close(close))
        self.tabs.setTabButton(number, QTabBar.ButtonPosition.RightSide, close)
        return number

    def _ask_close(self, button: QWidget) -> None:
        for number in range(self.tabs.count()):
            if self.tabs.tabButton(number, QTabBar.ButtonPosition.RightSide) is button:
                self.close_asked.emit(number)
                return

    def _open_menu(self) -> None:
        corner = self._menu_button.mapToGlobal(
            QPoint(self._menu_button.width(), self._menu_button.height() + 4)
        )
        self.menu.popup(corner - QPoint(self.menu.sizeHint().width(), 0))

    def _fill_menu(self, actions: Actions) -> None:
        for name, title in MENUS:
            submenu = self.menu.addMenu(translated(title))
            for action in actions.in_menu(name):
                if action is not actions["quit"]:
                    submenu.addAction(action)
            if name == "view":
                self._add_themes(submenu)
        self.menu.addSeparator()
        # Closing the window is no way out: in a call it only hides.
        self.menu.addAction(actions["quit"])

    def _add_themes(self, menu: QMenu) -> None:
        menu.addSeparator()
        group = QActionGroup(menu)
        words = {
            ThemeChoice.SYSTEM: self.tr("Colours: like the system"),
            ThemeChoice.LIGHT: self.tr("Colours: light"),
            ThemeChoice.DARK: self.tr("Colours: dark"),
        }
        for choice, text in words.items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(choice is self._theme.choice)
            action.triggered.connect(lambda _checked=False, chosen=choice: self._theme.choose(chosen))
            group.addAction(action)
