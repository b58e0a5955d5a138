"""TwilioRest: requests to Twilio's REST interface off the loop, each with a time limit that holds.

The library's asynchronous client ignores its own time limit, so the synchronous one works in a thread, and
the waiting is limited here.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import random
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from copilot_desktop.calls.line import LineError, LineProblem
from copilot_desktop.telephony.carrier_codes import is_never_processed, problem_of

if TYPE_CHECKING:
    from twilio.rest import Client

T = TypeVar("T")
P = ParamSpec("P")

log = logging.getLogger("copilot.telephony")

FIRST_WAIT_S = 0.5
_LIBRARY = "twilio.rest.api.v2010.account"


class TwilioRest:
    """Requests for one account.

    `base_url`: another address of the interface; empty: Twilio's own. `timeout_s` limits a whole `call`, its
    retries included. `tries`: how often one request is sent at most.
    """

    def __init__(
        self, account_sid: str, auth_token: str, *, base_url: str = "", timeout_s: float = 10, tries: int = 3
    ) -> None:
        # Blanks around a pasted key are refused like a wrong key.
        self.account_sid = account_sid.strip()
        self._auth_token = auth_token.strip()
        self._base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s
        self._tries = tries
        self._threads = _OwnThreads()

    async def call(self, work: Callable[[Client], T], *, is_repeatable: bool) -> T:
        """Return what `work` makes of a client, in a thread.

        A request that Twilio turned away unread (429) is sent again; one whose fate is unknown (network, 5xx)
        only if `is_repeatable`: sent twice it must do what it does once. Waits grow, and obey `Retry-After`.

        Cancelling ends the waiting alone: the request may still take effect.

        Raises:
            LineError: refused, unreachable, or `timeout_s` is over. Carries no number, address or key.
        """
        if not self.account_sid or not self._auth_token:
            raise LineError(LineProblem.NOT_SET_UP, "no account")
        if _LIBRARY not in sys.modules:
            # Loading the library takes a second on a slow disk, which is not the carrier's fault.
            await asyncio.get_running_loop().run_in_executor(self._threads, _load_library)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._call_with_patience(work, is_repeatable)
        except TimeoutError:
            raise LineError(LineProblem.CARRIER_UNREACHABLE, "no answer in time") from None

    async def _call_with_patience(self, work: Callable[[Client], T], is_repeatable: bool) -> T:
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + self._timeout_s
        tries, wait_s = 0, FIRST_WAIT_S
        while True:
            tries += 1
            try:
                return await loop.run_in_executor(self._threads, partial(self._attempt, work))
            except _Failed as failed:
                may_repeat = failed.is_unread or (failed.is_passing and is_repeatable)
                pause_s = max(failed.retry_after_s, wait_s * random.uniform(0.8, 1.2))
                if not may_repeat or tries == self._tries or loop.time() + pause_s >= deadline_s:
                    raise failed.error from None
            await asyncio.sleep(pause_s)
            wait_s *= 2

    def _attempt(self, work: Callable[[Client], T]) -> T:
        """Blocking: one request, or the few of a list. Translates errors without what they carry."""
        from requests import RequestException
        from twilio.base.exceptions import TwilioException

        answer = _Answer()
        try:
            return work(self._client(answer))
        except UnicodeEncodeError:
            # The key holds letters that no key has.
            raise _Failed(LineError(LineProblem.ACCOUNT_REFUSED, "not a key")) from None
        except TwilioException as error:
            raise _refused(answer) if answer.status >= 400 else _strange(error) from None
        except (RequestException, OSError) as error:
            problem = LineError(LineProblem.CARRIER_UNREACHABLE, type(error).__name__)
            raise _Failed(problem, is_passing=True) from None
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise _strange(error) from None

    def _client(self, answer: _Answer) -> Client:
        """Return a fresh client; what each of its requests is answered is put into `answer`.

        Requests are rare, and one client's connections are not for many threads.
        """
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        # Twilio's own logger writes phone numbers and the text of requests at INFO.
        silent = logging.Logger("copilot.telephony.rest", logging.CRITICAL)
        http_client = TwilioHttpClient(
            pool_connections=False,
            timeout=self._timeout_s,
            logger=silent,
            request_hooks={"response": answer.note},
        )
        client = Client(self.account_sid, self._auth_token, http_client=http_client)
        if self._base_url:
            client.api.base_url = self._base_url
        return client


class _Answer:
    """The last answer's status, Twilio's own number in it, and how long to wait.

    The library's exceptions do not always tell: those of lists carry no number, and none carries headers.
    """

    def __init__(self) -> None:
        self.status = self.code = 0
        self.retry_after_s = 0.0

    def note(self, response: Any, *_: object, **__: object) -> None:
        """Take down an answer; `response` is one of requests'."""
        self.status, self.code = response.status_code, 0
        self.retry_after_s = _seconds(response.headers.get("Retry-After", ""))
        if self.status < 400:
            return
        with contextlib.suppress(ValueError):
            content = response.json()
            code = content.get("code") if isinstance(content, dict) else 0
            self.code = code if isinstance(code, int) else 0


class _Failed(Exception):
    """One request failed. `is_unread`: never processed; `is_passing`: its fate is unknown, later may do."""

    def __init__(
        self,
        error: LineError,
        *,
        is_unread: bool = False,
        is_passing: bool = False,
        retry_after_s: float = 0,
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.is_unread, self.is_passing = is_unread, is_passing
        self.retry_after_s = retry_after_s


def _load_library() -> None:
    importlib.import_module(_LIBRARY)


def _refused(answer: _Answer) -> _Failed:
    log.debug("Twilio refuses: HTTP %d, code %d", answer.status, answer.code)
    return _Failed(
        LineError(problem_of(answer.code, answer.status), code=answer.code or answer.status),
        is_unread=is_never_processed(answer.code, answer.status),
        is_passing=answer.status >= 500,
        retry_after_s=answer.retry_after_s,
    )


def _strange(error: Exception) -> _Failed:
    """Some other program answered, such as the sign-in page of a hotel's network."""
    reason = f"strange answer ({type(error).__name__})"
    return _Failed(LineError(LineProblem.CARRIER_UNREACHABLE, reason))


def _seconds(retry_after: str) -> float:
    """Return the waiting time that a `Retry-After` header asks for: seconds, or a date."""
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, TypeError):
        return 0.0


class _OwnThreads(Executor):
    """A daemon thread for each request.

    The loop's own threads are waited for at exit; looking up a name may take half a minute there.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start `fn` at once."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        work = partial(_fulfil, future, partial(fn, *args, **kwargs))
        threading.Thread(target=work, name="copilot-rest", daemon=True).start()
        return future


def _fulfil(future: Future[T], work: Callable[[], T]) -> None:
    try:
        result = work()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)
