"""The Quart app: only signed requests of a bearable size reach `Webhooks`; all else is 403, 404 or 413.

Importing it takes a third of a second: `PhoneServer.start` does so in a thread.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from quart import Quart, Response, abort, g, request
from werkzeug.datastructures import MultiDict

from copilot_desktop.telephony.admission import SIGNATURE_HEADER, BadSignature, Counters, Signatures, Signer
from copilot_desktop.telephony.webhooks import (
    CONTINUE_PATH,
    HEALTH_PATH,
    MAX_BODY_BYTES,
    STATUS_PATH,
    TRANSFERRED_PATH,
    VOICE_PATH,
    Reply,
    Webhooks,
)

_FORM_TYPE = "application/x-www-form-urlencoded"
_MAX_FIELDS = 500
_BODY_WITHIN_S = 5
_MAX_DISCARDED_BYTES = 8 * 1024 * 1024


class HttpApp:
    """Every HTTP route of the server, as methods of one ASGI app, `quart`."""

    def __init__(
        self,
        webhooks: Webhooks,
        signatures: Signatures,
        counters: Counters,
        *,
        nonce: str,
    ) -> None:
        self._webhooks = webhooks
        self._signatures = signatures
        self._counters = counters
        self._nonce = nonce
        app = Quart("copilot.telephony", root_path=os.curdir, static_folder=None)
        # `_form` has its own limits.
        app.config["MAX_CONTENT_LENGTH"] = None
        app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
        app.add_url_rule(VOICE_PATH, "voice", self._voice, methods=["GET", "POST"])
        app.add_url_rule(CONTINUE_PATH, "continue", self._next_verb, methods=["GET", "POST"])
        app.add_url_rule(TRANSFERRED_PATH, "transferred", self._transferred, methods=["GET", "POST"])
        app.add_url_rule(STATUS_PATH, "status", self._status, methods=["GET", "POST"])
        app.add_url_rule(HEALTH_PATH, "health", self._health, methods=["GET"])
        app.after_request(_part_with_strangers)
        self.quart = app

    async def _voice(self) -> Response:
        signer, fields = await self._admitted()
        return _response(await self._webhooks.voice(signer, fields))

    async def _next_verb(self) -> Response:
        signer, fields = await self._admitted()
        return _response(self._webhooks.next_verb(signer, fields))

    async def _transferred(self) -> Response:
        signer, fields = await self._admitted()
        return _response(self._webhooks.transferred(signer, fields))

    async def _status(self) -> Response:
        _, fields = await self._admitted()
        return _response(self._webhooks.status(fields))

    async def _health(self) -> dict[str, str]:
        return {"nonce": self._nonce}

    async def _admitted(self) -> tuple[Signer, Mapping[str, str]]:
        """Return who signed the current request, and its fields; aborts with 403 or 413."""
        form = await self._form()
        try:
            signature = request.headers.get(SIGNATURE_HEADER)
            signer = self._signatures.of_request(_target(request.scope), form, signature)
        except BadSignature:
            self._counters.count_refusal("a request")
            abort(403)
        g.is_admitted = True
        return signer, form if request.method == "POST" else request.args

    async def _form(self) -> MultiDict[str, str]:
        """Return the body's fields, empty if there is none.

        What is too much is read all the same, within reason: a connection closed on a peer that is still
        sending would take our answer away with it.
        """
        body, size = bytearray(), 0
        try:
            async with asyncio.timeout(_BODY_WITHIN_S):
                async for piece in request.body:
                    size += len(piece)
                    if size <= MAX_BODY_BYTES:
                        body += piece
                    elif size > _MAX_DISCARDED_BYTES:
                        break
        except TimeoutError:
            abort(408)
        if size > MAX_BODY_BYTES:
            abort(413)
        return _parsed(body) if request.mimetype == _FORM_TYPE else MultiDict()


def _parsed(body: bytearray) -> MultiDict[str, str]:
    """Return the fields of a form, blanks and empty values kept: the signature covers them."""
    try:
        text = body.decode()
        return MultiDict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS))
    except ValueError:
        abort(400)


async def _part_with_strangers(response: Any) -> Any:
    """Keep no connection open for a request that was not signed."""
    if not g.get("is_admitted", False):
        response.headers["Connection"] = "close"
    return response


def _response(reply: Reply) -> Response:
    return Response(reply.body, status=reply.status, content_type=reply.content_type)


def _target(scope: Any) -> str:
    """Return path and query as they were sent: only these were signed."""
    target: bytes = scope["raw_path"]
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    return target.decode("latin-1")
