"""A Systeme.io that behaves, on a real socket of this machine.

It keeps an account with every rule of the API, an account-wide quota and a log of all that
reached it, and it fails when asked to. It reads the time from the running event loop, so on a
`VirtualClockLoop` an hour of quota passes at once.
"""

from __future__ import annotations

import secrets
from random import Random
from typing import TYPE_CHECKING, Self

from ..errors import ConfigurationError
from ..options import Quota
from .account import Account
from .faults import Fate, Faults, Injection
from .listener import Listener
from .received import Ledger
from .settings import Settings

if TYPE_CHECKING:
    from types import TracebackType

    from .faults import Kind
    from .hints import Form, RetryForm, Rounding
    from .quotas import Shape
    from .received import ReceivedRequest


class Sandbox:
    """A stateful fake of the API: `async with Sandbox() as sandbox`, then call `sandbox.url`.

    Attributes:
        account: what the account holds, to be looked at and prepared.
        api_key: the one key that is accepted.
    """

    def __init__(
        self,
        *,
        quota: Quota | str | None = None,
        shape: Shape = "fixed",
        headers: Form | None = "seconds",
        retry_after: RetryForm | None = "seconds",
        rounding: Rounding = "ceil",
        faults: Faults | None = None,
        clock_skew: float = 0.0,
        rivals: float = 0.0,
        seed: int = 0,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str | None = None,
        account: Account | None = None,
        keep_requests: bool = True,
    ) -> None:
        """Prepare a sandbox, or raise `ConfigurationError`; nothing is opened yet.

        Args:
            quota: what the account may spend, or a plan's name; None is no quota and no headers.
            shape: whether the quota opens whole, slides, or refills drop by drop.
            headers: the form of `X-RateLimit-Refill`; None sends no hint at all.
            retry_after: the form of `Retry-After` on a 429; None leaves it out.
            rounding: whether hints that are whole numbers are rounded up or down.
            faults: what goes wrong by chance.
            clock_skew: seconds that the server's wall clock runs ahead.
            rivals: requests a second that somebody else spends of the same quota.
            seed: of the dice for the faults.
            host: the address to listen on.
            port: the port to listen on; 0 takes any that is free.
            api_key: the key to accept; None makes one up.
            account: an account to go on with; None opens an empty one.
            keep_requests: whether `requests` is filled, or requests are only counted.
        """
        self._settings = Settings(
            quota=Quota.of(quota),
            shape=shape,
            headers=headers,
            retry_after=retry_after,
            rounding=rounding,
            clock_skew=clock_skew,
            rivals=rivals,
            host=host,
            port=port,
            api_key=f"sandbox-{secrets.token_hex(16)}" if api_key is None else api_key,
        )
        self.api_key = self._settings.api_key
        self.account = Account() if account is None else account
        self._fate = Fate(faults or Faults(), Random(seed))  # noqa: S311 - dice, not secrets
        self._ledger = Ledger(keep_requests)
        self._listener = Listener(self._settings, self.account, self._fate, self._ledger)
        self._state = "new"

    async def __aenter__(self) -> Self:
        """Open the sandbox."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the sandbox."""
        await self.aclose()

    async def start(self) -> None:
        """Open the port; a sandbox is opened once."""
        if self._state != "new":
            msg = "this sandbox was opened before: make another one, with account= to go on"
            raise ConfigurationError(msg)
        await self._listener.start()
        self._state = "open"

    async def aclose(self) -> None:
        """Close the port and every connection; what was received stays to be looked at."""
        if self._state == "open":
            self._state = "closed"
            await self._listener.aclose()

    @property
    def url(self) -> str:
        """The origin to call, such as `http://127.0.0.1:49152`."""
        if self._state == "new":
            msg = "the sandbox has no address before it is opened: use `async with Sandbox()`"
            raise ConfigurationError(msg)
        host = self._settings.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._listener.port}"

    @property
    def requests(self) -> list[ReceivedRequest]:
        """What was received, in order of arrival; empty with `keep_requests=False`."""
        return list(self._ledger.records)

    @property
    def received(self) -> int:
        """How many requests were received."""
        return self._ledger.received

    @property
    def throttled(self) -> int:
        """How many requests were answered with 429."""
        return self._ledger.throttled

    @property
    def in_flight(self) -> int:
        """How many requests have come in and are not answered yet, latency included."""
        return self._ledger.in_flight

    @property
    def peak_in_flight(self) -> int:
        """The largest `in_flight` so far."""
        return self._ledger.peak_in_flight

    def inject(
        self,
        kind: Kind,
        *,
        method: str | None = None,
        path: str | None = None,
        times: int = 1,
        after: int = 0,
    ) -> None:
        """Let certain requests meet a fault, or raise `ConfigurationError` if that cannot be.

        The next `times` requests that match do, after `after` that are spared. `path` is one
        path, or a template of the endpoint table such as `/api/contacts/{contact}`.

        - `lost`: carried out, then the connection is closed without an answer
        - `reset`: the connection is reset, nothing is carried out
        - `failed`: 500, 502 or 503 in turn, nothing is carried out
        - `failed_after`: carried out, then 500
        - `truncated`: carried out, and half of the answer
        - `hang`: carried out, and no answer until the sandbox closes
        - `empty`: carried out, and the answer has no body
        - `redirect`: 307 to another origin (the sandbox under another name)
        - `html`: 200 with a web page, nothing is carried out
        - `huge`: a page of half a megabyte that inflates to 120
        - `throttle`: a 429 that asks for 30 seconds, whatever the quota says
        - `unauthorized`: the key is refused
        """
        method = None if method is None else method.upper()
        self._fate.injections.append(
            Injection(kind=kind, method=method, path=path, times=times, after=after)
        )
