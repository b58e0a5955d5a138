"""PrivacyDesk: the page Privacy's way to the program: what is kept, what is deleted, what is sent to whom."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from copilot_desktop import engine_plan
from copilot_desktop.app import Program
from copilot_desktop.calls.engine_status import EnginePart
from copilot_desktop.calls.errors import StoreError
from copilot_desktop.config import Settings
from copilot_desktop.ui.settings.privacy_door import KeptLine, PlanLine, SentLine, SentOut

_PHONE_HOST = "api.twilio.com"
_TUNNELS = {
    "ngrok": "ngrok.com",
    "cloudflared": "trycloudflare.com",
    "cloudflared_named": "cloudflare.com",
    "localtunnel": "localtunnel.me",
}
_MOST_CALLS = 1_000_000


class PrivacyDesk:
    """Implements `PrivacyDoor` for the program."""

    def __init__(self, program: Program) -> None:
        self._program = program

    async def kept(self) -> KeptLine:
        store = self._program.store
        if store is None:
            raise StoreError("The history is not open yet.")
        calls = await store.recent(_MOST_CALLS)
        size = await asyncio.to_thread(_size_of, self._program.settings.data_dir / "recordings")
        cleared = await self._program.clearing.last()
        return KeptLine(
            len(calls),
            size,
            calls[-1].started_at if calls else None,
            cleared.at if cleared else None,
            cleared.calls if cleared else 0,
            cleared.recordings if cleared else 0,
        )

    async def delete_everything(self) -> int:
        return (await self._program.clearing.delete_everything()).calls

    def plan(self) -> Sequence[PlanLine]:
        return plan_of(self._program.settings)

    def sent(self) -> SentOut:
        traffic = self._program.engines.traffic
        requests = [SentLine(each.at, each.host, each.path, each.body) for each in traffic.last]
        return SentOut(requests, dict(traffic.counts))


def plan_of(settings: Settings) -> list[PlanLine]:
    """Return where each part of a call's work is done by `settings`."""
    lines = []
    for part in EnginePart:
        choices = engine_plan.choices(settings, part)
        hosts = tuple(dict.fromkeys(each.endpoint.host for each in choices if each.endpoint is not None))
        is_used = part is not EnginePart.JUDGE or (settings.judge_calls and bool(hosts))
        lines.append(PlanLine(part.value, hosts, is_used))
    has_phone = bool(settings.twilio_account_sid)
    lines.append(PlanLine("phone", (_PHONE_HOST,) if has_phone else (), has_phone))
    own = urlsplit(settings.public_base_url).hostname or ""
    through = own if settings.tunnel in ("auto", "own") and own else _tunnel(settings)
    lines.append(PlanLine("tunnel", (through,) if has_phone and through else (), has_phone))
    return lines


def _tunnel(settings: Settings) -> str:
    if settings.tunnel != "auto":
        return _TUNNELS.get(settings.tunnel, "")
    return _TUNNELS["ngrok"] if settings.ngrok_authtoken.get_secret_value() else _TUNNELS["cloudflared"]


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.wav")) if folder.is_dir() else 0
