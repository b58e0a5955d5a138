"""What goes wrong with OpenAI and servers like it, as the program's own errors. No text of theirs is kept."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from copilot_desktop.calls.errors import EngineError, EngineFault, EngineRejected, EngineUnavailable

_CODES = {
    EngineFault.KEY_REFUSED: (
        "invalid_api_key",
        "account_deactivated",
        "invalid_organization",
        "ip_not_allowed",
    ),
    EngineFault.NO_CREDIT: (
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "billing_hard_limit_reached",
    ),
    EngineFault.MODEL_MISSING: (
        "model_not_found",
        "invalid_model",
        "model_not_available",
        "deployment_not_found",
    ),
    EngineFault.RATE_LIMITED: ("rate_limit_exceeded", "slow_down", "websocket_connection_limit_reached"),
    EngineFault.SERVER_FAILED: ("server_error", "internal_error", "engine_overloaded"),
    EngineFault.BROKEN_OFF: ("session_expired",),
    EngineFault.REQUEST_REFUSED: (
        "beta_api_shape_disabled",
        "invalid_prompt",
        "invalid_value",
        "unknown_parameter",
    ),
}
_BY_CODE = {code: fault for fault, codes in _CODES.items() for code in codes}
_BY_STATUS = {
    400: EngineFault.REQUEST_REFUSED,
    401: EngineFault.KEY_REFUSED,
    402: EngineFault.NO_CREDIT,
    403: EngineFault.KEY_REFUSED,
    404: EngineFault.MODEL_MISSING,
    405: EngineFault.REQUEST_REFUSED,
    407: EngineFault.UNREACHABLE,
    408: EngineFault.TOO_SLOW,
    409: EngineFault.SERVER_FAILED,
    413: EngineFault.REQUEST_REFUSED,
    415: EngineFault.REQUEST_REFUSED,
    422: EngineFault.REQUEST_REFUSED,
    429: EngineFault.RATE_LIMITED,
}
_LIBRARIES = ("openai", "httpx2", "websockets", "pydantic_core", "pydantic")
_CLOSE_CODES = {3000: EngineFault.KEY_REFUSED, 4000: EngineFault.REQUEST_REFUSED}
"""Of WebSockets that the other side closed for good."""


def fault_of_code(code: str | None, status: int | None = None) -> EngineFault | None:
    """Return what an error's code means, or else its HTTP status; None: neither says anything."""
    if code and (fault := _BY_CODE.get(code)) is not None:
        return fault
    if status is None:
        return None
    return EngineFault.SERVER_FAILED if status >= 500 else _BY_STATUS.get(status)


def fault_of_close(code: int | None) -> EngineFault:
    """Return what the number means with which a WebSocket was closed."""
    return _CLOSE_CODES.get(code or 0, EngineFault.BROKEN_OFF)


def fault_of(error: BaseException) -> EngineFault:
    """Return why something failed: errors of `openai`, `httpx2`, `websockets`, the system, JSON, waiting."""
    if isinstance(error, EngineError):
        return error.fault
    named = _fault_of_library(error)
    if named is not None:
        return named
    if isinstance(error, TimeoutError):
        return EngineFault.TOO_SLOW
    if isinstance(error, OSError):
        return EngineFault.UNREACHABLE
    if isinstance(error, ValueError | LookupError | TypeError | AttributeError | RecursionError):
        return EngineFault.BAD_ANSWER
    return EngineFault.BROKEN_OFF


def engine_error(error: BaseException, engine: str) -> EngineError:
    """Return `error` as the program knows it. Its text is ours, with the other side's request id at most."""
    if isinstance(error, EngineError):
        return error
    fault = fault_of(error)
    request_id = getattr(error, "request_id", None)
    reason = fault.value.replace("_", " ") + (f" (request {_plain(request_id)})" if request_id else "")
    if fault.is_lasting:
        return EngineRejected(engine, reason, fault=fault)
    if fault in (EngineFault.BROKEN_OFF, EngineFault.BAD_ANSWER):
        return EngineError(engine, reason, fault=fault)
    return EngineUnavailable(engine, reason, fault=fault)


