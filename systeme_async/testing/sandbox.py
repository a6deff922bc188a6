"""A Systeme.io that behaves, on a real socket of this machine.

It keeps an account with every rule of the API, an account-wide quota and a log of all that
reached it, and it fails when asked to. It reads the time from the running event loop, so on a
`VirtualClockLoop` an hour of quota passes at once. What happens in the account is delivered to
its webhooks on this machine, and a Maton stands in front of it.
"""

from __future__ import annotations

import secrets
from random import Random
from typing import TYPE_CHECKING, Self

from ..errors import ConfigurationError
from ..options import Quota
from .account import Account
from .desk import Desks
from .faults import Fate, Faults, Injection
from .listener import Listener
from .maton import MatonGateway
from .postman import Postman
from .received import Ledger, Observed, ReceivedRequest
from .settings import Settings
from .watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from .deliveries import Delivery
    from .faults import Kind
    from .hints import Form, RetryForm, Rounding
    from .listener import Decide
    from .quotas import Shape


class Sandbox(Observed[ReceivedRequest]):
    """A stateful fake of the API: `async with Sandbox() as sandbox`, then call `sandbox.url`.

    Attributes:
        account: what the account holds, to be looked at and prepared.
        api_key: the one key that is accepted.
        maton: a Maton in front of it, on a port of its own.
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
        connections: int = 1,
        maton_port: int = 0,
        maton_api_key: str | None = None,
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
            seed: of the dice for the faults, and of all ids that are made up.
            host: the address to listen on.
            port: the port to listen on; 0 takes any that is free.
            api_key: the key to accept; None makes one up.
            account: an account to go on with; None opens an empty one.
            connections: how many active connections to it Maton has at first.
            maton_port: the port that Maton listens on; 0 takes any that is free.
            maton_api_key: the key that Maton accepts; None makes one up.
            keep_requests: whether `requests` and `deliveries` are filled, or only counted.
        """
        self._settings = Settings(
            quota=Quota.of(quota),
            shape=shape,
            headers=headers,
            retry_after=retry_after,
            rounding=rounding,
            clock_skew=clock_skew,
            rivals=rivals,
            seed=seed,
            host=host,
            port=port,
            api_key=_key("sandbox", api_key),
            connections=connections,
            maton_port=maton_port,
            maton_api_key=_key("sandbox-maton", maton_api_key),
            keep_requests=keep_requests,
        )
        self.api_key = self._settings.api_key
        self.account = Account() if account is None else account
        self._put_together(faults or Faults())
        self._state = "new"

    def _put_together(self, faults: Faults) -> None:
        settings = self._settings
        self._fate = Fate(faults, Random(settings.seed))  # noqa: S311 - dice, not secrets
        self._ledger = Ledger(ReceivedRequest, settings.keep_requests)
        self._watch = Watch(settings.clock_skew)
        self._postman = Postman(self._watch, seed=settings.seed, keep=settings.keep_requests)
        self._desks = Desks(self._fate, self._postman.collect)
        self._desks.add(self.account, settings, self._ledger)
        self._listener = Listener(
            settings.host, settings.port, watch=self._watch, faults=faults, ledger=self._ledger
        )
        self.maton = MatonGateway(
            settings, self.account, self._desks, watch=self._watch, faults=faults
        )

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
        """Open the ports; a sandbox is opened once."""
        if self._state != "new":
            msg = "this sandbox was opened before: make another one, with account= to go on"
            raise ConfigurationError(msg)
        self._watch.start()
        self._postman.start()
        await self._listener.start(self._open)
        try:
            await self.maton.start()
        except BaseException:
            await self._listener.aclose()
            raise
        self._state = "open"

    def _open(self, elsewhere: str) -> Decide:
        self._desks.start(elsewhere)
        return self._desks.of(self.account).serve

    async def aclose(self) -> None:
        """Close the ports and drop deliveries under way; what was received stays on record."""
        if self._state == "open":
            self._state = "closed"
            await self._listener.aclose()
            await self.maton.aclose()
            await self._postman.aclose()

    @property
    def url(self) -> str:
        """The origin to call, such as `http://127.0.0.1:49152`."""
        return self._listener.url

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to deliver to a webhook, in the order in which they ended."""
        return list(self._postman.records)

    @property
    def pending_deliveries(self) -> int:
        """How many messages to webhooks are under way or waiting for their next attempt."""
        return self._postman.pending

    def emit(self, event: str, body: Mapping[str, object]) -> None:
        """Let something happen: every webhook of the account that wants the event gets the body.

        What requests bring about is delivered without being asked for. May be called from any
        thread, while the sandbox is open.
        """
        self._demand_open()
        self._postman.post(self.account, event, body)

    def deliver(self) -> None:
        """Start to deliver what happened without a request, such as a sale; do not wait for it."""
        self._demand_open()
        self._postman.collect(self.account)

    async def deliveries_done(self) -> None:
        """Deliver what has happened, and wait until no delivery is left to be tried again."""
        self.deliver()
        await self._postman.done()

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

    def _demand_open(self) -> None:
        if self._state != "open":
            msg = "nothing is delivered unless the sandbox is open: use `async with Sandbox()`"
            raise ConfigurationError(msg)


def _key(owner: str, given: str | None) -> str:
    """Return the key that was given, or one that is made up and opens nothing elsewhere."""
    return f"{owner}-{secrets.token_hex(16)}" if given is None else given
