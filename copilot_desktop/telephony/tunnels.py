"""Which tunnels to try, in which order, for what the settings say."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from copilot_desktop.calls.ports import Tunnel
from copilot_desktop.telephony.cloudflared_tunnel import CloudflaredTunnel
from copilot_desktop.telephony.localtunnel_tunnel import LocaltunnelTunnel
from copilot_desktop.telephony.ngrok_tunnel import NgrokTunnel
from copilot_desktop.telephony.own_address import OwnAddress


class Secret(Protocol):
    """A word that prints as asterisks."""

    def get_secret_value(self) -> str:
        """Return the word itself. Never log it."""
        ...


class TunnelSettings(Protocol):
    """What the choice depends on, as in the program's own `Settings`."""

    @property
    def tunnel(self) -> str: ...
    @property
    def public_base_url(self) -> str: ...
    @property
    def ngrok_authtoken(self) -> Secret: ...
    @property
    def ngrok_domain(self) -> str: ...
    @property
    def cloudflared_token(self) -> Secret: ...
    @property
    def cloudflared_hostname(self) -> str: ...
    @property
    def cloudflared_path(self) -> str: ...
    @property
    def data_dir(self) -> Path: ...


def make_tunnels(settings: TunnelSettings) -> list[Tunnel]:
    """Return the tunnels to try, best first. With "auto": every one that is set up or needs no account.

    Whether a program is installed is only found out by trying: it may be installed while we run. Chosen but
    not filled in ("own" without an address): empty.
    """
    kinds = _automatic(settings) if settings.tunnel == "auto" else [settings.tunnel]
    made = (_make(kind, settings) for kind in kinds)
    return [tunnel for tunnel in made if tunnel is not None]


def _automatic(settings: TunnelSettings) -> list[str]:
    has_named = settings.cloudflared_token.get_secret_value() and settings.cloudflared_hostname
    return ["own", "ngrok", *(["cloudflared_named"] if has_named else []), "cloudflared", "localtunnel"]


def _make(kind: str, settings: TunnelSettings) -> Tunnel | None:
    """Return the tunnel of a kind; None if the settings lack what it needs."""
    authtoken = settings.ngrok_authtoken.get_secret_value()
    token = settings.cloudflared_token.get_secret_value()
    folder = settings.data_dir / "bin"
    match kind:
        case "own" if settings.public_base_url:
            return OwnAddress(settings.public_base_url)
        case "ngrok" if authtoken:
            return NgrokTunnel(authtoken, domain=settings.ngrok_domain)
        case "cloudflared_named" if token:
            return CloudflaredTunnel(
                program=settings.cloudflared_path,
                folder=folder,
                token=token,
                hostname=settings.cloudflared_hostname,
            )
        case "cloudflared":
            return CloudflaredTunnel(program=settings.cloudflared_path, folder=folder)
        case "localtunnel":
            return LocaltunnelTunnel()
    return None
