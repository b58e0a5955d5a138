"""CostBox: what the engines elsewhere have cost, from what sum on to warn, and the table of prices."""

from __future__ import annotations

from PySide6.QtCore import QDate, QLocale
from shiboken6 import isValid

from copilot_desktop.calls.errors import CopilotError
from copilot_desktop.ui.settings.door import CostLine
from copilot_desktop.ui.settings.page import SettingsPage, words
from copilot_desktop.ui.widgets.choices import NumberField
from copilot_desktop.ui.widgets.flow import FlowRow
from copilot_desktop.ui.widgets.push import push
from copilot_desktop.ui.widgets.theme import set_look


class CostBox:
    """Builds its fields into `page`. `load` asks for the figures."""

    def __init__(self, page: SettingsPage) -> None:
        self._page = page
        rows = page.group(page.tr("Costs"))
        self.line = words(page.tr("Adding up…"))
        self.line.setObjectName("costLine")
        self.prices = words("", "muted")
        self.prices.setObjectName("costPrices")
        rows.addWidget(self.line)
        rows.addWidget(self.prices)
        budget = NumberField(
            "monthly_budget_usd",
            page.tr("Warn me when a month costs"),
            page.tr("A warning only: calls go on. What you pay in the end stands in the account there."),
            least=0,
            most=100_000,
            step=5,
            prefix="$ ",
            zero=page.tr("never"),
        )
        page.add(rows, budget)
        table = push(page.tr("Open the price table"), "openPrices", role="link")
        table.clicked.connect(lambda: page.door.open_outside(page.door.price_file.as_uri()))
        rows.addLayout(FlowRow(table))

    def load(self) -> None:
        """Fetch the figures; they come when they come."""
        self._page.door.spawn(self._load())

    async def _load(self) -> None:
        try:
            costs = await self._page.door.costs()
        except CopilotError:
            if isValid(self.line):
                self.line.setText(self._page.tr("What was spent cannot be read just now."))
            return
        if isValid(self.line):
            self._show(costs)

    def _show(self, costs: CostLine) -> None:
        tr = self._page.tr
        parts = [tr("This month: {0}.").format(dollars(costs.this_month_usd))]
        if costs.last_call_usd is not None:
            parts.append(tr("The last call: {0}.").format(dollars(costs.last_call_usd)))
        if costs.is_estimate:
            parts.append(tr("Partly estimated."))
        budget = self._page.door.settings.monthly_budget_usd
        is_over = 0 < budget <= costs.this_month_usd
        if is_over:
            parts.append(tr("That is more than the {0} that you set.").format(dollars(budget)))
        self.line.setText(" ".join(parts))
        set_look(self.line, "tone", "warning" if is_over else "")
        day = costs.as_of
        text = QLocale().toString(QDate(day.year, day.month, day.day), "d MMM yyyy") if day else ""
        self.prices.setText(tr("By the prices of {0}.").format(text) if text else "")
        self.prices.setVisible(bool(text))


def dollars(amount: float) -> str:
    """Return a sum as people write it; what is less than a cent, in words."""
    if 0 < amount < 0.005:
        return "less than $0.01"
    return f"${amount:,.2f}"