@contextmanager
def told_as(engine: str) -> Iterator[None]:
    """Turn everything that the other side or the network does wrong into an EngineError of `engine`."""
    try:
        yield
    except (EngineError, asyncio.CancelledError, GeneratorExit):
        raise
    except Exception as error:
        if not _is_theirs(error):
            raise
        raise engine_error(error, engine) from None


def _is_theirs(error: Exception) -> bool:
    """A fault of our own code must not be taken for one of theirs."""
    if isinstance(error, OSError | TimeoutError | json.JSONDecodeError):
        return True
    return any(_module(kind) in _LIBRARIES for kind in type(error).mro()) or _was_raised_in_library(error)


def _was_raised_in_library(error: Exception) -> bool:
    """The package stumbles over answers of another form than it expects, often in Python's own modules."""
    step, last = error.__traceback__, ""
    while step is not None:
        room = str(step.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        if room not in sys.stdlib_module_names:
            last = room
        step = step.tb_next
    return last in _LIBRARIES


def _plain(request_id: object) -> str:
    """It comes from the other side, and goes into logs."""
    return "".join(sign for sign in str(request_id) if sign.isascii() and (sign.isalnum() or sign in "-_"))[
        :64
    ]


def _fault_of_status(error: Any) -> EngineFault:
    return _fault_of_names(error) or fault_of_code(None, error.status_code) or EngineFault.REQUEST_REFUSED


def _fault_of_names(error: Any) -> EngineFault | None:
    """Some servers tell by `code` what others tell by `type`; some put the HTTP status there."""
    told = [str(getattr(error, name, None)) for name in ("code", "type")]
    statuses = (int(name) for name in told if re.fullmatch("[45][0-9][0-9]", name))
    faults = (*map(fault_of_code, told), *(fault_of_code(None, status) for status in statuses))
    return next((fault for fault in faults if fault is not None), None)


def _module(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def _fault_of_library(error: BaseException) -> EngineFault | None:
    """By the names of their classes: importing them only to fail is not worth half a second."""
    names = {(_module(kind), kind.__name__) for kind in type(error).mro()}
    if ("openai", "APITimeoutError") in names or ("httpx2", "TimeoutException") in names:
        return _fault_of_wait(error)
    if ("openai", "APIStatusError") in names:
        return _fault_of_status(error)
    if ("openai", "APIConnectionError") in names or ("httpx2", "TransportError") in names:
        return _fault_of_connection(error)
    if ("openai", "APIError") in names:
        return _fault_of_names(error) or _fault_of_package_error(names)
    if ("websockets", "InvalidStatus") in names:
        answer: Any = error
        return fault_of_code(None, answer.response.status_code) or EngineFault.UNREACHABLE
    if ("websockets", "ConnectionClosed") in names:
        closed: Any = error
        return fault_of_close(closed.rcvd.code if closed.rcvd is not None else None)
    if any(module == "websockets" for module, _ in names):
        return EngineFault.UNREACHABLE
    if any(module in ("pydantic_core", "pydantic") for module, _ in names):
        return EngineFault.BAD_ANSWER
    return None


def _fault_of_connection(error: BaseException) -> EngineFault:
    """A connection that broke within an answer is not one that never was."""
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__name__ in ("RemoteProtocolError", "ReadError"):
            return EngineFault.BROKEN_OFF
        cause = cause.__cause__
    return EngineFault.UNREACHABLE


def _fault_of_wait(error: BaseException) -> EngineFault:
    """Who does not even take a connection is not slow but away."""
    kinds = {type(error).__name__, type(error.__cause__).__name__}
    return EngineFault.UNREACHABLE if "ConnectTimeout" in kinds else EngineFault.TOO_SLOW


def _fault_of_package_error(names: set[tuple[str, str]]) -> EngineFault:
    is_unreadable = ("openai", "APIResponseValidationError") in names
    return EngineFault.BAD_ANSWER if is_unreadable else EngineFault.BROKEN_OFF
