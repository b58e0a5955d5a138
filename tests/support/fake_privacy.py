"""FakePrivacy: what is kept and sent, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from copilot_desktop.calls.errors import StoreError
from copilot_desktop.ui.settings.privacy_door import KeptLine, PlanLine, SentOut


class FakePrivacy:
    """Implements `PrivacyDoor`. A history that `is_broken` refuses everything."""

    def __init__(self) -> None:
        self.kept_line = KeptLine()
        self.plan_lines: list[PlanLine] = [PlanLine(part) for part in ("hearing", "writer", "voice")] + [
            PlanLine("judge", is_used=False),
            PlanLine("phone", is_used=False),
            PlanLine("tunnel", is_used=False),
        ]
        self.sent_out = SentOut()
        self.is_broken = False
        self.deletions = 0

    async def kept(self) -> KeptLine:
        self._check()
        return self.kept_line

    async def delete_everything(self) -> int:
        self._check()
        self.deletions += 1
        count, self.kept_line = self.kept_line.calls, KeptLine()
        return count

    def plan(self) -> Sequence[PlanLine]:
        return self.plan_lines

    def sent(self) -> SentOut:
        return self.sent_out

    def _check(self) -> None:
        if self.is_broken:
            raise StoreError("The disk is gone.")
