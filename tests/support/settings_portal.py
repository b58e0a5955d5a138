"""The settings portal of a Linux desktop, which knows one key. Runs until it is ended."""

from __future__ import annotations

import sys

from jeepney import MessageType, new_error, new_method_return  # type: ignore[import-untyped]
from jeepney.bus_messages import message_bus  # type: ignore[import-untyped]
from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]

NAME = "org.freedesktop.portal.Desktop"


def main(key: str, value: str) -> None:
    """Answer questions for `key` with `value`, a number or a truth, as portals do: a variant in a variant."""
    known = ("b", value == "true") if value in ("true", "false") else ("u", int(value))
    bus = open_dbus_connection("SESSION")
    bus.send_and_get_reply(message_bus.RequestName(NAME))
    print("ready", flush=True)
    while True:
        asked = bus.receive()
        if asked.header.message_type is not MessageType.method_call:
            continue
        if asked.body[1] == key:
            bus.send(new_method_return(asked, "v", (("v", known),)))
        else:
            bus.send(new_error(asked, f"{NAME}.Error.NotFound", "s", ("there is no such setting",)))


if __name__ == "__main__":
    main(*sys.argv[1:])
