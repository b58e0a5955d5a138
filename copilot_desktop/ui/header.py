"""Header: the program's name, its pages as tabs, what answers, and the menu."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup, QIcon
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QTabBar, QWidget

from copilot_desktop.ui.actions import MENUS, Actions, translated
from copilot_desktop.ui.buttons import small_button
from copilot_desktop.ui.call_bar import ElidedLabel
from copilot_desktop.ui.theme import Theme, ThemeChoice, label


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
        self.engine_line = ElidedLabel("small")
        self.engine_line.setObjectName("engineLine")
        self.engine_line.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._help = small_button(theme, "help", self.tr("All shortcuts, F1"))
        self._help.setObjectName("helpButton")
        self._help.setIconSize(QSize(20, 20))
        self._help.clicked.connect(actions["shortcuts"].trigger)
        self._menu_button = small_button(theme, "menu", self.tr("Menu"))
        self._menu_button.setObjectName("menuButton")
        self._menu_button.setIconSize(QSize(20, 20))
        self._menu_button.clicked.connect(self._open_menu)
        self.menu = QMenu(self)
        self._fill_menu(actions)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(mark)
        row.addWidget(label(self.tr("AI Call CoPilot"), "brand"))
        row.addSpacing(16)
        row.addWidget(self.tabs)
        row.addWidget(self.engine_line, 1)
        row.addWidget(self._help)
        row.addWidget(self._menu_button)

    def add_report(self, title: str) -> int:
        """Add a tab that can be closed; return its number."""
        number = self.tabs.addTab(title)
        close = small_button(self._theme, "skip", self.tr("Close this report"))
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
                submenu.addAction(action)
            if name == "view":
                self._add_themes(submenu)

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
